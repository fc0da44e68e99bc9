// The identity: typefaces that arrive without a shift, the reader's colour, and the motif of an overtaking.
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { descendingScores, newBoard, newReflexBoard, openLive, rowAt, submit, submitAs } from './boards';

/** The value of a colour's token on a page, as the browser writes computed colours. */
const token = (page: Page, name: string) => page.evaluate((name) => {
  const probe = document.body.appendChild(document.createElement('i'));
  probe.style.color = `var(--${name})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}, name);

const style = (element: Locator, property: string) =>
  element.evaluate((element, property) => getComputedStyle(element).getPropertyValue(property), property);

test('typefaces load at once, shift nothing, and further languages load theirs @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Typed', { periods: ['all_time', 'weekly'] });
  await submit(api, slug, descendingScores(60));
  const requested: string[] = [];
  page.on('request', (request) => {
    if (request.resourceType() === 'font') requested.push(new URL(request.url()).pathname.replace(/-[\d.]+-/, ' '));
  });
  // The fonts come after the first paint, so that the texts change their face.
  await page.route('**/fonts/*', async (route) => {
    await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
    await route.continue();
  });
  await openLive(page, slug);
  await page.evaluate(() => document.fonts.ready);
  expect([...new Set(requested)].sort()).toEqual(['/fonts/barlow-condensed latin.woff2', '/fonts/inter latin.woff2']);
  const faces = await page.evaluate(() => [...document.fonts].filter(({ status }) => status === 'loaded').map(({ family }) => family.replaceAll('"', '')));
  expect(faces).toEqual(expect.arrayContaining(['Inter', 'Barlow Condensed']));
  expect(await style(page.getByRole('heading', { level: 1 }), 'font-family')).toMatch(/^"?Barlow Condensed/);
  const shift = await page.evaluate(() => new Promise<number>((resolve) => {
    let sum = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) sum += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => { resolve(sum); }));
  }));
  expect(shift).toBeLessThan(0.02);
  await submit(api, slug, [{ player: 'lech', name: 'Łukasz', value: 500 }]);
  await expect.poll(() => requested).toContain('/fonts/inter latin-ext.woff2');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the reader's own things have the reader's colour in ${colorScheme}`, async ({ api, browser, baseURL }) => {
    const slug = await newBoard(api, 'Mine');
    await submit(api, slug, descendingScores(300));
    const page = await browser.newPage({ baseURL, colorScheme });
    await openLive(page, slug);
    await submitAs(page, 'Ada', '150');
    const own = page.locator('.row.me:not(.pending)');
    await expect(own).toHaveCount(1);
    const [you, mine] = [await token(page, 'you'), await token(page, 'mine')];
    expect(await style(own, 'background-color')).toBe(mine);
    expect(await style(own.locator('.note'), 'background-color')).toBe(you);
    await expect.poll(() => style(page.locator('.you .big'), 'color')).toBe(you);
    await expect.poll(() => style(page.locator('.distribution rect.mine'), 'fill')).toBe(you);
    const others = await page.evaluate((colours) => {
      const isOwn = (element: Element) => element.closest('.row.me, .panel.you, .my-place, .distribution .mine') !== null;
      const wears = (element: Element) => {
        const { color, backgroundColor, borderTopColor, fill } = getComputedStyle(element);
        return [color, backgroundColor, borderTopColor, fill].some((colour) => colours.includes(colour));
      };
      return [...document.body.querySelectorAll('*')].filter((element) => !isOwn(element) && wears(element)).map(({ className }) => className);
    }, [you, mine]);
    expect(others).toEqual([]);
    await page.close();
  });
}

test('the bars of the motif change places when the reader overtakes, unless motion is reduced', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Overtaking');
  // All rows fit the screen, so that the list does not scroll to the reader's row.
  await submit(api, slug, descendingScores(12));
  const overtake = async (reducedMotion: 'no-preference' | 'reduce', [first, second]: [string, string], place: number) => {
    const page = await browser.newPage({ baseURL, reducedMotion });
    await openLive(page, slug);
    await submitAs(page, 'Ada', first);
    await expect(page.locator('.row.me:not(.pending)')).toHaveCount(1);
    await submitAs(page, 'Ada', second);
    await expect(page.locator('.row.me:not(.pending)')).toHaveAttribute('data-place', String(place));
    return page;
  };
  const bars = (page: Page) => page.locator('.row.me .note').evaluate((note) => getComputedStyle(note, '::before').animationName);
  const moving = await overtake('no-preference', ['4', '8'], 6);
  expect(await bars(moving)).toMatch(/^change-places/);
  // The motif is for those who overtake.
  await expect(rowAt(moving, 7)).not.toHaveAttribute('data-overtook');
  await moving.close();
  const still = await overtake('reduce', ['4', '9'], 5);
  await expect(still.locator('.row.me')).not.toHaveAttribute('data-overtook');
  expect(await bars(still)).toBe('none');
  await still.close();
});

test('an empty board, an unknown page and the offline page show the mark', async ({ api, page }) => {
  const slug = await newBoard(api, 'Markless');
  for (const address of [`/boards/${slug}`, '/nothing', '/offline.html']) {
    await page.goto(address);
    await expect(page.locator('main svg[viewBox="0 0 24 24"] rect'), address).toHaveCount(3);
  }
});

test('the place of a game has the mark until the game can be played', async ({ api, page }) => {
  await newReflexBoard(api);
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => { release = resolve; });
  await page.route(/\/pkg\/.*\.wasm$/, async (route) => { await released; await route.continue(); });
  await page.goto('/boards/reflex');
  const mark = () => page.locator('.game').evaluate((game) => getComputedStyle(game, '::after').content);
  expect(await mark()).not.toBe('none');
  release();
  await expect(page.locator('.tap')).toBeVisible();
  expect(await mark()).toBe('none');
});
