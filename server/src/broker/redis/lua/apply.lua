-- Applies changes in order. ARGV: JSON [[player, reached, score, version, name, version of the
-- name], ...], season. `reached` is false for a removed standing, the name may be empty. Returns the epoch, and [rank, previous rank, offset]
-- for each change; rank 0 means none.
if not epoch then return false end
use()
local answers = {}
for _, change in ipairs(cjson.decode(ARGV[1])) do
  local player, reached, score, version, name, named = unpack(change)
  local held, held_reached = known(player)
  if name ~= '' then call(player, name, named, held) end
  local member, held_score, place
  local rank = 0
  if held_reached then
    member = member_of(player, held_reached)
    held_score = redis.call('ZSCORE', RANK, member)
    -- A player in PLAYERS but not in RANK counts as a newcomer.
    if held_score then
      place = ordinal(member)
      rank = rank_at(place, held_score)
    else
      held = nil
    end
  end
  if held and version <= held then
    answers[#answers + 1] = { rank, rank, offset }
  elseif not reached then
    local last = total() - 1
    note(player, false, version)
    if held_score then
      leave(member, held_score)
      publish(player, 0, 0, rank, place, last, held_score)
    end
    answers[#answers + 1] = { 0, rank, offset }
  elseif held_score and held_reached == reached and tonumber(held_score) == tonumber(score) then
    note(player, reached, version)
    answers[#answers + 1] = { rank, rank, offset }
  else
    if held_score then leave(member, held_score) end
    enter(player, reached, score, version)
    local after = ordinal(member_of(player, reached))
    local first, last = after, total() - 1
    if held_score then
      first = math.min(place, after)
      -- Ranks of the old tie change too, and under `dense` all ranks below it.
      if tie == 'earliest' then last = math.max(place, after) end
    end
    local now = rank_at(after, score)
    publish(player, score, now, rank, first, last, held_score)
    answers[#answers + 1] = { now, rank, offset }
  end
end
send(ARGV[2])
return { epoch, answers }
