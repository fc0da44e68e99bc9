-- Schedules checks of what may be unused later. KEYS: the schedule, a sorted set of entries by the
-- second at which they are due. ARGV: NX to leave entries that are scheduled, CH to schedule them
-- again; then for each entry the seconds until it is due, and the entry.
local now = tonumber(redis.call('TIME')[1])
for i = 2, #ARGV, 2 do
  redis.call('ZADD', KEYS[1], ARGV[1], now + tonumber(ARGV[i]), ARGV[i + 1])
end
return true
