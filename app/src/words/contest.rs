//! The texts about the distance to others, and about the end of a season.

use super::texts;

texts! {
    gap = "Gap";
    behind_leader(distance) = "{distance} behind the leader";
    rank_to_defend(rank) = "Defend #{rank}";
    season_ends_in(time) = "season ends in {time}";
}
