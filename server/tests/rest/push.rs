//! Notifications by Web Push: refused browsers, and the end of a subscription.

use reqwest::Method;

use super::problem;
use crate::support::{Answer, TestServer};

async fn turn_on(server: &TestServer, cookie: Option<&str>, endpoint: &str) -> Answer {
    let (p256dh, auth) = ("p".repeat(87), "a".repeat(22));
    let form = [
        ("slug", "points"),
        ("endpoint", endpoint),
        ("p256dh", p256dh.as_str()),
        ("auth", auth.as_str()),
    ];
    server.form("push-on", cookie, &form).await
}

async fn is_on(server: &TestServer, cookie: &str, endpoint: &str) -> String {
    let form = [("slug", "points"), ("endpoint", endpoint)];
    let answer = server.form("push-state", Some(cookie), &form).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.text
}

#[tokio::test]
async fn guest_turns_notifications_on_and_off() {
    let server = TestServer::with_players(1).await;
    let ann = server.guest("Ann").await;
    let endpoint = "https://push.example.com/ann";
    // The answer is a byte, in the binary format.
    assert_eq!(is_on(&server, &ann, endpoint).await, "\0");
    assert_eq!(turn_on(&server, Some(&ann), endpoint).await.status, 200);
    assert_eq!(is_on(&server, &ann, endpoint).await, "\u{1}");
    let form = [("slug", "points"), ("endpoint", endpoint)];
    let off = server.form("push-off", Some(&ann), &form).await;
    assert_eq!(off.status, 200, "{off:?}");
    assert_eq!(is_on(&server, &ann, endpoint).await, "\0");
}

#[tokio::test]
async fn endpoint_in_a_private_network_is_refused() {
    let server = TestServer::with_players(1).await;
    let ann = server.guest("Ann").await;
    for endpoint in [
        "http://push.example.com/a",
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "https://localhost/a",
        "https://db.internal/a",
    ] {
        let refused = turn_on(&server, Some(&ann), endpoint).await;
        assert_eq!(refused.status, 422, "{endpoint}: {refused:?}");
        assert!(refused.text.contains("invalid_value"), "{refused:?}");
    }
}

#[tokio::test]
async fn reader_without_a_player_has_no_notifications() {
    let server = TestServer::with_players(1).await;
    let refused = turn_on(&server, None, "https://push.example.com/a").await;
    assert_eq!(refused.status, 401, "{refused:?}");
}

#[tokio::test]
async fn end_of_an_unknown_subscription_is_no_error() {
    let server = TestServer::start();
    let stop = async |id: &str| {
        let request = server.request(Method::DELETE, &format!("/api/v1/push/{id}"));
        Answer::to(request).await
    };
    assert_eq!(stop(&"0".repeat(32)).await.status, 204);
    for id in ["x", &"g".repeat(32)] {
        problem::expect_invalid(&stop(id).await, "id");
    }
}
