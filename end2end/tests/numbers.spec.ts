// Numbers as the reader writes them.
import { expect, test } from './fixtures';
import { newBoard, openLive, place, submit, submitAs } from './boards';

test('scores are shown and read with the marks of the reader @phone', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'In German', { format: { decimals: 2 } });
  await submit(api, slug, [{ player: 'ann', name: 'Ann', value: 123_456 }]);
  const page = await browser.newPage({ baseURL, locale: 'de-DE' });
  await openLive(page, slug);
  await expect(place(page, 1).locator('.score')).toHaveText('1.234,56');
  await submitAs(page, 'Bea', '1.5');
  await expect(page.locator('.said')).toContainText('must be a score like 834,56');
  await submitAs(page, 'Bea', '2.345,6');
  await expect(page.locator('.said')).toContainText('You rank #1');
  await expect(place(page, 1).locator('.score')).toHaveText('2.345,60');
  await submit(api, slug, [{ player: 'ann', name: 'Ann', value: 1_234_567 }]);
  await expect(place(page, 1).locator('.score')).toHaveText('12.345,67');
  await page.close();
});

test('a form without JavaScript is read with them, too', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'By form in German');
  const page = await browser.newPage({ baseURL, locale: 'de-DE', javaScriptEnabled: false });
  await page.goto(`/boards/${slug}`);
  await submitAs(page, 'Cleo', '12.345');
  await expect(place(page, 1).locator('.score')).toHaveText('12.345');
  await page.close();
});
