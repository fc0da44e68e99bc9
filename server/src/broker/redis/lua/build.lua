-- Adds standings to a season that is built beside the live one: KEYS are of the new season, and it
-- goes by itself if nobody swaps it in. ARGV: JSON as of apply, order, tie.
descending, tie = ARGV[2] == 'descending', ARGV[3]
for _, standing in ipairs(cjson.decode(ARGV[1])) do
  local player, reached, score, version, name = unpack(standing)
  if name ~= '' then redis.call('HSETNX', NAMES, player, name) end
  enter(player, reached, score, version)
end
for _, key in ipairs({ RANK, PLAYERS, SCORES, COUNTS }) do
  redis.call('EXPIRE', key, 3600)
end
return true
