//! Search for players by name.

use leaderport::{PlayerName, Ruling, RulingDraft};

use super::*;
use crate::contract::sample::{key, name, noon, player, points, submission};

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

/// A board with one player for each name. With the initial `p`, they are `p0`, `p1`, and so on.
async fn with_names(running: &Running, slug: &str, initial: char, names: &[&str]) -> Slug {
    let board = running.define(slug, points()).await;
    let first_id = u128::from(initial) << 32;
    let batch = (0_u128..).zip(names).map(|(n, shown)| {
        let who = format!("{initial}{n}");
        let mut one = submission(first_id + n, &board, &who, 5, noon(0));
        // Names of earlier versions may be decomposed.
        one.name = Some(PlayerName::stored(shown).unwrap());
        one
    });
    let batch = running.service.submit(&Caller::Operator, batch.collect());
    assert!(batch.await.unwrap().iter().all(Result::is_ok));
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
    let board = with_names(&running, "arena", 'p', &names).await;
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
        ("ipek", "p5"),
        ("ıPEK", "p5"),
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
    let board = with_names(&running, "arena", 'p', &names).await;
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

pub(crate) async fn search_finds_players_without_a_name_by_their_ids(engines: &Engines) {
    let running = Running::start(engines).await;
    let board = running.define("arena", points()).await;
    for (n, who) in [(1, "Faith Kipyegon"), (2, "kip-7"), (3, "p3"), (4, "Zoë")] {
        let one = submission(n, &board, who, 5, noon(0));
        assert_eq!(one.name, None);
        running.submit(one).await;
    }
    let mut named = submission(5, &board, "p3", 6, noon(1));
    named.name = Some(name("Kip Lee"));
    running.submit(named).await;
    let key = self::key(&board, "all");
    let records = engines.records().await;
    let search = async |text: &str, is_short: bool| {
        let found = records.find_standing(&key, text, is_short, 12).await;
        let found = found.unwrap().into_iter().map(|player| player.to_string());
        found.collect::<Vec<_>>()
    };
    // Names come before ids, and the beginning of an id before a word inside it.
    assert_eq!(search("KIP", true).await, ["p3", "kip-7", "Faith Kipyegon"]);
    assert_eq!(search("zoe\u{308}", true).await, ["Zoë"]);
    assert_eq!(search("faith  kip", true).await, ["Faith Kipyegon"]);
    assert!(search("p3", true).await.is_empty(), "a player with a name");
    // A long season is not read completely.
    assert_eq!(search("kip", false).await, ["p3", "kip-7"]);
    assert!(search("faith", false).await.is_empty());
    let limited = records.find_standing(&key, "kip", true, 2).await.unwrap();
    assert_eq!(limited.len(), 2);
}

pub(crate) async fn names_of_an_earlier_version_are_folded_again(engines: &Engines) {
    let running = Running::start(engines).await;
    let names: Vec<String> = (0..600).map(|n| format!("Straße{n} Ende{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let board = with_names(&running, "arena", 'p', &names).await;
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

pub(crate) async fn names_of_a_newer_version_stay_and_those_folded_back_are_repaired(
    engines: &Engines,
) {
    let running = Running::start(engines).await;
    let board = with_names(&running, "arena", 'p', &["Straße"]).await;
    let records = engines.records().await;
    while records.refold_names().await.unwrap() {}
    let database = engines.database().await;
    for sql in [
        "UPDATE players SET folded = 'of a newer version'",
        "UPDATE name_folding SET version = version + 1, until = NULL",
    ] {
        database.execute(sqlx::query(sql)).await.unwrap();
    }
    for until in ["NULL", "'p'"] {
        // The newer node may still be folding.
        let sql = format!("UPDATE name_folding SET until = {until}");
        let update = sqlx::query(sqlx::AssertSqlSafe(sql));
        database.execute(update).await.unwrap();
        assert!(!records.refold_names().await.unwrap());
        assert_eq!(found(&running, &board, "strasse").await, NOBODY);
    }
    assert_eq!(found(&running, &board, "of a newer").await[0], ["p0"]);
    // The state that an older node leaves after the newer one has folded all names.
    let back = "UPDATE name_folding SET version = 0, until = NULL";
    database.execute(sqlx::query(back)).await.unwrap();
    while records.refold_names().await.unwrap() {}
    assert_eq!(found(&running, &board, "strasse").await[0], ["p0"]);
}

pub(crate) async fn search_passes_names_of_other_boards(engines: &Engines) {
    let running = Running::start(engines).await;
    // One query reads five hundred names.
    let crowd: Vec<String> = (0..600).map(|n| format!("Guest {n:03} Lee")).collect();
    let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
    with_names(&running, "crowd", 'p', &crowd).await;
    let names = ["Guest 999 Lee", "Lee Adams", "Ann Guest Lee"];
    let board = with_names(&running, "arena", 'z', &names).await;
    let records = engines.records().await;
    let all = key(&board, "all");
    for (text, expected) in [
        ("guest", &["z0", "z2"][..]),
        ("lee", &["z1", "z0", "z2"]),
        ("guest 9", &["z0"]),
        ("guest 5", &[]),
        ("zoe", &[]),
    ] {
        for (is_short, limit) in [(false, 1), (false, 2), (false, 12), (true, 1), (true, 12)] {
            let found = records.find_standing(&all, text, is_short, limit).await;
            let found: Vec<String> = found.unwrap().iter().map(PlayerId::to_string).collect();
            let expected = &expected[..expected.len().min(limit as usize)];
            assert_eq!(found, expected, "{text}, short: {is_short}, {limit}");
        }
    }
    assert_eq!(found(&running, &board, "lee").await[0], ["z1", "z0", "z2"]);
}

pub(crate) async fn search_of_a_long_season_reads_at_most_ten_thousand_names(engines: &Engines) {
    let running = Running::start(engines).await;
    let names = ["Guest 999", "Ann Guest"];
    let board = with_names(&running, "arena", 'z', &names).await;
    let (records, database) = (engines.records().await, engines.database().await);
    let all = key(&board, "all");
    let found = async |is_short: bool| {
        let found = records.find_standing(&all, "guest", is_short, 12).await;
        let found = found.unwrap().into_iter().map(|player| player.to_string());
        found.collect::<Vec<_>>()
    };
    // Adds names of players without a standing.
    let add = async |first: u32, last: u32| {
        let sql = format!(
            "WITH RECURSIVE n (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})
             INSERT INTO players (player, name, folded) SELECT 'p' || i, 'Guest', 'guest' FROM n"
        );
        let insert = sqlx::query(sqlx::AssertSqlSafe(sql));
        database.execute(insert).await.unwrap();
    };
    add(1, 9_999).await;
    assert_eq!(found(false).await, ["z0", "z1"]);
    add(10_000, 10_000).await;
    // Names and words have a bound each.
    assert_eq!(found(false).await, ["z1"]);
    assert_eq!(found(true).await, ["z0", "z1"]);
}

pub(crate) async fn search_lists_a_player_with_several_matching_words_once(engines: &Engines) {
    let running = Running::start(engines).await;
    // The words of these players alone are more than a moderator's search lists.
    let repeated = "a a a a a a a a a";
    let names = [repeated, repeated, repeated, "Zoe Ab"];
    let board = with_names(&running, "arena", 'p', &names).await;
    for found in found(&running, &board, "a").await {
        assert_eq!(found, ["p0", "p1", "p2", "p3"]);
    }
}
