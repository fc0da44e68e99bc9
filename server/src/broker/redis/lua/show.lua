-- Publishes names of players. ARGV: JSON [[player, name, version], ...], season. Returns epoch and
-- offset, or an empty list if none of the players has a standing. The stamp moves even if all names are
-- held: an earlier step may have stored the first name of a player who was shown without one.
for _, pair in ipairs(cjson.decode(ARGV[1])) do
  local player, name, version = unpack(pair)
  -- A name belongs to the board, so it is also stored for seasons without a standing of the player.
  call(player, name, version)
  local _, reached = known(player)
  local member = reached and member_of(player, reached)
  local place = epoch and member and ordinal(member)
  if place then
    local score = redis.call('ZSCORE', RANK, member)
    local rank = rank_at(place, score)
    publish(player, score, rank, rank, place, place, score)
  end
end
stamp_names()
send(ARGV[2])
return #published > 0 and { epoch, offset } or {}
