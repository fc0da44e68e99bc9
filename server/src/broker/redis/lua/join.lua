-- Records that players have a standing on a board. ARGV: JSON [[player, name or '', version of the
-- name], ...], board. Returns two lists: the players who are new on the board and have another name
-- already, as [player, name, version]; and the numbers from 0 of players whose given name is newer,
-- so that it must be published on all their boards.
local board, joined, newer = ARGV[2], {}, {}
for i, one in ipairs(cjson.decode(ARGV[1])) do
  local player, given, version = unpack(one)
  local boards, name = person(player)
  local is_new = not (' ' .. boards .. ' '):find(' ' .. board .. ' ', 1, true)
  if is_new then
    -- A player without boards is shown nowhere else.
    if boards == '' and name == '' and given ~= '' then
      name = given
      keep_version(PEOPLE, player, version)
    end
    keep(player, boards == '' and board or boards .. ' ' .. board, name)
  end
  if given ~= '' and replaces(PEOPLE, player, name, given, version) then
    newer[#newer + 1] = i - 1
  elseif is_new and name ~= '' and name ~= given then
    joined[#joined + 1] = { player, name, version_of(PEOPLE, player) }
  end
end
return { joined, newer }
