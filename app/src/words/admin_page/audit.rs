//! The texts of the audit log: each action as a sentence.

use crate::words::{count_of_submissions, texts};

texts! {
    board_was_created(board) = "Created board {board}";
    board_was_changed(board) = "Changed board {board}";
    board_was_deleted(board) = "Deleted board {board}";
    emblem_was_uploaded(board) = "Uploaded an emblem of board {board}";
    emblem_was_removed(board) = "Removed the emblem of board {board}";
    season_was_closed(season) = "Closed season {season}";
    season_was_reopened(season) = "Reopened season {season}";
    season_was_restarted(season) = "Restarted season {season}";
    restart_was_undone(season) = "Undid the restart of season {season}";
    season_was_repaired(season) = "Repaired season {season}";
    season_was_rebuilt(season) = "Rebuilt season {season}";
    board_was_unloaded(board) = "Unloaded board {board}";
    failed_batches_were_retried = "Retried failed batches";
    key_was_created(key) = "Created API key {key}";
    key_was_revoked(key) = "Revoked API key {key}";
    account_was_created(handle) = "Created account {handle}";
    account_signed_up(handle) = "Signed up as {handle}";
    role_was_changed(handle) = "Changed the role of {handle}";
    sessions_were_ended(player) = "Signed {player} out everywhere";
    password_was_changed(player) = "Changed the password of {player}";
    submissions_were_restored(submissions) = "Restored {submissions}";
    submissions_were_held(submissions) = "Held {submissions} for review";
    submissions_were_revoked(submissions) = "Revoked {submissions}";
    was_banned(player) = "Banned {player}";
    was_unbanned(player) = "Unbanned {player}";
    was_merged(player) = "Merged {player} into another player";
    was_unmerged(player) = "Separated {player} from another player";
    was_renamed(player) = "Renamed {player}";
    was_erased(player) = "Erased {player}";
    several_players(count: n) = "{n} players", one: "{n} player";
    raw_data = "Raw data";
}

/// An entry of the audit log as a sentence. An action of a newer node keeps its name.
///
/// `target` is that of the entry. `name` is the name of its player, if it has only one.
#[must_use]
pub fn audit_sentence(action: &str, is_new: bool, target: &str, name: Option<&str>) -> String {
    let subject = subject(action, target, name);
    match action {
        "define_board" if is_new => board_was_created(subject),
        "define_board" => board_was_changed(subject),
        "delete_board" => board_was_deleted(subject),
        "set_emblem" => emblem_was_uploaded(subject),
        "remove_emblem" => emblem_was_removed(subject),
        "close_season" => season_was_closed(subject),
        "reopen_season" => season_was_reopened(subject),
        "start_season_over" => season_was_restarted(subject),
        "bring_season_back" => restart_was_undone(subject),
        "sync_season" => season_was_repaired(subject),
        "rebuild_season" => season_was_rebuilt(subject),
        "clear_cache" => board_was_unloaded(subject),
        "retry_dead_letters" => failed_batches_were_retried().to_owned(),
        "make_key" => key_was_created(subject),
        "revoke_key" => key_was_revoked(subject),
        "make_account" => account_was_created(subject),
        "sign_up" | "sign_up_by_provider" => account_signed_up(subject),
        "set_role" => role_was_changed(subject),
        "sign_out_everywhere" => sessions_were_ended(subject),
        "change_password" => password_was_changed(subject),
        "restore_submissions" => submissions_were_restored(subject),
        "quarantine_submissions" => submissions_were_held(subject),
        "revoke_submissions" => submissions_were_revoked(subject),
        "ban_players" => was_banned(subject),
        "unban_players" => was_unbanned(subject),
        "merge_players" => was_merged(subject),
        "part_players" => was_unmerged(subject),
        "rename_player" => was_renamed(subject),
        "erase_player" => was_erased(subject),
        other => other.to_owned(),
    }
}

/// The object of the sentence.
fn subject(action: &str, target: &str, name: Option<&str>) -> String {
    let count = target.split(' ').count() as u64;
    if action.ends_with("_submissions") {
        count_of_submissions(count)
    } else if action.ends_with("_players") && count > 1 {
        several_players(count)
    } else {
        name.unwrap_or(target).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_a_sentence_about_its_target() {
        for (action, target, name, expected) in [
            (
                "ban_players",
                "ann",
                Some("Novak Djokovic"),
                "Banned Novak Djokovic",
            ),
            ("ban_players", "ann", None, "Banned ann"),
            ("unban_players", "ann bob", None, "Unbanned 2 players"),
            (
                "quarantine_submissions",
                "1 2 3",
                None,
                "Held 3 submissions for review",
            ),
            ("revoke_submissions", "1", None, "Revoked 1 submission"),
            ("define_board", "arena", None, "Changed board arena"),
            (
                "close_season",
                "arena/2026",
                None,
                "Closed season arena/2026",
            ),
            ("of_a_newer_node", "arena", None, "of_a_newer_node"),
        ] {
            assert_eq!(audit_sentence(action, false, target, name), expected);
        }
        assert_eq!(
            audit_sentence("define_board", true, "arena", None),
            "Created board arena"
        );
    }
}
