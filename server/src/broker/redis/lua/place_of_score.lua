-- ARGV: score. Where a newcomer with it would stand: after its equals.
if not epoch then return false end
local below = worse(ARGV[1])
local place = total() - below
return { epoch, offset, total(), place, rank_at(place, ARGV[1]), below }
