// Forced colours, contrast, large text, narrow screens and the size of targets.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures';
import { contrast } from './contrast';
import { signInNewAccount } from './accounts';
import { descendingScores, foundPlayers, newBoard, openLive, rowAt, scrollListTo, searchField, submit, submitAs } from './boards';

/** Sets the text size before the page's code runs, as a setting of the browser does. */
async function enlargeText(page: Page): Promise<void> {
  await page.addInitScript(() => {
    document.addEventListener('readystatechange', () => {
      document.documentElement.style.fontSize = '200%';
    }, { once: true });
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`graphics and placeholders have enough contrast in ${colorScheme}`, async ({ api, browser, baseURL }) => {
    const slug = await newBoard(api, 'Contrasting', { periods: ['all_time', 'yearly'] });
    await submit(api, slug, descendingScores(300));
    const page = await browser.newPage({ baseURL, colorScheme });
    await openLive(page, slug);
    await submitAs(page, 'Ada', '150');
    const own = page.locator('.distribution rect.mine');
    await expect(own).toHaveCount(1);
    const other = page.locator('.distribution rect:not(.mine)').first();
    const panel = page.locator('.distribution');
    expect(await contrast(page, [other, 'fill'], [panel, 'background-color'])).toBeGreaterThanOrEqual(3);
    expect(await contrast(page, [own, 'fill'], [other, 'fill'])).toBeGreaterThanOrEqual(3);
    // The line under the current tab is the first color of its shadow.
    const tab = page.locator('.tab[aria-current=page]');
    const line = await tab.evaluate((tab) => getComputedStyle(tab).boxShadow);
    expect(line).toMatch(/0px -2px 0px 0px inset$/);
    await tab.evaluate((tab, line) => { tab.style.setProperty('caret-color', line.replace(/ 0px -2px.*/, '')); }, line);
    expect(await contrast(page, [tab, 'caret-color'], [tab, 'background-color'])).toBeGreaterThanOrEqual(3);
    for (const id of ['find', 'rank', 'score']) {
      const field = page.locator(`#${id}`);
      const placeholder = await field.evaluate((field) => {
        const { color, opacity } = getComputedStyle(field, '::placeholder');
        field.style.setProperty('caret-color', color);
        return opacity;
      });
      expect(placeholder).toBe('1');
      expect(await contrast(page, [field, 'caret-color'], [field, 'background-color']), id).toBeGreaterThanOrEqual(4.5);
    }
    await page.close();
  });
}

test('forced colours mark the current tab, medals, the live dot and the reader @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Forced', { periods: ['all_time', 'yearly'] });
  await submit(api, slug, descendingScores(300));
  await page.emulateMedia({ forcedColors: 'active' });
  await openLive(page, slug);
  await submitAs(page, 'Ada', '299');
  await expect(page.locator('.row.me')).toHaveCount(1);
  const style = (selector: string, property: string) =>
    page.locator(selector).first().evaluate((element, property) => getComputedStyle(element).getPropertyValue(property), property);
  expect(await style('.tab[aria-current=page]', 'outline-style')).toBe('solid');
  expect(await style('.tab:not([aria-current])', 'outline-style')).toBe('none');
  expect(await style('.row.me', 'outline-style')).toBe('solid');
  expect(await style('.row:not(.me)', 'outline-style')).toBe('none');
  for (const rank of [1, 2, 3]) expect(await style(`.row .rank[data-rank="${rank}"]`, 'border-top-width')).not.toBe('0px');
  expect(await style('.row[data-place="9"] .rank', 'border-top-width')).toBe('0px');
  expect(await style('.connection.live i', 'background-color')).not.toBe(await style('html', 'background-color'));
  expect(await style('.distribution rect.mine', 'fill')).not.toBe(await style('.distribution rect:not(.mine)', 'fill'));
  // The row that keys have highlighted differs from the reader's.
  await page.locator('.list').focus();
  await page.keyboard.press('Home');
  await expect(page.locator('.row.active')).toHaveAttribute('data-place', '1');
  expect(await style('.row.active', 'outline-style')).toBe('dashed');
  // A theme of the page does not decide the colour of plots.
  await submitAs(page, 'Ada', '300');
  await expect(page.locator('.you .history polyline')).toHaveCount(1);
  expect(await style('.you .history polyline', 'stroke')).toBe(await style('html', 'color'));
});

test('text at twice the size makes rows higher and no page wider @phone', async ({ api, page }, testInfo) => {
  const slug = await newBoard(api, 'Enlarged', { periods: ['all_time', 'yearly', 'monthly', 'weekly', 'daily'] });
  await submit(api, slug, [...descendingScores(400), { player: 'long', name: 'W'.repeat(40), value: 0 }]);
  await enlargeText(page);
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  for (const address of ['/', '/account', '/settings', '/players/long', '/docs', '/nowhere', '/offline.html']) {
    await page.goto(address);
    await expect(page.locator('main')).toBeVisible();
    expect(await overflow(), address).toBe(0);
  }
  await openLive(page, slug);
  expect(await overflow()).toBe(0);
  const box = async (place: number) => {
    const box = await rowAt(page, place).boundingBox();
    return box ?? { y: NaN, height: NaN };
  };
  const height = testInfo.project.name === 'phone' ? 96 : 80;
  expect((await box(1)).height).toBe(height);
  expect((await box(2)).y - (await box(1)).y).toBe(height);
  // The list knows the height of its rows.
  const list = page.locator('.list');
  const expectInList = (place: number) => expect.poll(() => list.evaluate((list, place) => {
    const row = list.querySelector(`[data-place="${place}"]`)?.getBoundingClientRect();
    const { top, bottom } = list.getBoundingClientRect();
    return row !== undefined && row.top >= top - 1 && row.bottom <= bottom + 1;
  }, place)).toBe(true);
  await list.focus();
  await page.keyboard.press('End');
  await expectInList(401);
  await page.getByLabel('Rank').fill('200');
  await page.getByRole('button', { name: 'Go' }).click();
  await expectInList(200);
  await scrollListTo(page, 101);
  await expectInList(101);
  await expect(rowAt(page, 101).locator('.name')).toHaveText('Player 000100');
  await expectAccessible(page);
});

test('no page of the admin is wider with text at twice the size, and with texts that cannot break @phone', async ({ api, browser, baseURL }, testInfo) => {
  const { viewport, isMobile, hasTouch } = testInfo.project.use;
  test.setTimeout(120_000);
  const slug = await newBoard(api, 'Unbroken', { periods: ['all_time', 'weekly'], unit: 'points' });
  await api.patch(`/api/v1/boards/${slug}`, { title: 'W'.repeat(80) });
  const [player, other] = [`first-of-${slug}`, `second-of-${slug}`];
  await submit(api, slug, [player, other].map((player, i) => ({ player, name: 'W'.repeat(40), value: 9_007_199_254_740 + i })));
  await api.post('/api/v1/rulings', { ruling: { type: 'merge', players: [other], into: player } });
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin', { viewport, isMobile, hasTouch });
  // German texts are longer.
  await page.getByRole('button', { name: 'Deutsch' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  const addresses = [
    '/admin', '/admin/metrics', '/admin/boards', `/admin/boards?board=${slug}`, `/admin/seasons?board=${slug}`, `/admin/players?board=${slug}`,
    `/admin/players?player=${player}`, `/admin/players?player=${other}`, '/admin/keys', '/admin/accounts', '/admin/audit', '/admin/system',
  ];
  const expectFit = async (size: string) => {
    for (const address of addresses) {
      await page.goto(address);
      await expect(page.locator('.section.ready')).toBeVisible();
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow, `${address}, ${size}`).toBeLessThanOrEqual(0);
    }
  };
  await expectFit('at its size');
  await enlargeText(page);
  await expectFit('at twice the size');
  await page.context().close();
});

test('links and buttons of the footer are at least 24 pixels high @phone', async ({ page }) => {
  await page.goto('/account');
  const heights = await page.locator('.bottom :is(a, button)').evaluateAll((targets) => targets.map((target) => target.getBoundingClientRect().height));
  expect(heights.length).toBeGreaterThan(4);
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(24);
});

test('a page of 320 pixels cuts no link of the header', async ({ browser, baseURL }) => {
  for (const locale of ['en-US', 'de-DE']) {
    const page = await browser.newPage({ baseURL, locale, viewport: { width: 320, height: 640 } });
    await page.goto('/');
    const links = await page.locator('.top nav a').evaluateAll((links) => links.map((link) => link.scrollWidth - link.clientWidth));
    expect(links).toEqual([0, 0]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    await page.close();
  }
});

test('whole rows are links, and targets are at least 24 pixels @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Tapped');
  const name = 'W'.repeat(40);
  await submit(api, slug, [...descendingScores(30), { player: 'long-name', name, value: 0 }]);
  await openLive(page, slug);
  const share = await page.getByRole('link', { name: 'Share' }).boundingBox();
  expect(Math.min(share?.height ?? 0, share?.width ?? 0)).toBeGreaterThanOrEqual(24);
  await page.locator('.list').focus();
  await page.keyboard.press('End');
  // A long name may be clipped, so the pointer shows it whole.
  await expect(rowAt(page, 31).getByRole('link')).toHaveAttribute('title', name);
  await rowAt(page, 30).locator('.score').click({ force: true });
  await expect(page.getByRole('heading', { name: 'Player 000029' })).toBeVisible();
});

test('a clipped name is whole in a hint, on cards and in search results @phone', async ({ api, page }) => {
  const title = `Clipped ${process.pid}-${Date.now()}`;
  const slug = await newBoard(api, title);
  const name = 'W'.repeat(40);
  await submit(api, slug, [{ player: 'clipped-name', name, value: 5 }]);
  await page.goto('/');
  const leader = page.locator('.card').filter({ hasText: title }).locator('.leaders .name');
  await expect(leader).toHaveAttribute('title', name);
  expect(await leader.evaluate((name) => name.scrollWidth - name.clientWidth)).toBeGreaterThan(0);
  await openLive(page, slug);
  await searchField(page).fill('www');
  await expect(foundPlayers(page).locator('.name')).toHaveAttribute('title', name);
});
