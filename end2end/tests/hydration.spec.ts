// Hydration of a board's page: it reuses the server-rendered rows and keeps what the reader did before.
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { descendingScores, listScrollTop, newBoard, newReflexBoard, openLive, rowAt, scrollListTo, scrollListToPixel, searchField, submit, submitAs, visibleNames } from './boards';

/** Opens a board and holds its code back; returns a function that releases the code. */
async function openWithoutCode(page: Page, slug: string): Promise<() => void> {
  let releaseCode = () => {};
  const codeReleased = new Promise<void>((resolve) => { releaseCode = resolve; });
  await page.route(/\/pkg\/.*\.wasm$/, async (route) => { await codeReleased; await route.continue(); });
  await page.goto(`/boards/${slug}`);
  return releaseCode;
}

/** Opens a live board without the code that loads later; returns a function that lets the code arrive. */
async function openWithoutLaterCode(page: Page, slug: string): Promise<() => void> {
  const code = /\/pkg\/split_later\b/;
  let isMissing = true;
  // A page with a network would reload, because its code may be gone.
  await page.addInitScript(() => Object.defineProperty(navigator, 'onLine', { get: () => false }));
  await page.route(code, (route) => (isMissing ? route.fulfill({ status: 503 }) : route.continue()));
  const refused = page.waitForResponse(code);
  await openLive(page, slug);
  await refused;
  return () => { isMissing = false; };
}

test('the first paint shows the whole page', async ({ api, page }) => {
  const slug = await newBoard(api, 'Whole');
  await submit(api, slug, descendingScores(60));
  await page.addInitScript(() => {
    // The callback runs just before the first paint.
    requestAnimationFrame(() => {
      (window as { isComplete?: boolean }).isComplete = document.querySelector('main ~ footer') !== null;
    });
  });
  await page.goto(`/boards/${slug}`);
  await expect.poll(() => page.evaluate(() => (window as { isComplete?: boolean }).isComplete)).toBeDefined();
  expect(await page.evaluate(() => (window as { isComplete?: boolean }).isComplete)).toBe(true);
  // `link[rel=expect]` delays the first paint only if its target exists.
  const target = await page.locator('link[rel=expect]').getAttribute('href');
  await expect(page.locator(`footer${target}`)).toBeVisible();
});

test('hydration reuses the server-rendered rows and keeps focus and typed text @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Taken over');
  await submit(api, slug, descendingScores(400));
  const releaseCode = await openWithoutCode(page, slug);
  await expect(page.locator('.row')).toHaveCount(50);
  await page.locator('.row').evaluateAll((rows) => rows.forEach((row) => row.setAttribute('data-written', '')));
  await searchField(page).fill('Pla');
  const link = page.locator('.list').getByRole('link', { name: 'Player 000001' });
  await link.focus();
  releaseCode();
  await expect(page.locator('.connection')).toHaveText('Live');
  // Hydration removes the rows that are not on screen.
  await expect.poll(() => page.locator('.row').count()).toBeLessThan(50);
  await expect(page.locator('.row:not([data-written])')).toHaveCount(0);
  await expect(link).toBeFocused();
  await expect(searchField(page)).toHaveValue('Pla');
  await scrollListTo(page, 201);
  await expect(rowAt(page, 201).locator('.name')).toHaveText('Player 000200');
});

test('the list keeps its scroll position through hydration @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Scrolled before');
  await submit(api, slug, descendingScores(400));
  const releaseCode = await openWithoutCode(page, slug);
  await scrollListToPixel(page, 500);
  releaseCode();
  await expect(page.locator('.connection')).toHaveText('Live');
  await expect.poll(() => page.locator('.row').count()).toBeLessThan(50);
  expect(Math.abs((await listScrollTop(page)) - 500)).toBeLessThanOrEqual(1);
  // Rows of 40 or 48 pixels.
  await expect(rowAt(page, 14)).toBeInViewport();
});

test('keyboard navigation works before and after hydration', async ({ api, page }) => {
  const slug = await newBoard(api, 'Keys before');
  await submit(api, slug, descendingScores(400));
  const releaseCode = await openWithoutCode(page, slug);
  const list = page.locator('.list');
  await list.focus();
  await page.keyboard.press('End');
  // Before hydration the browser scrolls, so `End` reaches the last server-rendered row.
  await expect(rowAt(page, 50)).toBeInViewport();
  releaseCode();
  await expect(page.locator('.connection')).toHaveText('Live');
  await expect.poll(() => page.locator('.row').count()).toBeLessThan(50);
  await expect(rowAt(page, 50)).toBeInViewport();
  await page.keyboard.press('End');
  await expect(rowAt(page, 400)).toBeInViewport();
});

test.describe('a page that an extension has changed', () => {
  test.use({ expectsPageErrors: true });

  test('reloads itself, and is hydrated then', async ({ api, page }) => {
    const slug = await newBoard(api, 'Meddled with');
    await submit(api, slug, descendingScores(20));
    const releaseCode = await openWithoutCode(page, slug);
    // Removes a name, as a browser extension might.
    await page.locator('.row .name').first().evaluate((name) => name.parentElement?.replaceChildren());
    const reloaded = page.waitForEvent('load');
    releaseCode();
    await reloaded;
    await expect(page.locator('.connection')).toHaveText('Live');
    await expect(rowAt(page, 1).getByRole('link')).toHaveText('Player 000000');
    await submit(api, slug, [{ player: 'p000009', value: 900 }]);
    await expect(rowAt(page, 1).getByRole('link')).toHaveText('Player 000009');
    expect(await visibleNames(page, 3)).toEqual(['Player 000009', 'Player 000000', 'Player 000001']);
  });
});

test('a game whose code did not arrive is requested again', async ({ api, page }) => {
  await newReflexBoard(api);
  const releaseCode = await openWithoutLaterCode(page, 'reflex');
  await expect(page.locator('.tap')).toHaveCount(0);
  releaseCode();
  await expect(page.locator('.tap')).toBeVisible();
});

test('a score that is submitted before the code to send it has arrived is sent later', async ({ api, page }) => {
  const slug = await newBoard(api, 'Early score');
  const releaseCode = await openWithoutLaterCode(page, slug);
  await submitAs(page, 'Ada', '7');
  await expect(page.locator('.row.pending')).toHaveCount(1);
  releaseCode();
  await expect(page.locator('.status')).toContainText('Recorded');
  await expect(page.locator('.row.me .score')).toHaveText('7');
});

test('a page that is opened in the background is hydrated', async ({ api, page }) => {
  const slug = await newBoard(api, 'Behind');
  await submit(api, slug, descendingScores(3));
  await page.addInitScript(() => {
    Object.defineProperty(document, 'hidden', { get: () => true });
    // Browsers give a hidden page no animation frames and throttle its timers. Only two timers without
    // a delay run here.
    window.requestAnimationFrame = () => 0;
    const { setTimeout } = window;
    let remaining = 2;
    window.setTimeout = ((run: TimerHandler, millis = 0, ...args: unknown[]) =>
      millis > 0 || remaining-- > 0 ? setTimeout(run, millis, ...args) : 0) as typeof window.setTimeout;
  });
  await page.goto(`/boards/${slug}`);
  await expect(page.locator('.connection:not(.unknown)')).toHaveCount(1);
});
