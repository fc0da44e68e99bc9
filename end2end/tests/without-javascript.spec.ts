// Pages without JavaScript: a board's links for paging and forms for submissions, and the documents.
import { expect, test } from './fixtures';
import { descendingScores, newBoard, newReflexBoard, submit, submitAs } from './boards';

test.use({ javaScriptEnabled: false });

test('links lead through the pages of a board @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Paper');
  await submit(api, slug, descendingScores(120));
  await page.goto('/');
  await page.locator('.card', { hasText: 'Paper' }).first().click();
  await expect(page.locator('.row')).toHaveCount(50);
  await expect(page.locator('.row').first()).toContainText('Player 000000');
  // On a phone, a link leads past the rows.
  const skip = page.getByRole('link', { name: 'Skip to the pages' });
  if ((page.viewportSize()?.width ?? 0) < 960) {
    await skip.focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('link', { name: 'Next' })).toBeInViewport();
  } else await expect(skip).toBeHidden();
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
  const score = page.getByRole('textbox', { name: 'Score' });
  await expect(score).toHaveAccessibleDescription('Enter a score of 100 or less.');
  await expect(score).toHaveAttribute('aria-invalid', 'true');
  await expect(score).toBeFocused();
  await expect(page.locator('.row.me .score')).toHaveText('42');
});

test('the board of a game says that the game needs JavaScript, and has no form @phone', async ({ api, page }) => {
  await newReflexBoard(api);
  await page.goto('/boards/reflex');
  await expect(page.getByRole('region', { name: 'Play' })).toHaveText(/The game needs JavaScript\./);
  await expect(page.getByText('The game needs JavaScript.')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Score' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Submit' })).toHaveCount(0);
});

test('a link cannot put a sentence into a page', async ({ api, page }) => {
  const slug = await newBoard(api, 'Forged');
  const sentence = 'Your account is locked. Call 555-0100.';
  const link = (address: string, path: string, error: object) => {
    const encoded = Buffer.from(JSON.stringify(error)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
    return `${address}?__path=${encodeURIComponent(path)}&__err=${encodeURIComponent(encoded)}`;
  };
  for (const code of ['busy', 'invalid_value', 'wrong_credentials', sentence]) {
    const error = { code, message: sentence, detail: sentence, field: sentence };
    for (const [address, path] of [[`/boards/${slug}`, '/_fn/submit'], ['/account', '/_fn/sign-in'], ['/account', '/_fn/sign-up']] as const) {
      await page.goto(link(address, path, { code, message: sentence, field: sentence, retry_helps: false }));
      await expect(page.locator('h1').first()).toBeVisible();
      expect(await page.content()).not.toContain('555');
      await page.goto(link(address, path, error));
      expect(await page.locator('main').innerText()).not.toContain('555');
    }
  }
  // The code of a real refusal has the catalogue's sentence.
  await page.goto(link('/account', '/_fn/sign-in', { code: 'busy', message: sentence }));
  await expect(page.getByText('The server is busy.')).toBeVisible();
  await page.goto(`/boards/${slug}?season=${encodeURIComponent(sentence)}`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('This link doesn’t work');
  expect(await page.locator('main').innerText()).not.toContain('555');
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
