// The main use case: the import of a CSV of weekly rankings while a browser shows the board. The test
// uses real rankings if their file is next to the project, and generated ones of the same shape otherwise.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from './fixtures';
import { newBoard, openLive, visibleNames } from './boards';

const REAL = path.resolve(__dirname, '../../../shared/data/atp_rankings_2024h1.csv');
const BINARY = path.resolve(__dirname, '../../target/release/leaderport');

/** Rankings of 2,000 players over 20 weeks, with ties and with different points each week. */
function generateRankings(): string {
  const lines = ['date,player_id,name,country,points'];
  for (let week = 0; week < 20; week++) {
    const date = new Date(Date.UTC(2024, 0, 1 + 7 * week)).toISOString().slice(0, 10);
    for (let id = 0; id < 2000; id++) lines.push(`${date},${id},Player ${id},XXX,${(id * 7919 + week * 104_729) % 9000}`);
  }
  return `${lines.join('\n')}\n`;
}

test('an import updates the open board, and the ranks match an independent sort', async ({ api, page, server }, testInfo) => {
  const csv = existsSync(REAL) ? REAL : testInfo.outputPath('rankings.csv');
  if (csv !== REAL) await writeFile(csv, generateRankings());
  const rows = readFileSync(csv, 'utf8').trim().split('\n').slice(1);
  test.setTimeout(180_000);
  const slug = await newBoard(api, 'ATP', { policy: 'latest', tie: 'shared', unit: 'points' });
  await openLive(page, slug);
  await page.evaluate(() => {
    const seen = new Set<string>();
    (window as unknown as { seen: Set<string> }).seen = seen;
    const list = document.querySelector('.list .rows');
    if (list) new MutationObserver(() => seen.add(list.textContent ?? '')).observe(list, { childList: true, subtree: true, characterData: true });
  });
  const args = ['import', '--server', server.url, '--api-token', server.token, '--board', slug, '--csv', csv, '--player', 'player_id', '--name', 'name', '--score', 'points', '--at', 'date'];
  const first = await promisify(execFile)(BINARY, args);
  expect(first.stdout).toContain(rows.length.toLocaleString('en-US'));
  expect(await page.evaluate(() => (window as unknown as { seen: Set<string> }).seen.size)).toBeGreaterThan(5);

  // The expected ranking: the latest points of each player, in descending order.
  const latest = new Map<string, { name: string; points: number; date: string }>();
  for (const line of rows) {
    const [date = '', id = '', name = '', , points = ''] = line.split(',');
    const earlier = latest.get(id);
    if (!earlier || earlier.date <= date) latest.set(id, { name, points: Number(points), date });
  }
  const sorted = [...latest.values()].map((p) => p.points).sort((a, b) => b - a);
  const rankOf = (points: number) => sorted.indexOf(points) + 1;
  const expectSortedRanks = async () => {
    let offset = 0;
    const rankedPlayers = new Set<string>();
    for (;;) {
      const answer = await api.get<{ rows: { rank: number; player: string; name: string; score: number }[]; total: number }>(
        `/api/v1/boards/${slug}/standings?offset=${offset}&limit=200`,
      );
      expect(answer.total).toBe(latest.size);
      for (const [i, row] of answer.rows.entries()) {
        const player = latest.get(row.player);
        expect(row, `place ${offset + i + 1}`).toMatchObject({ name: player?.name || row.player, score: player?.points, rank: rankOf(player?.points ?? NaN) });
        expect(row.score).toBe(sorted[offset + i]);
        rankedPlayers.add(row.player);
      }
      if (answer.rows.length < 200) break;
      offset += 200;
    }
    expect(rankedPlayers.size).toBe(latest.size);
  };
  await expectSortedRanks();
  const top = await api.get<{ rows: { name: string }[] }>(`/api/v1/boards/${slug}/standings?limit=10`);
  await expect.poll(() => visibleNames(page, 10)).toEqual(top.rows.map((row) => row.name));

  // A second import changes nothing, because the same line of the same file has the same submission id.
  const second = await promisify(execFile)(BINARY, args);
  expect(second.stdout).toContain(`: 0 submitted, ${rows.length.toLocaleString('en-US')} imported before, 0 rejected`);
  await expectSortedRanks();
});
