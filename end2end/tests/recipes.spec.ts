// The HTML file of docs/recipes/live-page.md, served from another origin that the server allows.
import { readFile } from 'node:fs/promises';
import { createServer, type Server as Site } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { Api, expect, Server, test } from './fixtures';
import { boardRules, submit } from './boards';

const RECIPE = path.resolve(__dirname, '../../docs/recipes/live-page.md');
const SHOWN_SERVER = 'http://127.0.0.1:3000';

/** The content of the fenced block with this file name, without the indentation of its fence. */
function blockOf(markdown: string, file: string): string {
  const block = new RegExp(`^( *)\`\`\`html file=${file}\\n([\\s\\S]*?)^\\1\`\`\`$`, 'm').exec(markdown);
  if (block === null) throw new Error(`the recipe has no block for ${file}`);
  const [, indent = '', content = ''] = block;
  return content.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
}

/** Serves the recipe's file on a free port. The file is known only after the server has started. */
class OtherSite {
  html = '';
  private constructor(
    private readonly site: Site,
    readonly origin: string,
  ) {}

  static async start(): Promise<OtherSite> {
    const site = createServer((_, response) => response.setHeader('content-type', 'text/html').end(other.html));
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    const other = new OtherSite(site, `http://127.0.0.1:${(site.address() as AddressInfo).port}`);
    return other;
  }

  async stop(): Promise<void> {
    this.site.closeAllConnections();
    await new Promise((resolve) => this.site.close(resolve));
  }
}

/** Runs a test with a server that allows the other site, and with the recipe's page on that site. */
async function withLivePage(use: (api: Api, url: string) => Promise<void>, isAllowed = true): Promise<void> {
  const site = await OtherSite.start();
  const server = await Server.start(isAllowed ? ['--allow-origin', site.origin] : []);
  try {
    const html = blockOf(await readFile(RECIPE, 'utf8'), 'live.html');
    expect(html).toContain(SHOWN_SERVER);
    site.html = html.replace(SHOWN_SERVER, server.url);
    const api = new Api(server.url, server.token);
    await api.put('/api/v1/boards/arena', boardRules('Arena', { tie: 'shared' }));
    await submit(api, 'arena', [{ player: 'ada', name: 'Ada', value: 231 }, { player: 'bob', name: 'Bob', value: 240 }]);
    await use(api, `${site.origin}/live.html`);
  } finally {
    await server.stop();
    await site.stop();
  }
}

const rows = (page: Page) => page.locator('#top li');
const status = (page: Page) => page.getByRole('status');

test('the page of the recipe is live over a WebSocket and continues after a lost connection', async ({ page }) => {
  await withLivePage(async (api, url) => {
    const subscriptions: string[] = [];
    let cut = async () => {};
    await page.routeWebSocket('**/ws', (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((message) => {
        if (String(message).includes('"subscribe"')) subscriptions.push(String(message));
        server.send(message);
      });
      cut = async () => {
        await server.close();
        await socket.close({ code: 1011, reason: 'cut by the test' });
      };
    });
    await page.goto(url);
    await expect(rows(page)).toHaveText(['Bob 240', 'Ada 231']);
    await expect(status(page)).toHaveText('Live');
    await submit(api, 'arena', [{ player: 'ada', value: 250 }]);
    await expect(rows(page)).toHaveText(['Ada 250', 'Bob 240']);

    await cut();
    await submit(api, 'arena', [{ player: 'cyd', name: 'Cyd', value: 300 }]);
    await expect(rows(page)).toHaveText(['Cyd 300', 'Ada 250', 'Bob 240']);
    await expect(status(page)).toHaveText('Live');
    expect(subscriptions.length).toBeGreaterThan(1);
    expect(subscriptions[0]).not.toContain('since');
    expect(JSON.parse(subscriptions[1] ?? '').subscribe.since).toEqual({ epoch: expect.any(String), offset: expect.any(Number) });
  });
});

test('the page of the recipe shows ten rows and shared ranks', async ({ page }) => {
  await withLivePage(async (api, url) => {
    await submit(api, 'arena', Array.from({ length: 20 }, (_, n) => ({ player: `p${n}`, name: `<b>${n}</b>`, value: 1000 })));
    await page.goto(url);
    await expect(rows(page)).toHaveCount(10);
    await expect(rows(page).first()).toHaveText('<b>0</b> 1000');
    expect(await rows(page).evaluateAll((items) => items.map((item) => (item as HTMLLIElement).value))).toEqual(Array(10).fill(1));
  });
});

test('the page of the recipe is live over an event stream if WebSockets are blocked', async ({ page }) => {
  await withLivePage(async (api, url) => {
    await page.addInitScript(() => {
      window.WebSocket = class {
        constructor() {
          throw new Error('WebSockets are blocked');
        }
      } as unknown as typeof WebSocket;
    });
    const stream = page.waitForRequest((request) => request.url().includes('/api/v1/events?channels='));
    await page.goto(url);
    await stream;
    await expect(rows(page)).toHaveText(['Bob 240', 'Ada 231']);
    await submit(api, 'arena', [{ player: 'ada', value: 250 }]);
    await expect(rows(page)).toHaveText(['Ada 250', 'Bob 240']);
    await expect(status(page)).toHaveText('Live');
  });
});

test('the page of the recipe does not connect from an origin that the server does not allow', async ({ page }) => {
  await withLivePage(async (_, url) => {
    const refused = page.waitForEvent('websocket').then((socket) => socket.waitForEvent('socketerror'));
    await page.goto(url);
    expect(await refused).toContain('403');
    await expect(status(page)).toHaveText('Reconnecting');
    await expect(rows(page)).toHaveCount(0);
  }, false);
});
