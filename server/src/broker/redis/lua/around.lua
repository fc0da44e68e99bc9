-- Rows around a player. ARGV: player, limit. Returns an empty text if the player has no standing.
if not epoch then return false end
use()
local _, reached = known(ARGV[1])
local place = reached and ordinal(member_of(ARGV[1], reached))
if not place then return '' end
local limit = tonumber(ARGV[2])
local start = math.max(place - math.floor(limit / 2), 0)
return slice(math.min(start, math.max(total() - limit, 0)), limit)
