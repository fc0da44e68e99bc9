-- Rows from a place. ARGV: start, limit.
if not epoch then return false end
return slice(tonumber(ARGV[1]), tonumber(ARGV[2]))
