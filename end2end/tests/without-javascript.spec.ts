// The board page without JavaScript: links for paging and forms for submissions.
import { expect, test } from './fixtures';
import { descendingScores, newBoard, submit, submitAs } from './boards';

test.use({ javaScriptEnabled: false });

test('links lead through the pages of a board @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Paper');
  await submit(api, slug, descendingScores(120));
  await page.goto('/');
  await page.locator('.card', { hasText: 'Paper' }).first().click();
  await expect(page.locator('.row')).toHaveCount(50);
  await expect(page.locator('.row').first()).toContainText('Player 000000');
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(page.locator('.row').first()).toContainText('Player 000050');
  await page.getByRole('link', { name: 'Last' }).click();
  await expect(page.locator('.row')).toHaveCount(20);
  await expect(page.getByText('Page 3 of 3')).toBeVisible();
});

test('the rank form opens the page with that rank', async ({ api, page }) => {
  const slug = await newBoard(api, 'Jump');
  await submit(api, slug, descendingScores(120));
  await page.goto(`/boards/${slug}`);
  await page.getByLabel('Rank').fill('77');
  await page.getByRole('button', { name: 'Go' }).click();
  await expect(page.locator('.row').first()).toContainText('Player 000050');
  await expect(page.locator('.row', { hasText: 'Player 000076' })).toBeVisible();
});

test('the form submits a score and shows why a score is refused', async ({ api, page }) => {
  const slug = await newBoard(api, 'Form', { max_score: 100 });
  await page.goto(`/boards/${slug}`);
  await submitAs(page, 'Ada', '42');
  await expect(page).toHaveURL(new RegExp(`/boards/${slug}`));
  await expect(page.locator('.row.me')).toContainText('Ada');
  await expect(page.locator('.row.me .score')).toHaveText('42');
  await page.getByRole('textbox', { name: 'Score' }).fill('101');
  await page.getByRole('button', { name: 'Submit' }).click();
  await expect(page.locator('.said')).toContainText('must be within');
  await expect(page.locator('.row.me .score')).toHaveText('42');
});
