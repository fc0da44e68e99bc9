// Numbers and dates in the reader's locale.
import { expect, test } from './fixtures';
import { descendingScores, newBoard, openLive, rowAt, submit, submitAs } from './boards';
import { signInNewAccount } from './accounts';

test('scores are formatted and parsed with the separators of the reader’s locale @phone', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'In German', { format: { decimals: 2 } });
  await submit(api, slug, [{ player: 'ann', name: 'Ann', value: 123_456 }]);
  const page = await browser.newPage({ baseURL, locale: 'en-DE' });
  await openLive(page, slug);
  await expect(rowAt(page, 1).locator('.score')).toHaveText('1.234,56');
  await submitAs(page, 'Bea', '1.5');
  await expect(page.getByRole('textbox', { name: 'Score' })).toHaveAccessibleDescription('Enter a score like 834,56.');
  await submitAs(page, 'Bea', '2.345,6');
  await expect(page.locator('.status')).toContainText('You rank #1');
  await expect(rowAt(page, 1).locator('.score')).toHaveText('2.345,60');
  await submit(api, slug, [{ player: 'ann', name: 'Ann', value: 1_234_567 }]);
  await expect(rowAt(page, 1).locator('.score')).toHaveText('12.345,67');
  await page.close();
});

test('scores use the reader’s separators in forms without JavaScript', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'By form in German', { min_score: 1_000, max_score: 50_000 });
  const page = await browser.newPage({ baseURL, locale: 'en-DE', javaScriptEnabled: false });
  await page.goto(`/boards/${slug}`);
  await submitAs(page, 'Cleo', '12.345');
  await expect(rowAt(page, 1).locator('.score')).toHaveText('12.345');
  await submitAs(page, 'Cleo', '60.000');
  await expect(page.getByRole('textbox', { name: 'Score' })).toHaveAccessibleDescription('Enter a score from 1.000 to 50.000.');
  await page.close();
});

test('ranks have the reader’s separators in server-rendered and client-rendered rows', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Long in German');
  await submit(api, slug, descendingScores(1_200));
  const page = await browser.newPage({ baseURL, locale: 'en-DE' });
  await page.goto(`/boards/${slug}?rank=1100`, { waitUntil: 'commit' });
  await expect(rowAt(page, 1_100).locator('.rank')).toHaveText('1.100');
  await openLive(page, slug);
  await page.getByLabel('Rank').fill('1.150');
  await page.getByRole('button', { name: 'Go' }).click();
  await expect(rowAt(page, 1_150).locator('.rank')).toHaveText('1.150');
  await submitAs(page, 'Last', '0');
  await expect(page.locator('.status')).toHaveText('Recorded. You rank #1.201.');
  await expect(page.locator('.you')).toContainText('#1.201');
  await page.close();
});

test('a moderator sees scores in the format of their board', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Judged in German', { format: { decimals: 2 } });
  const player = `judged-${process.pid}-${Date.now()}`;
  await submit(api, slug, [{ player, name: 'Judy', value: 123_456 }]);
  const { page } = await signInNewAccount(browser, api, baseURL, 'moderator', { locale: 'en-DE' });
  await page.goto(`/admin/players?player=${player}`);
  const row = page.getByRole('row', { name: slug });
  await expect(row.locator('[data-label=Value]')).toHaveText('1.234,56');
  await row.getByRole('button', { name: 'Explain' }).click();
  await expect(row).toContainText('Ranked with 1.234,56 in all');
  await page.context().close();
});

test('a score is parsed with the page’s separators even if the request has another locale', async ({ api, page }) => {
  const slug = await newBoard(api, 'Read once', { format: { decimals: 2 } });
  // The page uses German separators, whereas the browser requests English.
  await page.route(`**/boards/${slug}`, async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace('data-marks=".,31"', 'data-marks=",.31"');
    await route.fulfill({ response, body });
  });
  await openLive(page, slug);
  await submitAs(page, 'Dora', '1.234,5');
  await expect(page.locator('.status')).toContainText('You rank #1');
  const { rows } = await api.get<{ rows: { score: number }[] }>(`/api/v1/boards/${slug}/standings`);
  expect(rows.map((row) => row.score)).toEqual([123_450]);
});

test('the season name and its end date are formatted for the reader’s locale', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Each month', { periods: ['monthly'] });
  const page = await browser.newPage({ baseURL, locale: 'en-GB' });
  await openLive(page, slug);
  const [start, end] = [new Date(), new Date()];
  start.setUTCDate(1);
  end.setUTCMonth(end.getUTCMonth() + 1, 1);
  const month = start.toLocaleDateString('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });
  await expect(page.locator('.season')).toHaveText(month);
  const date = end.toLocaleDateString('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });
  await expect(page.locator('.countdown')).toHaveAttribute('title', `${date}, 00:00:00 UTC`);
  await page.close();
});

test('client-rendered dates are formatted for the reader’s locale', async ({ api, browser, baseURL }) => {
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin', { locale: 'en-DE' });
  const { page: other, handle } = await signInNewAccount(browser, api, baseURL, 'player');
  await other.context().close();
  await page.goto(`/admin/accounts?after=${handle.slice(0, -1)}`);
  await expect(page.locator('.section.ready')).toBeVisible();
  const row = page.getByRole('row', { name: handle });
  const since = row.locator('[data-label="Since"]');
  const formatDate = (locale: string, at: Date) => `${at.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'long', timeZone: 'UTC' })}`;
  const at = new Date((await since.innerText()).replace(',', '').replace('Sept', 'Sep'));
  await expect(since).toHaveText(formatDate('en-DE', at));
  // The server-rendered date keeps its locale. The client formats the dates that it loads later.
  await page.evaluate(() => document.documentElement.setAttribute('data-locale', 'en-US'));
  await row.getByRole('button', { name: 'Change' }).click();
  await expect(since).toHaveText(formatDate('en-US', at));
  await page.context().close();
});

test('the score bounds of a board use the separators of the admin’s locale', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Bound in German', { format: { decimals: 2 } });
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin', { locale: 'en-DE' });
  await page.goto(`/admin/boards?board=${slug}`);
  await page.getByLabel('Largest score').fill('1,234.5');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByLabel('Largest score')).toHaveAccessibleDescription(/^Enter a score like that of the sample row/);
  await page.getByLabel('Largest score').fill('1.234,5');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved as version 2')).toBeVisible();
  expect(await api.get(`/api/v1/boards/${slug}`)).toMatchObject({ max_score: 123_450 });
  await page.reload();
  await expect(page.getByLabel('Largest score')).toHaveValue('1.234,50');
  await page.context().close();
});
