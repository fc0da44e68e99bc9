//! Names have versions: every engine shows the newest one, in whichever order it arrives.

use std::sync::Arc;
use std::time::Duration;

use leaderport::service::Broker;
use leaderport::service::ports::broker::Change;
use leaderport::service::ports::stored::StoredName;
use leaderport::{PlayerId, SeasonKey};

use server::broker::redis::Redis;
use tokio::time::timeout;
use uuid::Uuid;

use super::{POINTS, arena, change, named, rows};
use crate::contract::engines::{BrokerHome, service};
use crate::contract::sample::{key, noon, player, slug, stored};

/// Longer than any reconnection.
const SOON: Duration = Duration::from_secs(20);

/// The ways by which a broker gets a name.
#[derive(Debug, Clone, Copy)]
enum Way {
    Rename,
    Apply,
    Load,
}

/// Two boards on which Ann has a standing without a name.
async fn two_boards(broker: &Arc<dyn Broker>) -> [SeasonKey; 2] {
    let boards = [arena(), key(&slug("runs"), "all")];
    for key in &boards {
        let standing = vec![change("ann", 1, 50, noon(0))];
        broker.load(key, POINTS, standing).await.unwrap();
    }
    boards
}

async fn name(broker: &Arc<dyn Broker>, key: &SeasonKey, way: Way, name: StoredName) {
    let ann = |name| Change {
        name: Some(name),
        ..change("ann", 1, 50, noon(0))
    };
    match way {
        Way::Rename => {
            let names = [(player("ann"), name)];
            broker.rename(&names, false).await.map(drop)
        }
        Way::Apply => broker.apply(key, &[ann(name)]).await.map(drop),
        Way::Load => broker.load(key, POINTS, vec![ann(name)]).await,
    }
    .unwrap();
}

pub(crate) async fn newest_name_wins_in_any_order(home: &dyn BrokerHome) {
    let ways = [Way::Rename, Way::Apply, Way::Load];
    for (first, second) in ways.into_iter().flat_map(|a| ways.map(|b| (a, b))) {
        // A first name has the version 1. One node lags behind in the last case.
        for versions in [[1, 2], [2, 1], [2, 3], [3, 2]] {
            let nodes = home.brokers().await;
            let boards = two_boards(&nodes[0]).await;
            for (node, (way, version)) in [(first, versions[0]), (second, versions[1])]
                .into_iter()
                .enumerate()
            {
                let given = stored(&format!("Ann {version}"), version);
                name(&nodes[node], &boards[0], way, given).await;
            }
            let newest = format!("Ann {}", versions[0].max(versions[1]));
            for key in &boards {
                for node in &nodes {
                    let shown = rows(node, key).await[0].name.to_string();
                    assert_eq!(
                        shown, newest,
                        "{key} after {first:?}, {second:?}: {versions:?}"
                    );
                }
            }
        }
    }
}

/// The names of Ann in every kind of read.
async fn anns_names(broker: &Arc<dyn Broker>, key: &SeasonKey) -> [String; 3] {
    let ann = player("ann");
    let rows = rows(broker, key).await;
    let around = broker.around(key, &ann, 5).await.unwrap();
    let around = around.flatten().expect("Ann has a standing").rows;
    let place = broker.place(key, &ann).await.unwrap();
    let place = place.flatten().and_then(|place| place.row);
    let place = place.expect("Ann has a row");
    [&rows[0], &around[0], &place].map(|row| row.name.to_string())
}

/// Nodes may cache names. Each node reads all of them before each change.
pub(crate) async fn reads_after_a_rename_have_the_new_name(home: &dyn BrokerHome) {
    for way in [Way::Rename, Way::Apply, Way::Load] {
        let nodes = home.brokers().await;
        let boards = two_boards(&nodes[0]).await;
        let mut before = "ann".to_owned();
        // The first name comes from the other node than the second one.
        for (node, version) in [(0, 1), (1, 2), (0, 3)] {
            for (node, key) in nodes
                .iter()
                .flat_map(|n| boards.iter().map(move |k| (n, k)))
            {
                let names = anns_names(node, key).await;
                assert!(names.iter().all(|name| *name == before), "{names:?}");
            }
            before = format!("Ann {version}");
            name(&nodes[node], &boards[0], way, stored(&before, version)).await;
            for (node, key) in nodes
                .iter()
                .flat_map(|n| boards.iter().map(move |k| (n, k)))
            {
                let names = anns_names(node, key).await;
                let is_new = names.iter().all(|name| *name == before);
                assert!(is_new, "{key} after {way:?} of {before}: {names:?}");
            }
        }
    }
}

/// A part of the single Redis with its own prefix, and a connection that changes it directly.
async fn redis_part() -> (String, String, redis::aio::MultiplexedConnection) {
    let url = service("LEADERPORT_TEST_REDIS");
    let prefix = Uuid::from_u128(rand::Rng::random(&mut rand::rng()));
    let client = redis::Client::open(url.as_str()).unwrap();
    let db = client.get_multiplexed_async_connection().await.unwrap();
    (url, prefix.simple().to_string(), db)
}

async fn redis_broker(url: &str, prefix: &str) -> Arc<dyn Broker> {
    let seed = rand::Rng::random(&mut rand::rng());
    Arc::new(Redis::connect(url, prefix, seed).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_names_of_lost_data_are_not_shown_again() {
    let (url, prefix, mut db) = redis_part().await;
    let (broker, key) = (redis_broker(&url, &prefix).await, arena());
    for given in ["Ann", "Anna"] {
        let standings = vec![named(given, change("ann", 1, 50, noon(0)))];
        broker.load(&key, POINTS, standings).await.unwrap();
        assert_eq!(anns_names(&broker, &key).await, [given; 3]);
        let mut unlink = redis::cmd("UNLINK");
        unlink.arg(format!("{prefix}:people"));
        for part in ["all:2:meta", "all:2:rank", "all:2:players", "names"] {
            unlink.arg(format!("{prefix}:{{arena}}:{part}"));
        }
        let lost: u64 = unlink.query_async(&mut db).await.unwrap();
        assert_eq!(lost, 5);
    }
}

/// A node misses the notice of a rename while its connection is cut.
#[tokio::test(flavor = "multi_thread")]
async fn redis_rename_during_a_lost_connection_is_seen_after_it() {
    let (url, prefix, mut db) = redis_part().await;
    let mut user = redis::cmd("ACL");
    for word in ["SETUSER", &prefix, "on", "nopass", "~*", "&*", "+@all"] {
        user.arg(word);
    }
    let () = user.query_async(&mut db).await.unwrap();
    let of_user = url.replace("redis://", &format!("redis://{prefix}:any@"));
    let (node, other) = (
        redis_broker(&of_user, &prefix).await,
        redis_broker(&url, &prefix).await,
    );
    let key = arena();
    let standings = vec![named("Ann", change("ann", 1, 50, noon(0)))];
    node.load(&key, POINTS, standings).await.unwrap();
    assert_eq!(anns_names(&node, &key).await, ["Ann"; 3]);
    let mut kill = redis::cmd("CLIENT");
    let killed: u64 = kill
        .arg("KILL")
        .arg("USER")
        .arg(&prefix)
        .query_async(&mut db)
        .await
        .unwrap();
    assert!(killed > 0, "the node was connected");
    let anna = [(player("ann"), stored("Anna", 2))];
    other.rename(&anna, false).await.unwrap();
    let read = async {
        loop {
            if let Ok(Some(slice)) = node.slice(&key, 0, 50).await {
                return slice.rows;
            }
            tokio::task::yield_now().await;
        }
    };
    let rows = timeout(SOON, read).await.expect("the node connects again");
    assert_eq!(rows[0].name.as_str(), "Anna");
    assert_eq!(anns_names(&node, &key).await, ["Anna"; 3]);
    let mut user = redis::cmd("ACL");
    let _deleted: u64 = user
        .arg("DELUSER")
        .arg(&prefix)
        .query_async(&mut db)
        .await
        .unwrap();
}

pub(crate) async fn concurrent_names_converge(home: &dyn BrokerHome) {
    let [a, b] = home.brokers().await;
    let boards = two_boards(&a).await;
    for round in 1..=50 {
        let given = |version: u64| -> [(PlayerId, StoredName); 1] {
            [(player("ann"), stored(&format!("Ann {version}"), version))]
        };
        let (older, newer) = (given(2 * round), given(2 * round + 1));
        let (older, newer) = tokio::join!(a.rename(&older, false), b.rename(&newer, false));
        older.unwrap();
        newer.unwrap();
        for key in &boards {
            let shown = rows(&b, key).await[0].name.to_string();
            assert_eq!(shown, format!("Ann {}", 2 * round + 1), "{key}");
        }
    }
}

/// A node drops the last season of a board while another node loads it again.
pub(crate) async fn drop_keeps_the_names_of_a_concurrent_load(home: &dyn BrokerHome) {
    let [a, b] = home.brokers().await;
    let key = arena();
    let standings: Vec<Change> = (0..4000)
        .map(|n| {
            named(
                &format!("Player {n}"),
                change(&format!("p{n}"), 1, n, noon(0)),
            )
        })
        .collect();
    let mut checked = 0;
    // The drop may come after the load. Then the season is not held, and there is nothing to see.
    for _ in 0..12 {
        let load = b.load(&key, POINTS, standings.clone());
        let (loaded, dropped) = tokio::join!(load, a.forget(&key.board, None));
        loaded.unwrap();
        dropped.unwrap();
        if let Some(slice) = b.slice(&key, 0, 1000).await.unwrap() {
            checked += 1;
            for row in slice.rows {
                let number = row.player.as_str().trim_start_matches('p');
                assert_eq!(row.name.as_str(), format!("Player {number}"));
            }
        }
    }
    // The load is much longer than the drop.
    assert!(
        checked > 0 || b.is_local(),
        "every drop came after the load"
    );
}

/// Redis data from before names had versions. Any name of the ledger replaces such a name.
#[tokio::test]
async fn redis_name_without_a_version_is_older_than_every_other() {
    let url = service("LEADERPORT_TEST_REDIS");
    let prefix = Uuid::from_u128(rand::Rng::random(&mut rand::rng()));
    let prefix = prefix.simple().to_string();
    let client = redis::Client::open(url.as_str()).unwrap();
    let mut db = client.get_multiplexed_async_connection().await.unwrap();
    let key = arena();
    for (way, version) in [(Way::Load, 1), (Way::Rename, 1), (Way::Apply, 2)] {
        let broker = Redis::connect(&url, &prefix, 1).await.unwrap();
        let broker: Arc<dyn Broker> = Arc::new(broker);
        broker
            .load(&key, POINTS, vec![change("ann", 1, 50, noon(0))])
            .await
            .unwrap();
        for (hash, value) in [("people", "arena\nOld Ann"), ("{arena}:names", "Old Ann")] {
            let hash = format!("{prefix}:{hash}");
            let mut set = redis::cmd("HSET");
            set.arg(&hash).arg("ann").arg(value);
            let () = set.query_async(&mut db).await.unwrap();
            let mut clear = redis::cmd("HDEL");
            clear.arg(&hash).arg("\u{1f}ann");
            let () = clear.query_async(&mut db).await.unwrap();
        }
        assert_eq!(rows(&broker, &key).await[0].name.as_str(), "Old Ann");
        name(&broker, &key, way, stored("Ann", version)).await;
        assert_eq!(rows(&broker, &key).await[0].name.as_str(), "Ann", "{way:?}");
    }
}
