-- Removes a board from the boards of some players, and players who are left without a board. ARGV:
-- board, cursor. Returns the cursor of the next call, '0' after the last one.
local board = ARGV[1]
local found = redis.call('HSCAN', PEOPLE, ARGV[2], 'COUNT', 1000)
for i = 1, #found[2], 2 do
  local player = found[2][i]
  -- The other fields are versions of names, and have no line feed.
  local boards, name = found[2][i + 1]:match('^([^\n]*)\n(.*)$')
  if boards and (' ' .. boards .. ' '):find(' ' .. board .. ' ', 1, true) then
    local rest = {}
    for slug in boards:gmatch('%S+') do
      if slug ~= board then rest[#rest + 1] = slug end
    end
    if #rest > 0 then
      keep(player, table.concat(rest, ' '), name)
    else
      redis.call('HDEL', PEOPLE, player, '\31' .. player)
    end
  end
end
return found[1]
