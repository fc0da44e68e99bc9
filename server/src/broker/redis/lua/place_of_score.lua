-- The place of a newcomer with a score, which is after equal scores. ARGV: score.
if not epoch then return false end
use()
local below = worse(ARGV[1])
local place = total() - below
return { epoch, offset, total(), place, rank_at(place, ARGV[1]), below }
