// The leaderboard of both script peers: one sorted set in Redis, behind the paths and the JSON of
// LeaderPort's API, so that the benchmark sends the same requests to all servers. A score replaces
// the player's former score, as with the policy `latest`. Nothing is authorised or limited.
import { Hono } from 'hono';

/** The sorted set, which the benchmark fills. */
export const KEY = 'board';

const BOARD = '/api/v1/boards/peers';

/**
 * @param store The commands of a Redis client: `range(start, stop)` returns pairs of a player and a
 *   score, `rank(player)` a place from 0 or null, and `submit(player, value)` the new place.
 */
export function leaderboard(store) {
  const app = new Hono();

  app.get('/healthz', (c) => c.text('ok'));

  app.get(`${BOARD}/standings`, async (c) => {
    const offset = count(c.req.query('offset'), 0);
    const limit = count(c.req.query('limit'), 50);
    return c.json({ offset, rows: await rows(offset, limit) });
  });

  app.get(`${BOARD}/standings/:player/around`, async (c) => {
    const limit = count(c.req.query('limit'), 11);
    const place = await store.rank(c.req.param('player'));
    if (place === null) return c.json({ error: 'no such player' }, 404);
    const offset = Math.max(0, place - Math.floor(limit / 2));
    return c.json({ offset, rows: await rows(offset, limit) });
  });

  app.post(`${BOARD}/submissions`, async (c) => {
    const { player, value } = await c.req.json();
    if (typeof player !== 'string' || !Number.isSafeInteger(value)) {
      return c.json({ error: 'a submission has a player and a value' }, 400);
    }
    return c.json({ player, value, rank: (await store.submit(player, value)) + 1 });
  });

  async function rows(offset, limit) {
    const pairs = await store.range(offset, offset + limit - 1);
    return pairs.map(([player, score], n) => ({ rank: offset + n + 1, player, score: Number(score) }));
  }

  return app;
}

/** A count in a query, from 1 to 200 rows or from any offset. */
function count(text, otherwise) {
  const number = Number(text ?? otherwise);
  return Number.isSafeInteger(number) && number >= 0 ? number : otherwise;
}
