//! Seasons of the broker in memory: loads beside other seasons, evictions, and shared names.

use futures::FutureExt;
use leaderport::{Order, PlayerName, Standing, TieRule, Timestamp};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::*;

const SOON: Duration = Duration::from_secs(20);
const RANKING: Ranking = Ranking {
    order: Order::Descending,
    tie: TieRule::Shared,
};

fn key(season: &str) -> SeasonKey {
    SeasonKey {
        board: Slug::new("arena").unwrap(),
        season: season.parse().unwrap(),
    }
}

fn standing(player: &str, score: i64) -> StoredStanding {
    let at = Timestamp::from_millis(0).unwrap();
    StoredStanding {
        player: PlayerId::new(player).unwrap(),
        name: None,
        standing: Some(Standing {
            score: Score::new(score).unwrap(),
            achieved_at: at,
            latest_at: at,
        }),
        version: 1,
    }
}

#[tokio::test]
async fn least_recently_used_season_is_evicted() {
    let memory = Memory::new(1);
    let season = |number: usize| key(&format!("{:04}", 2000 + number));
    for number in 0..MAX_SEASONS {
        let loaded = memory.load(&season(number), RANKING, Vec::new()).await;
        loaded.unwrap();
    }
    // Repeated uses of one season count as one.
    for number in [0, 0, 2, 2, 0] {
        memory.slice(&season(number), 0, 10).await.unwrap().unwrap();
    }
    for number in [MAX_SEASONS, MAX_SEASONS + 1] {
        let loaded = memory.load(&season(number), RANKING, Vec::new()).await;
        loaded.unwrap();
    }
    let held = read(&memory.seasons);
    let is_held = |number: &usize| held.contains_key(&season(*number));
    let evicted: Vec<usize> = (0..MAX_SEASONS + 2).filter(|n| !is_held(n)).collect();
    assert_eq!(evicted, [1, 3]);
}

#[tokio::test]
async fn names_of_a_cancelled_load_are_published() {
    let memory = Memory::new(1);
    let held = key("2026");
    let ann = standing("ann", 5);
    memory.load(&held, RANKING, vec![ann]).await.unwrap();
    let slice = memory.slice(&held, 0, 10).await.unwrap().unwrap();
    let mut named = standing("ann", 5);
    named.name = Some(StoredName {
        name: PlayerName::new("Ann").unwrap(),
        version: 1,
    });
    let parts = stream::iter([vec![named]]).chain(stream::pending());
    let cancelled = memory.build(RANKING, parts).now_or_never();
    assert!(cancelled.is_none());
    let missed = memory.missed(&held, slice.position).await.unwrap();
    let Some(Missed::All(published)) = missed else {
        panic!("the stream goes on")
    };
    let players = published.iter().map(|one| one.player.as_str());
    assert_eq!(players.collect::<Vec<_>>(), ["ann"]);
    let slice = memory.slice(&held, 0, 10).await.unwrap().unwrap();
    assert_eq!(slice.rows[0].name.as_str(), "Ann");
}

#[tokio::test]
async fn rows_share_the_names_of_the_ledger() {
    let memory = Memory::new(1);
    let name = PlayerName::new("Zoë Ann").unwrap();
    let mut named = standing("zoe", 7);
    named.name = Some(StoredName {
        name: name.clone(),
        version: 1,
    });
    let standings = vec![named, standing("bob", 5), standing(&"x".repeat(64), 3)];
    memory.load(&key("all"), RANKING, standings).await.unwrap();
    let slice = memory.slice(&key("all"), 0, 10).await.unwrap().unwrap();
    let names: Vec<&str> = slice.rows.iter().map(|row| row.name.as_str()).collect();
    let start = "x".repeat(40);
    assert_eq!(names, ["Zoë Ann", "bob", start.as_str()]);
    assert!(std::ptr::eq(names[0], name.as_str()));
    assert!(std::ptr::eq(names[1], slice.rows[1].player.as_str()));
}

#[tokio::test]
async fn other_seasons_are_read_and_changed_while_a_load_waits() {
    let memory = Arc::new(Memory::new(1));
    let (long, other) = (key("all"), key("2026"));
    memory.load(&other, RANKING, Vec::new()).await.unwrap();
    let (parts, received) = mpsc::channel(1);
    let loading = tokio::spawn({
        let (memory, long) = (memory.clone(), long.clone());
        async move {
            let parts = stream::unfold(received, async |mut received| {
                let part = received.recv().await?;
                Some((part, received))
            });
            let (built, _) = memory.build(RANKING, parts).await.unwrap();
            memory.hold(&long, built, |_| true);
        }
    });
    // The channel has one slot, so the load has taken the first part.
    for part in [vec![standing("ann", 5)], vec![standing("bob", 7)]] {
        parts.send(part).await.unwrap();
    }
    let changed = async {
        let change = [standing("cat", 9), standing("ann", 3)];
        memory.apply(&other, &change).await.unwrap();
        memory.slice(&other, 0, 10).await.unwrap().unwrap().total
    };
    assert_eq!(timeout(SOON, changed).await.unwrap(), 2);
    assert!(!memory.holds(&long).await.unwrap());
    drop(parts);
    timeout(SOON, loading).await.unwrap().unwrap();
    let slice = memory.slice(&long, 0, 10).await.unwrap().unwrap();
    let rows = slice.rows.iter();
    let rows: Vec<_> = rows
        .map(|row| (row.player.as_str(), row.score.get()))
        .collect();
    assert_eq!(rows, [("bob", 7), ("ann", 5)]);
}
