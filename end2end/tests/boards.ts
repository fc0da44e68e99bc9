// Creates boards and scores for the specs, and finds rows on a board's page.
import type { Page } from '@playwright/test';
import { type Api, expect } from './fixtures';

let boardCount = 0;

export type BoardRules = {
  policy?: 'best' | 'latest' | 'sum';
  order?: 'ascending' | 'descending';
  tie?: 'earliest' | 'shared' | 'dense';
  periods?: string[];
  [rule: string]: unknown;
};

/** Creates a board with a unique slug, open to players, and returns the slug. */
export async function newBoard(api: Api, title: string, rules: BoardRules = {}): Promise<string> {
  boardCount += 1;
  const slug = `${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${process.pid}-${boardCount}`;
  await api.put(`/api/v1/boards/${slug}`, boardRules(title, rules));
  return slug;
}

export function boardRules(title: string, rules: BoardRules = {}) {
  return { title, policy: 'best', order: 'descending', tie: 'earliest', periods: ['all_time'], submitters: 'both', ...rules };
}

/** Creates the board of the game Reflex with some slow scores. All tests of a server share it. */
export async function newReflexBoard(api: Api): Promise<void> {
  const rules = { order: 'ascending' as const, unit: 'ms', min_score: 80, max_score: 5000, description: 'Tap as soon as the colour changes.' };
  await api.put('/api/v1/boards/reflex', boardRules('Reflex', rules));
  await submit(api, 'reflex', descendingScores(30).map(({ player, name }, i) => ({ player, name, value: 4000 + i })));
}

export type Score = { player: string; name?: string; value: number; at?: string };

/** Submits scores in batches of 1,000; fails if one is refused. */
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

/** Scores from `count` down to 1 for the players `p000000`, `p000001` and so on. */
export function descendingScores(count: number): Score[] {
  return Array.from({ length: count }, (_, i) => descendingScore(i, count));
}

/** The element `i`, counted from 0, of `descendingScores(count)`. */
export function descendingScore(i: number, count: number): Score {
  const number = String(i).padStart(6, '0');
  return { player: `p${number}`, name: `Player ${number}`, value: count - i };
}

/**
 * Shows the reader's card and what follows it. On a narrow screen they take the place of a long list; elsewhere
 * they are visible already.
 */
export async function showSide(page: Page): Promise<void> {
  const more = page.getByRole('button', { name: 'More', exact: true });
  if (await more.isVisible()) await more.click();
}

/** Shows the list again after `showSide`. */
export async function showRanks(page: Page): Promise<void> {
  const ranks = page.getByRole('button', { name: 'Ranks', exact: true });
  if (await ranks.isVisible()) await ranks.click();
}

/** Submits a score through the form of a board's page. Afterwards the list is visible. */
export async function submitAs(page: Page, name: string, score: string): Promise<void> {
  await showSide(page);
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('textbox', { name: 'Score' }).fill(score);
  await page.getByRole('button', { name: 'Submit' }).click();
  await showRanks(page);
}

/** Opens a board and waits until its connection is live. */
export async function openLive(page: Page, slug: string, query = ''): Promise<void> {
  await page.goto(`/boards/${slug}${query}`);
  await expect(page.locator('.connection')).toHaveText('Live');
}

/** The field of the search for players. Its role is that of a combobox once the page is hydrated. */
export function searchField(page: Page) {
  return page.getByLabel('Find a player by name');
}

/** The players found that a live page shows. */
export function foundPlayers(page: Page) {
  return page.getByRole('listbox', { name: 'Players found' }).getByRole('option');
}

/** Shows or hides the page, as switching browser tabs does. */
export function setPageVisible(page: Page, isVisible: boolean): Promise<void> {
  return page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    Object.defineProperty(document, 'visibilityState', { value: hidden ? 'hidden' : 'visible', configurable: true });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  }, !isVisible);
}

/** The row at a place of the season, counted from 1. */
export function rowAt(page: Page, number: number) {
  return page.locator(`.row[data-place="${number}"]`);
}

/** The height of a row of the list in pixels. It depends on the pointer and the text size. */
export function rowHeight(page: Page): Promise<number> {
  return page.locator('.list .row').first().evaluate((row) => row.getBoundingClientRect().height);
}

/** Scrolls the list until the row at a place, counted from 1, is at its top. */
export async function scrollListTo(page: Page, number: number): Promise<void> {
  await scrollListToPixel(page, (await rowHeight(page)) * (number - 1));
}

/** Scrolls the list to a position in pixels. On a narrow screen the page scrolls it, below the upper bar. */
export async function scrollListToPixel(page: Page, top: number): Promise<void> {
  await page.locator('.list').evaluate((list, top) => {
    if (getComputedStyle(list).overflowY !== 'visible') return list.scrollTo(0, top);
    const finder = document.querySelector('.finder');
    // With large text, the bar scrolls away.
    const bar = finder && getComputedStyle(finder).top === '0px' ? finder.getBoundingClientRect().height : 0;
    window.scrollBy(0, list.getBoundingClientRect().top - bar + top);
  }, top);
}

/** The scroll position of the list in pixels. */
export function listScrollTop(page: Page): Promise<number> {
  return page.locator('.list').evaluate((list) => {
    if (getComputedStyle(list).overflowY !== 'visible') return list.scrollTop;
    const finder = document.querySelector('.finder');
    // With large text, the bar scrolls away.
    const bar = finder && getComputedStyle(finder).top === '0px' ? finder.getBoundingClientRect().height : 0;
    return Math.max(0, bar - list.getBoundingClientRect().top);
  });
}

/** The first `count` names of the rows in the document, sorted by place. */
export async function visibleNames(page: Page, count: number): Promise<string[]> {
  const rows = await page.locator('.row').evaluateAll((elements) =>
    elements.map((row) => [Number((row as HTMLElement).dataset.place), row.querySelector('.name')?.textContent ?? ''] as const),
  );
  return rows.sort(([a], [b]) => a - b).slice(0, count).map(([, name]) => name);
}
