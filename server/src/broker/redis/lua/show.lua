-- Shows players by other names. ARGV: JSON [[player, name], ...], season. Gives epoch and offset, an
-- empty list where none of the players stands.
for _, pair in ipairs(cjson.decode(ARGV[1])) do
  local player, name = unpack(pair)
  -- A name is the board's: kept also for the seasons in which the player does not stand.
  redis.call('HSET', NAMES, player, name)
  local _, reached = known(player)
  local member = reached and member_of(player, reached)
  local place = epoch and member and ordinal(member)
  if place then
    local score = redis.call('ZSCORE', RANK, member)
    local rank = rank_at(place, score)
    publish(player, score, rank, rank, place, place, score)
  end
end
send(ARGV[2])
return #published > 0 and { epoch, offset } or {}
