-- Adds a standing to the list of the newest applied ones. KEYS: the list, newest first.
-- ARGV: the standing; the maximum length of the list.
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
return true
