// Creates accounts for the specs and signs in with them.
import type { Browser, Page } from '@playwright/test';
import { type Api, expect } from './fixtures';

const PASSWORD = 'correct horse battery';
let accountCount = 0;

/** Signs up on the account page, as a new player or as the guest of the browser. */
export async function signUp(page: Page, name: string): Promise<void> {
  accountCount += 1;
  await page.goto('/account');
  const form = page.getByRole('region', { name: 'Sign up' });
  await form.getByLabel('Display name').fill(name);
  await form.getByLabel('Handle').fill(`reader-${process.pid}-${accountCount}`);
  await form.getByLabel('Password').fill(PASSWORD);
  await form.getByRole('button', { name: 'Sign up' }).click();
  await expect(page.getByText('You are signed in')).toBeVisible();
}

/** Signs in on the account page with a handle of `signInNewAccount`. */
export async function signIn(page: Page, handle: string): Promise<void> {
  await page.goto('/account');
  const form = page.getByRole('region', { name: 'Sign in' });
  await form.getByLabel('Handle').fill(handle);
  await form.getByLabel('Password').fill(PASSWORD);
  await form.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('You are signed in')).toBeVisible();
}

/** Creates an account with a role and signs in with it, in a new browser context. */
export async function signInNewAccount(browser: Browser, api: Api, baseURL: string | undefined, role: string, options = {}): Promise<{ page: Page; handle: string }> {
  accountCount += 1;
  const handle = `${role}-${process.pid}-${accountCount}`;
  await api.post('/api/v1/accounts', { handle, password: PASSWORD, role });
  const context = await browser.newContext({ baseURL, ...options });
  const page = await context.newPage();
  await signIn(page, handle);
  return { page, handle };
}
