// Live updates of open boards, and optimistic submissions: pending, confirmed, refused and retried scores.
import { expect, test } from './fixtures';
import { boardRules, descendingScores, newBoard, openLive, rowAt, submit, submitAs, visibleNames } from './boards';

test('a score from a game server updates the board in two browsers', async ({ api, browser, server }) => {
  const slug = await newBoard(api, 'Two browsers');
  await submit(api, slug, descendingScores(30));
  const contexts = await Promise.all([browser.newContext({ baseURL: server.url }), browser.newContext({ baseURL: server.url })]);
  const pages = await Promise.all(contexts.map((context) => context.newPage()));
  await Promise.all(pages.map((page) => openLive(page, slug)));
  await submit(api, slug, [{ player: 'p000020', value: 999 }]);
  for (const page of pages) {
    await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000020');
    await expect(rowAt(page, 2).locator('.name')).toHaveText('Player 000000');
    await expect(rowAt(page, 2).locator('.rank')).toHaveText('2');
  }
  await submit(api, slug, [{ player: 'newcomer', name: 'Newcomer', value: 1000 }]);
  for (const page of pages) {
    await expect(rowAt(page, 1).locator('.name')).toHaveText('Newcomer');
    await expect(page.locator('.facts')).toContainText('31 ranked');
  }
  await Promise.all(contexts.map((context) => context.close()));
});

test('a guest’s score is pending until the server confirms it and other browsers show it @phone', async ({ api, page, browser, server }) => {
  const slug = await newBoard(api, 'Optimism', { tie: 'shared' });
  await submit(api, slug, descendingScores(20));
  const other = await browser.newPage({ baseURL: server.url });
  await openLive(other, slug);
  await openLive(page, slug);
  let releaseRequest = () => {};
  const requestReleased = new Promise<void>((resolve) => { releaseRequest = resolve; });
  await page.route('**/_fn/submit', async (route) => { await requestReleased; await route.continue(); });
  await submitAs(page, 'Zoë', '18');
  // The row appears before the request reaches the server.
  const pendingRow = page.locator('.row.pending');
  await expect(pendingRow.locator('.name')).toHaveText('Zoë');
  await expect(pendingRow).toHaveAttribute('data-place', '4');
  await expect(pendingRow.locator('.rank')).toHaveText('3');
  await expect(rowAt(page, 5).locator('.name')).toHaveText('Player 000003');
  expect(await other.locator('.row').filter({ hasText: 'Zoë' }).count()).toBe(0);
  releaseRequest();
  await expect(page.locator('.status')).toHaveText('Recorded. You rank #3.');
  await expect(page.locator('.row.me .name')).toHaveText('Zoë');
  await expect(page.locator('.row.pending')).toHaveCount(0);
  await expect(rowAt(other, 4).locator('.name')).toHaveText('Zoë');
  await expect(page.locator('.you')).toContainText('#3');
  await other.close();
});

test('a rank outside the loaded pages is predicted with an error bound', async ({ api, page }) => {
  const slug = await newBoard(api, 'Sketched');
  await submit(api, slug, descendingScores(4_000));
  await openLive(page, slug);
  let releaseRequest = () => {};
  const requestReleased = new Promise<void>((resolve) => { releaseRequest = resolve; });
  await page.route('**/_fn/submit', async (route) => {
    await requestReleased;
    await route.continue();
  });
  await submitAs(page, 'Ada', '1500');
  await expect(page.locator('.status')).toHaveText(/^Submitting… Expected rank: #[\d,]+ \(±\d+\)$/);
  const message = (await page.locator('.status').textContent()) ?? '';
  const [, predictedRank, errorBound] = /#([\d,]+) \(±(\d+)\)/.exec(message) ?? [];
  releaseRequest();
  await expect(page.locator('.status')).toHaveText('Recorded. You rank #2,502.');
  expect(Math.abs(Number(predictedRank?.replace(',', '')) - 2_502)).toBeLessThanOrEqual(Number(errorBound));
});

test('a refused score leaves the overlay and shows its reason', async ({ api, page }) => {
  const slug = await newBoard(api, 'Closing time');
  await submit(api, slug, descendingScores(10));
  await openLive(page, slug);
  await api.put(`/api/v1/boards/${slug}`, boardRules('Closing time', { closes_at: '2020-01-01T00:00:00Z' }));
  await submitAs(page, 'Late', '5');
  await expect(page.locator('.status')).toContainText('This board closed on');
  await expect(page.locator('.row.pending')).toHaveCount(0);
  await expect(page.locator('.row').filter({ hasText: 'Late' })).toHaveCount(0);
  expect(await visibleNames(page, 2)).toEqual(['Player 000000', 'Player 000001']);
});

test('the form rejects invalid input before it submits anything', async ({ api, page }) => {
  const slug = await newBoard(api, 'Bounds', { min_score: 0, max_score: 100 });
  await openLive(page, slug);
  await page.getByRole('textbox', { name: 'Name' }).fill('Ada');
  for (const [score, message] of [['abc', 'Enter a score like'], ['101', 'Enter a score from 0 to 100.']] as const) {
    await page.getByRole('textbox', { name: 'Score' }).fill(score);
    await page.getByRole('button', { name: 'Submit' }).click();
    await expect(page.getByRole('textbox', { name: 'Score' })).toHaveAccessibleDescription(new RegExp(message));
  }
  await expect(page.locator('.row')).toHaveCount(0);
});

test('a score is retried while the server is unreachable, and counts once', async ({ api, page }) => {
  const slug = await newBoard(api, 'Patience', { policy: 'sum' });
  await openLive(page, slug);
  let attempts = 0;
  await page.route('**/_fn/submit', (route) => {
    attempts += 1;
    return attempts <= 2 ? route.abort('connectionfailed') : route.continue();
  });
  await submitAs(page, 'Ada', '7');
  await expect(page.locator('.status')).toContainText('kept and will be sent later');
  await expect(page.locator('.status')).toHaveText('Recorded. You rank #1.', { timeout: 15_000 });
  const { rows } = await api.get<{ rows: { score: number }[] }>(`/api/v1/boards/${slug}/standings`);
  expect(rows.map((row) => row.score)).toEqual([7]);
});

test('a guest is recognised after a reload and on other boards', async ({ api, page }) => {
  const first = await newBoard(api, 'First');
  const second = await newBoard(api, 'Second');
  await openLive(page, first);
  await submitAs(page, 'Grace', '12');
  await expect(page.locator('.status')).toContainText('Recorded');
  await page.reload();
  await expect(page.locator('.you-name')).toHaveText('Grace');
  await expect(page.locator('.row.me .name')).toHaveText('Grace');
  await page.goto(`/boards/${second}`);
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('Grace');
  await expect(page.locator('.you')).toContainText('No rank this season yet');
});

test('a new guest’s pending row is not mixed up with a player whose id is “me”', async ({ api, page }) => {
  const slug = await newBoard(api, 'Me');
  await submit(api, slug, [{ player: 'me', name: 'Somebody', value: 5 }]);
  await openLive(page, slug);
  await page.route('**/_fn/submit', (route) => route.abort('connectionfailed'));
  await submitAs(page, 'Ada', '9');
  await expect(page.locator('.row.pending .name')).toHaveText('Ada');
  await expect(rowAt(page, 2).locator('.name')).toHaveText('Somebody');
  await expect(page.locator('.row.me')).toHaveCount(1);
});

test('moving rows are animated, and the list keeps its scroll position', async ({ api, page }) => {
  const slug = await newBoard(api, 'Motion');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  await page.getByLabel('Rank').fill('200');
  await page.getByRole('button', { name: 'Go' }).click();
  await expect(rowAt(page, 200)).toBeInViewport();
  await expect(rowAt(page, 200).locator('.name')).toHaveText('Player 000199');
  const list = page.locator('.list');
  const before = await list.evaluate((element) => element.scrollTop);
  await page.evaluate(() => {
    const animate = Element.prototype.animate;
    (window as unknown as { moves: number }).moves = 0;
    Element.prototype.animate = function (frames, options) {
      if (this.classList.contains('row') && frames && 'translate' in frames) (window as unknown as { moves: number }).moves += 1;
      return animate.call(this, frames, options);
    };
  });
  await submit(api, slug, [{ player: 'p000204', value: 10_000 }]);
  await expect(rowAt(page, 200).locator('.name')).toHaveText('Player 000198');
  expect(await page.evaluate(() => (window as unknown as { moves: number }).moves)).toBeGreaterThan(5);
  expect(await list.evaluate((element) => element.scrollTop)).toBe(before);
});

test('rows are animated after the device’s clock was set back', async ({ api, page }) => {
  const slug = await newBoard(api, 'Clock');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  const list = page.locator('.list');
  await list.hover();
  await page.mouse.wheel(0, 300);
  await expect.poll(() => list.evaluate((element) => element.scrollTop)).toBeGreaterThan(0);
  await page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() - 3_600_000;
    const animate = Element.prototype.animate;
    (window as unknown as { moves: number }).moves = 0;
    Element.prototype.animate = function (frames, options) {
      if (this.classList.contains('row') && frames && 'translate' in frames) (window as unknown as { moves: number }).moves += 1;
      return animate.call(this, frames, options);
    };
  });
  // Repeated, because rows are not animated while the list scrolls.
  let value = 10_000;
  await expect(async () => {
    value += 1;
    await submit(api, slug, [{ player: `p${String(value % 100 + 100).padStart(6, '0')}`, value }]);
    expect(await page.evaluate(() => (window as unknown as { moves: number }).moves)).toBeGreaterThan(5);
  }).toPass();
});

test('the reader switches between seasons and sees a countdown to the next reset', async ({ api, page }) => {
  const slug = await newBoard(api, 'Seasons', { periods: ['all_time', 'weekly', 'daily'] });
  await submit(api, slug, [{ player: 'old', name: 'Old hand', value: 50, at: '2024-05-01T00:00:00Z' }, { player: 'new', name: 'Newcomer', value: 5 }]);
  await openLive(page, slug);
  await expect(page.locator('.row')).toHaveCount(2);
  await page.getByRole('link', { name: 'Week' }).click();
  await expect(page.locator('.row')).toHaveCount(1);
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Newcomer');
  await expect(page.locator('.countdown')).toContainText('Resets in');
  await submit(api, slug, [{ player: 'third', name: 'Third', value: 9 }]);
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Third');
  await page.getByRole('link', { name: 'All time' }).click();
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Old hand');
});
