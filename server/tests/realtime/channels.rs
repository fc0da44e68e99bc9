//! Channels other than pages, and the permissions that they need.

use leaderport::protocol::{BoardState, Event, Highlight, HighlightKind, Mine, Presence, State};
use serde_json::{Value, json};

use crate::support::{TestServer, points};
use crate::watcher::{Watcher, submit};

impl Watcher {
    /// Subscribes, and returns the state that follows.
    async fn state_of(&mut self, channel: &str) -> State {
        match self.ask(channel, None).await {
            Event::Subscribed {
                recovered: false, ..
            } => self.next_state().await,
            other => panic!("expected {channel}, got {other:?}"),
        }
    }

    /// The next event, which must be a state.
    async fn next_state(&mut self) -> State {
        match self.event().await {
            Event::State { state, .. } => state,
            other => panic!("expected a state, got {other:?}"),
        }
    }

    /// The code of a refused subscription.
    async fn refusal_of(&mut self, channel: &str) -> String {
        match self.ask(channel, None).await {
            Event::Error {
                id: Some(7), code, ..
            } => code,
            other => panic!("expected a refusal of {channel}, got {other:?}"),
        }
    }

    async fn authenticate(&mut self, token: &str) -> Event {
        self.send(&json!({ "authenticate": { "id": 9, "token": token } }))
            .await;
        self.event().await
    }

    async fn until_presence(&mut self, wanted: &Presence) {
        loop {
            if self.next_state().await == State::Presence(wanted.clone()) {
                return;
            }
        }
    }

    async fn until_mine(&mut self, is_wanted: impl Fn(&Mine) -> bool) -> Mine {
        loop {
            if let State::Me(mine) = self.next_state().await
                && is_wanted(&mine)
            {
                return mine;
            }
        }
    }
}

async fn token(server: &TestServer, player: &str) -> String {
    let made = server
        .post("/api/v1/tokens", &json!({ "player": player }))
        .await;
    made.expect(201)["token"]
        .as_str()
        .expect("a token")
        .to_owned()
}

#[tokio::test]
async fn player_channel_reports_standing_and_overtakers() {
    let server = TestServer::with_players(5).await;
    let mut watcher = Watcher::connect(&server).await;
    assert_eq!(watcher.refusal_of("me:points:all").await, "unauthorized");
    let who = watcher.authenticate(&token(&server, "p1").await).await;
    assert!(matches!(who, Event::Authenticated { id: 9, player, .. } if player.as_str() == "p1"));
    let State::Me(mine) = watcher.state_of("me:points:all_time").await else {
        panic!("expected the player's own standing");
    };
    let place = |mine: &Mine| {
        mine.standing
            .map(|s| (s.rank.get(), s.score.get(), s.total))
    };
    assert_eq!(place(&mine), Some((2, 999, 5)));
    assert!(mine.overtaken_by.is_empty());
    submit(&server, "p4", 5000).await;
    let mine = watcher
        .until_mine(|mine| place(mine) == Some((3, 999, 5)))
        .await;
    let passed: Vec<&str> = mine
        .overtaken_by
        .iter()
        .map(|o| o.player.as_str())
        .collect();
    assert_eq!(passed, ["p4"]);
    // A player who is already ahead does not overtake. A player who overtakes twice is listed once.
    submit(&server, "p0", 6000).await;
    submit(&server, "p1", 7000).await;
    watcher
        .until_mine(|mine| place(mine) == Some((1, 7000, 5)))
        .await;
    submit(&server, "p4", 8000).await;
    let mine = watcher
        .until_mine(|mine| place(mine) == Some((2, 7000, 5)))
        .await;
    assert_eq!(mine.overtaken_by.len(), 1);
    // A newcomer far below raises the total.
    submit(&server, "new", 1).await;
    watcher
        .until_mine(|mine| place(mine) == Some((2, 7000, 6)))
        .await;
}

#[tokio::test]
async fn player_channel_reports_the_first_standing() {
    let server = TestServer::with_players(2).await;
    let mut watcher = Watcher::connect(&server).await;
    watcher.authenticate(&token(&server, "ann").await).await;
    let State::Me(mine) = watcher.state_of("me:points:all").await else {
        panic!("expected the player's own standing");
    };
    assert_eq!((mine.player.as_str(), mine.standing), ("ann", None));
    submit(&server, "ann", 5000).await;
    watcher
        .until_mine(|mine| mine.standing.is_some_and(|s| s.rank.get() == 1))
        .await;
}

#[tokio::test]
async fn feed_contains_only_highlights() {
    let server = TestServer::with_players(20).await;
    let summaries = |items: &[Highlight]| {
        let one = |h: &Highlight| (h.kind, h.name.to_string(), h.rank.get());
        items.iter().map(one).collect::<Vec<_>>()
    };
    let named = json!({ "player": "p15", "name": "Bob", "value": 1500 });
    server
        .post("/api/v1/boards/points/submissions", &named)
        .await
        .expect(200);
    let mut watcher = Watcher::connect(&server).await;
    // The feed starts with the highlights still in the stream.
    let State::Feed(items) = watcher.state_of("feed:points:all").await else {
        panic!("expected a feed");
    };
    let newest = summaries(&items).last().cloned();
    assert_eq!(
        newest,
        Some((HighlightKind::NewLeader, "Bob".to_owned(), 1))
    );
    let added = async |watcher: &mut Watcher| match watcher.event().await {
        Event::Change {
            change: leaderport::protocol::Change::Feed(items),
            ..
        } => summaries(&items),
        other => panic!("expected new highlights, got {other:?}"),
    };
    submit(&server, "p19", 995).await;
    let entered = (HighlightKind::EnteredTop10, "p19".to_owned(), 7);
    assert_eq!(added(&mut watcher).await, [entered]);
    submit(&server, "p19", 996).await;
    let better = (HighlightKind::PersonalBest, "p19".to_owned(), 6);
    assert_eq!(added(&mut watcher).await, [better]);
    // An equal or a worse score is no highlight.
    submit(&server, "p19", 996).await;
    submit(&server, "p19", 3).await;
    watcher.expect_nothing_but_a_pong().await;
    // Highlights of a banned player disappear, and the others show current names.
    let whole = async |watcher: &mut Watcher| match watcher.next_state().await {
        State::Feed(items) => summaries(&items),
        other => panic!("expected the feed, got {other:?}"),
    };
    let ban = json!({ "ruling": { "type": "ban", "players": ["p19"], "banned": true } });
    server.post("/api/v1/rulings", &ban).await.expect(200);
    let feed = whole(&mut watcher).await;
    assert!(feed.iter().all(|(_, name, _)| name != "p19"), "{feed:?}");
    assert!(feed.iter().any(|(_, name, _)| name == "Bob"), "{feed:?}");
    let name =
        json!({ "ruling": { "type": "rename", "player": "p15", "name": "Rob", "fixed": true } });
    server.post("/api/v1/rulings", &name).await.expect(200);
    let feed = whole(&mut watcher).await;
    assert!(feed.iter().all(|(_, name, _)| name != "Bob"), "{feed:?}");
    assert!(feed.iter().any(|(_, name, _)| name == "Rob"), "{feed:?}");
}

#[tokio::test]
async fn presence_counts_watchers_and_names_those_who_opt_in() {
    let server = TestServer::with_players(1).await;
    let channel = "presence:points";
    let mut one = Watcher::connect(&server).await;
    let mut two = Watcher::connect(&server).await;
    one.state_of(channel).await;
    let seen = |count, names: &[&str]| Presence {
        count,
        names: names.iter().map(|n| n.parse().unwrap()).collect(),
    };
    // An anonymous watcher has no name to show, even on request.
    let show = json!({ "subscribe": { "id": 1, "channel": channel, "show": true } });
    two.send(&show).await;
    one.until_presence(&seen(2, &[])).await;
    two.event().await;
    two.event().await;
    // A player is listed by name until the connection authenticates as another player.
    let named = json!({ "player": "p0", "name": "Ann", "value": 2000 });
    let path = "/api/v1/boards/points/submissions";
    server.post(path, &named).await.expect(200);
    two.authenticate(&token(&server, "p0").await).await;
    two.send(&show).await;
    one.until_presence(&seen(2, &["Ann"])).await;
    // Presence shows the current name.
    let ruling =
        json!({ "ruling": { "type": "rename", "player": "p0", "name": "Anna", "fixed": true } });
    server.post("/api/v1/rulings", &ruling).await.expect(200);
    one.until_presence(&seen(2, &["Anna"])).await;
    // A player without a standing is counted but not named.
    let ban =
        |banned: bool| json!({ "ruling": { "type": "ban", "players": ["p0"], "banned": banned } });
    server.post("/api/v1/rulings", &ban(true)).await.expect(200);
    one.until_presence(&seen(2, &[])).await;
    server
        .post("/api/v1/rulings", &ban(false))
        .await
        .expect(200);
    one.until_presence(&seen(2, &["Anna"])).await;
    two.send(&json!({ "authenticate": { "id": 9, "token": token(&server, "p1").await } }))
        .await;
    one.until_presence(&seen(2, &[])).await;
    drop(two);
    one.until_presence(&seen(1, &[])).await;
}

#[tokio::test]
async fn board_channel_reports_changed_settings() {
    let server = TestServer::with_players(1).await;
    let mut watcher = Watcher::connect(&server).await;
    let State::Board(before) = watcher.state_of("board:points").await else {
        panic!("expected a board");
    };
    assert!(before.is_open && before.seasons.len() == 1);
    let mut draft = points();
    draft["title"] = json!("Renamed");
    draft["closes_at"] = json!("2020-01-01T00:00:00Z");
    server
        .put("/api/v1/boards/points", &draft)
        .await
        .expect(200);
    let State::Board(after) = watcher.next_state().await else {
        panic!("expected a board");
    };
    let expected = BoardState {
        version: before.version + 1,
        title: "Renamed".to_owned(),
        is_open: false,
        ..before
    };
    assert_eq!(after, expected);
}

#[tokio::test]
async fn ops_channel_needs_an_admin() {
    let server = TestServer::with_players(1).await;
    for (handle, role) in [("root", "admin"), ("mod", "moderator"), ("ann", "player")] {
        let account = json!({ "handle": handle, "password": "correct horse", "role": role });
        server.post("/api/v1/accounts", &account).await.expect(201);
    }
    for handle in ["mod", "ann"] {
        let cookie = server.sign_in(handle, "correct horse").await;
        let mut watcher = Watcher::connect_with(&server, &[("cookie", &cookie)])
            .await
            .unwrap();
        assert_eq!(watcher.refusal_of("ops").await, "forbidden", "{handle}");
        // The channel of the player's own standing is still available.
        assert!(matches!(
            watcher.state_of("me:points:all").await,
            State::Me(_)
        ));
    }
    let cookie = server.sign_in("root", "correct horse").await;
    let mut watcher = Watcher::connect_with(&server, &[("cookie", &cookie)])
        .await
        .unwrap();
    let State::Ops(before) = watcher.state_of("ops").await else {
        panic!("expected the ops state");
    };
    let event = watcher.event().await;
    let Event::Change {
        change: leaderport::protocol::Change::Ops(second),
        ..
    } = event
    else {
        panic!("expected the next second, got {event:?}");
    };
    assert!(before.seconds.iter().all(|s| s.at < second.at));
    // A session cookie is refused from a cross-site page.
    let foreign = [
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "cross-site"),
    ];
    assert_eq!(
        Watcher::connect_with(&server, &foreign).await.err(),
        Some(403)
    );
}

#[tokio::test]
async fn invalid_token_keeps_the_current_identity() {
    let server = TestServer::with_players(2).await;
    let mut watcher = Watcher::connect(&server).await;
    watcher.authenticate(&token(&server, "p1").await).await;
    for bad in ["", "a.b.c", &"x".repeat(3000), crate::support::TOKEN] {
        let refused = watcher.authenticate(bad).await;
        let Event::Error {
            id: Some(9), code, ..
        } = refused
        else {
            panic!("{bad} was accepted: {refused:?}");
        };
        assert_eq!(code, "bad_token");
    }
    let State::Me(mine) = watcher.state_of("me:points:all").await else {
        panic!("expected the player's own standing");
    };
    assert_eq!(mine.player.as_str(), "p1");
}

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

#[tokio::test]
async fn change_of_identity_ends_private_subscriptions() {
    let server = TestServer::with_players(2).await;
    let account = json!({ "handle": "root", "password": "correct horse", "role": "admin" });
    server.post("/api/v1/accounts", &account).await.expect(201);
    let cookie = server.sign_in("root", "correct horse").await;
    let mut watcher = Watcher::connect_with(&server, &[("cookie", &cookie)])
        .await
        .unwrap();
    watcher.state_of("ops").await;
    watcher.state_of("me:points:all").await;
    watcher.state_of("board:points").await;
    let token = token(&server, "p1").await;
    watcher
        .send(&json!({ "authenticate": { "id": 9, "token": token } }))
        .await;
    let mut ended = Vec::new();
    while ended.len() < 2 {
        match watcher.event().await {
            Event::Unsubscribed { channel, code, .. } => {
                assert_eq!(code.as_deref(), Some("another_caller"));
                ended.push(channel.to_string());
            }
            Event::Authenticated { .. } | Event::Change { .. } => {}
            other => panic!("unexpected {other:?}"),
        }
    }
    assert_eq!(ended, ["ops", "me:points:all"]);
    // The connection now belongs to p1, who is not an admin.
    assert_eq!(watcher.refusal_of("ops").await, "forbidden");
    let State::Me(mine) = watcher.state_of("me:points:all").await else {
        panic!("expected the player's own standing");
    };
    assert_eq!(mine.player.as_str(), "p1");
}

#[tokio::test]
async fn expired_token_ends_private_subscriptions() {
    let secret = "a-secret-of-more-than-thirty-two-characters";
    let server = TestServer::start_over(&["--heartbeat-seconds", "1", "--token-secrets", secret]);
    let board = "/api/v1/boards/points";
    server.put(board, &points()).await.expect(201);
    submit(&server, "p1", 5).await;
    // Re-signs a real token with an expiry in 3 s.
    let made = token(&server, "p1").await;
    let header = jsonwebtoken::decode_header(&made).expect("a JWT header");
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(&made);
    let mut claims = claims.expect("JWT claims").claims;
    claims["exp"] = json!(jsonwebtoken::get_current_timestamp() + 3);
    let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
    let short = jsonwebtoken::encode(&header, &claims, &key).expect("the claims are signed");
    let mut watcher = Watcher::connect(&server).await;
    let authenticated = watcher.authenticate(&short).await;
    assert!(matches!(authenticated, Event::Authenticated { .. }));
    watcher.state_of("me:points:all").await;
    watcher.state_of("board:points").await;
    expect_ended(&mut watcher, "me:points:all", "token_expired").await;
    assert_eq!(watcher.refusal_of("me:points:all").await, "unauthorized");
    // A new token allows the subscription again.
    watcher.authenticate(&made).await;
    assert!(matches!(
        watcher.state_of("me:points:all").await,
        State::Me(mine) if mine.player.as_str() == "p1"
    ));
}

#[tokio::test]
async fn sign_out_ends_private_subscriptions() {
    let server = TestServer::start_over(&["--heartbeat-seconds", "1"]);
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let cookie = server.sign_up("ann").await;
    let mut watcher = Watcher::connect_with(&server, &[("cookie", &cookie)])
        .await
        .unwrap();
    watcher.state_of("me:points:all").await;
    watcher.state_of("board:points").await;
    let out = server
        .form("sign-out", Some(&cookie), &[("everywhere", "true")])
        .await;
    out.expect_form();
    expect_ended(&mut watcher, "me:points:all", "signed_out").await;
    assert_eq!(watcher.refusal_of("me:points:all").await, "unauthorized");
    // Public channels continue.
    let mut draft = points();
    draft["title"] = json!("Renamed");
    server
        .put("/api/v1/boards/points", &draft)
        .await
        .expect(200);
    assert!(matches!(watcher.next_state().await, State::Board(board) if board.title == "Renamed"));
}

#[tokio::test]
async fn reconnect_returns_the_current_standing() {
    let server = TestServer::with_players(3).await;
    let token = token(&server, "p1").await;
    let mut watcher = Watcher::connect(&server).await;
    watcher.authenticate(&token).await;
    watcher.ask("me:points:all", None).await;
    let Event::State { position, .. } = watcher.event().await else {
        panic!("expected the player's own standing");
    };
    drop(watcher);
    submit(&server, "p2", 5000).await;
    let mut watcher = Watcher::connect(&server).await;
    watcher.authenticate(&token).await;
    let answer = watcher.ask("me:points:all", Some(position)).await;
    assert!(
        matches!(
            answer,
            Event::Subscribed {
                recovered: false,
                ..
            }
        ),
        "{answer:?}"
    );
    watcher
        .until_mine(|mine| mine.standing.is_some_and(|s| s.rank.get() == 3))
        .await;
}
