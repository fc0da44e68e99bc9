// A player's page: the ranks over time, from the first score to today.
import { expect, expectAccessible, test } from './fixtures';
import { newBoard, submit } from './boards';

test.use({ locale: 'en-GB' });

test('the history of a player has a time axis that ends at today’s rank @phone', async ({ api, page }, testInfo) => {
  const slug = await newBoard(api, 'Years');
  const player = `veteran-${testInfo.project.name}-${process.pid}-${Date.now()}`;
  const year = (number: number) => `${number}-01-05T12:00:00Z`;
  await submit(api, slug, [{ player, name: 'Vera Veteran', value: 10, at: year(2010) }]);
  await submit(api, slug, [{ player, value: 11, at: year(2011) }]);
  await submit(api, slug, [20, 30].map((value) => ({ player: `rival-${value}`, value })));
  await page.goto(`/players/${player}`);
  const card = page.getByRole('link', { name: /Years/ });
  await expect(card.locator('dl')).toContainText('Rank#3');
  await expect(card.locator('dl')).toContainText('Peak rank#1');
  const plot = card.locator('.history');
  await expect(plot.getByRole('img')).toHaveAccessibleName('From rank 1 to rank 3 today. Peak rank: 1.');
  await expect(plot.locator('.edges')).toHaveText('5 Jan 2010Today');
  const at = await plot.locator('.point').evaluateAll((points) => points.map((point) => Number(/M([\d.]+)/.exec(point.getAttribute('d') ?? '')?.[1])));
  expect(at).toHaveLength(3);
  const [first = 0, second = 0, today = 0] = at;
  // A year is a small part of the time since 2010.
  expect((second - first) / (today - first)).toBeLessThan(0.1);
  const widths = await plot.evaluate((figure) => [figure.clientWidth, document.querySelector('main')?.clientWidth ?? 0]);
  expect((widths[0] ?? 0) / (widths[1] ?? 1)).toBeGreaterThan(0.8);
  await expectAccessible(page);
});
