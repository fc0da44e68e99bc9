//! Subscriptions that name a period follow its running season.

use leaderport::protocol::{Event, State};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TOKEN, TestServer, points};
use crate::watcher::Watcher;

/// Asserts that the next event ends the channel for this reason.
async fn expect_ended(watcher: &mut Watcher, channel: &str, why: &str) {
    match watcher.event().await {
        Event::Unsubscribed {
            id: None,
            channel: of,
            code: Some(code),
        } => assert_eq!((of.to_string().as_str(), code.as_str()), (channel, why)),
        other => panic!("expected the end of {channel}, got {other:?}"),
    }
}

/// A board with a daily season and no scores.
async fn with_days(server: &TestServer) -> Value {
    let mut draft = points();
    draft["periods"] = json!(["daily"]);
    let path = "/api/v1/boards/days";
    server.put(path, &draft).await.expect(201)["seasons"][0]["season"].clone()
}

/// Gives the board a time zone in which another day runs. Returns that day.
async fn next_day(server: &TestServer, before: &Value) -> Value {
    // At each instant, one of the zones has another date than UTC.
    for zone in ["Pacific/Kiritimati", "Etc/GMT+12"] {
        let request = server.request(Method::PATCH, "/api/v1/boards/days");
        let changed = request
            .bearer_auth(TOKEN)
            .json(&json!({ "time_zone": zone }));
        let changed = Answer::to(changed).await.expect(200);
        let day = changed["seasons"][0]["season"].clone();
        if day != *before {
            return day;
        }
    }
    panic!("it is {before} everywhere");
}

#[tokio::test]
async fn subscription_by_period_moves_to_the_next_season() {
    let server = TestServer::start_over(&["--heartbeat-seconds", "1"]);
    let day = with_days(&server).await;
    let mut watcher = Watcher::connect(&server).await;
    let old = watcher.subscribe("page:days:daily:1").await;
    let name = |day: &Value| format!("page:days:{}:1", day.as_str().unwrap());
    assert_eq!(old.channel, name(&day));
    // A subscription by season stays.
    let fixed = format!("page:days:{}:2", day.as_str().unwrap());
    watcher.subscribe(&fixed).await;
    let day = next_day(&server, &day).await;
    expect_ended(&mut watcher, &old.channel, "season_ended").await;
    match watcher.event().await {
        Event::Subscribed {
            id: 7,
            channel,
            recovered: false,
        } => {
            assert_eq!(channel.to_string(), name(&day));
        }
        other => panic!("expected the next season, got {other:?}"),
    }
    match watcher.event().await {
        Event::State {
            state: State::Page(page),
            ..
        } => assert_eq!(page.total, 0),
        other => panic!("expected the page of the next season, got {other:?}"),
    }
    let one = json!({ "player": "ann", "value": 5 });
    let path = "/api/v1/boards/days/submissions";
    server.post(path, &one).await.expect(200);
    match watcher.event().await {
        Event::Change { channel, .. } | Event::State { channel, .. } => {
            assert_eq!(channel.to_string(), name(&day));
        }
        other => panic!("expected the score, got {other:?}"),
    }
}

#[tokio::test]
async fn subscription_by_a_removed_period_ends() {
    let server = TestServer::start_over(&["--heartbeat-seconds", "1"]);
    with_days(&server).await;
    let mut watcher = Watcher::connect(&server).await;
    let old = watcher.subscribe("page:days:daily:1").await;
    let request = server.request(Method::PATCH, "/api/v1/boards/days");
    let weekly = request
        .bearer_auth(TOKEN)
        .json(&json!({ "periods": ["weekly"] }));
    Answer::to(weekly).await.expect(200);
    expect_ended(&mut watcher, &old.channel, "invalid_value").await;
    watcher.expect_nothing_but_a_pong().await;
}

#[tokio::test]
async fn subscriptions_of_a_deleted_board_end() {
    let server = TestServer::start_over(&["--heartbeat-seconds", "1"]);
    let day = with_days(&server).await;
    let mut watcher = Watcher::connect(&server).await;
    let page = format!("page:days:{}:1", day.as_str().unwrap());
    watcher.subscribe(&page).await;
    let path = "/api/v1/boards/days";
    let archived = server.request(Method::PATCH, path).bearer_auth(TOKEN);
    let archived = archived.json(&json!({ "archived": true }));
    Answer::to(archived).await.expect(200);
    let deleted = server.request(Method::DELETE, &format!("{path}?confirm=days"));
    Answer::to(deleted.bearer_auth(TOKEN)).await.expect(202);
    expect_ended(&mut watcher, &page, "unknown_board").await;
    watcher.expect_nothing_but_a_pong().await;
}
