-- Takes the first entry of the schedule that is due. KEYS: the schedule. ARGV: the seconds after which
-- the entry is due again, if its check fails. Returns the entry, and the second at which it is due
-- again.
local now = tonumber(redis.call('TIME')[1])
local entry = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 1)[1]
if not entry then return false end
local again = now + tonumber(ARGV[1])
redis.call('ZADD', KEYS[1], again, entry)
return { entry, again }
