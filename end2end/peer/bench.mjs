// `make bench-ui`: compares the board page in a real browser with two peers. The first peer is the same
// board built with React, TanStack Query and TanStack Virtual (main.jsx). The second is a page of static
// rows without code, which shows the limit of the machine.
//
// A round scrolls the list evenly while 200 scores a second arrive and the CPU is throttled by four. It
// measures frame times, the load of the main thread by kind of work, the JavaScript heap, DOM nodes and
// the bytes of the first load. The output shows medians of interleaved rounds, and then Lighthouse scores.
// Only ratios within one run are meaningful.
//
// Frame times are those of the frames that the compositor draws. Animation frame callbacks are measured
// separately: they may be on time while nothing moves, or late while the compositor still scrolls. Some
// callbacks also check whether a row is missing at either end of the list, as happens on a slow page.
//
// Lighthouse throttles the CPU by four, relative to this machine, so the output includes the machine's
// benchmark index. A second run throttles it to the speed of Chrome's "low-tier mobile".
//
//   node bench.mjs [--rows 200000] [--rounds 3] [--seconds 8] [--loads 5]
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';

const HERE = import.meta.dirname;
const ROOT = path.resolve(HERE, '../..');
const BATCH = 1_000;
const SCORES_PER_SECOND = 200;
const CPU_SLOWDOWN = 4;
/** One wheel event: its distance, and the interval between events. */
const WHEEL = { pixels: 32, millis: 16 };
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
    loads: { type: 'string', default: '5' },
  },
});
const [rows, rounds, seconds, loads] = [values.rows, values.rounds, values.seconds, values.loads].map(Number);
const token = randomBytes(24).toString('hex');

const print = (line) => console.log(line);
const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const percentile = (all, share) => [...all].sort((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * share))];

/** The static peer: 1,000 rows with the peer's markup and without code. */
async function staticPage() {
  const page = await readFile(path.join(HERE, 'index.html'), 'utf8');
  const row = (n) => `<div class="row" style="transform:translateY(${n * 40}px)"><span>${n + 1}</span><span class="avatar">P</span><span>Player ${n}</span><span>${1_000 - n}</span></div>`;
  const list = Array.from({ length: 1_000 }, (_, n) => row(n)).join('');
  return page.replace(/<div id="root">[^]*<\/script>/, () => `<div class="list">${list}</div>`);
}

/** Serves the files of both peers on a free port. */
async function servePeers() {
  const types = { '.html': 'text/html', '.js': 'text/javascript' };
  const server = createServer(async (request, response) => {
    const name = new URL(request.url, 'http://x').pathname;
    try {
      const file = name === '/static' ? await staticPage() : await readFile(path.join(HERE, 'dist', name === '/' ? 'index.html' : name));
      response.writeHead(200, { 'content-type': types[path.extname(name)] ?? 'text/html' }).end(file);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}

async function startServer(origin) {
  const data = await mkdtemp(path.join(tmpdir(), 'leaderport-bench-'));
  const server = spawn(path.join(ROOT, 'target/release/leaderport'), ['serve', '--listen', '127.0.0.1:0', '--data', data, '--api-token', token, '--allow-origin', origin], { stdio: ['ignore', 'pipe', 'ignore'] });
  const url = await new Promise((resolve, reject) => {
    server.once('exit', () => reject(new Error('the server exited; is it built?')));
    createInterface(server.stdout).on('line', (line) => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
      if (found) resolve(found[0]);
    });
  });
  const stop = async () => {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.removeAllListeners('exit');
    server.kill('SIGTERM');
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 3_000))]);
    await rm(data, { recursive: true, force: true });
  };
  return { url, stop };
}

async function send(url, method, route, body) {
  const response = await fetch(`${url}/api/v1${route}`, { method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${await response.text()}`);
}

const playerOf = (n) => ({ player: `p${n}`, name: `Player ${n}` });

async function fill(url, slug, count) {
  await send(url, 'PUT', `/boards/${slug}`, { title: slug, policy: 'latest', order: 'descending', tie: 'shared', periods: ['all_time'] });
  for (let from = 0; from < count; from += BATCH) {
    const submissions = Array.from({ length: Math.min(BATCH, count - from) }, (_, n) => ({ ...playerOf(from + n), value: count - from - n }));
    await send(url, 'POST', `/boards/${slug}/submissions/batch`, { submissions });
    if (from % 50_000 === 0) process.stderr.write(`\r${slug}: ${from} of ${count} rows`);
  }
  process.stderr.write('\r\x1b[K');
}

/** Submits 200 scores a second, half of them for the first 1,000 players. Returns a function that stops it. */
function submitScores(url, slug, count) {
  const random = (most) => Math.floor(Math.random() * most);
  const timer = setInterval(() => {
    const one = () => {
      const n = Math.random() < 0.5 ? random(Math.min(1_000, count)) : random(count);
      return { ...playerOf(n), value: count - n + random(200) - 100 };
    };
    const submissions = Array.from({ length: SCORES_PER_SECOND / 10 }, one);
    send(url, 'POST', `/boards/${slug}/submissions/batch`, { submissions }).catch((error) => console.error(error.message));
  }, 100);
  return () => clearInterval(timer);
}

/**
 * Traces the frames that the browser draws. Returns a function that ends the trace and returns the times
 * between frames, in milliseconds.
 */
async function traceFrames(browser) {
  const devtools = await browser.newBrowserCDPSession();
  const drawnAt = [];
  devtools.on('Tracing.dataCollected', ({ value }) => drawnAt.push(...value.filter(({ name, ph }) => name === 'Display::DrawAndSwap' && ph === 'X').map(({ ts }) => ts / 1_000)));
  await devtools.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['viz'] } });
  return async () => {
    const ended = new Promise((resolve) => devtools.once('Tracing.tracingComplete', resolve));
    await devtools.send('Tracing.end');
    await ended;
    await devtools.detach();
    drawnAt.sort((a, b) => a - b);
    return drawnAt.slice(1).map((at, n) => at - drawnAt[n]);
  };
}

/** Measures one page in one round: frame times, main thread load, heap, nodes and bytes. */
async function measure(browser, open, list, server, slug, count) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Performance.enable');
  const metrics = async () => Object.fromEntries((await devtools.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]));
  let bytes = 0;
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
  await page.goto(open, { waitUntil: 'networkidle' });
  await page.locator(`${list} .row`).first().waitFor();
  const firstLoad = bytes;
  const stopScores = submitScores(server, slug, count);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
  const box = await page.locator(list).boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const endTrace = await traceFrames(browser);
  const callbacks = page.evaluate(([millis, list]) => new Promise((resolve) => {
    const { left, width, top, bottom } = document.querySelector(list).getBoundingClientRect();
    const isBlank = (y) => !document.elementFromPoint(left + width / 2, y)?.closest('.row');
    const [times, began] = [[], performance.now()];
    let [last, checks, blank] = [began, 0, 0];
    const frame = (now) => {
      times.push(now - last);
      last = now;
      // The check forces layout, so only every eighth callback makes it.
      if (times.length % 8 === 0) {
        checks += 1;
        if (isBlank(top + 4) || isBlank(bottom - 4)) blank += 1;
      }
      if (now - began < millis) requestAnimationFrame(frame); else resolve({ times: times.slice(1), blank: blank / checks });
    };
    requestAnimationFrame(frame);
  }), [seconds * 1_000, list]);
  const before = await metrics();
  const began = Date.now();
  let events = 0;
  const pendingEvents = [];
  // Sends events at a fixed rate without waiting for the page, so that slow and fast pages get the same work.
  while (Date.now() - began < seconds * 1_000) {
    events += 1;
    pendingEvents.push(page.mouse.wheel(0, events % 800 < 600 ? WHEEL.pixels : -WHEEL.pixels));
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + events * WHEEL.millis - Date.now())));
  }
  const after = await metrics();
  const times = await endTrace();
  if (!times.length) throw new Error('the trace contains no frames; has the event Display::DrawAndSwap been renamed?');
  const spent = (name) => (after[name] - before[name]) / (after.Timestamp - before.Timestamp);
  const callbackResult = await callbacks;
  await Promise.all(pendingEvents);
  stopScores();
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  await devtools.send('HeapProfiler.collectGarbage');
  const { JSHeapUsedSize: heap, Nodes: nodes } = await metrics();
  await context.close();
  return {
    bytes: firstLoad,
    heap,
    nodes,
    busy: spent('TaskDuration'),
    script: spent('ScriptDuration'),
    style: spent('RecalcStyleDuration'),
    layout: spent('LayoutDuration'),
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
    p99: percentile(times, 0.99),
    worst: Math.max(...times),
    over: times.filter((time) => time > 32).length / times.length,
    late: callbackResult.times.filter((time) => time > 32).length / callbackResult.times.length,
    blank: callbackResult.blank,
  };
}

/** Benchmark index of a slow phone, the Moto G Power (2022). Chrome's developer tools calibrate throttling to it. */
const SLOW_PHONE_INDEX = 264;
const DESKTOP = {
  formFactor: 'desktop',
  screenEmulation: { mobile: false, width: 1350, height: 940, deviceScaleFactor: 1, disabled: false },
  throttling: { rttMs: 40, throughputKbps: 10_240, cpuSlowdownMultiplier: 1, requestLatencyMs: 0, downloadThroughputKbps: 0, uploadThroughputKbps: 0 },
};

/** Runs Lighthouse, each time in a new browser. Prints the median scores and each performance score. */
async function runLighthouse(url) {
  const { default: lighthouse, defaultConfig } = await import('lighthouse');
  const load = async (settings) => {
    const chrome = await chromium.launch({ executablePath: process.env.LEADERPORT_CHROMIUM || undefined, args: ['--no-sandbox', '--disable-gpu', '--remote-debugging-port=9333'] });
    try {
      const { lhr } = await lighthouse(url, { port: 9333, logLevel: 'error', output: 'json', onlyCategories: ['performance', 'accessibility', 'best-practices', 'seo'], ...settings });
      const failed = Object.values(lhr.audits).find(({ scoreDisplayMode }) => scoreDisplayMode === 'error');
      if (failed) print(`Lighthouse could not measure ${failed.id}: ${failed.errorMessage}`);
      return lhr;
    } finally {
      await chrome.close();
    }
  };
  const reports = { phone: [], 'slow phone': [], desktop: [] };
  const { throttling } = defaultConfig.settings;
  for (let n = 0; n < loads; n += 1) {
    process.stderr.write(`\rLighthouse, ${n + 1} of ${loads}\x1b[K`);
    const phone = await load({});
    reports.phone.push(phone);
    const cpuSlowdownMultiplier = Math.max(1, phone.environment.benchmarkIndex / SLOW_PHONE_INDEX);
    reports['slow phone'].push(await load({ throttling: { ...throttling, cpuSlowdownMultiplier } }));
    reports.desktop.push(await load(DESKTOP));
  }
  process.stderr.write('\r\x1b[K');
  print('');
  for (const [device, results] of Object.entries(reports)) {
    const score = (id) => results.map(({ categories }) => Math.round(categories[id].score * 100));
    const each = results.map(({ environment, configSettings, audits }, n) => `${score('performance')[n]} (index ${Math.round(environment.benchmarkIndex)}, ${configSettings.throttling.cpuSlowdownMultiplier.toFixed(1)}x, blocking time ${Math.round(audits['total-blocking-time'].numericValue)} ms)`);
    print(`Lighthouse, ${device}: performance ${median(score('performance'))}, accessibility ${median(score('accessibility'))}, best practices ${median(score('best-practices'))}, SEO ${median(score('seo'))}`);
    print(`  ${each.join(', ')}`);
    const last = results.at(-1);
    const poor = Object.values(last.audits).filter((audit) => audit.score !== null && audit.score < 0.9 && audit.scoreDisplayMode !== 'informative');
    for (const audit of poor) print(`  ${audit.score.toFixed(2)}  ${audit.title}${audit.displayValue ? `: ${audit.displayValue}` : ''}`);
  }
}

const peers = await servePeers();
const server = await startServer(peers.url);
const browser = await chromium.launch({ executablePath: process.env.LEADERPORT_CHROMIUM || undefined, args: ['--no-sandbox', '--disable-gpu', '--enable-precise-memory-info'] });
try {
  print(`${rows} rows, ${SCORES_PER_SECOND} scores a second, CPU ${CPU_SLOWDOWN} times slower, ${rounds} rounds of ${seconds} s`);
  await fill(server.url, 'long', rows);
  await fill(server.url, 'short', 1_000);
  const pages = {
    'LeaderPort': [`${server.url}/boards/long`, '.list', 'long', rows],
    'LeaderPort, 1,000 rows': [`${server.url}/boards/short`, '.list', 'short', 1_000],
    'React + TanStack': [`${peers.url}/?api=${encodeURIComponent(server.url)}&board=long`, '.list', 'long', rows],
    'static rows': [`${peers.url}/static`, '.list', 'long', rows],
  };
  const results = Object.fromEntries(Object.keys(pages).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, [open, list, slug, count]] of Object.entries(pages)) {
      process.stderr.write(`\rround ${round + 1} of ${rounds}: ${name}\x1b[K`);
      results[name].push(await measure(browser, open, list, server.url, slug, count));
    }
  }
  process.stderr.write('\r\x1b[K');
  const of = (name, key) => median(results[name].map((result) => result[key]));
  print('');
  print('page                     frame p50   p95     p99    worst  over 32 ms   JS heap   nodes   first load');
  for (const name of Object.keys(pages)) {
    const ms = (key) => `${of(name, key).toFixed(1)}`.padStart(6);
    print(`${name.padEnd(24)} ${ms('p50')}  ${ms('p95')}  ${ms('p99')}  ${ms('worst')} ms ${(of(name, 'over') * 100).toFixed(1).padStart(6)} %  ${(of(name, 'heap') / 1e6).toFixed(1).padStart(6)} MB  ${String(of(name, 'nodes')).padStart(5)}  ${(of(name, 'bytes') / 1000).toFixed(0).padStart(6)} KB`);
  }
  print('');
  print('share of the time           busy  script   style  layout   callbacks over 32 ms, with missing rows');
  for (const name of Object.keys(pages)) {
    const share = (key) => `${(of(name, key) * 100).toFixed(0)} %`.padStart(6);
    print(`${name.padEnd(26)} ${['busy', 'script', 'style', 'layout', 'late', 'blank'].map(share).join('  ')}`);
  }
  const ratio = (key) => (of('LeaderPort', key) / of('React + TanStack', key)).toFixed(2);
  print('');
  print(`LeaderPort to React + TanStack: frame p50 ${ratio('p50')}, p95 ${ratio('p95')}, p99 ${ratio('p99')}, busy ${ratio('busy')}, heap ${ratio('heap')}, first load ${ratio('bytes')}`);
  print(`LeaderPort, ${rows} rows to 1,000: heap ${(of('LeaderPort', 'heap') / of('LeaderPort, 1,000 rows', 'heap')).toFixed(2)}`);
  if (loads > 0) await runLighthouse(pages.LeaderPort[0]);
} finally {
  await browser.close();
  await server.stop();
  peers.server.close();
}
