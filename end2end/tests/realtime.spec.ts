// The realtime protocol, used by third-party clients that rely on its documentation alone. Also the
// board page with blocked WebSockets or event streams, and while the page is hidden.
import { EventSource } from 'eventsource';
import { WebSocket } from 'ws';
import { Api, expect, expectAccessible, Server, test } from './fixtures';
import { boardRules, descendingScores, newBoard, openLive, rowAt, setPageVisible, submit, submitAs } from './boards';

type Position = { epoch: string; offset: number };
type Row = { rank: number; player: string; name: string; score: number; achieved_at: string };
type Page = { number: number; total: number; rows: Row[] };
type Edit = { row: Row } | { copy: [number, number, number] };
type Event = {
  subscribed?: { id: number; channel: string; recovered: boolean };
  state?: { channel: string; position: Position; state: { page?: Page } };
  change?: { channel: string; from: [number, number]; position: Position; change: { page?: { total: number; edits: Edit[] } } };
  pong?: { id: number };
  error?: { id: number | null; code: string; message: string };
};

/** A client's copy of a page, which applies the events of the page's channel. */
class Replica {
  page?: Page;
  position?: Position;
  recovered: boolean[] = [];
  unexpectedChanges = 0;

  receive({ subscribed, state, change }: Event) {
    if (subscribed) this.recovered.push(subscribed.recovered);
    if (state?.state.page) {
      this.page = state.state.page;
      this.position = state.position;
    }
    const delta = change?.change.page;
    if (!change || !delta) return;
    const current = this.position;
    if (!this.page || !current || current.epoch !== change.position.epoch) {
      this.unexpectedChanges += 1;
      return;
    }
    if (current.offset >= change.position.offset) return;
    if (current.offset < change.from[0] || current.offset > change.from[1]) {
      this.unexpectedChanges += 1;
      return;
    }
    const old = this.page.rows;
    const rows = delta.edits.flatMap((edit) => {
      if ('row' in edit) return [edit.row];
      const [from, count, shift] = edit.copy;
      return old.slice(from, from + count).map((row) => ({ ...row, rank: row.rank + shift }));
    });
    this.page = { ...this.page, total: delta.total, rows };
    this.position = change.position;
  }
}

async function fetchFirstPage(api: Api, slug: string): Promise<{ rows: Row[]; total: number; position: Position }> {
  return api.get(`/api/v1/boards/${slug}/standings?limit=50`);
}

async function expectUpToDate(api: Api, slug: string, replica: Replica) {
  const { rows, total } = await fetchFirstPage(api, slug);
  await expect.poll(() => replica.page && { rows: replica.page.rows, total: replica.page.total }).toEqual({ rows, total });
  expect(replica.unexpectedChanges).toBe(0);
}

test('a third-party WebSocket client follows a page and recovers after reconnecting', async ({ api, server }) => {
  const slug = await newBoard(api, 'Third party');
  await submit(api, slug, descendingScores(60));
  const replica = new Replica();
  const connect = (since?: Position) => new Promise<WebSocket>((resolve, reject) => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, 'leaderport.v1.json');
    socket.on('open', () => {
      socket.send(JSON.stringify({ subscribe: { id: 1, channel: `page:${slug}:all_time:1`, since } }));
      resolve(socket);
    });
    socket.on('message', (data) => replica.receive(JSON.parse(String(data)) as Event));
    socket.on('error', reject);
  });
  const firstSocket = await connect();
  await expectUpToDate(api, slug, replica);
  await submit(api, slug, [{ player: 'p000040', value: 999 }, { player: 'new', name: 'New', value: 500 }]);
  await expectUpToDate(api, slug, replica);

  // The first socket now feeds another replica. The first replica has no connection and misses a change.
  const other = new Replica();
  firstSocket.removeAllListeners('message');
  firstSocket.on('message', (data) => other.receive(JSON.parse(String(data)) as Event));
  other.page = replica.page;
  other.position = replica.position;
  await submit(api, slug, [{ player: 'p000041', value: 1001 }]);
  await expectUpToDate(api, slug, other);
  const secondSocket = await connect(replica.position);
  await expectUpToDate(api, slug, replica);
  expect(replica.recovered).toEqual([false, true]);
  firstSocket.close();
  secondSocket.close();
});

test('invalid commands get an error and do not close the connection', async ({ api, server }) => {
  const slug = await newBoard(api, 'Wrongs');
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`);
  const events: Event[] = [];
  socket.on('message', (data) => events.push(JSON.parse(String(data)) as Event));
  await new Promise((resolve) => socket.on('open', resolve));
  for (const command of ['{', '{"shout":{}}', `{"subscribe":{"id":5,"channel":"page:${slug}:all:0"}}`, '{"subscribe":{"id":6,"channel":"ops"}}']) socket.send(command);
  socket.send('{"ping":{"id":7}}');
  await expect.poll(() => events.at(-1)?.pong?.id).toBe(7);
  expect(events.slice(0, 4).map((event) => [event.error?.code, event.error?.id])).toEqual([
    ['malformed_json', null], ['unknown_command', null], ['invalid_value', 5], ['unauthorized', 6],
  ]);
  socket.close();
});

test('a third-party EventSource follows a page and resumes from its last event id', async ({ api, server }) => {
  const slug = await newBoard(api, 'Events');
  await submit(api, slug, descendingScores(60));
  const replica = new Replica();
  let lastId = '';
  const open = (since: string) => {
    const source = new EventSource(`${server.url}/api/v1/boards/${slug}/events?channels=page:all_time:1&since=${since}`);
    source.onmessage = ({ data, lastEventId }) => {
      lastId = lastEventId;
      replica.receive(JSON.parse(String(data)) as Event);
    };
    return source;
  };
  // The second subscriber keeps the page watched while the first is disconnected.
  const secondSource = new EventSource(`${server.url}/api/v1/boards/${slug}/events?channels=page:all_time:1`);
  const source = open('');
  await expectUpToDate(api, slug, replica);
  await submit(api, slug, [{ player: 'p000040', value: 999 }]);
  await expectUpToDate(api, slug, replica);
  source.close();
  const { position } = await fetchFirstPage(api, slug);
  expect(lastId).toBe(`${position.epoch}.${position.offset}`);
  await submit(api, slug, [{ player: 'p000041', value: 1001 }]);
  const resumedSource = open(lastId);
  await expectUpToDate(api, slug, replica);
  expect(replica.recovered).toEqual([false, true]);
  resumedSource.close();
  secondSource.close();
});

test('the board page falls back to an event stream if WebSockets are blocked @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Blocked');
  await submit(api, slug, descendingScores(120));
  await page.routeWebSocket('**/ws', (socket) => socket.close({ code: 1011, reason: 'blocked' }));
  await openLive(page, slug);
  await submit(api, slug, [{ player: 'p000040', value: 999 }]);
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000040');
  // The client opens another event stream for pages that come on screen.
  const streamRequest = page.waitForRequest((request) => decodeURIComponent(request.url()).includes(`page:${slug}:all:3`));
  await page.getByRole('textbox', { name: 'Rank' }).fill('101');
  await page.keyboard.press('Enter');
  await streamRequest;
  await expect(rowAt(page, 101)).toBeVisible();
  await submit(api, slug, [{ player: 'late', name: 'Late', value: 20 }]);
  await expect(page.locator('.row', { hasText: 'Late' })).toBeVisible();
  await expect(page.locator('.connection')).toHaveText('Live');
});

test('the home page follows all visible boards over one event stream if WebSockets are blocked', async ({ browser }) => {
  const server = await Server.start();
  const api = new Api(server.url, server.token);
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  const slugs = [await newBoard(api, 'One stream'), await newBoard(api, 'Same stream')];
  for (const slug of slugs) await submit(api, slug, descendingScores(5));
  await page.routeWebSocket('**/ws', (socket) => socket.close({ code: 1011, reason: 'blocked' }));
  const stream = page.waitForRequest((request) => slugs.every((slug) => decodeURIComponent(request.url()).includes(`page:${slug}:all:1`)));
  await page.goto('/');
  await stream;
  for (const slug of slugs) {
    await submit(api, slug, [{ player: 'comet', name: 'Comet', value: 1_000 }]);
    const card = page.locator(`a[href="/boards/${slug}"]`);
    await expect(card.locator('.leaders .name').first()).toHaveText('Comet');
  }
  await context.close();
  await server.stop();
});

test('the board page polls if WebSockets and event streams are blocked @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Blocked as well');
  await submit(api, slug, descendingScores(320));
  await page.routeWebSocket('**/ws', (socket) => socket.close({ code: 1011, reason: 'blocked' }));
  // Holds event streams back, as a buffering proxy does. Requests with `once=true` are polls.
  await page.route('**/events?*', (route) => route.request().url().includes('once=true') ? route.continue() : undefined);
  await page.goto(`/boards/${slug}`);
  await expect(page.locator('.connection')).toHaveText('Updates every 5 s', { timeout: 30_000 });
  await submit(api, slug, [{ player: 'p000040', value: 999 }]);
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000040', { timeout: 15_000 });
  // The client polls immediately for pages that come on screen.
  await page.getByRole('textbox', { name: 'Rank' }).fill('301');
  await page.keyboard.press('Enter');
  await expect(rowAt(page, 301).locator('.name')).toHaveText('Player 000300');
  await submitAs(page, 'Ada', '2000');
  await expect(page.locator('.status')).toHaveText('Recorded. You rank #1.');
  await expect(page.locator('.row.pending')).toHaveCount(0, { timeout: 15_000 });
  await expect(page.locator('.unconnected')).toBeHidden();
});

test('polling pauses while the page is hidden and goes on after a failed request', async ({ api, page }) => {
  const slug = await newBoard(api, 'Asked for');
  await submit(api, slug, descendingScores(20));
  await page.clock.install();
  await page.routeWebSocket('**/ws', (socket) => socket.close({ code: 1011, reason: 'blocked' }));
  let polls = 0;
  let isRefused = false;
  await page.route('**/events?*', (route) => {
    if (!route.request().url().includes('once=true')) return undefined;
    polls += 1;
    return isRefused ? route.fulfill({ status: 429, json: { code: 'too_many_requests' } }) : route.continue();
  });
  await page.goto(`/boards/${slug}`);
  // Advances the clock by 10 s at a time until the client polls, instead of waiting in real time.
  await expect(async () => {
    await page.clock.fastForward(10_000);
    await expect(page.locator('.connection')).toHaveText('Updates every 5 s', { timeout: 1_000 });
  }).toPass();
  await setPageVisible(page, false);
  await page.clock.fastForward(200);
  const before = polls;
  await submit(api, slug, [{ player: 'p000015', value: 999 }]);
  for (let seconds = 0; seconds < 120; seconds += 10) await page.clock.fastForward(10_000);
  expect(polls).toBe(before);
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000000');
  isRefused = true;
  await setPageVisible(page, true);
  await expect(async () => {
    await page.clock.fastForward(1_000);
    expect(polls).toBeGreaterThan(before);
  }).toPass();
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000000');
  isRefused = false;
  await expect(async () => {
    await page.clock.fastForward(10_000);
    await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000015', { timeout: 1_000 });
  }).toPass();
});

test('a hidden page unsubscribes from all channels and catches up when it is shown', async ({ api, browser, page, server: leaderport }) => {
  const slug = await newBoard(api, 'Hidden');
  await submit(api, slug, descendingScores(20));
  const sent: string[] = [];
  const received: string[] = [];
  await page.routeWebSocket('**/ws', (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      sent.push(message.toString());
      server.send(message);
    });
    server.onMessage((message) => {
      received.push(message.toString());
      socket.send(message);
    });
  });
  await openLive(page, slug);
  const other = await browser.newPage({ baseURL: leaderport.url });
  await openLive(other, slug);
  // The number of viewers is the last message before the page is hidden.
  await expect(page.locator('.watching')).toHaveText('2 watching');
  const channels = [`page:${slug}:all:1`, `board:${slug}`, `presence:${slug}`, `feed:${slug}:all`];
  const [sentBefore, receivedBefore] = [sent.length, received.length];
  await setPageVisible(page, false);
  const includeAllChannels = (messages: string[]) => channels.every((channel) => messages.some((message) => message.includes(channel)));
  await expect.poll(() => includeAllChannels(sent.slice(sentBefore))).toBe(true);
  // The server confirms each unsubscription.
  await expect.poll(() => includeAllChannels(received.slice(receivedBefore))).toBe(true);
  const receivedWhenHidden = received.length;
  await submit(api, slug, [{ player: 'p000015', value: 999 }]);
  // A visible page has received the change, so a subscribed one would have received it, too.
  await expect(rowAt(other, 1).locator('.name')).toHaveText('Player 000015');
  expect(received.slice(receivedWhenHidden)).toEqual([]);
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000000');
  await other.close();
  await setPageVisible(page, true);
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000015');
});

test('a page that is shown again soon replaces a connection that died silently', async ({ api, page }) => {
  const slug = await newBoard(api, 'Asleep');
  await submit(api, slug, descendingScores(20));
  let connections = 0;
  let isDead = false;
  await page.routeWebSocket('**/ws', (socket) => {
    connections += 1;
    const isFirst = connections === 1;
    const server = socket.connectToServer();
    const isOpen = () => !(isFirst && isDead);
    socket.onMessage((message) => { if (isOpen()) server.send(message); });
    server.onMessage((message) => { if (isOpen()) socket.send(message); });
  });
  await openLive(page, slug);
  isDead = true;
  await setPageVisible(page, false);
  await submit(api, slug, [{ player: 'p000015', value: 999 }]);
  await setPageVisible(page, true);
  // The timeout is shorter than the silence after which a visible page reconnects.
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000015', { timeout: 12_000 });
  expect(connections).toBe(2);
});

test('the page counts viewers and offers to reload after a change of the board', async ({ api, browser, page, server }) => {
  const slug = await newBoard(api, 'Watched');
  await submit(api, slug, descendingScores(5));
  await openLive(page, slug);
  await expect(page.locator('.watching')).toHaveText('1 watching');
  const other = await browser.newPage({ baseURL: server.url });
  await openLive(other, slug);
  await expect(page.locator('.watching')).toHaveText('2 watching');
  await other.close();
  await expect(page.locator('.watching')).toHaveText('1 watching');
  await api.put(`/api/v1/boards/${slug}`, boardRules('Watched still'));
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect(page.getByRole('heading', { name: 'Watched still' })).toBeVisible();
});

for (const scheme of ['light', 'dark'] as const) {
  test(`the site has a page with the protocol documentation, in ${scheme} @phone`, async ({ page }, testInfo) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto('/');
    await page.getByRole('link', { name: 'Docs', exact: true }).click();
    await page.getByRole('article').getByRole('link', { name: 'Realtime protocol' }).click();
    await expect(page.getByRole('heading', { name: 'Subscribing, and coming back' })).toBeVisible();
    await expect(page.getByRole('cell', { name: 'presence:{board}' })).toBeVisible();
    await expectAccessible(page);
    await page.screenshot({ path: `screenshots/docs-realtime-${testInfo.project.name}-${scheme}.png` });
  });
}
