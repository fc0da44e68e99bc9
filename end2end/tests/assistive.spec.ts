// Live regions and the keyboard's focus, for readers who use a screen reader or no mouse.
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { boardRules, descendingScores, newBoard, openLive, submit, submitAs } from './boards';
import { signInNewAccount } from './accounts';

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
  await page.getByRole('searchbox').fill('player 00000');
  await page.getByRole('searchbox').press('Enter');
  await expect(page.getByRole('list', { name: 'Players found' }).getByRole('listitem').first()).toBeVisible();
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

test('the focus returns to the button of a confirmation that is left', async ({ api, browser, baseURL }) => {
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
      await page.keyboard.press('Enter');
      await expect(cancel).toHaveCount(0);
      await expect(opener).toBeFocused();
    }
  }
  await page.goto(`/admin/boards?board=${slug}`);
  await expect(page.locator('.section.ready')).toBeVisible();
  await page.getByLabel('Ranking order').selectOption('ascending');
  const save = page.getByRole('button', { name: 'Save' });
  await save.click();
  await page.getByRole('region', { name: 'This changes ranks' }).getByRole('button', { name: 'Cancel' }).click();
  await expect(save).toBeFocused();
  await page.context().close();
});
