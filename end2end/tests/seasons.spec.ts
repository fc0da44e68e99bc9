// Changes of seasons and of rules that affect ranks: admins confirm a preview first, players see the
// result immediately, and a reset can be reverted.
import { expect, expectAccessible, test } from './fixtures';
import { newBoard, openLive, rowAt, submit } from './boards';
import { signInNewAccount } from './accounts';

for (const scheme of ['light', 'dark'] as const) {
  test(`an admin closes, reopens, resets and restores a season, in ${scheme} @phone`, async ({ api, browser, baseURL, page }, testInfo) => {
    const { viewport, isMobile, hasTouch } = testInfo.project.use;
    const slug = await newBoard(api, 'Cups', { periods: ['all_time', 'weekly'] });
    await submit(api, slug, [{ player: 'ann', name: 'Ann', value: 90 }, { player: 'bob', name: 'Bob', value: 80 }]);
    await openLive(page, slug);
    const admin = (await signInNewAccount(browser, api, baseURL, 'admin', { viewport, isMobile, hasTouch, colorScheme: scheme })).page;
    await admin.goto('/admin/boards');
    await admin.getByRole('row', { name: slug }).getByRole('link', { name: 'Seasons', exact: true }).click();
    const row = admin.getByRole('row', { name: /^all/ });
    await expect(row).toContainText('running');
    await row.getByRole('button', { name: 'Close season' }).click();
    await row.getByRole('button', { name: 'Close season' }).click();
    await expect(row).toContainText('closed');
    const weekly = admin.getByRole('row', { name: /W/ });
    await expect(weekly).not.toContainText('closed');
    await submit(api, slug, [{ player: 'cat', name: 'Cat', value: 99 }]);
    await expect(weekly.locator('[data-label=Standings]')).toHaveText('2');
    await row.getByRole('button', { name: 'Reopen season' }).click();
    await row.getByRole('button', { name: 'Reopen season' }).click();
    await expect(row).not.toContainText('closed');
    await expect(weekly.locator('[data-label=Standings]')).toHaveText('3');
    await expect(rowAt(page, 1)).toContainText('Ann');

    await row.getByRole('button', { name: 'Restart season' }).click();
    await expect(row).toContainText('Restart season “All time”? 2 standings will be cleared');
    await expectAccessible(admin);
    await admin.screenshot({ path: `screenshots/admin-seasons-${testInfo.project.name}-${scheme}.png`, fullPage: true });
    await row.getByRole('button', { name: 'Cancel' }).click();
    await expect(rowAt(page, 1)).toContainText('Ann');
    await row.getByRole('button', { name: 'Restart season' }).click();
    await expect(row).toContainText('2 standings will be cleared');
    await row.getByRole('button', { name: 'Restart season' }).click();
    await expect(admin.getByText('Season “All time” restarted: 2 standings cleared.')).toBeVisible();
    await expect(page.locator('.row', { hasText: 'Ann' })).toHaveCount(0);
    await row.getByRole('button', { name: 'Undo restart' }).click();
    await expect(row).toContainText('Undo the restart of season “All time”? 2 standings will change');
    await row.getByRole('button', { name: 'Undo restart' }).click();
    await expect(rowAt(page, 1)).toContainText('Ann');
    await admin.context().close();
  });
}

test('a rule change shows a preview of ranks, and players see the new ranks immediately @phone', async ({ api, browser, baseURL, page }, testInfo) => {
  const { viewport, isMobile, hasTouch } = testInfo.project.use;
  const slug = await newBoard(api, 'Preview', { format: { decimals: 1 } });
  await submit(api, slug, [
    { player: 'ann', name: 'Ann', value: 600 }, { player: 'ann', name: 'Ann', value: 500 }, { player: 'bob', name: 'Bob', value: 800 },
  ]);
  await openLive(page, slug);
  await expect(rowAt(page, 1)).toContainText('Bob');
  const admin = (await signInNewAccount(browser, api, baseURL, 'admin', { viewport, isMobile, hasTouch })).page;
  await admin.goto(`/admin/boards?board=${slug}`);
  await admin.getByLabel('Title').fill('Another title');
  await admin.getByRole('button', { name: 'Save' }).click();
  await expect(admin.getByText('Saved as version 2')).toBeVisible();
  await admin.getByLabel('Score policy').selectOption('sum');
  await admin.getByRole('button', { name: 'Save' }).click();
  const preview = admin.getByRole('region', { name: 'This changes ranks' });
  await expect(preview).toContainText('2 players would get another rank. 1 player would get another score.');
  await expect(preview.getByRole('row', { name: 'Ann' }).locator('[data-label="New score"]')).toHaveText('110.0');
  // A panel has one primary button at a time.
  await expect(admin.locator('.panel .button:not(.quiet-button)')).toHaveText([/^Re-rank/]);
  await expectAccessible(admin);
  await admin.screenshot({ path: `screenshots/admin-preview-${testInfo.project.name}.png`, fullPage: true });
  await preview.getByRole('button', { name: 'Cancel' }).click();
  await expect(preview).toHaveCount(0);
  await expect(rowAt(page, 1)).toContainText('Bob');
  await admin.getByRole('button', { name: 'Save' }).click();
  await preview.getByRole('button', { name: 'Re-rank 2 players' }).click();
  await expect(admin.getByText('Saved as version 3')).toBeVisible();
  await expect(rowAt(page, 1)).toContainText('110');
  await admin.getByLabel('Archived').selectOption('yes');
  await admin.getByRole('button', { name: 'Save' }).click();
  await expect(admin.getByText('Saved as version 4')).toBeVisible();
  await page.goto('/');
  await expect(page.getByText('Another title')).toHaveCount(0);
  await page.goto(`/boards/${slug}`);
  await expect(page.getByText('this board is archived')).toBeVisible();
  await admin.context().close();
});
