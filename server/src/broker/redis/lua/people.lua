-- Everybody: begins the scripts over what boards share.
--
-- people   hash: player -> the boards the player stands on, separated by spaces; a line feed; the name
local PEOPLE = KEYS[1]

-- Boards and name of a player; either may be empty.
local function person(player)
  local text = redis.call('HGET', PEOPLE, player)
  if not text then return '', '' end
  return text:match('^([^\n]*)\n(.*)$')
end

local function keep(player, boards, name)
  redis.call('HSET', PEOPLE, player, boards .. '\n' .. name)
end
