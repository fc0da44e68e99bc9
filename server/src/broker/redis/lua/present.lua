-- Presence on a board, by node. KEYS: a hash of node to "expires count" and a line per name. ARGV:
-- node, milliseconds until expiry, count, a line per name. Returns the values of all nodes that
-- have not expired.
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local node, lasts, count, names = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
if count == '0' then
  redis.call('HDEL', KEYS[1], node)
else
  redis.call('HSET', KEYS[1], node, string.format('%.0f %s\n%s', now + lasts, count, names))
  redis.call('PEXPIRE', KEYS[1], lasts)
end
local said = {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local expires, rest = all[i + 1]:match('^(%d+) (.*)$')
  if expires and tonumber(expires) > now then
    said[#said + 1] = rest
  else
    redis.call('HDEL', KEYS[1], all[i])
  end
end
return said
