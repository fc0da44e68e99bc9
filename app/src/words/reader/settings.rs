//! The texts of the settings page.

use crate::words::texts;

texts! {
    settings = "Settings";
    settings_of_browser = "These settings are kept in this browser. Sign in to have them on every device.";
    settings_of_account = "These settings are kept with your account, on every device.";
    appearance = "Appearance";
    theme = "Theme";
    theme_system = "Like the system";
    theme_light = "Light";
    theme_dark = "Dark";
    sample_players = "Ada, Grace, Alan";
    density = "Row height";
    density_comfortable = "Comfortable";
    density_compact = "Compact";
    language_and_dates = "Language and dates";
    like_the_browser = "Like the browser";
    it_is_now(at) = "It is now {at}.";
    visibility = "Visibility";
    yes = "Yes";
    name_needs_a_player = "Submit a score or sign in first. Then your name can be shown to others on a board’s page.";
}
