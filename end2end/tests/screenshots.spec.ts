// Accessibility of the main pages in both colour schemes and on both screen sizes, with screenshots in
// `screenshots/` for review. Also the content security policy, the console, caching and loading of code.
import type { Route } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures';
import { newBoard, openLive, submit } from './boards';

const pioneers = ['Ada Lovelace', 'Grace Hopper', 'Katherine Johnson', 'Alan Turing', 'Radia Perlman', 'Edsger Dijkstra', 'Barbara Liskov', 'Donald Knuth', 'Frances Allen', 'Ken Thompson', 'Margaret Hamilton', 'Dennis Ritchie', 'Shafi Goldwasser', 'Niklaus Wirth', 'Jean Bartik', 'John Backus'];

for (const scheme of ['light', 'dark'] as const) {
  test(`the pages are accessible in ${scheme} @phone`, async ({ api, page }, testInfo) => {
    await page.emulateMedia({ colorScheme: scheme });
    const slug = await newBoard(api, 'Pioneers', {
      tie: 'shared', periods: ['all_time', 'monthly', 'weekly', 'daily'], unit: 'points',
      description: 'Who shaped the machines we use, by points of a very serious jury.',
    });
    await submit(api, slug, pioneers.map((name, i) => ({ player: `person-${i}`, name, value: 9000 - 350 * Math.floor(i / 2) * 2 - (i % 3) })));
    await openLive(page, slug);
    await page.getByRole('textbox', { name: 'Name' }).fill('Linus');
    await page.getByRole('textbox', { name: 'Score' }).fill('6543');
    await page.getByRole('button', { name: 'Submit', exact: true }).click();
    await expect(page.locator('.status')).toContainText('Recorded');
    await expect(page.locator('.row.pending')).toHaveCount(0);
    await expectAccessible(page);
    await page.screenshot({ path: `screenshots/board-${testInfo.project.name}-${scheme}.png` });
    await page.goto('/');
    await expect(page.locator('.card').first()).toBeVisible();
    await expectAccessible(page);
    await page.screenshot({ path: `screenshots/home-${testInfo.project.name}-${scheme}.png` });
    await page.goto('/boards/no-such-board');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Board not found');
    await expectAccessible(page);
  });
}

test('an unknown page shows an error and has status 404', async ({ page }) => {
  const response = await page.goto('/nowhere');
  expect(response?.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Page not found');
  expect((await page.goto('/boards/no-such-board'))?.status()).toBe(404);
});

test('the content security policy blocks an injected script', async ({ page }) => {
  await page.goto('/');
  const violation = await page.evaluate(() => new Promise((resolve) => {
    document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
    const script = document.createElement('script');
    script.textContent = 'window.injected = true';
    document.body.append(script);
    if ('injected' in window) resolve('the script ran');
  }));
  expect(violation).toBe('script-src-elem');
});

test.describe('with the service worker', () => {
  test.use({ serviceWorkers: 'allow' });

  test('the console shows no errors or warnings', async ({ api, page }) => {
    const slug = await newBoard(api, 'Quiet');
    await submit(api, slug, [{ player: 'a', value: 1 }]);
    const messages: string[] = [];
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) messages.push(message.text()); });
    page.on('pageerror', (error) => messages.push(error.message));
    await openLive(page, slug);
    await page.getByRole('link', { name: 'Boards' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Boards');
    await page.locator('.card', { hasText: 'Quiet' }).first().click();
    await expect(page.locator('.connection')).toHaveText('Live');
    expect(messages).toEqual([]);
  });
});

test('site files are compressed, immutable and vary by encoding', async ({ page }) => {
  const response = page.waitForResponse((candidate) => /\/pkg\/leaderport\.[^/]*\.wasm$/.test(candidate.url()));
  await page.goto('/');
  const headers = (await response).headers();
  expect(headers['content-encoding']).toBe('br');
  expect(headers['vary']).toContain('accept-encoding');
  expect(headers['cache-control']).toContain('immutable');
  const uncompressed = await page.request.get((await response).url(), { headers: { 'accept-encoding': 'identity' } });
  expect(uncompressed.headers()['content-encoding']).toBeUndefined();
});

const CODE = [/leaderport\..*js$/, /leaderport\..*wasm$/];
for (const kind of ['board', 'home page'] as const) {
  test(`a ${kind} is readable before hydration, and requests its script and its module at once`, async ({ api, page }) => {
    const slug = await newBoard(api, 'Painted');
    await submit(api, slug, [{ player: 'ada', name: 'Ada', value: 1 }]);
    const heldRoutes: Route[] = [];
    let isCodeHeld = true;
    await page.route(/\/pkg\/.*\.(js|wasm)$/, (route) => (isCodeHeld ? void heldRoutes.push(route) : route.continue()));
    const [address, row] = kind === 'board' ? [`/boards/${slug}`, '.row'] : ['/', `a[href="/boards/${slug}"]`];
    await page.goto(address, { waitUntil: 'commit' });
    const name = page.locator(`${row} .name`).first();
    await expect(name).toHaveText('Ada');
    const requestedPaths = () => heldRoutes.map((route) => new URL(route.request().url()).pathname);
    for (const file of CODE) {
      await expect.poll(() => requestedPaths().filter((path) => file.test(path)).length, String(file)).toBe(1);
    }
    isCodeHeld = false;
    for (const route of heldRoutes) await route.continue();
    // The client does not subscribe to a board whose card is off screen.
    await name.scrollIntoViewIfNeeded();
    await submit(api, slug, [{ player: 'bea', name: 'Bea', value: 2 }]);
    await expect(name).toHaveText('Bea');
  });
}
