// A board's page as it comes alive: what the server wrote is taken over, whatever has been done
// with it meanwhile.
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { descendingScores, newBoard, rowAt, submit, visibleNames } from './boards';

/** Opens a board whose code does not come before it is let through. */
async function openWithoutCode(page: Page, slug: string): Promise<() => void> {
  let release = () => {};
  const held = new Promise<void>((resolve) => { release = resolve; });
  await page.route(/\/pkg\/.*\.wasm$/, async (route) => { await held; await route.continue(); });
  await page.goto(`/boards/${slug}`);
  return release;
}

test('what is painted first is the whole page', async ({ api, page }) => {
  const slug = await newBoard(api, 'Whole');
  await submit(api, slug, descendingScores(60));
  await page.addInitScript(() => {
    // Runs before the first frame.
    requestAnimationFrame(() => {
      (window as { isWhole?: boolean }).isWhole = document.querySelector('main ~ footer') !== null;
    });
  });
  await page.goto(`/boards/${slug}`);
  await expect.poll(() => page.evaluate(() => (window as { isWhole?: boolean }).isWhole)).toBeDefined();
  expect(await page.evaluate(() => (window as { isWhole?: boolean }).isWhole)).toBe(true);
  // By this, which says nothing where nothing has the name.
  const awaited = await page.locator('link[rel=expect]').getAttribute('href');
  await expect(page.locator(`footer${awaited}`)).toBeVisible();
});

test('rows that the server wrote are taken over, with the focus and what was typed @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Taken over');
  await submit(api, slug, descendingScores(400));
  const release = await openWithoutCode(page, slug);
  await expect(page.locator('.row')).toHaveCount(50);
  await page.locator('.row').evaluateAll((rows) => rows.forEach((row) => row.setAttribute('data-written', '')));
  await page.getByRole('searchbox').fill('Pla');
  const link = page.getByRole('link', { name: 'Player 000001' });
  await link.focus();
  release();
  await expect(page.locator('.connection')).toHaveText('Live');
  // Those that are not on screen have left.
  await expect.poll(() => page.locator('.row').count()).toBeLessThan(50);
  await expect(page.locator('.row:not([data-written])')).toHaveCount(0);
  await expect(link).toBeFocused();
  await expect(page.getByRole('searchbox')).toHaveValue('Pla');
  await page.locator('.list').evaluate((list) => list.scrollTo(0, 48 * 200));
  await expect(rowAt(page, 201).locator('.name')).toHaveText('Player 000200');
});

test('a list that is scrolled before stays where it is', async ({ api, page }) => {
  const slug = await newBoard(api, 'Scrolled before');
  await submit(api, slug, descendingScores(400));
  const release = await openWithoutCode(page, slug);
  await page.locator('.list').evaluate((list) => list.scrollTo(0, 500));
  release();
  await expect(page.locator('.connection')).toHaveText('Live');
  await expect.poll(() => page.locator('.row').count()).toBeLessThan(50);
  expect(await page.locator('.list').evaluate((list) => list.scrollTop)).toBe(500);
  await expect(rowAt(page, 12)).toBeInViewport();
});

test('keys that scroll the list before are not lost', async ({ api, page }) => {
  const slug = await newBoard(api, 'Keys before');
  await submit(api, slug, descendingScores(400));
  const release = await openWithoutCode(page, slug);
  const list = page.locator('.list');
  await list.focus();
  await page.keyboard.press('End');
  // The last of those that the server wrote, as the browser scrolls by itself.
  await expect(rowAt(page, 50)).toBeInViewport();
  release();
  await expect(page.locator('.connection')).toHaveText('Live');
  await expect.poll(() => page.locator('.row').count()).toBeLessThan(50);
  await expect(rowAt(page, 50)).toBeInViewport();
  await page.keyboard.press('End');
  await expect(rowAt(page, 400)).toBeInViewport();
});

test('rows that something else has changed before are drawn anew', async ({ api, page }) => {
  const slug = await newBoard(api, 'Meddled with');
  await submit(api, slug, descendingScores(20));
  const release = await openWithoutCode(page, slug);
  // As an extension of the browser might.
  await page.locator('.row .name').first().evaluate((name) => name.parentElement?.replaceChildren());
  release();
  await expect(page.locator('.connection')).toHaveText('Live');
  await expect(rowAt(page, 1).getByRole('link')).toHaveText('Player 000000');
  await submit(api, slug, [{ player: 'p000009', value: 900 }]);
  await expect(rowAt(page, 1).getByRole('link')).toHaveText('Player 000009');
  expect(await visibleNames(page, 3)).toEqual(['Player 000009', 'Player 000000', 'Player 000001']);
});

test('a page that is opened in the background comes alive, too', async ({ api, page }) => {
  const slug = await newBoard(api, 'Behind');
  await submit(api, slug, descendingScores(3));
  await page.addInitScript(() => {
    Object.defineProperty(document, 'hidden', { get: () => true });
    // Of what is hidden nothing is painted, and its timers hardly run.
    window.requestAnimationFrame = () => 0;
    const { setTimeout } = window;
    let left = 2;
    window.setTimeout = ((run: TimerHandler, millis = 0, ...given: unknown[]) =>
      millis > 0 || left-- > 0 ? setTimeout(run, millis, ...given) : 0) as typeof window.setTimeout;
  });
  await page.goto(`/boards/${slug}`);
  await expect(page.locator('.connection:not(.unknown)')).toHaveCount(1);
});
