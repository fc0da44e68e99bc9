-- Ends the check of a taken entry, unless it was scheduled again since. KEYS: the schedule. ARGV: the
-- entry; the second at which it is due again, from take_due.lua; the seconds until its next check, or
-- 0 to remove it.
local due = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not due or tonumber(due) ~= tonumber(ARGV[2]) then return false end
if ARGV[3] == '0' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  local now = tonumber(redis.call('TIME')[1])
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
end
return true
