// The Node peer: Hono on @hono/node-server, and ioredis, which sends the commands of one turn of the
// event loop at once. Its argument is Redis's URL. It prints its address.
import { serve } from '@hono/node-server';
import { Redis } from 'ioredis';

import { KEY, leaderboard } from './app.js';

const redis = new Redis(process.argv[2], { enableAutoPipelining: true });

const app = leaderboard({
  async range(start, stop) {
    const flat = await redis.zrevrange(KEY, start, stop, 'WITHSCORES');
    return Array.from({ length: flat.length / 2 }, (_, n) => [flat[2 * n], flat[2 * n + 1]]);
  },
  rank: (player) => redis.zrevrank(KEY, player),
  async submit(player, value) {
    const [, place] = await Promise.all([redis.zadd(KEY, value, player), redis.zrevrank(KEY, player)]);
    return place;
  },
});

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ address, port }) => {
  console.log(`${address}:${port}`);
});
