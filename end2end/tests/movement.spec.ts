// The places that players have gained or lost since the reader's visit began, and the flash of a changed row.
import { expect, expectAccessible, test } from './fixtures';
import { contrast } from './contrast';
import { descendingScores, newBoard, openLive, rowAt, submit, submitAs } from './boards';

test('the list shows the places gained and lost since the visit began @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Moved');
  await submit(api, slug, descendingScores(12));
  await openLive(page, slug);
  const moves = page.locator('.row .moved[data-direction]');
  await expect(moves).toHaveCount(0);
  await submit(api, slug, [{ player: 'p000007', value: 500 }]);
  const move = (place: number) => rowAt(page, place).locator('.moved');
  await expect(move(1)).toHaveText('7');
  await expect(move(1)).toHaveAttribute('data-direction', 'up');
  await expect(move(1)).toBeVisible();
  await expect(move(8)).toHaveText('1');
  await expect(move(8)).toHaveAttribute('data-direction', 'down');
  await expect(moves).toHaveCount(8);
  const rank = (place: number) => rowAt(page, place).locator('.rank');
  await expect(rank(1)).toHaveAccessibleName('1, up 7 places');
  await expect(rank(8)).toHaveAccessibleName('8, down 1 place');
  await expect(rank(9)).not.toHaveAttribute('aria-label');
  // The arrow is a shape beside its colour.
  expect(await move(1).evaluate((cell) => getComputedStyle(cell, '::before').content)).toContain('▲');
  await expectAccessible(page);
  // Moves add up, and one that is undone leaves no mark.
  await submit(api, slug, [{ player: 'p000011', value: 600 }]);
  await expect(move(2)).toHaveText('6');
  await submit(api, slug, [{ player: 'p000000', value: 700 }]);
  await expect(rank(1)).not.toHaveAttribute('aria-label');
  // A new visit begins with the current ranks.
  await page.reload();
  await expect(page.locator('.connection')).toHaveText('Live');
  await expect(moves).toHaveCount(0);
});

test('a row far from the screen moves from the rank that the reader knows', async ({ api, page }) => {
  const slug = await newBoard(api, 'Moved far');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  await submitAs(page, 'Ada', '100');
  await expect(page.locator('.status')).toContainText('You rank #302');
  await expect(page.locator('.you .big')).toHaveText('#302');
  await submitAs(page, 'Ada', '395');
  await expect(page.locator('.status')).toContainText('Up 295 places');
  await expect(page.locator('.row.me:not(.pending) .moved')).toHaveText('295');
  await expect(page.locator('.row.me .rank')).toHaveAccessibleName('7, up 295 places');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`a row whose score has changed flashes with enough contrast in ${colorScheme}`, async ({ api, browser, baseURL }) => {
    const slug = await newBoard(api, 'Flashing');
    await submit(api, slug, descendingScores(12));
    const page = await browser.newPage({ baseURL, colorScheme });
    await openLive(page, slug);
    await submit(api, slug, [{ player: 'p000007', value: 500 }]);
    const row = rowAt(page, 1);
    await expect(row).toHaveAttribute('data-lit');
    const edge = await row.evaluate((row) => {
      const { borderTopColor, borderTopWidth } = getComputedStyle(row, '::after');
      (row as HTMLElement).style.setProperty('caret-color', borderTopColor);
      return borderTopWidth;
    });
    expect(edge).toBe('2px');
    expect(await contrast(page, [row, 'caret-color'], [page.locator('.list'), 'background-color'])).toBeGreaterThanOrEqual(3);
    await page.close();
  });
}
