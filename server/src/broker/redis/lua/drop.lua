-- Drops a season. ARGV: season, order, tie. With order and tie, only a held season that is ranked
-- by others is dropped; with two empty texts, any season is. Returns 1 if the season was held. The
-- names of a board without seasons expire late, because another node may be building one with them.
if ARGV[2] ~= '' and (not epoch or meta[3] == ARGV[2] and meta[4] == ARGV[3]) then return 0 end
redis.call('UNLINK', META, RANK, PLAYERS, SCORES, COUNTS, STREAM)
redis.call('SREM', SEASONS, ARGV[1])
-- Longer than the keys of a build. The swap of a built season keeps the names.
if redis.call('SCARD', SEASONS) == 0 then redis.call('EXPIRE', NAMES, 7200) end
return epoch and 1 or 0
