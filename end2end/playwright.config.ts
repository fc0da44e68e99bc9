// Every test runs against the real release binary, which the `server` fixture starts, in a real
// browser. There are no retries: a test that passes at the second attempt has found something.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: './tests',
  workers: 2,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  // The last lines say what failed and why, for whoever sees no more than those.
  reporter: [['list'], ['./tests/summary.ts']],
  // Other work shares the machine: what is slow is not wrong.
  expect: { timeout: 15_000 },
  timeout: 60_000,
  use: {
    // A test that wants the worker says so: what it answers, `page.route` does not see.
    serviceWorkers: 'block',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      // Set by .ci/setup where Playwright's own browser cannot be downloaded.
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
      // What depends on the screen says so in its title.
      grep: /@phone/,
      use: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
    },
  ],
});
