// A guest becomes a player with an account: on the page, without JavaScript, and elsewhere.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures';
import { newBoard, openLive, rowAt } from './boards';

const PASSWORD = 'correct horse battery';
let made = 0;

/** A handle that no other test has. */
function newHandle(): string {
  made += 1;
  return `ada-${process.pid}-${made}`;
}

async function play(page: Page, score: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Name' }).fill('Ada');
  await page.getByRole('textbox', { name: 'Score' }).fill(score);
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await expect(page.locator('.said')).toContainText('Recorded');
}

async function fillIn(page: Page, form: 'Sign up' | 'Sign in', handle: string, password = PASSWORD): Promise<void> {
  const section = page.getByRole('region', { name: form });
  await section.getByRole('textbox', { name: 'Handle' }).fill(handle);
  await section.getByLabel('Password').fill(password);
  await section.getByRole('button', { name: form }).click();
}

test('a guest plays, signs up, and goes on elsewhere as who they were @phone', async ({ api, page, browser, baseURL }, testInfo) => {
  const slug = await newBoard(api, 'Claim');
  await openLive(page, slug);
  await play(page, '10');
  await page.getByRole('link', { name: 'Sign in' }).click();
  await expect(page.getByText('You play as Ada')).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: `screenshots/account-guest-${testInfo.project.name}.png` });
  const handle = newHandle();
  await fillIn(page, 'Sign up', handle);
  await expect(page.getByText('You are signed in')).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Site' }).getByRole('link', { name: handle })).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: `screenshots/account-${testInfo.project.name}.png` });

  const { viewport, isMobile, hasTouch } = testInfo.project.use;
  const elsewhere = await browser.newContext({ baseURL, viewport, isMobile, hasTouch });
  const other = await elsewhere.newPage();
  await other.goto('/account');
  await fillIn(other, 'Sign in', handle, 'not the password');
  await expect(other.getByRole('region', { name: 'Sign in' }).getByRole('status')).toContainText('no account');
  await fillIn(other, 'Sign in', handle);
  await expect(other.getByText('You are signed in')).toBeVisible();
  await openLive(other, slug);
  await expect(other.locator('.row.me')).toContainText('Ada');
  await play(other, '25');
  await expect(rowAt(other, 1).locator('.score')).toHaveText('25');
  await expect(other.locator('.row')).toHaveCount(1);

  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible();
  await other.goto('/account');
  await expect(other.getByRole('region', { name: 'Sign in' })).toBeVisible();
  await openLive(other, slug);
  await expect(other.locator('.row')).toHaveCount(1);
  await expect(other.locator('.row.me')).toHaveCount(0);
  await elsewhere.close();
});

test('a changed password is the one that counts', async ({ page }) => {
  const handle = newHandle();
  await page.goto('/account');
  await page.getByLabel('Name on boards').fill('Ada');
  await fillIn(page, 'Sign up', handle);
  const section = page.getByRole('region', { name: 'Change your password' });
  await section.getByLabel('Password of now').fill('not the password');
  await section.getByLabel('New password').fill('another long one');
  await section.getByRole('button', { name: 'Change' }).click();
  await expect(section.getByRole('status')).toContainText('no account with this handle and this password');
  await section.getByLabel('Password of now').fill(PASSWORD);
  await section.getByLabel('New password').fill('another long one');
  await section.getByRole('button', { name: 'Change' }).click();
  await expect(section.getByLabel('Password of now')).toHaveValue('');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await fillIn(page, 'Sign in', handle);
  await expect(page.getByRole('region', { name: 'Sign in' }).getByRole('status')).toContainText('no account');
  await fillIn(page, 'Sign in', handle, 'another long one');
  await expect(page.getByText('You are signed in')).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('an account is made, left and entered by forms', async ({ page }) => {
    const handle = newHandle();
    await page.goto('/account');
    await page.getByLabel('Name on boards').fill('Ada');
    await fillIn(page, 'Sign up', handle);
    await expect(page.getByText('You are signed in')).toBeVisible();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await fillIn(page, 'Sign in', handle, 'not the password');
    await expect(page.getByRole('region', { name: 'Sign in' }).getByRole('status')).toContainText('no account');
    await expect(page).not.toHaveURL(/password/);
    await fillIn(page, 'Sign in', handle);
    await expect(page.getByText('You are signed in')).toBeVisible();
  });
});
