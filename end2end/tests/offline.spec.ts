// Without a network: what was seen is there with its age, scores wait and go out in order, once.
// The network goes by killing the server; the worker is the real one.
import { Api, expect, expectAccessible, Server, test } from './fixtures';
import { boardRules, descendingScores, newBoard, openLive, rowAt, submit, submitAs } from './boards';

const field = (page: import('@playwright/test').Page, name: string) => page.getByRole('textbox', { name });

/** The worker has every part of the code that the page may need, also what it has not yet. */
async function allPartsKept(page: import('@playwright/test').Page): Promise<void> {
  const missing = () => page.evaluate(async () => {
    const files = await caches.open('leaderport-files-1');
    const kept = (await files.keys()).map(({ url }) => url);
    const list = kept.find((url) => url.includes('/pkg/__wasm_split.'));
    const text = list ? await (await files.match(list, { ignoreVary: true }))?.text() : undefined;
    const parts = text?.match(/\.\/[\w.-]+\.wasm/g)?.map((part) => new URL(part, list).href);
    return parts?.filter((part) => !kept.includes(part)).length;
  });
  await expect.poll(missing).toBe(0);
}

/** The pages that the browser has kept, as the text in them. */
function keptPages(page: import('@playwright/test').Page): Promise<string> {
  return page.evaluate(() => new Promise<string>((resolve, reject) => {
    const opening = indexedDB.open('leaderport');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const isMade = database.objectStoreNames.contains('pages');
      const reading = isMade ? database.transaction('pages').objectStore('pages').getAll() : undefined;
      database.close();
      if (!reading) return resolve('');
      reading.onerror = () => reject(reading.error);
      reading.onsuccess = () => resolve(reading.result.map((text: string) => atob(text)).join());
    };
  }));
}

test.describe('with the worker', () => {
  test.use({ serviceWorkers: 'allow' });

  test('a board is there without a network, takes scores, and sends them in order when it is back @phone', async ({ browser }, testInfo) => {
    const { viewport, isMobile, hasTouch } = testInfo.project.use;
    let server = await Server.start();
    const api = new Api(server.url, server.token);
    const slug = await newBoard(api, 'Far away', { policy: 'latest' });
    await submit(api, slug, descendingScores(30));
    const context = await browser.newContext({ baseURL: server.url, serviceWorkers: 'allow', viewport, isMobile, hasTouch });
    const page = await context.newPage();
    await openLive(page, slug);
    // Who is known offline is known again when they are back.
    await submitAs(page, 'Ada', '3');
    await expect(page.locator('.said')).toContainText('Recorded');
    // The first load was without the worker: what was open then is kept, too.
    await allPartsKept(page);
    const isKept = () => page.evaluate(async () => Boolean(await caches.match(location.href, { ignoreVary: true })));
    await expect.poll(isKept).toBe(true);
    // By now they are somebody.
    for (const address of ['/', '/players/p000001', `/boards/${slug}`]) {
      await page.goto(address);
      await expect(page.getByText('Not connected.')).toBeHidden();
    }
    await expect(page.locator('.connection')).toHaveText('Live');
    // What has changed since the document was read is kept, too.
    await submit(api, slug, [{ player: 'p000000', name: 'Zora', value: 31 }]);
    await expect(rowAt(page, 1).locator('.name')).toHaveText('Zora');
    await expect.poll(() => keptPages(page), { timeout: 15_000 }).toContain('Zora');
    await server.kill();
    await page.reload();
    await expect(page.locator('.unconnected')).toContainText('Not connected. This is how it stood');
    await expect(rowAt(page, 1).locator('.name')).toHaveText('Zora');
    await expect(page.locator('.you-name')).toHaveText('Ada');
    await expectAccessible(page);
    await submitAs(page, 'Ada', '40');
    await expect(page.locator('.row.pending')).toHaveAttribute('data-place', '1');
    await submitAs(page, 'Ada', '25');
    await expect(page.locator('.row.pending')).toHaveAttribute('data-place', '7');
    const waiting = page.getByRole('list', { name: 'Scores that are not recorded yet' }).getByRole('listitem');
    await expect(waiting.first()).toContainText('40 waits for the server');
    await page.screenshot({ path: `screenshots/offline-${testInfo.project.name}.png`, fullPage: true });
    // They survive the page.
    await page.reload();
    await expect(page.locator('.row.pending')).toHaveAttribute('data-place', '7');
    // So do pages that nothing else tells of their age, beside what they were.
    for (const [address, heading] of [['/', 'Boards'], ['/players/p000001', 'Player 000001']] as const) {
      await page.goto(address);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
      await expect(page.getByText(/^Not connected\. This is how it stood at .* UTC\.$/)).toBeVisible();
      await expectAccessible(page);
    }
    // A page that was never seen says so.
    await page.goto('/boards/never-seen');
    await expect(page.getByRole('heading', { name: 'Not connected' })).toBeVisible();
    await page.goto(`/boards/${slug}`);
    await expect(page.locator('.row.pending')).toHaveCount(1);

    server = await server.restart();
    await expect(page.locator('.connection')).toHaveText('Live', { timeout: 30_000 });
    await expect(page.locator('.row.pending')).toHaveCount(0, { timeout: 30_000 });
    await expect(waiting).toHaveCount(0);
    await expect(page.locator('.row.me')).toHaveAttribute('data-place', '7');
    await expect(page.locator('.unconnected')).toBeHidden();
    // A page that is open says since when nothing arrives, and when it does again.
    await page.goto('/');
    const card = page.getByRole('link').filter({ hasText: 'Far away' });
    await expect(card).toContainText('31 players');
    await server.kill();
    await expect(page.getByText('Not connected.')).toBeVisible({ timeout: 30_000 });
    server = await server.restart();
    await expect(page.getByText('Not connected.')).toBeHidden({ timeout: 30_000 });
    await submit(new Api(server.url, server.token), slug, [{ player: 'late', value: 1 }]);
    await expect(card).toContainText('32 players');
    // The last one counts: they went out in order.
    const { rows } = await new Api(server.url, server.token).get<{ rows: { name: string; score: number }[] }>(`/api/v1/boards/${slug}/standings`);
    expect(rows.filter(({ name }) => name === 'Ada').map(({ score }) => score)).toEqual([25]);
    await context.close();
    await server.stop();
  });

  test('who signs out leaves nothing of theirs behind', async ({ browser }) => {
    const server = await Server.start();
    const api = new Api(server.url, server.token);
    const slug = await newBoard(api, 'Private');
    const context = await browser.newContext({ baseURL: server.url, serviceWorkers: 'allow' });
    const page = await context.newPage();
    await openLive(page, slug);
    await submitAs(page, 'Grace', '12');
    await expect(page.locator('.said')).toContainText('Recorded');
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    await expect(page.locator('.you-name')).toHaveText('Grace');
    await page.goto('/account');
    const form = page.getByRole('region', { name: 'Sign up' });
    await form.getByLabel('Name').fill('Grace');
    await form.getByLabel('Handle').fill('grace');
    await form.getByLabel('Password').fill('correct horse battery');
    await form.getByRole('button').click();
    await expect(page.getByText('You are signed in')).toBeVisible();
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await expect(page.getByRole('region', { name: 'Sign in' })).toBeVisible();
    await server.kill();
    await page.goto(`/boards/${slug}`);
    await expect(page.getByRole('heading', { name: 'Not connected' })).toBeVisible();
    await expect(page.getByText('Grace')).toHaveCount(0);
    await context.close();
    await server.stop();
  });
});

test('a score that waits and is refused in the end says why, and can be edited or dropped', async ({ api, page }) => {
  const slug = await newBoard(api, 'Too late');
  await openLive(page, slug);
  await page.route('**/_fn/submit', (route) => route.abort('connectionfailed'));
  await submitAs(page, 'Ada', '7');
  await submitAs(page, 'Ada', '8');
  const waiting = page.getByRole('list', { name: 'Scores that are not recorded yet' }).getByRole('listitem');
  await expect(waiting.first()).toContainText('7 waits for the server');
  await api.put(`/api/v1/boards/${slug}`, boardRules('Too late', { closes_at: '2020-01-01T00:00:00Z' }));
  await page.unroute('**/_fn/submit');
  await expect(waiting).toHaveCount(2, { timeout: 30_000 });
  for (const one of await waiting.all()) await expect(one).toContainText('took scores until', { timeout: 30_000 });
  await expect(page.locator('.row.pending')).toHaveCount(0);
  await expectAccessible(page);
  await waiting.first().getByRole('button', { name: 'Edit' }).click();
  await expect(field(page, 'Score')).toHaveValue('7');
  await expect(field(page, 'Score')).toBeFocused();
  await expect(waiting).toHaveCount(1);
  await waiting.getByRole('button', { name: 'Drop' }).click();
  await expect(waiting).toHaveCount(0);
  // Dropping is undone by the notification: it is sent again, and refused again.
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(waiting).toContainText('took scores until');
  await page.reload();
  await expect(waiting).toHaveCount(1);
  await waiting.getByRole('button', { name: 'Drop' }).click();
  await page.reload();
  await expect(page.locator('.connection')).toHaveText('Live');
  await expect(waiting).toHaveCount(0);
});

test('of two tabs one sends, and both show what becomes of it', async ({ api, context }) => {
  const slug = await newBoard(api, 'Two tabs', { policy: 'sum' });
  const sent: string[] = [];
  let release = () => {};
  const held = new Promise<void>((resolve) => { release = resolve; });
  await context.route('**/_fn/submit', async (route) => {
    sent.push(new URLSearchParams(route.request().postData() ?? '').get('id') ?? '');
    await held;
    await route.continue();
  });
  const [first, second] = [await context.newPage(), await context.newPage()];
  await openLive(first, slug);
  await openLive(second, slug);
  await submitAs(first, 'Ada', '3');
  await expect(first.locator('.row.pending')).toHaveCount(1);
  // The other tab shows it, too.
  await expect(second.locator('.row.pending .score')).toHaveText('3');
  await submitAs(second, 'Ada', '4');
  await expect(second.locator('.row.pending .score')).toHaveText('7');
  // The second waits until the first leads no more.
  expect(sent).toHaveLength(1);
  release();
  for (const page of [first, second]) {
    await expect(page.locator('.row.pending')).toHaveCount(0);
    await expect(page.locator('.row.me .score')).toHaveText('7');
  }
  // Seen late, one that was sent is sent once more: under its id, which is no second submission.
  expect(new Set(sent).size).toBe(2);
  const { rows } = await api.get<{ rows: { score: number }[] }>(`/api/v1/boards/${slug}/standings`);
  expect(rows.map(({ score }) => score)).toEqual([7]);
});

test('when the tab that sends is closed, another sends what waits', async ({ api, context }) => {
  const slug = await newBoard(api, 'One tab left');
  const [first, second] = [await context.newPage(), await context.newPage()];
  await openLive(first, slug);
  await openLive(second, slug);
  const sent = first.waitForRequest('**/_fn/submit');
  await first.route('**/_fn/submit', () => undefined);
  await submitAs(first, 'Ada', '3');
  await sent;
  await expect(second.locator('.row.pending .score')).toHaveText('3');
  await first.close();
  await expect(second.locator('.row.me .score')).toHaveText('3');
  await expect(second.locator('.row.pending')).toHaveCount(0);
});

test('a score made by one player is not submitted by the next', async ({ api, page, context }) => {
  const slug = await newBoard(api, 'Shared machine');
  await openLive(page, slug);
  await submitAs(page, 'Ada', '7');
  await expect(page.locator('.said')).toContainText('Recorded');
  await page.route('**/_fn/submit', (route) => route.abort('connectionfailed'));
  await submitAs(page, 'Ada', '9');
  const waiting = page.getByRole('list', { name: 'Scores that are not recorded yet' }).getByRole('listitem');
  await expect(waiting).toContainText('9 waits for the server');
  await context.clearCookies();
  await page.unroute('**/_fn/submit');
  await expect(waiting).toContainText('not known any more who you are', { timeout: 30_000 });
  const { rows } = await api.get<{ rows: { score: number }[] }>(`/api/v1/boards/${slug}/standings`);
  expect(rows.map(({ score }) => score)).toEqual([7]);
});
