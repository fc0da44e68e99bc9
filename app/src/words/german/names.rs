//! Display names of the service's terms, for which the API uses identifiers.

use crate::words::translations;

translations! {
    all_time = "Gesamt";
    year = "Jahr";
    month = "Monat";
    week = "Woche";
    day = "Tag";
    role_of_players = "Spieler";
    role_of_moderators = "Moderator";
    role_of_admins = "Admin";
    is_counted = "gewertet";
    is_quarantined = "in Quarantäne";
    is_revoked = "gestrichen";
    best_score = "bestes Ergebnis";
    latest_score = "letztes Ergebnis";
    sum_of_scores = "Summe der Ergebnisse";
    highest_first = "höchstes zuerst";
    lowest_first = "niedrigstes zuerst";
    earliest_first = "keine geteilten Ränge";
    shared_ranks = "geteilte Ränge";
    dense_ranks = "geteilte Ränge ohne Lücken";
}
