// The realtime protocol as somebody else's client speaks it, knowing only its document; and our own
// page where sockets are blocked, or nobody looks at it.
import { EventSource } from 'eventsource';
import { WebSocket } from 'ws';
import { Api, expect, expectAccessible, Server, test } from './fixtures';
import { descendingScores, newBoard, openLive, rowAt, setPageVisible, submit, submitAs } from './boards';

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

/** What a client of a page keeps, and does with events. */
class Replica {
  page?: Page;
  position?: Position;
  recovered: boolean[] = [];
  misfits = 0;

  hear({ subscribed, state, change }: Event) {
    if (subscribed) this.recovered.push(subscribed.recovered);
    if (state?.state.page) {
      this.page = state.state.page;
      this.position = state.position;
    }
    const delta = change?.change.page;
    if (!change || !delta) return;
    const at = this.position;
    if (!this.page || !at || at.epoch !== change.position.epoch) {
      this.misfits += 1;
      return;
    }
    if (at.offset >= change.position.offset) return;
    if (at.offset < change.from[0] || at.offset > change.from[1]) {
      this.misfits += 1;
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

async function rest(api: Api, slug: string): Promise<{ rows: Row[]; total: number; position: Position }> {
  return api.get(`/api/v1/boards/${slug}/standings?limit=50`);
}

async function expectSame(api: Api, slug: string, replica: Replica) {
  const { rows, total } = await rest(api, slug);
  await expect.poll(() => replica.page && { rows: replica.page.rows, total: replica.page.total }).toEqual({ rows, total });
  expect(replica.misfits).toBe(0);
}

test('a plain WebSocket client follows a page, and comes back to it', async ({ api, server }) => {
  const slug = await newBoard(api, 'Third party');
  await submit(api, slug, descendingScores(60));
  const replica = new Replica();
  const connect = (since?: Position) => new Promise<WebSocket>((resolve, reject) => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, 'leaderport.v1.json');
    socket.on('open', () => {
      socket.send(JSON.stringify({ subscribe: { id: 1, channel: `page:${slug}:all_time:1`, since } }));
      resolve(socket);
    });
    socket.on('message', (data) => replica.hear(JSON.parse(String(data)) as Event));
    socket.on('error', reject);
  });
  const stays = await connect();
  await expectSame(api, slug, replica);
  await submit(api, slug, [{ player: 'p000040', value: 999 }, { player: 'new', name: 'New', value: 500 }]);
  await expectSame(api, slug, replica);

  // Another goes on watching; this one loses its connection and misses something.
  const other = new Replica();
  stays.removeAllListeners('message');
  stays.on('message', (data) => other.hear(JSON.parse(String(data)) as Event));
  other.page = replica.page;
  other.position = replica.position;
  await submit(api, slug, [{ player: 'p000041', value: 1001 }]);
  await expectSame(api, slug, other);
  const back = await connect(replica.position);
  await expectSame(api, slug, replica);
  expect(replica.recovered).toEqual([false, true]);
  stays.close();
  back.close();
});

test('what a plain client does wrong is said, and the connection stays', async ({ api, server }) => {
  const slug = await newBoard(api, 'Wrongs');
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`);
  const events: Event[] = [];
  socket.on('message', (data) => events.push(JSON.parse(String(data)) as Event));
  await new Promise((resolve) => socket.on('open', resolve));
  for (const wrong of ['{', '{"shout":{}}', `{"subscribe":{"id":5,"channel":"page:${slug}:all:0"}}`, '{"subscribe":{"id":6,"channel":"ops"}}']) socket.send(wrong);
  socket.send('{"ping":{"id":7}}');
  await expect.poll(() => events.at(-1)?.pong?.id).toBe(7);
  expect(events.slice(0, 4).map((event) => [event.error?.code, event.error?.id])).toEqual([
    ['malformed_json', null], ['unknown_command', null], ['invalid_value', 5], ['unauthorized', 6],
  ]);
  socket.close();
});

test('an ordinary EventSource follows a page, and goes on where it was', async ({ api, server }) => {
  const slug = await newBoard(api, 'Events');
  await submit(api, slug, descendingScores(60));
  const replica = new Replica();
  let last = '';
  const open = (since: string) => {
    const source = new EventSource(`${server.url}/api/v1/boards/${slug}/events?channels=page:all_time:1&since=${since}`);
    source.onmessage = ({ data, lastEventId }) => {
      last = lastEventId;
      replica.hear(JSON.parse(String(data)) as Event);
    };
    return source;
  };
  const stays = new EventSource(`${server.url}/api/v1/boards/${slug}/events?channels=page:all_time:1`);
  const source = open('');
  await expectSame(api, slug, replica);
  await submit(api, slug, [{ player: 'p000040', value: 999 }]);
  await expectSame(api, slug, replica);
  source.close();
  const { position } = await rest(api, slug);
  expect(last).toBe(`${position.epoch}.${position.offset}`);
  await submit(api, slug, [{ player: 'p000041', value: 1001 }]);
  const again = open(last);
  await expectSame(api, slug, replica);
  expect(replica.recovered).toEqual([false, true]);
  again.close();
  stays.close();
});

test('where sockets are blocked the page is live all the same @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Blocked');
  await submit(api, slug, descendingScores(120));
  await page.routeWebSocket('**/ws', (socket) => socket.close({ code: 1011, reason: 'blocked' }));
  await openLive(page, slug);
  await submit(api, slug, [{ player: 'p000040', value: 999 }]);
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000040');
  // What comes on screen is asked for by another stream.
  const asked = page.waitForRequest((request) => decodeURIComponent(request.url()).includes(`page:${slug}:all:3`));
  await page.getByRole('textbox', { name: 'Rank' }).fill('101');
  await page.keyboard.press('Enter');
  await asked;
  await expect(rowAt(page, 101)).toBeVisible();
  await submit(api, slug, [{ player: 'late', name: 'Late', value: 20 }]);
  await expect(page.locator('.row', { hasText: 'Late' })).toBeVisible();
  await expect(page.locator('.connection')).toHaveText('Live');
});

test('where sockets are blocked, every board of the home page is live all the same', async ({ browser }) => {
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

test('where streams are blocked, too, the page asks from time to time @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Blocked as well');
  await submit(api, slug, descendingScores(320));
  await page.routeWebSocket('**/ws', (socket) => socket.close({ code: 1011, reason: 'blocked' }));
  // Held back, as by what gathers an answer until its end.
  await page.route('**/events?*', (route) => route.request().url().includes('once=true') ? route.continue() : undefined);
  await page.goto(`/boards/${slug}`);
  await expect(page.locator('.connection')).toHaveText('Every few seconds', { timeout: 30_000 });
  await submit(api, slug, [{ player: 'p000040', value: 999 }]);
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000040', { timeout: 15_000 });
  // What comes on screen is asked for at once.
  await page.getByRole('textbox', { name: 'Rank' }).fill('301');
  await page.keyboard.press('Enter');
  await expect(rowAt(page, 301).locator('.name')).toHaveText('Player 000300');
  await submitAs(page, 'Ada', '2000');
  await expect(page.locator('.said')).toHaveText('Recorded. You rank #1.');
  await expect(page.locator('.row.pending')).toHaveCount(0, { timeout: 15_000 });
  await expect(page.locator('.unconnected')).toBeHidden();
});

test('a page that asks does so no more while nobody looks, and after an answer that failed', async ({ api, page }) => {
  const slug = await newBoard(api, 'Asked for');
  await submit(api, slug, descendingScores(20));
  await page.clock.install();
  await page.routeWebSocket('**/ws', (socket) => socket.close({ code: 1011, reason: 'blocked' }));
  let asked = 0;
  let isRefused = false;
  await page.route('**/events?*', (route) => {
    if (!route.request().url().includes('once=true')) return undefined;
    asked += 1;
    return isRefused ? route.fulfill({ status: 429, json: { code: 'too_many_requests' } }) : route.continue();
  });
  await page.goto(`/boards/${slug}`);
  // Ten seconds at a time, until it asks; no time passes by itself that a test would wait for.
  await expect(async () => {
    await page.clock.fastForward(10_000);
    await expect(page.locator('.connection')).toHaveText('Every few seconds', { timeout: 1_000 });
  }).toPass();
  await setPageVisible(page, false);
  await page.clock.fastForward(200);
  const before = asked;
  await submit(api, slug, [{ player: 'p000015', value: 999 }]);
  for (let seconds = 0; seconds < 120; seconds += 10) await page.clock.fastForward(10_000);
  expect(asked).toBe(before);
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000000');
  isRefused = true;
  await setPageVisible(page, true);
  await expect(async () => {
    await page.clock.fastForward(1_000);
    expect(asked).toBeGreaterThan(before);
  }).toPass();
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000000');
  isRefused = false;
  await expect(async () => {
    await page.clock.fastForward(10_000);
    await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000015', { timeout: 1_000 });
  }).toPass();
});

test('a page that nobody looks at hears nothing, and is right when somebody does', async ({ api, browser, page, server: home }) => {
  const slug = await newBoard(api, 'Hidden');
  await submit(api, slug, descendingScores(20));
  const asked: string[] = [];
  const heard: string[] = [];
  await page.routeWebSocket('**/ws', (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      asked.push(message.toString());
      server.send(message);
    });
    server.onMessage((message) => {
      heard.push(message.toString());
      socket.send(message);
    });
  });
  await openLive(page, slug);
  const other = await browser.newPage({ baseURL: home.url });
  await openLive(other, slug);
  // The last that comes before it is left.
  await expect(page.locator('.watching')).toHaveText('2 watching');
  const channels = [`page:${slug}:all:1`, `board:${slug}`, `presence:${slug}`, `feed:${slug}:all`];
  const [before, told] = [asked.length, heard.length];
  await setPageVisible(page, false);
  const areNamed = (messages: string[]) => channels.every((channel) => messages.some((message) => message.includes(channel)));
  await expect.poll(() => areNamed(asked.slice(before))).toBe(true);
  // All have been left when each was answered.
  await expect.poll(() => areNamed(heard.slice(told))).toBe(true);
  const quiet = heard.length;
  await submit(api, slug, [{ player: 'p000015', value: 999 }]);
  // Somebody who looks has it, so this one would have.
  await expect(rowAt(other, 1).locator('.name')).toHaveText('Player 000015');
  expect(heard.slice(quiet)).toEqual([]);
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000000');
  await other.close();
  await setPageVisible(page, true);
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000015');
});

test('a connection that has died unnoticed is replaced soon after somebody looks', async ({ api, page }) => {
  const slug = await newBoard(api, 'Asleep');
  await submit(api, slug, descendingScores(20));
  let opened = 0;
  let isDead = false;
  await page.routeWebSocket('**/ws', (socket) => {
    opened += 1;
    const isFirst = opened === 1;
    const server = socket.connectToServer();
    const arrives = () => !(isFirst && isDead);
    socket.onMessage((message) => { if (arrives()) server.send(message); });
    server.onMessage((message) => { if (arrives()) socket.send(message); });
  });
  await openLive(page, slug);
  isDead = true;
  await setPageVisible(page, false);
  await submit(api, slug, [{ player: 'p000015', value: 999 }]);
  await setPageVisible(page, true);
  // Long before a silence is noticed by itself.
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000015', { timeout: 12_000 });
  expect(opened).toBe(2);
});

test('who watches is counted, and a changed board says so', async ({ api, browser, page, server }) => {
  const slug = await newBoard(api, 'Watched');
  await submit(api, slug, descendingScores(5));
  await openLive(page, slug);
  await expect(page.locator('.watching')).toHaveText('1 watching');
  const other = await browser.newPage({ baseURL: server.url });
  await openLive(other, slug);
  await expect(page.locator('.watching')).toHaveText('2 watching');
  await other.close();
  await expect(page.locator('.watching')).toHaveText('1 watching');
  await api.put(`/api/v1/boards/${slug}`, { title: 'Watched still', policy: 'best', order: 'descending', tie: 'earliest', periods: ['all_time'] });
  await page.getByRole('button', { name: 'Show them' }).click();
  await expect(page.getByRole('heading', { name: 'Watched still' })).toBeVisible();
});

for (const scheme of ['light', 'dark'] as const) {
  test(`the protocol's document is a page, in ${scheme} @phone`, async ({ page }, testInfo) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto('/');
    await page.getByRole('link', { name: 'Realtime' }).click();
    await expect(page.getByRole('heading', { name: 'Subscribing, and coming back' })).toBeVisible();
    await expect(page.getByRole('cell', { name: 'presence:{board}' })).toBeVisible();
    await expectAccessible(page);
    await page.screenshot({ path: `screenshots/docs-realtime-${testInfo.project.name}-${scheme}.png` });
  });
}
