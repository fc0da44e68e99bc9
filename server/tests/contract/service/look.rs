//! Rank history, player search and past seasons.

use leaderport::{Period, PlayerName, Rank, Ruling, RulingDraft, SeasonKey, SubmissionState};

use super::*;
use crate::contract::sample::{id, name, noon, player, points, season, submission};

pub(crate) async fn history_lists_each_change_of_the_score(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("arena", points()).await;
    for (n, who, value) in [
        (1, "ann", 50),
        (2, "bob", 70),
        (3, "ann", 40),
        (4, "ann", 65),
        (5, "cat", 60),
        (6, "ann", 90),
        // This commit stores the ranks that the previous answer returned.
        (7, "bob", 1),
    ] {
        let at = noon(i64::try_from(n).unwrap());
        running.submit(submission(n, &board, who, value, at)).await;
    }
    let history = async |who: &str| {
        let info = running.service.find(&board, None, None).unwrap();
        running.service.history(info, &player(who)).await
    };
    let shown = |all: Vec<leaderport::Milestone>| -> Vec<(i64, Option<u64>)> {
        let one = |m: leaderport::Milestone| (m.score.get(), m.rank.map(Rank::get));
        all.into_iter().map(one).collect()
    };
    let ann = shown(history("ann").await.unwrap());
    assert_eq!(ann, [(50, Some(1)), (65, Some(2)), (90, Some(1))]);
    assert_eq!(shown(history("cat").await.unwrap()), [(60, Some(3))]);
    assert_eq!(history("dan").await.unwrap_err().code(), "unknown_player");
    // The history omits submissions that do not count.
    let draft = RulingDraft {
        ruling: Ruling::Submissions {
            ids: vec![id(4)],
            state: SubmissionState::Revoked,
        },
        reason: String::new(),
    };
    running
        .service
        .rule(&Caller::Operator, draft)
        .await
        .unwrap();
    let ann = shown(history("ann").await.unwrap());
    assert_eq!(ann, [(50, Some(1)), (90, Some(1))]);
    // The history also omits submissions from before the season started over.
    let all = crate::contract::sample::key(&board, "all");
    let change = leaderport::SeasonChange::StartOver;
    let changed = running
        .service
        .change_season(&Caller::Operator, &all, change, false);
    changed.await.unwrap();
    for (n, who, value) in [(8, "ann", 10), (9, "bob", 20)] {
        running
            .submit(submission(n, &board, who, value, noon(9)))
            .await;
    }
    assert_eq!(shown(history("ann").await.unwrap()), [(10, Some(1))]);
}

pub(crate) async fn season_search_matches_the_beginning_of_names(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("arena", points()).await;
    let other = running.define("other", points()).await;
    for (n, board, who, shown) in [
        (1, &board, "p1", "Ann"),
        (2, &board, "p2", "anna_b%"),
        (3, &board, "p3", "Bob"),
        (4, &other, "p4", "Annabel"),
    ] {
        let mut one = submission(n, board, who, i64::try_from(n).unwrap(), noon(0));
        one.name = Some(name(shown));
        running.submit(one).await;
    }
    let search = async |text: &str| {
        let info = running.service.find(&board, None, None).unwrap();
        let found = running.service.search(&info, text).await?;
        let shown = found
            .iter()
            .map(|s| (s.row.name.to_string(), s.row.rank.get()));
        Ok::<_, Error>(shown.collect::<Vec<_>>())
    };
    let owned = |all: &[(&str, u64)]| -> Vec<(String, u64)> {
        all.iter()
            .map(|(name, rank)| ((*name).to_owned(), *rank))
            .collect()
    };
    assert_eq!(
        search("AN").await.unwrap(),
        owned(&[("Ann", 3), ("anna_b%", 2)])
    );
    assert_eq!(search(" anna ").await.unwrap(), owned(&[("anna_b%", 2)]));
    for nothing in ["nn", "%", "_nn", "p1"] {
        assert_eq!(search(nothing).await.unwrap(), [], "{nothing}");
    }
    for bad in ["", "   ", &"x".repeat(81), "a\nb"] {
        assert_eq!(
            search(bad).await.unwrap_err().code(),
            "invalid_value",
            "{bad:?}"
        );
    }
}

pub(crate) async fn past_seasons_are_the_current_one_and_those_with_standings(engines: &Engines) {
    let running = Running::start(engines).await;
    let mut draft = points();
    draft.periods = vec![Period::AllTime, Period::Monthly];
    let board = running.define("arena", draft).await;
    let now = running.service.now();
    for (n, months) in [(1, 14), (2, 3), (3, 3)] {
        let at = now.plus_millis(-months * 30 * 86_400_000);
        running.submit(submission(n, &board, "ann", 5, at)).await;
    }
    let choices = async |label: &str| {
        let key = SeasonKey {
            board: board.clone(),
            season: season(label),
        };
        let choices = running.service.season_choices(&key).await.unwrap();
        assert_eq!((choices.newer, choices.older), (None, None), "{label}");
        let labels = choices.seasons.iter().map(ToString::to_string);
        labels.collect::<Vec<_>>()
    };
    let all = ["2026-11", "2026-08", "2025-09"];
    assert_eq!(choices("2026-11").await, all);
    assert_eq!(choices("2025-09").await, all);
    // A season without standings is listed on its own page.
    let with_empty = ["2026-11", "2026-10", "2026-08", "2025-09"];
    assert_eq!(choices("2026-10").await, with_empty);
    assert_eq!(choices("all").await, ["all"]);
}

/// The result of a search without players.
const NOBODY: [Vec<String>; 2] = [Vec::new(), Vec::new()];

/// The ids of the players that a season's search and a moderator's search find.
async fn found(running: &Running, board: &Slug, text: &str) -> [Vec<String>; 2] {
    let info = running.service.find(board, None, None).unwrap();
    let in_season = running.service.search(&info, text).await.unwrap();
    let in_season = in_season.iter().map(|s| s.row.player.to_string());
    let anywhere = running.service.find_players(&Caller::Operator, text).await;
    let anywhere = anywhere.unwrap().into_iter().map(|p| p.player.to_string());
    [in_season.collect(), anywhere.collect()]
}

/// A board with one player for each name: `p0`, `p1`, and so on.
async fn with_names(running: &Running, names: &[&str]) -> Slug {
    let board = running.define("arena", points()).await;
    for (n, shown) in (0..).zip(names) {
        let mut one = submission(n + 1, &board, &format!("p{n}"), 5, noon(0));
        // Names of earlier versions may be decomposed.
        one.name = Some(PlayerName::stored(shown).unwrap());
        running.submit(one).await;
    }
    board
}

pub(crate) async fn search_ignores_case_spelling_and_spaces(engines: &Engines) {
    let running = Running::start(engines).await;
    let names = [
        "Κως",
        "Jose\u{301} N",
        "Große Straße",
        "Eliud Kipchoge",
        "Ｗｉｄｅ",
        "İpek",
    ];
    let board = with_names(&running, &names).await;
    for (text, expected) in [
        ("ΚΩΣ", "p0"),
        ("κωσ", "p0"),
        ("κως", "p0"),
        ("Jos\u{e9} N", "p1"),
        ("JOSE\u{301}  n", "p1"),
        ("grosse strass", "p2"),
        ("GROẞE", "p2"),
        ("eliud  k", "p3"),
        ("eliud\u{3000}K", "p3"),
        ("wide", "p4"),
        ("i\u{307}p", "p5"),
    ] {
        let expected = vec![expected.to_owned()];
        assert_eq!(
            found(&running, &board, text).await,
            [expected.clone(), expected],
            "{text}"
        );
    }
    // A text without any significant character has no results.
    assert_eq!(found(&running, &board, "\u{200d}").await, NOBODY);
}

pub(crate) async fn search_finds_words_inside_names(engines: &Engines) {
    let running = Running::start(engines).await;
    let names = [
        "Kip Lee",
        "Eliud Kipchoge",
        "Mary-Ann O'Neil",
        "dark_lord",
        "solo",
    ];
    let board = with_names(&running, &names).await;
    let expect = async |text: &str, expected: &[&str]| {
        for found in found(&running, &board, text).await {
            assert_eq!(found, expected, "{text}");
        }
    };
    // The beginning of the whole name comes first.
    expect("KIP", &["p0", "p1"]).await;
    expect("lee", &["p0"]).await;
    expect("ann o'n", &["p2"]).await;
    expect("neil", &["p2"]).await;
    expect("lord", &["p3"]).await;
    expect("olo", &[]).await;
    expect("ary", &[]).await;
    // A new name replaces the words of the old one, also if a moderator sets it.
    let mut renamed = submission(90, &board, "p1", 6, noon(1));
    renamed.name = Some(name("Eliud Mtu Mkubwa"));
    running.submit(renamed).await;
    expect("kipchoge", &[]).await;
    expect("mkubwa", &["p1"]).await;
    for (called, gone, text) in [("Eliud", "mtu", "eliud"), ("Ein Neuer", "eliud", "neuer")] {
        let draft = RulingDraft {
            ruling: Ruling::Rename {
                player: player("p1"),
                name: name(called),
                fixed: false,
            },
            reason: String::new(),
        };
        running
            .service
            .rule(&Caller::Operator, draft)
            .await
            .unwrap();
        expect(gone, &[]).await;
        expect(text, &["p1"]).await;
    }
    // An erased player's words are gone.
    let renamed = player("p2");
    let erased = running.service.erase(&Caller::Operator, &renamed);
    erased.await.unwrap();
    expect("neil", &[]).await;
}

pub(crate) async fn names_of_an_earlier_version_are_folded_again(engines: &Engines) {
    let running = Running::start(engines).await;
    let names: Vec<String> = (0..600).map(|n| format!("Straße{n} Ende{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let board = running.define("arena", points()).await;
    let batch = (0..).zip(&names).map(|(n, shown)| {
        let mut one = submission(n + 1, &board, &format!("p{n}"), 5, noon(0));
        one.name = Some(name(shown));
        one
    });
    let batch = running.service.submit(&Caller::Operator, batch.collect());
    assert!(batch.await.unwrap().iter().all(Result::is_ok));
    let records = engines.records().await;
    while records.refold_names().await.unwrap() {}
    let everything = async |text: &str| found(&running, &board, text).await;
    let expected = everything("strasse599").await;
    assert_eq!(expected[0], ["p599"]);
    // The state that an earlier version leaves.
    let database = engines.database().await;
    for sql in [
        "UPDATE players SET folded = lower(name)",
        "DELETE FROM name_words",
        "UPDATE name_folding SET version = 0, until = 'p3'",
    ] {
        database.execute(sqlx::query(sql)).await.unwrap();
    }
    assert_eq!(everything("strasse599").await, NOBODY);
    assert_eq!(everything("ende599").await, NOBODY);
    let mut steps = 0;
    while records.refold_names().await.unwrap() {
        steps += 1;
    }
    assert!(steps > 1, "the names are folded in steps");
    assert_eq!(everything("strasse599").await, expected);
    assert_eq!(everything("ende0").await[0], ["p0"]);
    assert_eq!(everything("ende599").await[0], ["p599"]);
    assert!(!records.refold_names().await.unwrap(), "nothing is left");
}
