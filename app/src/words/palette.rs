//! The texts of the command palette.

use super::texts;

texts! {
    open_palette = "Search…";
    palette_keys = "Ctrl K";
    palette_title = "Go to a board, a player or a page";
    palette_field = "Board, player or page";
    palette_choices = "Places to go to";
    palette_pages = "Pages";
    recent_choices = "Recent";
    palette_results(count: n) = "{n} results", one: "{n} result";
    palette_is_searching = "Searching players…";
    nothing_matches(text) = "Nothing matches “{text}”.";
}
