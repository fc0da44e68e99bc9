// Installation as an app: the manifest, the icons and the service worker that browsers require.
import { expect, test } from './fixtures';

test.use({ serviceWorkers: 'allow' });

test('the site is installable, and each icon has the size that the manifest declares', async ({ page }) => {
  await page.goto('/');
  await page.evaluate(() => navigator.serviceWorker.ready);
  const devtools = await page.context().newCDPSession(page);
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  const errors = installabilityErrors.map(({ errorId }) => errorId);
  // Playwright runs each test in an incognito context, where browsers install nothing.
  expect(errors.filter((id) => id !== 'in-incognito')).toEqual([]);
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
