// What a person sees: accessible in light and dark, on a desk and on a phone. The pictures are
// kept in `screenshots/` to be looked at.
import type { Route } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures';
import { newBoard, openLive, submit } from './boards';

const people = ['Ada Lovelace', 'Grace Hopper', 'Katherine Johnson', 'Alan Turing', 'Radia Perlman', 'Edsger Dijkstra', 'Barbara Liskov', 'Donald Knuth', 'Frances Allen', 'Ken Thompson', 'Margaret Hamilton', 'Dennis Ritchie', 'Shafi Goldwasser', 'Niklaus Wirth', 'Jean Bartik', 'John Backus'];

for (const scheme of ['light', 'dark'] as const) {
  test(`the pages are accessible in ${scheme} @phone`, async ({ api, page }, testInfo) => {
    await page.emulateMedia({ colorScheme: scheme });
    const slug = await newBoard(api, 'Pioneers', {
      tie: 'shared', periods: ['all_time', 'monthly', 'weekly', 'daily'], unit: 'points',
      description: 'Who shaped the machines we use, by points of a very serious jury.',
    });
    await submit(api, slug, people.map((name, i) => ({ player: `person-${i}`, name, value: 9000 - 350 * Math.floor(i / 2) * 2 - (i % 3) })));
    await openLive(page, slug);
    await page.getByRole('textbox', { name: 'Name' }).fill('Linus');
    await page.getByRole('textbox', { name: 'Score' }).fill('6543');
    await page.getByRole('button', { name: 'Submit', exact: true }).click();
    await expect(page.locator('.said')).toContainText('Recorded');
    await expect(page.locator('.row.pending')).toHaveCount(0);
    await expectAccessible(page);
    await page.screenshot({ path: `screenshots/board-${testInfo.project.name}-${scheme}.png` });
    await page.goto('/');
    await expect(page.locator('.card').first()).toBeVisible();
    await expectAccessible(page);
    await page.screenshot({ path: `screenshots/home-${testInfo.project.name}-${scheme}.png` });
    await page.goto('/boards/no-such-board');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is no such board');
    await expectAccessible(page);
  });
}

test('a page that is not there says so, to people and to programs', async ({ page }) => {
  const response = await page.goto('/nowhere');
  expect(response?.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is nothing here');
  expect((await page.goto('/boards/no-such-board'))?.status()).toBe(404);
});

test('a script that somebody slips into a page does not run', async ({ page }) => {
  await page.goto('/');
  const refused = await page.evaluate(() => new Promise((resolve) => {
    document.addEventListener('securitypolicyviolation', (violation) => resolve(violation.effectiveDirective));
    const script = document.createElement('script');
    script.textContent = 'window.slipped = true';
    document.body.append(script);
    if ('slipped' in window) resolve('it ran');
  }));
  expect(refused).toBe('script-src-elem');
});

test.describe('with the worker', () => {
  test.use({ serviceWorkers: 'allow' });

  test('nothing is wrong in the console', async ({ api, page }) => {
    const slug = await newBoard(api, 'Quiet');
    await submit(api, slug, [{ player: 'a', value: 1 }]);
    const said: string[] = [];
    page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) said.push(message.text()); });
    page.on('pageerror', (error) => said.push(error.message));
    await openLive(page, slug);
    await page.getByRole('link', { name: 'Boards' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Boards');
    await page.locator('.card', { hasText: 'Quiet' }).first().click();
    await expect(page.locator('.connection')).toHaveText('Live');
    expect(said).toEqual([]);
  });
});

test('site files are sent as small as they go, for ever, and one for each encoding', async ({ page }) => {
  const sent = page.waitForResponse((response) => /\/pkg\/leaderport\.[^/]*\.wasm$/.test(response.url()));
  await page.goto('/');
  const headers = (await sent).headers();
  expect(headers['content-encoding']).toBe('br');
  expect(headers['vary']).toContain('accept-encoding');
  expect(headers['cache-control']).toContain('immutable');
  const plain = await page.request.get((await sent).url(), { headers: { 'accept-encoding': 'identity' } });
  expect(plain.headers()['content-encoding']).toBeUndefined();
});

const CODE = [/leaderport\..*js$/, /__wasm_split\..*js$/, /leaderport\..*wasm$/];
for (const [what, files] of [['board', CODE], ['home page', [...CODE, /split_boards.*wasm$/]]] as const) {
  test(`a ${what} is read before its code is there, which is asked for at once and not part by part`, async ({ api, page }) => {
    const slug = await newBoard(api, 'Painted');
    await submit(api, slug, [{ player: 'ada', name: 'Ada', value: 1 }]);
    const held: Route[] = [];
    let isHeldBack = true;
    await page.route(/\/pkg\/.*\.(js|wasm)$/, (route) => (isHeldBack ? void held.push(route) : route.continue()));
    const [address, row] = what === 'board' ? [`/boards/${slug}`, '.row'] : ['/', `a[href="/boards/${slug}"]`];
    const answer = await page.goto(address, { waitUntil: 'commit' });
    const name = page.locator(`${row} .name`).first();
    await expect(name).toHaveText('Ada');
    const asked = () => held.map((route) => new URL(route.request().url()).pathname);
    for (const file of files) {
      await expect.poll(() => asked().filter((path) => file.test(path)).length, String(file)).toBe(1);
    }
    expect(await answer?.text()).not.toMatch(/rel="(module)?preload"/);
    isHeldBack = false;
    for (const route of held) await route.continue();
    await name.scrollIntoViewIfNeeded(); // a card out of sight is not followed
    await submit(api, slug, [{ player: 'bea', name: 'Bea', value: 2 }]);
    await expect(name).toHaveText('Bea');
  });
}
