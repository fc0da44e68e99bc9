-- The places of players. ARGV: players. Returns two texts. The first has a line with epoch, offset and
-- total, and then a line for each player: place, rank, number of players below, score and instant; or
-- nothing without a standing. The second has a line for each name.
if not epoch then return false end
use()
local count, lines = total(), {}
local entries = redis.call('HMGET', PLAYERS, unpack(ARGV))
local names = redis.call('HMGET', NAMES, unpack(ARGV))
for i, player in ipairs(ARGV) do
  local _, reached = parts(entries[i])
  local member = reached and member_of(player, reached)
  local place = member and ordinal(member)
  lines[i] = ''
  if place then
    local score = redis.call('ZSCORE', RANK, member)
    local below = tie == 'earliest' and count - place - 1 or worse(score)
    lines[i] = table.concat({ place, rank_at(place, score), below, score, integer(reached) }, ' ')
  end
  names[i] = names[i] or ''
end
local head = table.concat({ epoch, integer(offset), count }, ' ')
return { head .. '\n' .. table.concat(lines, '\n'), table.concat(names, '\n') }
