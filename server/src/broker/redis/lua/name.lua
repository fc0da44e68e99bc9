-- Names players, in order. ARGV: JSON [[player, name], ...]. Gives for each whose name changed its
-- number from 0, and the boards the player stands on.
local renamed = {}
for i, pair in ipairs(cjson.decode(ARGV[1])) do
  local player, name = unpack(pair)
  local boards, held = person(player)
  if held ~= name then
    keep(player, boards, name)
    renamed[#renamed + 1] = { i - 1, boards }
  end
end
return renamed
