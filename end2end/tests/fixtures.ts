// What every spec imports: `test` with a LeaderPort and its API, `expect`, `expectAccessible`.
//
// A test fails when the code of any of its pages does, whatever else it looks at.
//
// Each worker starts one server (the release binary, on a free port, with an empty data folder) and
// keeps it for all its specs, so a spec makes boards of its own and counts on nothing that another
// one left.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import AxeBuilder from '@axe-core/playwright';
import { test as base, type BrowserContext, expect, type Page } from '@playwright/test';

export { expect };

type TestFixtures = { serverLogOnFailure: void; pagesAreSound: void };
type WorkerFixtures = { server: Server; api: Api };

const ROOT = path.resolve(__dirname, '../..');
const BINARY = path.join(ROOT, 'target/release/leaderport');
const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 5_000;
const LOG_LINES = 50;
const WITNESS_LINES = 40;

export const test = base.extend<TestFixtures, WorkerFixtures>({
  server: [
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 30_000 },
  ],

  api: [async ({ server }, use) => use(new Api(server.url, server.token)), { scope: 'worker' }],

  baseURL: async ({ server }, use) => use(server.url),

  serverLogOnFailure: [
    async ({ server }, use, testInfo) => {
      await use();
      // Printed and not attached, because the reporter cuts an attachment short.
      if (testInfo.status !== testInfo.expectedStatus) {
        console.error(`The end of the server's stderr:\n${server.log()}`);
      }
    },
    { auto: true },
  ],

  pagesAreSound: [
    async ({ browser }, use, testInfo) => {
      const witness = new Witness();
      const newContext = browser.newContext;
      browser.newContext = async (options) => {
        const context = await newContext.call(browser, options);
        witness.watch(context);
        return context;
      };
      await use();
      browser.newContext = newContext;
      if (testInfo.status !== testInfo.expectedStatus) {
        console.error(`The end of what its pages did:\n${witness.log()}`);
      }
      expect(witness.failures, 'what the code of its pages failed of').toEqual([]);
    },
    { auto: true },
  ],
});

/** What the pages of a test ask for and say, and what their code fails of. */
class Witness {
  readonly failures: string[] = [];
  private readonly lines: string[] = [];
  private readonly begun = Date.now();

  watch(context: BrowserContext): void {
    context.on('console', (message) => {
      this.note(`${message.type()}: ${message.text()}`);
      if (message.text().includes('panicked at')) this.failures.push(message.text());
    });
    context.on('weberror', (error) => {
      this.note(`uncaught: ${error.error().stack}`);
      this.failures.push(String(error.error().stack));
    });
    context.on('request', (request) => this.note(`${request.method()} ${request.url()}`));
    context.on('requestfinished', async (request) => {
      const response = await request.response().catch(() => null);
      this.note(`${response?.status() ?? 'no answer'} to ${request.method()} ${request.url()}`);
    });
    context.on('requestfailed', (request) => {
      this.note(`${request.failure()?.errorText} for ${request.method()} ${request.url()}`);
    });
  }

  log(): string {
    return this.lines.join('\n');
  }

  private note(line: string): void {
    this.lines.push(`${((Date.now() - this.begun) / 1000).toFixed(2)} s: ${line}`);
    if (this.lines.length > WITNESS_LINES) this.lines.shift();
  }
}

// The rules of WCAG 2.2 at level AA, as far as axe can check them in a page as it is right now.
const WCAG_22_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Fails with one line for each broken rule: what is wrong, and where. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(WCAG_22_AA).analyze();
  const broken = violations.map(
    ({ id, help, nodes }) => `${id}: ${help} (${nodes.map((node) => node.target.join(' ')).join(', ')})`,
  );
  expect(broken, `${page.url()} breaks no accessibility rule`).toEqual([]);
}

/** An answer other than 2xx; the message holds the server's own words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
    request: string,
  ) {
    super(`${request} answered ${status}: ${body}`);
    this.name = 'ApiError';
  }
}

/** The JSON API as a game server uses it, with the server's own token. Paths begin with `/`; bodies and answers are JSON. */
export class Api {
  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  get<Answer = unknown>(path: string): Promise<Answer> {
    return this.send<Answer>('GET', path);
  }

  put<Answer = unknown>(path: string, body: unknown): Promise<Answer> {
    return this.send<Answer>('PUT', path, body);
  }

  post<Answer = unknown>(path: string, body: unknown): Promise<Answer> {
    return this.send<Answer>('POST', path, body);
  }

  /** An empty answer (204) is `undefined`: its caller asks for `Answer = void`. */
  private async send<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(new URL(path, this.url), {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new ApiError(response.status, text, `${method} ${path}`);
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  }
}

export class Server {
  private constructor(
    readonly url: string,
    readonly token: string,
    private readonly process: ChildProcess,
    private readonly data: string,
    private readonly lines: readonly string[],
    private readonly flags: readonly string[],
  ) {}

  /** A server over an empty data folder, with more flags of `serve`. */
  static async start(flags: readonly string[] = []): Promise<Server> {
    const data = await mkdtemp(path.join(tmpdir(), 'leaderport-e2e-'));
    return Server.startOn('127.0.0.1:0', data, randomBytes(24).toString('hex'), flags);
  }

  /** Ends it at once, as a power cut would; the data stays. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
  }

  /** A killed server, on the same address and data. */
  startAgain(): Promise<Server> {
    return Server.startOn(new URL(this.url).host, this.data, this.token, this.flags);
  }

  private static async startOn(listen: string, data: string, token: string, flags: readonly string[]): Promise<Server> {
    const process = spawn(
      BINARY,
      ['serve', '--listen', listen, '--data', data, '--api-token', token, ...flags],
      { cwd: ROOT, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const lines: string[] = [];
    keepTail(process.stderr, lines);
    try {
      const url = await address(process, lines);
      return new Server(url, token, process, data, lines, flags);
    } catch (error) {
      await stop(process);
      await rm(data, { recursive: true, force: true });
      throw error;
    }
  }

  /** The last lines that the server wrote to stderr. */
  log(): string {
    return this.lines.join('\n');
  }

  async stop(): Promise<void> {
    await stop(this.process);
    await rm(this.data, { recursive: true, force: true });
  }
}

/** Settings and services of whoever runs the tests must not reach the server under test. */
function environment(): NodeJS.ProcessEnv {
  const foreign = /^(LEADERPORT_|LEPTOS_|DATABASE_URL$|REDIS_URL$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

function keepTail(stream: Readable, lines: string[]): void {
  createInterface(stream).on('line', (line) => {
    lines.push(line);
    if (lines.length > LOG_LINES) lines.shift();
  });
}

/** Waits for the line of stdout that names the address; reads on, so that the pipe never fills. */
function address(server: ChildProcess, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(limit);
      reject(new Error(`The server ${why}. The end of its stderr:\n${lines.join('\n')}`));
    };
    const limit = setTimeout(
      () => fail(`named no address on stdout within ${START_LIMIT_MS / 1000} s`),
      START_LIMIT_MS,
    );
    server.once('error', (error) => fail(`could not be started (${error.message}; is it built?)`));
    // `close` and not `exit`: only then has all of stderr been read.
    server.once('close', (code, signal) => fail(`ended at once (${signal ?? `exit status ${code}`})`));
    createInterface(server.stdout as Readable).on('line', (line) => {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
      if (url === undefined) return;
      clearTimeout(limit);
      resolve(url);
    });
  });
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  const impatient = setTimeout(() => server.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(impatient);
}
