// The list as an accessible table: screen readers, keyboard navigation, focus, restored scroll positions,
// notifications and animations.
import { expect, expectAccessible, test } from './fixtures';
import { descendingScores, newBoard, openLive, rowAt, scrollListTo, submit, submitAs } from './boards';

test('the list is exposed to screen readers as a grid of all rows @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Heard', { unit: 'points' });
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug, '?rank=300');
  const table = page.getByRole('grid', { name: 'Heard' });
  await expect(table).toHaveAttribute('aria-rowcount', '401');
  await expect(table.getByRole('columnheader')).toHaveText(['Rank', 'Player', 'points']);
  const row = table.getByRole('row').filter({ hasText: 'Player 000299' });
  await expect(row).toHaveAttribute('aria-rowindex', '301');
  await expect(row.getByRole('gridcell')).toHaveCount(3);
  await expect(row.getByRole('gridcell').first()).toHaveText('300');
  await expectAccessible(page);
});

test('the parts of a row are centred in it @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Straight');
  await submit(api, slug, descendingScores(30));
  await openLive(page, slug);
  const centres = await rowAt(page, 5).evaluate((row) => [row, ...row.querySelectorAll('.rank, .avatar, .name, .score')]
    .map((part) => part.getBoundingClientRect()).map(({ top, height }) => top + height / 2));
  expect(centres).toHaveLength(5);
  for (const centre of centres) expect(Math.abs(centre - (centres[0] ?? 0))).toBeLessThanOrEqual(1);
});

test('keyboard navigation reaches every row', async ({ api, page }) => {
  const slug = await newBoard(api, 'By keys');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  await page.locator('.list').focus();
  const press = (key: string) => page.keyboard.press(key);
  await press('End');
  await expect(rowAt(page, 400)).toBeInViewport();
  await press('Home');
  await expect(rowAt(page, 1)).toBeInViewport();
  await press('PageDown');
  await expect(rowAt(page, 1)).not.toBeInViewport();
  await press('PageUp');
  await expect(rowAt(page, 1)).toBeInViewport();
});

test('the list is one stop of the Tab key, in which keys move a highlighted row', async ({ api, page }) => {
  const slug = await newBoard(api, 'One stop');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  const list = page.getByRole('grid', { name: 'One stop' });
  const active = page.locator('.row.active');
  await page.getByRole('list', { name: 'Top three' }).getByRole('link').last().focus();
  await page.keyboard.press('Tab');
  await expect(list).toBeFocused();
  await expect(active).toHaveCount(0);
  // The first key highlights a row that is on screen, and the next ones move on.
  for (const [key, place] of [['ArrowDown', '1'], ['ArrowDown', '2'], ['ArrowDown', '3'], ['ArrowUp', '2']] as const) {
    await page.keyboard.press(key);
    await expect(active).toHaveAttribute('data-place', place);
  }
  const id = await active.getAttribute('id');
  await expect(list).toHaveAttribute('aria-activedescendant', id ?? '');
  await expectAccessible(page);
  // Past the rows that were drawn.
  for (let n = 0; n < 60; n += 1) await page.keyboard.press('ArrowDown');
  await expect(active).toHaveAttribute('data-place', '62');
  await expect(active).toBeInViewport({ ratio: 1 });
  await page.keyboard.press('End');
  await expect(active).toHaveAttribute('data-place', '400');
  await expect(active).toBeInViewport({ ratio: 1 });
  await expect(list).toBeFocused();
  await page.keyboard.press('Home');
  await expect(active).toHaveAttribute('data-place', '1');
  // The highlight follows its player.
  await submit(api, slug, [{ player: 'p000005', name: 'Player 000005', value: 900 }]);
  await expect(active).toHaveAttribute('data-place', '2');
  await expect(active).toContainText('Player 000000');
  // Tab leaves the list, in both directions. At the beginning, the pager has no link to an earlier page.
  await expect(page.getByRole('navigation', { name: 'Pages' })).toContainText('Page 1 of 8');
  await expect(page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'First' })).toBeHidden();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Next' })).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await expect(list).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Player 000000' })).toBeVisible();
});

test('the list restores its scroll position after going back and after a reload @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Left and found');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  await page.getByLabel('Rank').fill('250');
  await page.getByRole('button', { name: 'Go' }).click();
  await expect(rowAt(page, 250).locator('.name')).toHaveText('Player 000249');
  // The client stores the place in the history state after scrolling stops.
  await page.waitForFunction(() => history.state?.leaderport_place > 200);
  await rowAt(page, 250).getByRole('link').click();
  await expect(page.getByRole('heading', { name: 'Player 000249' })).toBeVisible();
  await page.goBack();
  await expect(rowAt(page, 250)).toBeInViewport();
  await page.reload();
  await expect(rowAt(page, 250)).toBeInViewport();
});

test('Back and Forward step through jumps to ranks and pages @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Steps');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  const isAt = async (rank: number) => {
    await expect(rowAt(page, rank)).toBeInViewport();
    await expect(rowAt(page, rank).locator('.name')).toHaveText(`Player ${String(rank - 1).padStart(6, '0')}`);
  };
  const jump = async (rank: number) => {
    await page.getByLabel('Rank').fill(String(rank));
    await page.getByRole('button', { name: 'Go' }).click();
    await isAt(rank);
  };
  await isAt(1);
  await jump(250);
  await expect(page).toHaveURL(`/boards/${slug}?rank=250`);
  await jump(120);
  // On a phone, the way to the link would scroll the list.
  await page.getByRole('link', { name: 'Last' }).dispatchEvent('click');
  await isAt(351);
  await expect(page).toHaveURL(`/boards/${slug}?page=8`);
  for (const rank of [120, 250, 1]) {
    await page.goBack();
    await isAt(rank);
  }
  await expect(page).toHaveURL(`/boards/${slug}`);
  await page.goForward();
  await isAt(250);
  // The entries of the history outlive the document.
  await page.reload();
  await isAt(250);
  await page.goBack();
  await isAt(1);
});

test('a jump on a board with dense ties shows the first row of the rank @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Dense', { tie: 'dense' });
  const tied = Array.from({ length: 100 }, (_, i) => ({ player: `tied-${i}`, value: 10 }));
  await submit(api, slug, [...tied, { player: 'next', name: 'Next', value: 5 }]);
  await openLive(page, slug);
  await page.getByLabel('Rank').fill('2');
  await page.getByRole('button', { name: 'Go' }).click();
  await expect(rowAt(page, 101).locator('.rank')).toHaveText('2');
  await expect(rowAt(page, 101)).toBeInViewport();
});

test('the list follows the reader’s row until they scroll', async ({ api, page }) => {
  const slug = await newBoard(api, 'Followed');
  await submit(api, slug, descendingScores(300));
  await openLive(page, slug);
  await submitAs(page, 'Ada', '100');
  await expect(page.locator('.status')).toContainText('You rank #202');
  await expect(page.getByRole('status').filter({ hasText: 'You are rank 202.' })).toHaveCount(1);
  const follow = page.getByRole('button', { name: 'Follow me' });
  await follow.click();
  await expect(page.locator('.row.me')).toBeInViewport();
  const { rows } = await api.get<{ rows: { player: string; name: string }[] }>(`/api/v1/boards/${slug}/standings?offset=195&limit=10`);
  const player = rows.find(({ name }) => name === 'Ada')?.player ?? '';
  await submit(api, slug, [{ player, value: 299 }]);
  await expect(page.locator('.row.me')).toHaveAttribute('data-place', '3');
  await expect(page.locator('.row.me')).toBeInViewport();
  // A status message announces the reader's new rank to screen readers, but no ranks of other players.
  await expect(page.getByRole('status').filter({ hasText: 'You rose to rank 3.' })).toHaveCount(1);
  await expect(follow).toHaveAttribute('aria-pressed', 'true');
  await page.locator('.list').focus();
  await page.keyboard.press('End');
  await expect(follow).toHaveAttribute('aria-pressed', 'false');
  await submit(api, slug, [{ player, value: 1000 }]);
  await expect(page.locator('.you')).toContainText('#1');
  await expect(rowAt(page, 301)).toBeInViewport();
});

test('a player who is overtaken gets a notification that leads to their row', async ({ api, page }) => {
  const slug = await newBoard(api, 'Overtaken');
  await submit(api, slug, descendingScores(200));
  await openLive(page, slug);
  await submitAs(page, 'Ada', '100');
  await expect(page.locator('.status')).toContainText('You rank #102');
  // Notifications begin once the page has received the reader's standing.
  await submit(api, slug, [{ player: 'p000151', value: 500 }]);
  await expect(page.locator('.you .big')).toHaveText('#103');
  await submit(api, slug, [{ player: 'p000150', value: 500 }]);
  const toast = page.locator('.toast');
  await expect(toast).toContainText('Player 000150 overtook you. You are now rank 104.');
  // The notification stays while the pointer is over it.
  await toast.hover();
  await expectAccessible(page);
  await toast.getByRole('button', { name: 'Find me' }).click();
  await expect(page.locator('.row.me')).toBeInViewport();
  await expect(toast).toHaveCount(0);
});

test('scrolling reuses row elements, and their DOM order matches the places afterwards', async ({ api, page }) => {
  const slug = await newBoard(api, 'Made once');
  await submit(api, slug, descendingScores(1_000));
  await openLive(page, slug);
  const list = page.locator('.list');
  // Away from both ends the list needs its full number of elements.
  await scrollListTo(page, 101);
  await expect(rowAt(page, 101).locator('.name')).toHaveText('Player 000100');
  await list.evaluate((element) => {
    for (const row of element.querySelectorAll('.row')) (row as { isOriginal?: boolean }).isOriginal = true;
  });
  await rowAt(page, 104).getByRole('link').focus();
  for (let place = 101; place < 250; place += 10) {
    await scrollListTo(page, place);
    await expect(rowAt(page, place)).toBeInViewport();
  }
  const areOriginal = (element: Element) => [...element.querySelectorAll('.row')].every((row) => (row as { isOriginal?: boolean }).isOriginal);
  expect(await list.evaluate(areOriginal)).toBe(true);
  // The focused link now belongs to another row, so the list takes the focus.
  await expect(list).toBeFocused();
  const isInOrder = () =>
    list.evaluate((element) => {
      const places = [...element.querySelectorAll<HTMLElement>('.row')].map((row) => Number(row.dataset.place));
      return places.every((place, n) => n === 0 || place === (places[n - 1] ?? 0) + 1);
    });
  await expect.poll(isInOrder).toBe(true);
});

test('a row that rises is animated and highlighted, and keeps the focus', async ({ api, page }) => {
  const slug = await newBoard(api, 'Gliding');
  await submit(api, slug, descendingScores(12));
  await openLive(page, slug);
  const row = page.locator('.row', { hasText: 'Player 000007' });
  const link = row.getByRole('link');
  await link.focus();
  await expect(row).toHaveAttribute('data-place', '8');
  // Records the animated properties of the row.
  await row.evaluate((element) => {
    const properties: string[] = [];
    const animate = element.animate;
    element.animate = (frames, options) => {
      properties.push(...Object.keys(frames ?? {}));
      return animate.call(element, frames, options);
    };
    (window as { animated?: string[] }).animated = properties;
  });
  await submit(api, slug, [{ player: 'p000007', value: 500 }]);
  await expect(row).toHaveAttribute('data-place', '1');
  await expect(link).toBeFocused();
  expect(await page.evaluate(() => (window as { animated?: string[] }).animated)).toEqual(['translate', 'opacity']);
  expect(await row.evaluate((element) => getComputedStyle(element, '::after').content)).toBe('""');
  // The link keeps the focus after its row moves to its new position in the DOM.
  await expect(page.locator('.list .row').first()).toContainText('Player 000007');
  await expect(link).toBeFocused();
});

test('the list is one compositor layer, so that scrolling does not wait for the page’s code', async ({ api, page }) => {
  const slug = await newBoard(api, 'Layers');
  await submit(api, slug, descendingScores(200));
  await openLive(page, slug);
  const devtools = await page.context().newCDPSession(page);
  let layers: { height: number }[] = [];
  devtools.on('LayerTree.layerTreeDidChange', ({ layers: current }) => {
    layers = current ?? layers;
  });
  await devtools.send('DOM.enable');
  await devtools.send('LayerTree.enable');
  await page.locator('.list').hover();
  await page.mouse.wheel(0, 600);
  await expect(page.locator('.row[data-place="20"]')).toBeInViewport();
  await expect.poll(() => layers.some(({ height }) => height === 200 * 40)).toBe(true);
  // Rows and their contents have no layers of their own.
  expect(layers.length).toBeLessThan(20);
});

test('respects prefers-reduced-motion', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Still');
  await submit(api, slug, descendingScores(12));
  const page = await browser.newPage({ baseURL, reducedMotion: 'reduce' });
  await openLive(page, slug);
  const row = page.locator('.row', { hasText: 'Player 000007' });
  await row.evaluate((element) => {
    element.animate = () => {
      throw new Error('the row was animated');
    };
  });
  await submit(api, slug, [{ player: 'p000007', value: 500 }]);
  await expect(row).toHaveAttribute('data-place', '1');
  await page.close();
});
