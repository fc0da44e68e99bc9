-- Drops a season. ARGV: season, order, tie. With order and tie, only a held season that is ranked
-- by others is dropped; with two empty texts, any season is. Returns 1 if the season was held. The
-- names of the board stay, because another node may be building a season with them.
if ARGV[2] ~= '' and (not epoch or meta[3] == ARGV[2] and meta[4] == ARGV[3]) then return 0 end
drop(ARGV[1])
return epoch and 1 or 0
