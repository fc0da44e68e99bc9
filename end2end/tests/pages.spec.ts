// Every page and every state of one, in both themes, on a desk and on a phone: accessible, no wider
// than the screen, and kept as a picture in `screenshots/` to be looked at.
import type { Page, TestInfo } from '@playwright/test';
import { type Api, expect, expectAccessible, test } from './fixtures';
import { descendingScores, newBoard, openLive, submit, submitAs } from './boards';
import { signInNewAccount } from './accounts';

type Look = { page: Page; testInfo: TestInfo; scheme: string };

/** What is there now. */
async function look({ page, testInfo, scheme }: Look, name: string): Promise<void> {
  await expectAccessible(page);
  const { inner, outer } = await page.evaluate(() => ({ inner: document.documentElement.scrollWidth, outer: innerWidth }));
  expect(inner, `${name} is no wider than the screen`).toBeLessThanOrEqual(outer);
  await page.screenshot({ path: `screenshots/pages/${name}-${testInfo.project.name}-${scheme}.png`, fullPage: true });
}

/** A page by its address, which says what it is in its heading. */
async function visit(at: Look, name: string, address: string, heading: string | RegExp): Promise<void> {
  await at.page.goto(address);
  await expect(at.page.getByRole('heading', { level: 1 })).toHaveText(heading);
  await look(at, name);
}

async function boards(api: Api) {
  const slug = await newBoard(api, 'Long run', { periods: ['all_time', 'weekly'], unit: 'points' });
  await submit(api, slug, descendingScores(120));
  const empty = await newBoard(api, 'Nobody yet');
  const hour = 3_600_000;
  const at = (millis: number) => new Date(Date.now() + millis).toISOString();
  const closed = await newBoard(api, 'Over', { opens_at: at(-2 * hour), closes_at: at(-hour) });
  return { slug, empty, closed };
}

for (const scheme of ['light', 'dark'] as const) {
  test(`what players see, in ${scheme} @phone`, async ({ api, page }, testInfo) => {
    test.setTimeout(120_000);
    const at = { page, testInfo, scheme };
    const { slug, empty, closed } = await boards(api);
    await page.emulateMedia({ colorScheme: scheme });
    await visit(at, 'account-of-nobody', '/account', /./);
    await openLive(page, slug, '?rank=60');
    await submitAs(page, 'Ada', '61');
    await expect(page.locator('.said')).toContainText('Recorded');
    await expect(page.locator('.row.pending')).toHaveCount(0);
    await look(at, 'board');
    await visit(at, 'home', '/', 'Boards');
    await openLive(page, empty);
    await look(at, 'board-empty');
    await visit(at, 'board-closed', `/boards/${closed}`, 'Over');
    await visit(at, 'board-none', '/boards/no-such-board', 'There is no such board');
    await visit(at, 'player', '/players/p000000', 'Player 000000');
    await visit(at, 'player-none', '/players/no-such-player', /./);
    await visit(at, 'account-of-a-guest', '/account', /./);
    await visit(at, 'none', '/nowhere', 'There is nothing here');
    await visit(at, 'offline', '/offline.html', 'Not connected');
  });

  test(`what admins see, in ${scheme} @phone`, async ({ api, browser, baseURL }, testInfo) => {
    test.setTimeout(120_000);
    const { viewport, isMobile, hasTouch } = testInfo.project.use;
    const options = { viewport, isMobile, hasTouch, colorScheme: scheme };
    const { page } = await signInNewAccount(browser, api, baseURL, 'admin', options);
    const at = { page, testInfo, scheme };
    const { slug } = await boards(api);
    await look(at, 'account');
    for (const section of ['engine', 'metrics', 'boards', 'seasons', 'players', 'keys', 'accounts', 'audit']) {
      const address = section === 'engine' ? '/admin' : `/admin/${section}`;
      await page.goto(section === 'seasons' || section === 'players' ? `${address}?board=${slug}` : address);
      await expect(page.locator('.section.ready')).toBeVisible();
      await look(at, `admin-${section}`);
    }
    await page.context().close();
  });
}
