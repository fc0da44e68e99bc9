-- Replaces the live season by the built one. KEYS: the live season, then RANK, PLAYERS, SCORES and
-- COUNTS of the built one. ARGV: epoch, order, tie, season, and 1 to keep a live season.
local built = { unpack(KEYS, 10) }
if epoch and ARGV[5] == '1' then
  redis.call('UNLINK', unpack(built))
  return false
end
for i, live in ipairs({ RANK, PLAYERS, SCORES, COUNTS }) do
  -- RENAME over a key would free it at once, which blocks Redis for seconds if it is large.
  redis.call('UNLINK', live)
  if redis.call('EXISTS', built[i]) == 1 then
    redis.call('RENAME', built[i], live)
    redis.call('PERSIST', live)
  end
end
redis.call('UNLINK', STREAM)
redis.call('PERSIST', NAMES)
-- The season may have been dropped since the build began.
redis.call('SADD', SEASONS, ARGV[4])
redis.call('HSET', META, 'epoch', ARGV[1], 'offset', 0, 'order', ARGV[2], 'tie', ARGV[3])
redis.call('SPUBLISH', CHANNEL, '{"season":"' .. ARGV[4] .. '","loaded":"' .. ARGV[1] .. '"}')
return true
