//! Texts that several pages share, and those of pages without a board.

use super::texts;

texts! {
    in_utc(at) = "{at} UTC";
    undo = "Undo";
    score = "Score";
    standings = "Standings";
    rank = "Rank";
    player = "Player";
    see_all_boards = "See all boards";
    there_is_no_such_board = "There is no such board";
    there_is_no_such_player = "There is no such player";
    you_may_not_see_this = "You may not see this";
    that_address_does_not_work = "That address does not work";
    this_page_cannot_be_shown_now = "This page cannot be shown now";
    find = "Find";
    periods = "Periods";
    season = "Season";
    seasons = "Seasons";
    go = "Go";
    name = "Name";
    top_percent = "Top";
    site = "Site";
    boards = "Boards";
    leaderport_live_leaderboards = "LeaderPort, live leaderboards";
    realtime = "Realtime";
    json_api = "JSON API";
    title_of_page(title) = "{title} · LeaderPort";
    skip_to_the_page = "Skip to the page";
    sign_in = "Sign in";
    admin = "Admin";
    the_server_cannot_be_reached = "The server cannot be reached.";
    not_understood = "The server and this page do not understand each other; reload the page.";
    role = "Role";
    change = "Change";
    rename = "Rename";
    account = "Account";
    when = "When";
    board = "Board";
    value = "Value";
    state = "State";
    the_score_was_refused = "The score was refused.";
    leads_with(name, score) = "{name} leads with {score}.";
    realtime_protocol = "Realtime protocol";
    the_realtime_protocol = "The realtime protocol";
    no_boards_yet = "No boards yet";
    define_the_first = "Define the first one over the API:";
    not_found = "Not found";
    there_is_nothing_here = "There is nothing here";
    player_may_be_nowhere = "The address may be mistyped, or nothing of theirs is on a board now.";
    this_is_a_copy(at) = "Not connected. This is how it stood at {at}.";
    address_may_be_mistyped = "The address may be mistyped, or the board may have another name now.";
    ranked_on_no_board = "Ranked on no board now";
    ranked_on_one_board = "Ranked on one board";
    ranked_on_boards(count) = "Ranked on {count} boards";
    best = "Best";
}
