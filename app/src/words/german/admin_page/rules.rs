//! Sentences for values that a form of the admin page has refused.

use crate::words::translations;

translations! {
    enter_a_slug = "Gib 1 bis 64 Zeichen ein: a bis z, 0 bis 9, - und _. Das erste ist ein Buchstabe oder eine Ziffer.";
    enter_a_title = "Gib einen Titel mit 1 bis 80 Zeichen ein.";
    enter_a_description = "Gib höchstens 500 Zeichen ein.";
    enter_a_unit = "Gib höchstens 12 Zeichen ein.";
    enter_a_time_zone = "Gib eine Zeitzone wie Europe/Berlin ein.";
    choose_a_period = "Wähle mindestens einen Zeitraum.";
    enter_a_smallest_score = "Gib ein Ergebnis wie in der Beispielzeile ein.";
    enter_a_largest_score = "Gib ein Ergebnis wie in der Beispielzeile ein. Es liegt nicht unter dem kleinsten Ergebnis.";
    enter_an_opening_time = "Gib ein Datum und eine Uhrzeit ein.";
    enter_a_closing_time = "Gib ein Datum und eine Uhrzeit nach der Öffnung ein.";
    enter_an_interval = "Gib eine ganze Zahl von 20 bis 10.000 ein.";
    choose_permissions = "Wähle mindestens eine Berechtigung. „read“ gilt für alle Boards: Lass die Boards leer, oder lege dafür einen weiteren Schlüssel an.";
    enter_known_boards = "Gib Kurznamen vorhandener Boards ein, durch Kommas getrennt.";
    enter_another_player = "Gib die ID eines anderen Spielers ein, der mit niemandem zusammengeführt ist.";
    enter_a_rank_from_one = "Gib einen Rang ab 1 ein.";
    enter_a_short_reason = "Gib höchstens 200 Zeichen in einer Zeile ein.";
}
