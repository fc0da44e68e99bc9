// Moderation: rulings change ranks immediately for all viewers and can be undone. Players see rulings on
// their own scores.
import { expect, expectAccessible, test } from './fixtures';
import { newBoard, openLive, rowAt, submit } from './boards';
import { signInNewAccount } from './accounts';

const scores = [
  { player: 'mo-ann', name: 'Ann', value: 90 },
  { player: 'mo-bob', name: 'Bob', value: 80 },
  { player: 'mo-cat', name: 'Cat', value: 70 },
];

for (const scheme of ['light', 'dark'] as const) {
  test(`a player sees ranks change when a moderator quarantines a score and undoes it, in ${scheme} @phone`, async ({ api, browser, baseURL, page }, testInfo) => {
    const { viewport, isMobile, hasTouch } = testInfo.project.use;
    const slug = await newBoard(api, 'Judged');
    const unique = `${process.pid}-${Date.now()}-${scheme}`;
    await submit(api, slug, scores.map((s) => ({ ...s, player: `${s.player}-${unique}`, name: `${s.name} ${unique}` })));
    await openLive(page, slug);
    await expect(rowAt(page, 1)).toContainText('Ann');
    const moderator = (await signInNewAccount(browser, api, baseURL, 'moderator', { viewport, isMobile, hasTouch, colorScheme: scheme })).page;
    await moderator.getByRole('link', { name: 'Admin', exact: true }).click();
    await expect(moderator.getByRole('link', { name: 'Keys' })).toHaveCount(0);
    await moderator.getByLabel('Name, handle or id').fill(`ann ${unique}`);
    await moderator.getByRole('button', { name: 'Find' }).click();
    await moderator.getByRole('link', { name: `Ann ${unique}` }).click();
    const row = moderator.getByRole('row', { name: slug });
    await row.getByRole('button', { name: 'Explain' }).click();
    await expect(row).toContainText('by this submission. 1 submission counts. 0 submissions do not count.');
    await row.getByRole('checkbox').check();
    await moderator.getByLabel('Reason (for the audit log)').fill('Too good to be true');
    await moderator.getByRole('button', { name: 'Quarantine' }).click();
    await expect(rowAt(page, 1)).toContainText('Bob');
    await expect(page.locator('.row', { hasText: 'Ann' })).toHaveCount(0);
    await expect(row.locator('[data-label=State]')).toHaveText('quarantined');
    await row.getByRole('button', { name: 'Explain' }).click();
    await expect(row).toContainText('held it for review on');
    await expect(row).toContainText('Reason: Too good to be true');
    await expect(moderator.getByRole('status').filter({ hasText: '1 submission quarantined' })).toBeVisible();
    await moderator.screenshot({ path: `screenshots/admin-players-${testInfo.project.name}-${scheme}.png`, fullPage: true });
    // The page offers the undo for ten seconds.
    await moderator.getByRole('button', { name: 'Undo' }).click();
    await expectAccessible(moderator);
    await expect(rowAt(page, 1)).toContainText('Ann');
    await expect(row.locator('[data-label=State]')).toHaveText('counted');
    await moderator.context().close();
  });
}

test('a moderator bans, renames and merges players, and later revokes the ban and the merge', async ({ api, browser, baseURL, page }) => {
  const slug = await newBoard(api, 'Ruled', { policy: 'sum' });
  const unique = `${process.pid}-${Date.now()}`;
  const id = (player: string) => `${player}-${unique}`;
  await submit(api, slug, [
    { player: id('dan'), name: 'Dan', value: 90 },
    { player: id('dan2'), name: 'Dan again', value: 30 },
    { player: id('eve'), name: 'Eve', value: 100 },
  ]);
  await openLive(page, slug);
  const { page: moderator } = await signInNewAccount(browser, api, baseURL, 'moderator');
  await moderator.goto(`/admin/players?player=${id('dan2')}`);
  await moderator.getByLabel('Merge into').fill(id('dan2'));
  await moderator.getByRole('button', { name: 'Merge', exact: true }).click();
  await expect(moderator.getByLabel('Merge into')).toHaveAccessibleDescription(/^Enter the ID of another player/);
  await moderator.getByLabel('Merge into').fill(id('dan'));
  await moderator.getByRole('button', { name: 'Merge', exact: true }).click();
  await expect(rowAt(page, 1)).toContainText('120');
  await expect(moderator.getByText(`merged into ${id('dan')}`, { exact: true })).toBeVisible();
  await moderator.getByRole('button', { name: 'Unmerge' }).click();
  await expect(rowAt(page, 1)).toContainText('Eve');

  await moderator.goto(`/admin/players?player=${id('eve')}`);
  await moderator.getByLabel('New name').fill('Player 7');
  await moderator.getByRole('button', { name: 'Rename' }).click();
  await expect(rowAt(page, 1)).toContainText('Player 7');
  await moderator.getByRole('button', { name: 'Ban', exact: true }).click();
  await expect(rowAt(page, 1)).toContainText('Dan');
  await expect(moderator.getByText('banned', { exact: true })).toBeVisible();
  await moderator.getByRole('button', { name: 'Unban' }).click();
  await expect(rowAt(page, 1)).toContainText('Player 7');

  const admin = (await signInNewAccount(browser, api, baseURL, 'admin')).page;
  await admin.goto(`/admin/audit?target=${id('eve')}`);
  await expect(admin.getByRole('rowheader')).toHaveText([/^Unbanned Player 7/, /^Banned Player 7/, /^Renamed Player 7/]);
  // The fields that an action changed; its raw data is folded.
  const renaming = admin.getByRole('row').filter({ hasText: 'Renamed Player 7' });
  await expect(renaming.getByRole('deletion')).toHaveText(['false', 'Eve']);
  await expect(renaming.getByRole('insertion')).toHaveText(['true', 'Player 7']);
  await expect(renaming.locator('code').filter({ hasText: '"Eve"' })).toBeHidden();
  await renaming.getByText('Raw data').click();
  await expect(renaming.locator('code').filter({ hasText: '"Eve"' })).toBeVisible();
  await expectAccessible(admin);
  await admin.screenshot({ path: 'screenshots/admin-audit.png', fullPage: true });
  const [download] = await Promise.all([admin.waitForEvent('download'), admin.getByRole('link', { name: 'Export CSV' }).click()]);
  expect(download.suggestedFilename()).toBe('leaderport-audit.csv');
  await moderator.context().close();
  await admin.context().close();
});

test('a refused ruling changes nothing, and an accepted one can be undone for ten seconds', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Refused');
  const unique = `${process.pid}-${Date.now()}`;
  await submit(api, slug, [{ player: `fay-${unique}`, name: 'Fay', value: 5 }]);
  const { page: other, handle } = await signInNewAccount(browser, api, baseURL, 'admin');
  const { page } = await signInNewAccount(browser, api, baseURL, 'moderator');
  await page.clock.install();
  await page.goto('/admin/players');
  await page.getByLabel('Name, handle or id').fill(handle);
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByRole('link', { name: handle }).click();
  await page.getByRole('button', { name: 'Ban', exact: true }).click();
  await expect(page.getByText('that needs an admin')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Ban', exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Undo' })).toHaveCount(0);

  await page.goto(`/admin/players?player=fay-${unique}`);
  await page.getByRole('button', { name: 'Ban', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
  await page.clock.fastForward(9_000);
  await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
  await page.clock.fastForward(2_000);
  await expect(page.getByRole('button', { name: 'Undo' })).toHaveCount(0);
  await page.context().close();
  await other.context().close();
});

test('a moderator opens a player from the standings and bans several players at once @phone', async ({ api, browser, baseURL, page }, testInfo) => {
  const { viewport, isMobile, hasTouch } = testInfo.project.use;
  const slug = await newBoard(api, 'Crowded', { format: 'duration', order: 'ascending' });
  const unique = `${process.pid}-${Date.now()}`;
  const score = (n: number) => ({ player: `crowd-${n}-${unique}`, name: `Crowd ${n}`, value: 1_000 * n });
  await submit(api, slug, Array.from({ length: 60 }, (_, n) => score(n + 1)));
  await openLive(page, slug);
  const moderator = (await signInNewAccount(browser, api, baseURL, 'moderator', { viewport, isMobile, hasTouch })).page;
  await moderator.goto('/admin/players');
  await moderator.getByLabel('Board', { exact: true }).selectOption(slug);
  await moderator.getByLabel('From rank').fill('51');
  await moderator.getByRole('button', { name: 'Show' }).click();
  const line = moderator.getByRole('listitem').filter({ hasText: 'Crowd 51' });
  await expect(line).toContainText('#51');
  await expect(line).toContainText('0:51.000');
  await expect(moderator.getByRole('listitem').filter({ hasText: 'Crowd' })).toHaveCount(10);
  await moderator.getByRole('link', { name: 'Crowd 51', exact: true }).click();
  await expect(moderator.getByRole('heading', { name: 'Crowd 51' })).toBeVisible();

  await moderator.goto(`/admin/players?board=${slug}`);
  await moderator.getByLabel('Select Crowd 1', { exact: true }).check();
  await moderator.getByLabel('Select Crowd 2', { exact: true }).check();
  await moderator.getByRole('button', { name: 'Ban selected', exact: true }).click();
  await expect(rowAt(page, 1)).toContainText('Crowd 3');
  await expect(moderator.getByText('banned', { exact: true })).toHaveCount(2);
  await moderator.screenshot({ path: `screenshots/admin-standings-${testInfo.project.name}.png` });
  // The page offers the undo for ten seconds.
  await moderator.getByRole('button', { name: 'Undo' }).click();
  await expectAccessible(moderator);
  await expect(rowAt(page, 1)).toContainText('Crowd 1');
  await expect(moderator.getByText('banned', { exact: true })).toHaveCount(0);
  await moderator.context().close();
});

test('a player sees a score held for review, renames, exports their data and is erased @phone', async ({ api, page }, testInfo) => {
  const slug = await newBoard(api, 'Own');
  await openLive(page, slug);
  await page.getByRole('textbox', { name: 'Name' }).fill('Fay');
  await page.getByRole('textbox', { name: 'Score' }).fill('10');
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await expect(page.locator('.status')).toContainText('Recorded');
  const { rows } = await api.get<{ rows: { player: string }[] }>(`/api/v1/boards/${slug}/standings`);
  const { submissions } = await api.get<{ submissions: { id: string }[] }>(`/api/v1/players/${rows[0]?.player}/submissions`);
  await api.post('/api/v1/rulings', { ruling: { type: 'submissions', ids: [submissions[0]?.id], state: 'quarantined' } });
  await page.goto('/account');
  await expect(page.getByRole('row', { name: slug })).toContainText('held for review');
  await page.getByRole('region', { name: 'Your name' }).getByLabel('Display name').fill('Faye');
  await page.getByRole('button', { name: 'Rename' }).click();
  await expect(page.getByText('You play as Faye')).toBeVisible();
  await expectAccessible(page);
  await page.screenshot({ path: `screenshots/account-own-${testInfo.project.name}.png`, fullPage: true });
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download your data' }).click()]);
  expect(download.suggestedFilename()).toBe('leaderport-export.json');
  await page.getByText('Delete account', { exact: true }).click();
  await page.getByRole('button', { name: 'Delete my account' }).click();
  await expect(page.getByText('You play as')).toHaveCount(0);
  const remaining = await api.get<{ submissions: unknown[] }>(`/api/v1/players/${rows[0]?.player}/submissions`);
  expect(remaining.submissions).toEqual([]);
});
