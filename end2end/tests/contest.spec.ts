// The contest on a board's page: the distance to the leader, a podium that moves, and the rank to defend.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures';
import { descendingScores, newBoard, openLive, rowAt, submit, submitAs } from './boards';

const visibleGap = (page: Page, place: number) =>
  rowAt(page, place).locator('.score').evaluate((cell) => getComputedStyle(cell, '::before').content);

test('a wide list shows the distance of each row to the leader', async ({ api, page }) => {
  const slug = await newBoard(api, 'Distances');
  await submit(api, slug, descendingScores(12));
  await openLive(page, slug);
  await expect(rowAt(page, 1).locator('.score')).not.toHaveAttribute('data-gap');
  await expect(rowAt(page, 12).locator('.score')).toHaveAttribute('data-gap', '−11');
  await expect(rowAt(page, 12).locator('.score')).toHaveText('1');
  expect(await visibleGap(page, 12)).toContain('−11');
  await submit(api, slug, [{ player: 'p000000', value: 500 }]);
  await expect(rowAt(page, 12).locator('.score')).toHaveAttribute('data-gap', '−499');
  await expectAccessible(page);
  await page.setViewportSize({ width: 1000, height: 900 });
  expect(await visibleGap(page, 12)).not.toContain('−499');
});

test('times behind the leader have a plus sign, and the reader’s card says them in words', async ({ api, page }) => {
  const slug = await newBoard(api, 'Laps', { order: 'ascending', unit: 'ms' });
  await submit(api, slug, [157, 160, 166].map((value, i) => ({ player: `p${i}`, name: `Driver ${i}`, value })));
  await openLive(page, slug);
  await expect(rowAt(page, 2).locator('.score')).toHaveAttribute('data-gap', '+3');
  // Milliseconds are not in capitals, as the labels are.
  await expect(page.locator('.list-head .score')).toHaveCSS('text-transform', 'none');
  await expect(page.locator('.list-head .rank')).toHaveCSS('text-transform', 'uppercase');
  const podium = page.getByRole('list', { name: 'Top three' }).getByRole('listitem');
  await expect(podium.nth(1).locator('.score')).toHaveAttribute('title', '3 ms behind the leader');
  await expect(podium.nth(0).locator('.score')).not.toHaveAttribute('title');
  await submitAs(page, 'Ada', '169');
  const you = page.locator('.you');
  await expect(you.locator('.next')).toHaveText('3 ms behind Driver 2 (#3)');
  await expect(you.locator('.behind-leader')).toHaveText('12 ms behind the leader');
  // One sentence is enough if the leader is next.
  await submitAs(page, 'Ada', '159');
  await expect(you.locator('.next')).toHaveText('2 ms behind Driver 0 (#1)');
  await expect(you.locator('.behind-leader')).toBeEmpty();
});

type Moves = { moves: string[] };

/** Records the animations of the podium's members, each as the first keyframe of its place. */
async function recordMoves(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const recorded = ((window as unknown as Moves).moves = [] as string[]);
    const animate = Element.prototype.animate;
    Element.prototype.animate = function (keyframes, options) {
      if (this.closest('.podium')) {
        const { translate } = keyframes as { translate?: string[] };
        recorded.push(`${this.querySelector('.name')?.textContent}: ${translate?.[0] ?? 'new'}`);
      }
      return animate.call(this, keyframes, options);
    };
  });
}

const moves = (page: Page) => page.evaluate(() => (window as unknown as Moves).moves.toSorted());

test('members of the podium glide to their new steps, and a new member fades in', async ({ api, page }) => {
  const slug = await newBoard(api, 'Gliding');
  await submit(api, slug, descendingScores(12));
  await recordMoves(page);
  await openLive(page, slug);
  const names = page.locator('.podium .name');
  const third = await names.nth(2).elementHandle();
  await submit(api, slug, [{ player: 'p000002', value: 500 }]);
  await expect(names).toHaveText(['Player 000002', 'Player 000000', 'Player 000001']);
  expect(await third?.textContent(), 'the element has moved with its player').toBe('Player 000002');
  await expect.poll(() => moves(page)).toEqual(['Player 000000: -100% 0', 'Player 000001: -100% 0', 'Player 000002: 200% 0']);
  await submit(api, slug, [{ player: 'riser', name: 'Riser', value: 400 }]);
  await expect(names).toHaveText(['Player 000002', 'Riser', 'Player 000000']);
  await expect.poll(() => moves(page)).toContain('Riser: new');
});

test('the podium stands still for readers who prefer reduced motion', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Still');
  await submit(api, slug, descendingScores(12));
  const page = await browser.newPage({ baseURL, reducedMotion: 'reduce' });
  await recordMoves(page);
  await openLive(page, slug);
  await submit(api, slug, [{ player: 'p000002', value: 500 }]);
  await expect(page.locator('.podium .name')).toHaveText(['Player 000002', 'Player 000000', 'Player 000001']);
  expect(await moves(page)).toEqual([]);
  await page.close();
});

test('the reader’s card names the rank to defend until the season ends @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Each week', { periods: ['weekly', 'all_time'] });
  await openLive(page, slug, '?period=weekly');
  await expect(page.locator('.at-stake')).toHaveCount(0);
  await submitAs(page, 'Ada', '7');
  await expect(page.locator('.at-stake')).toHaveText(/^Defend #1 · season ends in \d/);
  await submit(api, slug, [{ player: 'bob', name: 'Bob', value: 9 }]);
  await expect(page.locator('.at-stake')).toHaveText(/^Defend #2 · /);
  // A season without an end has nothing to defend.
  await page.goto(`/boards/${slug}?period=all_time`);
  await expect(page.locator('.you .big')).toHaveText('#2');
  await expect(page.locator('.at-stake')).toHaveCount(0);
});

test('the distance and the end of the season are in the reader’s language', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Woche', { periods: ['weekly'] });
  await submit(api, slug, descendingScores(12));
  const page = await browser.newPage({ baseURL, locale: 'de-DE' });
  await page.goto(`/boards/${slug}`);
  await expect(page.locator('.connection')).toHaveText('Live');
  await page.locator('#score').fill('5');
  await page.getByRole('textbox', { name: 'Name' }).fill('Ada');
  await page.getByRole('button', { name: 'Einreichen' }).click();
  await expect(page.locator('.you .behind-leader')).toHaveText('7 hinter Platz 1');
  await expect(page.locator('.at-stake')).toHaveText(/^Verteidige Platz \d+ · die Saison endet in \d/);
  await page.close();
});
