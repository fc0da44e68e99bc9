-- Publications after a position. ARGV: epoch, offset. Returns an empty list if the stream does not
-- contain the position.
if not epoch then return false end
use()
local since = tonumber(ARGV[2])
if ARGV[1] ~= epoch or since < offset - redis.call('XLEN', STREAM) or since > offset then
  return {}
end
local changes = {}
for _, entry in ipairs(redis.call('XRANGE', STREAM, integer(since + 1), '+')) do
  changes[#changes + 1] = entry[2][2]
end
return { epoch, changes }
