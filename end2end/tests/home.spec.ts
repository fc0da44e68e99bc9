// The home page: boards by activity with their phase, the reader's rank, and the first steps on an empty deployment.
import type { Page } from '@playwright/test';
import { Api, expect, expectAccessible, Server, test } from './fixtures';
import { descendingScores, newBoard, openLive, submit, submitAs } from './boards';

function card(page: Page, title: string) {
  return page.locator('.card').filter({ has: page.getByRole('heading', { name: title, exact: true }) });
}

test('open boards come first, the busiest at the top, with the phase of each @phone', async ({ api, page }) => {
  const tag = `${process.pid}-${Date.now()}`;
  const [quiet, busy, over, later] = [`Quiet ${tag}`, `Busy ${tag}`, `Over ${tag}`, `Later ${tag}`];
  await submit(api, await newBoard(api, quiet), descendingScores(3));
  await submit(api, await newBoard(api, busy, { periods: ['daily'] }), descendingScores(60));
  const closed = await newBoard(api, over);
  await submit(api, closed, descendingScores(90));
  await api.patch(`/api/v1/boards/${closed}`, { closes_at: '2020-01-01T00:00:00Z' });
  await newBoard(api, later, { opens_at: '2100-01-01T00:00:00Z' });
  await page.goto('/');
  await expect(card(page, busy).locator('.chip')).toHaveText('Live');
  await expect(card(page, busy)).toContainText('Resets in');
  await expect(card(page, later).locator('.chip')).toHaveText('Not open yet');
  await expect(card(page, later)).toContainText('Opens in');
  await expect(card(page, over).locator('.chip')).toHaveText('Final');
  const titles = await page.locator('.card h2').allTextContents();
  expect(titles.filter((title) => title.endsWith(tag))).toEqual([busy, quiet, later, over]);
  await expectAccessible(page);
});

test('a board is live on the home page only while changes arrive', async ({ api, browser, baseURL }) => {
  const title = `Plain ${process.pid}-${Date.now()}`;
  await newBoard(api, title);
  const page = await browser.newPage({ baseURL, javaScriptEnabled: false });
  await page.goto('/');
  await expect(card(page, title).locator('.chip')).toHaveText('Open');
  await page.close();
});

test('the card of a board shows the reader’s rank and keeps it current', async ({ api, page }) => {
  const title = `Mine ${process.pid}-${Date.now()}`;
  const slug = await newBoard(api, title);
  await submit(api, slug, [{ player: 'ann', name: 'Ann', value: 10 }, { player: 'bob', name: 'Bob', value: 5 }]);
  await page.goto('/');
  await expect(card(page, title)).not.toContainText('Your rank');
  await openLive(page, slug);
  await submitAs(page, 'Ada', '7');
  await expect(page.locator('.status')).toContainText('You rank #2');
  await page.goto('/');
  await card(page, title).scrollIntoViewIfNeeded();
  await expect(card(page, title)).toContainText('Your rank: #2');
  await submit(api, slug, [{ player: 'bob', value: 9 }]);
  await expect(card(page, title)).toContainText('Your rank: #3');
});

test('a board that opens becomes live on the home page', async ({ api, page }) => {
  const title = `Soon ${process.pid}-${Date.now()}`;
  await newBoard(api, title, { opens_at: new Date(Date.now() + 6_000).toISOString() });
  await page.goto('/');
  await expect(card(page, title).locator('.chip')).toHaveText('Not open yet');
  await expect(card(page, title).locator('.chip')).toHaveText('Live', { timeout: 30_000 });
});

test('the code of the home page is loaded on that page alone', async ({ api, page }) => {
  const slug = await newBoard(api, `Light ${process.pid}-${Date.now()}`);
  const requestedPaths: string[] = [];
  page.on('request', (request) => requestedPaths.push(new URL(request.url()).pathname));
  const ofHome = () => requestedPaths.filter((path) => path.includes('boards_island_loader'));
  await openLive(page, slug);
  expect(ofHome()).toEqual([]);
  await page.goto('/');
  await expect.poll(() => ofHome().length).toBeGreaterThan(0);
});

test('an empty deployment shows the first steps', async ({ browser }) => {
  const server = await Server.start();
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'No boards yet' })).toBeVisible();
  await expect(page.locator('.steps > li')).toHaveCount(4);
  await expectAccessible(page);
  // The commands define a board and submit a score: their bodies are accepted.
  const commands = await page.locator('.steps pre').allTextContents();
  const body = (command: string) => JSON.parse(/-d '(.*)'/s.exec(command)?.[1] ?? '{}');
  const api = new Api(server.url, server.token);
  await api.put('/api/v1/boards/arena', body(commands[1] ?? ''));
  await api.post('/api/v1/boards/arena/submissions', body(commands[2] ?? ''));
  expect((await page.request.get('/docs/getting-started')).status()).toBe(200);
  await page.reload();
  await expect(card(page, 'Arena')).toContainText('Ada');
  await context.close();
  await server.stop();
});

test('the card of a board shows how many readers watch it', async ({ api, browser, baseURL, page }) => {
  // The numbers are read every 20 s.
  const timeout = 45_000;
  test.setTimeout(150_000);
  const title = `Watched ${process.pid}-${Date.now()}`;
  const slug = await newBoard(api, title);
  await submit(api, slug, descendingScores(3));
  await page.goto('/');
  await expect(card(page, title)).not.toContainText('watching');
  const reader = await browser.newPage({ baseURL });
  await openLive(reader, slug);
  await expect(card(page, title)).toContainText('1 watching', { timeout });
  // The server renders the number too, and a reader of the home page is no viewer.
  const plain = await browser.newPage({ baseURL, javaScriptEnabled: false });
  await plain.goto('/');
  await expect(card(plain, title)).toContainText('1 watching');
  await expectAccessible(page);
  await reader.close();
  await expect(card(page, title)).not.toContainText('watching', { timeout });
  await plain.close();
});
