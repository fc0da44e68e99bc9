-- Adds standings to a season that is built next to the live one. KEYS belong to the new season.
-- ARGV: JSON as in apply.lua, order, tie.
descending, tie = ARGV[2] == 'descending', ARGV[3]
for _, standing in ipairs(cjson.decode(ARGV[1])) do
  local player, reached, score, version, name, named = unpack(standing)
  if name ~= '' then call(player, name, named) end
  enter(player, reached, score, version)
end
return true
