//! Channels as Server-Sent Events, and missed events as a single answer.

use std::collections::VecDeque;
use std::time::Duration;

use leaderport::Position;
use leaderport::live::Client;
use leaderport::protocol::{Channel, Command, Event, State};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{Answer, TOKEN, TestServer, points};
use crate::watcher::{read_page, submit};

/// An event stream, parsed like a browser does.
struct Source {
    answer: reqwest::Response,
    text: String,
    events: VecDeque<(String, Event)>,
}

impl Source {
    async fn open(server: &TestServer, query: &str, last: Option<&str>) -> Self {
        let path = format!("/api/v1/boards/points/events?{query}");
        let mut request = server.request(Method::GET, &path);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        Self::of(request).await
    }

    async fn of(request: reqwest::RequestBuilder) -> Self {
        let answer = request.send().await.expect("the server answers");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self {
            answer,
            text: String::new(),
            events: VecDeque::new(),
        }
    }

    /// The next event, with its id.
    async fn next(&mut self) -> (String, Event) {
        loop {
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            assert!(self.read().await, "the stream continues");
        }
    }

    /// All events until the end of the stream.
    async fn rest(mut self) -> Vec<(String, Event)> {
        while self.read().await {}
        self.events.into()
    }

    /// Reads the next chunk. False at the end of the stream.
    async fn read(&mut self) -> bool {
        let chunk = timeout(Duration::from_secs(10), self.answer.chunk()).await;
        let chunk = chunk
            .expect("a chunk arrives")
            .expect("the stream continues");
        let Some(chunk) = chunk else { return false };
        self.text.push_str(str::from_utf8(&chunk).expect("text"));
        while let Some(end) = self.text.find("\n\n") {
            let block: String = self.text.drain(..end + 2).collect();
            let field = |name: &str| {
                let lines = block.lines().filter_map(|line| line.strip_prefix(name));
                lines.map(str::trim).collect::<String>()
            };
            let data = field("data:");
            if !data.is_empty() {
                let event = serde_json::from_str(&data).expect("an event");
                self.events.push_back((field("id:"), event));
            }
        }
        true
    }
}

/// Feeds a stream to a client until the watched channel has the wanted state. Returns the id of the
/// last event.
async fn follow(
    source: &mut Source,
    client: &mut Client,
    channel: &Channel,
    is_wanted: impl Fn(&State) -> bool,
) -> String {
    loop {
        let (id, event) = source.next().await;
        client.receive(event);
        if client
            .state(channel)
            .is_some_and(|(state, _)| is_wanted(state))
        {
            return id;
        }
    }
}

#[tokio::test]
async fn stream_resumes_from_the_last_event_id() {
    let server = TestServer::with_players(60).await;
    let channel = Channel::try_from("page:points:all:1".to_owned()).unwrap();
    let mut client = Client::default();
    client.watch(&channel, None);
    client.opened();
    let query = "channels=page:all_time:1,board";
    let mut source = Source::open(&server, query, None).await;
    let first = read_page(&server, 1).await.0;
    follow(&mut source, &mut client, &channel, |s| {
        *s == State::Page(first.clone())
    })
    .await;
    submit(&server, "p9", 9000).await;
    let second = read_page(&server, 1).await.0;
    let is_second = |s: &State| *s == State::Page(second.clone());
    let mut id = follow(&mut source, &mut client, &channel, is_second).await;
    while id.contains('-') {
        // The board's settings have not arrived yet.
        id = source.next().await.0;
    }
    let positions: Vec<Position> = id.split(',').map(|p| p.parse().unwrap()).collect();
    assert_eq!(positions.len(), 2);
    // A second stream watches the page, so that the server keeps the page's log.
    let mut stays = Source::open(&server, query, None).await;
    stays.next().await;
    drop(source);
    submit(&server, "p8", 9500).await;
    let mut source = Source::open(&server, query, Some(&id)).await;
    let recovered: Vec<bool> = [source.next().await.1, source.next().await.1]
        .into_iter()
        .map(|event| {
            matches!(
                event,
                Event::Subscribed {
                    recovered: true,
                    ..
                }
            )
        })
        .collect();
    assert_eq!(recovered, [true, true]);
    let third = read_page(&server, 1).await.0;
    follow(&mut source, &mut client, &channel, |s| {
        *s == State::Page(third.clone())
    })
    .await;
    assert_eq!(client.misfits(), 0);
}

#[tokio::test]
async fn polling_returns_the_current_state() {
    let server = TestServer::with_players(60).await;
    let channel = Channel::try_from("page:points:all:1".to_owned()).unwrap();
    let mut client = Client::default();
    client.watch(&channel, None);
    let query = "channels=page:all_time:1,board&once=true";
    // A poll returns the watched page, which includes a submission within a tick.
    let mut other = Client::default();
    other.watch(&channel, None);
    other.opened();
    let mut stays = Source::open(&server, "channels=page:all_time:1", None).await;
    let mut last = None;
    for score in [9000, 9500, 9700] {
        submit(&server, "p9", score).await;
        let (page, position) = read_page(&server, 1).await;
        let page = State::Page(page);
        follow(&mut stays, &mut other, &channel, |state| *state == page).await;
        let commands = client.opened();
        let [Command::Subscribe { id: asked, .. }] = commands[..] else {
            panic!("one channel is watched: {commands:?}");
        };
        let source = Source::open(&server, query, last.as_deref()).await;
        let events = source.rest().await;
        last = events.last().map(|(id, _)| id.clone());
        for (_, mut event) in events {
            // A stream numbers its channels from 1.
            if let Event::Subscribed { id: id @ 1, .. } = &mut event {
                *id = asked;
            }
            client.receive(event);
        }
        let state = client.state(&channel).expect("the channel was answered");
        assert_eq!(state, (&page, position));
        client.closed(None, 0.0);
    }
    assert!(
        !last.expect("an id").contains('-'),
        "the id covers the settings too"
    );
    assert_eq!(client.misfits(), 0);
}

#[tokio::test]
async fn ops_channel_is_streamed_to_admins() {
    let server = TestServer::with_players(1).await;
    let account = json!({ "handle": "root", "password": "correct horse", "role": "admin" });
    server.post("/api/v1/accounts", &account).await.expect(201);
    let cookie = server.sign_in("root", "correct horse").await;
    let path = "/api/v1/boards/points/events?channels=ops,board";
    let request = server.request(Method::GET, path).header("cookie", cookie);
    let mut source = Source::of(request).await;
    let channel = Channel::Ops;
    let mut client = Client::default();
    client.watch(&channel, None);
    client.opened();
    let is_ops = |state: &State| matches!(state, State::Ops(ops) if !ops.seconds.is_empty());
    let id = follow(&mut source, &mut client, &channel, is_ops).await;
    assert_ne!(id.split(',').next(), Some("-"));
}

#[tokio::test]
async fn one_stream_carries_channels_of_several_boards() {
    let server = TestServer::with_players(3).await;
    let board = json!({ "title": "Other", "policy": "best", "order": "descending", "tie": "shared", "periods": ["all_time"] });
    server.put("/api/v1/boards/other", &board).await.expect(201);
    let path = "/api/v1/events?channels=page:points:all:1,nowhere,page:other:all:1";
    let mut source = Source::of(server.request(Method::GET, path)).await;
    let mut of = Vec::new();
    for _ in 0..5 {
        match source.next().await.1 {
            Event::Subscribed { id, channel, .. } => of.push((Some(id), channel.to_string())),
            Event::Error { id, code, .. } => of.push((id, code)),
            Event::State { channel, .. } => of.push((None, channel.to_string())),
            other => panic!("{other:?}"),
        }
    }
    let (points, other) = ("page:points:all:1", "page:other:all:1");
    let begun = [
        (Some(1), points),
        (Some(2), "invalid_value"),
        (Some(3), other),
    ];
    let states = [(None, points), (None, other)];
    let expected: Vec<_> = begun
        .iter()
        .chain(&states)
        .map(|(id, name)| (*id, (*name).to_owned()))
        .collect();
    assert_eq!(of, expected);
    for query in ["", "?channels=", "?channels=page:points:all:1,"] {
        let answer = server.get(&format!("/api/v1/events{query}")).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (422, &"invalid_value".into()),
            "{query}"
        );
    }
    let many = vec!["board:points"; 49].join(",");
    server
        .get(&format!("/api/v1/events?channels={many}"))
        .await
        .expect(422);
}

#[tokio::test]
async fn missed_events_are_one_answer() {
    let server = TestServer::with_players(60).await;
    let (_, since) = read_page(&server, 1).await;
    let mut stays = Source::open(&server, "channels=page:all:1", None).await;
    stays.next().await;
    let path = |since: &str| {
        format!("/api/v1/boards/points/events/missed?channel=page:all_time:1&since={since}")
    };
    let nothing = server.get(&path(&since.to_string())).await.expect(200);
    assert_eq!(nothing["recovered"], true);
    assert_eq!(nothing["events"], Value::Array(Vec::new()));
    stays.next().await;
    submit(&server, "p9", 9000).await;
    stays.next().await;
    let missed = server.get(&path(&since.to_string())).await.expect(200);
    assert_eq!(
        (&missed["recovered"], &missed["channel"]),
        (&true.into(), &"page:points:all:1".into())
    );
    assert!(missed["events"][0]["change"].is_object(), "{missed}");
    let whole = server.get(&path("00000000000000ff.1")).await.expect(200);
    assert_eq!(whole["recovered"], false);
    assert!(whole["events"][0]["state"].is_object(), "{whole}");
}

#[tokio::test]
async fn invalid_stream_request_is_refused_with_its_code() {
    let server = TestServer::with_players(1).await;
    let base = "/api/v1/boards";
    for (path, status, code) in [
        ("points/events", 422, "invalid_value"),
        ("points/events?channels=", 422, "invalid_value"),
        ("points/events?channels=ops", 401, "unauthorized"),
        ("points/events?channels=page:all:0", 422, "invalid_value"),
        ("points/events?channels=page:daily:1", 422, "invalid_value"),
        ("points/events?channels=board&since=x", 422, "invalid_value"),
        (
            "points/events?channels=board,presence&since=-",
            422,
            "invalid_value",
        ),
        ("points/events?channels=me:all", 401, "unauthorized"),
        ("nowhere/events?channels=board", 404, "unknown_board"),
        ("points/events/missed?channel=board", 422, "invalid_value"),
        (
            "points/events/missed?channel=board,presence&since=ff.1",
            422,
            "invalid_value",
        ),
    ] {
        let answer = server.get(&format!("{base}/{path}")).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert_eq!(answer.json()["code"], code, "{path}");
    }
}

#[tokio::test]
async fn stream_by_period_moves_to_the_next_season() {
    let server = TestServer::start_over(&["--heartbeat-seconds", "1"]);
    let mut draft = points();
    draft["periods"] = json!(["daily"]);
    let path = "/api/v1/boards/points";
    let board = server.put(path, &draft).await.expect(201);
    let mut source = Source::open(&server, "channels=board,page:daily:1", None).await;
    let is_end = |event: &Event| matches!(event, Event::Unsubscribed { .. });
    for _ in 0..4 {
        let (_, event) = source.next().await;
        assert!(!is_end(&event), "{event:?}");
    }
    // At each instant, one of the zones has another date than UTC.
    let mut day = board["seasons"][0]["season"].clone();
    for zone in ["Pacific/Kiritimati", "Etc/GMT+12"] {
        let request = server.request(Method::PATCH, path).bearer_auth(TOKEN);
        let changed = request.json(&json!({ "time_zone": zone }));
        let changed = Answer::to(changed).await.expect(200);
        day = changed["seasons"][0]["season"].clone();
        if day != board["seasons"][0]["season"] {
            break;
        }
    }
    let expected = format!("page:points:{}:1", day.as_str().unwrap());
    let mut has_ended = false;
    // States of the board may come in between.
    let channel = loop {
        match source.next().await.1 {
            Event::Unsubscribed { code, .. } => {
                assert_eq!(code.as_deref(), Some("season_ended"));
                has_ended = true;
            }
            Event::Subscribed { id: 2, channel, .. } => break channel,
            _ => {}
        }
    };
    assert!(has_ended);
    assert_eq!(channel.to_string(), expected);
    loop {
        let (id, event) = source.next().await;
        if let Event::State {
            channel: of,
            position,
            ..
        } = event
            && of == channel
        {
            // The id has the position in the new season.
            assert_eq!(id.split(',').nth(1), Some(position.to_string().as_str()));
            break;
        }
    }
}
