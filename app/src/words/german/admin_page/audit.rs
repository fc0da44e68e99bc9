//! The texts of the audit log.

use crate::words::translations;

translations! {
    board_was_created(board) = "Board {board} angelegt";
    board_was_changed(board) = "Board {board} geändert";
    board_was_deleted(board) = "Board {board} gelöscht";
    emblem_was_uploaded(board) = "Emblem von Board {board} hochgeladen";
    emblem_was_removed(board) = "Emblem von Board {board} entfernt";
    season_was_closed(season) = "Saison {season} geschlossen";
    season_was_reopened(season) = "Saison {season} wieder geöffnet";
    season_was_restarted(season) = "Saison {season} neu gestartet";
    restart_was_undone(season) = "Neustart der Saison {season} zurückgenommen";
    season_was_repaired(season) = "Saison {season} repariert";
    season_was_rebuilt(season) = "Saison {season} neu aufgebaut";
    board_was_unloaded(board) = "Board {board} entladen";
    failed_batches_were_retried = "Gescheiterte Stapel erneut versucht";
    key_was_created(key) = "API-Schlüssel {key} angelegt";
    key_was_revoked(key) = "API-Schlüssel {key} widerrufen";
    account_was_created(handle) = "Konto {handle} angelegt";
    account_signed_up(handle) = "Als {handle} registriert";
    role_was_changed(handle) = "Rolle von {handle} geändert";
    sessions_were_ended(player) = "{player} überall abgemeldet";
    password_was_changed(player) = "Passwort von {player} geändert";
    submissions_were_restored(submissions) = "{submissions} wiederhergestellt";
    submissions_were_held(submissions) = "{submissions} zur Prüfung zurückgehalten";
    submissions_were_revoked(submissions) = "{submissions} gestrichen";
    was_banned(player) = "{player} gebannt";
    was_unbanned(player) = "Bann von {player} aufgehoben";
    was_merged(player) = "{player} mit einem anderen Spieler zusammengeführt";
    was_unmerged(player) = "{player} von einem anderen Spieler getrennt";
    was_renamed(player) = "{player} umbenannt";
    was_erased(player) = "{player} gelöscht";
    several_players(count: n) = "{n} Spieler";
    raw_data = "Rohdaten";
}
