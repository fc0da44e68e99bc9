// The admin page on a phone of 390 x 844.
import { expect, expectAccessible, test } from './fixtures';
import { descendingScores, newBoard, submit } from './boards';
import { signInNewAccount } from './accounts';

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

test('the current tab and whole fields are in sight in all sections on a phone', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Pocket', { periods: ['all_time', 'weekly'] });
  await submit(api, slug, descendingScores(3));
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin', PHONE);
  const addresses = [
    '', '/system', '/metrics', '/boards', '/boards?board=', `/boards?board=${slug}`, `/seasons?board=${slug}`,
    `/players?board=${slug}`, '/players?player=p000000', '/keys', '/accounts', '/audit',
  ];
  for (const address of addresses) {
    await page.goto(`/admin${address}`);
    await expect(page.locator('.section.ready')).toBeVisible();
    await expect(page.locator('.admin nav [aria-current="page"]')).toBeInViewport({ ratio: 1 });
    const fields = page.locator('.admin :is(input:not([type="hidden"], [type="checkbox"]), select):visible');
    for (const field of await fields.all()) {
      const box = await field.boundingBox();
      expect(box?.width, `${address}: ${await field.getAttribute('id')}`).toBeGreaterThanOrEqual(60);
      expect((box?.x ?? 0) + (box?.width ?? 0), address).toBeLessThanOrEqual(PHONE.viewport.width);
    }
  }
  await page.context().close();
});

test('a submission is two lines on a phone', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Lines');
  const player = `lines-${process.pid}-${Date.now()}`;
  await submit(api, slug, [1, 2, 3].map((value) => ({ player, name: 'Lina', value })));
  const { page } = await signInNewAccount(browser, api, baseURL, 'moderator', PHONE);
  await page.goto(`/admin/players?player=${player}`);
  await expect(page.locator('.section.ready')).toBeVisible();
  const row = page.getByRole('row').filter({ hasText: slug }).first();
  const [checkbox, board, value, when, explain] = await Promise.all([
    row.getByRole('checkbox').boundingBox(),
    row.getByRole('link', { name: slug }).boundingBox(),
    row.locator('[data-label="Value"]').boundingBox(),
    row.locator('[data-label="When"]').boundingBox(),
    row.getByRole('button', { name: 'Explain' }).boundingBox(),
  ]);
  const middle = (box: { y: number; height: number } | null) => (box?.y ?? Number.NaN) + (box?.height ?? 0) / 2;
  expect(Math.abs(middle(checkbox) - middle(board))).toBeLessThan(12);
  expect(Math.abs(middle(value) - middle(board))).toBeLessThan(12);
  expect(middle(when)).toBeGreaterThan(middle(board) + 12);
  expect(Math.abs(middle(explain) - middle(when))).toBeLessThan(12);
  expect((await row.boundingBox())?.height).toBeLessThan(90);
  // One field above the table chooses all of them.
  const all = page.getByLabel('Select all');
  expect((await all.boundingBox())?.width).toBeGreaterThanOrEqual(16);
  await all.check();
  await expect(page.getByText('3 selected')).toBeVisible();
  await row.getByRole('checkbox').uncheck();
  await expect(all).not.toBeChecked();
  await all.check();
  await all.uncheck();
  await expect(page.getByText('0 selected')).toBeVisible();
  // The field of the new name, below its label.
  const name = page.getByLabel('New name');
  expect((await name.boundingBox())?.width).toBeGreaterThan(200);
  await expectAccessible(page);
  await page.screenshot({ path: 'screenshots/admin-player-390.png', fullPage: true });
  await page.context().close();
});
