// Offline use: cached pages show their age, and scores in the outbox are sent in order, each once.
// Tests with the service worker go offline by killing the server.
import { Api, expect, expectAccessible, Server, test } from './fixtures';
import { signInNewAccount, signUp } from './accounts';
import { boardRules, descendingScores, newBoard, openLive, rowAt, submit, submitAs } from './boards';
import { Proxy } from './services';

const field = (page: import('@playwright/test').Page, name: string) => page.getByRole('textbox', { name });

/** Waits until the service worker is active, and so has cached all its files. */
async function waitForServiceWorker(page: import('@playwright/test').Page): Promise<void> {
  await page.evaluate(() => navigator.serviceWorker.ready);
}

/** The text of all pages of boards that the client has stored in IndexedDB. */
function storedPages(page: import('@playwright/test').Page): Promise<string> {
  return page.evaluate(() => new Promise<string>((resolve, reject) => {
    const opening = indexedDB.open('leaderport');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const hasStore = database.objectStoreNames.contains('pages');
      const reading = hasStore ? database.transaction('pages').objectStore('pages').getAll() : undefined;
      database.close();
      if (!reading) return resolve('');
      reading.onerror = () => reject(reading.error);
      reading.onsuccess = () => resolve(reading.result.map((text: string) => atob(text)).join());
    };
  }));
}

test.describe('with the service worker', () => {
  test.use({ serviceWorkers: 'allow' });

  test('a board is readable offline, queues scores and sends them in order after reconnecting @phone', async ({ browser }, testInfo) => {
    const { viewport, isMobile, hasTouch } = testInfo.project.use;
    let server = await Server.start();
    const api = new Api(server.url, server.token);
    const slug = await newBoard(api, 'Far away', { policy: 'latest' });
    await submit(api, slug, descendingScores(30));
    const context = await browser.newContext({ baseURL: server.url, serviceWorkers: 'allow', viewport, isMobile, hasTouch });
    const page = await context.newPage();
    await openLive(page, slug);
    // The first score makes the reader a guest, who must be recognised offline and after reconnecting.
    await submitAs(page, 'Ada', '3');
    await expect(page.locator('.status')).toContainText('Recorded');
    // The service worker caches the open page, too, although it did not serve that first load.
    await waitForServiceWorker(page);
    const isCached = () => page.evaluate(async () => Boolean(await caches.match(location.href, { ignoreVary: true })));
    await expect.poll(isCached).toBe(true);
    // These loads cache the pages as the guest sees them.
    for (const address of ['/', '/players/p000001', `/boards/${slug}`]) {
      await page.goto(address);
      await expect(page.getByText('Not connected.')).toBeHidden();
    }
    await expect(page.locator('.connection')).toHaveText('Live');
    // The client also stores changes that arrived after the document was loaded.
    await submit(api, slug, [{ player: 'p000000', name: 'Zora', value: 31 }]);
    await expect(rowAt(page, 1).locator('.name')).toHaveText('Zora');
    await expect.poll(() => storedPages(page), { timeout: 15_000 }).toContain('Zora');
    await server.kill();
    await page.reload();
    await expect(page.locator('.unconnected')).toContainText('Not connected. Last updated');
    await expect(rowAt(page, 1).locator('.name')).toHaveText('Zora');
    await expect(page.locator('.you-name')).toHaveText('Ada');
    await expectAccessible(page);
    await submitAs(page, 'Ada', '40');
    await expect(page.locator('.row.pending')).toHaveAttribute('data-place', '1');
    await submitAs(page, 'Ada', '25');
    await expect(page.locator('.row.pending')).toHaveAttribute('data-place', '7');
    const queuedScores = page.getByRole('list', { name: 'Scores not recorded yet' }).getByRole('listitem');
    await expect(queuedScores.first()).toContainText('40 waiting to be sent');
    await page.screenshot({ path: `screenshots/offline-${testInfo.project.name}.png`, fullPage: true });
    // The queued scores survive a reload.
    await page.reload();
    await expect(page.locator('.row.pending')).toHaveAttribute('data-place', '7');
    // The cached home page and player page show their content and its age.
    for (const [address, heading] of [['/', 'Boards'], ['/players/p000001', 'Player 000001']] as const) {
      await page.goto(address);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
      await expect(page.getByText(/^Not connected\. Last updated .* UTC\.$/)).toBeVisible();
      await expectAccessible(page);
    }
    // A page that is not cached shows the offline page.
    await page.goto('/boards/never-seen');
    await expect(page.getByRole('heading', { name: 'Not connected' })).toBeVisible();
    await page.goto(`/boards/${slug}`);
    await expect(page.locator('.row.pending')).toHaveCount(1);

    server = await server.restart();
    await expect(page.locator('.connection')).toHaveText('Live', { timeout: 30_000 });
    await expect(page.locator('.row.pending')).toHaveCount(0, { timeout: 30_000 });
    await expect(queuedScores).toHaveCount(0);
    await expect(page.locator('.row.me')).toHaveAttribute('data-place', '7');
    await expect(page.locator('.unconnected')).toBeHidden();
    // An open home page shows the offline notice while the server is down, and updates after reconnecting.
    await page.goto('/');
    const card = page.getByRole('link').filter({ hasText: 'Far away' });
    await expect(card).toContainText('31 players');
    await server.kill();
    await expect(page.getByText('Not connected.')).toBeVisible({ timeout: 30_000 });
    server = await server.restart();
    await expect(page.getByText('Not connected.')).toBeHidden({ timeout: 30_000 });
    await submit(new Api(server.url, server.token), slug, [{ player: 'late', value: 1 }]);
    await expect(card).toContainText('32 players');
    // The board keeps the latest score, so 25 shows that the scores were sent in order.
    const { rows } = await new Api(server.url, server.token).get<{ rows: { name: string; score: number }[] }>(`/api/v1/boards/${slug}/standings`);
    expect(rows.filter(({ name }) => name === 'Ada').map(({ score }) => score)).toEqual([25]);
    await context.close();
    await server.stop();
  });

  test('a stalled network shows the cached page after some seconds', async ({ browser }) => {
    test.setTimeout(90_000);
    const server = await Server.start();
    const api = new Api(server.url, server.token);
    const slug = await newBoard(api, 'Stalled');
    await submit(api, slug, descendingScores(5));
    const context = await browser.newContext({ baseURL: server.url, serviceWorkers: 'allow' });
    const page = await context.newPage();
    await openLive(page, slug);
    await waitForServiceWorker(page);
    await page.reload();
    await expect(page.locator('.connection')).toHaveText('Live');
    await page.goto('/docs');
    server.stall();
    try {
      await page.goto(`/boards/${slug}`, { timeout: 15_000, waitUntil: 'commit' });
      await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000000');
      await expect(page.locator('.unconnected')).toContainText('Not connected. Last updated', { timeout: 15_000 });
      // Without a cached page, the offline page answers.
      await page.goto('/boards/never-seen', { timeout: 30_000, waitUntil: 'commit' });
      await expect(page.getByRole('heading', { name: 'Not connected' })).toBeVisible();
    } finally {
      server.resume();
    }
    await page.goto(`/boards/${slug}`);
    await expect(page.locator('.connection')).toHaveText('Live', { timeout: 30_000 });
    await context.close();
    await server.stop();
  });

  test('a page that stalls after its first kilobyte is replaced by its cached copy', async ({ browser }) => {
    test.setTimeout(60_000);
    const server = await Server.start();
    const proxy = await Proxy.start(server.url);
    const slug = await newBoard(new Api(server.url, server.token), 'Stalled body');
    await submit(new Api(server.url, server.token), slug, descendingScores(5));
    const context = await browser.newContext({ baseURL: proxy.url, serviceWorkers: 'allow' });
    const page = await context.newPage();
    await openLive(page, slug);
    await waitForServiceWorker(page);
    await page.reload();
    await expect(page.locator('.connection')).toHaveText('Live');
    proxy.stall();
    await page.goto(`/boards/${slug}`, { timeout: 20_000 });
    await expect(rowAt(page, 5).locator('.name')).toHaveText('Player 000004');
    // The worker adds this style sheet to copies.
    await expect(page.locator('link[href="/copy.css"]')).toHaveCount(1);
    proxy.resume();
    await page.goto(`/boards/${slug}`);
    await expect(page.locator('link[href="/copy.css"]')).toHaveCount(0);
    await expect(page.locator('.connection')).toHaveText('Live', { timeout: 30_000 });
    await context.close();
    proxy.stop();
    await server.stop();
  });

  test('each part of a board that was visited has a cached page of its own', async ({ browser }) => {
    const server = await Server.start();
    const api = new Api(server.url, server.token);
    const slug = await newBoard(api, 'Parts');
    await submit(api, slug, descendingScores(120));
    const context = await browser.newContext({ baseURL: server.url, serviceWorkers: 'allow' });
    const page = await context.newPage();
    await openLive(page, slug);
    await waitForServiceWorker(page);
    const found = page.locator('#found li');
    const parts = [
      ['?page=3', () => expect(rowAt(page, 101)).toBeInViewport()],
      ['?find=player+000007', () => expect(found).toHaveText([/Player 000007/])],
      ['?find=player+000008', () => expect(found).toHaveText([/Player 000008/])],
      ['', () => expect(rowAt(page, 1)).toBeInViewport()],
    ] as const;
    for (const [query, check] of parts) {
      await page.goto(`/boards/${slug}${query}`);
      await check();
      const isCached = () => page.evaluate(async () => Boolean(await caches.match(location.href, { ignoreVary: true })));
      await expect.poll(isCached).toBe(true);
    }
    await server.kill();
    for (const [query, check] of parts) {
      await page.goto(`/boards/${slug}${query}`);
      await check();
    }
    await context.close();
    await server.stop();
  });

  test('a page that arrives after the reader has signed out is not cached', async ({ browser }) => {
    const server = await Server.start();
    const api = new Api(server.url, server.token);
    const slug = await newBoard(api, 'Late');
    const context = await browser.newContext({ baseURL: server.url, serviceWorkers: 'allow' });
    const page = await context.newPage();
    await openLive(page, slug);
    await waitForServiceWorker(page);
    const [worker] = context.serviceWorkers();
    const cached = await worker?.evaluate(async (address) => {
      const scope = self as unknown as {
        fetch: typeof fetch;
        page(event: object, url: URL): Promise<Response>;
        changeReader(request: Request): Promise<Response>;
      };
      const realFetch = scope.fetch.bind(self);
      let release = () => {};
      const released = new Promise<void>((resolve) => { release = resolve; });
      // The server has answered the former reader, and the worker has not received the answer yet.
      scope.fetch = async (input, init) => {
        const response = await realFetch(input, init);
        if ((input as Request).method === 'GET') await released;
        return response;
      };
      const waits: Promise<unknown>[] = [];
      const event = { request: new Request(address), waitUntil: (wait: Promise<unknown>) => waits.push(wait) };
      const answered = scope.page(event, new URL(address));
      await scope.changeReader(new Request('/_fn/sign-out', { method: 'POST' }));
      release();
      await answered;
      await Promise.all(waits);
      scope.fetch = realFetch;
      return Boolean(await caches.match(address, { ignoreVary: true }));
    }, `${server.url}/boards/${slug}?rank=1`);
    expect(cached).toBe(false);
    await context.close();
    await server.stop();
  });

  test('a reader who hides their name is not named by a page that was cached before', async ({ browser }) => {
    const server = await Server.start();
    const slug = await newBoard(new Api(server.url, server.token), 'Hidden again');
    const context = await browser.newContext({ baseURL: server.url, serviceWorkers: 'allow' });
    const page = await context.newPage();
    await openLive(page, slug);
    await submitAs(page, 'Grace', '12');
    await expect(page.locator('.status')).toContainText('Recorded');
    await waitForServiceWorker(page);
    const choice = page.getByLabel('Show my name to other viewers');
    const choose = async (isVisible: boolean) => {
      const stored = page.waitForResponse('**/_fn/presence');
      await choice.setChecked(isVisible);
      expect((await stored).status()).toBe(200);
    };
    await choose(true);
    await page.reload();
    await expect(page.locator('.connection')).toHaveText('Live');
    await expect(choice).toBeChecked();
    const isCached = () => page.evaluate(async () => Boolean(await caches.match(location.href, { ignoreVary: true })));
    await expect.poll(isCached).toBe(true);
    await choose(false);
    await expect.poll(isCached).toBe(false);
    await context.close();
    await server.stop();
  });

  test('signing out removes the player’s pages from the cache', async ({ browser }) => {
    const server = await Server.start();
    const api = new Api(server.url, server.token);
    const slug = await newBoard(api, 'Private');
    const context = await browser.newContext({ baseURL: server.url, serviceWorkers: 'allow' });
    const page = await context.newPage();
    await openLive(page, slug);
    await submitAs(page, 'Grace', '12');
    await expect(page.locator('.status')).toContainText('Recorded');
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

test('a queued score that is refused shows the reason and can be edited or discarded', async ({ api, page }) => {
  const slug = await newBoard(api, 'Too late');
  await openLive(page, slug);
  await page.route('**/_fn/submit', (route) => route.abort('connectionfailed'));
  await submitAs(page, 'Ada', '7');
  await submitAs(page, 'Ada', '8');
  const queuedScores = page.getByRole('list', { name: 'Scores not recorded yet' }).getByRole('listitem');
  await expect(queuedScores.first()).toContainText('7 waiting to be sent');
  await api.put(`/api/v1/boards/${slug}`, boardRules('Too late', { closes_at: '2020-01-01T00:00:00Z' }));
  await page.unroute('**/_fn/submit');
  await expect(queuedScores).toHaveCount(2, { timeout: 30_000 });
  for (const score of await queuedScores.all()) await expect(score).toContainText('This board closed on', { timeout: 30_000 });
  await expect(page.locator('.row.pending')).toHaveCount(0);
  await expectAccessible(page);
  await queuedScores.first().getByRole('button', { name: 'Edit' }).click();
  await expect(field(page, 'Score')).toHaveValue('7');
  await expect(field(page, 'Score')).toBeFocused();
  await expect(queuedScores).toHaveCount(1);
  await queuedScores.getByRole('button', { name: 'Discard' }).click();
  await expect(queuedScores).toHaveCount(0);
  // The undo in the notification returns the score to the outbox, and the server refuses it again.
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(queuedScores).toContainText('This board closed on');
  await page.reload();
  await expect(queuedScores).toHaveCount(1);
  await expect(page.locator('.row.pending')).toHaveCount(0);
  await queuedScores.getByRole('button', { name: 'Discard' }).click();
  await page.reload();
  await expect(page.locator('.connection')).toHaveText('Final');
  await expect(queuedScores).toHaveCount(0);
});

test('only one tab at a time sends queued scores, and all tabs show the results', async ({ api, context }) => {
  const slug = await newBoard(api, 'Two tabs', { policy: 'sum' });
  const sentIds: string[] = [];
  let releaseRequests = () => {};
  const requestsReleased = new Promise<void>((resolve) => { releaseRequests = resolve; });
  await context.route('**/_fn/submit', async (route) => {
    sentIds.push(new URLSearchParams(route.request().postData() ?? '').get('id') ?? '');
    await requestsReleased;
    await route.continue();
  });
  const [first, second] = [await context.newPage(), await context.newPage()];
  await openLive(first, slug);
  await openLive(second, slug);
  await submitAs(first, 'Ada', '3');
  await expect(first.locator('.row.pending')).toHaveCount(1);
  // The second tab shows the queued score, too.
  await expect(second.locator('.row.pending .score')).toHaveText('3');
  await submitAs(second, 'Ada', '4');
  await expect(second.locator('.row.pending .score')).toHaveText('7');
  // The second tab does not send while the first tab holds the lock.
  expect(sentIds).toHaveLength(1);
  releaseRequests();
  for (const page of [first, second]) {
    await expect(page.locator('.row.pending')).toHaveCount(0);
    await expect(page.locator('.row.me .score')).toHaveText('7');
  }
  // A tab that learns late of a sent score sends it again. The same id makes that one submission.
  expect(new Set(sentIds).size).toBe(2);
  const { rows } = await api.get<{ rows: { score: number }[] }>(`/api/v1/boards/${slug}/standings`);
  expect(rows.map(({ score }) => score)).toEqual([7]);
});

test('another tab sends the queued scores after the sending tab is closed', async ({ api, context }) => {
  const slug = await newBoard(api, 'One tab left');
  const [first, second] = [await context.newPage(), await context.newPage()];
  await openLive(first, slug);
  await openLive(second, slug);
  const request = first.waitForRequest('**/_fn/submit');
  await first.route('**/_fn/submit', () => undefined);
  await submitAs(first, 'Ada', '3');
  await request;
  await expect(second.locator('.row.pending .score')).toHaveText('3');
  await first.close();
  await expect(second.locator('.row.me .score')).toHaveText('3');
  await expect(second.locator('.row.pending')).toHaveCount(0);
});

test('a queued score waits while its player is not signed in, and is sent when they are', async ({ api, page, context }) => {
  const slug = await newBoard(api, 'Shared machine');
  await openLive(page, slug);
  await submitAs(page, 'Ada', '7');
  await expect(page.locator('.status')).toContainText('Recorded');
  await page.route('**/_fn/submit', (route) => route.abort('connectionfailed'));
  await submitAs(page, 'Ada', '9');
  const queuedScores = page.getByRole('list', { name: 'Scores not recorded yet' }).getByRole('listitem');
  await expect(queuedScores).toContainText('9 waiting to be sent');
  const ada = await context.cookies();
  await context.clearCookies();
  await page.unroute('**/_fn/submit');
  await expect(page.locator('.status')).toContainText('not signed in as the player of this score', { timeout: 30_000 });
  await expect(queuedScores).toContainText('9 waiting to be sent');
  await page.reload();
  await expect(page.locator('.connection')).toHaveText('Live');
  await expect(queuedScores).toHaveCount(0);
  const scores = async () => {
    const { rows } = await api.get<{ rows: { name: string; score: number }[] }>(`/api/v1/boards/${slug}/standings`);
    return rows.map(({ name, score }) => `${name} ${score}`);
  };
  expect(await scores()).toEqual(['Ada 7']);
  await context.addCookies(ada);
  await page.reload();
  await expect.poll(scores, { timeout: 30_000 }).toEqual(['Ada 9']);
  await expect(queuedScores).toHaveCount(0);
});

test('a reader neither sees nor sends nor counts the queued scores of another one', async ({ api, browser, baseURL }) => {
  test.setTimeout(90_000);
  const slug = await newBoard(api, 'One laptop');
  const { page } = await signInNewAccount(browser, api, baseURL, 'player');
  const context = page.context();
  const queuedScores = page.getByRole('list', { name: 'Scores not recorded yet' }).getByRole('listitem');
  await openLive(page, slug);
  await context.route('**/_fn/submit', (route) => route.abort('connectionfailed'));
  // The first reader fills their outbox.
  await page.getByRole('textbox', { name: 'Score' }).fill('1');
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await expect(queuedScores).toContainText('1 waiting to be sent');
  for (let score = 2; score <= 50; score += 1) {
    await page.getByRole('textbox', { name: 'Score' }).fill(String(score));
    await page.getByRole('button', { name: 'Submit', exact: true }).click();
    await expect(page.getByRole('textbox', { name: 'Score' })).toHaveValue('');
  }
  await page.getByRole('textbox', { name: 'Score' }).fill('51');
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await expect(page.locator('.status')).toContainText('50 scores are already waiting');

  // Another reader signs in on the same browser.
  await page.goto('/account');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page.getByRole('region', { name: 'Sign in' })).toBeVisible();
  await signUp(page, 'Bob');
  await context.unroute('**/_fn/submit');
  const sentScores: (string | null)[] = [];
  await context.route('**/_fn/submit', (route) => {
    sentScores.push(new URLSearchParams(route.request().postData() ?? '').get('score'));
    return route.continue();
  });
  await openLive(page, slug);
  await expect(queuedScores).toHaveCount(0);
  await expect(page.locator('.row.pending')).toHaveCount(0);
  await page.getByRole('textbox', { name: 'Score' }).fill('77');
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  await expect(page.locator('.status')).toContainText('Recorded');
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Boards');
  await page.goto(`/boards/${slug}`);
  await expect(page.locator('.connection')).toHaveText('Live');
  await expect(page.locator('.toast')).toHaveCount(0);
  expect(sentScores).toEqual(['77']);
  const { rows } = await api.get<{ rows: { name: string; score: number }[] }>(`/api/v1/boards/${slug}/standings`);
  expect(rows.map(({ name, score }) => `${name} ${score}`)).toEqual(['Bob 77']);
  await context.close();
});
