-- Removes a board's standings from the list of the newest applied ones. KEYS: the list. ARGV: board.
for _, entry in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if cjson.decode(entry)[1] == ARGV[1] then redis.call('LREM', KEYS[1], 0, entry) end
end
return true
