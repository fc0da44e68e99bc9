// The client module and the widget on a page of another origin, and the overlay page in a frame there.
import { readFile } from 'node:fs/promises';
import { createServer, type Server as Site } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { boardRules, submit } from './boards';
import { Api, expect, expectAccessible, Server, test } from './fixtures';
import type * as Sdk from '../../public/sdk/leaderport';

const PUBLIC = path.resolve(__dirname, '../../public/sdk');
const RECIPE = path.resolve(__dirname, '../../docs/recipes/widget.md');
const MAX_GZIP_BYTES = 12 * 1024;

/** The objects that the page of `MODULE_PAGE` leaves for the test. */
type TestWindow = { board: Sdk.Board; client: Sdk.LeaderPort; last?: Sdk.Snapshot; answers: unknown[] };

/** Serves one HTML text at every path of a free port. */
async function startSite(): Promise<{ site: Site; origin: string; show: (html: string) => void }> {
  let html = '';
  const site = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html));
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  return { site, origin, show: (text) => { html = text; } };
}

type Setup = { api: Api; server: Server; origin: string; show: (html: string) => void; restart: () => Promise<void> };

/** Runs a test with another site, and with a server that allows it, or not, and has a board of two players. */
async function withSite(use: (setup: Setup) => Promise<void>, isAllowed = true): Promise<void> {
  const { site, origin, show } = await startSite();
  let server = await Server.start(isAllowed ? ['--allow-origin', origin] : []);
  try {
    const api = new Api(server.url, server.token);
    await api.put('/api/v1/boards/arena', boardRules('Arena', { tie: 'shared', format: { decimals: 2 }, unit: 'km' }));
    await submit(api, 'arena', [{ player: 'ada', name: 'Ada', value: 23100 }, { player: 'bob', name: '<b>Bob</b>', value: 124000 }]);
    const restart = async () => {
      await server.kill();
      server = await server.restart();
    };
    await use({ api, server, origin, show, restart });
  } finally {
    await server.stop();
    site.closeAllConnections();
    await new Promise((resolve) => site.close(resolve));
  }
}

const widgetPage = (url: string, attributes = '') => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Studio</title>
<script type="module" src="${url}/sdk/leader-board.js"></script>
<main><h1>Studio</h1><leader-board src="${url}/boards/arena" ${attributes}><a href="${url}/boards/arena">Arena</a></leader-board></main></html>`;

const modulePage = (url: string, token: string) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Studio</title><h1>Studio</h1>
<script type="module">
import { LeaderPort } from '${url}/sdk/leaderport.js';
window.client = new LeaderPort('${url}', { token: '${token}' });
window.board = window.client.board('arena');
window.answers = [];
window.board.subscribe({ rows: 10, me: true, feed: true }, (snapshot) => { window.last = snapshot; });
</script></html>`;

const rows = (page: Page) => page.locator('leader-board tbody tr');

async function tokenOf(api: Api, player: string): Promise<string> {
  return (await api.post<{ token: string }>('/api/v1/tokens', { player })).token;
}

/** A member of the last snapshot of the page's subscription. */
function last<T>(page: Page, read: (snapshot: Sdk.Snapshot) => T): () => Promise<T | undefined> {
  return () => page.evaluate(`window.last === undefined ? undefined : (${read.toString()})(window.last)`) as Promise<T | undefined>;
}

test('the client module is small', async () => {
  const module = await readFile(path.join(PUBLIC, 'leaderport.js'));
  expect(gzipSync(module, { level: 9 }).length).toBeLessThanOrEqual(MAX_GZIP_BYTES);
});

test('the widget of the recipe shows live rows on another site and continues after a restart', async ({ page }) => {
  await withSite(async ({ api, server, origin, show, restart }) => {
    const html = /```html file=widget\.html\n([\s\S]*?)```/.exec((await readFile(RECIPE, 'utf8')).replaceAll(/^ {3}/gm, ''))?.[1] ?? '';
    expect(html).toContain('http://127.0.0.1:3000');
    show(html.replaceAll('http://127.0.0.1:3000', server.url));
    await page.goto(origin);
    await expect(rows(page)).toHaveText(['1<b>Bob</b>1,240.00', '2Ada231.00']);
    await expect(page.getByRole('columnheader', { name: 'Score (km)' })).toBeVisible();
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await expect(page.locator('leader-board tr[aria-current]')).toHaveText('2Ada231.00');
    await expectAccessible(page);

    await submit(api, 'arena', [{ player: 'ada', value: 200000 }]);
    await expect(rows(page)).toHaveText(['1Ada2,000.00', '2<b>Bob</b>1,240.00']);
    await expect(page.getByRole('status')).toHaveText('Ada: rank 1, 2,000.00 km');

    await restart();
    await submit(api, 'arena', [{ player: 'cyd', name: 'Cyd', value: 300000 }]);
    await expect(rows(page)).toHaveText(['1Cyd3,000.00', '2Ada2,000.00', '3<b>Bob</b>1,240.00']);
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
  });
});

test('the widget follows its attributes, and shows a player who is not in its rows', async ({ page }) => {
  await withSite(async ({ api, server, origin, show }) => {
    await submit(api, 'arena', [{ player: 'cyd', name: 'Cyd', value: 100 }]);
    show(widgetPage(server.url, 'rows="1" player="cyd" lang="de" theme="dark"'));
    await page.goto(origin);
    await expect(rows(page)).toHaveText(['1<b>Bob</b>1.240,00', '3Cyd1,00']);
    await expect(page.getByRole('columnheader', { name: 'Rang' })).toBeVisible();
    const widget = page.locator('leader-board');
    await widget.evaluate((element) => element.setAttribute('player', 'bob'));
    await expect(rows(page)).toHaveText(['1<b>Bob</b>1.240,00']);
    await widget.evaluate((element) => element.setAttribute('rows', '2'));
    await expect(rows(page)).toHaveCount(2);
    await widget.evaluate((element) => element.setAttribute('dir', 'rtl'));
    const edge = (name: string) => page.locator(`leader-board tbody .${name}`).first().evaluate((cell) => cell.getBoundingClientRect().left);
    expect(await edge('rank')).toBeGreaterThan(await edge('score'));
    // An element that leaves the page ends its connection, and one that returns is live again.
    await widget.evaluate((element) => { element.remove(); document.body.append(element); });
    await submit(api, 'arena', [{ player: 'ada', value: 200000 }]);
    await expect(rows(page).first()).toHaveText('1Ada2.000,00');
    // The address may follow the element, and must be that of a page.
    await widget.evaluate((element) => {
      const late = document.createElement('leader-board');
      element.replaceWith(late);
      late.setAttribute('src', (element as HTMLElement).getAttribute('src') ?? '');
    });
    await expect(rows(page)).toHaveText(['1Ada2,000.00', '2<b>Bob</b>1,240.00', '3Cyd1.00']);
    // A client that was set before the element's class was loaded is used.
    const isKept = await page.evaluate(() => {
      const elsewhere = document.createElement('template').content.ownerDocument;
      const early = elsewhere.createElement('leader-board') as HTMLElement & { client?: unknown };
      const client = {};
      early.client = client;
      document.adoptNode(early);
      customElements.upgrade(early);
      return early.shadowRoot === null && early instanceof customElements.get('leader-board')! && early.client === client;
    });
    expect(isKept).toBe(true);
    await widget.evaluate((element) => element.setAttribute('src', 'javascript:/boards/arena'));
    await expect(rows(page).first()).toBeHidden();
  });
});

test('without the flag, the widget is live over an event stream and says why', async ({ page }) => {
  await withSite(async ({ api, server, origin, show }) => {
    const warning = page.waitForEvent('console', (message) => message.type() === 'warning' && message.text().includes('<leader-board>'));
    show(widgetPage(server.url));
    await page.goto(origin);
    expect((await warning).text()).toContain(`--allow-origin ${origin}`);
    await expect(rows(page)).toHaveText(['1<b>Bob</b>1,240.00', '2Ada231.00']);
    await submit(api, 'arena', [{ player: 'ada', value: 200000 }]);
    await expect(rows(page).first()).toHaveText('1Ada2,000.00');
  }, false);
});

test('the widget polls if event streams are blocked, too', async ({ page }) => {
  await withSite(async ({ api, server, origin, show }) => {
    await page.route(/\/api\/v1\/events\?(?!.*once=true)/, (route) => route.abort());
    show(widgetPage(server.url));
    await page.goto(origin);
    await expect(rows(page)).toHaveText(['1<b>Bob</b>1,240.00', '2Ada231.00']);
    await submit(api, 'arena', [{ player: 'ada', value: 200000 }]);
    await expect(rows(page).first()).toHaveText('1Ada2,000.00');
  }, false);
});

test('the link in the widget stays if its script or its board is missing', async ({ page }) => {
  await withSite(async ({ server, origin, show }) => {
    const link = page.getByRole('link', { name: 'Arena' });
    await page.route('**/sdk/leader-board.js', (route) => route.abort());
    show(widgetPage(server.url));
    await page.goto(origin);
    await expect(link).toBeVisible();
    await page.unroute('**/sdk/leader-board.js');
    const report = page.waitForEvent('console', (message) => message.text().includes('unknown_board'));
    show(widgetPage(server.url).replace('src="' + server.url + '/boards/arena"', 'src="' + server.url + '/boards/nothing"'));
    await page.goto(origin);
    await report;
    await expect(link).toBeVisible();
    await expect(rows(page)).toHaveCount(0);
  });
});

test('the module shows a score at once, and its own standing and highlights', async ({ page }) => {
  await withSite(async ({ api, server, origin, show }) => {
    show(modulePage(server.url, await tokenOf(api, 'ada')));
    await page.goto(origin);
    await expect.poll(last(page, ({ me }) => me?.standing?.rank)).toBe(2);
    await expect.poll(last(page, ({ feed }) => Array.isArray(feed))).toBe(true);
    const answer = await page.evaluate(() => (window as unknown as TestWindow).board.submit({ player: 'ada', value: 200000 }));
    expect(answer.standings[0]).toMatchObject({ rank: 1, previous_rank: 2 });
    await expect.poll(last(page, ({ rows, me }) => [rows?.[0]?.player, rows?.[0]?.pending, me?.standing?.rank])).toEqual(['ada', undefined, 1]);
    const refusal = await page.evaluate(() => (window as unknown as TestWindow).board.submit({ player: 'bob', value: 1 })
      .catch(({ code, status, detail }: Sdk.LeaderPortError) => ({ code, status, detail })));
    expect(refusal).toEqual({ code: 'forbidden', status: 403, detail: expect.any(String) });
    const found = await page.evaluate(async () => {
      const { board } = window as unknown as TestWindow;
      const [byPage, byRank, around, player] = await Promise.all([
        board.standings({ page: 2, limit: 1 }), board.standings({ rank: 2, limit: 1 }), board.around('bob', { limit: 1 }), board.player('bob', { season: 'all' }),
      ]);
      return [byPage.rows[0]?.player, byRank.rows[0]?.player, around.rows[0]?.player, player.rank];
    });
    expect(found).toEqual(['bob', 'bob', 'bob', 2]);
  });
});

test('a score that is submitted offline is kept over a reload, and sent once with the same id', async ({ page, context }) => {
  await withSite(async ({ api, server, origin, show }) => {
    const ids: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') ids.push((request.postDataJSON() as { id: string }).id);
    });
    show(modulePage(server.url, await tokenOf(api, 'ada')));
    await page.goto(origin);
    await expect.poll(last(page, ({ rows }) => rows?.length)).toBe(2);
    await context.setOffline(true);
    await page.evaluate(() => { void (window as unknown as TestWindow).board.submit({ player: 'ada', value: 200000 }); });
    await expect.poll(last(page, ({ rows }) => rows?.map(({ player, pending }) => [player, pending]))).toEqual([['ada', true], ['bob', undefined]]);
    await expect.poll(() => ids.length).toBeGreaterThan(0);
    const stored = await page.evaluate(() => Object.values(localStorage).map((text) => (JSON.parse(text) as { score: { id: string } }).score.id));
    expect(stored).toEqual([ids[0]]);
    await context.setOffline(false);
    await page.reload();
    await expect.poll(last(page, ({ rows }) => rows?.[0]?.player)).toBe('ada');
    await expect.poll(() => page.evaluate(() => localStorage.length)).toBe(0);
    expect(new Set(ids).size).toBe(1);
    const { submissions } = await api.get<{ submissions: { id: string }[] }>('/api/v1/players/ada/submissions?board=arena');
    expect(submissions.filter(({ id }) => id === ids[0])).toHaveLength(1);
  });
});

test('a score waits while the server answers reads alone', async ({ page }) => {
  await withSite(async ({ api, server, origin, show }) => {
    show(modulePage(server.url, await tokenOf(api, 'ada')));
    await page.goto(origin);
    await page.waitForFunction(() => 'board' in window);
    await page.evaluate(() => (window as unknown as TestWindow).board.submit({ player: 'ada', value: 100000 }));
    let attempts = 0;
    await page.route('**/submissions', (route) => {
      attempts += 1;
      return route.abort();
    });
    await page.evaluate(() => {
      const { answers, board } = window as unknown as TestWindow;
      void board.submit({ player: 'ada', value: 200000 }).then((answer) => answers.push(answer.standings[0]?.rank), ({ code }: Sdk.LeaderPortError) => answers.push(code));
    });
    await expect.poll(() => attempts).toBeGreaterThan(2);
    await page.unroute('**/submissions');
    await page.evaluate(() => (window as unknown as TestWindow).client.flush());
    await expect.poll(() => page.evaluate(() => (window as unknown as TestWindow).answers)).toEqual([1]);
  });
});

test('a refused token is reported for each score that waits', async ({ page }) => {
  await withSite(async ({ server, origin, show }) => {
    show(modulePage(server.url, 'expired'));
    await page.goto(origin);
    await page.waitForFunction(() => 'board' in window);
    const refusals = await page.evaluate(async () => {
      const { board, client } = window as unknown as TestWindow;
      const submitted = () => board.submit({ player: 'ada', value: 1 }).catch(({ status, queued }: Sdk.LeaderPortError) => [status, queued]);
      return [await submitted(), await submitted(), client.queued];
    });
    expect(refusals).toEqual([[401, true], [401, true], 2]);
  });
});

test('without the flag, a score from another site is refused with the reason', async ({ page }) => {
  await withSite(async ({ api, server, origin, show }) => {
    show(modulePage(server.url, await tokenOf(api, 'ada')));
    await page.goto(origin);
    await page.waitForFunction(() => 'board' in window);
    const refusal = await page.evaluate(() => (window as unknown as TestWindow).board.submit({ player: 'ada', value: 1 })
      .catch(({ code, detail }: Sdk.LeaderPortError) => ({ code, detail })));
    expect(refusal).toEqual({ code: 'foreign_origin', detail: expect.stringContaining(`--allow-origin ${origin}`) });
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
  }, false);
});

test('the overlay is transparent in a frame of another site, and other pages refuse the frame', async ({ page }) => {
  await withSite(async ({ api, server, origin, show }) => {
    show(`<!doctype html><html lang="en"><title>Stream</title><iframe title="Ranks" src="${server.url}/overlay/arena?rows=1"></iframe></html>`);
    await page.goto(origin);
    const frame = page.frameLocator('iframe');
    await expect(frame.locator('tbody tr')).toHaveText(['1<b>Bob</b>1,240.00']);
    const grounds = await frame.locator('body').evaluate((body) => [body, document.documentElement].map((element) => getComputedStyle(element).backgroundColor));
    expect(grounds).toEqual(['rgba(0, 0, 0, 0)', 'rgba(0, 0, 0, 0)']);
    await expect(frame.getByText('Live', { exact: true })).toBeVisible();
    await expect(frame.getByRole('link', { name: 'Arena' })).toHaveAttribute('target', '_top');
    await submit(api, 'arena', [{ player: 'ada', value: 200000 }]);
    await expect(frame.locator('tbody tr')).toHaveText(['1Ada2,000.00']);

    const refused = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors') || message.text().includes('X-Frame-Options'));
    show(`<!doctype html><html lang="en"><title>Stream</title><iframe title="Ranks" src="${server.url}/boards/arena"></iframe></html>`);
    await page.goto(origin);
    await refused;
  }, false);
});
