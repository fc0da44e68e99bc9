// The reward of a submitted score: the list glides to its row, and the status compares it with the earlier score.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures';
import { descendingScores, newBoard, openLive, rowAt, rowHeight, submit, submitAs } from './boards';

/** Counts the glides of the list. */
async function countGlides(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const counter = window as unknown as { glides: number };
    const animate = Element.prototype.animate;
    counter.glides = 0;
    Element.prototype.animate = function (frames, options) {
      if (this.classList.contains('rows')) counter.glides += 1;
      return animate.call(this, frames, options);
    };
  });
  return () => page.evaluate(() => (window as unknown as { glides: number }).glides);
}

test('a new best score glides the list to its row, and the status names the places gained', async ({ api, page }) => {
  const slug = await newBoard(api, 'Rewarded', { unit: 'points' });
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  const glides = await countGlides(page);
  const me = page.locator('.row.me');
  await submitAs(page, 'Ada', '10');
  await expect(page.locator('.status')).toHaveText('Recorded. You rank #392.');
  await expect(me).toBeInViewport({ ratio: 0.9 });
  await expect(me).toHaveAttribute('data-place', '392');
  expect(await glides()).toBeGreaterThan(0);
  await submitAs(page, 'Ada', '300');
  await expect(page.locator('.status')).toHaveText('Recorded. You rank #102. Up 290 places. New best.');
  await expect(me).toHaveAttribute('data-place', '102');
  await expect(me).toBeInViewport({ ratio: 0.9 });
  await expect(me).toHaveClass(/\btarget\b/);
  await expect(me.locator('.note')).toHaveText('You');
  await submitAs(page, 'Ada', '5');
  await expect(page.locator('.status')).toHaveText('Recorded. You rank #102. Your best is still 300 points.');
  await expectAccessible(page);
});

test('the list stays where the reader has scrolled it before the score is recorded', async ({ api, page }) => {
  const slug = await newBoard(api, 'Looking elsewhere');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  let releaseRequest = () => {};
  const requestReleased = new Promise<void>((resolve) => { releaseRequest = resolve; });
  await page.route('**/_fn/submit', async (route) => { await requestReleased; await route.continue(); });
  await submitAs(page, 'Ada', '10');
  await expect(page.locator('.status')).toContainText('Submitting');
  await page.locator('.list').hover();
  await page.mouse.wheel(0, 100 * (await rowHeight(page)));
  await expect(rowAt(page, 105)).toBeInViewport();
  releaseRequest();
  await expect(page.locator('.status')).toHaveText('Recorded. You rank #392.');
  // The list would scroll as soon as it knows the place.
  await expect(page.locator('.you .big')).toHaveText('#392');
  await expect(rowAt(page, 105)).toBeInViewport();
  await expect(page.locator('.row.target')).toHaveCount(0);
});

test('the list reaches the row without gliding for readers who prefer reduced motion', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Rewarded still');
  await submit(api, slug, descendingScores(400));
  const page = await browser.newPage({ baseURL, reducedMotion: 'reduce' });
  await openLive(page, slug);
  const glides = await countGlides(page);
  await submitAs(page, 'Ada', '10');
  await expect(page.locator('.row.me')).toBeInViewport({ ratio: 0.9 });
  await expect(page.locator('.row.me')).toHaveAttribute('data-place', '392');
  expect(await glides()).toBe(0);
  await page.close();
});
