// The accent and the emblem of a board: chosen in its form, and shown wherever the board is.
import { expect, expectAccessible, test } from './fixtures';
import { contrast } from './contrast';
import { descendingScores, newBoard, openLive, submit } from './boards';
import { signInNewAccount } from './accounts';

const ACCENTS = ['indigo', 'teal', 'amber', 'rose', 'violet', 'lime', 'sky', 'slate'];
const BLUE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#00f"/></svg>';

test('an admin chooses an accent and an emblem, and readers see them @phone', async ({ api, browser, baseURL }, testInfo) => {
  const { viewport, isMobile, hasTouch } = testInfo.project.use;
  const slug = await newBoard(api, 'Dressed');
  await submit(api, slug, [...descendingScores(5), { player: slug, name: 'Dora', value: 9 }]);
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin', { viewport, isMobile, hasTouch });
  await page.goto(`/admin/boards?board=${slug}`);
  const look = page.getByRole('group', { name: 'Look', exact: true });
  await expect(look.getByRole('radio', { name: 'Indigo' })).toBeChecked();
  await look.getByRole('radio', { name: 'Teal' }).check();
  await look.getByRole('radio', { name: 'Mountain' }).check();
  // The sample shows the choice before it is saved.
  const sample = look.getByRole('group', { name: 'Sample' });
  await expect(sample).toHaveAttribute('data-accent', 'teal');
  await expect(sample.locator('use')).toHaveAttribute('href', '/emblems.svg#mountain');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved as version 2')).toBeVisible();
  await openLive(page, slug);
  await expect(page.locator('.board')).toHaveAttribute('data-accent', 'teal');
  await expect(page.locator('h1 use')).toHaveAttribute('href', '/emblems.svg#mountain');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dressed');
  // The symbol is loaded and drawn.
  const box = await page.locator('h1 use').evaluate((use) => (use as SVGUseElement).getBBox().width);
  expect(box).toBeGreaterThan(0);
  await expectAccessible(page);
  await page.goto('/');
  const card = page.getByRole('link', { name: 'Dressed' });
  await expect(card).toHaveAttribute('data-accent', 'teal');
  await expect(card.locator('use')).toHaveAttribute('href', '/emblems.svg#mountain');
  await page.goto(`/players/${slug}`);
  await expect(card).toHaveAttribute('data-accent', 'teal');
  await expect(card.locator('use')).toHaveAttribute('href', '/emblems.svg#mountain');
  await expectAccessible(page);
  await page.context().close();
});

test('an admin uploads an emblem, and a file that cannot be used is refused with the reason', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Uploaded');
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin');
  await page.goto(`/admin/boards?board=${slug}`);
  await expect(page.locator('.section.ready')).toHaveCount(1);
  const file = page.getByLabel('Upload your own');
  const own = page.getByRole('radio', { name: 'Your own' });
  await expect(own).toBeHidden();
  const choose = (name: string, mimeType: string, text: string) => file.setInputFiles({ name, mimeType, buffer: Buffer.from(text) });
  await choose('script.svg', 'image/svg+xml', BLUE.replace('<rect', '<script>alert(1)</script><rect'));
  await expect(page.getByText(/This picture can’t be used: .*script/)).toBeVisible();
  await expect(file).toHaveAccessibleDescription(/This picture can’t be used/);
  await expect(file).toHaveAttribute('aria-invalid', 'true');
  await choose('note.txt', 'text/plain', 'no picture');
  await expect(page.getByText('Choose an SVG or a PNG file.')).toBeVisible();
  await choose('large.svg', 'image/svg+xml', BLUE + ' '.repeat(70_000));
  await expect(page.getByText('This file is too large.')).toBeVisible();
  await choose('blue.svg', 'image/svg+xml', BLUE);
  await expect(page.getByText('Your emblem is uploaded and shown.')).toBeVisible();
  await expect(file).not.toHaveAttribute('aria-invalid');
  await expect(own).toBeChecked();
  // Another choice keeps the picture, which can be chosen again.
  await page.getByRole('radio', { name: 'Flag' }).check();
  await expect(own).toBeVisible();
  await own.check();
  // The upload made a version of the board, and the form goes on from that.
  await page.getByLabel('Title').fill('Uploaded later');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved as version 3')).toBeVisible();
  await page.goto(`/boards/${slug}`);
  const emblem = page.locator('h1 img.emblem');
  await expect.poll(() => emblem.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(192);
  await page.context().close();
});

test('an admin removes the uploaded emblem after a confirmation, and the form goes on', async ({ api, browser, baseURL }) => {
  const slug = await newBoard(api, 'Bare again');
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin');
  await page.goto(`/admin/boards?board=${slug}`);
  await expect(page.locator('.section.ready')).toHaveCount(1);
  const remove = page.getByRole('button', { name: 'Remove your emblem' });
  await expect(remove).toBeHidden();
  await page.getByLabel('Upload your own').setInputFiles({ name: 'blue.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(BLUE) });
  await expect(page.getByText('Your emblem is uploaded and shown.')).toBeVisible();
  await expect(remove).toHaveClass(/danger/);
  await remove.click();
  const question = page.getByRole('group', { name: /^Remove the uploaded picture\?/ });
  await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(question).toBeHidden();
  await expect(remove).toBeFocused();
  expect(await api.get(`/api/v1/boards/${slug}`)).toMatchObject({ emblem: 'custom', version: 2 });
  await remove.click();
  await expectAccessible(page);
  await question.getByRole('button', { name: 'Remove your emblem' }).click();
  await expect(page.getByText('Your emblem is removed.')).toBeVisible();
  await expect(page.getByText('Your emblem is uploaded and shown.')).toBeHidden();
  await expect(remove).toBeHidden();
  await expect(page.getByRole('radio', { name: 'Trophy' })).toBeChecked();
  await expect(page.getByRole('radio', { name: 'Your own' })).toBeHidden();
  expect(await api.get(`/api/v1/boards/${slug}`)).toMatchObject({ emblem: 'trophy', version: 3 });
  expect((await page.request.get(`/api/v1/boards/${slug}/emblem`)).status()).toBe(404);
  // The removal made a version of the board, and the form goes on from that.
  await page.getByLabel('Title').fill('Bare for good');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved as version 4')).toBeVisible();
  await page.goto(`/boards/${slug}`);
  await expect(page.locator('h1 use')).toHaveAttribute('href', '/emblems.svg#trophy');
  await page.context().close();
});

test('a new board gets its own emblem only after it is saved', async ({ api, browser, baseURL }) => {
  const { page } = await signInNewAccount(browser, api, baseURL, 'admin');
  await page.goto('/admin/boards?board=');
  await expect(page.getByLabel('Upload your own')).toBeDisabled();
  await expect(page.getByText('Save the board first.')).toBeVisible();
  await expect(page.getByRole('radio', { name: 'Your own' })).toBeHidden();
  await page.context().close();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every accent has enough contrast in ${colorScheme}`, async ({ api, browser, baseURL }) => {
    const slug = await newBoard(api, 'Coloured');
    await submit(api, slug, descendingScores(60));
    const page = await browser.newPage({ baseURL, colorScheme });
    await openLive(page, slug);
    const [share, button] = [page.getByRole('link', { name: 'Share' }), page.getByRole('button', { name: 'Submit' })];
    const colours = new Set<string>();
    for (const accent of ACCENTS) {
      await page.locator('.board').evaluate((board, accent) => board.setAttribute('data-accent', accent), accent);
      colours.add(await share.evaluate((share) => getComputedStyle(share).color));
      expect(await contrast(page, [share, 'color'], [page.locator('html'), 'background-color']), accent).toBeGreaterThanOrEqual(4.5);
      expect(await contrast(page, [share, 'color'], [page.locator('.list'), 'background-color']), accent).toBeGreaterThanOrEqual(4.5);
      // Buttons change their colour by a transition of their brightness alone.
      expect(await contrast(page, [button, 'color'], [button, 'background-color']), accent).toBeGreaterThanOrEqual(4.5);
      const bar = page.locator('.distribution rect').first();
      expect(await contrast(page, [bar, 'fill'], [page.locator('.distribution'), 'background-color']), accent).toBeGreaterThanOrEqual(3);
    }
    expect(colours.size).toBe(ACCENTS.length);
    await page.close();
  });
}
