// Services for specs that run several nodes. A spec starts its own Redis, which it may kill. All specs
// share the PostgreSQL of the test run.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Creates a schema in the PostgreSQL that `.ci/with-services` started, and returns the schema's URL. */
export function newPostgresSchema(): string {
  const url = process.env.LEADERPORT_TEST_POSTGRES;
  if (url === undefined) {
    throw new Error('LEADERPORT_TEST_POSTGRES is not set: run the tests with `make e2e` or under `.ci/with-services`');
  }
  const schema = `e2e_${randomUUID().replaceAll('-', '')}`;
  execFileSync('psql', ['--quiet', '--no-psqlrc', url, '--command', `CREATE SCHEMA ${schema}`], { stdio: 'inherit' });
  return `${url}?options=-csearch_path=${schema}`;
}

/** Runs SQL in a schema of `newPostgresSchema`. */
export function runSql(schemaUrl: string, sql: string): void {
  const [url, schema] = schemaUrl.split('?options=-csearch_path=');
  if (url === undefined || schema === undefined) throw new Error(`${schemaUrl} names no schema`);
  const flags = ['--quiet', '--no-psqlrc', '--set', 'ON_ERROR_STOP=1', url];
  execFileSync('psql', [...flags, '--command', `SET search_path = ${schema}; ${sql}`], { stdio: 'inherit' });
}

/** A Redis server without persistence. */
export class Redis {
  private constructor(
    private readonly port: number,
    private process: ChildProcess,
  ) {}

  static async start(): Promise<Redis> {
    const port = await freePort();
    return new Redis(port, await Redis.spawn(port));
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Kills the process immediately; all data is lost. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await exited;
  }

  /** Starts a killed Redis again on the same port, without data. */
  async restart(): Promise<void> {
    this.process = await Redis.spawn(this.port);
  }

  private static async spawn(port: number): Promise<ChildProcess> {
    const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const redis = spawn('redis-server', flags, { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise<void>((resolve, reject) => {
      redis.once('error', reject);
      redis.once('exit', (code) => reject(new Error(`redis-server exited with status ${code}`)));
      createInterface(redis.stdout as Readable).on('line', (line) => {
        if (line.includes('Ready to accept connections')) resolve();
      });
    });
    return redis;
  }
}

/** A proxy in front of a server. It can stall responses after the first kilobyte of their body. */
export class Proxy {
  private isStalling = false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly port: number,
    private readonly close: () => void,
  ) {}

  static async start(target: string): Promise<Proxy> {
    const listener = createServer((client) => proxy.forward(client, Number(new URL(target).port)));
    const port = await freePort();
    const proxy = new Proxy(port, () => listener.close());
    await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Stalls new responses. Open connections end, so that the browser opens new ones. */
  stall(): void {
    this.isStalling = true;
    this.endConnections();
  }

  /** Continues after `stall`. */
  resume(): void {
    this.isStalling = false;
    this.endConnections();
  }

  stop(): void {
    this.close();
    this.endConnections();
  }

  private endConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private forward(client: Socket, port: number): void {
    const server = connect(port, '127.0.0.1');
    for (const [socket, other] of [[client, server], [server, client]] as const) {
      this.sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(server);
    if (!this.isStalling) {
      server.pipe(client);
      return;
    }
    let received = Buffer.alloc(0);
    let sent = 0;
    server.on('data', (data) => {
      received = Buffer.concat([received, data]);
      const headersEnd = received.indexOf('\r\n\r\n');
      const end = headersEnd < 0 ? received.length : Math.min(received.length, headersEnd + 4 + 1024);
      if (end > sent) client.write(received.subarray(sent, end));
      sent = Math.max(sent, end);
    });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no free port'))));
    });
  });
}
