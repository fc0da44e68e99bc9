// Boards and scores for specs to begin with.
import type { Page } from '@playwright/test';
import { type Api, expect } from './fixtures';

let boards = 0;

export type BoardRules = {
  policy?: 'best' | 'latest' | 'sum';
  order?: 'ascending' | 'descending';
  tie?: 'earliest' | 'shared' | 'dense';
  periods?: string[];
  [rule: string]: unknown;
};

/** Defines a board that no other spec knows; gives its slug. */
export async function newBoard(api: Api, title: string, rules: BoardRules = {}): Promise<string> {
  boards += 1;
  const slug = `${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${process.pid}-${boards}`;
  await api.put(`/api/v1/boards/${slug}`, boardRules(title, rules));
  return slug;
}

export function boardRules(title: string, rules: BoardRules = {}) {
  return { title, policy: 'best', order: 'descending', tie: 'earliest', periods: ['all_time'], ...rules };
}

export type Score = { player: string; name?: string; value: number; at?: string };

/** Submits scores a thousand at a time; fails when one is refused. */
export async function submit(api: Api, slug: string, scores: Score[]): Promise<void> {
  for (let from = 0; from < scores.length; from += 1000) {
    const { outcomes } = await api.post<{ outcomes: { status: number }[] }>(
      `/api/v1/boards/${slug}/submissions/batch`,
      { submissions: scores.slice(from, from + 1000) },
    );
    const refused = outcomes.find((outcome) => outcome.status !== 200);
    if (refused) throw new Error(`a score was refused: ${JSON.stringify(refused)}`);
  }
}

/** `count` players `p0000…`, the first one best. */
export function ladder(count: number): Score[] {
  return Array.from({ length: count }, (_, i) => rung(i, count));
}

/** The one at place `i`, counted from 0, of such a ladder. */
export function rung(i: number, count: number): Score {
  const number = String(i).padStart(6, '0');
  return { player: `p${number}`, name: `Player ${number}`, value: count - i };
}

/** Submits by the form of a board's page. */
export async function submitAs(page: Page, name: string, score: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('textbox', { name: 'Score' }).fill(score);
  await page.getByRole('button', { name: 'Submit' }).click();
}

/** Opens a board and waits until it hears of changes. */
export async function openLive(page: Page, slug: string, query = ''): Promise<void> {
  await page.goto(`/boards/${slug}${query}`);
  await expect(page.locator('.connection')).toHaveText('Live');
}

/** Somebody looks at the page, or nobody does: its tab is another one. */
export function look(page: Page, isLookedAt: boolean): Promise<void> {
  return page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, !isLookedAt);
}

/** The row at a rank's place, counted from 1. */
export function place(page: Page, number: number) {
  return page.locator(`.row[data-place="${number}"]`);
}

/** The names on screen from the top, by place. */
export async function names(page: Page, count: number): Promise<string[]> {
  const rows = await page.locator('.row').evaluateAll((elements) =>
    elements.map((row) => [Number((row as HTMLElement).dataset.place), row.querySelector('.name')?.textContent ?? ''] as const),
  );
  return rows.sort(([a], [b]) => a - b).slice(0, count).map(([, name]) => name);
}
