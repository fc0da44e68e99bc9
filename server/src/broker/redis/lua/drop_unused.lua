-- Drops a season that was not used for some time. ARGV: season, the time in seconds. Returns the
-- seconds after which the season may be dropped, or 0 if it is dropped.
local left = used + tonumber(ARGV[2]) - seconds()
if epoch and left > 0 then return left end
drop(ARGV[1])
return 0
