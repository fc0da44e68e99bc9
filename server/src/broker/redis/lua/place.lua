-- ARGV: player. An empty list where the player has no standing.
if not epoch then return false end
local player = ARGV[1]
local _, reached = known(player)
local member = reached and member_of(player, reached)
local place = member and ordinal(member)
if not place then return {} end
local score = integer(redis.call('ZSCORE', RANK, member))
local below = tie == 'earliest' and total() - place - 1 or worse(score)
local name = redis.call('HGET', NAMES, player)
return { epoch, offset, total(), place, rank_at(place, score), below, score, reached, name }
