// Sections of the admin page that have nothing to show, or cannot show it.
import { expect, expectAccessible, test } from './fixtures';
import { signInNewAccount } from './accounts';

test('a part that cannot be shown gives the reason in its panel, and the page goes on @phone', async ({ api, browser, baseURL }, testInfo) => {
  const { viewport, isMobile, hasTouch } = testInfo.project.use;
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin', { viewport, isMobile, hasTouch });
  for (const address of ['/admin/seasons?board=no-such-board', '/admin/players?board=no-such-board']) {
    await page.goto(address);
    await expect(page.locator('.section.ready')).toBeVisible();
    await expect(page.locator('.panel').getByRole('alert')).toHaveText('Check the address, or pick a board from the list.');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Admin');
    await expectAccessible(page);
  }
  await page.context().close();
});
