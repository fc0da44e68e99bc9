// Accounts: sign-up as a guest, sign-in on a second device, password change, and the same forms
// without JavaScript.
import type { Locator, Page } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures';
import { newBoard, openLive, rowAt } from './boards';

const PASSWORD = 'correct horse battery';
let handleCount = 0;

/** A unique handle. */
function newHandle(): string {
  handleCount += 1;
  return `ada-${process.pid}-${handleCount}`;
}

async function submitAsAda(page: Page, score: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Name' }).fill('Ada');
  await page.getByRole('textbox', { name: 'Score' }).fill(score);
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await expect(page.locator('.status')).toContainText('Recorded');
}

async function sendForm(page: Page, form: 'Sign up' | 'Sign in', handle: string, password = PASSWORD): Promise<void> {
  const section = page.getByRole('region', { name: form });
  await section.getByRole('textbox', { name: 'Handle' }).fill(handle);
  await section.getByLabel('Password').fill(password);
  await section.getByRole('button', { name: form }).click();
}

/** Expects that a sign-in was refused, with the reason at the password. */
async function expectWrongPassword(page: Page): Promise<void> {
  const password = page.getByRole('region', { name: 'Sign in' }).getByLabel('Password');
  await expect(password).toHaveAccessibleDescription('Wrong handle or password.');
  await expect(password).toHaveAttribute('aria-invalid', 'true');
  await expect(password).toBeFocused();
}

test('errors of the account forms are sentences at their fields @phone', async ({ page, browser, baseURL }) => {
  await page.goto('/account');
  const up = page.getByRole('region', { name: 'Sign up' });
  const [name, handle, password] = ['Display name', 'Handle', 'Password'].map((label) => up.getByLabel(label)) as [Locator, Locator, Locator];
  const send = up.getByRole('button', { name: 'Sign up' });
  // The code of the form is loaded on demand, and the browser shows its own message until then.
  await expect(async () => {
    await send.click();
    await expect(name).toHaveAccessibleDescription(/^Enter a name of 1 to 40 visible characters/, { timeout: 500 });
  }).toPass();
  await expect(name).toBeFocused();
  await expect(handle).toHaveAccessibleDescription(/^Enter a handle of 3 to 24 characters/);
  await expect(password).toHaveAccessibleDescription('Enter a password of at least 10 characters.');
  await expectAccessible(page);
  await name.fill('Ada');
  await expect(name).toHaveAccessibleDescription('');
  await expect(name).not.toHaveAttribute('aria-invalid');
  // Only the server knows the alphabet of handles, and which are taken.
  await password.fill(PASSWORD);
  await handle.fill('no spaces!');
  await send.click();
  await expect(handle).toBeFocused();
  await expect(handle).toHaveAccessibleDescription(/^Enter a handle of 3 to 24 characters: a to z/);
  const taken = newHandle();
  const first = await browser.newPage({ baseURL });
  await first.goto('/account');
  await first.getByRole('region', { name: 'Sign up' }).getByLabel('Display name').fill('Ann');
  await sendForm(first, 'Sign up', taken);
  await expect(first.getByText('You are signed in')).toBeVisible();
  await first.close();
  await handle.fill(taken);
  await send.click();
  await expect(handle).toHaveAccessibleDescription('This handle is taken. Choose another one.');
  await expect(handle).toHaveAttribute('aria-invalid', 'true');
});

test('a form that is refused before its code has loaded keeps its error', async ({ page }) => {
  let releaseCode = () => {};
  const codeReleased = new Promise<void>((resolve) => (releaseCode = resolve));
  await page.route('**/pkg/*.wasm', async (route) => {
    await codeReleased;
    // The request of the first document has ended with it.
    await route.continue().catch(() => {});
  });
  await page.goto('/account', { waitUntil: 'commit' });
  await sendForm(page, 'Sign in', newHandle());
  await expectWrongPassword(page);
  releaseCode();
  const up = page.getByRole('region', { name: 'Sign up' });
  await expect(async () => {
    await up.getByRole('button', { name: 'Sign up' }).click();
    await expect(up.getByLabel('Handle')).toHaveAccessibleDescription(/^Enter a handle of 3 to 24/, { timeout: 500 });
  }).toPass();
  await expect(page.getByRole('region', { name: 'Sign in' }).getByLabel('Password')).toHaveAccessibleDescription('Wrong handle or password.');
});

test('a guest who signs up keeps their scores and continues on a second device @phone', async ({ api, page, browser, baseURL }, testInfo) => {
  const slug = await newBoard(api, 'Claim');
  await openLive(page, slug);
  await submitAsAda(page, '10');
  await page.getByRole('link', { name: 'Sign in' }).click();
  await expect(page.getByText('You play as Ada')).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: `screenshots/account-guest-${testInfo.project.name}.png` });
  const handle = newHandle();
  await sendForm(page, 'Sign up', handle);
  await expect(page.getByText('You are signed in')).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Site' }).getByRole('link', { name: handle })).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: `screenshots/account-${testInfo.project.name}.png` });

  const { viewport, isMobile, hasTouch } = testInfo.project.use;
  const secondDevice = await browser.newContext({ baseURL, viewport, isMobile, hasTouch });
  const otherPage = await secondDevice.newPage();
  await otherPage.goto('/account');
  await sendForm(otherPage, 'Sign in', handle, 'not the password');
  await expectWrongPassword(otherPage);
  await sendForm(otherPage, 'Sign in', handle);
  await expect(otherPage.getByText('You are signed in')).toBeVisible();
  await openLive(otherPage, slug);
  await expect(otherPage.locator('.row.me')).toContainText('Ada');
  await submitAsAda(otherPage, '25');
  await expect(rowAt(otherPage, 1).locator('.score')).toHaveText('25');
  await expect(otherPage.locator('.row')).toHaveCount(1);

  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible();
  await otherPage.goto('/account');
  await expect(otherPage.getByRole('region', { name: 'Sign in' })).toBeVisible();
  await openLive(otherPage, slug);
  await expect(otherPage.locator('.row')).toHaveCount(1);
  await expect(otherPage.locator('.row.me')).toHaveCount(0);
  await secondDevice.close();
});

test('a name that was changed in another tab stays, however a score is submitted', async ({ api, page, context, browser, baseURL }) => {
  const slug = await newBoard(api, 'Renamed');
  const [rename, names] = [
    async (tab: Page, name: string) => {
      await tab.goto('/account');
      await tab.getByLabel('Display name').last().fill(name);
      const renamed = tab.waitForResponse('**/_fn/rename');
      await tab.getByRole('button', { name: 'Rename' }).click();
      // A redirect, if the form was sent before the page was hydrated.
      expect((await renamed).status()).toBeLessThan(400);
    },
    async () => {
      const { rows } = await api.get<{ rows: { name: string; score: number }[] }>(`/api/v1/boards/${slug}/standings`);
      return rows.map(({ name, score }) => `${name} ${score}`);
    },
  ];
  await openLive(page, slug);
  await submitAsAda(page, '10');
  const other = await context.newPage();
  const score = page.getByRole('textbox', { name: 'Score' });
  const submit = page.getByRole('button', { name: 'Submit', exact: true });

  // The open page may still show the old name.
  await rename(other, 'Bea');
  await score.fill('20');
  await submit.click();
  await expect.poll(names).toEqual(['Bea 20']);

  // A queued score.
  await context.route('**/_fn/submit', (route) => route.abort('connectionfailed'));
  await score.fill('30');
  await submit.click();
  await expect(page.getByText('waiting to be sent')).toBeVisible();
  await rename(other, 'Cid');
  await context.unroute('**/_fn/submit');
  await expect.poll(names, { timeout: 30_000 }).toEqual(['Cid 30']);

  // A typed name counts.
  await page.getByRole('textbox', { name: 'Name' }).fill('Dee');
  await score.fill('40');
  await submit.click();
  await expect.poll(names).toEqual(['Dee 40']);

  // The form of a page without JavaScript.
  const plain = await browser.newContext({ baseURL, javaScriptEnabled: false, storageState: await context.storageState() });
  const form = await plain.newPage();
  await form.goto(`/boards/${slug}`);
  await expect(form.getByRole('textbox', { name: 'Name' })).toHaveValue('Dee');
  await rename(other, 'Eve');
  await plain.addCookies(await context.cookies());
  await form.getByRole('textbox', { name: 'Score' }).fill('50');
  await form.getByRole('button', { name: 'Submit', exact: true }).click();
  await expect(form.locator('.row.me')).toContainText('Eve');
  expect(await names()).toEqual(['Eve 50']);
  await plain.close();
});

test('a changed password replaces the old one', async ({ page }) => {
  const handle = newHandle();
  await page.goto('/account');
  await page.getByLabel('Display name').fill('Ada');
  await sendForm(page, 'Sign up', handle);
  const section = page.getByRole('region', { name: 'Change your password' });
  await section.getByLabel('Current password').fill('not the password');
  await section.getByLabel('New password').fill('another long one');
  await section.getByRole('button', { name: 'Change' }).click();
  await expect(section.getByLabel('Current password')).toHaveAccessibleDescription('Wrong handle or password.');
  await expect(section.getByLabel('Current password')).toBeFocused();
  await section.getByLabel('Current password').fill(PASSWORD);
  await section.getByLabel('New password').fill('another long one');
  await section.getByRole('button', { name: 'Change' }).click();
  await expect(section.getByLabel('Current password')).toHaveValue('');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await sendForm(page, 'Sign in', handle);
  await expectWrongPassword(page);
  await sendForm(page, 'Sign in', handle, 'another long one');
  await expect(page.getByText('You are signed in')).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('sign-up, sign-out and sign-in work through forms', async ({ page }) => {
    const handle = newHandle();
    await page.goto('/account');
    await page.getByLabel('Display name').fill('Ada');
    await sendForm(page, 'Sign up', handle);
    await expect(page.getByText('You are signed in')).toBeVisible();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await sendForm(page, 'Sign in', handle, 'not the password');
    await expectWrongPassword(page);
    await expect(page).not.toHaveURL(/password/);
    await sendForm(page, 'Sign in', handle);
    await expect(page.getByText('You are signed in')).toBeVisible();
  });
});

for (const serviceWorkers of ['allow', 'block'] as const) {
  test(`going back after sign-out shows no page of the former reader (service workers: ${serviceWorkers})`, async ({ api, browser, baseURL }) => {
    const slug = await newBoard(api, 'Left behind');
    const context = await browser.newContext({ baseURL, serviceWorkers });
    const page = await context.newPage();
    await page.goto('/account');
    const form = page.getByRole('region', { name: 'Sign up' });
    await form.getByRole('textbox', { name: 'Name' }).fill('Ada');
    const handle = newHandle();
    await sendForm(page, 'Sign up', handle);
    await expect(page.getByText('You are signed in')).toBeVisible();
    await openLive(page, slug);
    await expect(page.locator('.you-name')).toHaveText('Ada');
    if (serviceWorkers === 'allow') {
      await page.evaluate(() => navigator.serviceWorker.ready);
      await page.reload();
      await expect(page.locator('.you-name')).toHaveText('Ada');
    }
    await page.getByRole('navigation', { name: 'Site' }).getByRole('link', { name: handle }).click();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await expect(page.getByRole('region', { name: 'Sign in' })).toBeVisible();
    // Sign-out may have its own entry in the history.
    await expect(async () => {
      if (!page.url().includes(slug)) await page.goBack();
      expect(page.url()).toContain(slug);
    }).toPass();
    await expect(page.locator('.connection')).toHaveText('Live');
    await expect(page.locator('.you-name')).toHaveCount(0);
    await expect(page.getByRole('navigation', { name: 'Site' }).getByRole('link', { name: 'Sign in' })).toBeVisible();
    await expect(page.getByText(handle)).toHaveCount(0);
    await context.close();
  });
}
