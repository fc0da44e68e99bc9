//! Unusual player names and ids, and extreme scores and instants.

use leaderport::service::ports::stored::{StoredName, StoredStanding};
use leaderport::{BoardDraft, PlayerName, Score, Standing, Timestamp};

use super::{before, entry, named, new, record, standings};
use crate::contract::engines::LedgerHome;
use crate::contract::sample;
use crate::contract::sample::{board, key, noon, note, of_every_period, player, points};

/// Texts with special characters, which an engine must not interpret, or which only earlier versions
/// accepted.
const ODD: [&str; 32] = [
    "o'brien",
    "''",
    "\"quoted\"",
    "back\\slash\\",
    "\\u0041",
    "\\",
    "`tick`",
    "null",
    "true",
    "0",
    "007",
    "-1",
    "1e5",
    "9007199254740993",
    "{\"a\": [1, 2]}",
    "[\"x\"]",
    "[]",
    "$.a",
    "?1",
    ":id",
    "%_*",
    "x; DROP TABLE standings; --",
    "a  b",
    "a\u{2028}b",
    ".",
    "..",
    "\u{3164}",
    "Ad\u{ad}min",
    "Zoë",
    "日本語テキスト",
    "مرحبا",
    "🏆🎮🏳",
];

pub(crate) async fn odd_text_reads_back_unchanged(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board("odd", of_every_period(points()));
    let batch: Vec<_> = (1..)
        .zip(ODD)
        .map(|(n, text)| named(text, entry(&board, n, text, 5, noon(0))))
        .collect();
    let first = record(&ledger, &batch).await;
    drop(ledger);
    let ledger = home.ledger().await;
    let again = record(&ledger, &batch).await;
    for ((entry, first), again) in batch.iter().zip(&first).zip(&again) {
        let first: Vec<_> = new(first).iter().map(|s| (s.season, s.standing)).collect();
        let again: Vec<_> = before(again)
            .iter()
            .map(|s| (s.season, s.standing))
            .collect();
        assert_eq!(first, again, "{:?}", entry.submission.player);
    }
    let mut expected: Vec<_> = ODD
        .iter()
        .map(|text| (player(text), Some(shown(text))))
        .collect();
    expected.sort_by_key(|(player, _)| player.clone());
    for label in ["all", "2026", "2026-11", "2026-W47", "2026-11-20"] {
        let stored = standings(&ledger, &key(&board.slug, label)).await;
        let stored: Vec<_> = stored.into_iter().map(|s| (s.player, s.name)).collect();
        assert_eq!(stored, expected, "{label}");
    }
}

/// The name as it reads back: in NFC, and without invisible characters.
fn shown(text: &str) -> StoredName {
    StoredName {
        name: PlayerName::shown(text, &player(text)),
        version: 1,
    }
}

pub(crate) async fn player_ids_are_compared_by_bytes(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board("bytes", points());
    // Case, accent composition and inner spaces distinguish players.
    let mut ids = [
        "ann", "Ann", "ANN", "\u{e9}", "e\u{301}", "a b", "a  b", "ab", "a\u{a0}b",
    ];
    ids.sort_unstable();
    let batch: Vec<_> = (1..)
        .zip(ids)
        .map(|(n, who)| entry(&board, n, who, 5, noon(0)))
        .collect();
    assert!(
        record(&ledger, &batch)
            .await
            .iter()
            .all(|r| new(r)[0].version == 1)
    );
    let stored = standings(&ledger, &key(&board.slug, "all")).await;
    let stored: Vec<&str> = stored.iter().map(|s| s.player.as_str()).collect();
    assert_eq!(stored, ids);
}

pub(crate) async fn long_season_is_read_whole(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let board = board("long", points());
    // More than one page of SQLite.
    let players: Vec<String> = (1..=4200).map(|n| format!("p{n:04}")).collect();
    let numbered: Vec<_> = (1..).zip(&players).collect();
    for numbered in numbered.chunks(1000) {
        let batch = numbered.iter();
        let batch: Vec<_> = batch
            .map(|(n, who)| entry(&board, *n, who, 5, noon(0)))
            .collect();
        record(&ledger, &batch).await;
    }
    let stored = standings(&ledger, &key(&board.slug, "all")).await;
    let stored: Vec<&str> = stored.iter().map(|s| s.player.as_str()).collect();
    assert_eq!(stored, players);
}

pub(crate) async fn longest_ids_and_names_fit(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let longest = "s".repeat(64);
    let board = board(&longest, points());
    assert!(ledger.put_board(&board, &note()).await.unwrap());
    // 64 bytes of id, and a name of 40 four-byte characters.
    let (id, called) = ("🏆".repeat(16), "🎮".repeat(40));
    record(
        &ledger,
        &[named(&called, entry(&board, 1, &id, 5, noon(0)))],
    )
    .await;
    let stored = standings(&ledger, &key(&board.slug, "all")).await;
    assert_eq!(
        (stored[0].player.as_str(), &stored[0].name),
        (id.as_str(), &Some(sample::stored(&called, 1)))
    );
}

pub(crate) async fn extreme_scores_and_instants_read_back_unchanged(home: &dyn LedgerHome) {
    let ledger = home.ledger().await;
    let mut n = 0;
    for (slug, zone) in [("east", "Pacific/Kiritimati"), ("west", "Etc/GMT+12")] {
        let zone = Some(zone.to_owned());
        let board = board(
            slug,
            BoardDraft {
                time_zone: zone,
                ..of_every_period(points())
            },
        );
        for score in [Score::MIN, Score::MAX, Score::default()] {
            for at in [Timestamp::MIN, Timestamp::MAX] {
                n += 1;
                let who = format!("p{n}");
                let entry = entry(&board, n, &who, score.get(), at);
                let recorded = record(&ledger, &[entry.clone(), entry]).await;
                let standing = Standing {
                    score,
                    achieved_at: at,
                    latest_at: at,
                };
                let stored = StoredStanding {
                    player: player(&who),
                    name: None,
                    standing: Some(standing),
                    version: 1,
                };
                for (first, again) in new(&recorded[0]).iter().zip(before(&recorded[1])) {
                    assert_eq!((first.standing, again.standing), (standing, standing));
                    let key = key(&board.slug, &first.season.to_string());
                    assert!(standings(&ledger, &key).await.contains(&stored), "{key}");
                }
            }
        }
    }
}
