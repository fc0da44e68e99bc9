//! Rulings: standings are recomputed at once, on every node, from the submissions that count.
//! Undoing a ruling restores the earlier standings.

mod applied;
mod erase;
mod random;

use leaderport::admin::audit::AuditNote;
use leaderport::{
    AuditFilter, BoardDraft, Order, Ruled, Ruling, RulingDraft, ScorePolicy, Season,
    SubmissionState, TieRule,
};

pub(crate) use self::applied::*;
pub(crate) use self::erase::*;
pub(crate) use self::random::*;
use super::*;
use crate::contract::sample::{draft, id, key, name, noon, note, player, points, slug, submission};

impl Running {
    pub(super) async fn rule(&self, ruling: Ruling) -> Ruled {
        self.try_rule(ruling).await.unwrap()
    }

    pub(super) async fn try_rule(&self, ruling: Ruling) -> Result<Ruled, Error> {
        let draft = RulingDraft {
            ruling,
            reason: "a test".to_owned(),
        };
        self.service.rule(&Caller::Operator, draft).await
    }

    async fn take_back(&self, ruled: Ruled) {
        for ruling in ruled.undo {
            self.rule(ruling).await;
        }
    }

    /// The players of the board's only season, with their scores.
    async fn scores(&self, board: &Slug) -> Vec<(String, i64)> {
        let ranks = self.ranks(board, "all").await.into_iter();
        ranks.map(|(player, _, score)| (player, score)).collect()
    }
}

fn judge(ids: &[u128], state: SubmissionState) -> Ruling {
    let ids = ids.iter().copied().map(id).collect();
    Ruling::Submissions { ids, state }
}

pub(super) fn ban(players: &[&str], banned: bool) -> Ruling {
    let players = players.iter().map(|p| player(p)).collect();
    Ruling::Ban { players, banned }
}

fn merge(players: &[&str], into: Option<&str>) -> Ruling {
    Ruling::Merge {
        players: players.iter().map(|p| player(p)).collect(),
        into: into.map(player),
    }
}

fn owned(scores: &[(&str, i64)]) -> Vec<(String, i64)> {
    let own = |(player, score): &(&str, i64)| ((*player).to_owned(), *score);
    scores.iter().map(own).collect()
}

/// A service with a board, to which Ann has submitted 50 and 70, and Bob 60.
pub(super) async fn three_submissions(engines: &Engines) -> (Running, Slug) {
    let running = Running::start(engines).await;
    let board = running.define("arena", points()).await;
    for (n, who, value) in [(1, "ann", 50), (2, "ann", 70), (3, "bob", 60)] {
        let at = noon(i64::try_from(n).unwrap());
        running.submit(submission(n, &board, who, value, at)).await;
    }
    (running, board)
}

pub(crate) async fn quarantined_and_revoked_submissions_do_not_count(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    for state in [SubmissionState::Quarantined, SubmissionState::Revoked] {
        let before = running.rows(&board, "all").await;
        let ruled = running.rule(judge(&[2], state)).await;
        assert_eq!((ruled.changed, ruled.standings), (1, 1));
        assert_eq!(
            running.scores(&board).await,
            owned(&[("bob", 60), ("ann", 50)])
        );
        let both = running.rule(judge(&[1, 2], state)).await;
        assert_eq!(
            (both.changed, both.standings),
            (1, 1),
            "one of the two already had this state"
        );
        assert_eq!(running.scores(&board).await, owned(&[("bob", 60)]));
        let gone = running.find_standing(&board, "ann").await;
        assert_eq!(gone.unwrap_err().code(), "unknown_player");
        running.take_back(both).await;
        running.take_back(ruled).await;
        assert_eq!(running.rows(&board, "all").await, before);
    }
}

impl Running {
    async fn find_standing(&self, board: &Slug, who: &str) -> Result<Row, Error> {
        let season = self.service.find(board, None, None)?;
        let standing = self.service.standing(season, &player(who)).await?;
        Ok(standing.row)
    }
}

pub(crate) async fn held_submissions_of_all_players_are_listed(engines: &Engines) {
    let (running, _) = three_submissions(engines).await;
    running
        .rule(judge(&[2, 3], SubmissionState::Quarantined))
        .await;
    running.rule(judge(&[1], SubmissionState::Revoked)).await;
    let ids = async || {
        let held = running.service.held(&Caller::Operator).await.unwrap();
        held.into_iter().map(|held| held.id).collect::<Vec<_>>()
    };
    assert_eq!(ids().await, [id(3), id(2)]);
    running.rule(judge(&[3], SubmissionState::Counted)).await;
    assert_eq!(ids().await, [id(2)]);
    let guest = Caller::guest(player("ann"));
    let refused = running.service.held(&guest).await.unwrap_err();
    assert_eq!(refused.code(), "forbidden");
}

pub(crate) async fn author_sees_submissions_that_do_not_count(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    running
        .rule(judge(&[2], SubmissionState::Quarantined))
        .await;
    let ann = Caller::guest(player("ann"));
    let read = |caller: Caller, board: Option<Slug>, before| {
        let service = running.service.clone();
        async move {
            let ann = player("ann");
            let read = service.submissions(&caller, &ann, board.as_ref(), before);
            let read = read.await?;
            let shown = read.iter().map(|s| (s.id, s.value.get(), s.state));
            Ok::<_, Error>(shown.collect::<Vec<_>>())
        }
    };
    let both = [
        (id(2), 70, SubmissionState::Quarantined),
        (id(1), 50, SubmissionState::Counted),
    ];
    assert_eq!(read(ann.clone(), None, None).await.unwrap(), both);
    let here = read(ann.clone(), Some(board.clone()), None).await;
    assert_eq!(here.unwrap(), both);
    let elsewhere = read(ann.clone(), Some(slug("elsewhere")), None).await;
    assert_eq!(elsewhere.unwrap(), []);
    let who = player("ann");
    let newest = running.service.submissions(&ann, &who, None, None);
    let newest = newest.await.unwrap();
    let older = read(ann, None, Some(newest[0].seq)).await.unwrap();
    assert_eq!(older, both[1..]);
    assert_eq!(newest[0].seasons, [Season::AllTime]);
    let bob = read(Caller::guest(player("bob")), None, None).await;
    assert_eq!(bob.unwrap_err().code(), "forbidden");
    // A repeat gets the first answer; the ruling does not change it.
    let again = submission(2, &board, "ann", 70, noon(2));
    assert_eq!(answer(&running.submit(again).await), (70, 1, Some(1)));
}

pub(crate) async fn explain_names_the_deciding_submission(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    let (season, who) = (key(&board, "all"), player("ann"));
    let explain = async || {
        let explained = running.service.explain(&Caller::Operator, &season, &who);
        let explained = explained.await?;
        let decided = (explained.deciding.id, explained.standing.score.get());
        Ok::<_, Error>((decided, explained.counted, explained.uncounted))
    };
    assert_eq!(explain().await.unwrap(), ((id(2), 70), 2, 0));
    running.rule(judge(&[2], SubmissionState::Revoked)).await;
    assert_eq!(explain().await.unwrap(), ((id(1), 50), 1, 1));
    running.rule(judge(&[1], SubmissionState::Revoked)).await;
    assert_eq!(explain().await.unwrap_err().code(), "unknown_player");
}

pub(crate) async fn explain_names_the_ruling_on_a_submission(engines: &Engines) {
    let (running, _) = three_submissions(engines).await;
    let operator = Caller::Operator;
    let (quarantined, revoked) = (SubmissionState::Quarantined, SubmissionState::Revoked);
    let ruling = async |n, state| {
        let ruling = running.service.explain_ruling(&operator, id(n), state);
        ruling
            .await
            .unwrap()
            .map(|entry| (entry.actor, entry.reason, entry.at))
    };
    assert_eq!(ruling(2, quarantined).await, None);
    running.clock.set(noon(60));
    running.rule(judge(&[2, 3], quarantined)).await;
    let expected = Some(("operator".to_owned(), "a test".to_owned(), noon(60)));
    assert_eq!(ruling(2, quarantined).await, expected);
    assert_eq!(ruling(3, quarantined).await, expected);
    assert_eq!(ruling(1, quarantined).await, None);
    assert_eq!(ruling(2, revoked).await, None);
    let guest = Caller::guest(player("ann"));
    let refused = running.service.explain_ruling(&guest, id(2), quarantined);
    assert_eq!(refused.await.unwrap_err().code(), "forbidden");
}

pub(crate) async fn banned_player_has_no_standing_until_unbanned(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    let before = running.rows(&board, "all").await;
    let ruled = running.rule(ban(&["ann", "nobody"], true)).await;
    assert_eq!((ruled.changed, ruled.standings), (2, 1));
    assert_eq!(running.scores(&board).await, owned(&[("bob", 60)]));
    let refused = running.refused(submission(4, &board, "ann", 99, noon(4)));
    assert_eq!(refused.await.code(), "banned");
    let again = submission(1, &board, "ann", 50, noon(1));
    assert_eq!(answer(&running.submit(again).await).0, 50, "a repeat");
    running.take_back(ruled).await;
    assert_eq!(running.rows(&board, "all").await, before);
    running
        .submit(submission(4, &board, "ann", 99, noon(4)))
        .await;
    assert_eq!(running.scores(&board).await[0], ("ann".to_owned(), 99));
}

pub(crate) async fn merged_players_share_one_standing(engines: &Engines) {
    let running = Running::start(engines).await;
    let rules = draft(ScorePolicy::Sum, Order::Descending, TieRule::Earliest);
    let board = running.define("arena", rules).await;
    for (n, who, value) in [(1, "ann", 5), (2, "ann2", 7), (3, "bob", 9)] {
        let named = named(who, submission(n, &board, who, value, noon(1)));
        running.submit(named).await;
    }
    let before = running.rows(&board, "all").await;
    let ruled = running.rule(merge(&["ann2"], Some("ann"))).await;
    assert_eq!((ruled.changed, ruled.standings), (1, 2));
    assert_eq!(
        running.scores(&board).await,
        owned(&[("ann", 12), ("bob", 9)])
    );
    // A later submission of the merged player counts for Ann too, and does not rename her.
    let more = submission(4, &board, "ann2", 1, noon(2));
    let outcome = running.submit(named("Another", more.clone())).await;
    assert_eq!(answer(&outcome), (13, 1, Some(1)));
    assert_eq!(running.submit(named("Another", more)).await, outcome);
    let rows = running.rows(&board, "all").await;
    assert_eq!(rows[0].name.as_str(), "ann");
    // A lookup of the merged player finds the receiving player's standing.
    let season = running.service.find(&board, None, None).unwrap();
    let ann2 = player("ann2");
    let found = running.service.standing(season.clone(), &ann2).await;
    assert_eq!(found.unwrap().row, rows[0]);
    let around = running.service.around(season, &ann2, 5).await;
    assert_eq!(around.unwrap().slice.rows, rows);
    let (caller, who) = (Caller::Operator, player("ann"));
    let of_ann = running.service.submissions(&caller, &who, None, None);
    assert_eq!(of_ann.await.unwrap().len(), 3);
    // A ban of Ann also bans the player merged into her.
    let banned = running.rule(ban(&["ann"], true)).await;
    assert_eq!(running.scores(&board).await, owned(&[("bob", 9)]));
    let refused = running.refused(submission(5, &board, "ann2", 1, noon(3)));
    assert_eq!(refused.await.code(), "banned");
    running.take_back(banned).await;
    running.rule(judge(&[4], SubmissionState::Revoked)).await;
    running.take_back(ruled).await;
    let scores = owned(&[("bob", 9), ("ann2", 7), ("ann", 5)]);
    assert_eq!(running.scores(&board).await, scores);
    assert_eq!(running.rows(&board, "all").await, before);
}

pub(crate) async fn merge_is_seen_by_the_next_read(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("arena", points()).await;
    running
        .submit(submission(1, &board, "ann", 5, noon(1)))
        .await;
    // The other player has a standing elsewhere only.
    let other = running.define("other", points()).await;
    running
        .submit(submission(2, &other, "ann2", 5, noon(1)))
        .await;
    let season = running.service.find(&board, None, None).unwrap();
    let ann2 = player("ann2");
    let found = async || {
        let found = running.service.standing(season.clone(), &ann2).await;
        found.map(|standing| standing.row.player)
    };
    let is_unknown = |found: Result<_, Error>| matches!(found, Err(Error::UnknownPlayer(..)));
    assert!(is_unknown(found().await));
    let ruled = running.rule(merge(&["ann2"], Some("ann"))).await;
    assert_eq!(found().await.unwrap(), player("ann"));
    running.take_back(ruled).await;
    assert!(is_unknown(found().await));
}

pub(crate) async fn name_set_by_a_moderator_stays(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    let bob = Caller::guest(player("bob"));
    let rename = |caller: Caller, to: &'static str| {
        let service = running.service.clone();
        async move { service.rename(&caller, &player("bob"), name(to)).await }
    };
    let shown = async || running.rows(&board, "all").await[1].name.to_string();
    rename(bob.clone(), "Bob").await.unwrap();
    assert_eq!(shown().await, "Bob");
    let by_ann = rename(Caller::guest(player("ann")), "Rob").await;
    assert_eq!(by_ann.unwrap_err().code(), "forbidden");
    let ruling = Ruling::Rename {
        player: player("bob"),
        name: name("Player 7"),
        fixed: true,
    };
    let ruled = running.rule(ruling).await;
    assert_eq!(shown().await, "Player 7");
    running
        .submit(named("Rude", submission(9, &board, "bob", 61, noon(9))))
        .await;
    assert_eq!(shown().await, "Player 7");
    let refused = rename(bob.clone(), "Rude").await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
    running.take_back(ruled).await;
    assert_eq!(shown().await, "Bob");
    rename(bob, "Bobby").await.unwrap();
    assert_eq!(shown().await, "Bobby");
}

pub(crate) async fn invalid_ruling_changes_nothing(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    running.rule(merge(&["ann"], Some("bob"))).await;
    let before = running.rows(&board, "all").await;
    let refused = [
        (judge(&[3, 99], SubmissionState::Revoked), "ids"),
        (judge(&[], SubmissionState::Revoked), "ids"),
        (ban(&[], true), "players"),
        (merge(&["cat", "ann"], Some("ann")), "into"),
        (merge(&["cat"], Some("ann")), "into"),
        (merge(&["bob"], Some("cat")), "players"),
    ];
    let audit = running.audit(&AuditFilter::default()).await.len();
    for (ruling, named) in refused {
        let refusal = running.try_rule(ruling.clone()).await.unwrap_err();
        assert_eq!(field(&refusal), named, "{ruling:?}");
    }
    assert_eq!(running.rows(&board, "all").await, before);
    let after = running.audit(&AuditFilter::default()).await.len();
    assert_eq!(after, audit, "a refused ruling is not in the audit log");
}

impl Running {
    pub(super) async fn audit(&self, filter: &AuditFilter) -> Vec<leaderport::AuditEntry> {
        let entries = self.service.audit(&Caller::Operator, filter).await;
        entries.unwrap()
    }
}

pub(crate) async fn audit_log_records_every_action(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    let draft = BoardDraft {
        title: "Renamed".to_owned(),
        ..points()
    };
    running.define("arena", draft.clone()).await;
    // An equal definition changes nothing.
    running.define("arena", draft).await;
    running.rule(judge(&[2], SubmissionState::Revoked)).await;
    running
        .service
        .rebuild(&Caller::Operator, &key(&board, "all"), false)
        .await
        .unwrap();
    let all = running.audit(&AuditFilter::default()).await;
    let actions: Vec<_> = all.iter().map(|e| e.action.as_str()).collect();
    let expected = [
        "rebuild_season",
        "revoke_submissions",
        "define_board",
        "define_board",
    ];
    assert_eq!(actions, expected);
    let [_, revoked, again, first] = &all[..] else {
        panic!("four entries");
    };
    assert_eq!((first.before.as_ref(), &first.target[..]), (None, "arena"));
    assert_eq!(first.after.as_ref(), again.before.as_ref());
    assert_eq!(revoked.reason, "a test");
    let undo = revoked.before.as_deref().unwrap();
    let undo: Vec<Ruling> = serde_json::from_str(undo).unwrap();
    assert_eq!(undo, [judge(&[2], SubmissionState::Counted)]);
    let filters = [
        (("", "define_board", "", None), 2),
        (("operator", "", "", None), 4),
        (("player ann", "", "", None), 0),
        (("", "", "ren", None), 3),
        (("", "", "a_ena", None), 0),
        (("", "", "", Some(again.seq)), 1),
        (("operator", "define_board", "arena", Some(again.seq)), 1),
    ];
    for ((actor, action, target, before), count) in filters {
        let filter = AuditFilter {
            actor: actor.to_owned(),
            action: action.to_owned(),
            target: target.to_owned(),
            before,
        };
        assert_eq!(running.audit(&filter).await.len(), count, "{filter:?}");
    }
    for caller in [Caller::guest(player("ann")), Caller::Nobody] {
        let all = AuditFilter::default();
        let refused = running.service.audit(&caller, &all).await;
        assert!(refused.is_err(), "{caller:?}");
    }
}

pub(crate) async fn player_search_matches_the_beginning_of_names(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    for (n, who, called) in [
        (11, "p1", "Émile"),
        (12, "p2", "émilie"),
        (13, "p3", "Emil"),
        (14, "p4", "100%"),
    ] {
        let named = named(called, submission(n, &board, who, 1, noon(1)));
        running.submit(named).await;
    }
    let found = async |text: &str| {
        let found = running.service.find_players(&Caller::Operator, text).await;
        let found = found.unwrap().into_iter();
        found.map(|p| p.player.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found("ÉMIL").await, ["p1", "p2"]);
    assert_eq!(found(" e ").await, ["p3"]);
    assert_eq!(found("1%").await, [] as [&str; 0]);
    assert_eq!(found("100%").await, ["p4"]);
    assert_eq!(
        found("ann").await,
        ["ann"],
        "a player without a name is found by id"
    );
    for bad in ["", " ", &"x".repeat(81)] {
        let refused = running.service.find_players(&Caller::Operator, bad).await;
        assert_eq!(field(&refused.unwrap_err()), "name");
    }
    let moderator = Caller::guest(player("ann"));
    let refused = running.service.find_players(&moderator, "e").await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
}

pub(crate) async fn open_form_lists_its_other_editors(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("arena", points()).await;
    let visit = async |who: &str| {
        let handle = leaderport::Handle::new(who).unwrap();
        let visited = running
            .service
            .visit_form(&Caller::Operator, &board, &handle);
        visited.await.unwrap()
    };
    assert_eq!(visit("ann").await, [] as [&str; 0]);
    assert_eq!(visit("bob").await, ["ann"]);
    running.clock.set(noon(5));
    assert_eq!(visit("ann").await, ["bob"]);
    running.clock.set(noon(9));
    assert_eq!(visit("bob").await, ["ann"]);
    running.clock.set(noon(14));
    assert_eq!(visit("bob").await, [] as [&str; 0], "ann has left");
    let handle = leaderport::Handle::new("cat").unwrap();
    let guest = Caller::guest(player("cat"));
    let refused = running.service.visit_form(&guest, &board, &handle).await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
}
