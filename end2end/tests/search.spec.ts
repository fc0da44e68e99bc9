// Features around a board's rows: player search, rank history, past seasons and the picture for shared
// links. Also the live leaders on the home page, and the reload after a season has ended.
import { Api, expect, expectAccessible, Server, test } from './fixtures';
import { boardRules, descendingScores, foundPlayers, newBoard, openLive, rowAt, searchField, submit, submitAs } from './boards';

test('search finds a player by a name prefix and links to their row @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Searched');
  await submit(api, slug, [...descendingScores(300), { player: 'zoe', name: 'Zoë Ångström', value: 150 }]);
  await openLive(page, slug);
  const field = searchField(page);
  await field.fill('zoë');
  await page.getByRole('button', { name: 'Find', exact: true }).click();
  const result = foundPlayers(page);
  await expect(result).toHaveText(/#152.*Zoë Ångström.*150/);
  await expectAccessible(page);
  await result.click();
  await expect(rowAt(page, 152)).toBeInViewport();
  await field.fill('nobody at all');
  await field.press('Enter');
  await expect(page.getByText('No players match “nobody at all”.')).toBeVisible();
  // A failed search shows an error next to the search box. The rest of the page keeps working.
  await page.route('**/_fn/search*', (route) => route.abort('connectionfailed'));
  await field.press('Enter');
  await expect(page.getByText('Can’t reach the server.')).toBeVisible();
  await submit(api, slug, [{ player: 'p000151', value: 500 }]);
  await page.getByRole('textbox', { name: 'Rank' }).fill('1');
  await page.keyboard.press('Enter');
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000151');
  await page.unroute('**/_fn/search*');
  await field.fill('zoë');
  await field.press('Enter');
  await expect(result).toHaveText(/Zoë Ångström/);
  // A search needs a text.
  await field.fill('');
  await field.press('Enter');
  await expect(field).toHaveAccessibleDescription('Enter a name, or the beginning of one.');
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await expect(field).toBeFocused();
  await expect(result).toHaveCount(0);
});

test('a search that begins before its code has arrived is answered', async ({ api, page }) => {
  const slug = await newBoard(api, 'Early search');
  await submit(api, slug, descendingScores(60));
  let releaseCode = () => {};
  const codeReleased = new Promise<void>((resolve) => { releaseCode = resolve; });
  const codeRequest = page.waitForRequest(/\/pkg\/split_later\b/);
  await page.route(/\/pkg\/split_later\b/, async (route) => { await codeReleased; await route.continue(); });
  await openLive(page, slug);
  await searchField(page).fill('Player 000041');
  await codeRequest;
  releaseCode();
  await expect(foundPlayers(page)).toHaveText(/Player 000041/);
});

test('search finds any word of a name while the reader types, and keys choose a player @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Typed');
  const players = ['Rafael Nadal', 'Nadia Petrova', 'Novak Djokovic'].map((name, n) => ({ player: `typed-${n}`, name, value: 60 - 20 * n }));
  await submit(api, slug, [...descendingScores(300), ...players]);
  await openLive(page, slug);
  const [field, options] = [searchField(page), foundPlayers(page)];
  await expect(field).toHaveRole('combobox');
  await expect(field).toHaveAttribute('aria-expanded', 'false');
  const top = () => page.locator('.list').evaluate((list) => list.getBoundingClientRect().top);
  const before = await top();
  await field.pressSequentially('nad');
  await expect(options).toHaveText([/Nadia Petrova/, /Rafael Nadal/]);
  await expect(field).toHaveAttribute('aria-expanded', 'true');
  await expect(page.getByRole('status').filter({ hasText: '2 players found' })).toHaveCount(1);
  expect(await page.locator('[role=status] a').count()).toBe(0);
  await expectAccessible(page);
  expect(await top()).toBe(before);
  // Escape closes the options and keeps the text; an arrow opens them again.
  await page.keyboard.press('Escape');
  await expect(options).toHaveCount(0);
  await expect(field).toHaveValue('nad');
  for (const [key, active] of [['ArrowDown', 0], ['ArrowDown', 1], ['ArrowDown', 0], ['ArrowUp', 1]] as const) {
    await page.keyboard.press(key);
    const option = options.nth(active);
    await expect(option).toHaveAttribute('aria-selected', 'true');
    await expect(field).toHaveAttribute('aria-activedescendant', (await option.getAttribute('id')) ?? '');
  }
  const chosen = (await options.nth(1).locator('.name').textContent()) ?? '';
  await expectAccessible(page);
  await page.keyboard.press('Enter');
  await expect(options).toHaveCount(0);
  await expect(field).toBeFocused();
  const row = page.locator('.row.active');
  await expect(row).toContainText(chosen);
  await expect(row).toBeInViewport();
  // The options lie over the list. On a phone, the page has scrolled to the row.
  const after = await top();
  await page.keyboard.press('ArrowDown');
  await expect(options).toHaveCount(2);
  expect(await top()).toBe(after);
  // They close when the reader leaves the field.
  await page.getByRole('textbox', { name: 'Rank' }).focus();
  await expect(options).toHaveCount(0);
  await expect(field).toHaveAttribute('aria-expanded', 'false');
});

test('Back returns to the place and the search before', async ({ api, page }) => {
  const slug = await newBoard(api, 'Searched and back');
  await submit(api, slug, [...descendingScores(300), { player: 'zoe', name: 'Zoë Ångström', value: 150 }]);
  await openLive(page, slug);
  const [field, result] = [searchField(page), foundPlayers(page)];
  // The surname in capitals, decomposed, after two spaces.
  await field.fill('  A\u030angstro\u0308M');
  await field.press('Enter');
  await expect(result).toHaveText(/Zoë Ångström/);
  await result.click();
  await expect(rowAt(page, 152)).toBeInViewport();
  await expect(result).toHaveCount(0);
  await expect(page).toHaveURL(/player=zoe/);
  // The result of the search before is closed, and one key away.
  await page.goBack();
  await expect(rowAt(page, 1)).toBeInViewport();
  await expect(result).toHaveCount(0);
  await expect(field).toHaveValue(/ngstr/);
  await field.press('ArrowDown');
  await expect(result).toHaveText(/Zoë Ångström/);
  await page.goBack();
  await expect(result).toHaveCount(0);
  await expect(field).toHaveValue('');
  await expect(page).toHaveURL(`/boards/${slug}`);
  await page.goForward();
  await expect(field).toHaveValue(/ngstr/);
  // The address shows the same result and the same player to others.
  await page.reload();
  await expect(result).toHaveText(/Zoë Ångström/);
  await page.goForward();
  await expect(page).toHaveURL(/player=zoe/);
  await page.reload();
  await expect(rowAt(page, 152)).toBeInViewport();
  await expect(result).toHaveCount(0);
});

test('a player sees the history of their rank', async ({ api, page }) => {
  const slug = await newBoard(api, 'Risen');
  await submit(api, slug, descendingScores(100));
  await openLive(page, slug);
  for (const [score, rank] of [['10', 92], ['50', 52], ['99', 3]] as const) {
    await submitAs(page, 'Ada', score);
    await expect(page.locator('.status')).toContainText(`You rank #${rank}`);
    await expect(page.locator('.you')).toContainText(`#${rank}`);
  }
  const plot = page.locator('.you .history');
  await expect(plot.getByRole('img')).toHaveAccessibleName('From rank 92 to rank 3 today. Peak rank: 3.');
  // The server renders the same history after a reload.
  await page.reload();
  // One point for each score, and one for today.
  await expect(plot.locator('.point')).toHaveCount(4);
  await page.locator('.row.me').getByRole('link').click();
  await expect(page.getByRole('heading', { name: 'Ada' })).toBeVisible();
  await expect(page.locator('.history').first()).toContainText('From rank 92 to rank 3 today');
  await expectAccessible(page);
});

test('the board page links to past seasons', async ({ api, page }) => {
  const slug = await newBoard(api, 'Years ago', { periods: ['all_time', 'yearly'] });
  await submit(api, slug, [
    { player: 'old', name: 'Old hand', value: 50, at: '2019-05-01T00:00:00Z' },
    { player: 'new', name: 'Newcomer', value: 5 },
  ]);
  await openLive(page, slug, '?period=yearly');
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Newcomer');
  await page.locator('.past summary').click();
  await page.getByRole('list', { name: 'Seasons' }).getByRole('link', { name: '2019' }).click();
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Old hand');
});

test('the board page links to every season of a long history', async ({ api, page }) => {
  const slug = await newBoard(api, 'Every day', { periods: ['daily'] });
  const day = (ago: number) => new Date(Date.UTC(2020, 11, 31) - ago * 86_400_000).toISOString();
  const scores = Array.from({ length: 130 }, (_, ago) => ({ player: `p${ago}`, name: `Ago ${ago}`, value: 5, at: day(ago) }));
  await submit(api, slug, scores);
  await page.goto(`/boards/${slug}`);
  const seasons = page.getByRole('list', { name: 'Seasons' });
  const follow = async (name: string) => {
    await page.locator('.past summary').click();
    await seasons.getByRole('link', { name }).click();
  };
  // Not by role, because the list is hidden until the summary is clicked.
  await expect(page.locator('.past a')).toHaveCount(61);
  await follow('Older seasons');
  await expect(page).toHaveURL(/season=2020-11-02/);
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Ago 59');
  await follow('Older seasons');
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Ago 119');
  await expect(page.locator('.past a').last()).toHaveText(/Aug/);
  await follow('Newer seasons');
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Ago 118');
});

test('a board has a picture for shared links, and its link can be copied', async ({ api, page, context, server }) => {
  const slug = await newBoard(api, 'Shared & <shown>');
  await submit(api, slug, [{ player: 'a', name: '</text>&"', value: 5 }, { player: 'b', name: 'Жанна', value: 4 }]);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openLive(page, slug);
  const picture = await page.locator('meta[property="og:image"]').getAttribute('content');
  expect(picture).toBe(`${server.url}/boards/${slug}/picture.png?season=all`);
  const response = await page.request.get(picture ?? '');
  expect(response.headers()['content-type']).toBe('image/png');
  const png = await response.body();
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 630]);
  await page.getByRole('link', { name: 'Share' }).click();
  await expect(page.locator('.toast')).toContainText('Link copied.');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${server.url}/boards/${slug}?season=all`);
});

test('the home page shows the first three of each board live', async ({ api, page }) => {
  const slug = await newBoard(api, 'Homely');
  await submit(api, slug, descendingScores(5));
  await page.goto('/');
  const card = page.getByRole('link').filter({ hasText: 'Homely' });
  await expect(card.locator('.leaders .name')).toHaveText(['Player 000000', 'Player 000001', 'Player 000002']);
  await card.scrollIntoViewIfNeeded();
  // Repeated, because the page shows no changes before it has subscribed.
  await expect(async () => {
    await submit(api, slug, [{ player: 'comet', name: 'Comet', value: 1_000 + Math.floor(performance.now()) }]);
    await expect(card.locator('.leaders .name').first()).toHaveText('Comet', { timeout: 1_000 });
  }).toPass();
  await expect(card).toContainText('6 players');
});

test('the home page subscribes to visible boards if it shows more than a connection may follow', async ({ browser }) => {
  const server = await Server.start();
  const api = new Api(server.url, server.token);
  for (let n = 10; n < 70; n += 1) await api.put(`/api/v1/boards/many-${n}`, boardRules(`Many ${n}`));
  const context = await browser.newContext({ baseURL: server.url, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const sentFrames: string[] = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sentFrames.push(Buffer.from(payload).toString('latin1'))));
  await page.goto('/');
  await expect(page.getByRole('listitem').filter({ hasText: 'Many' })).toHaveCount(60);
  const isSubscribed = (slug: string) => sentFrames.some((frame) => frame.includes(`page:${slug}:`));
  for (const slug of ['many-69', 'many-10', 'many-40']) {
    const card = page.locator(`a[href="/boards/${slug}"]`);
    await card.scrollIntoViewIfNeeded();
    await expect.poll(() => isSubscribed(slug)).toBe(true);
    await submit(api, slug, [{ player: 'comet', name: 'Comet', value: 1 }]);
    await expect(card.locator('.leaders .name')).toHaveText('Comet');
  }
  await context.close();
  await server.stop();
});

/** Fills the score of the form, moves the focus there, or begins a game of Reflex. */
async function beginSomething(page: import('@playwright/test').Page, what: 'a score' | 'typing' | 'a game'): Promise<void> {
  if (what === 'a score') return page.getByRole('textbox', { name: 'Score' }).fill('12');
  if (what === 'typing') return page.getByRole('textbox', { name: 'Score' }).focus();
  // The colour changes soon, and the game waits for the tap.
  await page.getByRole('region', { name: 'Play' }).getByRole('button').press('Enter');
}

for (const [kind, busyWith] of [['board', undefined], ['home page', undefined], ['board', 'a score'], ['board', 'typing'], ['board', 'a game']] as const) {
  test(`a ${kind} ${busyWith ? `offers the next season while ${busyWith} is begun` : 'reloads'} when a season that it shows has ended`, async ({ browser }) => {
    const server = await Server.start();
    const api = new Api(server.url, server.token);
    const page = await browser.newPage({ baseURL: server.url });
    await newBoard(api, 'A year is longer', { periods: ['yearly'] });
    const slug = busyWith === 'a game' ? 'reflex' : await newBoard(api, 'Ends', { periods: ['daily'] });
    const order = busyWith === 'a game' ? 'ascending' : 'descending';
    await api.put(`/api/v1/boards/${slug}`, boardRules('Ends', { periods: ['daily'], order }));
    const { seasons: [{ season }] } = await api.get<{ seasons: [{ season: string }] }>(`/api/v1/boards/${slug}`);
    const next = new Date(Date.parse(season) + 86_400_000).toISOString().slice(0, 10);
    // Once `hasEnded` is set, the proxy replaces the running season by that of the next day.
    let isSeasonReceived = false;
    let hasEnded = false;
    await page.routeWebSocket('**/ws', (socket) => {
      const upstream = socket.connectToServer();
      socket.onMessage((message) => upstream.send(message));
      upstream.onMessage((message) => {
        const text = Buffer.from(message).toString('latin1');
        // In a list of seasons, the name follows its length, 10, which is the byte `\n`. In a channel's name
        // it follows a colon.
        isSeasonReceived ||= text.includes(`board:${slug}`) && text.includes(`\n${season}`);
        socket.send(hasEnded ? Buffer.from(text.replaceAll(`\n${season}`, `\n${next}`), 'latin1') : message);
      });
    });
    await page.goto(kind === 'board' ? `/boards/${slug}` : '/');
    await expect.poll(() => isSeasonReceived).toBe(true);
    if (busyWith) {
      await expect(page.locator('.connection')).toHaveText('Live');
      await beginSomething(page, busyWith);
    }
    let loads = 0;
    page.on('load', () => { loads += 1; });
    hasEnded = true;
    // A new title makes the server send the board again.
    await api.put(`/api/v1/boards/${slug}`, boardRules('Ends and begins', { periods: ['daily'], order }));
    if (busyWith) {
      const offer = page.getByRole('button', { name: 'Show the new season' });
      await expect(offer).toBeVisible();
      expect(loads).toBe(0);
      if (busyWith === 'a score') await expect(page.getByRole('textbox', { name: 'Score' })).toHaveValue('12');
      await offer.click();
    }
    await expect.poll(() => loads).toBeGreaterThan(0);
    await page.context().close();
    await server.stop();
  });
}

test('a click with a modifier key opens a found player in another tab', async ({ api, page, context }) => {
  const slug = await newBoard(api, 'Opened elsewhere');
  await submit(api, slug, [...descendingScores(120), { player: 'zoe', name: 'Zoë', value: 60 }]);
  await openLive(page, slug);
  await searchField(page).fill('zo');
  await page.getByRole('button', { name: 'Find', exact: true }).click();
  const opened = context.waitForEvent('page');
  await foundPlayers(page).click({ modifiers: ['ControlOrMeta'] });
  const other = await opened;
  await expect(rowAt(other, 62).locator('.name')).toHaveText('Zoë');
  await expect(page).not.toHaveURL(/player=zoe/);
});

test('search works without JavaScript', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Plainly searched');
  await submit(api, slug, [...descendingScores(120), { player: 'zoe', name: 'Zoë', value: 60 }]);
  const context = await browser.newContext({ baseURL, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`/boards/${slug}`);
  await searchField(page).fill('zo');
  await page.getByRole('button', { name: 'Find', exact: true }).click();
  await page.getByRole('list', { name: 'Players found' }).getByRole('link').click();
  await expect(rowAt(page, 62).locator('.name')).toHaveText('Zoë');
  await context.close();
});
