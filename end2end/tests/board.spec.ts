// The parts of a board's page around the list: podium, recent highlights, presence, the Reflex game, and
// links to player pages.
import type { Locator } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures';
import { descendingScores, newBoard, newReflexBoard, openLive, rowAt, showRanks, showSide, submit, submitAs } from './boards';

test('the initial of an avatar is a whole character of its script', async ({ api, page }) => {
  const slug = await newBoard(api, 'Initials');
  const initials = [
    ['👨\u200d👩\u200d👧\u200d👦 Family', '👨\u200d👩\u200d👧\u200d👦'],
    ['🇩🇪 Fan', '🇩🇪'],
    ['e\u0301mile', 'É'],
    ['x\u0301x', 'X\u0301'],
    ['क्षेत्र', 'क्षे'],
    ['\u1112\u1161\u11ab', '한'],
  ] as const;
  await submit(api, slug, initials.map(([name], i) => ({ player: `p${i}`, name, value: 100 - i })));
  const avatars = page.locator('.row .avatar');
  const expected = initials.map(([, initial]) => initial);
  await openLive(page, slug);
  await expect(avatars).toHaveText(expected);
  // The server rendered these rows. The client renders those of a change.
  await submit(api, slug, [{ player: 'first', name: 'first', value: 1_000 }]);
  await expect(avatars).toHaveText(['F', ...expected]);
});

test('the podium stays above a scrolled list, and a new leader appears in the feed @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Podium');
  await submit(api, slug, descendingScores(400));
  // The server-rendered page includes the podium.
  const html = await (await page.request.get(`/boards/${slug}?rank=300`)).text();
  expect(html).toMatch(/class="podium"[\s\S]*Player 000000[\s\S]*Player 000001[\s\S]*Player 000002/);
  await openLive(page, slug, '?rank=300');
  await showSide(page);
  await expect(page.getByRole('img', { name: /^Median: 20\d$/ })).toBeVisible();
  await showRanks(page);
  const podium = page.getByRole('list', { name: 'Top three' }).getByRole('listitem');
  await expect(podium).toHaveText([/Player 000000/, /Player 000001/, /Player 000002/]);
  await submit(api, slug, [{ player: 'new', name: 'Newcomer', value: 5000 }]);
  await expect(podium.first()).toContainText('Newcomer');
  await expect(podium.first()).toContainText('5,000');
  const feed = page.getByRole('region', { name: 'Highlights' }).getByRole('listitem');
  await showSide(page);
  await expect(feed.first()).toHaveText('Newcomer took the lead with 5,000');
  await submit(api, slug, [{ player: 'p000050', name: 'Climber', value: 393 }]);
  await expect(feed.first()).toHaveText('Climber rose from #52 to #10 with 393');
  await expect(feed.nth(1)).toHaveText('Newcomer took the lead with 5,000');
  await expect(feed).toHaveCount(8);
  await showRanks(page);
  // The list does not move away from the reader's place.
  await expect(rowAt(page, 300)).toBeInViewport();
  await expectAccessible(page);
});

test('a player who opts in is named to other viewers until they opt out', async ({ api, browser, baseURL, page }) => {
  const slug = await newBoard(api, 'Present');
  await submit(api, slug, descendingScores(3));
  await openLive(page, slug);
  const context = await browser.newContext({ baseURL });
  const other = await context.newPage();
  await openLive(other, slug);
  const optIn = other.getByLabel('Show my name to other viewers');
  await expect(optIn).toBeHidden();
  await other.getByRole('textbox', { name: 'Name' }).fill('Ann');
  await other.getByRole('textbox', { name: 'Score' }).fill('7');
  await other.getByRole('button', { name: 'Submit', exact: true }).click();
  const presence = page.getByRole('region', { name: 'Here now' });
  await expect(presence).toBeHidden();
  const stored = other.waitForResponse('**/_fn/presence');
  await optIn.check();
  await expect(presence).toContainText('Ann');
  expect((await stored).status()).toBe(200);
  // The choice survives a reload and can be undone.
  await other.reload();
  await expect(optIn).toBeChecked();
  await expect(presence).toContainText('Ann');
  await optIn.uncheck();
  await expect(presence).toBeHidden();
  await context.close();
});

test('a board that only game servers fill does not ask readers for a score', async ({ api, page }) => {
  const slug = await newBoard(api, 'Imported', { submitters: 'servers' });
  await submit(api, slug, descendingScores(5));
  await openLive(page, slug);
  await expect(page.getByText('Only game servers submit scores to this board.')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Score' })).toBeHidden();
  await expect(page.getByRole('button', { name: 'Submit', exact: true })).toBeHidden();
  await expect(page.getByText('Submit a score and claim your rank. No account needed.')).toHaveCount(0);
  await expectAccessible(page);
  await api.patch(`/api/v1/boards/${slug}`, { submitters: 'both' });
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect(page.getByRole('textbox', { name: 'Score' })).toBeVisible();
});

/** Plays a game with a reaction time of 150 ms, and each later one that is begun. */
async function playReflex(field: Locator): Promise<void> {
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
}

test('a new player of Reflex plays first, and saves the score with a name @phone', async ({ api, page }, testInfo) => {
  await newReflexBoard(api);
  await openLive(page, 'reflex');
  const game = page.getByRole('region', { name: 'Play' });
  const field = game.locator('.tap');
  await expect(field).toContainText('Tap to play');
  // The game is in sight without scrolling, above the list on a phone.
  await expect(field).toBeInViewport({ ratio: 1 });
  const [top, left] = await Promise.all([game, page.locator('.list')].map((part) => part.boundingBox()));
  if (testInfo.project.name === 'phone') expect((top?.y ?? 0) + (top?.height ?? 0)).toBeLessThanOrEqual(left?.y ?? 0);
  await expect(page.getByRole('textbox', { name: 'Score' })).toHaveCount(0);
  await expect(page.getByText('Play and claim your rank. No account needed.')).toBeVisible();
  await expectAccessible(page);
  // The keyboard works, too. The second key comes before the colour changes.
  await field.evaluate((button) => {
    for (const key of ['Enter', ' ']) button.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  });
  await expect(field).toContainText('Too soon');
  await playReflex(field);
  const run = game.locator('.run');
  await expect(run).toHaveText(/^\d+ ms · about #\d+$/);
  const name = game.getByRole('textbox', { name: 'Your name?' });
  await expect(name).toBeFocused();
  await expectAccessible(page);
  const save = game.getByRole('button', { name: 'Save' });
  await save.click();
  await expect(name).toBeFocused();
  await expect(name).toHaveAccessibleDescription(/ms · about #\d+ Enter a name of 1 to 40 visible characters/);
  await name.fill(`Quick ${testInfo.project.name}`);
  await save.click();
  await expect(page.locator('.status')).toContainText('Recorded. You rank #');
  await expect(name).toBeHidden();
  await expect(save).toBeHidden();
  await expect(field).toBeFocused();
  const score = Number(/(\d+) ms/.exec(await run.innerText())?.[1]);
  expect(score).toBeGreaterThanOrEqual(150);
  expect(score).toBeLessThan(4000);
  await expect(page.locator('.row.me .score')).toHaveText(score.toLocaleString('en'));
  await expect(page.locator('.row.me .name')).toHaveText(`Quick ${testInfo.project.name}`);
  await expect(page.locator('.distribution rect.mine')).toHaveCount(1);
  await page.screenshot({ path: `screenshots/reflex-${testInfo.project.name}.png` });
  // The score of a known player needs no second step.
  await expect(page.locator('.you .you-name')).toHaveText(`Quick ${testInfo.project.name}`);
  const sent = page.waitForRequest('**/_fn/submit');
  await field.press('Enter');
  await expect(field).toHaveAttribute('data-phase', 'done', { timeout: 30_000 });
  await sent;
  await expect(save).toBeHidden();
  await expect(page.locator('.status')).toContainText('Recorded. You rank #');
});

test('a player page links to the player’s row on each board @phone', async ({ api, page }, testInfo) => {
  const first = await newBoard(api, 'Sprint', { unit: 'points' });
  const second = await newBoard(api, 'Marathon');
  // An id may contain characters that are reserved in URLs.
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
  // The server renders the page without JavaScript, and answers 404 for an unknown player.
  expect(await (await page.request.get(`/players/${id}`)).text()).toContain('Rosa Runner');
  expect((await page.goto('/players/nobody-of-that-name'))?.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Player not found');
});

test('the reader sees the next player to overtake and the score difference', async ({ api, page }) => {
  const slug = await newBoard(api, 'Chase');
  await submit(api, slug, descendingScores(300));
  await openLive(page, slug);
  await page.getByRole('textbox', { name: 'Name' }).fill('Hunter');
  await page.getByRole('textbox', { name: 'Score' }).fill('120');
  await page.getByRole('button', { name: 'Submit', exact: true }).click();
  const you = page.getByRole('region', { name: 'You', exact: true });
  // The client subscribes to the page that holds the next better row, although it is off screen.
  await expect(you).toContainText('#182');
  await expect(you.locator('.next')).toHaveText('1 behind Player 000179 (#180)');
  await submit(api, slug, [{ player: 'p000250', name: 'Wedge', value: 125 }]);
  await expect(you).toContainText('#183');
  await submit(api, slug, [{ player: 'p000179', name: 'Player 000179', value: 900 }, { player: 'p000180', name: 'Player 000180', value: 901 }]);
  await expect(you.locator('.next')).toHaveText('2 behind Player 000178 (#182)');
});

test('a difference of one has no unit in the plural, and a unit of times stays', async ({ api, page }) => {
  for (const [unit, one, two] of [['points', '1', '2 points'], ['ms', '1 ms', '2 ms']] as const) {
    const slug = await newBoard(api, `Unit ${unit}`, { unit });
    await submit(api, slug, [{ player: 'ahead', name: 'Ahead', value: 10 }]);
    await openLive(page, slug);
    await submitAs(page, 'Hunter', '8');
    const next = page.getByRole('region', { name: 'You', exact: true }).locator('.next');
    await expect(next).toHaveText(`${two} behind Ahead (#1)`);
    await submit(api, slug, [{ player: 'between', name: 'Between', value: 9 }]);
    await expect(next).toHaveText(`${one} behind Between (#2)`);
  }
});
