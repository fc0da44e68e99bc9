// One story of the connection: a single status, and the same rank on the card and in the list while a score waits.
import { Api, expect, expectAccessible, Server, test } from './fixtures';
import { descendingScores, newBoard, openLive, showSide, submit, submitAs } from './boards';

test('a score that waits offline has a dashed row at its likely place, which the card confirms @phone', async ({ browser }, testInfo) => {
  const { viewport, isMobile, hasTouch } = testInfo.project.use;
  let server = await Server.start();
  const api = new Api(server.url, server.token);
  const slug = await newBoard(api, 'Story');
  await submit(api, slug, descendingScores(4_000));
  const context = await browser.newContext({ baseURL: server.url, viewport, isMobile, hasTouch });
  const page = await context.newPage();
  await openLive(page, slug);
  await submitAs(page, 'Ada', '10');
  await expect(page.locator('.you .big')).toHaveText('#3,992');
  await server.kill();
  await submitAs(page, 'Ada', '1500');
  await expect(page.locator('.unconnected')).toContainText('Not connected.');
  // The notice is the only status.
  await expect(page.locator('.connection')).toBeHidden();
  const row = page.locator('.row.pending');
  await showSide(page);
  await page.getByRole('link', { name: 'Find me' }).click();
  await expect(row).toBeInViewport({ ratio: 0.9 });
  const place = Number(await row.getAttribute('data-place'));
  // One percent of all places.
  expect(Math.abs(place - 2_502)).toBeLessThanOrEqual(40);
  expect(await row.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe('dashed');
  await expect(page.locator('.you .big')).toHaveText(`about #${await row.locator('.rank').textContent()}`);
  await expect(page.locator('.you .next')).toBeEmpty();
  await expectAccessible(page);

  server = await server.restart();
  await expect(page.locator('.connection')).toHaveText('Live', { timeout: 30_000 });
  await expect(page.locator('.connection')).toBeVisible();
  await expect(page.locator('.you .big')).toHaveText('#2,502', { timeout: 30_000 });
  await expect(row).toHaveCount(0);
  await showSide(page);
  await page.getByRole('link', { name: 'Find me' }).click();
  await expect(page.locator('.row.me')).toHaveAttribute('data-place', '2502');
  await expect(page.locator('.facts')).toContainText('4,001 ranked');
  await context.close();
  await server.stop();
});
