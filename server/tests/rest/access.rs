//! Authentication and authorization of writes: credentials and origins.

pub(super) mod permissions;

use reqwest::Method;
use serde_json::{Value, json};

use self::permissions::operations;
use super::problem;
use crate::support::{Answer, TOKEN, TestServer, points};

/// Writes of boards, submissions and the engine, each with a valid body.
fn writes() -> [(Method, &'static str, Value); 7] {
    let one = json!({ "player": "ann", "value": 5 });
    [
        (Method::PUT, "/api/v1/boards/points", points()),
        (
            Method::POST,
            "/api/v1/boards/points/submissions",
            one.clone(),
        ),
        (
            Method::POST,
            "/api/v1/boards/points/submissions/batch",
            json!({ "submissions": [one] }),
        ),
        (
            Method::POST,
            "/api/v1/engine/sync",
            json!({ "board": "points", "season": "all" }),
        ),
        (
            Method::POST,
            "/api/v1/engine/rebuild",
            json!({ "board": "points", "season": "all" }),
        ),
        (
            Method::POST,
            "/api/v1/engine/clear-cache",
            json!({ "board": "points" }),
        ),
        (Method::POST, "/api/v1/engine/retry", json!({})),
    ]
}

#[tokio::test]
async fn write_without_the_token_is_unauthorized() {
    let server = TestServer::start();
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    for (method, path, body) in writes() {
        let request = || server.request(method.clone(), path).json(&body);
        for request in [
            request(),
            request().bearer_auth("another-token"),
            request().bearer_auth(&TOKEN[1..]),
            request().bearer_auth(format!("{TOKEN}x")),
            request().bearer_auth(""),
            request().basic_auth("api", Some(TOKEN)),
            request().header("authorization", TOKEN),
        ] {
            let answer = Answer::to(request).await;
            problem::expect(&answer, 401, "unauthorized");
            assert!(
                answer.header("www-authenticate").starts_with("Bearer"),
                "{answer:?}"
            );
        }
    }
    let answer = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    assert_eq!(answer["total"], 0, "nothing was written");
}

#[tokio::test]
async fn write_with_the_token_is_accepted() {
    let server = TestServer::start();
    for ((method, path, body), status) in writes().into_iter().zip([201, 200, 200]) {
        let request = server.request(method, path).bearer_auth(TOKEN).json(&body);
        Answer::to(request).await.expect(status);
    }
}

#[tokio::test]
async fn read_needs_no_token() {
    let server = TestServer::start();
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    server
        .post(
            "/api/v1/boards/points/submissions",
            &json!({ "player": "ann", "value": 5 }),
        )
        .await
        .expect(200);
    for path in [
        "/api/v1/boards",
        "/api/v1/boards/points/standings",
        "/api/v1/boards/points/standings/ann",
        "/api/v1/boards/points/standings/ann/around",
        "/api/v1/boards/points/seasons",
        "/api/v1/schemas/boards.json",
    ] {
        server.get(path).await.expect(200);
    }
}

#[tokio::test]
async fn server_without_a_token_accepts_no_operator() {
    let server = TestServer::start_without_token();
    for (method, path, body) in writes() {
        for token in ["", TOKEN] {
            let request = server
                .request(method.clone(), path)
                .bearer_auth(token)
                .json(&body);
            problem::expect(&Answer::to(request).await, 401, "unauthorized");
        }
    }
    let answer = server.get("/api/v1/boards").await.expect(200);
    assert_eq!(answer["boards"], json!([]));
}

#[tokio::test]
async fn write_from_a_foreign_origin_is_refused() {
    let server = TestServer::start();
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let own = server.url.clone();
    for (method, path, body) in writes() {
        for origin in [
            "https://evil.example",
            "null",
            "http://127.0.0.1",
            &format!("{own}.evil.example"),
        ] {
            let request = server
                .request(method.clone(), path)
                .bearer_auth(TOKEN)
                .json(&body);
            let answer = Answer::to(request.header("origin", origin)).await;
            problem::expect(&answer, 403, "foreign_origin");
        }
    }
    let answer = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    assert_eq!(answer["total"], 0, "nothing was written");
}

#[tokio::test]
async fn write_from_the_own_origin_and_read_from_any_are_accepted() {
    let server = TestServer::start();
    let own = server.url.clone();
    for ((method, path, body), status) in writes().into_iter().zip([201, 200, 200]) {
        let request = server.request(method, path).bearer_auth(TOKEN).json(&body);
        Answer::to(request.header("origin", &own))
            .await
            .expect(status);
    }
    let read = server
        .request(Method::GET, "/api/v1/boards")
        .header("origin", "https://evil.example");
    Answer::to(read).await.expect(200);
}

#[tokio::test]
async fn admin_cookie_is_refused_from_a_foreign_origin() {
    let server = TestServer::with_players(1).await;
    let draft = json!({ "handle": "root", "password": "correct horse", "role": "admin" });
    server.post("/api/v1/accounts", &draft).await.expect(201);
    let cookie = server.sign_in("root", "correct horse").await;
    let changes = operations().into_iter();
    for (what, method, path, body) in changes.filter(|(_, method, ..)| *method != Method::GET) {
        for (header, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
        ] {
            let request = server.request(method.clone(), path).json(&body);
            let request = request.header("cookie", &cookie).header(header, value);
            let answer = Answer::to(request).await;
            assert_eq!(answer.status, 403, "{what}, {header}: {answer:?}");
            problem::expect(&answer, 403, "foreign_origin");
        }
    }
}

#[tokio::test]
async fn player_submits_only_for_themselves_and_without_a_time() {
    let server = TestServer::with_players(1).await;
    let cookie = server.guest("Ann").await;
    let rows = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    let rows = rows["rows"].as_array().unwrap().clone();
    let ann = rows.iter().find(|row| row["name"] == "Ann").unwrap();
    let path = "/api/v1/boards/points/submissions";
    let submit = async |body: Value| {
        let request = server.request(Method::POST, path).json(&body);
        Answer::to(request.header("cookie", &cookie)).await
    };
    let taken = submit(json!({ "player": ann["player"], "value": 77 })).await;
    assert_eq!(taken.expect(200)["player"], ann["player"]);
    for refused in [
        json!({ "player": "p0", "value": 78 }),
        json!({ "player": ann["player"], "value": 78, "at": "2026-01-01T00:00:00Z" }),
    ] {
        problem::expect(&submit(refused).await, 403, "forbidden");
    }
    let foreign = server.request(Method::POST, path);
    let foreign = foreign.json(&json!({ "player": ann["player"], "value": 79 }));
    let foreign = foreign
        .header("cookie", &cookie)
        .header("origin", "https://evil.example");
    problem::expect(&Answer::to(foreign).await, 403, "foreign_origin");
    let forged = cookie.replacen(ann["player"].as_str().unwrap(), "p0", 1);
    let request = server.request(Method::POST, path).header("cookie", forged);
    let answer = Answer::to(request.json(&json!({ "player": "p0", "value": 1 }))).await;
    problem::expect(&answer, 401, "unauthorized");
}

#[tokio::test]
async fn board_restricts_who_may_submit() {
    let server = TestServer::start();
    let key = json!({ "title": "a server", "scopes": ["submit"] });
    let key = server.post("/api/v1/keys", &key).await.expect(201)["secret"].clone();
    let mut open = points();
    server.put("/api/v1/boards/points", &open).await.expect(201);
    let cookie = server.guest("Ann").await;
    let rows = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    let ann = json!({ "player": rows["rows"][0]["player"], "value": 9 });
    for (submitters, player, game_server) in [
        ("both", 200, 200),
        ("players", 200, 403),
        ("servers", 403, 200),
    ] {
        open["submitters"] = json!(submitters);
        let board = server.put("/api/v1/boards/points", &open).await.expect(200);
        assert_eq!(board["submitters"], submitters);
        let submit = || {
            let path = "/api/v1/boards/points/submissions";
            server.request(Method::POST, path).json(&ann)
        };
        let answer = Answer::to(submit().header("cookie", &cookie)).await;
        assert_eq!(answer.status, player, "{submitters}: {answer:?}");
        let answer = Answer::to(submit().bearer_auth(key.as_str().unwrap())).await;
        assert_eq!(answer.status, game_server, "{submitters}: {answer:?}");
        // A token that a game server issued for a player is not accepted as the player's own.
        let of = json!({ "player": ann["player"] });
        let token = server.request(Method::POST, "/api/v1/tokens").json(&of);
        let token = token.bearer_auth(key.as_str().unwrap());
        let token = Answer::to(token).await.expect(201)["token"].clone();
        let token = token.as_str().unwrap();
        let answer = Answer::to(submit().bearer_auth(token)).await;
        let vouched = if submitters == "both" { 200 } else { 403 };
        assert_eq!(answer.status, vouched, "{submitters}: {answer:?}");
        let path = format!("/api/v1/players/{}/export", ann["player"].as_str().unwrap());
        let export = server.request(Method::GET, &path).bearer_auth(token);
        problem::expect(&Answer::to(export).await, 403, "forbidden");
    }
    open["submitters"] = json!("anybody");
    let answer = server.put("/api/v1/boards/points", &open).await;
    problem::expect(&answer, 422, "invalid_value");
}

#[tokio::test]
async fn rulings_on_submissions_follow_the_role_of_their_author() {
    let server = TestServer::start();
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let path = "/api/v1/boards/points/submissions";
    let mut sessions = Vec::new();
    let mut ids = Vec::new();
    for role in ["player", "moderator", "admin"] {
        let draft = json!({ "handle": role, "password": "correct horse", "role": role });
        let account = server.post("/api/v1/accounts", &draft).await.expect(201);
        let one = json!({ "player": account["player"], "value": 5 });
        let submitted = server.post(path, &one).await.expect(200);
        ids.push(submitted["id"].clone());
        sessions.push(server.sign_in(role, "correct horse").await);
    }
    let second = json!({ "handle": "second", "password": "correct horse", "role": "moderator" });
    let second = server.post("/api/v1/accounts", &second).await.expect(201);
    let seconds = server
        .post(path, &json!({ "player": second["player"], "value": 6 }))
        .await
        .expect(200);
    let [_, moderator, admin] = &sessions[..] else {
        panic!("three sessions");
    };
    let [players, moderators, admins] = &ids[..] else {
        panic!("three submissions");
    };
    let judge = async |cookie: &str, id: &Value, state: &str| {
        let ruling = json!({ "type": "submissions", "ids": [id], "state": state });
        let request = server.request(Method::POST, "/api/v1/rulings");
        let request = request.json(&json!({ "ruling": ruling }));
        Answer::to(request.header("cookie", cookie)).await
    };
    judge(admin, moderators, "revoked").await.expect(200);
    for (who, cookie, of, id, is_allowed) in [
        ("moderator", moderator, "a player", players, true),
        ("moderator", moderator, "themselves", moderators, false),
        (
            "moderator",
            moderator,
            "another moderator",
            &seconds["id"],
            false,
        ),
        ("moderator", moderator, "an admin", admins, false),
        ("admin", admin, "a player", players, true),
        ("admin", admin, "a moderator", moderators, true),
        ("admin", admin, "themselves", admins, true),
    ] {
        for state in ["quarantined", "revoked", "counted"] {
            let answer = judge(cookie, id, state).await;
            if is_allowed {
                assert_eq!(answer.status, 200, "{who} on {of}: {answer:?}");
            } else {
                problem::expect(&answer, 403, "forbidden");
            }
        }
    }
}
