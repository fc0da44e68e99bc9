// A board that is longer than a browser can lay out: the document holds few rows, and the reader can
// reach each row.
import { expect, test } from './fixtures';
import { descendingScore, listScrollTop, newBoard, openLive, rowAt, rowHeight, scrollListToPixel, submit } from './boards';

// 1,000,000 rows exceed the list's maximum height, that of 104,166 rows, so the list scales its scroll
// position. `make long` runs this file with ten million rows.
const ROWS = Number(process.env.LEADERPORT_LONG_ROWS ?? 1_000_000);
const CHUNK = 100_000;

test.describe.configure({ mode: 'serial' });

let slug: string;

test.beforeAll(async ({ api }) => {
  test.setTimeout(120_000 + ROWS / 5);
  slug = await newBoard(api, 'Long');
  for (let from = 0; from < ROWS; from += CHUNK) {
    const length = Math.min(CHUNK, ROWS - from);
    await submit(api, slug, Array.from({ length }, (_, i) => descendingScore(from + i, ROWS)));
  }
});

const MAX_ROWS_IN_DOCUMENT = 60;

test('the document holds few rows at any scroll position @phone', async ({ page }) => {
  await openLive(page, slug);
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000000');
  for (const rank of [1, 777, 123_456, ROWS]) {
    await page.getByLabel('Rank').fill(rank.toLocaleString('en'));
    await page.getByRole('button', { name: 'Go' }).click();
    const row = rowAt(page, rank);
    await expect(row.locator('.name')).toHaveText(`Player ${String(rank - 1).padStart(6, '0')}`);
    await expect(row.locator('.rank')).toHaveText(rank.toLocaleString('en'));
    await expect(row).toBeInViewport({ ratio: 0.9 });
    expect(await page.locator('.row').count()).toBeLessThan(MAX_ROWS_IN_DOCUMENT);
  }
});

test('the ends of the scrollbar show the ends of the board', async ({ page }) => {
  await openLive(page, slug);
  const list = page.locator('.list');
  expect(await list.evaluate((element) => element.scrollHeight)).toBeLessThanOrEqual(5_000_000);
  await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await expect(rowAt(page, ROWS)).toBeInViewport();
  await expect(rowAt(page, ROWS).locator('.name')).toHaveText(`Player ${ROWS - 1}`);
  await list.evaluate((element) => element.scrollTo(0, (element.scrollHeight - element.clientHeight) / 2));
  await expect(rowAt(page, ROWS / 2)).toBeInViewport();
  await list.evaluate((element) => element.scrollTo(0, 0));
  await expect(rowAt(page, 1)).toBeInViewport();
});

test('the mouse wheel scrolls by rows although the scroll position is scaled', async ({ page }) => {
  await openLive(page, slug, '?rank=100000');
  await expect(rowAt(page, 100_000)).toBeInViewport();
  const topPlace = () =>
    page.locator('.list').evaluate((list) => {
      const edge = list.getBoundingClientRect().top;
      const rows = [...list.querySelectorAll<HTMLElement>('.row')].filter((row) => row.getBoundingClientRect().top >= edge - 20);
      return Math.min(...rows.map((row) => Number(row.dataset.place)));
    });
  const before = await topPlace();
  await page.locator('.list').hover();
  await page.mouse.wheel(0, 10 * (await rowHeight(page)));
  await expect.poll(topPlace).toBe(before + 10);
});

test('a phone reaches each row by scrolling the page', async ({ browser, baseURL }) => {
  const page = await browser.newPage({ baseURL, viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  await openLive(page, slug);
  const list = page.locator('.list');
  const height = await list.evaluate((element) => element.getBoundingClientRect().height);
  expect(height).toBeLessThanOrEqual(5_000_000);
  // Long scrolls are drags of the page's scrollbar.
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await expect(rowAt(page, ROWS).locator('.name')).toHaveText(`Player ${ROWS - 1}`);
  await expect(rowAt(page, ROWS)).toBeInViewport({ ratio: 1 });
  await expect(page.locator('footer')).toBeInViewport();
  await scrollListToPixel(page, height / 2);
  const topPlace = async () => {
    const edge = await page.locator('.finder').evaluate((bar) => bar.getBoundingClientRect().bottom);
    const places = await page.locator('.row').evaluateAll((rows, edge) =>
      rows.filter((row) => row.getBoundingClientRect().bottom > edge).map((row) => Number((row as HTMLElement).dataset.place)), edge);
    return Math.min(...places);
  };
  await expect.poll(async () => Math.abs((await topPlace()) - ROWS / 2) / ROWS).toBeLessThan(0.001);
  // Small scrolls are scrolls by rows.
  const [place, scrolled] = [(await topPlace()) + 15, await listScrollTop(page)];
  const screenTop = () => rowAt(page, place).evaluate((row) => row.getBoundingClientRect().top);
  const before = await screenTop();
  const distance = 10 * (await rowHeight(page));
  await page.mouse.move(195, 422);
  await page.mouse.wheel(0, distance);
  await expect.poll(async () => Math.abs(before - distance - (await screenTop()))).toBeLessThan(2);
  expect(Math.abs((await listScrollTop(page)) - scrolled)).toBeLessThan(1_000);
  await page.evaluate(() => scrollTo(0, 0));
  await expect(rowAt(page, 1)).toBeInViewport();
  await expect(page.getByRole('heading', { level: 1 })).toBeInViewport();
  await page.close();
});

test('a score update far down the board moves the visible rows', async ({ api, page }) => {
  await openLive(page, slug, '?rank=150000');
  await expect(rowAt(page, 150_000).locator('.name')).toHaveText('Player 149999');
  await submit(api, slug, [{ player: 'p149999', value: ROWS + 1 }]);
  await expect(rowAt(page, 150_000).locator('.name')).toHaveText('Player 149998');
  await expect(rowAt(page, 150_000)).toBeInViewport();
});

test('the link “Find me” scrolls to the reader’s row', async ({ page }) => {
  await openLive(page, slug);
  await page.getByRole('textbox', { name: 'Name' }).fill('Somewhere');
  await page.getByRole('textbox', { name: 'Score' }).fill('100000.'.replace('.', ''));
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await expect(page.locator('.status')).toContainText('Recorded');
  await expect(page.locator('.you dl')).toContainText('#');
  await page.getByRole('link', { name: 'Find me' }).click();
  await expect(page.locator('.row.me')).toBeInViewport();
  await expect(page.locator('.row.me .name')).toHaveText('Somewhere');
});
