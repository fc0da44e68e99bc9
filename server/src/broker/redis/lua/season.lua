-- A season in Redis: the beginning of every script that reads or changes one. Scripts that only read
-- have the first five keys.
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
--          node may be building one. The field STAMP has the microsecond of the last change of a
--          name that a reader may have seen, so that nodes can cache names
local META, NAMES, RANK, PLAYERS, SCORES, COUNTS, STREAM, SEASONS, CHANNEL = unpack(KEYS)

-- No id contains this character.
local STAMP = '\30'
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

-- The version and instant in an entry of PLAYERS, if there is one. A removed standing has no instant.
local function parts(entry)
  if entry then
    local version, reached = entry:match('^(%d+) (%S+)$')
    return tonumber(version), tonumber(reached)
  end
end

-- The version and instant of a player, if known.
local function known(player)
  return parts(redis.call('HGET', PLAYERS, player))
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

-- Up to `limit` rows as one text, because many separate reply values would be the largest cost. The
-- first line has epoch, offset, tie rule, total, start, the number of members with a better score than
-- the first row's, the number of distinct better scores, and the stamp of the names. Then each row has
-- a line for the member and one for the score. No member contains a line feed.
local function slice(start, limit)
  local rows = {}
  if limit > 0 then
    local range = descending and 'ZREVRANGE' or 'ZRANGE'
    rows = redis.call(range, RANK, start, start + limit - 1, 'WITHSCORES')
  end
  local ahead, distinct = start, start
  if #rows > 0 then
    if tie ~= 'earliest' then ahead = better(RANK, rows[2]) end
    if tie == 'dense' then distinct = better(SCORES, rows[2]) end
  end
  local stamp = redis.call('HGET', NAMES, STAMP) or '0'
  local head = { epoch, integer(offset), tie, total(), start, ahead, distinct, stamp }
  return table.concat(head, ' ') .. '\n' .. table.concat(rows, '\n')
end
