//! Errors of the service, by their stable codes, and of values that the reader entered.

use crate::words::translations;

translations! {
    error_unknown_board = "Dieses Board gibt es nicht.";
    error_outdated_board = "Jemand anderes hat dieses Board zuerst gespeichert. Vergleiche beide Versionen und speichere noch einmal.";
    error_calendar_in_use = "Die Zeitzone kann nicht geändert werden: Eine Saison, die nach ihr beginnt, hat Ergebnisse.";
    error_not_archived = "Archiviere dieses Board zuerst, dann lösche es.";
    error_board_recounting = "Dieses Board hat neue Regeln, und seine Ergebnisse werden neu gezählt. Versuch es gleich noch einmal.";
    error_being_deleted = "Ein früheres Board dieses Namens wird noch gelöscht. Versuch es in einer Minute noch einmal.";
    error_board_not_open = "Dieses Board ist noch nicht geöffnet.";
    error_board_closed = "Dieses Board nimmt zurzeit keine Ergebnisse an.";
    error_erased = "Dieser Spieler wurde gelöscht.";
    error_unknown_player = "Dieser Spieler ist hier nicht platziert.";
    error_id_conflict = "Dieses Ergebnis wurde schon mit anderem Inhalt gesendet. Reiche es noch einmal ein.";
    error_sum_out_of_range = "Die Summe dieser Ergebnisse ist zu groß.";
    error_unauthorized = "Du bist nicht mehr angemeldet. Melde dich an und versuch es noch einmal.";
    error_bad_token = "Deine Anmeldung ist abgelaufen. Melde dich noch einmal an.";
    error_forbidden = "Das darfst du nicht.";
    error_banned = "Dieser Spieler ist gebannt, deshalb wurde das Ergebnis nicht angenommen.";
    error_wrong_credentials = "Benutzername oder Passwort ist falsch.";
    error_handle_taken = "Dieser Benutzername ist vergeben. Wähle einen anderen.";
    error_already_signed_up = "Du hast schon ein Konto. Melde dich an.";
    error_unknown_account = "Es gibt kein Konto mit diesem Benutzernamen.";
    error_unknown_key = "Diesen Schlüssel gibt es nicht, oder er ist schon widerrufen.";
    error_too_many_subscriptions = "Diese Seite folgt zu vielen Boards. Schließe andere Seiten und versuch es noch einmal.";
    error_too_many_requests = "Zu viele Anfragen. Warte einen Moment und versuch es noch einmal.";
    error_busy = "Der Server ist ausgelastet. Versuch es gleich noch einmal.";
    error_unavailable = "Der Dienst ist gerade nicht verfügbar. Versuch es gleich noch einmal.";
    invalid_value(field, value) = "Gib für „{field}“ einen anderen Wert ein: {value} ist nicht gültig.";
    not_accepted = "Das wurde nicht angenommen. Prüfe das Formular und versuch es noch einmal.";
    enter_another_value(field) = "Gib für „{field}“ einen anderen Wert ein.";
    invalid_name = "Gib einen Namen mit 1 bis 40 sichtbaren Zeichen ein. Unsichtbare Zeichen sind nicht erlaubt.";
    invalid_handle = "Gib einen Benutzernamen mit 3 bis 24 Zeichen ein: a bis z, 0 bis 9, - und _. Er beginnt mit einem Buchstaben oder einer Ziffer.";
    invalid_password = "Gib ein Passwort mit mindestens 10 Zeichen ein.";
    enter_a_score_like(example) = "Gib ein Ergebnis wie {example} ein.";
    enter_a_score_between(min, max) = "Gib ein Ergebnis von {min} bis {max} ein.";
    enter_a_score_from(min) = "Gib ein Ergebnis ab {min} ein.";
    enter_a_score_up_to(max) = "Gib ein Ergebnis bis {max} ein.";
    enter_a_time_like(example) = "Gib eine Zeit wie {example} ein.";
    enter_a_time_between(min, max) = "Gib eine Zeit von {min} bis {max} ein.";
    enter_a_time_from(min) = "Gib eine Zeit ab {min} ein.";
    enter_a_time_up_to(max) = "Gib eine Zeit bis {max} ein.";
    enter_a_rank(last) = "Gib einen Platz von 1 bis {last} ein.";
    enter_a_name_to_find = "Gib einen Namen oder seinen Anfang ein.";
    enter_your_handle = "Gib deinen Benutzernamen ein.";
    enter_your_password = "Gib dein Passwort ein.";
}
