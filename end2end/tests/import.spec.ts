// The main job on real input: a CSV of real rankings is imported while a browser has the board open.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from './fixtures';
import { names, newBoard, openLive } from './boards';

const CSV = path.resolve(__dirname, '../../../shared/data/atp_rankings_2024h1.csv');
const BINARY = path.resolve(__dirname, '../../target/release/leaderport');

test('importing real rankings moves the rows, and the ranks are those of a plain sort', async ({ api, page, server }) => {
  test.skip(!existsSync(CSV), `the data is not here: ${CSV}`);
  test.setTimeout(180_000);
  const slug = await newBoard(api, 'ATP', { policy: 'latest', tie: 'shared', unit: 'points' });
  await openLive(page, slug);
  await page.evaluate(() => {
    const seen = new Set<string>();
    (window as unknown as { seen: Set<string> }).seen = seen;
    const list = document.querySelector('.list ol');
    if (list) new MutationObserver(() => seen.add(list.textContent ?? '')).observe(list, { childList: true, subtree: true, characterData: true });
  });
  const args = ['import', '--server', server.url, '--api-token', server.token, '--board', slug, '--csv', CSV, '--player', 'player_id', '--name', 'name', '--score', 'points', '--at', 'date'];
  const first = await promisify(execFile)(BINARY, args);
  expect(first.stdout).toContain('41,286');
  expect(await page.evaluate(() => (window as unknown as { seen: Set<string> }).seen.size)).toBeGreaterThan(5);

  // Each player's last points, sorted plainly.
  const last = new Map<string, { name: string; points: number; date: string }>();
  for (const line of readFileSync(CSV, 'utf8').trim().split('\n').slice(1)) {
    const [date = '', id = '', name = '', , points = ''] = line.split(',');
    const known = last.get(id);
    if (!known || known.date <= date) last.set(id, { name, points: Number(points), date });
  }
  const sorted = [...last.values()].map((p) => p.points).sort((a, b) => b - a);
  const rankOf = (points: number) => sorted.indexOf(points) + 1;
  const check = async () => {
    let offset = 0;
    const ranked = new Set<string>();
    for (;;) {
      const { rows, total } = await api.get<{ rows: { rank: number; player: string; name: string; score: number }[]; total: number }>(
        `/api/v1/boards/${slug}/standings?offset=${offset}&limit=200`,
      );
      expect(total).toBe(last.size);
      for (const [i, row] of rows.entries()) {
        const player = last.get(row.player);
        expect(row, `place ${offset + i + 1}`).toMatchObject({ name: player?.name || row.player, score: player?.points, rank: rankOf(player?.points ?? NaN) });
        expect(row.score).toBe(sorted[offset + i]);
        ranked.add(row.player);
      }
      if (rows.length < 200) break;
      offset += 200;
    }
    expect(ranked.size).toBe(last.size);
  };
  await check();
  const top = await api.get<{ rows: { name: string }[] }>(`/api/v1/boards/${slug}/standings?limit=10`);
  await expect.poll(() => names(page, 10)).toEqual(top.rows.map((row) => row.name));

  // Safe to run twice: the same rows are the same submissions.
  await promisify(execFile)(BINARY, args);
  await check();
});
