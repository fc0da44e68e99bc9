// The row of a jump is in sight and highlighted, on every screen size.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures';
import { descendingScores, newBoard, openLive, rowAt, scrollListToPixel, showSide, submit, submitAs } from './boards';

/** The animation of the layer behind a row's text. */
function pulse(page: Page): Promise<string> {
  return page.locator('.row.pulse').evaluate((row) => getComputedStyle(row, '::before').animationName);
}

test('“Find me” brings the reader’s row into sight and makes it pulse @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Found');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  await submitAs(page, 'Ada', '100');
  await expect(page.locator('.status')).toContainText('You rank #302');
  await expect(page.locator('.you .big')).toHaveText('#302');
  const me = page.locator('.row.me');
  const findMe = page.getByRole('link', { name: 'Find me' });
  await scrollListToPixel(page, 0);
  await showSide(page);
  await findMe.scrollIntoViewIfNeeded();
  await expect(me).not.toBeInViewport();
  await findMe.click();
  await expect(me).toBeInViewport({ ratio: 0.9 });
  await expect(me).toHaveClass(/\btarget\b/);
  expect(await pulse(page)).toBe('spotlight');
  // The pulse ends, and the highlight stays.
  await expect(me).not.toHaveClass(/\bpulse\b/);
  await expect(me).toHaveClass(/\btarget\b/);
  await expectAccessible(page);
});

test('the row pulses without an animation for readers who prefer reduced motion', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Found still');
  await submit(api, slug, descendingScores(400));
  const page = await browser.newPage({ baseURL, reducedMotion: 'reduce' });
  await openLive(page, slug);
  await page.getByLabel('Rank').fill('300');
  await page.getByRole('button', { name: 'Go' }).click();
  await expect(rowAt(page, 300)).toBeInViewport({ ratio: 0.9 });
  await expect(rowAt(page, 300)).toHaveClass(/\btarget\b/);
  await expect(page.locator('.row.pulse')).toHaveCount(1);
  expect(await pulse(page)).toBe('none');
  await page.close();
});

test('the row of a jump is highlighted until the next jump or a step back @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Marked');
  await submit(api, slug, descendingScores(400));
  // The server highlights the row of the address.
  await openLive(page, slug, '?player=p000250');
  const target = page.locator('.row.target');
  await expect(target.locator('.name')).toHaveText('Player 000250');
  await page.getByLabel('Rank').fill('120');
  await page.getByRole('button', { name: 'Go' }).click();
  await expect(target).toHaveAttribute('data-place', '120');
  await expect(target).toBeInViewport({ ratio: 0.9 });
  // The row of a rank stays at its place.
  await submit(api, slug, [{ player: 'p000399', value: 1_000 }]);
  await expect(rowAt(page, 120).locator('.name')).toHaveText('Player 000118');
  await expect(target).toHaveAttribute('data-place', '120');
  await page.goBack();
  await expect(target).toHaveCount(0);
});

test('the highlight of a found player moves with the player', async ({ api, page }) => {
  const slug = await newBoard(api, 'Marked player');
  await submit(api, slug, descendingScores(20));
  await openLive(page, slug, '?player=p000010');
  await expect(page.locator('.row.target')).toHaveAttribute('data-place', '11');
  await submit(api, slug, [{ player: 'p000010', value: 500 }]);
  await expect(page.locator('.row.target')).toHaveAttribute('data-place', '1');
  await expect(page.locator('.row.target .name')).toHaveText('Player 000010');
});

test('keys take the highlight from the row of a jump', async ({ api, page }) => {
  const slug = await newBoard(api, 'Marked by keys');
  await submit(api, slug, descendingScores(20));
  await openLive(page, slug, '?rank=5');
  await expect(page.locator('.row.target')).toHaveAttribute('data-place', '5');
  await page.locator('.list').focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.locator('.row.active')).toHaveCount(1);
  await expect(page.locator('.row.target')).toHaveCount(0);
});

test('the highlighted row has an outline in forced colours', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Forced');
  await submit(api, slug, descendingScores(20));
  const page = await browser.newPage({ baseURL, forcedColors: 'active', javaScriptEnabled: false });
  await page.goto(`/boards/${slug}?rank=5`);
  const target = page.locator('.row.target');
  await expect(target).toHaveAttribute('data-place', '5');
  expect(await target.evaluate((row) => getComputedStyle(row).outlineStyle)).toBe('solid');
  await page.close();
});
