// The share of players whom a player is ahead of, on the reader's card and on the player's page.
import { expect, test } from './fixtures';
import { descendingScores, newBoard, openLive, submit, submitAs } from './boards';

test('the card and the player’s page say how many players the reader is ahead of', async ({ api, page }) => {
  const slug = await newBoard(api, 'Share');
  await openLive(page, slug);
  await submitAs(page, 'Ada', '11');
  const share = page.locator('.you dl');
  await expect(share).toContainText('#1');
  // A lone player is ahead of no one and behind no one.
  await expect(share.getByText('Ahead of')).toBeHidden();
  await submit(api, slug, descendingScores(100));
  // Eleven of a hundred other players rank below: of equal scores, the earlier one is ahead.
  await expect(share).toContainText('Ahead of11% of players');
  await page.getByRole('link', { name: 'Find me' }).click();
  await page.locator('.row.me').getByRole('link').press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ada');
  await expect(page.getByRole('link', { name: /Share/ })).toContainText('11% of players');
});
