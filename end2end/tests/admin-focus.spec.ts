// The keyboard's focus after each action of the admin page: on the element that was used, near it, or on the
// page's content, but never lost to the document.
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { descendingScores, newBoard, submit } from './boards';
import { signInNewAccount } from './accounts';

/** Presses a button by the keyboard. */
async function press(button: Locator): Promise<void> {
  await button.focus();
  await button.press('Enter');
}

/** Expects that an element of the page has the focus. */
async function expectFocus(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName ?? 'none')).not.toMatch(/^(BODY|HTML|none)$/);
  await expect.poll(() => page.evaluate(() => document.activeElement?.matches(':disabled, [hidden] *, [inert] *') ?? true)).toBe(false);
}

async function openSection(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await expect(page.locator('.section.ready')).toBeVisible();
}

test('the focus stays in the page after actions on keys and accounts', async ({ api, browser, baseURL }) => {
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin');
  await openSection(page, '/admin/keys');
  const title = `Focus ${Date.now()}`;
  await page.getByLabel('Purpose').fill(title);
  const create = page.getByRole('button', { name: 'Create key' });
  await press(create);
  const row = page.getByRole('row', { name: title });
  await expect(row).toBeVisible();
  await expect(create).toBeFocused();
  await press(row.getByRole('button', { name: 'Revoke key' }));
  await expect(row.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await press(row.getByRole('button', { name: 'Revoke key' }));
  await expect(row).toContainText('Revoked');
  await expectFocus(page);
  const other = await signInNewAccount(browser, api, baseURL, 'player');
  await openSection(page, `/admin/accounts?after=${other.handle.slice(0, -1)}`);
  const account = page.getByRole('row', { name: other.handle });
  await account.getByLabel(`Role of ${other.handle}`).selectOption('moderator');
  await press(account.getByRole('button', { name: 'Change' }));
  await expect.poll(async () => {
    const { accounts } = await api.get<{ accounts: { handle: string; role: string }[] }>(`/api/v1/accounts?after=${other.handle.slice(0, -1)}`);
    return accounts.find((account) => account.handle === other.handle)?.role;
  }).toBe('moderator');
  await expectFocus(page);
  await other.page.context().close();
  await page.context().close();
});

test('the focus stays in the page after rulings', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Focused rulings', { policy: 'sum' });
  const unique = `${process.pid}-${Date.now()}`;
  const [ann, bob] = [`ann-${unique}`, `bob-${unique}`];
  await submit(api, slug, [{ player: ann, name: 'Ann', value: 5 }, { player: bob, name: 'Bob', value: 4 }]);
  const { page } = await signInNewAccount(browser, api, baseURL, 'moderator');
  await openSection(page, `/admin/players?player=${ann}`);
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  await press(button('Ban'));
  await expect(button('Unban')).toBeFocused();
  await press(button('Unban'));
  await expect(button('Ban')).toBeFocused();
  await page.getByLabel('New name').fill('Anna');
  await press(button('Rename'));
  await expect(page.getByRole('heading', { name: 'Anna' })).toBeVisible();
  await expect(button('Rename')).toBeFocused();
  // These buttons disappear with their effect.
  await press(button('Unlock name'));
  await expect(button('Unlock name')).toHaveCount(0);
  await expectFocus(page);
  await page.getByLabel('Merge into').fill(bob);
  await press(button('Merge'));
  await expect(button('Unmerge')).toBeVisible();
  await expect(button('Merge')).toBeFocused();
  await press(button('Unmerge'));
  await expect(button('Unmerge')).toHaveCount(0);
  await expectFocus(page);
  // This one is disabled when no submission is selected any more.
  const row = page.getByRole('row', { name: slug });
  await row.getByRole('checkbox').check();
  await press(button('Quarantine'));
  await expect(button('Quarantine')).toBeDisabled();
  await expect(row.locator('[data-label=State]')).toHaveText('quarantined');
  await expectFocus(page);
  await press(row.getByRole('button', { name: 'Explain' }));
  await expect(row).toContainText('held it for review on');
  await expectFocus(page);
  await openSection(page, `/admin/players?board=${slug}`);
  await page.getByLabel('Select Bob', { exact: true }).check();
  await press(button('Ban selected'));
  await expect(button('Ban selected')).toBeDisabled();
  await expectFocus(page);
  await page.context().close();
});

test('the focus stays in the page after changes of seasons and repairs', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Focused seasons');
  await submit(api, slug, descendingScores(3));
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin');
  await openSection(page, `/admin/seasons?board=${slug}`);
  for (const name of ['Close season', 'Reopen season', 'Restart season', 'Undo restart']) {
    const opener = page.getByRole('button', { name });
    await press(opener);
    await expect(page.getByRole('button', { name: 'Cancel' })).toBeFocused();
    await press(opener);
    await expect(opener).toHaveCount(0);
    await expectFocus(page);
  }
  await openSection(page, '/admin/system');
  const row = page.getByRole('row', { name: `${slug}/all` });
  const compare = row.getByRole('button', { name: 'Compare' });
  await press(compare);
  await expect(row).toContainText('3 standings compared, no differences.');
  await expectFocus(page);
  await row.getByText('Repairs', { exact: true }).press('Enter');
  const rebuild = row.getByRole('button', { name: 'Rebuild' });
  await press(rebuild);
  await expect(row.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await press(rebuild);
  await expect(row).toContainText('Rebuilt 3 standings.');
  await expectFocus(page);
  await page.context().close();
});

test('the focus stays in the page after a board is saved, previewed and deleted', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Focused board');
  await submit(api, slug, descendingScores(3));
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin');
  await openSection(page, `/admin/boards?board=${slug}`);
  const save = page.getByRole('button', { name: 'Save' });
  await page.getByLabel('Title').fill('Focused board, renamed');
  await press(save);
  await expect(page.getByText('Saved as version 2')).toBeVisible();
  await expect(save).toBeFocused();
  await page.getByLabel('Ranking order').selectOption('ascending');
  await press(save);
  const preview = page.getByRole('region', { name: 'This changes ranks' });
  await expect(preview.getByRole('heading')).toBeFocused();
  await press(preview.getByRole('button', { name: /^Re-rank/ }));
  await expect(page.getByText('Saved as version 3')).toBeVisible();
  await expect(save).toBeFocused();
  await page.getByLabel('Archived').selectOption('yes');
  await press(save);
  await expect(page.getByText('Saved as version 4')).toBeVisible();
  await press(page.getByRole('button', { name: 'Delete board' }));
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await press(page.getByRole('button', { name: 'Delete board' }));
  await expect(page.getByText(`${slug} is deleted.`)).toBeVisible();
  await expectFocus(page);
  await page.context().close();
});
