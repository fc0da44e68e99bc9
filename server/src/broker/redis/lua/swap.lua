-- Puts a season that was built into the place of the live one. KEYS: of the live season, then RANK,
-- PLAYERS, SCORES, COUNTS of the new one. ARGV: epoch, order, tie, season.
-- What was applied to the live season while the new one was built is carried over.
local lately, seen = {}, {}
if epoch then
  for _, entry in ipairs(redis.call('XREVRANGE', STREAM, '+', '-')) do
    local player = cjson.decode(entry[2][2])[1]
    local version, reached = known(player)
    local score = version and redis.call('ZSCORE', RANK, member_of(player, reached))
    if score and not seen[player] then
      seen[player] = true
      lately[#lately + 1] = { player, reached, integer(score), version }
    end
  end
end
for i, live in ipairs({ RANK, PLAYERS, SCORES, COUNTS }) do
  local new = KEYS[9 + i]
  if redis.call('EXISTS', new) == 1 then
    redis.call('RENAME', new, live)
    redis.call('PERSIST', live)
  else
    redis.call('DEL', live)
  end
end
descending, tie = ARGV[2] == 'descending', ARGV[3]
for _, standing in ipairs(lately) do
  local player, reached, score, version = unpack(standing)
  local held, held_reached = known(player)
  if not held or version > held then
    if held then
      local member = member_of(player, held_reached)
      leave(member, redis.call('ZSCORE', RANK, member))
    end
    enter(player, reached, score, version)
  end
end
redis.call('DEL', STREAM)
redis.call('HSET', META, 'epoch', ARGV[1], 'offset', 0, 'order', ARGV[2], 'tie', ARGV[3])
redis.call('SPUBLISH', CHANNEL, '{"season":"' .. ARGV[4] .. '","loaded":"' .. ARGV[1] .. '"}')
return true
