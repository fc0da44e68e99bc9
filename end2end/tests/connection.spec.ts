// The connection status, and reconnecting after the server restarts.
import { expect, Server, test } from './fixtures';
import { descendingScores, newBoard, openLive, rowAt, submit } from './boards';
import { Api } from './fixtures';

test('the page reconnects to a restarted server without a reload', async ({ browser }) => {
  const first = await Server.start();
  const page = await browser.newPage({ baseURL: first.url });
  const slug = await newBoard(new Api(first.url, first.token), 'Comeback');
  await submit(new Api(first.url, first.token), slug, descendingScores(10));
  await openLive(page, slug);
  await first.kill();
  await expect(page.locator('.connection')).toHaveText('Reconnecting');
  const second = await first.restart();
  await expect(page.locator('.connection')).toHaveText('Live', { timeout: 30_000 });
  await submit(new Api(second.url, second.token), slug, [{ player: 'p000007', value: 77 }]);
  await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000007');
  await page.close();
  await second.stop();
});
