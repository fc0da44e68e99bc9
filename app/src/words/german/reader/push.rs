//! The texts of notifications for players who are away.

use crate::words::translations;

translations! {
    notify_when_overtaken = "Benachrichtige mich, wenn ich überholt werde";
    notifications_on = "Du bekommst eine Benachrichtigung, wenn dich hier andere überholen, höchstens einmal pro Stunde.";
    notifications_blocked = "Dein Browser blockiert Benachrichtigungen dieser Seite. Erlaube sie in seinen Einstellungen.";
    notifications_unsupported = "Dieser Browser kann keine Benachrichtigungen dieser Seite anzeigen.";
    notifications_failed = "Die Benachrichtigungen ließen sich nicht einschalten. Versuch es später noch einmal.";
    stop_notifications = "Beenden";
    other_push_key = "Er hat einen anderen Schlüssel für Benachrichtigungen, ein Browser akzeptiert aber nur einen. Gib allen Knoten denselben.";
}
