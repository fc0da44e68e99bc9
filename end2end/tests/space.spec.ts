// The space that the rows of a board get: one line of tools, a small podium, low rows, and a list that is no
// higher than its rows.
import { expect, expectAccessible, test } from './fixtures';
import { boardRules, descendingScores, newBoard, newReflexBoard, openLive, rowAt, rowHeight, submit, submitAs } from './boards';

test('the tools of a board are one line, and its rows get most of the screen', async ({ api, page }) => {
  const slug = await newBoard(api, 'Spacious', { periods: ['all_time', 'yearly', 'monthly', 'weekly', 'daily'] });
  await submit(api, slug, descendingScores(300));
  await openLive(page, slug);
  await expect(page.locator('.watching')).toHaveText('1 watching');
  const centres = await page.locator('.bar').evaluate((bar) => ['.tabs', '#find', '#rank', '.watching'].map((selector) => {
    const box = bar.querySelector(selector)?.getBoundingClientRect();
    return box ? box.top + box.height / 2 : NaN;
  }));
  for (const centre of centres) expect(Math.abs(centre - (centres[0] ?? NaN))).toBeLessThanOrEqual(2);
  const podium = await page.locator('.podium').boundingBox();
  expect(podium?.height).toBeLessThanOrEqual(64);
  for (let place = 1; place <= 12; place += 1) await expect(rowAt(page, place)).toBeInViewport({ ratio: 1 });
  await expectAccessible(page);
});

test('rows are 40 pixels high for a mouse, and 48 for a finger @phone', async ({ api, page }, testInfo) => {
  const slug = await newBoard(api, 'Rows');
  await submit(api, slug, descendingScores(300));
  await openLive(page, slug);
  const height = testInfo.project.name === 'phone' ? 48 : 40;
  expect(await rowHeight(page)).toBe(height);
  // Every row is drawn at its place, and the list is as long as all of them.
  await page.getByLabel('Rank').fill('200');
  await page.getByRole('button', { name: 'Go' }).click();
  await expect(rowAt(page, 200)).toBeInViewport({ ratio: 0.9 });
  const list = page.locator('.list');
  // Rows that glide to their places may reach beyond the end for a moment.
  await expect.poll(() => list.evaluate((list) => list.scrollHeight)).toBe(300 * height);
  const top = await rowAt(page, 200).evaluate((row) => (row as HTMLElement).offsetTop);
  expect(top).toBe(199 * height);
});

test('a list with few rows is as high as they are @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Short');
  await openLive(page, slug);
  // The text of an empty list has room.
  await expect(page.getByText('No scores yet. First place is free.')).toBeInViewport({ ratio: 1 });
  const list = page.locator('.list');
  const heights = () => list.evaluate((list) => {
    const rows = [...list.querySelectorAll('.row')].map((row) => row.getBoundingClientRect().height);
    return [list.clientHeight, rows.reduce((sum, height) => sum + height, 0)] as const;
  });
  for (const count of [2, 5]) {
    await submit(api, slug, descendingScores(count));
    await expect(page.locator('.row')).toHaveCount(count);
    await expect.poll(async () => { const [listed, rows] = await heights(); return listed - rows; }).toBe(0);
    expect(await list.evaluate((list) => list.scrollHeight - list.clientHeight)).toBe(0);
  }
  // Keys know the height.
  await list.focus();
  await page.keyboard.press('End');
  await expect(page.locator('.row.active')).toHaveAttribute('data-place', '5');
});

test('the podium links to the pages of the first three @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Linked');
  await submit(api, slug, descendingScores(5));
  await openLive(page, slug);
  const steps = page.getByRole('list', { name: 'Top three' }).getByRole('listitem');
  await expect(steps.getByRole('link')).toHaveText(['Player 000000', 'Player 000001', 'Player 000002']);
  // The whole step is the target.
  await steps.nth(1).locator('.score').click({ force: true });
  await expect(page.getByRole('heading', { name: 'Player 000001' })).toBeVisible();
});

test('at 200 % zoom the first rows of a board are on the first screen, and nothing is wider than it', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Zoomed', {
    unit: 'points',
    periods: ['all_time', 'yearly', 'monthly', 'weekly', 'daily'],
    description: 'A description of a sentence that is longer than a line of this screen, as those of many boards are.',
  });
  await submit(api, slug, descendingScores(300));
  await newReflexBoard(api);
  // 1280x900 at 200 %.
  const context = await browser.newContext({ baseURL, viewport: { width: 640, height: 450 } });
  const page = await context.newPage();
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  for (const [board, rows] of [[slug, 3], ['reflex', 1]] as const) {
    await openLive(page, board);
    await expect(page.locator('.watching')).toHaveText('1 watching');
    for (let place = 1; place <= rows; place += 1) await expect(rowAt(page, place)).toBeInViewport({ ratio: 1 });
    expect(await page.evaluate(() => window.scrollY)).toBe(0);
    expect(await overflow(), board).toBe(0);
    await expectAccessible(page);
  }
  await context.close();
});

test('texts of others that have no place to break are no wider than a screen of 320 pixels', async ({ api, browser, baseURL }) => {
  const slug = `unbroken-${process.pid}-${Date.now()}`;
  await api.put(`/api/v1/boards/${slug}`, boardRules('W'.repeat(80), { description: 'w'.repeat(300), unit: 'W'.repeat(12) }));
  await submit(api, slug, Array.from({ length: 60 }, (_, i) => ({ player: `wide-${i}`, name: `${'W'.repeat(38)}${i + 10}`, value: 1_000_000_000_000 + i })));
  for (const javaScriptEnabled of [true, false]) {
    const page = await browser.newPage({ baseURL, viewport: { width: 320, height: 640 }, javaScriptEnabled });
    for (const address of [`/boards/${slug}`, '/', '/players/wide-59']) {
      await page.goto(address);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      // The browser measures the page, also without JavaScript.
      const devtools = await page.context().newCDPSession(page);
      await expect.poll(async () => (await devtools.send('Page.getLayoutMetrics')).cssContentSize.width, address).toBe(320);
      await devtools.detach();
    }
    await page.close();
  }
});

test('scores of 13 digits leave room for the names on a screen of 320 pixels', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Many digits');
  const scores = Array.from({ length: 60 }, (_, i) => ({ player: `rich-${i}`, name: `Alexandra ${i + 10}`, value: 9_876_543_210_000 + i }));
  await submit(api, slug, [...scores, { player: 'richest', name: 'Maximilian', value: 9_007_199_254_740_991 }]);
  const context = await browser.newContext({ baseURL, viewport: { width: 320, height: 700 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await openLive(page, slug);
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => { release = resolve; });
  await page.route('**/_fn/submit*', async (route) => { await released; await route.continue(); });
  await submitAs(page, 'Bartholomew', '9876543210070');
  await expect(page.locator('.row.me.pending')).toBeVisible();
  // Measured at once, because rows are reused.
  const faults = () => page.locator('.row').evaluateAll((rows) => rows.flatMap((row) => {
    const [outer, name, score] = [row, row.querySelector('.name'), row.querySelector('.score')].map((part) => part?.getBoundingClientRect());
    if (!outer?.height || !name || !score) return [];
    const found = [];
    if (name.width < 72) found.push(`a name of ${name.width} pixels`);
    if (score.left < name.right || score.right > outer.right) found.push('a score beside its place');
    if (score.top < outer.top || score.bottom > outer.bottom) found.push(`a score of ${score.height} pixels in a row of ${outer.height}`);
    return found.map((fault) => `${row.textContent}: ${fault}`);
  }));
  expect(await faults(), 'while the score is pending').toEqual([]);
  await expectAccessible(page);
  release();
  await expect(page.locator('.row.me:not(.pending)')).toBeVisible();
  expect(await faults()).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  await expectAccessible(page);
  await context.close();
});
