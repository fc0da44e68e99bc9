-- Drops the names of a board without seasons. KEYS: names, seasons.
if redis.call('SCARD', KEYS[2]) == 0 then redis.call('UNLINK', KEYS[1]) end
return true
