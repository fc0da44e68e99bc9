// Live regions and the keyboard's focus, for readers who use a screen reader or no mouse.
import type { Locator, Page } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures';
import { boardRules, descendingScores, foundPlayers, newBoard, openLive, rowAt, searchField, submit, submitAs } from './boards';
import { signInNewAccount, signUp } from './accounts';

/**
 * Watches the live regions that are in the document now. Returns a function that gives the texts
 * that these regions got since then, as a screen reader announces them.
 */
async function watchLiveRegions(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const announced: string[] = [];
    (window as unknown as { announced: string[] }).announced = announced;
    for (const region of document.querySelectorAll('[role=status], [aria-live=polite]')) {
      // Changes of a region that is not rendered are not announced.
      if (region.closest('[hidden]') || getComputedStyle(region).display === 'none') continue;
      new MutationObserver(() => announced.push(region.textContent ?? ''))
        .observe(region, { childList: true, characterData: true, subtree: true });
    }
  });
  return () => page.evaluate(() => (window as unknown as { announced: string[] }).announced);
}

test('the notices of a board are announced, and their regions are empty until then', async ({ api, page }) => {
  const slug = await newBoard(api, 'Announced');
  await submit(api, slug, descendingScores(3));
  const html = await (await page.request.get(`/boards/${slug}`)).text();
  const regions = [...html.matchAll(/<(\w+)[^>]*role="status"[^>]*>(.*?)<\/\1>/gs)].map(([, , content]) => content ?? '');
  expect(regions.length).toBeGreaterThan(5);
  for (const content of regions) expect(content.replace(/<!--.*?-->|<!>/gs, '').trim()).toBe('');
  await openLive(page, slug);
  const announced = await watchLiveRegions(page);
  await api.put(`/api/v1/boards/${slug}`, boardRules('Announced again'));
  await expect(page.getByRole('button', { name: 'Reload' })).toBeVisible();
  expect((await announced()).join()).toContain('The settings of this board have changed.');
});

test('a search announces the number of players and not the list', async ({ api, page }) => {
  const slug = await newBoard(api, 'Counted');
  await submit(api, slug, descendingScores(30));
  await openLive(page, slug);
  const announced = await watchLiveRegions(page);
  await searchField(page).fill('player 00000');
  await searchField(page).press('Enter');
  await expect(foundPlayers(page)).toHaveCount(10);
  const texts = (await announced()).filter((text) => /found|Player/.test(text));
  expect(texts).toEqual(['10 players found']);
});

test('the focus stays near a score that is discarded and a notification that is closed', async ({ api, page }) => {
  const slug = await newBoard(api, 'Focused');
  await openLive(page, slug);
  await page.route('**/_fn/submit', (route) => route.abort('connectionfailed'));
  for (const score of ['7', '8', '9']) await submitAs(page, 'Ada', score);
  const queuedScores = page.getByRole('list', { name: 'Scores not recorded yet' }).getByRole('listitem');
  const discard = (text: string) => queuedScores.filter({ hasText: text }).getByRole('button', { name: 'Discard' });
  // Only a score that was sent is listed, so the server answers at last.
  await page.unroute('**/_fn/submit');
  await api.put(`/api/v1/boards/${slug}`, boardRules('Focused', { closes_at: '2020-01-01T00:00:00Z' }));
  await expect(queuedScores).toHaveCount(3, { timeout: 30_000 });
  for (const score of await queuedScores.all()) await expect(score).toContainText('This board closed on', { timeout: 30_000 });
  await discard('8').focus();
  await page.keyboard.press('Enter');
  await expect(queuedScores).toHaveCount(2);
  await expect(discard('9')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(queuedScores).toHaveCount(1);
  await expect(discard('7')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(queuedScores).toHaveCount(0);
  const score = page.getByRole('textbox', { name: 'Score' });
  await expect(score).toBeFocused();
  // A notification returns the focus to the field.
  const close = page.getByRole('button', { name: 'Dismiss' });
  await close.focus();
  await page.keyboard.press('Enter');
  await expect(close).toHaveCount(0);
  await expect(score).toBeFocused();
});

test('the focus returns to the button of a confirmation or preview that is left', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Left');
  await submit(api, slug, descendingScores(2));
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin');
  await page.goto(`/admin/seasons?board=${slug}`);
  await expect(page.locator('.section.ready')).toBeVisible();
  for (const name of ['Close season', 'Restart season']) {
    const opener = page.getByRole('button', { name });
    for (let round = 0; round < 2; round += 1) {
      await opener.focus();
      await page.keyboard.press('Enter');
      const cancel = page.getByRole('button', { name: 'Cancel' });
      await expect(cancel).toBeFocused();
      await page.keyboard.press(round === 0 ? 'Enter' : 'Escape');
      await expect(cancel).toHaveCount(0);
      await expect(opener).toBeFocused();
    }
  }
  await page.goto(`/admin/boards?board=${slug}`);
  await expect(page.locator('.section.ready')).toBeVisible();
  await page.getByLabel('Ranking order').selectOption('ascending');
  const save = page.getByRole('button', { name: 'Save' });
  await save.click();
  const preview = page.getByRole('region', { name: 'This changes ranks' });
  await expect(preview.getByRole('heading')).toBeFocused();
  await preview.getByRole('button', { name: 'Cancel' }).click();
  await expect(save).toBeFocused();
  await save.click();
  await expect(preview.getByRole('heading')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(preview).toHaveCount(0);
  await expect(save).toBeFocused();
  await page.context().close();
});

test('errors of the score form are sentences at the field, which gets the focus @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Timed', { order: 'ascending', unit: 'ms', min_score: 80, max_score: 5_000 });
  await openLive(page, slug);
  const [name, score] = ['Name', 'Score'].map((label) => page.getByRole('textbox', { name: label })) as [Locator, Locator];
  const send = page.getByRole('button', { name: 'Submit', exact: true });
  await send.click();
  await expect(name).toBeFocused();
  await expect(name).toHaveAccessibleDescription(/^Enter a name of 1 to 40 visible characters/);
  await expect(name).toHaveAttribute('aria-invalid', 'true');
  await name.fill('Ada');
  await expect(name).toHaveAccessibleDescription('');
  await expect(name).not.toHaveAttribute('aria-invalid');
  await score.fill('12');
  await send.click();
  await expect(score).toBeFocused();
  await expect(score).toHaveAccessibleDescription('Enter a time from 80 to 5,000 ms.');
  await expect(page.locator('.status')).toHaveText('');
  await expectAccessible(page);
  // The red border is not the color of other fields.
  const border = (field: Locator) => field.evaluate((element) => getComputedStyle(element).borderTopColor);
  expect(await border(score)).not.toBe(await border(name));
  await score.fill('120');
  await send.click();
  await expect(page.locator('.row.me .score')).toHaveText('120');
  await expect(score).not.toHaveAttribute('aria-invalid');
});

test('an unusable rank is explained at the field of the jump @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Jumped', {});
  await submit(api, slug, descendingScores(300));
  await openLive(page, slug);
  const rank = page.getByRole('textbox', { name: 'Rank' });
  for (const text of ['', '0', 'first']) {
    await rank.fill(text);
    await page.getByRole('button', { name: 'Go' }).click();
    await expect(rank).toBeFocused();
    await expect(rank).toHaveAccessibleDescription('Enter a rank from 1 to 300.');
    await expect(rank).toHaveAttribute('aria-invalid', 'true');
  }
  await expectAccessible(page);
  await rank.fill('200');
  await rank.press('Enter');
  await expect(rowAt(page, 200)).toBeInViewport();
  await expect(rank).toHaveAccessibleDescription('');
});

test('the heading of the account page has the focus after a form has succeeded @phone', async ({ page }) => {
  await signUp(page, 'Ada');
  await expect(page.getByRole('heading', { level: 1, name: 'Ada' })).toBeFocused();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Your account' })).toBeFocused();
  await expectAccessible(page);
  // A visit by a link begins at the top.
  await page.goto('/account');
  await expect(page.getByRole('heading', { level: 1 })).not.toBeFocused();
});

test('the focus stays in the page after a ruling is undone', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Undone');
  const player = `undone-${process.pid}-${Date.now()}`;
  await submit(api, slug, [{ player, name: 'Una', value: 5 }]);
  const { page } = await signInNewAccount(browser, api, baseURL, 'moderator');
  await page.goto(`/admin/players?player=${player}`);
  await expect(page.locator('.section.ready')).toBeVisible();
  await page.getByRole('button', { name: 'Ban', exact: true }).click();
  const undo = page.getByRole('button', { name: 'Undo' });
  await undo.focus();
  await page.keyboard.press('Enter');
  await expect(undo).toHaveCount(0);
  await expect(page.locator('main')).toBeFocused();
  await expect(page.getByRole('button', { name: 'Ban', exact: true })).toBeVisible();
  await page.context().close();
});
