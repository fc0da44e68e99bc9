//! Rulings, the audit log, and players' rights over their own data, over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use super::problem;
use crate::support::{Answer, TOKEN, TestServer, points};

const RULINGS: &str = "/api/v1/rulings";

/// A server whose points board has one submission by Ann, and the submission's id.
async fn with_ann() -> (TestServer, String) {
    let server = TestServer::start();
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let one = json!({ "player": "ann", "name": "Ann, \"the\" first", "value": 5 });
    let path = "/api/v1/boards/points/submissions";
    let answer = server.post(path, &one).await.expect(200);
    let id = answer["id"].as_str().expect("an id").to_owned();
    (server, id)
}

impl TestServer {
    async fn rule(&self, ruling: Value) -> Answer {
        let draft = json!({ "ruling": ruling, "reason": "a test" });
        self.post(RULINGS, &draft).await
    }

    async fn total(&self) -> Value {
        let path = "/api/v1/boards/points/standings";
        self.get(path).await.expect(200)["total"].clone()
    }
}

#[tokio::test]
async fn ruling_reports_its_changes_and_its_undo() {
    let (server, id) = with_ann().await;
    let ruling = json!({ "type": "submissions", "ids": [id], "state": "quarantined" });
    let ruled = server.rule(ruling.clone()).await.expect(200);
    assert_eq!(
        (&ruled["changed"], &ruled["standings"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(server.total().await, 0);
    let path = "/api/v1/boards/points/standings/ann";
    problem::expect(&server.get(path).await, 404, "unknown_player");
    let again = server.rule(ruling).await.expect(200);
    assert_eq!((&again["changed"], &again["undo"]), (&json!(0), &json!([])));
    let list = server
        .get_with_token("/api/v1/players/ann/submissions")
        .await;
    let list = list.expect(200);
    assert_eq!(list["submissions"][0]["state"], "quarantined");
    for undo in ruled["undo"].as_array().unwrap() {
        server.rule(undo.clone()).await.expect(200);
    }
    assert_eq!(server.total().await, 1);
    let path = "/api/v1/boards/points/standings/ann/explanation";
    let explained = server.get_with_token(path).await.expect(200);
    assert_eq!(explained["deciding"]["id"], json!(id));
    assert_eq!(
        (&explained["counted"], &explained["uncounted"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn invalid_ruling_is_refused_with_its_field() {
    let (server, id) = with_ann().await;
    let many: Vec<_> = (0..101).map(|n| format!("p{n}")).collect();
    for (ruling, field) in [
        (
            json!({ "type": "submissions", "ids": ["x"], "state": "revoked" }),
            "ruling",
        ),
        (
            json!({ "type": "submissions", "ids": [], "state": "revoked" }),
            "ids",
        ),
        (
            json!({ "type": "submissions", "ids": [id], "state": "gone" }),
            "ruling",
        ),
        (
            json!({ "type": "submissions", "ids": [id] }),
            "ruling.state",
        ),
        (
            json!({ "type": "submissions", "ids": ["0198c0de-0000-7000-8000-000000000000"], "state": "revoked" }),
            "ids",
        ),
        (
            json!({ "type": "ban", "players": many, "banned": true }),
            "players",
        ),
        (
            json!({ "type": "ban", "players": [""], "banned": true }),
            "ruling",
        ),
        (
            json!({ "type": "merge", "players": ["ann"], "into": "ann" }),
            "into",
        ),
        (
            json!({ "type": "rename", "player": "ann", "name": "", "fixed": true }),
            "ruling",
        ),
        (json!({ "type": "praise" }), "ruling.type"),
    ] {
        let answer = server.rule(ruling.clone()).await;
        let said = problem::expect(&answer, 422, "invalid_value");
        assert_eq!(said["field"], field, "{ruling}: {said}");
    }
    let long = json!({
        "ruling": { "type": "ban", "players": ["ann"], "banned": true },
        "reason": "x".repeat(201),
    });
    let said = problem::expect(&server.post(RULINGS, &long).await, 422, "invalid_value");
    assert_eq!(said["field"], "reason");
    assert_eq!(server.total().await, 1);
    for path in [
        "/api/v1/players?name=",
        "/api/v1/players",
        "/api/v1/players/ann/submissions?before=-1",
        "/api/v1/players/ann/submissions?board=Not%20One",
        "/api/v1/audit?before=x",
        "/api/v1/audit?target=%00",
        "/api/v1/players?name=a%00b",
    ] {
        let answer = server.get_with_token(path).await;
        problem::expect(&answer, 422, "invalid_value");
    }
}

#[tokio::test]
async fn banned_player_is_refused_as_banned() {
    let (server, _) = with_ann().await;
    let ban = json!({ "type": "ban", "players": ["ann"], "banned": true });
    server.rule(ban).await.expect(200);
    let one = json!({ "player": "ann", "value": 9 });
    let path = "/api/v1/boards/points/submissions";
    problem::expect(&server.post(path, &one).await, 403, "banned");
}

#[tokio::test]
async fn audit_log_is_paged_and_exported_as_csv() {
    let (server, _) = with_ann().await;
    for n in 0..120 {
        let name = if n == 7 {
            "=1+1, \"quoted\"".to_owned()
        } else {
            format!("Name {n}")
        };
        let ruling = json!({ "type": "rename", "player": "ann", "name": name, "fixed": false });
        server.rule(ruling).await.expect(200);
    }
    let page = server
        .get_with_token("/api/v1/audit?action=rename_player")
        .await;
    let page = page.expect(200);
    let entries = page["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 100);
    assert_eq!(
        (&entries[0]["actor"], &entries[0]["target"]),
        (&json!("operator"), &json!("ann"))
    );
    let before = &entries[99]["seq"];
    let path = format!("/api/v1/audit?action=rename_player&before={before}");
    let rest = server.get_with_token(&path).await.expect(200);
    assert_eq!(rest["entries"].as_array().unwrap().len(), 20);
    let request = server
        .request(Method::GET, "/api/v1/audit")
        .bearer_auth(TOKEN);
    let csv = Answer::to(request.header("accept", "text/csv")).await;
    assert_eq!(csv.status, 200);
    assert!(
        csv.header("content-type").starts_with("text/csv"),
        "{csv:?}"
    );
    assert!(
        csv.header("content-disposition")
            .contains("leaderport-audit.csv")
    );
    let lines: Vec<&str> = csv.text.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "seq,at,actor,handle,action,target,before,after,reason"
    );
    assert_eq!(
        lines.len(),
        1 + 120 + 1 + 1,
        "the header, 120 renames, the board's definition, and the end"
    );
    let path = "/api/v1/audit?format=csv&action=define_board";
    let one = server.get_with_token(path).await;
    assert_eq!(one.text.lines().count(), 2, "{}", one.text);
    assert!(
        one.text.contains(",operator,,define_board,points,"),
        "{}",
        one.text
    );
}

#[tokio::test]
async fn player_exports_and_erases_their_data() {
    let (server, _) = with_ann().await;
    let cookie = server.sign_up("dora").await;
    let form = [("slug", "points"), ("name", "Dora"), ("score", "7")];
    for _ in 0..55 {
        server
            .form("submit", Some(&cookie), &form)
            .await
            .expect_form();
    }
    let rows = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    let dora = rows["rows"][0]["player"].as_str().unwrap().to_owned();
    let own = |method: Method, what: &str| {
        let request = server.request(method, &format!("/api/v1/players/{dora}{what}"));
        request.header("cookie", cookie.clone())
    };
    let dark = [("theme", "dark")];
    let chosen = server.form("settings", Some(&cookie), &dark).await;
    chosen.expect_form();
    let (p256dh, auth) = ("p".repeat(87), "a".repeat(22));
    let browser = [
        ("slug", "points"),
        (
            "endpoint",
            "https://push.example.com/a-secret-of-the-browser",
        ),
        ("p256dh", p256dh.as_str()),
        ("auth", auth.as_str()),
    ];
    let subscribed = server.form("push-on", Some(&cookie), &browser).await;
    assert_eq!(subscribed.status, 200, "{subscribed:?}");
    let export = Answer::to(own(Method::GET, "/export")).await;
    assert_eq!(export.header("cache-control"), "no-store");
    for secret in ["a-secret-of-the-browser", p256dh.as_str(), auth.as_str()] {
        assert!(!export.text.contains(secret), "{secret}");
    }
    let export = export.expect(200);
    assert_eq!(export["player"]["handle"], "dora");
    assert_eq!(export["account"]["role"], "player");
    assert_eq!(export["settings"], json!({ "theme": "dark" }));
    assert_eq!(export["submissions"].as_array().unwrap().len(), 55);
    let [push] = export["push"].as_array().unwrap().as_slice() else {
        panic!("{}", export["push"]);
    };
    let push = push.as_object().unwrap();
    let mut names: Vec<&str> = push.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["board", "created_at", "host", "language"]);
    assert_eq!(
        (&push["board"], &push["host"]),
        (&json!("points"), &json!("push.example.com"))
    );
    let renamed = own(Method::PUT, "/name").json(&json!({ "name": "Dorothea" }));
    assert_eq!(Answer::to(renamed).await.status, 204);
    let rows = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    assert_eq!(rows["rows"][0]["name"], "Dorothea");
    let page = server.page("/account", &cookie).await;
    assert!(
        page.contains("Dorothea") && page.contains("counts"),
        "{page}"
    );

    let by_cookie = Answer::to(own(Method::DELETE, "")).await;
    problem::expect(&by_cookie, 403, "forbidden");
    let wrong = server.form("erase", Some(&cookie), &[("password", "not the password")]);
    assert_eq!(wrong.await.status, 401);
    assert_eq!(server.total().await, 2);
    let form = [("password", "correct horse")];
    server
        .form("erase", Some(&cookie), &form)
        .await
        .expect_form();
    assert_eq!(server.total().await, 1);
    let gone = Answer::to(own(Method::GET, "/export")).await;
    problem::expect(&gone, 401, "unauthorized");
    let form = [("handle", "dora"), ("password", "correct horse")];
    assert_eq!(server.form("sign-in", None, &form).await.status, 401);
    let found = server
        .get_with_token("/api/v1/players?name=dora")
        .await
        .expect(200);
    assert_eq!(found["players"], json!([]));
}

#[tokio::test]
async fn guest_renames_and_erases_themselves() {
    let (server, _) = with_ann().await;
    let cookie = server.guest("Gus").await;
    let answer = server
        .form("rename", Some(&cookie), &[("name", "Gustav")])
        .await;
    answer.expect_form();
    let cookie = answer
        .cookie("leaderport_guest")
        .expect("the cookie contains the new name");
    let page = server.page("/account", &cookie).await;
    assert!(page.contains("You play as Gustav"), "{page}");
    let bad = server.form("rename", Some(&cookie), &[("name", " ")]).await;
    assert_eq!(bad.status, 422);
    let stranger = server.form("erase", None, &[]).await;
    assert_eq!(stranger.status, 401);
    let answer = server.form("erase", Some(&cookie), &[]).await;
    answer.expect_form();
    assert_eq!(server.total().await, 1);
}

#[tokio::test]
async fn vitals_stream_needs_an_admin() {
    let (server, _) = with_ann().await;
    let path = "/api/v1/vitals/events";
    let cookie = server.guest("Gus").await;
    let request = server.request(Method::GET, path).header("cookie", cookie);
    problem::expect(&Answer::to(request).await, 403, "forbidden");
    problem::expect(&server.get(path).await, 401, "unauthorized");
    let mut stream = server
        .request(Method::GET, path)
        .bearer_auth(TOKEN)
        .send()
        .await
        .expect("the server answers");
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    let come = async {
        while !(text.contains("event: begun") && text.contains("event: second")) {
            let chunk = stream
                .chunk()
                .await
                .expect("the stream continues")
                .expect("the stream has not ended");
            text += std::str::from_utf8(&chunk).expect("text");
        }
    };
    let come = tokio::time::timeout(std::time::Duration::from_secs(20), come).await;
    come.expect("a `second` event arrives");
    assert!(text.contains(r#""thresholds":{"ack_p99":250.0"#), "{text}");
}
