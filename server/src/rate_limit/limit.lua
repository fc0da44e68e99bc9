-- The generic cell rate algorithm. The key holds the instant, in microseconds since 1970, at which
-- the quota is full again.
--
-- KEYS[1]; ARGV: microseconds per cell, cells in a burst, cells wanted. Returns 0 if the cells were
-- taken, else the microseconds until they are available.
local every, count, cells = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local whole = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + cells * every
local wait = whole - now - count * every
if wait > 0 then
  return math.ceil(wait)
end
redis.call('SET', KEYS[1], string.format('%.0f', whole), 'PX', math.max(1, math.ceil((whole - now) / 1000)))
return 0
