-- Applies changes in order. ARGV: JSON [[player, reached, score, version, name], ...], season.
-- Gives epoch, and [rank, previous rank or 0, offset] of each.
if not epoch then return false end
local answers = {}
for _, change in ipairs(cjson.decode(ARGV[1])) do
  local player, reached, score, version, name = unpack(change)
  if name ~= '' then redis.call('HSETNX', NAMES, player, name) end
  local held, held_reached = known(player)
  local member, held_score, place, rank
  if held then
    member = member_of(player, held_reached)
    held_score = redis.call('ZSCORE', RANK, member)
    -- Somebody who is in one key and not in the other enters anew.
    if held_score then
      place = ordinal(member)
      rank = rank_at(place, held_score)
    else
      held = nil
    end
  end
  local moves = not held
    or version > held and (held_reached ~= reached or tonumber(held_score) ~= tonumber(score))
  if moves then
    if held then leave(member, held_score) end
    enter(player, reached, score, version)
    local after = ordinal(member_of(player, reached))
    local first, last = after, total() - 1
    if held then
      first = math.min(place, after)
      -- Ranks of the tie left, or under dense of everyone below, move too.
      if tie == 'earliest' then last = math.max(place, after) end
    end
    local now = rank_at(after, score)
    publish(player, score, now, rank or 0, first, last)
    answers[#answers + 1] = { now, rank or 0, offset }
  else
    if version > held then
      redis.call('HSET', PLAYERS, player, integer(version) .. ' ' .. integer(reached))
    end
    answers[#answers + 1] = { rank, rank, offset }
  end
end
send(ARGV[2])
return { epoch, answers }
