-- Records that players have a standing on a board, and names players without a name. ARGV: JSON
-- [[player, name or ''], ...], board. Returns player and name of the new players that have a name.
local board, joined = ARGV[2], {}
for _, pair in ipairs(cjson.decode(ARGV[1])) do
  local player, given = unpack(pair)
  local boards, name = person(player)
  local is_new = not (' ' .. boards .. ' '):find(' ' .. board .. ' ', 1, true)
  if is_new then boards = boards == '' and board or boards .. ' ' .. board end
  if is_new or name == '' and given ~= '' then
    if name == '' then name = given end
    keep(player, boards, name)
  end
  if is_new and name ~= '' then joined[#joined + 1] = { player, name } end
end
return joined
