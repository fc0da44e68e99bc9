// A board moves in every browser that has it open, and a guest's score appears at once.
import { expect, test } from './fixtures';
import { boardRules, descendingScores, newBoard, openLive, rowAt, submit, submitAs, visibleNames } from './boards';

test('a score from a game server moves the rows in two browsers', async ({ api, browser, server }) => {
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

test('a guest’s score is shown as pending, then confirmed, and seen by others @phone', async ({ api, page, browser, server }) => {
  const slug = await newBoard(api, 'Optimism', { tie: 'shared' });
  await submit(api, slug, descendingScores(20));
  const other = await browser.newPage({ baseURL: server.url });
  await openLive(other, slug);
  await openLive(page, slug);
  let release = () => {};
  const held = new Promise<void>((resolve) => { release = resolve; });
  await page.route('**/_fn/submit', async (route) => { await held; await route.continue(); });
  await submitAs(page, 'Zoë', '18');
  // The server has not even been asked, and the row is there.
  const mine = page.locator('.row.pending');
  await expect(mine.locator('.name')).toHaveText('Zoë');
  await expect(mine).toHaveAttribute('data-place', '4');
  await expect(mine.locator('.rank')).toHaveText('3');
  await expect(rowAt(page, 5).locator('.name')).toHaveText('Player 000003');
  expect(await other.locator('.row').filter({ hasText: 'Zoë' }).count()).toBe(0);
  release();
  await expect(page.locator('.said')).toHaveText('Recorded. You rank #3.');
  await expect(page.locator('.row.me .name')).toHaveText('Zoë');
  await expect(page.locator('.row.pending')).toHaveCount(0);
  await expect(rowAt(other, 4).locator('.name')).toHaveText('Zoë');
  await expect(page.locator('.you')).toContainText('#3');
  await other.close();
});

test('where no page is held, a place is predicted from the sketch, with how far it may be off', async ({ api, page }) => {
  const slug = await newBoard(api, 'Sketched');
  await submit(api, slug, descendingScores(4_000));
  await openLive(page, slug);
  let release = () => {};
  const held = new Promise<void>((resolve) => { release = resolve; });
  await page.route('**/_fn/submit', async (route) => {
    await held;
    await route.continue();
  });
  await submitAs(page, 'Ada', '1500');
  await expect(page.locator('.said')).toHaveText(/^Submitting… to about rank #[\d,]+ \(±\d+\)$/);
  const said = (await page.locator('.said').textContent()) ?? '';
  const [, about, within] = /#([\d,]+) \(±(\d+)\)/.exec(said) ?? [];
  release();
  await expect(page.locator('.said')).toHaveText('Recorded. You rank #2,502.');
  expect(Math.abs(Number(about?.replace(',', '')) - 2_502)).toBeLessThanOrEqual(Number(within));
});

test('a refused score is taken back with the reason', async ({ api, page }) => {
  const slug = await newBoard(api, 'Closing time');
  await submit(api, slug, descendingScores(10));
  await openLive(page, slug);
  await api.put(`/api/v1/boards/${slug}`, boardRules('Closing time', { closes_at: '2020-01-01T00:00:00Z' }));
  await submitAs(page, 'Late', '5');
  await expect(page.locator('.said')).toContainText('took scores until');
  await expect(page.locator('.row.pending')).toHaveCount(0);
  await expect(page.locator('.row').filter({ hasText: 'Late' })).toHaveCount(0);
  expect(await visibleNames(page, 2)).toEqual(['Player 000000', 'Player 000001']);
});

test('bad input is explained before anything is sent', async ({ api, page }) => {
  const slug = await newBoard(api, 'Bounds', { min_score: 0, max_score: 100 });
  await openLive(page, slug);
  await page.getByRole('textbox', { name: 'Name' }).fill('Ada');
  for (const [score, words] of [['abc', 'must be a score like'], ['101', 'must be within 0 and 100']] as const) {
    await page.getByRole('textbox', { name: 'Score' }).fill(score);
    await page.getByRole('button', { name: 'Submit' }).click();
    await expect(page.locator('.said')).toContainText(words);
  }
  await expect(page.locator('.row')).toHaveCount(0);
});

test('a score survives a server that cannot be reached, and counts once', async ({ api, page }) => {
  const slug = await newBoard(api, 'Patience', { policy: 'sum' });
  await openLive(page, slug);
  let refused = 0;
  await page.route('**/_fn/submit', (route) => {
    refused += 1;
    return refused <= 2 ? route.abort('connectionfailed') : route.continue();
  });
  await submitAs(page, 'Ada', '7');
  await expect(page.locator('.said')).toContainText('kept and sent again');
  await expect(page.locator('.said')).toHaveText('Recorded. You rank #1.', { timeout: 15_000 });
  const { rows } = await api.get<{ rows: { score: number }[] }>(`/api/v1/boards/${slug}/standings`);
  expect(rows.map((row) => row.score)).toEqual([7]);
});

test('a guest is known again after a reload, on every board', async ({ api, page }) => {
  const first = await newBoard(api, 'First');
  const second = await newBoard(api, 'Second');
  await openLive(page, first);
  await submitAs(page, 'Grace', '12');
  await expect(page.locator('.said')).toContainText('Recorded');
  await page.reload();
  await expect(page.locator('.you-name')).toHaveText('Grace');
  await expect(page.locator('.row.me .name')).toHaveText('Grace');
  await page.goto(`/boards/${second}`);
  await expect(page.getByRole('textbox', { name: 'Name' })).toHaveValue('Grace');
  await expect(page.locator('.you')).toContainText('Not ranked in this season yet');
});

test('rows that move are animated, and the reader’s place stays', async ({ api, page }) => {
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

test('seasons are switched, and the next reset is counted down to', async ({ api, page }) => {
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
