//! The texts of a board's look: its colour and its emblem.

use crate::words::translations;

translations! {
    board_look = "Aussehen";
    accent = "Farbe";
    emblem = "Emblem";
    accent_indigo = "Indigo";
    accent_teal = "Petrol";
    accent_amber = "Bernstein";
    accent_rose = "Rosé";
    accent_violet = "Violett";
    accent_lime = "Limette";
    accent_sky = "Himmelblau";
    accent_slate = "Schiefer";
    emblem_trophy = "Pokal";
    emblem_stopwatch = "Stoppuhr";
    emblem_racket = "Schläger";
    emblem_flag = "Flagge";
    emblem_bolt = "Blitz";
    emblem_target = "Zielscheibe";
    emblem_dice = "Würfel";
    emblem_crown = "Krone";
    emblem_chess = "Schach";
    emblem_mountain = "Berg";
    emblem_of_its_own = "Eigenes";
    upload_emblem = "Eigenes hochladen";
    upload_explained = "Ein SVG oder PNG mit höchstens 64 KB. Es ist sofort für alle zu sehen.";
    upload_after_saving = "Speichere erst das Board. Dann kannst du ein Emblem hochladen.";
    emblem_is_uploaded = "Dein Emblem ist hochgeladen und zu sehen.";
    emblem_is_too_large = "Diese Datei ist zu groß. Wähle eine mit höchstens 64 KB.";
    emblem_is_no_picture = "Wähle eine SVG- oder PNG-Datei.";
    emblem_is_refused(reason) = "Dieses Bild geht nicht: {reason}.";
    emblem_is_not_uploaded = "Das Hochladen ist gescheitert. Versuche es noch einmal.";
    remove_emblem = "Eigenes entfernen";
    remove_emblem_question = "Das hochgeladene Bild entfernen? Es verschwindet sofort für alle und wird nicht aufbewahrt.";
    own_emblem_is_removed = "Dein Emblem ist entfernt.";
    own_emblem_is_not_removed = "Dein Emblem wurde nicht entfernt. Versuche es noch einmal.";
    emblem_needs_a_picture = "Lade erst ein Bild hoch, oder wähle ein anderes Emblem.";
    look_sample = "Beispiel";
    play_sample = "Spielen";
}
