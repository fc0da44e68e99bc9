-- Names players, in order. ARGV: JSON [[player, name], ...]; 1 to return all of them, else only
-- those whose name changed. Returns for each the number from 0, and the player's boards.
local renamed, again = {}, ARGV[2] == '1'
for i, pair in ipairs(cjson.decode(ARGV[1])) do
  local player, name = unpack(pair)
  local boards, held = person(player)
  if held ~= name then keep(player, boards, name) end
  if again or held ~= name then renamed[#renamed + 1] = { i - 1, boards } end
end
return renamed
