//! The texts of the account page.

use crate::words::translations;

translations! {
    account_benefits_for_guest(name) = "Du spielst als {name}, aber nur in diesem Browser. Registriere dich, um deine Ränge zu behalten und dich auf jedem Gerät anzumelden.";
    account_benefits = "Mit einem Konto behältst du deine Ränge und kannst dich auf jedem Gerät anmelden. Eine E-Mail-Adresse brauchst du nicht.";
    your_account = "Dein Konto";
    sign_up = "Registrieren";
    display_name = "Angezeigter Name";
    handle_for_sign_in = "Benutzername (zum Anmelden)";
    password_of_ten = "Passwort (mindestens 10 Zeichen)";
    guest_scores_stay = "Beim Anmelden werden die Ergebnisse dieses Gasts nicht übernommen. Registriere dich, um sie zu behalten.";
    handle = "Benutzername";
    password = "Passwort";
    provider_refused = "Die Anmeldung hat nicht geklappt. Versuch es noch einmal oder melde dich mit Benutzername und Passwort an.";
    sign_in_with(name) = "Mit {name} anmelden";
    you_are_signed_in = "Du bist angemeldet";
    sign_out = "Abmelden";
    sign_out_everywhere = "Überall abmelden";
    change_your_password = "Passwort ändern";
    signs_out_other_devices = "Auf allen anderen Geräten wirst du dabei abgemeldet.";
    current_password = "Aktuelles Passwort";
    new_password_of_ten = "Neues Passwort (mindestens 10 Zeichen)";
    your_name = "Dein Name";
    your_data = "Deine Daten";
    download_your_data = "Deine Daten herunterladen";
    delete_account = "Konto löschen";
    delete_account_warning = "Das löscht dein Konto, deinen Namen und alle deine Ergebnisse auf jedem Board. Es lässt sich nicht rückgängig machen.";
    your_password = "Dein Passwort";
    delete_my_account = "Mein Konto löschen";
    you_are_banned = "Ein Moderator hat dich gebannt. Deine Ergebnisse werden nicht gewertet, und neue werden nicht angenommen.";
    your_scores_are_held = "Ein Moderator prüft einige deiner Ergebnisse. Sie werden erst gewertet, wenn ein Moderator sie annimmt.";
    your_scores = "Deine Ergebnisse";
    no_scores_of_yours = "Noch keine Ergebnisse. Öffne ein Board und reiche eins ein.";
    counts = "zählt";
    held_for_review = "wird geprüft";
    does_not_count = "zählt nicht";
}
