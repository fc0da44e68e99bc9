//! The texts of the settings page.

use crate::words::translations;

translations! {
    settings = "Einstellungen";
    settings_of_browser = "Diese Einstellungen bleiben in diesem Browser. Melde dich an, um sie auf jedem Gerät zu haben.";
    settings_of_account = "Diese Einstellungen gehören zu deinem Konto und gelten auf jedem Gerät.";
    appearance = "Darstellung";
    theme = "Farben";
    theme_system = "Wie das System";
    theme_light = "Hell";
    theme_dark = "Dunkel";
    sample_players = "Ada, Grace, Alan";
    density = "Zeilenhöhe";
    density_comfortable = "Bequem";
    density_compact = "Kompakt";
    language_and_dates = "Sprache und Datum";
    like_the_browser = "Wie der Browser";
    it_is_now(at) = "Jetzt ist {at}.";
    visibility = "Sichtbarkeit";
    yes = "Ja";
    name_needs_a_player = "Reiche zuerst ein Ergebnis ein oder melde dich an. Dann kann dein Name anderen auf der Seite eines Boards gezeigt werden.";
}
