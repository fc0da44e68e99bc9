//! The texts about the distance to others, and about the end of a season.

use crate::words::translations;

translations! {
    gap = "Rückstand";
    behind_leader(distance) = "{distance} hinter Platz 1";
    rank_to_defend(rank) = "Verteidige Platz {rank}";
    season_ends_in(time) = "die Saison endet in {time}";
}
