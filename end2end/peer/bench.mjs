// `make bench-ui`: the board page in a real browser, beside the same board made with React, TanStack
// Query and TanStack Virtual (main.jsx), and beside rows in a page without any code: what the machine
// itself can draw. Prints, as medians of interleaved rounds: times between frames while the list is
// scrolled evenly, with the processor four times slower and 200 scores a second arriving; how much of
// that time the page's thread is busy, and with what; the heap, nodes, what a first load transfers;
// then Lighthouse. Only ratios of one run mean anything.
//
// Frames are those that the compositor draws on the screen. The page's own callbacks are counted
// besides: they may come in time while nothing moves, and late while the compositor scrolls; and at
// each, whether an end of the list has no row yet, which a page that is late shows.
//
// Lighthouse makes the processor four times slower than this machine's, whatever that is: its index
// is printed, and it is asked again with a processor as slow as Chrome's "low-tier mobile" has it.
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
const UPDATES = 200;
const SLOWER = 4;
/** A turn of the wheel: so many pixels, so many milliseconds after the one before. */
const TURN = { pixels: 32, millis: 16 };
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

const say = (line) => console.log(line);
const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const percentile = (all, share) => [...all].sort((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * share))];

/** Rows as the peer draws them, all there from the beginning: what a page without code can do. */
async function plainPage() {
  const page = await readFile(path.join(HERE, 'index.html'), 'utf8');
  const row = (n) => `<div class="row" style="transform:translateY(${n * 48}px)"><span>${n + 1}</span><span class="avatar">P</span><span>Player ${n}</span><span>${1_000 - n}</span></div>`;
  const list = Array.from({ length: 1_000 }, (_, n) => row(n)).join('');
  return page.replace(/<div id="root">[^]*<\/script>/, () => `<div class="list">${list}</div>`);
}

/** The peer's files, on a port of their own. */
async function servePeer() {
  const types = { '.html': 'text/html', '.js': 'text/javascript' };
  const server = createServer(async (request, response) => {
    const name = new URL(request.url, 'http://x').pathname;
    try {
      const file = name === '/plain' ? await plainPage() : await readFile(path.join(HERE, 'dist', name === '/' ? 'index.html' : name));
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
    server.once('exit', () => reject(new Error('the server ended; is it built?')));
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

/** 200 scores a second, half of them among the first thousand, until it is stopped. */
function update(url, slug, count) {
  const random = (most) => Math.floor(Math.random() * most);
  const timer = setInterval(() => {
    const one = () => {
      const n = Math.random() < 0.5 ? random(Math.min(1_000, count)) : random(count);
      return { ...playerOf(n), value: count - n + random(200) - 100 };
    };
    const submissions = Array.from({ length: UPDATES / 10 }, one);
    send(url, 'POST', `/boards/${slug}/submissions/batch`, { submissions }).catch((error) => console.error(error.message));
  }, 100);
  return () => clearInterval(timer);
}

/** Has a browser note when it draws, until that is asked for: times between two draws, in milliseconds. */
async function watchDraws(browser) {
  const devtools = await browser.newBrowserCDPSession();
  const drawn = [];
  devtools.on('Tracing.dataCollected', ({ value }) => drawn.push(...value.filter(({ name, ph }) => name === 'Display::DrawAndSwap' && ph === 'X').map(({ ts }) => ts / 1_000)));
  await devtools.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['viz'] } });
  return async () => {
    const ended = new Promise((resolve) => devtools.once('Tracing.tracingComplete', resolve));
    await devtools.send('Tracing.end');
    await ended;
    await devtools.detach();
    drawn.sort((a, b) => a - b);
    return drawn.slice(1).map((at, n) => at - drawn[n]);
  };
}

/** One round of a page: frames, heap, nodes, bytes. */
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
  const stop = update(server, slug, count);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  const box = await page.locator(list).boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const draws = await watchDraws(browser);
  const callbacks = page.evaluate(([millis, list]) => new Promise((resolve) => {
    const { left, width, top, bottom } = document.querySelector(list).getBoundingClientRect();
    const isBlank = (y) => !document.elementFromPoint(left + width / 2, y)?.closest('.row');
    const [times, began] = [[], performance.now()];
    let [last, looked, blank] = [began, 0, 0];
    const frame = (now) => {
      times.push(now - last);
      last = now;
      // Looking has its price.
      if (times.length % 8 === 0) {
        looked += 1;
        if (isBlank(top + 4) || isBlank(bottom - 4)) blank += 1;
      }
      if (now - began < millis) requestAnimationFrame(frame); else resolve({ times: times.slice(1), blank: blank / looked });
    };
    requestAnimationFrame(frame);
  }), [seconds * 1_000, list]);
  const before = await metrics();
  const began = Date.now();
  let turns = 0;
  const turned = [];
  // At its own pace, so that a page that is slow has as much to do as one that is fast.
  while (Date.now() - began < seconds * 1_000) {
    turns += 1;
    turned.push(page.mouse.wheel(0, turns % 800 < 600 ? TURN.pixels : -TURN.pixels));
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + turns * TURN.millis - Date.now())));
  }
  const after = await metrics();
  const times = await draws();
  if (!times.length) throw new Error('the browser has traced no frame: is Display::DrawAndSwap called something else?');
  const spent = (name) => (after[name] - before[name]) / (after.Timestamp - before.Timestamp);
  const called = await callbacks;
  await Promise.all(turned);
  stop();
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
    late: called.times.filter((time) => time > 32).length / called.times.length,
    blank: called.blank,
  };
}

/** The index of a slow phone (Moto G Power of 2022), as Chrome's developer tools calibrate by it. */
const SLOW_PHONE = 264;
const DESKTOP = {
  formFactor: 'desktop',
  screenEmulation: { mobile: false, width: 1350, height: 940, deviceScaleFactor: 1, disabled: false },
  throttling: { rttMs: 40, throughputKbps: 10_240, cpuSlowdownMultiplier: 1, requestLatencyMs: 0, downloadThroughputKbps: 0, uploadThroughputKbps: 0 },
};

/** Prints what Lighthouse finds, each time in a browser of its own: the median, and every score of performance. */
async function light(url) {
  const { default: lighthouse, defaultConfig } = await import('lighthouse');
  const load = async (settings) => {
    const chrome = await chromium.launch({ executablePath: process.env.LEADERPORT_CHROMIUM || undefined, args: ['--no-sandbox', '--disable-gpu', '--remote-debugging-port=9333'] });
    try {
      const { lhr } = await lighthouse(url, { port: 9333, logLevel: 'error', output: 'json', onlyCategories: ['performance', 'accessibility', 'best-practices', 'seo'], ...settings });
      const failed = Object.values(lhr.audits).find(({ scoreDisplayMode }) => scoreDisplayMode === 'error');
      if (failed) say(`Lighthouse could not measure ${failed.id}: ${failed.errorMessage}`);
      return lhr;
    } finally {
      await chrome.close();
    }
  };
  const found = { phone: [], 'slow phone': [], desktop: [] };
  const { throttling } = defaultConfig.settings;
  for (let n = 0; n < loads; n += 1) {
    process.stderr.write(`\rLighthouse, ${n + 1} of ${loads}\x1b[K`);
    const phone = await load({});
    found.phone.push(phone);
    const cpuSlowdownMultiplier = Math.max(1, phone.environment.benchmarkIndex / SLOW_PHONE);
    found['slow phone'].push(await load({ throttling: { ...throttling, cpuSlowdownMultiplier } }));
    found.desktop.push(await load(DESKTOP));
  }
  process.stderr.write('\r\x1b[K');
  say('');
  for (const [form, results] of Object.entries(found)) {
    const score = (id) => results.map(({ categories }) => Math.round(categories[id].score * 100));
    const each = results.map(({ environment, configSettings, audits }, n) => `${score('performance')[n]} (index ${Math.round(environment.benchmarkIndex)}, ${configSettings.throttling.cpuSlowdownMultiplier.toFixed(1)}x, blocked ${Math.round(audits['total-blocking-time'].numericValue)} ms)`);
    say(`Lighthouse, ${form}: performance ${median(score('performance'))}, accessibility ${median(score('accessibility'))}, best practices ${median(score('best-practices'))}, SEO ${median(score('seo'))}`);
    say(`  ${each.join(', ')}`);
    const last = results.at(-1);
    const poor = Object.values(last.audits).filter((audit) => audit.score !== null && audit.score < 0.9 && audit.scoreDisplayMode !== 'informative');
    for (const audit of poor) say(`  ${audit.score.toFixed(2)}  ${audit.title}${audit.displayValue ? `: ${audit.displayValue}` : ''}`);
  }
}

const peer = await servePeer();
const server = await startServer(peer.url);
const browser = await chromium.launch({ executablePath: process.env.LEADERPORT_CHROMIUM || undefined, args: ['--no-sandbox', '--disable-gpu', '--enable-precise-memory-info'] });
try {
  say(`${rows} rows, ${UPDATES} scores a second, processor ${SLOWER} times slower, ${rounds} rounds of ${seconds} s`);
  await fill(server.url, 'long', rows);
  await fill(server.url, 'short', 1_000);
  const pages = {
    'LeaderPort': [`${server.url}/boards/long`, '.list', 'long', rows],
    'LeaderPort, 1,000 rows': [`${server.url}/boards/short`, '.list', 'short', 1_000],
    'React + TanStack': [`${peer.url}/?api=${encodeURIComponent(server.url)}&board=long`, '.list', 'long', rows],
    'rows without any code': [`${peer.url}/plain`, '.list', 'long', rows],
  };
  const found = Object.fromEntries(Object.keys(pages).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, [open, list, slug, count]] of Object.entries(pages)) {
      process.stderr.write(`\rround ${round + 1} of ${rounds}: ${name}\x1b[K`);
      found[name].push(await measure(browser, open, list, server.url, slug, count));
    }
  }
  process.stderr.write('\r\x1b[K');
  const of = (name, key) => median(found[name].map((one) => one[key]));
  say('');
  say('page                     frame p50   p95     p99    worst  over 32 ms   JS heap   nodes   first load');
  for (const name of Object.keys(pages)) {
    const ms = (key) => `${of(name, key).toFixed(1)}`.padStart(6);
    say(`${name.padEnd(24)} ${ms('p50')}  ${ms('p95')}  ${ms('p99')}  ${ms('worst')} ms ${(of(name, 'over') * 100).toFixed(1).padStart(6)} %  ${(of(name, 'heap') / 1e6).toFixed(1).padStart(6)} MB  ${String(of(name, 'nodes')).padStart(5)}  ${(of(name, 'bytes') / 1000).toFixed(0).padStart(6)} KB`);
  }
  say('');
  say('of the time                 busy  script   style  layout   callbacks over 32 ms, with a blank');
  for (const name of Object.keys(pages)) {
    const share = (key) => `${(of(name, key) * 100).toFixed(0)} %`.padStart(6);
    say(`${name.padEnd(26)} ${['busy', 'script', 'style', 'layout', 'late', 'blank'].map(share).join('  ')}`);
  }
  const ratio = (key) => (of('LeaderPort', key) / of('React + TanStack', key)).toFixed(2);
  say('');
  say(`LeaderPort to React + TanStack: frame p50 ${ratio('p50')}, p95 ${ratio('p95')}, p99 ${ratio('p99')}, busy ${ratio('busy')}, heap ${ratio('heap')}, first load ${ratio('bytes')}`);
  say(`LeaderPort, ${rows} rows to 1,000: heap ${(of('LeaderPort', 'heap') / of('LeaderPort, 1,000 rows', 'heap')).toFixed(2)}`);
  if (loads > 0) await light(pages.LeaderPort[0]);
} finally {
  await browser.close();
  await server.stop();
  peer.server.close();
}
