// The admin page: keys, accounts, boards, seasons, engines and metrics. Players cannot use any of it.
import { Api, expect, expectAccessible, Server, test } from './fixtures';
import { descendingScores, newBoard, submit } from './boards';
import { signInNewAccount } from './accounts';

for (const scheme of ['light', 'dark'] as const) {
  test(`an admin creates, uses and revokes a key, in ${scheme} @phone`, async ({ api, browser, baseURL, request }, testInfo) => {
    const { viewport, isMobile, hasTouch } = testInfo.project.use;
    const { page } = await signInNewAccount(browser, api, baseURL, 'admin', { viewport, isMobile, hasTouch, colorScheme: scheme });
    const slug = await newBoard(api, 'Keyed');
    await page.getByRole('link', { name: 'Admin', exact: true }).click();
    await page.getByRole('link', { name: 'Keys' }).click();
    const title = `Server ${scheme} ${Date.now()}`;
    await page.getByLabel('Purpose').fill(title);
    await page.getByLabel('Boards (slugs').fill(slug);
    await page.getByRole('button', { name: 'Create key' }).click();
    const secret = await page.locator('.secret code').innerText();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy secret' }).click();
    await expect(page.getByRole('status').filter({ hasText: /^Copied\.$/ })).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
    const row = page.getByRole('row', { name: title });
    await expect(row).toContainText('never');
    await expectAccessible(page);
    await page.screenshot({ path: `screenshots/admin-keys-${testInfo.project.name}-${scheme}.png`, fullPage: true });
    const submitWithKey = () => request.post(`/api/v1/boards/${slug}/submissions`, {
      headers: { authorization: `Bearer ${secret}` },
      data: { player: 'ann', value: 5 },
    });
    expect((await submitWithKey()).status()).toBe(200);
    const revoke = row.getByRole('button', { name: 'Revoke' });
    const danger = await page.locator('.status[data-status="refused"]').first().evaluate((status) => getComputedStyle(status).color);
    await expect(revoke).toHaveCSS('border-top-color', danger);
    await expect(revoke).not.toHaveCSS('background-color', danger);
    await revoke.click();
    await expect(row.getByText(`Revoke “${title}”? It stops working at once. This can’t be undone.`)).toBeVisible();
    await expect(revoke).toHaveCSS('background-color', danger);
    await expect(row.getByRole('button', { name: 'Cancel' })).not.toHaveCSS('border-top-color', danger);
    await expectAccessible(page);
    await row.getByRole('button', { name: 'Cancel' }).click();
    expect((await submitWithKey()).status()).toBe(200);
    await row.getByRole('button', { name: 'Revoke' }).click();
    await row.getByRole('button', { name: 'Revoke' }).click();
    await expect(row).toContainText('Revoked');
    expect((await submitWithKey()).status()).toBe(401);
    await page.context().close();
  });
}

test('an account gets access to the admin page when an admin changes its role', async ({ api, browser, baseURL }) => {
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin');
  const other = await signInNewAccount(browser, api, baseURL, 'player');
  await other.page.goto('/admin');
  await expect(other.page.getByText('This page is for moderators and admins.')).toBeVisible();
  await page.goto(`/admin/accounts?after=${other.handle.slice(0, -1)}`);
  const row = page.getByRole('row', { name: other.handle });
  await row.getByLabel(`Role of ${other.handle}`).selectOption('admin');
  await row.getByRole('button', { name: 'Change' }).click();
  await expect(page.getByRole('status').filter({ hasText: `${other.handle} is now admin.` })).toBeVisible();
  await expect(row.getByLabel(`Role of ${other.handle}`)).toHaveValue('admin');
  await expectAccessible(page);
  await expect(async () => {
    await other.page.goto('/admin');
    await expect(other.page.getByRole('heading', { name: 'Needs a decision' })).toBeVisible({ timeout: 1000 });
  }).toPass();
  await page.context().close();
  await other.page.context().close();
});

test('an admin compares, rebuilds, repairs and unloads a season, and sees each result @phone', async ({ api, browser, baseURL }, testInfo) => {
  const { viewport, isMobile, hasTouch } = testInfo.project.use;
  const slug = await newBoard(api, 'Engine');
  await submit(api, slug, descendingScores(30));
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin', { viewport, isMobile, hasTouch });
  await page.goto('/admin/system');
  await expect(page.getByText(/Ledger responds in/)).toBeVisible();
  await expect(page.getByText('serves this page')).toBeVisible();
  const row = page.getByRole('row', { name: `${slug}/all` });
  await expect(row).toContainText('30');
  await row.getByRole('button', { name: 'Compare' }).click();
  await expect(row).toContainText('30 standings compared, no differences.');
  // Repairs are in a menu, which closes when one begins.
  const repairs = row.getByText('Repairs', { exact: true });
  await expect(row.getByRole('button', { name: 'Rebuild' })).toBeHidden();
  await repairs.click();
  await row.getByRole('button', { name: 'Rebuild' }).click();
  await expect(row).toContainText(`Rebuild ${slug}/all? 30 standings are ranked again`);
  await row.getByRole('button', { name: 'Rebuild' }).click();
  await expect(row).toContainText('Rebuilt 30 standings.');
  await expect(row.getByRole('button', { name: 'Rebuild' })).toBeHidden();
  await repairs.click();
  await row.getByRole('button', { name: 'Repair' }).click();
  await row.getByRole('button', { name: 'Repair' }).click();
  await expect(row).toContainText('30 standings compared, no differences.');
  // A dry run reports the effect without changing anything.
  await page.getByLabel('Dry run').check();
  await repairs.click();
  await row.getByRole('button', { name: 'Rebuild' }).click();
  await expect(row).toContainText('Would rebuild 30 standings.');
  await repairs.click();
  await row.getByRole('button', { name: 'Unload' }).click();
  await expect(row).toContainText('Would unload: all. A season is loaded again when it is read.');
  await expect(row.locator('[data-label=Ranked]')).toHaveText('30');
  await page.getByLabel('Dry run').uncheck();
  await repairs.click();
  await row.getByRole('button', { name: 'Unload' }).click();
  await row.getByRole('button', { name: 'Unload' }).click();
  await expect(row).toContainText('not loaded');
  await page.getByRole('button', { name: 'Compare all' }).click();
  await expect(row).toContainText('compared');
  await expectAccessible(page);
  await page.screenshot({ path: `screenshots/admin-engine-${testInfo.project.name}.png` });
  await page.context().close();
});

test('the overview shows health, live boards, recent rulings and what needs a decision @phone', async ({ browser }, testInfo) => {
  const { viewport, isMobile, hasTouch } = testInfo.project.use;
  // A server of its own, so that nothing else is held for review.
  const server = await Server.start();
  const api = new Api(server.url, server.token);
  const slug = await newBoard(api, 'Overseen');
  await submit(api, slug, [{ player: 'ann', name: 'Ann', value: 90 }, { player: 'bob', name: 'Bob', value: 80 }]);
  const { page } = await signInNewAccount(browser, api, server.url, 'admin', { viewport, isMobile, hasTouch });
  await page.goto('/admin');
  await expect(page.locator('.section.ready')).toBeVisible();
  const panel = (name: string) => page.getByRole('region', { name });
  await expect(panel('Health').getByRole('listitem')).toHaveText([/^Ledger.* ms$/, /^Broker.* ms$/, /^Running nodes1$/, /^Batches waiting/]);
  await expect(panel('Live boards').getByRole('listitem').filter({ hasText: 'Overseen' })).toContainText('2 players');
  await expect(panel('Needs a decision')).toContainText('Nothing needs a decision.');
  await expect(panel('Recent rulings')).toContainText('No recent rulings.');
  const { submissions } = await api.get<{ submissions: { id: string }[] }>('/api/v1/players/ann/submissions');
  await api.post('/api/v1/rulings', { ruling: { type: 'submissions', ids: [submissions[0]?.id], state: 'quarantined' } });
  await page.reload();
  await expect(panel('Recent rulings').getByRole('listitem')).toContainText(['Held 1 submission for review']);
  await expectAccessible(page);
  await page.screenshot({ path: `screenshots/admin-overview-${testInfo.project.name}.png`, fullPage: true });
  await panel('Needs a decision').getByRole('link', { name: `90 by Ann on ${slug} is held for review` }).click();
  await expect(page.getByRole('heading', { name: 'Ann' })).toBeVisible();
  await page.getByRole('link', { name: 'System', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Ledger and broker' })).toBeVisible();
  await page.context().close();
  await server.stop();
});

test('an admin copies a board with the keyboard alone', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Original', { policy: 'sum', tie: 'dense' });
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin');
  await page.goto('/admin/boards');
  const row = page.getByRole('row').filter({ has: page.getByText(slug, { exact: true }) });
  await row.getByRole('link', { name: 'Copy' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'New board' })).toBeVisible();
  await expect(page.getByLabel('Title')).toHaveValue('Original');
  await page.getByLabel('Slug').focus();
  await page.keyboard.type(`${slug}-copy`);
  await page.keyboard.press('Tab');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('Copied');
  await expect(page.getByLabel('Title')).toHaveValue('Copied');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Saved as version 1')).toBeVisible();
  const board = await api.get(`/api/v1/boards/${slug}-copy`);
  expect(board).toMatchObject({ title: 'Copied', policy: 'sum', tie: 'dense' });
  await page.context().close();
});

test('the form of a board is in groups, with a sample row, checkboxes for periods and dates in UTC @phone', async ({ api, browser, baseURL }, testInfo) => {
  const { viewport, isMobile, hasTouch } = testInfo.project.use;
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin', { viewport, isMobile, hasTouch, timezoneId: 'Asia/Tokyo' });
  const slug = `grouped-${testInfo.project.name}-${process.pid}-${Date.now()}`;
  await page.goto('/admin/boards?board=');
  await expect(page.locator('.section.ready')).toBeVisible();
  for (const name of ['Basics', 'Look', 'Ranking', 'Seasons', 'Limits']) await expect(page.getByRole('group', { name, exact: true })).toBeVisible();
  const sample = page.getByRole('group', { name: 'Sample row' }).locator('.score');
  await expect(sample).toHaveText('83,456');
  await page.getByLabel('Unit').fill('points');
  await expect(sample).toHaveText('83,456 points');
  await page.getByLabel('Score format').selectOption('2');
  await expect(sample).toHaveText('834.56 points');
  await page.getByLabel('Unit').fill('');
  await page.getByLabel('Score format').selectOption('Times');
  await expect(sample).toHaveText('1:23.456');
  await page.getByLabel('Slug').fill(slug);
  await page.getByLabel('Title').fill('Grouped');
  await page.getByLabel('Week', { exact: true }).uncheck();
  await page.getByLabel('Day', { exact: true }).check();
  await page.getByLabel('Opens at (UTC)').fill('2027-01-01T08:30');
  await expectAccessible(page);
  await page.screenshot({ path: `screenshots/admin-board-form-${testInfo.project.name}.png`, fullPage: true });
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved as version 1')).toBeVisible();
  expect(await api.get(`/api/v1/boards/${slug}`)).toMatchObject({
    format: 'duration', periods: ['all_time', 'daily'], opens_at: '2027-01-01T08:30:00.000Z',
  });
  await page.goto(`/admin/boards?board=${slug}`);
  await expect(page.getByLabel('Opens at (UTC)')).toHaveValue('2027-01-01T08:30');
  await expect(page.getByLabel('Day', { exact: true })).toBeChecked();
  await expect(page.getByLabel('Week', { exact: true })).not.toBeChecked();
  await page.context().close();
});

test('another time zone is refused at its field while its seasons have scores', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Zoned', { periods: ['all_time', 'daily'] });
  await submit(api, slug, descendingScores(3));
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin');
  await page.goto(`/admin/boards?board=${slug}`);
  await page.getByLabel('Title').fill('Zoned still');
  await page.getByLabel('Time zone').fill('Asia/Tokyo');
  await page.getByRole('button', { name: 'Save' }).click();
  const reason = 'The time zone cannot change: a season that begins by it has scores.';
  await expect(page.getByLabel('Time zone')).toHaveAccessibleDescription(reason);
  await expect(page.getByText(reason)).toHaveCount(1);
  await expectAccessible(page);
  await page.getByLabel('Time zone').fill('UTC');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved as version 2')).toBeVisible();
  await expect(page.getByText(reason)).toHaveCount(0);
  expect(await api.get(`/api/v1/boards/${slug}`)).toMatchObject({ title: 'Zoned still', time_zone: 'UTC' });
  await page.context().close();
});

test('an admin deletes an archived board after a confirmation with its numbers @phone', async ({ api, browser, baseURL }, testInfo) => {
  const { viewport, isMobile, hasTouch } = testInfo.project.use;
  const slug = await newBoard(api, 'Short lived');
  await submit(api, slug, descendingScores(3));
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin', { viewport, isMobile, hasTouch });
  await page.goto(`/admin/boards?board=${slug}`);
  await expect(page.getByLabel('Title')).toHaveValue('Short lived');
  await expect(page.getByRole('button', { name: 'Delete board' })).toHaveCount(0);
  await page.getByLabel('Archived').selectOption('yes');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved as version 2')).toBeVisible();
  const question = page.getByText(`Delete ${slug} with 3 submissions by 3 players? This cannot be undone.`);
  await page.getByRole('button', { name: 'Delete board' }).click();
  await expect(question).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Cancel' }).click();
  expect(await api.get(`/api/v1/boards/${slug}`)).toMatchObject({ archived: true });
  await page.getByRole('button', { name: 'Delete board' }).click();
  await expect(question).toBeVisible();
  await page.getByRole('button', { name: 'Delete board' }).click();
  await expect(page.getByText(`${slug} is deleted.`)).toBeVisible();
  expect((await page.request.get(`/api/v1/boards/${slug}`)).status()).toBe(404);
  await page.context().close();
});

test('a metric above its threshold raises an alert', async ({ browser }) => {
  // Every acknowledgement takes longer than this threshold.
  const server = await Server.start(['--alert-ack', '0.000001']);
  const api = new Api(server.url, server.token);
  const slug = await newBoard(api, 'Alarming');
  const { page } = await signInNewAccount(browser, api, server.url, 'admin');
  await page.goto('/admin/metrics');
  await expect(page.getByText('Live from the node')).toBeVisible();
  // Repeated, because an alert needs several seconds above the threshold.
  await expect(async () => {
    await submit(api, slug, descendingScores(5));
    await expect(page.getByRole('alert')).toContainText(/acknowledge/i, { timeout: 1_000 });
    await expect(page.locator('.tile.bad')).toContainText('Acknowledgement time', { timeout: 1_000 });
  }).toPass();
  await page.context().close();
  await server.stop();
});

/** The fields of a board's form, as the admin page sends them. */
function boardForm(slug: string): Record<string, string> {
  const fields = {
    version: '0', slug, title: 'Theirs', description: '', policy: 'best', order: 'descending', tie: 'shared', periods: 'all_time',
    time_zone: 'UTC', min_score: '', max_score: '', format: 'integer', unit: '', opens_at: '', closes_at: '', submitters: 'both',
    archived: 'no', tick_millis: '100', accent: 'indigo', emblem: 'trophy',
  };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`form[${name}]`, value]));
}

test('a player cannot use the admin page and does not download its code', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Not theirs');
  const { page } = await signInNewAccount(browser, api, baseURL, 'player');
  const requestedPaths: string[] = [];
  page.on('request', (request) => requestedPaths.push(new URL(request.url()).pathname));
  await page.goto('/');
  await expect(page.getByRole('link', { name: 'Admin', exact: true })).toHaveCount(0);
  await page.waitForLoadState('networkidle');
  const playerModules = new Set(requestedPaths.filter((path) => path.endsWith('.wasm')));
  expect(playerModules.size).toBeGreaterThan(0);
  for (const section of ['', '/boards', '/seasons', '/players', '/system', '/metrics', '/keys', '/accounts', '/audit']) {
    const path = `/admin${section}`;
    expect((await page.goto(path))?.status(), path).toBe(403);
    await expect(page.getByText('This page is for moderators and admins.')).toBeVisible();
  }
  for (const [name, form] of [
    ['keys', {}], ['make-key', { title: 'mine', submit: 'true' }], ['revoke-key', { id: '0123456789abcdef' }],
    ['accounts', { after: '' }], ['role', { handle: 'nobody', role: 'admin' }], ['engine', {}],
    ['sync', { board: slug, season: 'all', dry_run: 'true' }], ['rebuild', { board: slug, season: 'all', dry_run: 'true' }],
    ['clear-cache', { board: slug, dry_run: 'true' }], ['health', {}], ['held', {}], ['retry', {}], ['boards', {}], ['visit', { board: slug }],
    ['seasons', { board: slug }], ['change-season', { board: slug, season: 'all', change: 'close', dry_run: 'true' }],
    ['preview', boardForm(slug)], ['save-board', boardForm(slug)],
    ['board-size', { board: slug }], ['delete-board', { board: slug, version: '1' }],
  ] as const) {
    const answer = await page.request.post(`/_fn/admin/${name}`, { form, headers: { origin: baseURL ?? '' } });
    expect(answer.status(), `${name}: ${await answer.text()}`).toBe(403);
  }
  const find = await page.request.post('/_fn/moderate/find', { form: { text: 'ann' }, headers: { origin: baseURL ?? '' } });
  expect(find.status(), await find.text()).toBe(403);
  // The JSON API and the WebSocket refuse the player, too.
  for (const path of ['/keys', '/accounts', '/audit', '/engine', '/engine/health', '/players?name=ann']) {
    expect((await page.request.get(`/api/v1${path}`)).status(), path).toBe(403);
  }
  const socketError = await page.evaluate(() => new Promise<string>((resolve, reject) => {
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`);
    socket.onopen = () => socket.send(JSON.stringify({ subscribe: { id: 1, channel: 'ops' } }));
    socket.onmessage = ({ data }) => { if (String(data).includes('"error"')) resolve(String(data)); };
    socket.onerror = () => reject(new Error('the WebSocket failed'));
  }));
  expect(socketError).toContain('forbidden');
  for (const [name, data] of [
    ['moderate/rule', { draft: { ruling: { type: 'ban', players: ['ann'], banned: true } } }],
    ['moderate/sheet', { player: 'ann', before: null }], ['moderate/explain', { board: 'x', season: 'all', player: 'ann' }],
    ['moderate/explain-ruling', { id: '01920000-0000-7000-8000-000000000000', state: 'quarantined' }],
    ['admin/audit', { filter: {} }],
  ] as const) {
    const answer = await page.request.post(`/_fn/${name}`, { data, headers: { origin: baseURL ?? '' } });
    expect(answer.status(), `${name}: ${await answer.text()}`).toBe(403);
  }
  // The admin page's code is a separate module.
  const admin = await signInNewAccount(browser, api, baseURL, 'admin');
  const adminPaths: string[] = [];
  admin.page.on('request', (request) => adminPaths.push(new URL(request.url()).pathname));
  await admin.page.goto('/admin');
  await expect(admin.page.getByRole('heading', { name: 'Needs a decision' })).toBeVisible();
  await admin.page.waitForLoadState('networkidle');
  const adminModules = adminPaths.filter((path) => path.endsWith('.wasm') && !playerModules.has(path));
  expect(adminModules.length).toBeGreaterThan(0);
  await page.context().close();
  await admin.page.context().close();
});

test('input that is entered into a form before hydration is kept', async ({ api, browser, baseURL }) => {
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin');
  let releaseCode = () => {};
  const codeReleased = new Promise<void>((resolve) => (releaseCode = resolve));
  await page.route('**/pkg/*.wasm', async (route) => {
    await codeReleased;
    await route.continue();
  });
  await page.goto('/admin/boards?board=', { waitUntil: 'commit' });
  const slug = `early-${process.pid}`;
  await page.getByLabel('Slug').fill(slug);
  await page.getByLabel('Title').fill('Typed early');
  await page.getByLabel('Equal scores').selectOption('dense');
  await page.getByLabel('Month', { exact: true }).check();
  await page.getByLabel('Closes at (UTC)').fill('2090-01-01T00:00');
  await expect(page.locator('.section.ready')).toHaveCount(0);
  releaseCode();
  await expect(page.locator('.section.ready')).toBeVisible();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved as version 1')).toBeVisible();
  expect(await api.get(`/api/v1/boards/${slug}`)).toMatchObject({
    title: 'Typed early', tie: 'dense', periods: ['all_time', 'monthly', 'weekly'], closes_at: '2090-01-01T00:00:00.000Z',
  });
  await page.context().close();
});

test('an admin merges their changes with those that another admin saved first @phone', async ({ api, browser, baseURL }, testInfo) => {
  const { viewport, isMobile, hasTouch } = testInfo.project.use;
  const first = (await signInNewAccount(browser, api, baseURL, 'admin', { viewport, isMobile, hasTouch })).page;
  const second = (await signInNewAccount(browser, api, baseURL, 'admin', { viewport, isMobile, hasTouch })).page;
  const slug = `merged-${testInfo.project.name}-${process.pid}-${Date.now()}`;
  await first.goto('/admin/boards');
  await first.getByRole('link', { name: 'New board' }).click();
  await expect(first.getByLabel('Accepts scores from')).toHaveValue('servers');
  await expect(first.getByLabel('Accepts scores from')).toHaveAccessibleDescription(/anyone can enter a score/);
  await first.getByLabel('Slug').fill(slug);
  await first.getByRole('button', { name: 'Save' }).click();
  await expect(first.getByLabel('Title')).toHaveAccessibleDescription('Enter a title of 1 to 80 characters.');
  await first.getByLabel('Title').fill('A first title');
  await first.getByRole('button', { name: 'Save' }).click();
  await expect(first.getByText('Saved as version 1')).toBeVisible();
  await expectAccessible(first);
  await second.goto(`/admin/boards?board=${slug}`);
  await expect(second.getByLabel('Title')).toHaveValue('A first title');
  await expect(second.getByText(/Also editing: admin-/)).toBeVisible();
  await expect(first.getByText(/Also editing: admin-/)).toBeVisible();
  await first.getByLabel('Title').fill('Of the first');
  await first.getByLabel('Unit').fill('points');
  await first.getByRole('button', { name: 'Save' }).click();
  await expect(first.getByText('Saved as version 2')).toBeVisible();

  await second.getByLabel('Title').fill('Of the second');
  await second.getByLabel('Equal scores').selectOption('dense');
  await second.getByRole('button', { name: 'Save' }).click();
  await second.getByRole('button', { name: 'Apply rules' }).click();
  const merge = second.getByRole('region', { name: 'Version 2 was saved while you were editing' });
  // The title, which both changed, and the tie rule, which only the second admin changed.
  await expect(merge.locator('tbody tr')).toHaveCount(2);
  await expect(merge).toContainText('Merged automatically: Unit');
  await expect(merge.locator('[data-field=title]')).toContainText('Of the first');
  await expectAccessible(second);
  await second.screenshot({ path: `screenshots/admin-merge-${testInfo.project.name}.png`, fullPage: true });
  await merge.locator('[data-field=title]').getByRole('button', { name: 'Use theirs' }).click();
  await merge.getByRole('button', { name: 'Finish merge' }).press('Enter');
  await expect(second.getByRole('button', { name: 'Save', exact: true })).toBeFocused();
  await second.getByRole('button', { name: 'Save', exact: true }).click();
  await second.getByRole('button', { name: 'Apply rules' }).click();
  await expect(second.getByText('Saved as version 3')).toBeVisible();
  const board = await api.get<{ title: string; unit: string; tie: string }>(`/api/v1/boards/${slug}`);
  expect(board).toMatchObject({ title: 'Of the first', unit: 'points', tie: 'dense' });
  await first.context().close();
  await second.context().close();
});

for (const scheme of ['light', 'dark'] as const) {
  test(`an admin sees the node's metrics live, in ${scheme} @phone`, async ({ api, browser, baseURL }, testInfo) => {
    const { viewport, isMobile, hasTouch } = testInfo.project.use;
    const slug = await newBoard(api, 'Vital');
    const { page } = await signInNewAccount(browser, api, baseURL, 'admin', { viewport, isMobile, hasTouch, colorScheme: scheme });
    await page.goto('/admin/metrics');
    await expect(page.getByText('Live from the node')).toBeVisible();
    const figure = (name: string) => page.getByRole('figure').filter({ hasText: name });
    await expect(figure('Submissions')).toHaveCount(1);
    // Repeated until the page shows a sample with these submissions.
    await expect(async () => {
      await submit(api, slug, descendingScores(30));
      await expect(figure('Submissions')).toContainText(/[1-9]\d* per second/, { timeout: 1_500 });
    }).toPass();
    await expect(figure('Acknowledgement time')).toContainText('median');
    await expect(figure('Acknowledgement time').locator('.legend li')).toHaveText(['median', 'p99']);
    await expect(figure('Submissions').locator('.legend')).toHaveCount(0);
    const tiles = page.locator('.tiles').getByRole('listitem');
    await expect(tiles).toHaveText([
      /^Submissions[\d.,]+ per second$/, /^Acknowledgement time, p99[\d.,]+ msThreshold: [\d.,]+ ms$/,
      /^Errors[\d.,]+ per secondThreshold: [\d.,]+ per second$/, /^Frames skipped.*Threshold: [\d.,]+ per second$/,
    ]);
    // The other charts are folded.
    await expect(page.getByRole('figure')).toHaveCount(4);
    await page.getByText('More metrics').click();
    await expect(page.getByRole('figure')).toHaveCount(14);
    await expect(figure('Data sent').locator('svg path').first()).toBeAttached();
    await expect(figure('Submissions').locator('svg path').first()).toBeAttached();
    await expectAccessible(page);
    await page.screenshot({ path: `screenshots/admin-metrics-${testInfo.project.name}-${scheme}.png`, fullPage: true });
    await page.context().close();
  });
}
