//! `/api/v1/keys`, and `leaderport key`.

use reqwest::Method;
use serde_json::{Value, json};

use super::problem;
use crate::support::{Answer, TOKEN, TestServer};

#[tokio::test]
async fn key_secret_is_shown_once_and_works_until_revoked() {
    let server = TestServer::with_players(1).await;
    let draft = json!({ "title": "Match server", "scopes": ["submit"], "boards": ["points"] });
    let made = server.post("/api/v1/keys", &draft).await.expect(201);
    let secret = made["secret"].as_str().unwrap().to_owned();
    let id = made["id"].as_str().unwrap().to_owned();
    assert!(secret.starts_with(&format!("lp_{id}_")), "{secret}");
    let submit = async || {
        let path = "/api/v1/boards/points/submissions";
        let request = server.request(Method::POST, path).bearer_auth(&secret);
        // A game server may set the time of a submission.
        let one = json!({ "player": "ann", "value": 5, "at": "2026-01-01T00:00:00Z" });
        Answer::to(request.json(&one)).await
    };
    submit().await.expect(200);
    // The time of use is stored in the background, after the answer.
    let listed = loop {
        let listed = server.get_with_token("/api/v1/keys").await;
        assert!(!listed.text.contains(&secret), "the list omits the secret");
        let listed = listed.expect(200);
        if !listed["keys"][0]["last_used_at"].is_null() {
            break listed;
        }
    };
    assert_eq!(listed["keys"][0]["id"], id.as_str());
    assert!(listed["keys"][0]["last_used_at"].is_string(), "{listed}");
    let revoke = || {
        let path = format!("/api/v1/keys/{id}");
        server.request(Method::DELETE, &path).bearer_auth(TOKEN)
    };
    assert_eq!(Answer::to(revoke()).await.status, 204);
    problem::expect(&submit().await, 401, "unauthorized");
    problem::expect(&Answer::to(revoke()).await, 404, "unknown_key");
    let listed = server.get_with_token("/api/v1/keys").await.expect(200);
    assert!(listed["keys"][0]["revoked_at"].is_string(), "{listed}");
}

/// Names are shown on every board. A key for one board must not change them on others.
#[tokio::test]
async fn key_for_some_boards_names_only_players_without_a_name() {
    let server = TestServer::with_players(1).await;
    let key = async |boards: Value| {
        let draft = json!({ "title": "Match server", "scopes": ["submit"], "boards": boards });
        let made = server.post("/api/v1/keys", &draft).await.expect(201);
        made["secret"].as_str().unwrap().to_owned()
    };
    let (some, every) = (key(json!(["points"])).await, key(json!(null)).await);
    let submit = async |key: &str, path: &str, body: Value| {
        let path = format!("/api/v1/boards/points/submissions{path}");
        let request = server.request(Method::POST, &path).bearer_auth(key);
        Answer::to(request.json(&body)).await.expect(200)
    };
    let one = |player: &str, name: &str| json!({ "player": player, "name": name, "value": 5 });
    let shown = async |player: &str| {
        let path = format!("/api/v1/boards/points/standings/{player}");
        let standing = server.get(&path).await.expect(200);
        standing["name"].as_str().unwrap().to_owned()
    };
    // The answer has the name that counts.
    assert_eq!(submit(&some, "", one("ann", "Ann")).await["name"], "Ann");
    assert_eq!(submit(&some, "", one("ann", "Anna")).await["name"], "Ann");
    assert_eq!(shown("ann").await, "Ann");
    let nameless = json!({ "player": "bob", "value": 5 });
    assert_eq!(submit(&some, "", nameless).await["name"], "bob");
    for import in [false, true] {
        let (new, named) = (format!("cat-{import}"), "Cat");
        let batch = [one("ann", "Anna"), one(&new, named), one(&new, "Kit")];
        let body = json!({ "submissions": batch, "import": import });
        let answer = submit(&some, "/batch", body).await;
        let names = [0, 1, 2].map(|n| answer["outcomes"][n]["name"].clone());
        assert_eq!(names, ["Ann", "Cat", "Cat"], "{answer}");
        assert_eq!(
            (shown("ann").await, shown(&new).await),
            ("Ann".into(), "Cat".into())
        );
    }
    // A key for every board renames, also in an import.
    assert_eq!(submit(&every, "", one("ann", "Anna")).await["name"], "Anna");
    let body = json!({ "submissions": [one("ann", "Annabel")], "import": true });
    let answer = submit(&every, "/batch", body).await;
    assert_eq!(answer["outcomes"][0]["name"], "Annabel");
    assert_eq!(shown("ann").await, "Annabel");
}

/// A player who has signed up has chosen a name, also before their first score.
#[tokio::test]
async fn key_for_some_boards_gives_a_player_the_name_of_their_account() {
    let server = TestServer::with_players(1).await;
    server.sign_up("ann").await;
    let listed = server.get_with_token("/api/v1/accounts").await.expect(200);
    let player = listed["accounts"][0]["player"].as_str().expect("an id");
    let draft = json!({ "title": "Match server", "scopes": ["submit"], "boards": ["points"] });
    let made = server.post("/api/v1/keys", &draft).await.expect(201);
    let path = "/api/v1/boards/points/submissions";
    let request = server.request(Method::POST, path);
    let request = request.bearer_auth(made["secret"].as_str().expect("a secret"));
    let one = json!({ "player": player, "name": "Mallory", "value": 5 });
    let answer = Answer::to(request.json(&one)).await.expect(200);
    assert_eq!(answer["name"], "ann");
    let path = format!("/api/v1/boards/points/standings/{player}");
    assert_eq!(server.get(&path).await.expect(200)["name"], "ann");
}

#[tokio::test]
async fn invalid_key_value_is_refused_with_its_field() {
    let server = TestServer::start();
    let good = json!({ "title": "a server", "scopes": ["submit"], "boards": ["points"] });
    let many: Vec<String> = (0..101).map(|n| format!("b{n}")).collect();
    for (field, bad) in [
        ("title", json!("")),
        ("title", json!("x".repeat(81))),
        ("title", json!("a\u{7}b")),
        ("scopes", json!([])),
        ("scopes", json!(["root"])),
        ("scopes", json!("submit")),
        ("boards", json!([])),
        ("boards", json!(["Not a slug"])),
        ("boards", json!(many)),
        ("secret", json!("lp_mine")),
    ] {
        let mut draft = good.clone();
        draft[field] = bad;
        let answer = server.post("/api/v1/keys", &draft).await;
        problem::expect(&answer, 422, "invalid_value");
        let named = answer.expect(422)["field"].clone();
        assert!(
            named.as_str().unwrap().starts_with(field),
            "{field}: {named}"
        );
    }
    let listed = server.get_with_token("/api/v1/keys").await.expect(200);
    assert_eq!(listed["keys"], Value::Array(Vec::new()));
}

#[tokio::test]
async fn key_for_an_unknown_board_or_without_effect_is_refused() {
    let server = TestServer::with_players(1).await;
    let make = async |scopes: Value, boards: Value| {
        let draft = json!({ "title": "a server", "scopes": scopes, "boards": boards });
        server.post("/api/v1/keys", &draft).await
    };
    let unknown = make(json!(["submit"]), json!(["nosuch", "points", "noother"])).await;
    problem::expect_invalid(&unknown, "boards");
    assert!(unknown.text.contains("noother, nosuch"), "{unknown:?}");
    // Reading the state of the engines has no part for each board.
    let part = make(json!(["read", "submit"]), json!(["points"])).await;
    problem::expect_invalid(&part, "scopes");
    let listed = server.get_with_token("/api/v1/keys").await.expect(200);
    assert_eq!(listed["keys"], json!([]));
    make(json!(["submit", "admin"]), json!(["points"]))
        .await
        .expect(201);
    make(json!(["read"]), Value::Null).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn command_line_names_an_unknown_board_of_a_key() {
    let server = TestServer::with_players(1).await;
    let run = server.command(&["key", "create", "--title", "One", "--boards", "nosuch"]);
    let said = String::from_utf8(run.stderr).expect("text");
    assert!(!run.status.success() && said.contains("nosuch"), "{said}");
    assert!(run.stdout.is_empty(), "no secret is printed");
}

#[tokio::test(flavor = "multi_thread")]
async fn command_line_creates_lists_and_revokes_keys() {
    let server = TestServer::with_players(1).await;
    let run = |args: &[&str]| {
        let run = server.command(&[&["key"], args].concat());
        let out = String::from_utf8(run.stdout).expect("text");
        let words = String::from_utf8(run.stderr).expect("text");
        (run.status.success(), out, words)
    };
    let (well, secret, words) = run(&["create", "--title", "Match server", "--boards", "points"]);
    assert!(well, "{words}");
    let secret = secret.trim();
    let path = "/api/v1/boards/points/submissions";
    let one = server.request(Method::POST, path).bearer_auth(secret);
    let one = one.json(&json!({ "player": "ann", "value": 5 }));
    Answer::to(one).await.expect(200);
    let id = &secret[3..19];
    assert!(words.contains(id) && !words.contains(secret), "{words}");
    let (_, list, _) = run(&["list"]);
    let line = list.lines().nth(1).unwrap_or_default();
    assert!(line.starts_with(id) && line.ends_with("points"), "{list}");
    // A secret passed as the id is refused and not echoed.
    let (well, _, words) = run(&["revoke", "--id", secret]);
    assert!(!well && !words.contains(&secret[20..]), "{words}");
    let (well, said, _) = run(&["revoke", "--id", id]);
    assert!(well && said.contains("is revoked"), "{said}");
    let (_, list, _) = run(&["list"]);
    assert!(list.contains("revoked"), "{list}");
}
