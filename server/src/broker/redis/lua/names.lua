-- Display names: the part of scripts that compares their versions. A hash of names has the
-- version of a name in the field "unit separator, player"; no id contains that character. A first
-- name has no such field, and neither has a name from before there were versions.

-- Whether a name replaces the held one, which is '' if there is none.
local function replaces(hash, player, held, name, version)
  local known = redis.call('HGET', hash, '\31' .. player)
  if known then return version > tonumber(known) end
  return version > 1 or held ~= name
end

local function keep_version(hash, player, version)
  if version > 1 then
    redis.call('HSET', hash, '\31' .. player, string.format('%.0f', version))
  end
end

local function version_of(hash, player)
  return tonumber(redis.call('HGET', hash, '\31' .. player) or 1)
end

