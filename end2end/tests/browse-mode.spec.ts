// A walk through a board in the browse mode of a screen reader, which reads the accessibility tree of the
// browser in the order of the document. `docs/pages.md` describes the walk.
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { descendingScores, newBoard, openLive, rowAt, submit, submitAs } from './boards';

type Stop = { role: string; name: string; level: number | undefined; parents: string[] };

/** All nodes of the page's accessibility tree in reading order, each with the roles of its ancestors. */
async function browse(page: Page): Promise<Stop[]> {
  const devtools = await page.context().newCDPSession(page);
  const { nodes } = await devtools.send('Accessibility.getFullAXTree');
  await devtools.detach();
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const stops: Stop[] = [];
  const visit = (id: string, parents: string[]): void => {
    const node = byId.get(id);
    if (!node) return;
    const role = String(node.role?.value ?? '');
    if (!node.ignored) {
      const level = node.properties?.find((property) => property.name === 'level')?.value.value as number | undefined;
      stops.push({ role, name: String(node.name?.value ?? ''), level, parents });
    }
    for (const child of node.childIds ?? []) visit(child, node.ignored ? parents : [...parents, role]);
  };
  const root = nodes.find((node) => node.parentId === undefined);
  if (root) visit(root.nodeId, []);
  return stops;
}

const LANDMARKS = ['banner', 'complementary', 'contentinfo', 'main', 'navigation', 'region', 'search'];

/** The stops of the keys that jump by landmark, heading, named list and table. */
function outline(stops: Stop[]): string[] {
  const isOutline = ({ role, name }: Stop) => LANDMARKS.includes(role) || ['heading', 'grid'].includes(role) || (role === 'list' && name !== '');
  return stops.filter(isOutline).map(({ role, name, level }) => `${role}${role === 'heading' ? ` ${level}` : ''} ${name}`.trim());
}

/** The texts of the cells of each row, in reading order. The first row is the head. */
function rows(stops: Stop[]): string[][] {
  const rows: string[][] = [];
  for (const { role, name } of stops) {
    if (role === 'row') rows.push([]);
    if (['columnheader', 'gridcell'].includes(role)) rows.at(-1)?.push(name);
  }
  return rows;
}

test('landmarks and headings lead through a board in the order of its use @phone', async ({ api, page }) => {
  const slug = await newBoard(api, 'Walked', { unit: 'points' });
  await submit(api, slug, descendingScores(40));
  await openLive(page, slug);
  // The feed arrives after the list.
  await expect(page.getByRole('region', { name: 'Highlights' })).toBeVisible();
  expect(outline(await browse(page))).toEqual([
    'banner',
    'navigation Site',
    'main',
    'heading 1 Walked',
    'navigation Periods',
    'search',
    'list Top three',
    'region Standings',
    'heading 2 Standings',
    'grid Walked',
    'navigation Pages',
    'complementary You and others',
    'region You',
    'heading 2 You',
    'region Submit a score',
    'heading 2 Submit a score',
    'region Score distribution',
    'heading 2 Score distribution',
    'region Highlights',
    'heading 2 Highlights',
    'contentinfo',
  ]);
});

test('rows are read as rank, name and score, before the links to other pages', async ({ api, page }) => {
  const slug = await newBoard(api, 'Read out', { unit: 'points' });
  await submit(api, slug, descendingScores(400));
  await openLive(page, slug, '?rank=300');
  await expect(rowAt(page, 300)).toBeInViewport();
  const score = (rank: number) => [String(rank), `Player ${String(rank - 1).padStart(6, '0')}`, String(401 - rank)];
  const expectRows = async (expected: (first: number, count: number) => string[][]) => {
    await expect.poll(async () => {
      const [head, ...read] = rows(await browse(page));
      const first = Number.parseInt(read[0]?.[0] ?? '', 10);
      return JSON.stringify({ head, read }) === JSON.stringify({ head: ['Rank', 'Player', 'points'], read: expected(first, read.length) });
    }).toBe(true);
  };
  await expectRows((first, count) => Array.from({ length: count }, (_, i) => score(first + i)));
  const stops = await browse(page);
  const last = stops.findLastIndex(({ role }) => role === 'gridcell');
  const pager = stops.findIndex(({ role, name }) => role === 'navigation' && name === 'Pages');
  expect(pager).toBeGreaterThan(last);
  // Each name is a link, and rank and score are plain text.
  const cells = stops.filter(({ role, parents }) => role === 'link' && parents.includes('gridcell'));
  expect(cells).toHaveLength(rows(stops).length - 1);
  // A new leader moves every row by one. The order of the document follows, and the ranks say so.
  await submit(api, slug, [{ player: 'new', name: 'Newcomer', value: 5_000 }]);
  await expectRows((first, count) => Array.from({ length: count }, (_, i) => [`${first + i}, down 1 place`, ...score(first + i - 1).slice(1)]));
});

test('the reader’s row is read with the word “You”', async ({ api, page }) => {
  const slug = await newBoard(api, 'Read mine');
  await submit(api, slug, descendingScores(10));
  await openLive(page, slug);
  await submitAs(page, 'Ada', '8');
  await expect(page.locator('.status')).toContainText('You rank #4');
  await expect.poll(async () => rows(await browse(page))[4]).toEqual(['4', 'Ada You', '8']);
});
