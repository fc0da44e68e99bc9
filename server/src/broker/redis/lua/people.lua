-- State that boards share: the beginning of every script that uses it.
--
-- people   hash: player -> the player's boards, separated by spaces; a line feed; the name, whose
--          version is as in names.lua
local PEOPLE = KEYS[1]

-- The boards and the name of a player; either may be empty.
local function person(player)
  local text = redis.call('HGET', PEOPLE, player)
  if not text then return '', '' end
  return text:match('^([^\n]*)\n(.*)$')
end

local function keep(player, boards, name)
  redis.call('HSET', PEOPLE, player, boards .. '\n' .. name)
end
