// Two nodes that share a PostgreSQL and a Redis: each shows the scores that the other accepts, and both
// recover after a Redis crash. Admins see what waits in a shared ledger.
import { Api, Server, expect, expectAccessible, test } from './fixtures';
import { descendingScores, newBoard, openLive, rowAt, submit, submitAs } from './boards';
import { signInNewAccount } from './accounts';
import { Redis, newPostgresSchema, runSql } from './services';

test('two nodes show the same board, also while Redis is down @phone', async ({ browser }, testInfo) => {
  test.setTimeout(60_000);
  const redis = await Redis.start();
  const services = ['--database', newPostgresSchema(), '--broker', redis.url, '--broker-prefix', testInfo.project.name];
  const secret = ['--cookie-secret', 'one secret for both nodes, so that a guest is known'.replaceAll(' ', '-').padEnd(64, '.')];
  const start = () => Server.start([...services, ...secret]);
  const nodes = await Promise.all([start(), start()]);
  try {
    const [first, second] = [new Api(nodes[0].url, nodes[0].token), new Api(nodes[1].url, nodes[1].token)];
    const slug = await newBoard(first, `Nodes ${testInfo.project.name} ${Date.now()}`);
    await submit(first, slug, descendingScores(60));
    // The second node learns of the board through Redis.
    await expect.poll(() => second.get(`/api/v1/boards/${slug}/standings`).then(() => 'known', () => 'unknown')).toBe('known');

    const { viewport, isMobile, hasTouch } = testInfo.project.use;
    const open = async (node: Server) => {
      const context = await browser.newContext({ baseURL: node.url, viewport, isMobile, hasTouch });
      return context.newPage();
    };
    const pages = [await open(nodes[0]), await open(nodes[1])] as const;
    await Promise.all(pages.map((page) => openLive(page, slug)));
    await submit(second, slug, [{ player: 'p000020', value: 999 }]);
    for (const page of pages) await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000020');

    await redis.kill();
    await submit(first, slug, [{ player: 'p000030', value: 1000 }]);
    for (const page of pages) {
      await expect(page.getByRole('status').filter({ hasText: 'Live ranking is paused' })).toBeVisible();
      await expect(page.locator('.connection')).toHaveText('Paused');
      await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000030');
    }
    await expectAccessible(pages[0]);
    await pages[0].screenshot({ path: `screenshots/degraded-${testInfo.project.name}.png` });
    // A node accepts a guest's score without Redis.
    const page = pages[1];
    await submitAs(page, 'Ada', '2000');
    await expect(rowAt(page, 1).locator('.name')).toHaveText('Ada');

    await redis.restart();
    for (const page of pages) {
      await expect(page.locator('.connection')).toHaveText('Live');
      await expect(page.locator('.degraded:visible')).toHaveCount(0);
      await expect(rowAt(page, 1).locator('.name')).toHaveText('Ada');
      await expect(rowAt(page, 2).locator('.name')).toHaveText('Player 000030');
    }
    await expect(pages[1].locator('.row.pending')).toHaveCount(0);
    await submit(second, slug, [{ player: 'p000040', value: 3000 }]);
    for (const page of pages) await expect(rowAt(page, 1).locator('.name')).toHaveText('Player 000040');
    await Promise.all(pages.map((page) => page.context().close()));
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
    await redis.kill();
  }
});

test('an admin sees a recount, and retries a batch that failed, when its cause is mended @phone', async ({ browser }, testInfo) => {
  const database = newPostgresSchema();
  const node = await Server.start(['--database', database]);
  try {
    const api = new Api(node.url, node.token);
    const slug = await newBoard(api, 'Recounted');
    const { viewport, isMobile, hasTouch } = testInfo.project.use;
    const { page } = await signInNewAccount(browser, api, node.url, 'admin', { viewport, isMobile, hasTouch });
    // A batch that cannot be read, and a recount on which another node works.
    runSql(database, `
      INSERT INTO outbox (standings, submissions, failures, error, dead_at) VALUES ('no list', '{}', 5, 'not valid', 1700000000000);
      INSERT INTO recounts (board, version, begun_at, seen_at, written, to_write) VALUES ('${slug}', 1, 0, ${Date.now() + 3_600_000}, 500, 2000)`);
    await page.goto('/admin');
    await page.getByRole('link', { name: '1 failed batch waits for a retry' }).click();
    await expect(page.getByText(`The standings of ${slug} are being recounted by new rules: 500 of 2,000 changes are stored.`)).toBeVisible();
    await expect(page.getByText('1 batch failed repeatedly and waits for a retry:')).toBeVisible();
    await expect(page.getByText('5 failures: not valid')).toBeVisible();
    await expectAccessible(page);
    await page.screenshot({ path: `screenshots/admin-engine-failed-${testInfo.project.name}.png` });

    runSql(database, 'UPDATE outbox SET standings = NULL; DELETE FROM recounts');
    await page.getByRole('button', { name: 'Retry failed batches' }).click();
    await expect(page.getByRole('status').filter({ hasText: '1 batch retried.' })).toBeVisible();
    await expect(page.getByText('failed repeatedly')).toHaveCount(0);
    await expect(page.getByText('are being recounted')).toHaveCount(0);
    await page.context().close();
  } finally {
    await node.stop();
  }
});
