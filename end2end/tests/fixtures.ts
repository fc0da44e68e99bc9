// Shared fixtures of all specs: `test` with a LeaderPort server and its API, `expect` and
// `expectAccessible`.
//
// A test fails on any panic or uncaught error in one of its pages, in addition to its own assertions.
//
// Each worker starts one server: the release binary, on a free port, with an empty data folder. All
// specs of the worker share it. A spec therefore creates its own boards and relies on no data of others.
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

type TestFixtures = { serverLogOnFailure: void; expectsPageErrors: boolean; failOnPageErrors: void };
type WorkerFixtures = { server: Server; api: Api };

const ROOT = path.resolve(__dirname, '../..');
const BINARY = path.join(ROOT, 'target/release/leaderport');
const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 5_000;
const SERVER_LOG_LINES = 50;
const PAGE_LOG_LINES = 40;

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
      // Printed instead of attached, because the reporter truncates attachments.
      if (testInfo.status !== testInfo.expectedStatus) {
        console.error(`Last lines of the server's stderr:\n${server.log()}`);
      }
    },
    { auto: true },
  ],

  // A test of crash recovery sets it: its page must fail at least once.
  expectsPageErrors: [false, { option: true }],

  failOnPageErrors: [
    async ({ browser, expectsPageErrors }, use, testInfo) => {
      const monitor = new PageMonitor();
      const newContext = browser.newContext;
      browser.newContext = async (options) => {
        const context = await newContext.call(browser, options);
        monitor.watch(context);
        return context;
      };
      await use();
      browser.newContext = newContext;
      if (testInfo.status !== testInfo.expectedStatus) {
        console.error(`Last events of the test's pages:\n${monitor.log()}`);
      }
      if (expectsPageErrors) expect(monitor.failures, 'panics and uncaught errors of the pages').not.toEqual([]);
      else expect(monitor.failures, 'panics and uncaught errors of the pages').toEqual([]);
    },
    { auto: true },
  ],
});

/** Records requests, console messages and errors of all pages of a test. */
class PageMonitor {
  readonly failures: string[] = [];
  private readonly lines: string[] = [];
  private readonly startedAt = Date.now();

  watch(context: BrowserContext): void {
    context.on('console', (message) => {
      this.record(`${message.type()}: ${message.text()}`);
      if (message.text().includes('panicked at')) this.failures.push(message.text());
    });
    context.on('weberror', (error) => {
      this.record(`uncaught: ${error.error().stack}`);
      this.failures.push(String(error.error().stack));
    });
    context.on('request', (request) => this.record(`${request.method()} ${request.url()}`));
    context.on('requestfinished', async (request) => {
      const response = await request.response().catch(() => null);
      this.record(`${response?.status() ?? 'no response'} to ${request.method()} ${request.url()}`);
    });
    context.on('requestfailed', (request) => {
      this.record(`${request.failure()?.errorText} for ${request.method()} ${request.url()}`);
    });
  }

  log(): string {
    return this.lines.join('\n');
  }

  private record(line: string): void {
    this.lines.push(`${((Date.now() - this.startedAt) / 1000).toFixed(2)} s: ${line}`);
    if (this.lines.length > PAGE_LOG_LINES) this.lines.shift();
  }
}

// The rules of WCAG 2.2 at level AA that axe can check in the current state of a page.
const WCAG_22_AA = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Fails with one line for each violated rule: the problem and the affected elements. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(WCAG_22_AA).analyze();
  const messages = violations.map(
    ({ id, help, nodes }) => `${id}: ${help} (${nodes.map((node) => node.target.join(' ')).join(', ')})`,
  );
  expect(messages, `accessibility violations of ${page.url()}`).toEqual([]);
}

/** A response with a status other than 2xx; the message includes the response body. */
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

/**
 * A client of the JSON API that uses the server's API token, as a game server does.
 * Paths begin with `/`; request and response bodies are JSON.
 */
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

  /** An empty response (204) resolves to `undefined`; call it with `Answer = void`. */
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

  /** Starts a server with an empty data folder and additional flags of `serve`. */
  static async start(flags: readonly string[] = []): Promise<Server> {
    const data = await mkdtemp(path.join(tmpdir(), 'leaderport-e2e-'));
    return Server.launch('127.0.0.1:0', data, randomBytes(24).toString('hex'), flags);
  }

  /** Kills the process immediately, as a power cut would; the data folder remains. */
  async kill(): Promise<void> {
    const exited = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await exited;
  }

  /** Starts a killed server again, with the same address and data folder. */
  restart(): Promise<Server> {
    return Server.launch(new URL(this.url).host, this.data, this.token, this.flags);
  }

  private static async launch(listen: string, data: string, token: string, flags: readonly string[]): Promise<Server> {
    const process = spawn(
      BINARY,
      ['serve', '--listen', listen, '--data', data, '--api-token', token, ...flags],
      // All browsers have one address, and read as fast as they can.
      { cwd: ROOT, env: { ...cleanEnvironment(), LEADERPORT_LIMIT_READS: 'off' }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const lines: string[] = [];
    keepTail(process.stderr, lines);
    try {
      const url = await listeningUrl(process, lines);
      return new Server(url, token, process, data, lines, flags);
    } catch (error) {
      await stop(process);
      await rm(data, { recursive: true, force: true });
      throw error;
    }
  }

  /** The last lines of the server's stderr. */
  log(): string {
    return this.lines.join('\n');
  }

  async stop(): Promise<void> {
    await stop(this.process);
    await rm(this.data, { recursive: true, force: true });
  }
}

/** The environment without the variables that configure a server or name its services. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const serverVariable = /^(LEADERPORT_|LEPTOS_|DATABASE_URL$|REDIS_URL$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !serverVariable.test(name)));
}

function keepTail(stream: Readable, lines: string[]): void {
  createInterface(stream).on('line', (line) => {
    lines.push(line);
    if (lines.length > SERVER_LOG_LINES) lines.shift();
  });
}

/** Waits for the address on stdout; keeps reading afterwards, so that the pipe never fills. */
function listeningUrl(server: ChildProcess, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      clearTimeout(timeout);
      reject(new Error(`The server ${reason}. Last lines of its stderr:\n${lines.join('\n')}`));
    };
    const timeout = setTimeout(
      () => fail(`printed no address on stdout within ${START_LIMIT_MS / 1000} s`),
      START_LIMIT_MS,
    );
    server.once('error', (error) => fail(`could not be started (${error.message}; is it built?)`));
    // `close` follows the end of stderr; `exit` may come before the last lines are read.
    server.once('close', (code, signal) => fail(`exited during startup (${signal ?? `exit status ${code}`})`));
    createInterface(server.stdout as Readable).on('line', (line) => {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
      if (url === undefined) return;
      clearTimeout(timeout);
      resolve(url);
    });
  });
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const exited = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  const forceKill = setTimeout(() => server.kill('SIGKILL'), STOP_LIMIT_MS);
  await exited;
  clearTimeout(forceKill);
}
