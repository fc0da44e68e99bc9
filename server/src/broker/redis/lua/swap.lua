-- Replaces the live season by the built one. KEYS: the live season, then RANK, PLAYERS, SCORES and
-- COUNTS of the built one. ARGV: epoch, order, tie, season, 1 to keep a live season, and the number
-- of built standings.
local built = { unpack(KEYS, 10) }
if epoch and ARGV[5] == '1' then
  redis.call('UNLINK', unpack(built))
  return false
end
-- A build that takes too long counts as abandoned, and another node may have freed a part of it.
if redis.call('HLEN', built[2]) ~= tonumber(ARGV[6]) then
  redis.call('UNLINK', unpack(built))
  return redis.error_reply('ERR the built season is incomplete')
end
for i, live in ipairs({ RANK, PLAYERS, SCORES, COUNTS }) do
  -- RENAME over a key would free it at once, which blocks Redis for seconds if it is large.
  redis.call('UNLINK', live)
  if redis.call('EXISTS', built[i]) == 1 then
    redis.call('RENAME', built[i], live)
  end
end
redis.call('UNLINK', STREAM)
-- An earlier version lets the names of a board without seasons expire.
redis.call('PERSIST', NAMES)
-- The load may have brought first names, or Redis may have lost the former stamp.
stamp_names()
-- The season may have been dropped since the build began.
redis.call('SADD', SEASONS, ARGV[4])
redis.call('HSET', META, 'epoch', ARGV[1], 'offset', 0, 'order', ARGV[2], 'tie', ARGV[3],
  'used', integer(seconds()))
redis.call('SPUBLISH', CHANNEL, '{"season":"' .. ARGV[4] .. '","loaded":"' .. ARGV[1] .. '"}')
return true
