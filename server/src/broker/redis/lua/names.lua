-- Keeps players' names, which all boards share. KEYS: the names. ARGV: JSON [[player, name], ...],
-- and 1 to name only who has no name yet. Gives the pairs that were taken, by their numbers from 0.
local renamed = {}
for i, pair in ipairs(cjson.decode(ARGV[1])) do
  local player, name = unpack(pair)
  local held = redis.call('HGET', KEYS[1], player)
  if not held or held ~= name and ARGV[2] ~= '1' then
    redis.call('HSET', KEYS[1], player, name)
    renamed[#renamed + 1] = i - 1
  end
end
return renamed
