// Sections of the admin page that have nothing to show, or cannot show it.
import { Api, expect, expectAccessible, Server, test } from './fixtures';
import { newBoard } from './boards';
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

test('sections of a deployment without boards say so, and only open boards are live', async ({ browser }) => {
  const server = await Server.start();
  const api = new Api(server.url, server.token);
  const { page } = await signInNewAccount(browser, api, server.url, 'admin');
  const open = async (address: string) => {
    await page.goto(address);
    await expect(page.locator('.section.ready')).toBeVisible();
  };
  for (const address of ['/admin/boards', '/admin/seasons']) {
    await open(address);
    await expect(page.getByText('No boards yet')).toBeVisible();
    await expect(page.locator('.table, select').filter({ visible: true })).toHaveCount(0);
    await expectAccessible(page);
  }
  await newBoard(api, 'Over', { closes_at: '2020-01-01T00:00:00Z' });
  await open('/admin');
  const live = page.getByRole('region', { name: 'Live boards' });
  await expect(live).toContainText('No board is live.');
  await newBoard(api, 'Running');
  await page.reload();
  await expect(live.getByRole('listitem')).toContainText(['Running']);
  await expect(live).not.toContainText('Over');
  await page.context().close();
  await server.stop();
});

test('without JavaScript the admin page says that actions need it, and its forms work', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Scriptless');
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin', { javaScriptEnabled: false });
  await page.goto(`/admin/boards?board=${slug}`);
  await expect(page.getByText('Some actions on this page need JavaScript.')).toBeVisible();
  await page.getByLabel('Title').fill('Scriptless, renamed');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(async () => (await api.get<{ title: string }>(`/api/v1/boards/${slug}`)).title).toBe('Scriptless, renamed');
  const title = page.getByLabel('Title');
  await title.fill('');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(title).toHaveAccessibleDescription('Enter a title of 1 to 80 characters.');
  await expect(title).toBeFocused();
  await page.context().close();
});
