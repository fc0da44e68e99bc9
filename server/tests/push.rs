//! Notifications of overtaken players, from a page's request to a push service. The server runs in
//! this process, because no flag lets a server send into its own network.
#![expect(clippy::unwrap_used, reason = "test helpers may panic")]

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Parser;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use server::Listeners;
use server::config::{Config, Reach};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use web_push_native::p256::SecretKey;
use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;
use web_push_native::{Auth, decrypt};

const TOKEN: &str = "a-token-for-tests-which-is-long-enough";

/// The byte that fills the browser's private key.
const PRIVATE: u8 = 3;

/// The byte that fills the browser's authentication secret.
const AUTH: u8 = 4;

#[derive(Debug, Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

/// A message that arrived at the push service.
struct Message {
    browser: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Message {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap().to_str().unwrap()
    }

    fn open(&self) -> Value {
        let secret = SecretKey::from_slice(&[PRIVATE; 32]).unwrap();
        let opened = decrypt(self.body.to_vec(), &secret, &Auth::from([AUTH; 16]));
        serde_json::from_slice(&opened.unwrap()).unwrap()
    }
}

/// A push service on a free port, and the messages that arrive.
async fn push_service() -> (String, mpsc::UnboundedReceiver<Message>) {
    let (sender, messages) = mpsc::unbounded_channel();
    let receive = |State(sender): State<mpsc::UnboundedSender<Message>>,
                   Path(browser): Path<String>,
                   headers: HeaderMap,
                   body: Bytes| async move {
        let message = Message {
            browser,
            headers,
            body,
        };
        sender.send(message).unwrap();
        StatusCode::CREATED
    };
    let router = axum::Router::new()
        .route("/to/{browser}", post(receive))
        .with_state(sender);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/to", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, messages)
}

/// Requests to the server.
struct Site {
    http: Client,
    url: String,
}

impl Site {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Sends a request that must succeed.
    async fn send(&self, request: RequestBuilder) -> Response {
        let answer = request.header("origin", &self.url).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        answer
    }

    async fn submit(&self, player: &str, value: i64) {
        let score = json!({ "player": player.to_lowercase(), "name": player, "value": value });
        let request = self.request(Method::POST, "/api/v1/boards/points/submissions");
        self.send(request.bearer_auth(TOKEN).json(&score)).await;
    }

    /// The cookie of a new guest with a score.
    async fn guest(&self, name: &str, score: &str) -> String {
        let form = [("slug", "points"), ("name", name), ("score", score)];
        let request = self.request(Method::POST, "/_fn/submit").form(&form);
        let answer = self.send(request).await;
        let cookies = answer.headers().get_all("set-cookie").into_iter();
        let mut cookies = cookies.map(|cookie| cookie.to_str().unwrap());
        let cookie = cookies.find(|cookie| cookie.starts_with("leaderport_guest="));
        cookie.unwrap().split(';').next().unwrap().to_owned()
    }

    /// Turns the notifications of the points board on, in a browser with the test's secrets.
    async fn turn_on(&self, cookie: &str, endpoint: &str) {
        let secret = SecretKey::from_slice(&[PRIVATE; 32]).unwrap();
        let point = secret.public_key().to_encoded_point(false);
        let p256dh = URL_SAFE_NO_PAD.encode(point.as_bytes());
        let auth = URL_SAFE_NO_PAD.encode([AUTH; 16]);
        let form = [
            ("slug", "points"),
            ("endpoint", endpoint),
            ("p256dh", p256dh.as_str()),
            ("auth", auth.as_str()),
        ];
        let request = self.request(Method::POST, "/_fn/push-on").form(&form);
        let request = request
            .header("cookie", cookie)
            .header("accept-language", "de");
        self.send(request).await;
    }

    /// Whether the server has a subscription of a browser to the points board.
    async fn is_on(&self, cookie: &str, endpoint: &str) -> bool {
        let form = [("slug", "points"), ("endpoint", endpoint)];
        let request = self.request(Method::POST, "/_fn/push-state").form(&form);
        let request = request
            .header("cookie", cookie)
            .header("accept-language", "de");
        let answer = self.send(request).await.bytes().await.unwrap();
        // A byte, in the binary format.
        answer[..] == [1_u8]
    }

    /// Waits until the server watches this number of players.
    async fn wait_until_watched(&self, players: u32) {
        let line = format!("leaderport_push_watched {players}");
        loop {
            let metrics = self.send(self.request(Method::GET, "/metrics")).await;
            let metrics = metrics.text().await.unwrap();
            if metrics.lines().any(|found| found == line) {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
}

async fn next(messages: &mut mpsc::UnboundedReceiver<Message>) -> Message {
    let message = tokio::time::timeout(Duration::from_secs(20), messages.recv());
    message.await.expect("a message arrives in time").unwrap()
}

async fn overtake_a_guest(site: Site) {
    let (endpoint, mut messages) = push_service().await;
    let board = json!({
        "title": "Points", "policy": "best", "order": "descending", "tie": "shared",
        "periods": ["all_time"], "submitters": "both",
    });
    let define = site.request(Method::PUT, "/api/v1/boards/points");
    site.send(define.bearer_auth(TOKEN).json(&board)).await;
    let ann = site.guest("Ann", "5").await;
    site.turn_on(&ann, &format!("{endpoint}/1")).await;
    site.wait_until_watched(1).await;

    site.submit("Bob", 9).await;
    let first = next(&mut messages).await;
    assert_eq!(first.browser, "1");
    assert_eq!(first.header("content-encoding"), "aes128gcm");
    assert_eq!(first.header("ttl"), "14400");
    assert!(first.header("authorization").starts_with("vapid t="));
    let opened = first.open();
    assert_eq!(opened["title"], "Points");
    let body = "Bob hat dich überholt. Du bist jetzt auf Platz 2.";
    assert_eq!(opened["body"], body);
    assert_eq!(opened["url"], "/boards/points?me=1");
    assert_eq!(opened["id"], first.header("topic"));

    // Within the hour, only another browser is notified.
    site.turn_on(&ann, &format!("{endpoint}/2")).await;
    site.submit("Cy", 11).await;
    let second = next(&mut messages).await;
    assert_eq!(second.browser, "2");

    // Anyone with its id stops a subscription.
    let id = second.header("topic").to_owned();
    let stop = site.request(Method::DELETE, &format!("/api/v1/push/{id}"));
    assert!(site.is_on(&ann, &format!("{endpoint}/2")).await);
    assert_eq!(site.send(stop).await.status(), StatusCode::NO_CONTENT);
    assert!(!site.is_on(&ann, &format!("{endpoint}/2")).await);
    assert!(site.is_on(&ann, &format!("{endpoint}/1")).await);
    site.turn_on(&ann, &format!("{endpoint}/3")).await;
    site.submit("Dee", 13).await;
    assert_eq!(next(&mut messages).await.browser, "3");
    assert!(messages.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn overtaken_guest_gets_one_notification_an_hour_until_stopped() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().to_str().unwrap();
    let flags = ["test", "--data", path, "--api-token", TOKEN];
    let Flags { mut config } = Flags::parse_from(flags);
    (config.database, config.broker) = (None, None);
    config.push.reach = Reach::Any;
    config.push.pace = Duration::from_millis(20);
    let public = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = Site {
        http: Client::builder().no_proxy().build().unwrap(),
        url: format!("http://{}", public.local_addr().unwrap()),
    };
    let listeners = Listeners {
        public,
        operators: None,
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let (token, _) = config.token().unwrap();
    let shutdown = async {
        let _ = stopped.await;
    };
    let (ready, is_ready) = oneshot::channel();
    let serving = server::run(listeners, config, token, shutdown, || {
        ready.send(()).unwrap();
    });
    let test = async {
        is_ready.await.unwrap();
        overtake_a_guest(site).await;
        stop.send(()).unwrap();
    };
    let (served, ()) = tokio::join!(serving, test);
    served.unwrap();
}
