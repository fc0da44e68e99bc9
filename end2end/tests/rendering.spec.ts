// Rendering of changes in the list: only changed rows, once per frame. The client prefetches the next
// page in the direction of scrolling.
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { descendingScores, newBoard, openLive, rowAt, scrollListTo, submit } from './boards';

/** Scores 100 apart, so that a small gain does not change a rank. */
const spacedScores = (count: number) => descendingScores(count).map((score) => ({ ...score, value: score.value * 100 }));

type Recorder = { changes: string[]; heldFrames?: FrameRequestCallback[] };

/** Records each DOM change in the list as the place of the row and the class of the changed element. */
function recordChanges(page: Page): Promise<void> {
  return page.locator('.list').evaluate((list) => {
    const changes: string[] = [];
    (window as unknown as { recorder: Recorder }).recorder = { changes };
    const record = (records: MutationRecord[]) => {
      for (const { target, attributeName } of records) {
        const element = target instanceof Element ? target : target.parentElement;
        const row = element?.closest<HTMLElement>('.row');
        changes.push(`${row?.dataset.place ?? 'list'} ${element === row ? 'row' : element?.className.split(' ')[0]}${attributeName ? ` ${attributeName}` : ''}`);
      }
    };
    new MutationObserver(record).observe(list, { subtree: true, childList: true, characterData: true, attributes: true });
  });
}

const recordedChanges = (page: Page) => page.evaluate(() => (window as unknown as { recorder: Recorder }).recorder.changes);

test('an update touches only the rows that changed', async ({ api, page }) => {
  const slug = await newBoard(api, 'Untouched');
  await submit(api, slug, spacedScores(30));
  await openLive(page, slug);
  await recordChanges(page);
  await submit(api, slug, [{ player: 'p000003', value: 2_750 }]);
  await expect(rowAt(page, 4).locator('.score')).toHaveText('2,750');
  const changedPlaces = new Set((await recordedChanges(page)).map((change) => change.split(' ')[0]));
  expect([...changedPlaces]).toEqual(['4']);
});

test('several changes between two frames are rendered once', async ({ api, page }) => {
  const slug = await newBoard(api, 'Once a frame');
  await submit(api, slug, spacedScores(30));
  let messages = 0;
  page.on('websocket', (socket) => socket.on('framereceived', () => { messages += 1; }));
  // Animation frames can be held back, as in a browser that renders slowly.
  await page.addInitScript(() => {
    const requestFrame = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (frame) => {
      const { heldFrames } = (window as unknown as { recorder?: Recorder }).recorder ?? {};
      return heldFrames ? heldFrames.push(frame) : requestFrame(frame);
    };
  });
  await openLive(page, slug);
  await recordChanges(page);
  await page.evaluate(() => { (window as unknown as { recorder: Recorder }).recorder.heldFrames = []; });
  for (const value of [2_710, 2_720, 2_730]) {
    const before = messages;
    await submit(api, slug, [{ player: 'p000003', value }]);
    await expect.poll(() => messages).toBeGreaterThan(before);
  }
  expect(await recordedChanges(page)).toEqual([]);
  await page.evaluate(() => {
    const { recorder } = window as unknown as { recorder: Recorder };
    const heldFrames = recorder.heldFrames ?? [];
    delete recorder.heldFrames;
    heldFrames.forEach((frame) => frame(performance.now()));
  });
  await expect(rowAt(page, 4).locator('.score')).toHaveText('2,730');
  expect((await recordedChanges(page)).filter((change) => change === '4 score')).toHaveLength(1);
});

test('the client prefetches the next page in the direction of scrolling', async ({ api, page }) => {
  const slug = await newBoard(api, 'Ahead');
  await submit(api, slug, descendingScores(1_000));
  let sentFrames: string[] = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sentFrames.push(Buffer.from(payload).toString('latin1'))));
  await openLive(page, slug, '?rank=500');
  // The numbers of all pages that the client subscribes to or unsubscribes from.
  const changedPages = () => sentFrames.flatMap((frame) => frame.match(/:all:(\d+)/)?.[1] ?? []);
  const scrollTo = async (first: number) => {
    sentFrames = [];
    await scrollListTo(page, first);
    await expect(rowAt(page, first)).toBeInViewport();
  };
  // Page 12 begins at place 551, below the screen. The client unsubscribes from page 10.
  await scrollTo(521);
  await expect.poll(changedPages).toEqual(expect.arrayContaining(['10', '12']));
  expect(changedPages()).not.toContain('13');
  await expect(rowAt(page, 551)).toHaveCount(0);
  // Scrolling back prefetches page 10, which ends at place 500.
  await scrollTo(511);
  await expect.poll(changedPages).toEqual(expect.arrayContaining(['10', '12']));
  expect(changedPages()).not.toContain('9');
  await expect(rowAt(page, 500)).toHaveCount(0);
});
