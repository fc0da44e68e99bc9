// Pages without JavaScript: a board's links for paging and forms for submissions, and the documents.
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
  await expect(page.locator('.status')).toContainText('Enter a score of 100 or less.');
  await expect(page.locator('.row.me .score')).toHaveText('42');
});

test('the documents are linked by a menu and by the sections of the page @phone', async ({ page }) => {
  await page.goto('/docs');
  const menu = page.getByRole('navigation', { name: 'Documentation' });
  const opener = page.locator('.docs-menu > summary');
  // A wide screen shows the menu at once.
  if (await opener.isVisible()) {
    await expect(menu).toBeHidden();
    await opener.click();
  }
  await menu.getByRole('link', { name: 'Concepts', exact: true }).click();
  await expect(page).toHaveURL('/docs/concepts');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Concepts');
  if (await opener.isVisible()) await opener.click();
  await expect(menu.getByRole('link', { name: 'Concepts', exact: true })).toHaveAttribute('aria-current', 'page');
  await menu.getByRole('list', { name: 'On this page' }).getByRole('link', { name: 'Moderation' }).click();
  await expect(page).toHaveURL('/docs/concepts#moderation');
});
