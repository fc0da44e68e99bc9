// The site can be installed: what a browser asks of one that wants to be.
import { expect, test } from './fixtures';

test.use({ serviceWorkers: 'allow' });

test('a browser would install the site, and each icon is as large as it says', async ({ page }) => {
  await page.goto('/');
  await page.evaluate(() => navigator.serviceWorker.ready);
  const devtools = await page.context().newCDPSession(page);
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  const why = installabilityErrors.map(({ errorId }) => errorId);
  // Each test has a window of its own, which forgets.
  expect(why.filter((id) => id !== 'in-incognito')).toEqual([]);
  const manifest = await devtools.send('Page.getAppManifest');
  expect(manifest.errors).toEqual([]);
  const { name, start_url, display, icons } = JSON.parse(manifest.data ?? '{}');
  expect({ name, start_url, display }).toEqual({ name: 'LeaderPort', start_url: '/', display: 'standalone' });
  const sizes: Record<string, string> = Object.fromEntries(icons.map(({ src, sizes }: { src: string; sizes: string }) => [src, sizes]));
  for (const [src, size] of Object.entries(sizes).filter(([, size]) => size !== 'any')) {
    const actual = await page.evaluate(async (src) => {
      const picture = new Image();
      picture.src = src;
      await picture.decode();
      return `${picture.naturalWidth}x${picture.naturalHeight}`;
    }, src);
    expect(actual, src).toBe(size);
  }
});
