// The settings of a reader: theme, density, language and time zone, in one browser and with an account.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures';
import { descendingScores, newBoard, openLive, rowAt, rowHeight, scrollListTo, submit } from './boards';
import { signIn, signInNewAccount } from './accounts';

const root = (page: Page) => page.locator('html');

/** Chooses a radio button, and waits until the server has stored the choice. */
async function choose(page: Page, name: string): Promise<void> {
  const stored = page.waitForResponse('**/_fn/settings');
  await page.getByRole('radio', { name, exact: true }).check();
  expect((await stored).status()).toBe(200);
}

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false, colorScheme: 'light' });

  test('a chosen theme is in the document that the server sends @phone', async ({ page }) => {
    await page.goto('/settings');
    await expect(root(page)).toHaveCSS('color-scheme', 'light dark');
    await page.getByRole('radio', { name: 'Dark' }).check();
    await page.getByRole('radio', { name: 'Compact' }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page).toHaveURL(/\/settings$/);
    await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked();
    await page.reload();
    await expect(root(page)).toHaveAttribute('data-theme', 'dark');
    await expect(root(page)).toHaveCSS('color-scheme', 'dark');
    await expect(page.locator('meta[name=color-scheme]')).toHaveAttribute('content', 'dark');
    await page.goto('/');
    await expect(root(page)).toHaveCSS('color-scheme', 'dark');
    await expect(root(page)).toHaveAttribute('data-density', 'compact');
    // The first bytes of the document have it, before any style or script.
    expect((await (await page.request.get('/')).text()).slice(0, 400)).toContain('data-theme="dark"');
  });

  test('a chosen time zone and language change the page, and can be left to the browser again', async ({ page }) => {
    await page.goto('/settings');
    await expect(page.getByText(/It is now .* UTC\./)).toBeVisible();
    await page.getByLabel('Time zone').selectOption('Asia/Tokyo');
    await page.getByRole('main').getByLabel('Language', { exact: true }).selectOption('de');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(root(page)).toHaveAttribute('lang', 'de');
    await expect(root(page)).toHaveAttribute('data-time-zone', 'Asia/Tokyo');
    await expect(page.getByText(/Jetzt ist .*\+9\./)).toBeVisible();
    await page.getByLabel('Zeitzone').selectOption('auto');
    await page.getByRole('main').getByLabel('Sprache', { exact: true }).selectOption('auto');
    await page.getByRole('button', { name: 'Speichern' }).click();
    await expect(root(page)).toHaveAttribute('lang', 'en');
    await expect(page.getByText(/It is now .* UTC\./)).toBeVisible();
  });
});

test('a chosen theme and density show before the server has answered @phone', async ({ page }) => {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => { release = resolve; });
  await page.route('**/_fn/settings', async (route) => { await released; await route.continue(); });
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/settings');
  const stored = page.waitForResponse('**/_fn/settings');
  await page.getByRole('radio', { name: 'Dark' }).check();
  await expect(root(page)).toHaveAttribute('data-theme', 'dark');
  const ground = await page.locator('meta[name=theme-color][data-scheme=dark]').getAttribute('data-own');
  await expect(page.locator('meta[name=theme-color][data-scheme=light]')).toHaveAttribute('content', ground ?? '');
  const line = page.locator('.sample-rows p').first();
  const before = await line.evaluate((element) => element.getBoundingClientRect().height);
  await page.getByRole('radio', { name: 'Compact' }).check();
  await expect(root(page)).toHaveAttribute('data-density', 'compact');
  expect(await line.evaluate((element) => element.getBoundingClientRect().height)).toBeLessThan(before);
  release();
  await stored;
  // The second choice is stored after the first.
  await expect(async () => {
    const html = await (await page.request.get('/')).text();
    expect(html).toContain('data-theme="dark"');
    expect(html).toContain('data-density="compact"');
  }).toPass();
  await expectAccessible(page);
});

test('a choice that the server does not store is taken back with a sentence', async ({ page }) => {
  await page.route('**/_fn/settings', (route) => route.abort('connectionfailed'));
  await page.goto('/settings');
  // The choice may be taken back before `check` could see it.
  await page.getByRole('radio', { name: 'Dark' }).click();
  await expect(page.getByRole('status')).toHaveText(/Can’t reach the server/);
  await expect(page.getByRole('radio', { name: 'Like the system' })).toBeChecked();
  await expect(root(page)).not.toHaveAttribute('data-theme', /./);
  await page.unroute('**/_fn/settings');
  await choose(page, 'Dark');
  await expect(page.getByRole('status')).toBeEmpty();
  await expect(root(page)).toHaveAttribute('data-theme', 'dark');
});

test('a choice made before hydration is stored after it', async ({ page }) => {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => { release = resolve; });
  await page.route(/\/pkg\/.*\.wasm$/, async (route) => { await released; await route.continue(); });
  await page.goto('/settings', { waitUntil: 'commit' });
  const stored = page.waitForResponse('**/_fn/settings');
  await page.getByRole('radio', { name: 'Dark' }).check();
  release();
  expect((await stored).status()).toBe(200);
  await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked();
  await expect(root(page)).toHaveAttribute('data-theme', 'dark');
});

test('compact rows are lower, and the list keeps the place being read', async ({ api, page }) => {
  const slug = await newBoard(api, 'Dense');
  await submit(api, slug, descendingScores(600));
  await openLive(page, slug);
  const before = await rowHeight(page);
  await scrollListTo(page, 300);
  await expect(rowAt(page, 300)).toBeInViewport();
  await page.waitForFunction(() => Math.abs(history.state?.leaderport_place - 299) <= 1);
  await page.goto('/settings');
  await choose(page, 'Compact');
  await page.goBack();
  await expect(page.locator('.connection')).toHaveText('Live');
  await expect.poll(() => rowHeight(page)).toBeLessThan(before);
  await expect(rowAt(page, 300)).toBeInViewport();
  // The place is at the top of the list, within two rows.
  const offset = async () => {
    const [list, row] = await Promise.all([page.locator('.list').boundingBox(), rowAt(page, 300).boundingBox()]);
    return Math.abs((row?.y ?? 1e6) - (list?.y ?? 0));
  };
  await expect.poll(offset).toBeLessThanOrEqual(2 * before);
  // Scrolling goes by the new height.
  await scrollListTo(page, 500);
  await expect(rowAt(page, 500)).toBeInViewport();
  await expectAccessible(page);
});

test('the settings of an account reach a second browser with its next page', async ({ api, browser, baseURL }) => {
  const { page, handle } = await signInNewAccount(browser, api, baseURL, 'player');
  await page.goto('/settings');
  await expect(page.getByText('kept with your account')).toBeVisible();
  await choose(page, 'Dark');
  const context = await browser.newContext({ baseURL });
  const other = await context.newPage();
  await other.goto('/settings');
  await expect(other.getByText('kept in this browser')).toBeVisible();
  await expect(root(other)).not.toHaveAttribute('data-theme', /./);
  await signIn(other, handle);
  await other.goto('/');
  await expect(root(other)).toHaveAttribute('data-theme', 'dark');
  await choose(page, 'Light');
  await other.reload();
  await expect(root(other)).toHaveAttribute('data-theme', 'light');
  await context.close();
  await page.context().close();
});
