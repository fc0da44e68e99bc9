// Every test runs in a real browser against the release binary, which the `server` fixture starts.
// There are no retries: a test that passes only at the second attempt has found a defect.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: './tests',
  workers: 2,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  // The summary repeats all failures with their reasons at the end, for readers of a truncated log.
  reporter: [['list'], ['./tests/summary.ts']],
  // Other work shares the machine, so the timeouts leave room for a slow run.
  expect: { timeout: 15_000 },
  timeout: 60_000,
  use: {
    // Tests opt in to the service worker, because `page.route` does not see requests that it answers.
    serviceWorkers: 'block',
    timezoneId: 'UTC',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      // .ci/setup sets the variable if Playwright's own browser cannot be downloaded.
      executablePath: process.env.LEADERPORT_CHROMIUM || undefined,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
  projects: [
    { name: 'desktop', use: { viewport: { width: 1440, height: 900 } } },
    {
      name: 'phone',
      // Tests that depend on the screen size carry this tag in their title.
      grep: /@phone/,
      use: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
    },
  ],
});
