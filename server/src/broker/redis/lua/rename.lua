-- Shows players by other names. ARGV: JSON [[player, name], ...], season.
for _, pair in ipairs(cjson.decode(ARGV[1])) do
  local player, name = unpack(pair)
  local _, reached = known(player)
  local member = reached and member_of(player, reached)
  local place = epoch and member and ordinal(member)
  -- A name is the board's, so it is kept for the seasons in which the player does not stand.
  if place or redis.call('HEXISTS', NAMES, player) == 1 then
    redis.call('HSET', NAMES, player, name)
  end
  if place then
    local score = redis.call('ZSCORE', RANK, member)
    local rank = rank_at(place, score)
    publish(player, score, rank, rank, place, place)
  end
end
send(ARGV[2])
return true
