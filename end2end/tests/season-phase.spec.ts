// The phases of a season on a board's page: final, archived and not yet open. None of them claims to be live.
import { expect, expectAccessible, test } from './fixtures';
import { newBoard, openLive, rowAt, submit } from './boards';

const scoreField = { name: 'Score' };

test.use({ locale: 'en-GB' });

test('an ended season is final, names its winner and leads to the current season @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Cup', { periods: ['yearly'], unit: 'points' });
  await submit(api, slug, [
    { player: 'old', name: 'Old hand', value: 50, at: '2024-05-01T00:00:00Z' },
    { player: 'second', name: 'Second', value: 40, at: '2024-05-01T00:00:00Z' },
    { player: 'new', name: 'Newcomer', value: 5 },
  ]);
  await page.goto(`/boards/${slug}?season=2024`);
  await expect(page.locator('.connection')).toHaveText('Final');
  await expect(page.locator('.result')).toHaveText('Final · 2024 Old hand won with 50 points.');
  await expect(page.locator('.you')).toContainText('Not ranked in this season.');
  await expect(page.getByText('This season is over. The ranks are final.')).toBeVisible();
  await expect(page.getByRole('textbox', scoreField)).toBeHidden();
  await expect(page.locator('.countdown')).toHaveCount(0);
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Play the current season' }).click();
  await expect(page.locator('.connection')).toHaveText('Live');
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Newcomer');
  await expect(page.getByRole('textbox', scoreField)).toBeVisible();
  await expect(page.locator('.result')).toHaveCount(0);
});

test('two winners share the first place of a closed board, which has no newer season to play', async ({ api, page }) => {
  const slug = await newBoard(api, 'Draw', { tie: 'shared', closes_at: '2100-01-01T00:00:00Z' });
  await submit(api, slug, [{ player: 'ann', name: 'Ann', value: 9 }, { player: 'bob', name: 'Bob', value: 9 }]);
  await openLive(page, slug);
  await api.patch(`/api/v1/boards/${slug}`, { closes_at: '2020-01-01T00:00:00Z' });
  await page.reload();
  await expect(page.locator('.result')).toHaveText('Final · All time Ann and Bob share first place with 9.');
  await expect(page.getByText('This board closed on 1 Jan 2020, 00:00 UTC.')).toBeVisible();
  await expect(page.getByRole('link', { name: /current season/ })).toHaveCount(0);
});

test('the ended season of a board that only game servers fill does not invite to play', async ({ api, page }) => {
  const slug = await newBoard(api, 'Imported cup', { periods: ['yearly'], submitters: 'servers' });
  await submit(api, slug, [{ player: 'old', name: 'Old hand', value: 50, at: '2024-05-01T00:00:00Z' }]);
  await page.goto(`/boards/${slug}?season=2024`);
  await expect(page.getByRole('link', { name: 'See the current season' })).toHaveAttribute('href', `/boards/${slug}?period=yearly`);
  await expect(page.getByRole('link', { name: 'Play the current season' })).toHaveCount(0);
});

test('an archived board shows its final state, also without JavaScript', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Shelved');
  await submit(api, slug, [{ player: 'ann', name: 'Ann', value: 9 }]);
  await api.patch(`/api/v1/boards/${slug}`, { archived: true });
  for (const javaScriptEnabled of [true, false]) {
    const page = await browser.newPage({ baseURL, javaScriptEnabled });
    await page.goto(`/boards/${slug}`);
    await expect(page.locator('.connection')).toHaveText('Archived');
    await expect(page.locator('.connection')).toBeVisible();
    await expect(page.locator('.result')).toHaveText('Archived · All time Ann won with 9.');
    await expect(page.getByRole('textbox', scoreField)).toBeHidden();
    await page.close();
  }
});

test('a board that is not open yet counts down, and takes scores once it opens', async ({ api, page }) => {
  const later = await newBoard(api, 'Next century', { opens_at: '2100-01-01T00:00:00Z' });
  await page.goto(`/boards/${later}`);
  await expect(page.locator('.connection')).toHaveText('Not open yet');
  await expect(page.getByText('Opens 1 Jan 2100, 00:00 UTC.')).toBeVisible();
  await expect(page.locator('.countdown')).toHaveText(/^Opens in [\d,]+ d \d+ h$/);
  await expect(page.getByRole('textbox', scoreField)).toBeHidden();
  await expect(page.locator('.result')).toHaveCount(0);
  await expectAccessible(page);

  const soon = await newBoard(api, 'Soon', { opens_at: new Date(Date.now() + 6_000).toISOString() });
  await page.goto(`/boards/${soon}`);
  await expect(page.locator('.connection')).toHaveText('Not open yet');
  await expect(page.locator('.connection')).toHaveText('Live', { timeout: 30_000 });
  await expect(page.getByRole('textbox', scoreField)).toBeVisible();
});

test('a season that has not begun leads to the current one', async ({ api, page }) => {
  const slug = await newBoard(api, 'Ahead', { periods: ['yearly'] });
  await page.goto(`/boards/${slug}?season=2100`);
  await expect(page.locator('.connection')).toHaveText('Not open yet');
  await expect(page.getByText('Opens 1 Jan 2100, 00:00 UTC.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Play the current season' })).toBeVisible();
});
