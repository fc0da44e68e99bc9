-- Returns cells that limit.lua took: the quota is full again earlier.
--
-- KEYS[1]; ARGV: microseconds per cell, cells to return.
local every, cells = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local whole = tonumber(redis.call('GET', KEYS[1]) or 0) - cells * every
if whole > now then
  redis.call('SET', KEYS[1], string.format('%.0f', whole), 'PX', math.max(1, math.ceil((whole - now) / 1000)))
else
  redis.call('DEL', KEYS[1])
end
return 0
