// Notifications of overtaken players: the button on the board's page, and the service worker. Push
// services are out of reach, so the browser gets messages through DevTools, and a page that
// subscribes gets a subscription of the test.
import { type CDPSession, type Page, type Worker } from '@playwright/test';
import { type Api, expect, test } from './fixtures';
import { descendingScores, newBoard, openLive, submit, submitAs } from './boards';

const button = (page: Page) => page.getByRole('button', { name: 'Tell me when I’m overtaken' });

/** A subscription with keys of the right form. */
const BROWSER = {
  endpoint: `https://push.example.com/${process.pid}`,
  keys: { p256dh: 'B'.repeat(87), auth: 'A'.repeat(22) },
};

/** Replaces the browser's push service. */
async function replacePushService(page: Page): Promise<void> {
  await page.addInitScript((browser) => {
    let subscription: unknown = null;
    const make = () => Object.assign(Object.create(PushSubscription.prototype), {
      toJSON: () => browser,
    });
    Object.defineProperty(PushSubscription.prototype, 'endpoint', { get: () => browser.endpoint });
    PushManager.prototype.getSubscription = async () => subscription as PushSubscription | null;
    PushManager.prototype.subscribe = async ({ applicationServerKey }: PushSubscriptionOptionsInit = {}) => {
      if (String(applicationServerKey).length !== 87) throw new Error(`a key of this length: ${applicationServerKey}`);
      subscription = make();
      sessionStorage.setItem('subscribed', 'yes');
      return subscription as PushSubscription;
    };
    if (sessionStorage.getItem('subscribed')) subscription = make();
  }, BROWSER);
}

async function newPlayer(page: Page, api: Api): Promise<string> {
  const slug = await newBoard(api, 'Push');
  await submit(api, slug, descendingScores(5));
  await openLive(page, slug);
  await submitAs(page, 'Ada', '3');
  await expect(page.locator('.you .big')).toBeVisible();
  return slug;
}

/** Delivers messages to the service worker, as a push service does. */
async function deliver(session: CDPSession, origin: string, messages: unknown[]): Promise<void> {
  const registered = new Promise<string>((resolve) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const own = registrations.find(({ scopeURL }) => scopeURL === `${origin}/`);
      if (own) resolve(own.registrationId);
    });
  });
  await session.send('ServiceWorker.enable');
  const registrationId = await registered;
  for (const message of messages) {
    await session.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data: JSON.stringify(message) });
  }
}

type Shown = { title: string; options: NotificationOptions };
type RecordingWorker = { shown?: Shown[]; registration: ServiceWorkerRegistration };

/** Records the notifications of a worker, because a headless browser may show none. */
const record = (worker: Worker) => worker.evaluate(() => {
  const scope = globalThis as unknown as RecordingWorker;
  scope.shown = [];
  scope.registration.showNotification = async (title, options = {}) => {
    scope.shown?.push({ title, options });
  };
});

const shownBy = (worker: Worker) => worker.evaluate(() => (globalThis as unknown as RecordingWorker).shown ?? []);

/** The message that the server sends for a board. */
const message = (board: string, id = '0'.repeat(32)) => ({
  title: 'Push',
  body: 'Bob overtook you. You are now rank 4.',
  stop: 'Stop',
  board,
  url: `/boards/${board}?me=1`,
  id,
});

type Effects = { closed: number; focused: string[]; opened: string[]; requests: string[] };

/**
 * Clicks the notification that a worker showed last, or one of its actions, and returns what the worker did. No
 * headless browser has notifications to click, and only a click may focus or open a window, so both are recorded.
 */
const click = (worker: Worker, action: string): Promise<Effects> => worker.evaluate(async (action) => {
  const scope = globalThis as unknown as RecordingWorker & EventTarget & {
    clients: { openWindow(href: string): Promise<null> };
    fetch: typeof fetch;
  };
  const effects: Effects = { closed: 0, focused: [], opened: [], requests: [] };
  const { WindowClient } = globalThis as unknown as { WindowClient: { prototype: { url: string; focus(): Promise<unknown> } } };
  WindowClient.prototype.focus = async function focus(this: { url: string }) {
    effects.focused.push(this.url);
    return this;
  };
  scope.clients.openWindow = async (href) => {
    effects.opened.push(href);
    return null;
  };
  const send = fetch;
  scope.fetch = async (input, init) => {
    const response = await send(input, init);
    effects.requests.push(`${init?.method ?? 'GET'} ${String(input)} ${response.status}`);
    return response;
  };
  const notification = { data: scope.shown?.at(-1)?.options.data, close: () => { effects.closed += 1; } };
  const lifetimes: Promise<unknown>[] = [];
  // A script's own event cannot extend the lifetime of the worker.
  const waitUntil = (lifetime: Promise<unknown>) => { lifetimes.push(lifetime); };
  scope.dispatchEvent(Object.assign(new Event('notificationclick'), { notification, action, waitUntil }));
  await Promise.all(lifetimes);
  scope.fetch = send;
  return effects;
}, action);

/** The service worker, once it controls the page. */
async function controllingWorker(page: Page): Promise<Worker> {
  const context = page.context();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  return context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
}

test.describe('with the service worker', () => {
  test.use({ serviceWorkers: 'allow' });

  test('a click on a notification shows the board, in its tab if there is one', async ({ page, context, api, server }) => {
    await context.grantPermissions(['notifications'], { origin: server.url });
    const slug = await newBoard(api, 'Clicked');
    await page.goto('/');
    const worker = await controllingWorker(page);
    await record(worker);
    await deliver(await context.newCDPSession(page), server.url, [message(slug)]);
    await expect.poll(async () => (await shownBy(worker)).length).toBe(1);
    const address = `${server.url}/boards/${slug}`;
    expect(await click(worker, '')).toEqual({ closed: 1, focused: [], opened: [`${address}?me=1`], requests: [] });
    await page.goto(`/boards/${slug}`);
    await controllingWorker(page);
    expect(await click(worker, '')).toEqual({ closed: 1, focused: [address], opened: [], requests: [] });
  });

  test('“Stop” in a notification ends its subscription at the server and opens nothing', async ({ page, context, api, server }) => {
    await context.grantPermissions(['notifications'], { origin: server.url });
    const slug = await newBoard(api, 'Stopped');
    await page.goto('/');
    const worker = await controllingWorker(page);
    await record(worker);
    const id = 'a1'.repeat(16);
    await deliver(await context.newCDPSession(page), server.url, [message(slug, id)]);
    await expect.poll(async () => (await shownBy(worker)).length).toBe(1);
    const [only] = await shownBy(worker);
    expect(only?.options).toMatchObject({ actions: [{ action: 'stop', title: 'Stop' }] });
    expect(await click(worker, 'stop')).toEqual({ closed: 1, focused: [], opened: [], requests: [`DELETE /api/v1/push/${id} 204`] });
  });

  test('a player turns notifications on and off @phone', async ({ page, context, api, server }) => {
    await context.grantPermissions(['notifications'], { origin: server.url });
    await replacePushService(page);
    const slug = await newPlayer(page, api);
    await expect(button(page)).toHaveAttribute('aria-pressed', 'false');
    await button(page).click();
    await expect(button(page)).toHaveAttribute('aria-pressed', 'true');
    await expect(page.getByText('You will get a notification when others overtake you here')).toBeVisible();
    // The state is remembered, and confirmed by the server.
    const confirmed = page.waitForResponse('**/_fn/push-state');
    await page.goto(`/boards/${slug}`);
    expect((await confirmed).status()).toBe(200);
    await expect(button(page)).toHaveAttribute('aria-pressed', 'true');
    await button(page).click();
    await expect(button(page)).toHaveAttribute('aria-pressed', 'false');
  });

  test('a refused permission is explained', async ({ page, context, api, server }) => {
    await context.grantPermissions([], { origin: server.url });
    await page.addInitScript(() => {
      Notification.requestPermission = async () => 'denied';
      Object.defineProperty(Notification, 'permission', { get: () => 'denied' });
    });
    await newPlayer(page, api);
    await button(page).click();
    await expect(page.getByText('Your browser blocks notifications of this site.')).toBeVisible();
    await expect(button(page)).toHaveAttribute('aria-pressed', 'false');
  });

  test('a pushed message is shown, except on the visible board', async ({ page, context, api, server }) => {
    await context.grantPermissions(['notifications'], { origin: server.url });
    const slug = await newPlayer(page, api);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    await record(worker);
    const session = await context.newCDPSession(page);
    await deliver(session, server.url, [message(slug), message('another')]);
    await expect.poll(async () => (await shownBy(worker)).length).toBe(1);
    const [only] = await shownBy(worker);
    expect(only).toMatchObject({
      title: 'Push',
      options: {
        body: 'Bob overtook you. You are now rank 4.',
        tag: 'overtaken-another',
        data: { url: '/boards/another?me=1', id: '0'.repeat(32) },
        actions: [{ action: 'stop', title: 'Stop' }],
      },
    });
  });
});

test.describe('with the service worker of a reader who leaves', () => {
  test.use({ serviceWorkers: 'allow' });

  test('a session that ends takes the notifications along, unless the server refuses', async ({ page, context }) => {
    await page.goto('/');
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    const ended = await worker.evaluate(async () => {
      const scope = globalThis as unknown as {
        fetch: typeof fetch;
        changeReader(request: Request): Promise<Response>;
      };
      let ended = 0;
      const subscription = { unsubscribe: async () => { ended += 1; return true; } };
      PushManager.prototype.getSubscription = async () => subscription as unknown as PushSubscription;
      const counts: number[] = [];
      for (const [path, status] of [['erase', 401], ['password', 200], ['erase', 200], ['sign-out', 503]] as const) {
        scope.fetch = async () => new Response('', { status });
        await scope.changeReader(new Request(`/_fn/${path}`, { method: 'POST' }));
        counts.push(ended);
      }
      return counts;
    });
    expect(ended).toEqual([0, 0, 1, 2]);
  });
});

test('guests without a rank see no button', async ({ page, api }) => {
  const slug = await newBoard(api, 'Push');
  await submit(api, slug, descendingScores(5));
  await openLive(page, slug);
  await expect(button(page)).toBeHidden();
});
