-- Drops a season, and with a board's last one its names. ARGV: season. Whether it was held.
redis.call('DEL', META, RANK, PLAYERS, SCORES, COUNTS, STREAM)
redis.call('SREM', SEASONS, ARGV[1])
if redis.call('SCARD', SEASONS) == 0 then redis.call('DEL', NAMES) end
return epoch and 1 or 0
