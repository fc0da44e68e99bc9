// What is drawn when something changes: that alone, once a frame, and what is read next is there
// before it is.
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { descendingScores, newBoard, openLive, rowAt, submit } from './boards';

/** Players 100 apart, so that one who gains a little stays where they are. */
const apart = (count: number) => descendingScores(count).map((score) => ({ ...score, value: score.value * 100 }));

type Watched = { drawn: string[]; held?: FrameRequestCallback[] };

/** Notes what is drawn in the list from now on, as the place of its row and what it is in it. */
function watchList(page: Page): Promise<void> {
  return page.locator('.list').evaluate((list) => {
    const drawn: string[] = [];
    (window as unknown as { watched: Watched }).watched = { drawn };
    const note = (records: MutationRecord[]) => {
      for (const { target } of records) {
        const element = target instanceof Element ? target : target.parentElement;
        const row = element?.closest<HTMLElement>('.row');
        drawn.push(`${row?.dataset.place ?? 'list'} ${element === row ? 'row' : element?.className.split(' ')[0]}`);
      }
    };
    new MutationObserver(note).observe(list, { subtree: true, childList: true, characterData: true, attributes: true });
  });
}

const drawn = (page: Page) => page.evaluate(() => (window as unknown as { watched: Watched }).watched.drawn);

test('a row that did not change is not touched', async ({ api, page }) => {
  const slug = await newBoard(api, 'Untouched');
  await submit(api, slug, apart(30));
  await openLive(page, slug);
  await watchList(page);
  await submit(api, slug, [{ player: 'p000003', value: 2_750 }]);
  await expect(rowAt(page, 4).locator('.score')).toHaveText('2,750');
  const touched = new Set((await drawn(page)).map((one) => one.split(' ')[0]));
  expect([...touched]).toEqual(['4']);
});

test('what changes between two frames is drawn once', async ({ api, page }) => {
  const slug = await newBoard(api, 'Once a frame');
  await submit(api, slug, apart(30));
  let heard = 0;
  page.on('websocket', (socket) => socket.on('framereceived', () => { heard += 1; }));
  // As slow as whoever draws may be.
  await page.addInitScript(() => {
    const begin = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (frame) => {
      const { held } = (window as unknown as { watched?: Watched }).watched ?? {};
      return held ? held.push(frame) : begin(frame);
    };
  });
  await openLive(page, slug);
  await watchList(page);
  await page.evaluate(() => { (window as unknown as { watched: Watched }).watched.held = []; });
  for (const value of [2_710, 2_720, 2_730]) {
    const before = heard;
    await submit(api, slug, [{ player: 'p000003', value }]);
    await expect.poll(() => heard).toBeGreaterThan(before);
  }
  expect(await drawn(page)).toEqual([]);
  await page.evaluate(() => {
    const { watched } = window as unknown as { watched: Watched };
    const held = watched.held ?? [];
    delete watched.held;
    held.forEach((frame) => frame(performance.now()));
  });
  await expect(rowAt(page, 4).locator('.score')).toHaveText('2,730');
  expect((await drawn(page)).filter((one) => one === '4 score')).toHaveLength(1);
});

test('the page that is read next is asked for before it is on screen, whichever way one scrolls', async ({ api, page }) => {
  const slug = await newBoard(api, 'Ahead');
  await submit(api, slug, descendingScores(1_000));
  let said: string[] = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => said.push(Buffer.from(payload).toString('latin1'))));
  await openLive(page, slug, '?rank=500');
  // Those that are asked for, and those that are left.
  const named = () => said.flatMap((frame) => frame.match(/:all:(\d+)/)?.[1] ?? []);
  const show = async (first: number) => {
    said = [];
    await page.locator('.list').evaluate((element, top) => element.scrollTo(0, top), (first - 1) * 48);
    await expect(rowAt(page, first)).toBeInViewport();
  };
  // Page 12 begins with place 551, some screens further down; page 10 is left.
  await show(521);
  await expect.poll(named).toEqual(expect.arrayContaining(['10', '12']));
  expect(named()).not.toContain('13');
  await expect(rowAt(page, 551)).toHaveCount(0);
  // And back: page 10 ends with place 500.
  await show(511);
  await expect.poll(named).toEqual(expect.arrayContaining(['10', '12']));
  expect(named()).not.toContain('9');
  await expect(rowAt(page, 500)).toHaveCount(0);
});
