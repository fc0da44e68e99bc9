// Equal scores: the mark of shared ranks in the list, and the scale of the plot when most scores are equal.
import { expect, expectAccessible, test } from './fixtures';
import { newBoard, openLive, rowAt, submit } from './boards';

test('a shared rank has a mark for the eye and a label for screen readers @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Level', { tie: 'shared' });
  const scores = [90, 80, 70, 50, 50, 50, 10];
  await submit(api, slug, scores.map((value, i) => ({ player: `p${i}`, name: `Player ${i}`, value })));
  await openLive(page, slug);
  const rank = (place: number) => rowAt(page, place).locator('.rank');
  const mark = (place: number) => rank(place).evaluate((cell) => getComputedStyle(cell, '::before').content);
  await expect(rank(4)).toHaveAttribute('data-tie', 'first');
  for (const place of [4, 5, 6]) {
    await expect(rank(place)).toHaveText('4');
    expect(await mark(place)).toContain('"="');
  }
  await expect(page.locator('.row .rank[data-tie="later"]')).toHaveCount(2);
  await expect(rank(5)).toHaveAccessibleName('4, shared');
  await expect(page.locator('.rank[aria-label="4, shared"]')).toHaveCount(3);
  expect(await mark(7)).toBe('none');
  await expectAccessible(page);
  await submit(api, slug, [{ player: 'p6', value: 50 }]);
  // The player of the fourth row has moved.
  await expect(page.locator('.rank[aria-label^="4, shared"]')).toHaveCount(4);
  await submit(api, slug, [4, 5, 6].map((i) => ({ player: `p${i}`, value: 60 + i })));
  await expect(page.locator('.rank[aria-label*="shared"]')).toHaveCount(0);
});

test('the plot has a logarithmic scale when one bar holds most scores', async ({ api, page }) => {
  const slug = await newBoard(api, 'Lopsided', { unit: 'points' });
  const scores = Array.from({ length: 100 }, (_, i) => ({ player: `p${i}`, value: i < 80 ? 5 : i }));
  await submit(api, slug, scores);
  await openLive(page, slug);
  const plot = page.locator('.distribution');
  await expect(plot.getByText('Logarithmic scale')).toBeVisible();
  await expect(plot.getByRole('img')).toHaveAccessibleName('Median: 5 points');
  const heights = await plot.locator('rect').evaluateAll((bars) => bars.map((bar) => Number(bar.getAttribute('height'))));
  const others = heights.filter((height) => height > 0).sort((a, b) => b - a).slice(1);
  // On a linear scale, the next bar would have a tenth of the highest one.
  expect((others[0] ?? 0) / Math.max(...heights)).toBeGreaterThan(0.2);
  const even = await newBoard(api, 'Even');
  await submit(api, even, Array.from({ length: 100 }, (_, i) => ({ player: `p${i}`, value: i })));
  await openLive(page, even);
  await expect(plot.getByRole('img')).toBeVisible();
  await expect(plot.getByText('Logarithmic scale')).toBeHidden();
});
