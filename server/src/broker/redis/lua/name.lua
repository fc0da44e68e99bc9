-- Names players. ARGV: JSON [[player, name, version], ...]; 1 to return all of them, else only those
-- with a newer name. Returns for each the player, the held name, its version, and the player's
-- boards.
local renamed, again = {}, ARGV[2] == '1'
for _, one in ipairs(cjson.decode(ARGV[1])) do
  local player, name, version = unpack(one)
  local boards, held = person(player)
  local is_newer = replaces(PEOPLE, player, held, name, version)
  if is_newer then
    keep(player, boards, name)
    keep_version(PEOPLE, player, version)
    held = name
  end
  if again or is_newer then
    renamed[#renamed + 1] = { player, held, version_of(PEOPLE, player), boards }
  end
end
return renamed
