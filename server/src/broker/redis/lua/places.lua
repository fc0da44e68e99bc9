-- The places of players. ARGV: players. Returns epoch, offset and total. Then, for each player:
-- place, rank, number of players below, score, instant and name, or false without a standing.
if not epoch then return false end
use()
local count, places = total(), {}
for i, player in ipairs(ARGV) do
  local _, reached = known(player)
  local member = reached and member_of(player, reached)
  local place = member and ordinal(member)
  if place then
    local score = redis.call('ZSCORE', RANK, member)
    local below = tie == 'earliest' and count - place - 1 or worse(score)
    local name = redis.call('HGET', NAMES, player)
    places[i] = { place, rank_at(place, score), below, score, reached, name }
  else
    places[i] = false
  end
end
return { { epoch, offset, count }, places }
