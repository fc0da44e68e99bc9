-- Rows from a place. ARGV: start, limit.
if not epoch then return false end
local limit = tonumber(ARGV[2])
-- A read of the total only, for the state of the engines, is no use of the season.
if limit > 0 then use() end
return slice(tonumber(ARGV[1]), limit)
