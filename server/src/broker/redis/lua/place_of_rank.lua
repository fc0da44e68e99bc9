-- The place of the first row of a rank; for a rank beyond the last, the last place. ARGV: rank.
if not epoch then return false end
use()
local place = tonumber(ARGV[1]) - 1
if tie == 'dense' then
  local range = descending and 'ZREVRANGE' or 'ZRANGE'
  local score = redis.call(range, SCORES, place, place)[1]
  place = score and better(RANK, score) or total()
end
return math.max(math.min(place, total() - 1), 0)
