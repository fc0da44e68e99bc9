// What is around the list: the first three, what happened lately, who is there, and the game.
import { expect, expectAccessible, test } from './fixtures';
import { boardRules, descendingScores, newBoard, openLive, rowAt, submit } from './boards';

test('the first three stand above the list, wherever it is, and a new leader is told of @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Podium');
  await submit(api, slug, descendingScores(400));
  // In the page as the server sent it, too.
  const sent = await (await page.request.get(`/boards/${slug}?rank=300`)).text();
  expect(sent).toMatch(/class="podium"[\s\S]*Player 000000[\s\S]*Player 000001[\s\S]*Player 000002/);
  await openLive(page, slug, '?rank=300');
  await expect(page.getByRole('img', { name: /^Half of all have 20\d or better\.$/ })).toBeVisible();
  const podium = page.getByRole('list', { name: 'The first three' }).getByRole('listitem');
  await expect(podium).toHaveText([/Player 000000/, /Player 000001/, /Player 000002/]);
  await submit(api, slug, [{ player: 'new', name: 'Newcomer', value: 5000 }]);
  await expect(podium.first()).toContainText('Newcomer');
  await expect(podium.first()).toContainText('5,000');
  const lately = page.getByRole('region', { name: 'Lately' }).getByRole('listitem');
  await expect(lately.first()).toHaveText('Newcomer took the lead with 5,000');
  await submit(api, slug, [{ player: 'p000050', name: 'Climber', value: 393 }]);
  await expect(lately.first()).toHaveText('Climber rose from #52 to #10 with 393');
  await expect(lately.nth(1)).toHaveText('Newcomer took the lead with 5,000');
  await expect(lately).toHaveCount(8);
  // The place that is read stays.
  await expect(rowAt(page, 300)).toBeVisible();
  await expectAccessible(page);
});

test('who wishes to be seen is named to others, for as long', async ({ api, browser, baseURL, page }) => {
  const slug = await newBoard(api, 'Present');
  await submit(api, slug, descendingScores(3));
  await openLive(page, slug);
  const context = await browser.newContext({ baseURL });
  const other = await context.newPage();
  await openLive(other, slug);
  const wish = other.getByLabel('Show others that I am here');
  await expect(wish).toBeHidden();
  await other.getByRole('textbox', { name: 'Name' }).fill('Ann');
  await other.getByRole('textbox', { name: 'Score' }).fill('7');
  await other.getByRole('button', { name: 'Submit', exact: true }).click();
  const here = page.getByRole('region', { name: 'Here now' });
  await expect(here).toBeHidden();
  await wish.check();
  await expect(here).toContainText('Ann');
  // It is kept, and taken back.
  await other.reload();
  await expect(wish).toBeChecked();
  await expect(here).toContainText('Ann');
  await wish.uncheck();
  await expect(here).toBeHidden();
  await context.close();
});

test('reflex is played on its page, and the score goes the way of every other @phone', async ({ api, page }, testInfo) => {
  const rules = { order: 'ascending' as const, unit: 'ms', min_score: 80, max_score: 5000, description: 'Tap as soon as the colour changes.' };
  await api.put('/api/v1/boards/reflex', boardRules('Reflex', rules));
  await submit(api, 'reflex', descendingScores(30).map(({ player, name }, i) => ({ player, name, value: 4000 + i })));
  await openLive(page, 'reflex');
  await page.getByRole('textbox', { name: 'Name' }).fill(`Quick ${testInfo.project.name}`);
  const field = page.getByRole('region', { name: 'Play' }).getByRole('button');
  await expect(field).toContainText('Tap to play');
  await expectAccessible(page);
  // By keyboard as well; and too soon is too soon.
  await field.evaluate((button) => {
    for (const key of ['Enter', ' ']) button.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  });
  await expect(field).toContainText('Too soon');
  // A player who needs 150 ms from the colour to the tap.
  await field.evaluate((button) => {
    const tap = () => {
      button.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, isPrimary: true }));
      button.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }));
    };
    new MutationObserver(() => {
      if (button.dataset.phase === 'go') setTimeout(tap, 150);
    }).observe(button, { attributes: true, attributeFilter: ['data-phase'] });
    tap();
  });
  await expect(field).toHaveAttribute('data-phase', 'done', { timeout: 30_000 });
  await expect(page.locator('.said')).toContainText('Recorded. You rank #');
  const score = Number(/(\d+) ms/.exec(await field.innerText())?.[1]);
  expect(score).toBeGreaterThanOrEqual(150);
  expect(score).toBeLessThan(4000);
  await expect(page.locator('.row.me .score')).toHaveText(score.toLocaleString('en'));
  await expect(page.locator('.distribution rect.mine')).toHaveCount(1);
  await page.screenshot({ path: `screenshots/reflex-${testInfo.project.name}.png` });
});

test('a player has a page, and their place on a board is a link away @phone', async ({ api, page }, testInfo) => {
  const first = await newBoard(api, 'Sprint', { unit: 'points' });
  const second = await newBoard(api, 'Marathon');
  // An id may have what an address gives another meaning.
  const player = `runner#${testInfo.project.name}&${Date.now()}`;
  const id = encodeURIComponent(player);
  await submit(api, first, descendingScores(300));
  await submit(api, first, [{ player, name: 'Rosa Runner', value: 50 }]);
  await submit(api, second, [{ player, name: 'Rosa Runner', value: 7 }]);
  await openLive(page, first, `?player=${id}`);
  const row = page.locator('.row', { hasText: 'Rosa Runner' });
  await expect(row).toBeInViewport({ ratio: 0.9 });
  await row.getByRole('link', { name: 'Rosa Runner' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Rosa Runner');
  await expect(page.getByText('Ranked on 2 boards')).toBeVisible();
  const card = page.getByRole('link', { name: /Sprint/ });
  await expect(card).toContainText('#252');
  await expect(card).toContainText('50 points');
  await expectAccessible(page);
  await page.screenshot({ path: `screenshots/player-${testInfo.project.name}.png` });
  await card.click();
  await expect(row).toBeInViewport({ ratio: 0.9 });
  // The same without a script, and nobody is nobody.
  expect(await (await page.request.get(`/players/${id}`)).text()).toContain('Rosa Runner');
  expect((await page.goto('/players/nobody-of-that-name'))?.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is no such player');
});

test('who is to be overtaken next is said', async ({ api, page }) => {
  const slug = await newBoard(api, 'Chase');
  await submit(api, slug, descendingScores(300));
  await openLive(page, slug);
  await page.getByRole('textbox', { name: 'Name' }).fill('Hunter');
  await page.getByRole('textbox', { name: 'Score' }).fill('120');
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  const you = page.getByRole('region', { name: 'You', exact: true });
  // Its page is not on screen, and is watched all the same.
  await expect(you).toContainText('#182');
  await expect(you.locator('.next')).toHaveText('Next: 1 to Player 000179, #180');
  await submit(api, slug, [{ player: 'p000250', name: 'Wedge', value: 125 }]);
  await expect(you).toContainText('#183');
  await submit(api, slug, [{ player: 'p000179', name: 'Player 000179', value: 900 }, { player: 'p000180', name: 'Player 000180', value: 901 }]);
  await expect(you.locator('.next')).toHaveText('Next: 2 to Player 000178, #182');
});
