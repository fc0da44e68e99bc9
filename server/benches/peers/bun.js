// The Bun peer: Hono on Bun's own server and Bun's own Redis client, which sends concurrent commands
// at once. Its argument is Redis's URL. It prints its address.
import { RedisClient } from 'bun';

import { KEY, leaderboard } from './app.js';

const redis = new RedisClient(process.argv[2]);

const app = leaderboard({
  // With the version of Redis's protocol that Bun speaks, scores come in pairs.
  range: (start, stop) => redis.send('ZREVRANGE', [KEY, `${start}`, `${stop}`, 'WITHSCORES']),
  rank: (player) => redis.zrevrank(KEY, player),
  async submit(player, value) {
    const [, place] = await Promise.all([redis.zadd(KEY, value, player), redis.zrevrank(KEY, player)]);
    return place;
  },
});

const server = Bun.serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
console.log(`${server.hostname}:${server.port}`);
