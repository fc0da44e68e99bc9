-- The part of scripts that change a season. It follows season.lua.
local STREAM_LENGTH = 1024

local function drop(season)
  redis.call('UNLINK', META, RANK, PLAYERS, SCORES, COUNTS, STREAM)
  redis.call('SREM', SEASONS, season)
end

-- Stores a player's version, and the instant of the score unless the standing was removed.
local function note(player, reached, version)
  redis.call('HSET', PLAYERS, player, integer(version) .. ' ' .. (reached and integer(reached) or '-'))
end

local function enter(player, reached, score, version)
  note(player, reached, version)
  if not reached then return end
  redis.call('ZADD', RANK, score, member_of(player, reached))
  if tie == 'dense' then
    local distinct = integer(score)
    if redis.call('HINCRBY', COUNTS, distinct, 1) == 1 then
      redis.call('ZADD', SCORES, distinct, distinct)
    end
  end
end

local function leave(member, score)
  redis.call('ZREM', RANK, member)
  if tie == 'dense' then
    local distinct = integer(score)
    if redis.call('HINCRBY', COUNTS, distinct, -1) == 0 then
      redis.call('HDEL', COUNTS, distinct)
      redis.call('ZREM', SCORES, distinct)
    end
  end
end

-- Moves the stamp of the board's names. It grows even if the clock of Redis is set back.
local function stamp_names()
  local now = redis.call('TIME')
  local held = tonumber(redis.call('HGET', NAMES, STAMP) or 0)
  redis.call('HSET', NAMES, STAMP, integer(math.max(now[1] * 1000000 + now[2], held + 1)))
end

-- Stores a player's name, unless the held one is as new. `is_shown` tells whether the player is known
-- in the season, so that a reader may have seen the player without a name.
local function call(player, name, version, is_shown)
  local held = redis.call('HGET', NAMES, player) or ''
  if replaces(NAMES, player, held, name, version) then
    redis.call('HSET', NAMES, player, name)
    keep_version(NAMES, player, version)
    if held ~= '' or is_shown then stamp_names() end
  end
end

local published = {}

-- Appends a change to the stream; `send` publishes it. `previous` is 0 for a newcomer, `rank` is 0
-- for a removed player, and `before` is the previous score, if any.
local function publish(player, score, rank, previous, first, last, before)
  offset = offset + 1
  local change = cjson.encode({ player, integer(score), rank, previous, first, last, total(), offset,
    before and integer(before) or cjson.null })
  redis.call('XADD', STREAM, 'MAXLEN', STREAM_LENGTH, integer(offset) .. '-0', 'change', change)
  published[#published + 1] = change
end

local function send(season)
  if #published > 0 then
    redis.call('HSET', META, 'offset', integer(offset))
    redis.call('SPUBLISH', CHANNEL, '{"season":"' .. season .. '","epoch":"' .. epoch
      .. '","published":[' .. table.concat(published, ',') .. ']}')
  end
end
