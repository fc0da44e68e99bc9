-- A season in Redis: the beginning of every script that reads or changes one.
--
-- rank     sorted set: score = score. A member is the instant of the score, in milliseconds since
--          the year 1 (15 digits), and the player. Its bytes are the rest of the total order. A
--          descending season is read backwards. There the digits are their complement, and the
--          player follows the complement of its own bytes and a byte 255.
-- players  hash: player -> "version reached", in milliseconds since 1970; "version -" for a removed
--          standing
-- scores   sorted set, counts hash: the distinct scores and how many have each (tie rule dense)
-- meta     hash: epoch, offset, order, tie, used
-- stream   stream: id = "offset-0", its publication
-- names    hash, of the board: player -> name, see names.lua. It outlives the board's seasons: another
--          node may be building one
local META, RANK, PLAYERS, SCORES, COUNTS, STREAM, NAMES, SEASONS, CHANNEL = unpack(KEYS)

local STREAM_LENGTH = 1024
local LATEST = 999999999999999
-- Milliseconds from the year 1 to 1970.
local BEFORE_1970 = 62135596800000

-- Seconds within which only the first use of a season is noted.
local ONE_USE = 3600

local meta = redis.call('HMGET', META, 'epoch', 'offset', 'order', 'tie', 'used')
local epoch, offset = meta[1], tonumber(meta[2] or 0)
local descending, tie = meta[3] == 'descending', meta[4]
-- The second of the last use. Seasons of an earlier version have none.
local used = tonumber(meta[5] or 0)

local function integer(number)
  return string.format('%.0f', tonumber(number))
end

local function seconds()
  return tonumber(redis.call('TIME')[1])
end

-- Notes a use of the season, for drop_unused.lua. Reads rarely write, because a use is noted hourly. They
-- go on if Redis refuses the write because its memory is full.
local function use()
  local now = seconds()
  if now - used >= ONE_USE then redis.pcall('HSET', META, 'used', integer(now)) end
end

local function drop(season)
  redis.call('UNLINK', META, RANK, PLAYERS, SCORES, COUNTS, STREAM)
  redis.call('SREM', SEASONS, season)
end

-- The complement of each byte, computed on first use.
local COMPLEMENT = setmetatable({}, {
  __index = function(known, byte)
    known[byte] = string.char(255 - byte:byte())
    return known[byte]
  end,
})

-- The member for a player and the instant at which the score was reached.
local function member_of(player, reached)
  local since = reached + BEFORE_1970
  if descending then
    return string.format('%015.0f', LATEST - since) .. player:gsub('.', COMPLEMENT) .. '\255' .. player
  end
  return string.format('%015.0f', since) .. player
end

-- The version and instant of a player, if known. A removed standing has no instant.
local function known(player)
  local text = redis.call('HGET', PLAYERS, player)
  if text then
    local version, reached = text:match('^(%d+) (%S+)$')
    return tonumber(version), tonumber(reached)
  end
end

local function total()
  return redis.call('ZCARD', RANK)
end

-- The number of members before this one.
local function ordinal(member)
  return redis.call(descending and 'ZREVRANK' or 'ZRANK', RANK, member)
end

-- The number of members with a strictly better score.
local function better(set, score)
  if descending then return redis.call('ZCOUNT', set, '(' .. score, '+inf') end
  return redis.call('ZCOUNT', set, '-inf', '(' .. score)
end

local function worse(score)
  if descending then return redis.call('ZCOUNT', RANK, '-inf', '(' .. score) end
  return redis.call('ZCOUNT', RANK, '(' .. score, '+inf')
end

local function rank_at(place, score)
  if tie == 'shared' then return better(RANK, score) + 1 end
  if tie == 'dense' then return better(SCORES, score) + 1 end
  return place + 1
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

-- Stores a player's name, unless the held one is as new.
local function call(player, name, version)
  local held = redis.call('HGET', NAMES, player) or ''
  if replaces(NAMES, player, held, name, version) then
    redis.call('HSET', NAMES, player, name)
    keep_version(NAMES, player, version)
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

-- Up to `limit` rows. Members with their scores are one text with a value per line, and so are the
-- names. Neither contains a line feed, and many separate reply values would be the largest cost.
local function slice(start, limit)
  local rows, players = {}, {}
  if limit > 0 then
    local range = descending and 'ZREVRANGE' or 'ZRANGE'
    rows = redis.call(range, RANK, start, start + limit - 1, 'WITHSCORES')
  end
  for i = 1, #rows, 2 do
    local cut = descending and rows[i]:find('\255', 16, true) or 15
    players[#players + 1] = rows[i]:sub(cut + 1)
  end
  local ahead, distinct, names = start, start, {}
  if #players > 0 then
    if tie ~= 'earliest' then ahead = better(RANK, rows[2]) end
    if tie == 'dense' then distinct = better(SCORES, rows[2]) end
    names = redis.call('HMGET', NAMES, unpack(players))
    for i = 1, #players do names[i] = names[i] or '' end
  end
  return { epoch, offset, tie, total(), start, ahead, distinct, table.concat(rows, '\n'),
    table.concat(names, '\n') }
end
