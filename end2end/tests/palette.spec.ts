// The command palette: opened by its button or by Ctrl-K, it leads to boards, players and pages.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures';
import { newBoard, openLive, searchField, submit } from './boards';
import { signInNewAccount } from './accounts';

const palette = (page: Page) => page.getByRole('dialog', { name: 'Go to a board, a player or a page' });
const field = (page: Page) => palette(page).getByRole('combobox', { name: 'Board, player or page' });
const choices = (page: Page) => palette(page).getByRole('option');
const groups = (page: Page) => palette(page).getByRole('group');

/** Opens the palette by its keys. */
async function openPalette(page: Page): Promise<void> {
  await page.keyboard.press('Control+k');
  await expect(field(page)).toBeFocused();
}

for (const scheme of ['light', 'dark'] as const) {
  test(`a reader goes to a board and to a player with the palette, in ${scheme} @phone`, async ({ api, browser, baseURL }, testInfo) => {
    const { viewport, isMobile, hasTouch } = testInfo.project.use;
    const context = await browser.newContext({ baseURL, viewport, isMobile, hasTouch, colorScheme: scheme });
    const page = await context.newPage();
    const name = `Quokka ${testInfo.project.name} ${scheme}`;
    const slug = await newBoard(api, name);
    const player = `marsupial-${testInfo.project.name}-${scheme}`;
    await submit(api, slug, [{ player, name: 'Wanda Wombat', value: 5 }]);
    await openLive(page, slug);
    await page.getByRole('button', { name: 'Search…' }).click();
    await expect(field(page)).toBeFocused();
    // Readers who are not admins see no section of the admin page.
    await expect(groups(page)).not.toHaveCount(0);
    await expect(choices(page).filter({ hasText: 'Documentation' })).toHaveAttribute('href', '/docs');
    await expect(choices(page).and(page.locator('[href="/settings"]'))).toHaveText('Settings');
    await expect(choices(page).filter({ hasText: 'Audit log' })).toHaveCount(0);
    await field(page).fill('womb');
    await expect(choices(page)).toHaveText([/Wanda Wombat/]);
    await expect(palette(page).getByRole('status')).toHaveText('1 result');
    await expectAccessible(page);
    await page.screenshot({ path: `screenshots/palette-${testInfo.project.name}-${scheme}.png` });
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(`/players/${player}`);
    await page.goto('/');
    await expect(page.locator('.cards')).toBeVisible();
    await expect(async () => {
      await page.keyboard.press('Control+k');
      await expect(field(page)).toBeFocused({ timeout: 1000 });
    }).toPass();
    // The last choice comes first.
    await expect(groups(page).first()).toHaveAccessibleName('Recent');
    await expect(choices(page).first()).toContainText('Wanda Wombat');
    await field(page).fill(name.toUpperCase());
    await expect(choices(page).first()).toContainText(name);
    await choices(page).first().click();
    await expect(page).toHaveURL(`/boards/${slug}`);
    await context.close();
  });
}

test('keys move the highlight, Escape closes the palette, and the focus returns to where it was', async ({ api, page }) => {
  const slug = await newBoard(api, 'Keyed palette');
  await submit(api, slug, [{ player: 'ann', name: 'Ann', value: 5 }]);
  await openLive(page, slug);
  const search = searchField(page);
  await search.focus();
  // The keys work in a field too.
  await openPalette(page);
  const expectActive = async (n: number) => {
    await expect(choices(page).nth(n)).toHaveAttribute('aria-selected', 'true');
    await expect(choices(page).and(page.locator('[aria-selected=true]'))).toHaveCount(1);
    await expect(field(page)).toHaveAttribute('aria-activedescendant', `palette-choice-${n}`);
    await expect(choices(page).nth(n)).toBeInViewport();
  };
  await expect(palette(page).getByRole('group', { name: 'Boards' })).toBeVisible();
  await expectActive(0);
  await page.keyboard.press('ArrowDown');
  await expectActive(1);
  await page.keyboard.press('End');
  const last = (await choices(page).count()) - 1;
  await expectActive(last);
  await page.keyboard.press('ArrowDown');
  await expectActive(0);
  await page.keyboard.press('ArrowUp');
  await expectActive(last);
  await page.keyboard.press('Home');
  await expectActive(0);
  await field(page).fill('no such place');
  await expect(palette(page).getByRole('status')).toHaveText('Nothing matches “no such place”.');
  await expect(field(page)).not.toHaveAttribute('aria-activedescendant');
  await page.keyboard.press('Escape');
  await expect(palette(page)).toHaveCount(0);
  await expect(search).toBeFocused();
  // A page waits with a reload while a field has a text.
  await expect(page.locator('.palette-field')).toHaveValue('');
  // The keys close the palette too.
  await openPalette(page);
  await expect(field(page)).toHaveValue('');
  await page.keyboard.press('Control+k');
  await expect(palette(page)).toHaveCount(0);
  await expect(search).toBeFocused();
});

test('an admin goes to a section and to the sheet of any player with the palette', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Palette of an admin');
  const player = `numbat-${process.pid}-${Date.now()}`;
  await submit(api, slug, [{ player, name: `Nora ${player}`, value: 5 }]);
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin');
  await page.goto('/admin/keys');
  await expect(page.locator('.section.ready')).toBeVisible();
  await openPalette(page);
  await field(page).fill('aud');
  await expect(choices(page).first()).toContainText('Audit log');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Audit log' })).toBeVisible();
  await expect(page.locator('.section.ready')).toBeVisible();
  await openPalette(page);
  await field(page).fill(`nora ${player}`);
  await expect(choices(page)).toHaveText([new RegExp(player)]);
  await expectAccessible(page);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: `Nora ${player}` })).toBeVisible();
  await page.context().close();
});

test('the palette is loaded when it is first opened, and is in the language of the page', async ({ browser, baseURL }) => {
  const page = await browser.newPage({ baseURL, locale: 'de-DE' });
  await page.goto('/account');
  await expect(page.locator('main h1')).toBeVisible();
  expect(await page.locator('dialog').count()).toBe(0);
  await expect(async () => {
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('combobox', { name: 'Board, Spieler oder Seite' })).toBeFocused({ timeout: 1000 });
  }).toPass();
  await expect(page.getByRole('option').filter({ hasText: 'Dokumentation' })).toBeVisible();
  await page.close();
});

test('without JavaScript there is no button of the palette', async ({ browser, baseURL }) => {
  const page = await browser.newPage({ baseURL, javaScriptEnabled: false });
  await page.goto('/');
  await expect(page.getByRole('navigation', { name: 'Site' })).toBeVisible();
  await expect(page.locator('#palette-button')).toBeHidden();
  await page.close();
});
