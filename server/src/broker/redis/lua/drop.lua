-- Drops a season, and with a board's last one its names. ARGV: season; order and tie, or two empty
-- texts: a season that is ranked by them, or not at all yet, is left. Whether it was held.
if ARGV[2] ~= '' and (not epoch or meta[3] == ARGV[2] and meta[4] == ARGV[3]) then return 0 end
redis.call('DEL', META, RANK, PLAYERS, SCORES, COUNTS, STREAM)
redis.call('SREM', SEASONS, ARGV[1])
if redis.call('SCARD', SEASONS) == 0 then redis.call('DEL', NAMES) end
return epoch and 1 or 0
