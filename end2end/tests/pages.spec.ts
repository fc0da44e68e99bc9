// Every page in its states, in both colour schemes and on both screen sizes. Each must be accessible and
// no wider than the screen. Screenshots for review are written to `screenshots/pages/`.
import type { Page, TestInfo } from '@playwright/test';
import { type Api, expect, expectAccessible, test } from './fixtures';
import { descendingScores, newBoard, openLive, showSide, submit, submitAs } from './boards';
import { signInNewAccount } from './accounts';

type PageContext = { page: Page; testInfo: TestInfo; scheme: string };

/** Checks the current page for accessibility and width, and takes a screenshot. */
async function checkPage({ page, testInfo, scheme }: PageContext, name: string): Promise<void> {
  await expectAccessible(page);
  await expect(page.locator('.pager a:not([href])')).toHaveCount(0);
  const { pageWidth, screenWidth } = await page.evaluate(() => ({ pageWidth: document.documentElement.scrollWidth, screenWidth: innerWidth }));
  expect(pageWidth, `width of the page “${name}”`).toBeLessThanOrEqual(screenWidth);
  await page.screenshot({ path: `screenshots/pages/${name}-${testInfo.project.name}-${scheme}.png`, fullPage: true });
}

/** Opens an address, waits for the page's heading and checks the page. */
async function visit(context: PageContext, name: string, address: string, heading: string | RegExp): Promise<void> {
  await context.page.goto(address);
  await expect(context.page.getByRole('heading', { level: 1 })).toHaveText(heading);
  await checkPage(context, name);
}

async function createBoards(api: Api) {
  const slug = await newBoard(api, 'Long run', { periods: ['all_time', 'weekly'], unit: 'points' });
  await submit(api, slug, descendingScores(120));
  const empty = await newBoard(api, 'Nobody yet');
  const hour = 3_600_000;
  const at = (millis: number) => new Date(Date.now() + millis).toISOString();
  const closed = await newBoard(api, 'Over', { opens_at: at(-2 * hour), closes_at: at(-hour) });
  return { slug, empty, closed };
}

for (const scheme of ['light', 'dark'] as const) {
  test(`the pages for players are accessible and fit the screen, in ${scheme} @phone`, async ({ api, page }, testInfo) => {
    test.setTimeout(120_000);
    const context = { page, testInfo, scheme };
    const { slug, empty, closed } = await createBoards(api);
    await page.emulateMedia({ colorScheme: scheme });
    await visit(context, 'account-signed-out', '/account', /./);
    await openLive(page, slug, '?rank=60');
    await submitAs(page, 'Ada', '61');
    await expect(page.locator('.status')).toContainText('Recorded');
    await expect(page.locator('.row.pending')).toHaveCount(0);
    await checkPage(context, 'board');
    // On a phone, the card with the button for notifications takes the place of the list.
    await showSide(page);
    await expect(page.getByRole('button', { name: 'Tell me when I’m overtaken' })).toBeVisible();
    await checkPage(context, 'board-side');
    await page.getByRole('button', { name: 'Search…' }).click();
    await expect(page.getByRole('dialog').getByRole('option').filter({ hasText: 'Documentation' })).toBeVisible();
    await checkPage(context, 'palette');
    await visit(context, 'home', '/', 'Boards');
    await openLive(page, empty);
    await checkPage(context, 'board-empty');
    await visit(context, 'board-closed', `/boards/${closed}`, 'Over');
    await visit(context, 'board-not-found', '/boards/no-such-board', 'Board not found');
    await visit(context, 'player', '/players/p000000', 'Player 000000');
    await visit(context, 'player-not-found', '/players/no-such-player', /./);
    await visit(context, 'account-guest', '/account', /./);
    await visit(context, 'settings', '/settings', 'Settings');
    await visit(context, 'not-found', '/nowhere', 'Page not found');
    await visit(context, 'docs', '/docs', 'Documentation');
    await visit(context, 'docs-guide', '/docs/operations', 'Operations');
    await visit(context, 'docs-recipe', '/docs/recipes/arcade', 'Arcade board');
    await visit(context, 'docs-decision', '/docs/decisions/0047-files-are-served-by-tower-http', /^0047/);
    await visit(context, 'docs-not-found', '/docs/nothing', 'Page not found');
    await visit(context, 'offline', '/offline.html', 'Not connected');
  });

  test(`the pages for admins are accessible and fit the screen, in ${scheme} @phone`, async ({ api, browser, baseURL }, testInfo) => {
    test.setTimeout(120_000);
    const { viewport, isMobile, hasTouch } = testInfo.project.use;
    const options = { viewport, isMobile, hasTouch, colorScheme: scheme };
    const { page } = await signInNewAccount(browser, api, baseURL, 'admin', options);
    const context = { page, testInfo, scheme };
    const { slug } = await createBoards(api);
    await checkPage(context, 'account');
    for (const section of ['overview', 'system', 'metrics', 'boards', 'seasons', 'players', 'keys', 'accounts', 'audit']) {
      const address = section === 'overview' ? '/admin' : `/admin/${section}`;
      await page.goto(section === 'seasons' || section === 'players' ? `${address}?board=${slug}` : address);
      await expect(page.locator('.section.ready')).toBeVisible();
      await checkPage(context, `admin-${section}`);
    }
    for (const [name, board] of [['edit', slug], ['new', '']]) {
      await page.goto(`/admin/boards?board=${board}`);
      await expect(page.locator('.section.ready')).toBeVisible();
      await expect(page.getByRole('group', { name: 'Look', exact: true })).toBeVisible();
      await checkPage(context, `admin-board-${name}`);
    }
    await visit(context, 'settings-account', '/settings', 'Settings');
    await page.context().close();
  });
}
