// A client for LeaderPort: boards, standings, submissions and live rows, in browsers and in Node 20 or newer.
//
//   import { LeaderPort } from 'https://boards.example/sdk/leaderport.js';
//   const board = new LeaderPort('https://boards.example').board('arena');
//   board.subscribe({ rows: 10, period: 'weekly' }, ({ rows }) => console.log(rows));
//
// - Live rows come over a WebSocket. Where it is refused they come over an event stream, and where that is
//   refused, too, by polling. After a lost connection each channel continues from its position.
// - A submission gets its id once and keeps it in all retries, so it counts once. It waits in a bounded queue
//   while the server cannot be reached.
// - Reads need no credentials. The token is sent with submissions, and over the WebSocket for `me`.
//
// docs/client.md describes the use, leaderport.d.ts the types, docs/realtime-protocol the frames.

const PAGE_ROWS = 50;
const MAX_ROWS = 500;
const MAX_FEED = 30;
const MAX_QUEUED = 100;
/** Attempts without an event before the next transport. */
const SILENT_ATTEMPTS = 3;
const TRANSPORTS = ['websocket', 'events', 'polling'];
const POLL_MS = 5_000;
/** Time after which a connection over HTTP tries the WebSocket again. */
const BETTER_MS = 60_000;
const PING_MS = 10_000;
/** Least time before the next attempt with a token. */
const RENEW_MS = 10_000;
/** Ids of commands. Those of channels follow. */
const [PING, AUTHENTICATE] = [1, 2];
/** Time for the beginning of an event stream. A proxy may hold it back. */
const BEGIN_MS = 10_000;
const REQUEST_MS = 35_000;
/** Event streams have a comment every 15 seconds. */
const SILENCE_MS = 40_000;
/** Time for which a confirmed score stays laid over rows that do not contain it. */
const CONFIRMED_MS = 10_000;
const RETRIABLE = ['too_many_requests', 'busy', 'unavailable', 'board_recounting', 'too_many_connections'];

/** A refusal of the server, or `unreachable`, `foreign_origin`, `no_token`, `queue_full` or `closed` of this client. */
export class LeaderPortError extends Error {
  /** @param {{code: string, status?: number, detail: string, field?: string, retryAfter?: number, queued?: boolean}} problem */
  constructor({ code, status = 0, detail, field, retryAfter, queued = false }) {
    super(detail);
    this.name = 'LeaderPortError';
    Object.assign(this, { code, status, detail, field, retryAfter, queued });
  }
}

/** A random delay in milliseconds, below a bound that doubles with each failure. */
const jitter = (failures, cap = 15_000) => Math.random() * Math.min(cap, 250 * 2 ** Math.min(failures, 16));

/** A UUID of version 7. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  for (let i = 0; i < 6; i += 1) bytes[i] = Math.floor(now / 256 ** (5 - i)) % 256;
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Whether the same request may succeed later. */
const isTemporary = ({ code, status }) => ['unreachable', 'no_token'].includes(code) || status >= 500 || [408, 429].includes(status);

const hasReached = (position, other) => position.epoch !== other.epoch || position.offset >= other.offset;

/** One server. */
export class LeaderPort {
  /**
   * @param {string | URL} url the server's address, without a path
   * @param {import('./leaderport.d.ts').Options} [options]
   */
  constructor(url, options = {}) {
    const place = globalThis.location;
    this.origin = new URL(url, place?.href).origin;
    this.isForeign = Boolean(place) && place.origin !== this.origin;
    this.options = options;
    this.fetch = options.fetch ?? ((...request) => globalThis.fetch(...request));
    this.connection = new Connection(this);
    this.queue = new Queue(this);
    // Without a token, the scores that this browser stores may be those of a player who signs in later.
    if (options.token) this.queue.send();
  }

  /** @param {string} slug */
  board(slug) {
    return new Board(this, slug);
  }

  async boards() {
    return (await this.request('/boards')).boards;
  }

  /** Sends the queued scores now. */
  flush() {
    this.queue.send(true);
  }

  /** The number of scores that wait. */
  get queued() {
    return this.queue.entries.length;
  }

  /** Ends all subscriptions. Queued scores stay in the browser. */
  close() {
    for (const subscription of [...this.connection.subscriptions]) subscription.close();
    this.connection.close();
    this.queue.close();
  }

  /** The current token; undefined without one. */
  async token() {
    const { token } = this.options;
    try {
      return typeof token === 'function' ? await token() : token;
    } catch (error) {
      throw new LeaderPortError({ code: 'no_token', detail: `there is no token: ${error?.message}` });
    }
  }

  /**
   * A request to the JSON API. The answer is the body; a refusal is thrown as a `LeaderPortError`.
   * @param {string} path below `/api/v1`
   * @param {{method?: string, query?: object, body?: unknown, signal?: AbortSignal}} [request]
   */
  async request(path, { method = 'GET', query = {}, body, signal } = {}) {
    const url = new URL(`/api/v1${path}`, this.origin);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null) url.searchParams.set(name, String(value));
    }
    const headers = {};
    // A page may read without credentials from any origin, but with a token only from an allowed one.
    const token = method === 'GET' && globalThis.location ? undefined : await this.token();
    if (token) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    let response;
    let text;
    try {
      const limit = signal ?? AbortSignal.timeout(REQUEST_MS);
      response = await this.fetch(url, { method, headers, body: body && JSON.stringify(body), signal: limit });
      text = await response.text();
    } catch (error) {
      throw new LeaderPortError({ code: 'unreachable', detail: `${this.origin} cannot be reached: ${error.message}` });
    }
    if (!response.ok) throw refusal(response, text);
    try {
      return text ? JSON.parse(text) : undefined;
    } catch {
      // A network that asks for a sign-in answers with a page of its own.
      throw new LeaderPortError({ code: 'unreachable', status: response.status, detail: `${this.origin} did not answer with JSON` });
    }
  }
}

/** The error of a response. */
function refusal({ status, headers }, text) {
  let problem = {};
  try {
    problem = JSON.parse(text);
  } catch {
    // A proxy answered.
  }
  const retryAfter = Number(headers.get('retry-after')) || undefined;
  const { code = 'unavailable', detail = `the answer has the status ${status}`, field } = problem;
  return new LeaderPortError({ code, status, detail, field, retryAfter });
}

/** A board of a server. */
class Board {
  constructor(client, slug) {
    this.client = client;
    this.slug = slug;
    this.path = `/boards/${encodeURIComponent(slug)}`;
  }

  definition() {
    return this.client.request(this.path);
  }

  seasons(query) {
    return this.client.request(`${this.path}/seasons`, { query });
  }

  /** Rows by `offset`, by `page` (from 1), or around a `rank`. */
  standings({ page, rank, limit = PAGE_ROWS, offset, ...season } = {}) {
    if (page !== undefined) offset = (page - 1) * limit;
    if (rank !== undefined) offset = Math.max(0, rank - 1 - Math.floor(limit / 2));
    return this.client.request(`${this.path}/standings`, { query: { ...season, offset, limit } });
  }

  around(player, query) {
    return this.client.request(`${this.of(player)}/around`, { query });
  }

  player(player, query) {
    return this.client.request(this.of(player), { query });
  }

  async history(player, query) {
    return (await this.client.request(`${this.of(player)}/history`, { query })).milestones;
  }

  async search(name, query) {
    return (await this.client.request(`${this.path}/players`, { query: { ...query, name } })).players;
  }

  of(player) {
    return `${this.path}/standings/${encodeURIComponent(player)}`;
  }

  /**
   * Submits a score. Subscriptions show it at once as `pending`. While the server cannot be reached, it waits
   * in the queue, and the promise with it. A refusal rejects the promise.
   */
  submit(score) {
    return this.client.queue.add(this.slug, { ...score, id: score.id ?? newId() });
  }

  /** Follows rows and more; `listener` gets a new snapshot after each change. */
  subscribe(options, listener) {
    return new Subscription(this, options, listener);
  }
}

/** Scores that wait for the server: each has an entry of its own in the browser's storage, shared by all tabs. */
class Queue {
  constructor(client) {
    this.client = client;
    this.prefix = `leaderport:${client.origin}:`;
    this.entries = [];
    this.failures = 0;
    this.isSending = false;
    /** Whether the server has answered a submission of this page's origin. */
    this.isAccepted = false;
    this.isClosed = false;
    this.online = () => this.send(true);
    globalThis.addEventListener?.('online', this.online);
    try {
      this.storage = client.options.storage === undefined ? globalThis.localStorage : client.options.storage;
    } catch {
      // The browser blocks storage here. The queue is then in memory only.
    }
  }

  add(slug, score) {
    this.load();
    if (this.isClosed || this.entries.length >= MAX_QUEUED) {
      const problem = this.isClosed ? ['closed', 'the client is closed'] : ['queue_full', `${MAX_QUEUED} scores wait already`];
      return Promise.reject(new LeaderPortError({ code: problem[0], detail: problem[1] }));
    }
    const entry = { slug, score, at: Date.now() };
    const settled = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
    this.entries.push(entry);
    this.try((storage) => storage.setItem(this.prefix + score.id, JSON.stringify({ slug, score, at: entry.at })));
    this.client.connection.overlay(slug, { ...score, at: entry.at });
    this.send();
    return settled;
  }

  /** Adds the stored scores of earlier pages. */
  load() {
    this.try((storage) => {
      for (let i = 0; i < storage.length; i += 1) {
        const key = storage.key(i);
        if (!key?.startsWith(this.prefix) || this.entries.some(({ score }) => key === this.prefix + score.id)) continue;
        const { slug, score, at } = JSON.parse(storage.getItem(key));
        this.entries.push({ slug, score, at });
      }
    });
    this.entries.sort((a, b) => a.at - b.at);
  }

  try(use) {
    try {
      if (this.storage) use(this.storage);
    } catch {
      // Full or blocked storage: the entry is in memory.
    }
  }

  /** Sends the queue, oldest first. `isNow` does not wait for the next retry. */
  async send(isNow = false) {
    if (this.timer && !isNow) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isWanted = this.isSending;
    if (this.isSending || this.isClosed) return;
    this.isSending = true;
    try {
      // One tab sends at a time. The ids make a repeat harmless where locks are missing.
      const locks = globalThis.navigator?.locks;
      if (locks) await locks.request(this.prefix, () => this.sendAll());
      else await this.sendAll();
    } finally {
      this.isSending = false;
    }
    // A score may have come between the last answer and this moment.
    if (this.isWanted) this.send();
  }

  async sendAll() {
    this.load();
    while (this.entries.length > 0 && !this.isClosed) {
      const [entry] = this.entries;
      // Another tab may have sent it. Its answer is then repeated by the server.
      const isGone = !entry.resolve && this.storage && !this.storage.getItem(this.prefix + entry.score.id);
      try {
        const answer = isGone ? undefined : await this.post(entry);
        this.failures = 0;
        this.remove(entry);
        if (answer) this.client.connection.confirm(entry, answer);
        entry.resolve?.(answer);
      } catch (error) {
        if (!(error instanceof LeaderPortError)) throw error;
        if (error.status === 401) {
          // Stays in the queue until the player has signed in again, and `flush` is called.
          Object.assign(error, { queued: true });
          for (const waiting of this.entries) waiting.reject?.(error);
          return;
        }
        if (isTemporary(error)) {
          const wait = Math.max((error.retryAfter ?? 0) * 1000, jitter(this.failures, 60_000));
          this.failures += 1;
          this.timer = setTimeout(() => { this.timer = undefined; this.send(); }, wait);
          return;
        }
        this.remove(entry);
        this.client.connection.confirm(entry, undefined);
        entry.reject?.(error);
      }
    }
  }

  async post({ slug, score }) {
    const path = `/boards/${encodeURIComponent(slug)}`;
    const post = async () => {
      try {
        const answer = await this.client.request(`${path}/submissions`, { method: 'POST', body: score });
        this.isAccepted = true;
        return answer;
      } catch (error) {
        // A page cannot read the status of an answer to a refused origin.
        this.isAccepted ||= error.status > 0;
        throw error;
      }
    };
    try {
      return await post();
    } catch (error) {
      if (error.code !== 'unreachable' || !this.client.isForeign || this.isAccepted) throw error;
      // A browser hides a refused origin as a network error. A server that answers a read can be reached.
      await this.client.request(path);
      try {
        return await post();
      } catch (again) {
        if (again.code !== 'unreachable') throw again;
        const detail = `${this.client.origin} does not accept scores from ${location.origin}: start it with --allow-origin ${location.origin}`;
        throw new LeaderPortError({ code: 'foreign_origin', detail });
      }
    }
  }

  remove(entry) {
    this.entries = this.entries.filter((other) => other !== entry);
    this.try((storage) => storage.removeItem(this.prefix + entry.score.id));
  }

  close() {
    this.isClosed = true;
    clearTimeout(this.timer);
    globalThis.removeEventListener?.('online', this.online);
  }
}

/** A channel of the realtime protocol, with its last state. */
class Channel {
  constructor(id, name) {
    Object.assign(this, { id, name, actual: name, failures: 0 });
    /** @type {Set<Subscription>} */
    this.users = new Set();
  }

  /** Applies a change to the state. False if an earlier change is missing. */
  apply({ from, position, change }) {
    const at = this.position;
    if (!at || at.epoch !== position.epoch) return false;
    if (at.offset >= position.offset) return true;
    if (at.offset < from[0] || at.offset > from[1]) return false;
    if (change.page) {
      const old = this.state.page;
      const rows = change.page.edits.flatMap(({ row, copy }) => (row ? [row] : old.rows
        .slice(copy[0], copy[0] + copy[1]).map((row) => ({ ...row, rank: row.rank + copy[2] }))));
      this.state = { page: { ...old, total: change.page.total, rows } };
    } else if (change.feed) this.state = { feed: [...this.state.feed, ...change.feed].slice(-MAX_FEED) };
    this.position = position;
    return true;
  }

  notify() {
    for (const user of this.users) user.changed();
  }
}

/** The connection of a client: one transport at a time, for all channels. It exists while there are channels. */
class Connection {
  constructor(client) {
    this.client = client;
    /** @type {Map<string, Channel>} */
    this.channels = new Map();
    this.subscriptions = new Set();
    this.transport = 0;
    this.failures = 0;
    this.silent = 0;
    this.hadSocket = false;
    this.status = 'connecting';
    this.lastId = AUTHENTICATE;
    this.online = () => this.timer && this.open();
  }

  join(name, subscription) {
    let channel = this.channels.get(name);
    if (!channel) {
      channel = new Channel(this.lastId += 1, name);
      this.channels.set(name, channel);
      if (this.channels.size === 1) {
        globalThis.addEventListener?.('online', this.online);
        this.later(0);
      } else this.link?.add?.(channel);
    }
    channel.users.add(subscription);
    return channel;
  }

  leave(channel, subscription) {
    channel.users.delete(subscription);
    if (channel.users.size > 0) return;
    this.channels.delete(channel.name);
    clearTimeout(channel.timer);
    if (this.channels.size === 0) {
      this.close();
      this.status = 'connecting';
    } else if (![...this.channels.values()].some(({ actual }) => actual === channel.actual)) this.link?.remove?.(channel);
  }

  close() {
    globalThis.removeEventListener?.('online', this.online);
    clearTimeout(this.timer);
    this.timer = undefined;
    this.link?.end();
    this.link = undefined;
    this.set('closed');
  }

  set(status, error) {
    Object.assign(this, { status, error });
    for (const subscription of this.subscriptions) subscription.changed();
  }

  later(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), wait);
  }

  open() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.set('connecting');
    const kind = TRANSPORTS[this.transport];
    try {
      let link;
      // The timers of an earlier link must not end its successor.
      const lost = (wait) => link === this.link && this.lost(wait);
      link = kind === 'websocket' ? openSocket(this, lost) : openStream(this, lost, kind === 'polling');
      this.link = link;
    } catch (error) {
      // There is no WebSocket, or the page may not open one.
      this.silent = SILENT_ATTEMPTS;
      this.lost(0, error);
    }
  }

  /** The end of a transport. Goes on with the next one after attempts without an event. */
  lost(wait) {
    this.link?.end();
    this.link = undefined;
    if (this.channels.size === 0) return;
    this.silent += 1;
    if (this.silent >= SILENT_ATTEMPTS) {
      this.transport = Math.min(this.transport + 1, TRANSPORTS.length - 1);
      this.silent = 0;
      this.failures = 0;
      // A WebSocket that worked before was refused by an outage.
      this.betterAt = Date.now() + (this.hadSocket ? POLL_MS : BETTER_MS);
    }
    this.set('connecting');
    this.later(wait ?? jitter(this.failures));
    this.failures += 1;
  }

  /** Leaves a slower transport. The last states stay. */
  better() {
    const hasSockets = this.client.options.WebSocket ?? globalThis.WebSocket;
    if (this.transport === 0 || !hasSockets || Date.now() < this.betterAt) return;
    this.transport = 0;
    this.silent = SILENT_ATTEMPTS - 2;
    this.lost(0);
  }

  giveUp(code) {
    this.close();
    this.set('closed', new LeaderPortError({ code: 'closed', detail: `the server closed the connection with ${code}` }));
  }

  find(name) {
    return [...this.channels.values()].filter(({ actual }) => actual === name);
  }

  /** Handles an event. `byId` finds the channel of an id; `again` subscribes a channel again. */
  receive(event, byId, again) {
    this.failures = 0;
    this.silent = 0;
    this.hadSocket ||= this.transport === 0;
    const { subscribed, state, change, unsubscribed, error } = event;
    if (subscribed) {
      const channel = byId(subscribed.id);
      if (!channel) return;
      const isOther = channel.actual !== subscribed.channel;
      if (isOther) channel.position = undefined;
      const wasKnown = channel.isKnown;
      Object.assign(channel, { actual: subscribed.channel, isKnown: true, error: undefined, failures: 0 });
      // The position was that of another season.
      if (subscribed.recovered && isOther && wasKnown) again(channel);
      channel.notify();
    }
    for (const channel of this.find((state ?? change)?.channel)) {
      if (state) Object.assign(channel, { state: state.state, position: state.position });
      else if (channel.position && !channel.apply(change)) {
        channel.position = undefined;
        again(channel);
      }
      channel.notify();
    }
    // After `season_ended`, the server subscribes to the next season.
    if (unsubscribed?.code && unsubscribed.code !== 'season_ended') {
      for (const channel of this.find(unsubscribed.channel)) {
        if (unsubscribed.code === 'token_expired' && this.link?.renew) this.link.renew(channel);
        else this.fail(channel, unsubscribed.code, `the subscription ended: ${unsubscribed.code}`);
      }
    }
    if (error) {
      const channel = byId(error.id);
      if (!channel) return;
      if (!RETRIABLE.includes(error.code)) return this.fail(channel, error.code, error.message);
      channel.failures += 1;
      clearTimeout(channel.timer);
      const wait = Math.min(30_000, 1000 * 2 ** channel.failures) * (0.5 + Math.random() / 2);
      channel.timer = setTimeout(() => again(channel), wait);
    }
    if (this.status !== 'live' && !error) this.set('live');
  }

  fail(channel, code, detail) {
    channel.error = new LeaderPortError({ code, detail });
    channel.notify();
  }

  /** Lays a score over the rows of its board until the rows have it. */
  overlay(slug, score) {
    for (const subscription of this.subscriptions) if (subscription.board.slug === slug) subscription.overlay(score);
  }

  /** Ends the overlay of a score: at its position, or at once after a refusal. */
  confirm({ score }, answer) {
    for (const subscription of this.subscriptions) subscription.confirm(score.id, answer);
  }
}

function openSocket(connection, lost) {
  const { client } = connection;
  const Socket = client.options.WebSocket ?? globalThis.WebSocket;
  const socket = new Socket(`${client.origin.replace('http', 'ws')}/ws`, 'leaderport.v1.json');
  let [heard, isEnded, renewal] = [true, false, undefined];
  const heartbeat = setInterval(() => {
    // A connection that answers no ping is dead, for example after the computer slept.
    if (!heard) return lost();
    heard = false;
    send({ ping: { id: PING } });
  }, PING_MS);
  const send = (command) => socket.readyState === 1 && socket.send(JSON.stringify(command));
  const subscribe = ({ id, name, position }) => send({ subscribe: { id, channel: name, ...(position && { since: position }) } });
  const isOwn = ({ name }) => name.startsWith('me:');
  const own = () => [...connection.channels.values()].filter(isOwn);
  /** Sends a new token; the server handles it before the commands that follow. */
  const authenticate = async () => {
    try {
      const token = await client.token();
      if (!isEnded) send({ authenticate: { id: AUTHENTICATE, token } });
    } catch (error) {
      failOwn(error);
    }
  };
  /** Reports a token that is missing or refused, and tries again later unless that is in vain. */
  const failOwn = ({ code, message }) => {
    own().forEach((channel) => connection.fail(channel, code, message));
    if (isEnded || !['no_token', ...RETRIABLE].includes(code)) return;
    clearTimeout(renewal);
    renewal = setTimeout(() => begin(own()), RENEW_MS * (1 + Math.random()));
  };
  /** Subscribes to the player's own channels, with the token if there is one. */
  const begin = async (channels) => {
    channels.filter((channel) => !isOwn(channel)).forEach(subscribe);
    const others = channels.filter(isOwn);
    if (others.length === 0) return;
    if (client.options.token) await authenticate();
    if (!isEnded) others.forEach(subscribe);
  };
  socket.onopen = () => begin([...connection.channels.values()]);
  socket.onmessage = ({ data }) => {
    heard = true;
    const event = JSON.parse(data);
    const end = event.authenticated?.expires_at;
    // A token that does not change cannot be renewed.
    if (end && typeof client.options.token === 'function') {
      clearTimeout(renewal);
      renewal = setTimeout(authenticate, Math.max(10_000, Date.parse(end) - Date.now() - 60_000));
    }
    if (event.error?.id === AUTHENTICATE) failOwn(event.error);
    const byId = (id) => [...connection.channels.values()].find((channel) => channel.id === id);
    connection.receive(event, byId, subscribe);
  };
  socket.onerror = () => {};
  socket.onclose = ({ code }) => {
    if (code >= 4500 && code < 5000) connection.giveUp(code);
    else lost(code === 4000 ? Math.random() * 3000 : undefined);
  };
  return {
    renew: (channel) => begin([channel]),
    add: (channel) => begin([channel]),
    remove: ({ id, actual }) => send({ unsubscribe: { id, channel: actual } }),
    end: () => {
      isEnded = true;
      clearInterval(heartbeat);
      clearTimeout(renewal);
      socket.onclose = socket.onmessage = socket.onopen = null;
      socket.close();
    },
  };
}

/** An event stream, read with `fetch`. With `isPolling`, each answer ends after the present events. */
function openStream(connection, lost, isPolling) {
  const { client } = connection;
  const ending = new AbortController();
  const { signal } = ending;
  let [isEnded, restart, silence] = [false, undefined, undefined];
  const channels = [...connection.channels.values()].slice(0, 48);
  // Channels that come or go need another request; several of them need one.
  const change = () => {
    clearTimeout(restart);
    restart = setTimeout(() => { connection.silent = -1; lost(0); }, 50);
  };
  const expectWithin = (limit) => {
    clearTimeout(silence);
    silence = setTimeout(() => lost(), limit);
  };
  const byId = (id) => channels[id - 1];
  const again = (channel) => {
    channel.position = undefined;
    change();
  };
  const read = async () => {
    const url = new URL('/api/v1/events', client.origin);
    const since = channels.map(({ position: at }) => (at ? `${at.epoch}.${at.offset}` : '-'));
    url.searchParams.set('channels', channels.map(({ name }) => name).join(','));
    if (channels.some(({ position }) => position)) url.searchParams.set('since', since.join(','));
    if (isPolling) url.searchParams.set('once', 'true');
    expectWithin(BEGIN_MS);
    const response = await client.fetch(url, { signal, headers: { accept: 'text/event-stream' } });
    if (!response.ok) {
      const error = refusal(response, await response.text());
      if (response.status < 500 && !RETRIABLE.includes(error.code)) channels.forEach((channel) => connection.fail(channel, error.code, error.detail));
      return lost(error.retryAfter && error.retryAfter * 1000 * (1 + Math.random()));
    }
    let text = '';
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (let part = await reader.read(); !part.done && !isEnded; part = await reader.read()) {
      expectWithin(SILENCE_MS);
      text += decoder.decode(part.value, { stream: true });
      const lines = text.split('\n');
      text = lines.pop();
      for (const line of lines) {
        if (line.startsWith('data:') && !isEnded) connection.receive(JSON.parse(line.slice(5)), byId, again);
      }
      connection.better();
    }
    if (isEnded) return;
    if (!isPolling) return lost();
    connection.better();
    clearTimeout(silence);
    restart = setTimeout(start, POLL_MS);
  };
  const start = () => read().catch(() => !isEnded && lost());
  start();
  return {
    add: change,
    remove: change,
    end: () => {
      isEnded = true;
      clearTimeout(restart);
      clearTimeout(silence);
      ending.abort();
    },
  };
}

/** Live rows of a board, the caller's own standing, and highlights. */
class Subscription {
  /**
   * @param {Board} board
   * @param {import('./leaderport.d.ts').SubscribeOptions} options
   * @param {(snapshot: import('./leaderport.d.ts').Snapshot) => void} listener
   */
  constructor(board, { rows = 10, me = false, feed = false, period, season, signal } = {}, listener) {
    Object.assign(this, { board, listener, connection: board.client.connection, count: Math.min(rows, MAX_ROWS) });
    this.pages = [];
    this.overlays = new Map();
    this.connection.subscriptions.add(this);
    signal?.addEventListener('abort', () => this.close());
    if (signal?.aborted) this.close();
    this.start({ me, feed, in: season ?? period });
  }

  async start({ me, feed, in: selected }) {
    for (let failures = 0; !this.definition && !this.isClosed; failures += 1) {
      try {
        this.definition = await this.board.definition();
      } catch (error) {
        this.error = error;
        this.changed();
        if (!isTemporary(error)) return;
        const wait = Math.max((error.retryAfter ?? 0) * 1000, jitter(failures));
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
    if (this.isClosed) return;
    this.error = undefined;
    const { slug } = this.board;
    const season = `${slug}:${selected ?? this.definition.periods[0]}`;
    for (let page = 1; (page - 1) * PAGE_ROWS < this.count; page += 1) this.pages.push(this.connection.join(`page:${season}:${page}`, this));
    if (me) this.me = this.connection.join(`me:${season}`, this);
    if (feed) this.feed = this.connection.join(`feed:${season}`, this);
    for (const entry of this.board.client.queue.entries) if (entry.slug === slug) this.overlays.set(entry.score.id, { ...entry.score, at: entry.at });
    this.changed();
  }

  close() {
    if (this.isClosed) return;
    this.isClosed = true;
    this.connection.subscriptions.delete(this);
    for (const channel of [...this.pages, this.me, this.feed]) if (channel) this.connection.leave(channel, this);
  }

  /** Calls the listener once for all changes of a turn. */
  changed() {
    if (this.isScheduled || this.isClosed) return;
    this.isScheduled = true;
    queueMicrotask(() => {
      this.isScheduled = false;
      if (!this.isClosed) this.listener(this.snapshot);
    });
  }

  overlay(score) {
    this.overlays.set(score.id, score);
    this.changed();
  }

  confirm(id, answer) {
    const score = this.overlays.get(id);
    if (!score) return;
    const season = this.pages[0]?.actual.split(':')[2];
    const own = answer?.standings.find((standing) => standing.season === season);
    if (own?.position) Object.assign(score, { confirmed: own.position, until: Date.now() + CONFIRMED_MS });
    else this.overlays.delete(id);
    this.changed();
  }

  /** The present state. */
  get snapshot() {
    const { connection, definition } = this;
    const channels = [...this.pages, this.me, this.feed].filter(Boolean);
    const first = this.pages[0];
    const isLoaded = this.pages.length > 0 && this.pages.every(({ state }) => state);
    return {
      status: connection.status,
      transport: TRANSPORTS[connection.transport],
      definition,
      season: first?.isKnown ? first.actual.split(':')[2] : undefined,
      total: first?.state?.page.total,
      position: first?.position,
      rows: isLoaded ? this.overlaid(this.pages.flatMap(({ state }) => state.page.rows)).slice(0, this.count) : undefined,
      me: this.me?.state?.me,
      feed: this.feed?.state?.feed,
      error: this.error ?? connection.error ?? channels.find(({ error }) => error)?.error,
    };
  }

  /** The rows with the scores that they do not contain yet, at their expected ranks. */
  overlaid(rows) {
    const { order, policy, tie } = this.definition;
    const isBetter = (a, b) => (order === 'ascending' ? a < b : a > b);
    for (const [id, score] of this.overlays) {
      const isShown = score.confirmed && (this.pages.every(({ position }) => position && hasReached(position, score.confirmed)) || score.until < Date.now());
      if (isShown) {
        this.overlays.delete(id);
        continue;
      }
      const old = rows.find(({ player }) => player === score.player);
      // The sum of a player who is not in these rows is unknown.
      if (policy === 'sum' && !old && this.pages[0].state.page.total > rows.length) continue;
      const value = policy === 'sum' ? (old?.score ?? 0) + score.value : score.value;
      if (policy === 'best' && old && !isBetter(value, old.score)) continue;
      const others = rows.filter((row) => row !== old);
      const at = others.filter((row) => !isBetter(value, row.score)).length;
      // Beyond the last row, the rank is unknown.
      if (at === others.length && this.pages[0].state.page.total > rows.length) {
        rows = others;
        continue;
      }
      const achieved = new Date(score.at).toISOString();
      const name = score.name ?? old?.name ?? score.player;
      others.splice(at, 0, { player: score.player, name, score: value, achieved_at: achieved, pending: true });
      const ranked = [];
      others.forEach((row, i) => {
        const before = ranked[i - 1];
        const isTied = before && tie !== 'earliest' && before.score === row.score;
        const next = tie === 'dense' ? (before?.rank ?? 0) + 1 : i + 1;
        ranked.push({ ...row, rank: isTied ? before.rank : next });
      });
      rows = ranked;
    }
    return rows;
  }
}
