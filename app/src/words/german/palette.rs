//! The texts of the command palette.

use crate::words::translations;

translations! {
    open_palette = "Suchen …";
    palette_keys = "Strg K";
    palette_title = "Zu einem Board, einem Spieler oder einer Seite";
    palette_field = "Board, Spieler oder Seite";
    palette_choices = "Mögliche Ziele";
    palette_pages = "Seiten";
    recent_choices = "Zuletzt gewählt";
    palette_results(count: n) = "{n} Treffer";
    palette_is_searching = "Spieler werden gesucht …";
    nothing_matches(text) = "Nichts passt zu „{text}“.";
}
