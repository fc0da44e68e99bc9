// Refused values of the admin forms: a plain sentence below the field, which is invalid for screen readers
// and gets the focus.
import type { Locator, Page } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures';
import { newBoard, submit } from './boards';
import { signInNewAccount } from './accounts';

/** Expects that a field has the focus and the only error of the page. */
async function expectError(page: Page, field: Locator, error: RegExp | string): Promise<void> {
  await expect(field).toHaveAccessibleDescription(error);
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await expect(field).toBeFocused();
  await expect(page.locator('.field-error:visible')).toHaveCount(1);
  await expect(page.locator('.status[data-status=refused]').filter({ hasText: /./ })).toHaveCount(0);
}

test('errors of a board are sentences at their fields @phone', async ({ api, browser, baseURL }, testInfo) => {
  const { viewport, isMobile, hasTouch } = testInfo.project.use;
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin', { viewport, isMobile, hasTouch });
  await page.goto('/admin/boards?board=');
  await expect(page.locator('.section.ready')).toBeVisible();
  const save = page.getByRole('button', { name: 'Save' });
  // The browser refuses the first field, the server the others.
  await save.click();
  await expectError(page, page.getByLabel('Slug'), /^Enter 1 to 64 characters/);
  await page.getByLabel('Slug').fill('Not A Slug');
  await expect(page.getByLabel('Slug')).not.toHaveAttribute('aria-invalid');
  await save.click();
  await expectError(page, page.getByLabel('Slug'), /^Enter 1 to 64 characters/);
  await expectAccessible(page);
  await page.getByLabel('Slug').fill(`refused-${testInfo.project.name}-${process.pid}-${Date.now()}`);
  await save.click();
  await expectError(page, page.getByLabel('Title'), 'Enter a title of 1 to 80 characters.');
  await page.getByLabel('Title').fill('Refused');
  await page.getByLabel('Time zone').fill('Mars/Olympus');
  await save.click();
  await expectError(page, page.getByLabel('Time zone'), 'Enter a time zone like Europe/Berlin.');
  await page.getByLabel('Time zone').fill('UTC');
  await page.getByLabel('Smallest score').fill('10');
  await page.getByLabel('Largest score').fill('5');
  await save.click();
  await expectError(page, page.getByLabel('Largest score'), /not below the smallest score/);
  await page.getByLabel('Largest score').fill('50');
  await page.getByLabel('Opens at (UTC)').fill('2027-01-02T08:30');
  await page.getByLabel('Closes at (UTC)').fill('2027-01-01T08:30');
  await save.click();
  await expectError(page, page.getByLabel('Closes at (UTC)'), 'Enter a date and a time after the opening time.');
  await page.getByLabel('Closes at (UTC)').fill('2027-01-03T08:30');
  await page.getByLabel('Live update interval (ms)').fill('5');
  await save.click();
  await expectError(page, page.getByLabel('Live update interval (ms)'), 'Enter a whole number from 20 to 10,000.');
  await page.getByLabel('Live update interval (ms)').fill('100');
  await page.getByLabel('All time', { exact: true }).uncheck();
  await page.getByLabel('Week', { exact: true }).uncheck();
  await save.click();
  await expectError(page, page.getByLabel('All time', { exact: true }), 'Choose at least one period.');
  await expectAccessible(page);
  await page.screenshot({ path: `screenshots/admin-form-errors-${testInfo.project.name}.png`, fullPage: true });
  await page.getByLabel('Week', { exact: true }).check();
  await save.click();
  await expect(page.getByText('Saved as version 1')).toBeVisible();
  await expect(page.locator('[aria-invalid]')).toHaveCount(0);
  await page.context().close();
});

test('errors of a key are sentences at their fields @phone', async ({ api, browser, baseURL }, testInfo) => {
  const { viewport, isMobile, hasTouch } = testInfo.project.use;
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin', { viewport, isMobile, hasTouch });
  await page.goto('/admin/keys');
  await expect(page.locator('.section.ready')).toBeVisible();
  const create = page.getByRole('button', { name: 'Create key' });
  const [purpose, boards] = [page.getByLabel('Purpose'), page.getByLabel('Boards (slugs')];
  await create.click();
  await expectError(page, purpose, 'Enter a title of 1 to 80 characters.');
  await purpose.fill('Nothing');
  await page.getByLabel('submit: scores').uncheck();
  await create.click();
  await expectError(page, page.getByLabel('submit: scores'), /^Choose at least one permission\./);
  await expectAccessible(page);
  await page.getByLabel('submit: scores').check();
  for (const slugs of ['Not A Slug', 'no-such-board']) {
    await boards.fill(slugs);
    await create.click();
    await expectError(page, boards, 'Enter slugs of existing boards, separated by commas.');
    await boards.fill('');
  }
  await create.click();
  await expect(page.locator('.secret')).toBeVisible();
  await expect(page.locator('[aria-invalid]')).toHaveCount(0);
  await page.context().close();
});

test('errors of a ruling on a player are sentences at their fields, which keep their text @phone', async ({ api, browser, baseURL }, testInfo) => {
  const { viewport, isMobile, hasTouch } = testInfo.project.use;
  const slug = await newBoard(api, 'Misruled');
  const player = `misruled-${testInfo.project.name}-${process.pid}-${Date.now()}`;
  await submit(api, slug, [{ player, name: 'Mia', value: 5 }]);
  const { page } = await signInNewAccount(browser, api, baseURL, 'moderator', { viewport, isMobile, hasTouch });
  await page.goto(`/admin/players?player=${player}`);
  await expect(page.locator('.section.ready')).toBeVisible();
  const [name, into] = [page.getByLabel('New name'), page.getByLabel('Merge into')];
  const rename = page.getByRole('button', { name: 'Rename' });
  await rename.click();
  await expectError(page, name, /^Enter a name of 1 to 40 visible characters/);
  await name.fill('x'.repeat(41));
  await rename.click();
  await expectError(page, name, /^Enter a name of 1 to 40 visible characters/);
  await expect(name).toHaveValue('x'.repeat(41));
  await expectAccessible(page);
  await name.fill('Mia Two');
  await rename.click();
  await expect(page.getByRole('heading', { name: 'Mia Two' })).toBeVisible();
  // An accepted text is gone.
  await expect(name).toHaveValue('');
  await expect(name).not.toHaveAttribute('aria-invalid');
  await into.fill(player);
  await page.getByRole('button', { name: 'Merge', exact: true }).click();
  await expectError(page, into, 'Enter the ID of another player, who is not merged into anyone.');
  await expect(into).toHaveValue(player);
  await page.context().close();
});

test('an unusable text in the address is explained at its field', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Misread');
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin');
  await page.goto('/admin/accounts');
  await page.getByLabel('Start after handle').fill('no handle');
  await page.getByRole('button', { name: 'Go' }).click();
  await expectError(page, page.getByLabel('Start after handle'), /^Enter a handle of 3 to 24 characters/);
  await expectAccessible(page);
  await page.goto(`/admin/players?board=${slug}&rank=first`);
  await expectError(page, page.getByLabel('From rank'), 'Enter a rank from 1.');
  await page.context().close();
});
