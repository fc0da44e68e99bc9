// Reporter that ends a run with each failed test and its reason, without stack traces.
import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter';

const REASON_LINES = 12;
const COLOURS = /\u001b\[[0-9;]*m/g;

export default class Summary implements Reporter {
  private readonly failed: string[] = [];

  onTestEnd(test: TestCase, result: TestResult): void {
    if (result.status === test.expectedStatus || result.status === 'skipped') return;
    const reasons = result.errors.map(({ message = 'no error message' }) => {
      const lines = message.replace(COLOURS, '').split('\n').filter((line) => line.trim() !== '');
      return lines.slice(0, REASON_LINES).map((line) => `      ${line}`);
    });
    const title = test.titlePath().filter(Boolean).join(' › ');
    this.failed.push(`    ${title} (${result.status} after ${Math.round(result.duration / 1000)} s)`, ...reasons.flat());
  }

  onEnd(): void {
    if (this.failed.length > 0) console.error(`\nFailed tests and their errors:\n${this.failed.join('\n')}`);
  }

  printsToStdio(): boolean {
    return false;
  }
}
