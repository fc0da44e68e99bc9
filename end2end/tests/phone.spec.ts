// A board on a phone of 390 x 844: the page scrolls the list, below a bar with the search and above a bar with the
// reader's place. A long list and the rest of the page are shown one at a time.
import type { Page } from '@playwright/test';
import { expect, expectAccessible, test } from './fixtures';
import { descendingScores, listScrollTop, newBoard, openLive, rowAt, rowHeight, scrollListTo, showRanks, showSide, submit, submitAs } from './boards';

test.use({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, contextOptions: { reducedMotion: 'reduce' } });

/**
 * Moves a finger upwards by a distance in pixels. The touch is cancelled at its end, because a lifted finger would
 * leave the page rolling.
 */
async function swipe(page: Page, distance: number): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchCancel', ...touchPoints: { x: number; y: number }[]) =>
    devtools.send('Input.dispatchTouchEvent', { type, touchPoints });
  await touch('touchStart', { x: 195, y: 720 });
  for (let moved = 0; moved <= distance; moved += 50) await touch('touchMove', { x: 195, y: 720 - moved });
  await touch('touchCancel');
  await devtools.detach();
}

/** The distance of a row from the top of the screen. */
function screenTop(page: Page, place: number): Promise<number> {
  return rowAt(page, place).evaluate((row) => row.getBoundingClientRect().top);
}

const bar = (page: Page) => page.locator('.pinned');

test('swipes move the page and the list as one', async ({ api, page }) => {
  const slug = await newBoard(api, 'Swiped');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  await expect(page.locator('.finder')).toBeInViewport({ ratio: 1 });
  for (let swipes = 0; swipes < 6; swipes += 1) await swipe(page, 600);
  expect(await page.evaluate(() => scrollY)).toBeGreaterThan(3_000);
  expect(await page.locator('.list').evaluate((list) => list.scrollTop)).toBe(0);
  const place = Math.floor((await listScrollTop(page)) / (await rowHeight(page))) + 2;
  await expect(rowAt(page, place).locator('.name')).toHaveText(`Player ${String(place - 1).padStart(6, '0')}`);
  await expect(rowAt(page, place)).toBeInViewport({ ratio: 1 });
  // The search and the reader's bar stay at the edges of the screen.
  expect((await page.locator('.finder').boundingBox())?.y).toBeCloseTo(0, 0);
  const box = await bar(page).boundingBox();
  expect((box?.y ?? 0) + (box?.height ?? 0)).toBeCloseTo(844, 0);
  await expectAccessible(page);
});

test('the place being read holds while others overtake, and while a notice appears above', async ({ api, page }) => {
  const slug = await newBoard(api, 'Held');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  await scrollListTo(page, 200);
  await expect(rowAt(page, 202).locator('.name')).toHaveText('Player 000201');
  const [top, scrolled] = [await screenTop(page, 202), await page.evaluate(() => scrollY)];
  await submit(api, slug, Array.from({ length: 5 }, (_, i) => ({ player: `new-${i}`, value: 1_000 + i })));
  await expect(rowAt(page, 202).locator('.name')).toHaveText('Player 000196');
  expect(await screenTop(page, 202)).toBeCloseTo(top, 1);
  expect(await page.evaluate(() => scrollY)).toBe(scrolled);
  await page.locator('.board-head').evaluate((head) => {
    const notice = head.appendChild(document.createElement('p'));
    notice.style.height = '120px';
  });
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(scrolled + 120);
  expect(await screenTop(page, 202)).toBeCloseTo(top, 1);
});

test('the bar shows the reader’s place, leads to the row and to the form', async ({ api, page }) => {
  const slug = await newBoard(api, 'Pinned');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  const place = bar(page).locator('.my-place');
  await expect(place).toBeHidden();
  // The action leads a new reader to the first empty field.
  await bar(page).getByRole('link', { name: 'Add score' }).click();
  const name = page.getByRole('textbox', { name: 'Name' });
  await expect(name).toBeFocused();
  await expect(name).toBeInViewport({ ratio: 1 });
  await expect(page.locator('.list')).toBeHidden();
  await submitAs(page, 'Ada', '100');
  await expect(place).toHaveText(/#302\s*100/);
  await place.click();
  await expect(page.locator('.row.me')).toBeInViewport({ ratio: 1 });
  await expect(page.locator('.row.me')).toHaveClass(/\btarget\b/);
  await expect(page).toHaveURL(`/boards/${slug}?me=1`);
  await expect(place.locator('.gap')).toHaveText('1 behind Player 000299 (#300)');
  // The bar covers no row that a jump has reached.
  const [row, pinned] = await Promise.all([page.locator('.row.me').boundingBox(), bar(page).boundingBox()]);
  expect((row?.y ?? 0) + (row?.height ?? 0)).toBeLessThan(pinned?.y ?? 0);
  await bar(page).getByRole('link', { name: 'Add score' }).click();
  await expect(page.getByRole('textbox', { name: 'Score' })).toBeFocused();
  await showRanks(page);
  await expect(page.locator('.row.me')).toBeInViewport({ ratio: 1 });
  await expectAccessible(page);
});

test('the rest of the page replaces a long list, which keeps its place', async ({ api, page }) => {
  const slug = await newBoard(api, 'Replaced');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  await scrollListTo(page, 150);
  await expect(rowAt(page, 151)).toBeInViewport({ ratio: 1 });
  const top = await screenTop(page, 151);
  await expect(page.getByRole('region', { name: 'Score distribution' })).toBeHidden();
  await showSide(page);
  await expect(page.getByRole('heading', { name: 'You', exact: true })).toBeInViewport();
  await expect(page.locator('.list')).toBeHidden();
  for (let swipes = 0; swipes < 6; swipes += 1) await swipe(page, 600);
  await expect(page.locator('footer')).toBeInViewport({ ratio: 1 });
  await expectAccessible(page);
  await showRanks(page);
  await expect.poll(async () => Math.abs((await screenTop(page, 151)) - top)).toBeLessThanOrEqual(1);
  // A jump from the rest of the page shows the list.
  await showSide(page);
  await page.getByLabel('Rank').fill('300');
  await page.getByRole('button', { name: 'Go' }).click();
  await expect(rowAt(page, 300)).toBeInViewport({ ratio: 1 });
});

test('a link of the hidden part gives the focus to the list, and the switch keeps it', async ({ api, page }) => {
  const slug = await newBoard(api, 'Handed over');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  await submitAs(page, 'Ada', '100');
  await expect(page.locator('.you .big')).toHaveText('#302');
  await showSide(page);
  await page.getByRole('link', { name: 'Find me' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('.list')).toBeFocused();
  await expect(rowAt(page, 302)).toBeInViewport({ ratio: 1 });
  await page.getByRole('button', { name: 'More', exact: true }).focus();
  for (const label of ['Ranks', 'More']) {
    await page.keyboard.press('Enter');
    await expect(bar(page).getByRole('button')).toHaveText(label);
    await expect(bar(page).getByRole('button')).toBeFocused();
  }
});

test('a short list precedes the rest of the page', async ({ api, page }) => {
  const slug = await newBoard(api, 'Both');
  await submit(api, slug, descendingScores(20));
  await openLive(page, slug);
  await expect(rowAt(page, 20)).toBeVisible();
  await expect(page.getByRole('region', { name: 'Score distribution' })).toBeVisible();
  await expect(bar(page).getByRole('button')).toBeHidden();
  for (let swipes = 0; swipes < 6; swipes += 1) await swipe(page, 600);
  await expect(page.locator('footer')).toBeInViewport({ ratio: 1 });
});

test('a jump near the first row shows it, from above the list and from its end', async ({ api, page }) => {
  const slug = await newBoard(api, 'Near');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  const jump = async (rank: number) => {
    await page.getByLabel('Rank').fill(String(rank));
    await page.getByRole('button', { name: 'Go' }).click();
    await expect(rowAt(page, rank)).toBeInViewport({ ratio: 1 });
    const [row, upper, lower] = await Promise.all([rowAt(page, rank), page.locator('.finder'), bar(page)].map((part) => part.boundingBox()));
    expect(row?.y).toBeGreaterThanOrEqual((upper?.y ?? 0) + (upper?.height ?? 0) - 1);
    expect((row?.y ?? 0) + (row?.height ?? 0)).toBeLessThanOrEqual((lower?.y ?? 0) + 1);
  };
  for (const rank of [10, 400, 1]) await jump(rank);
  // Keys show the row that they highlight.
  await page.evaluate(() => scrollTo(0, 0));
  await page.locator('.list').focus();
  await page.keyboard.press('End');
  await expect(page.locator('.row.active')).toHaveAttribute('data-place', '400');
  await expect(page.locator('.row.active')).toBeInViewport({ ratio: 1 });
});

test('a wider screen gives the list a scrollbar of its own, at the same place', async ({ api, page }) => {
  const slug = await newBoard(api, 'Turned');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  await scrollListTo(page, 200);
  await expect(rowAt(page, 201)).toBeInViewport({ ratio: 1 });
  await page.setViewportSize({ width: 1200, height: 800 });
  await expect.poll(() => page.locator('.list').evaluate((list) => list.scrollTop)).toBeGreaterThan(9_000);
  await expect(rowAt(page, 201)).toBeInViewport({ ratio: 1 });
  await expect(bar(page)).toBeHidden();
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(rowAt(page, 201)).toBeInViewport({ ratio: 1 });
  expect(await page.locator('.list').evaluate((list) => list.scrollTop)).toBe(0);
});

test('a link at the head of the list leads to the pager, which comes on screen without scrolling the list', async ({ api, page }) => {
  const slug = await newBoard(api, 'Paged');
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug);
  const pager = page.getByRole('navigation', { name: 'Pages' });
  // The order of a screen reader: the heading, the link, the rows, the pager.
  const tree = await page.getByRole('region', { name: 'Standings' }).ariaSnapshot();
  const stops = ['heading "Standings"', 'link "Skip to the pages"', 'grid "Paged"', 'navigation "Pages"'];
  const places = stops.map((stop) => tree.indexOf(stop));
  expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
  expect([...places].sort((a, b) => a - b)).toEqual(places);
  await scrollListTo(page, 130);
  await expect(rowAt(page, 130)).toBeInViewport();
  await expect(pager).toContainText('Page 3 of 8');
  await expect(pager).not.toBeInViewport();
  const top = await listScrollTop(page);
  const skip = page.getByRole('link', { name: 'Skip to the pages' });
  await skip.focus();
  await expect(skip).toBeInViewport({ ratio: 1 });
  await page.keyboard.press('Enter');
  await expect(pager).toBeFocused();
  await expect(pager).toBeInViewport({ ratio: 1 });
  expect(Math.abs((await listScrollTop(page)) - top)).toBeLessThanOrEqual(1);
  await expect(pager).toContainText('Page 3 of 8');
  await page.keyboard.press('Tab');
  await expect(pager.getByRole('link', { name: 'First' })).toBeFocused();
  expect(Math.abs((await listScrollTop(page)) - top)).toBeLessThanOrEqual(1);
  await expectAccessible(page);
  await pager.getByRole('link', { name: 'Next' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('.list')).toBeFocused();
  await expect(rowAt(page, 151)).toBeInViewport({ ratio: 1 });
  await expect(pager).not.toBeInViewport();
});
