// The language and the time zone of a reader's pages.
import { expect, expectAccessible, test } from './fixtures';
import { newBoard, openLive, rowAt, submit, submitAs } from './boards';
import { signInNewAccount } from './accounts';

test('the page is in the first language of the browser that it is written in @phone', async ({ browser, baseURL }) => {
  for (const [locale, lang, signIn] of [['de-AT', 'de', 'Anmelden'], ['fr-FR', 'en', 'Sign in']] as const) {
    const page = await browser.newPage({ baseURL, locale });
    await page.goto('/');
    await expect(page.locator('html')).toHaveAttribute('lang', lang);
    await expect(page.getByRole('banner').getByRole('link', { name: signIn })).toBeVisible();
    await page.close();
  }
});

for (const javaScriptEnabled of [true, false]) {
  test(`the switch of the language returns to the page and is remembered, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async ({ api, browser, baseURL }) => {
    const slug = await newBoard(api, 'Switched');
    const page = await browser.newPage({ baseURL, javaScriptEnabled });
    await page.goto(`/boards/${slug}?rank=1`);
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await expect(page).toHaveURL(`/boards/${slug}?rank=1`);
    await expect(page.getByRole('button', { name: 'Deutsch' })).toHaveAttribute('aria-current', 'true');
    await page.goto('/account');
    await expect(page.locator('html')).toHaveAttribute('lang', 'de');
    await page.getByRole('button', { name: 'English' }).click();
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
    await page.close();
  });
}

test('a language that the pages are not written in is refused', async ({ request, baseURL }) => {
  const response = await request.post('/_fn/settings', { form: { language: 'tlh' }, headers: { origin: baseURL ?? '' } });
  expect(response.status()).toBe(422);
  expect(response.headers()['set-cookie']).toBeUndefined();
  expect(await response.text()).toContain('must be one of en, de');
});

test('client-rendered texts and counts are in the language of the page', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Auf Deutsch');
  await submit(api, slug, [{ player: 'ann', name: 'Ann', value: 1_000 }]);
  const page = await browser.newPage({ baseURL, locale: 'de-DE' });
  await openLive(page, slug);
  await page.locator('input[name=name]').fill('Bea');
  await page.locator('input[name=score]').fill('2.000');
  await page.locator('form.submit button').click();
  await expect(page.locator('.status')).toContainText('Platz 1');
  await expect(rowAt(page, 1).locator('.score')).toHaveText('2.000');
  await page.locator('input[name=score]').fill('viel');
  await page.locator('form.submit button').click();
  await expect(page.locator('input[name=score]')).toHaveAccessibleDescription('Gib ein Ergebnis wie 83.456 ein.');
  await page.close();
});

test.describe('in another time zone', () => {
  test.use({ timezoneId: 'Asia/Tokyo' });

  test('dates are in the time zone of the browser, those of the audit log in UTC', async ({ api, browser, baseURL }) => {
    const { page, handle } = await signInNewAccount(browser, api, baseURL, 'admin', { timezoneId: 'Asia/Tokyo' });
    await page.goto(`/admin/accounts?after=${handle.slice(0, -1)}`);
    await expect(page.locator('html')).toHaveAttribute('data-time-zone', 'Asia/Tokyo');
    const since = page.getByRole('row', { name: handle }).locator('time, [data-label="Since"]').first();
    await expect(since).toContainText('GMT+9');
    const shown = new Date((await since.innerText()).replace('Sept', 'Sep'));
    expect(Math.abs(Date.now() - shown.getTime())).toBeLessThan(600_000);
    await page.goto('/admin/audit');
    await expect(page.locator('[data-label="When"]').first()).toContainText('UTC');
    await page.context().close();
  });
});

test('a name in a right-to-left script does not change the order around it', async ({ api, page }) => {
  const slug = await newBoard(api, 'Both directions');
  await submit(api, slug, [{ player: 'maha', name: 'مها', value: 9 }, { player: 'ann', name: 'Ann', value: 5 }]);
  await openLive(page, slug);
  await expect(rowAt(page, 1).locator('.name')).toHaveCSS('unicode-bidi', 'isolate');
  await submitAs(page, 'Ada', '7');
  // The invisible marks isolate the name within the sentence.
  await expect(page.locator('.you')).toContainText('\u2068مها\u2069');
  expect(await (await page.request.get(`/boards/${slug}`)).text()).toContain('\u2068مها\u2069 leads with 9.');
});

/** The order in which the characters of an element's text are painted, from left to right. */
function paintedText(element: import('@playwright/test').Locator): Promise<string> {
  return element.evaluate((root) => {
    // One line, so that the horizontal position decides.
    (root as HTMLElement).style.whiteSpace = 'nowrap';
    const painted: { x: number; character: string }[] = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      for (let i = 0; i < (node.textContent ?? '').length; i += 1) {
        const range = document.createRange();
        range.setStart(node, i);
        range.setEnd(node, i + 1);
        const { left, width } = range.getBoundingClientRect();
        if (width > 0) painted.push({ x: left, character: (node.textContent ?? '')[i] ?? '' });
      }
    }
    return painted.sort((a, b) => a.x - b.x).map(({ character }) => character).join('');
  });
}

for (const name of ['אבי', 'أمير', 'שחקן 7']) {
  test(`the numbers next to the name ${name} keep their place`, async ({ api, page }) => {
    const slug = await newBoard(api, 'Numbers');
    await submit(api, slug, [{ player: 'first', name, value: 12 }, { player: 'ann', name: 'Ann', value: 5 }]);
    await openLive(page, slug);
    await submitAs(page, 'Ada', '7');
    const next = page.locator('.next');
    await expect(next).toContainText('5 behind');
    const text = await paintedText(next);
    expect(text).toMatch(/^5 behind/);
    expect(text).toMatch(/\(#1\)$/);
    await submit(api, slug, [{ player: 'first', name, value: 90 }]);
    const feed = page.getByRole('region', { name: 'Highlights' }).getByRole('listitem').first();
    await expect(feed).toContainText('90');
    expect(await paintedText(feed)).toMatch(/set a personal best of 90, now #1$/);
    // The notification that the player overtook the reader.
    await submit(api, slug, [{ player: 'ann', name, value: 50 }]);
    const toast = page.locator('.toast p');
    await expect(toast).toContainText('You are now rank 3.');
    expect(await paintedText(toast)).toMatch(/You are now rank 3\.$/);
    await page.goto('/players/first');
    await expect(page.getByRole('heading', { level: 1 }).locator('bdi')).toHaveText(name);
    expect(await page.title()).toBe(`\u2068${name}\u2069 · LeaderPort`);
  });
}

for (const scheme of ['light', 'dark'] as const) {
  test(`the German pages are accessible and fit the screen, in ${scheme} @phone`, async ({ api, browser, baseURL }, testInfo) => {
    test.setTimeout(120_000);
    const { viewport, isMobile, hasTouch } = testInfo.project.use;
    const options = { viewport, isMobile, hasTouch, colorScheme: scheme };
    const { page } = await signInNewAccount(browser, api, baseURL, 'admin', options);
    const slug = await newBoard(api, 'Bestenliste', { periods: ['all_time', 'weekly'] });
    await submit(api, slug, [{ player: 'ann', name: 'Ann', value: 1_000 }, { player: 'bea', name: 'Bea', value: 900 }]);
    await page.getByRole('button', { name: 'Deutsch' }).click();
    const addresses = ['/', `/boards/${slug}`, '/players/ann', '/account', '/settings', '/nowhere', '/admin', '/admin/system', '/admin/metrics', '/admin/boards', `/admin/seasons?board=${slug}`, `/admin/players?board=${slug}`, '/admin/keys', '/admin/accounts', '/admin/audit'];
    for (const address of addresses) {
      await page.goto(address);
      await expect(page.locator('html')).toHaveAttribute('lang', 'de');
      if (address.startsWith('/admin')) await expect(page.locator('.section.ready')).toBeVisible();
      await expectAccessible(page);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, address).toBeLessThanOrEqual(0);
      const name = address.replace(/\?.*/, '').replace(slug, 'slug').replaceAll('/', '-');
      await page.screenshot({ path: `screenshots/pages/german${name}-${testInfo.project.name}-${scheme}.png`, fullPage: true });
    }
    await page.context().close();
  });
}
