//! Sign-up, sign-in and sign-out through the pages' forms; `/api/v1/accounts`; and the command
//! `leaderport admin`.

use serde_json::json;
use server::startup::clock::new_submission_id;

use super::problem;
use crate::support::{Answer, TestServer, points};

#[tokio::test]
async fn sign_up_keeps_the_standings_and_voids_the_guest_cookie() {
    let server = TestServer::with_players(1).await;
    let guest = server.guest("Ann").await;
    let form = [
        ("name", "Ann"),
        ("handle", "ann"),
        ("password", "correct horse"),
    ];
    let signed_up = server.form("sign-up", Some(&guest), &form).await;
    signed_up.expect_form();
    let session = signed_up.cookie("leaderport_session").expect("a session");
    assert!(session.starts_with("leaderport_session="), "{session}");
    let flags = signed_up.set_cookie("leaderport_session");
    assert!(
        flags.contains("HttpOnly") && flags.contains("SameSite=Lax"),
        "{flags}"
    );
    assert!(
        !flags.contains("Secure"),
        "the test server does not use HTTPS"
    );
    let page = server.page("/boards/points", &session).await;
    assert!(
        page.contains("<dt>Rank</dt>"),
        "the account has the guest's standing"
    );
    let page = server.page("/boards/points", &guest).await;
    assert!(
        !page.contains("<dt>Rank</dt>"),
        "the guest's cookie is no longer valid"
    );
    // Sign in from a second browser.
    let elsewhere = server.sign_in("ann", "correct horse").await;
    assert!(
        server
            .page("/boards/points", &elsewhere)
            .await
            .contains("<dt>Rank</dt>")
    );
    // Sign out everywhere.
    let out = server
        .form("sign-out", Some(&session), &[("everywhere", "true")])
        .await;
    out.expect_form();
    for cookie in [&session, &elsewhere] {
        assert!(
            !server
                .page("/boards/points", cookie)
                .await
                .contains("<dt>Rank</dt>")
        );
    }
}

#[tokio::test]
async fn sign_up_changes_a_guests_name_only_if_they_typed_another_one() {
    let server = TestServer::with_players(0).await;
    for (name, typed, expected) in [("Ann", "Ann", "Renamed"), ("Bob", "Zoe", "Zoe")] {
        let guest = server.guest(name).await;
        let rows = server.get("/api/v1/boards/points/standings").await;
        let rows = rows.expect(200)["rows"].clone();
        let mut rows = rows.as_array().expect("rows").iter();
        let row = rows.find(|row| row["name"] == name).expect("a row");
        let player = row["player"].as_str().expect("an id");
        // The page still has the former name in its field.
        let ruling =
            json!({ "type": "rename", "player": player, "name": "Renamed", "fixed": false });
        let draft = json!({ "ruling": ruling });
        server.post("/api/v1/rulings", &draft).await.expect(200);
        let board = server.page("/boards/points", &guest).await;
        assert!(board.contains("value=\"Renamed\""), "{board}");
        let handle = typed.to_lowercase();
        let form = [
            ("name", typed),
            ("shown_name", name),
            ("handle", handle.as_str()),
            ("password", "correct horse"),
        ];
        let signed_up = server.form("sign-up", Some(&guest), &form).await;
        signed_up.expect_form();
        let session = signed_up.cookie("leaderport_session").expect("a session");
        let page = server.page("/account", &session).await;
        assert!(
            page.contains(&format!("<bdi>{expected}</bdi></h1>")),
            "{page}"
        );
        let path = format!("/api/v1/boards/points/standings/{player}");
        assert_eq!(server.get(&path).await.expect(200)["name"], expected);
    }
}

#[tokio::test]
async fn invalid_account_form_is_refused_with_its_reason() {
    let server = TestServer::start();
    let form = [
        ("name", "Ann"),
        ("handle", "ann"),
        ("password", "correct horse"),
    ];
    server.form("sign-up", None, &form).await.expect_form();
    for (name, handle, password, status, code) in [
        ("", "bob", "correct horse", 422, "invalid_value"),
        ("Bob", "b", "correct horse", 422, "invalid_value"),
        ("Bob", "bob", "short", 422, "invalid_value"),
        ("Bob", "ANN", "correct horse", 409, "handle_taken"),
    ] {
        let form = [("name", name), ("handle", handle), ("password", password)];
        let answer = server.form("sign-up", None, &form).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.text.contains(code), "{answer:?}");
        assert!(!answer.text.contains(password), "{answer:?}");
    }
    for (handle, password) in [
        ("ann", "correct horsf"),
        ("ann", ""),
        ("nobody", "correct horse"),
        ("\u{0}", "x"),
    ] {
        let answer = server
            .form(
                "sign-in",
                None,
                &[("handle", handle), ("password", password)],
            )
            .await;
        assert_eq!(answer.status, 401, "{answer:?}");
        assert!(answer.text.contains("wrong_credentials"), "{answer:?}");
    }
    let session = server.sign_in("ann", "correct horse").await;
    let change = [("current", "wrong horse"), ("new", "battery staple")];
    let answer = server.form("password", Some(&session), &change).await;
    assert_eq!(answer.status, 401, "{answer:?}");
    let change = [("current", "correct horse"), ("new", "short")];
    let answer = server.form("password", Some(&session), &change).await;
    assert!(
        answer.status == 422 && answer.text.contains("new"),
        "{answer:?}"
    );
    let answer = server
        .form(
            "password",
            None,
            &[("current", "correct horse"), ("new", "battery staple")],
        )
        .await;
    assert_eq!(answer.status, 401, "{answer:?}");
    let again = server
        .form(
            "sign-up",
            Some(&session),
            &[
                ("name", "Ann"),
                ("handle", "other"),
                ("password", "correct horse"),
            ],
        )
        .await;
    assert!(
        again.status == 409 && again.text.contains("already_signed_up"),
        "{again:?}"
    );
}

/// Every server function that writes, or that needs a permission.
const FUNCTIONS: [&str; 33] = [
    "submit",
    "sign-up",
    "sign-in",
    "sign-out",
    "password",
    "rename",
    "erase",
    "own-submissions",
    "admin/boards",
    "admin/save-board",
    "admin/preview",
    "admin/board-size",
    "admin/delete-board",
    "admin/visit",
    "admin/seasons",
    "admin/change-season",
    "admin/keys",
    "admin/make-key",
    "admin/revoke-key",
    "admin/accounts",
    "admin/role",
    "admin/engine",
    "admin/sync",
    "admin/rebuild",
    "admin/clear-cache",
    "admin/audit",
    "admin/health",
    "admin/held",
    "moderate/find",
    "moderate/sheet",
    "moderate/explain",
    "moderate/explain-ruling",
    "moderate/rule",
];

#[tokio::test]
async fn form_from_a_foreign_origin_is_refused() {
    let server = TestServer::start();
    let session = server.sign_up("ann").await;
    for function in FUNCTIONS {
        let request = server.http.post(format!("{}/_fn/{function}", server.url));
        let request = request
            .header("cookie", &session)
            .header("origin", "https://evil.example");
        let answer = Answer::to(request.form(&[("everywhere", "true")])).await;
        problem::expect(&answer, 403, "foreign_origin");
    }
    // No server function answers a GET request.
    for function in FUNCTIONS {
        let request = server
            .http
            .get(format!("{}/_fn/{function}?everywhere=true", server.url));
        let answer = Answer::to(request.header("cookie", &session)).await;
        assert!(
            [404, 405].contains(&answer.status),
            "{function}: {answer:?}"
        );
    }
    assert!(
        server
            .page("/account", &session)
            .await
            .contains("You are signed in")
    );
}

#[tokio::test]
async fn accounts_are_created_listed_and_given_roles() {
    let server = TestServer::start();
    for handle in ["bob", "ann"] {
        let draft = json!({ "handle": handle, "password": "correct horse", "role": "player" });
        let made = server.post("/api/v1/accounts", &draft).await.expect(201);
        assert_eq!(
            (&made["handle"], &made["role"]),
            (&json!(handle), &json!("player"))
        );
    }
    let listed = server.get_with_token("/api/v1/accounts").await;
    assert!(
        !listed.text.contains("password") && !listed.text.contains("argon2"),
        "{listed:?}"
    );
    let listed = listed.expect(200);
    assert_eq!(
        (
            &listed["accounts"][0]["handle"],
            &listed["accounts"][1]["handle"]
        ),
        (&json!("ann"), &json!("bob"))
    );
    let after = server
        .get_with_token("/api/v1/accounts?after=ann")
        .await
        .expect(200);
    assert_eq!(after["accounts"].as_array().map(Vec::len), Some(1));
    let role = json!({ "role": "moderator" });
    let changed = server.put("/api/v1/accounts/ann", &role).await.expect(200);
    assert_eq!(changed["role"], "moderator");
    problem::expect(
        &server.put("/api/v1/accounts/cat", &role).await,
        404,
        "unknown_account",
    );
    let draft = |handle: &str, password: &str, role: &str| json!({ "handle": handle, "password": password, "role": role });
    for (bad, status, code) in [
        (draft("ann", "correct horse", "player"), 409, "handle_taken"),
        (draft("x", "correct horse", "player"), 422, "invalid_value"),
        (draft("cat", "short", "player"), 422, "invalid_value"),
        (draft("cat", "correct horse", "root"), 422, "invalid_value"),
    ] {
        let said = problem::expect(&server.post("/api/v1/accounts", &bad).await, status, code);
        assert!(said["field"].is_string(), "{said}");
    }
    let refused = server
        .put("/api/v1/accounts/ann", &json!({ "role": "root" }))
        .await;
    problem::expect(&refused, 422, "invalid_value");
}

#[tokio::test(flavor = "multi_thread")]
async fn command_line_creates_the_first_admin() {
    let server = TestServer::start();
    let run = |args: &[&str]| server.output_of(&[&["admin"], args].concat());
    let said = run(&["create", "--handle", "root"]);
    let password = said
        .lines()
        .find_map(|l| l.strip_prefix("password: "))
        .expect("a password is generated");
    let session = server.sign_in("root", password).await;
    let page = server.page("/account", &session).await;
    assert!(page.contains("admin"), "the role is shown");
    let said = run(&[
        "create",
        "--handle",
        "mod",
        "--password",
        "correct-horse",
        "--role",
        "moderator",
    ]);
    assert!(
        !said.contains("correct-horse"),
        "a given password is not repeated"
    );
    server.sign_in("mod", "correct-horse").await;
    assert_eq!(
        run(&["role", "--handle", "mod", "--role", "player"]),
        "mod is now player\n"
    );
}

#[tokio::test]
async fn retried_first_submission_gets_the_same_guest() {
    let server = TestServer::start();
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let id = new_submission_id().to_string();
    let form = [
        ("slug", "points"),
        ("name", "Ann"),
        ("score", "5"),
        ("id", &*id),
        ("player", " nobody"),
        ("proof", "a secret of this browser"),
    ];
    let mut cookies = Vec::new();
    for _ in 0..2 {
        let answer = server.form("submit", None, &form).await;
        answer.expect_form();
        let cookie = answer.cookie("leaderport_guest").expect("a guest");
        cookies.push(server.page("/account", &cookie).await.contains("Ann"));
    }
    assert_eq!(cookies, [true, true]);
    let rows = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    assert_eq!(rows["rows"].as_array().map(Vec::len), Some(1), "{rows}");
    // A new submission id creates a new guest. A caller with an account does not become a guest.
    let other = new_submission_id().to_string();
    let another = form.map(|(name, value)| (name, if name == "id" { &*other } else { value }));
    server.form("submit", None, &another).await.expect_form();
    let session = server.sign_up("bob").await;
    let late = new_submission_id().to_string();
    let nobodys = form.map(|(name, value)| (name, if name == "id" { &*late } else { value }));
    let refused = server.form("submit", Some(&session), &nobodys).await;
    assert!(
        refused.status == 403 && refused.text.contains("made before you signed in"),
        "{refused:?}"
    );
    // The page keeps the score until its owner is back.
    assert!(refused.text.contains("another_reader"), "{refused:?}");
    let rows = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    assert_eq!(rows["rows"].as_array().map(Vec::len), Some(2), "{rows}");
}

#[tokio::test]
async fn submission_id_of_a_guest_does_not_make_a_stranger_that_guest() {
    let server = TestServer::start();
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let id = new_submission_id().to_string();
    let form = [
        ("slug", "points"),
        ("name", "Ann"),
        ("score", "5"),
        ("id", &*id),
    ];
    let with = |proof: &'static str| [&form[..], &[("proof", proof)]].concat();
    let secret = with("a secret of this browser");
    server.form("submit", None, &secret).await.expect_form();
    for fields in [
        form.to_vec(),
        with(""),
        with("short"),
        with("a secret of another browser"),
    ] {
        let refused = server.form("submit", None, &fields).await;
        assert_eq!(refused.status, 409, "{fields:?}: {refused:?}");
        assert!(refused.text.contains("id_conflict"), "{refused:?}");
        assert_eq!(refused.cookie("leaderport_guest"), None, "{fields:?}");
    }
    let again = server.form("submit", None, &secret).await;
    assert!(again.cookie("leaderport_guest").is_some(), "{again:?}");
    let rows = server
        .get("/api/v1/boards/points/standings")
        .await
        .expect(200);
    assert_eq!(rows["total"], 1, "{rows}");
}

#[tokio::test]
async fn first_score_of_an_account_shows_the_accounts_name() {
    let server = TestServer::start();
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let session = server.sign_up("bob").await;
    let score = [("slug", "points"), ("name", ""), ("score", "6")];
    let submitted = server.form("submit", Some(&session), &score).await;
    submitted.expect_form();
    let rows = server.get("/api/v1/boards/points/standings").await;
    let rows = rows.expect(200);
    assert_eq!(rows["rows"][0]["name"], "bob", "{rows}");
}

#[tokio::test]
async fn score_brings_no_earlier_name_back() {
    let server = TestServer::start();
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let guest = server.guest("Gus").await;
    let session = server.sign_up("bob").await;
    let first = [("slug", "points"), ("name", "bob"), ("score", "6")];
    let signed_in = server.form("submit", Some(&session), &first).await;
    signed_in.expect_form();
    let names = async || {
        let rows = server.get("/api/v1/boards/points/standings").await;
        let rows = rows.expect(200);
        let rows = rows["rows"].as_array().expect("rows").clone();
        let names = rows.iter().map(|row| row["name"].as_str().expect("a name"));
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    for (cookie, old, new, at) in [(&session, "bob", "Rob", 0), (&guest, "Gus", "Gustav", 1)] {
        let renamed = server.form("rename", Some(cookie), &[("name", new)]).await;
        renamed.expect_form();
        let cookie = renamed.cookie("leaderport_guest");
        let cookie = cookie.as_ref().unwrap_or(&session);
        // The form of a page without JavaScript that still shows the old name.
        let shown = [
            ("slug", "points"),
            ("name", old),
            ("shown_name", old),
            ("score", "6"),
        ];
        server
            .form("submit", Some(cookie), &shown)
            .await
            .expect_form();
        assert_eq!(names().await[at], new);
        // The page's code sends no name that the reader did not type.
        let queued = [("slug", "points"), ("name", ""), ("score", "6")];
        server
            .form("submit", Some(cookie), &queued)
            .await
            .expect_form();
        assert_eq!(names().await[at], new);
        // A retry of a score with a typed name, after another change of the name.
        let id = new_submission_id().to_string();
        let typed = [
            ("slug", "points"),
            ("name", "Typed"),
            ("score", "6"),
            ("id", &*id),
        ];
        let sent = server.form("submit", Some(cookie), &typed).await;
        sent.expect_form();
        assert_eq!(names().await[at], "Typed");
        let cookie = sent.cookie("leaderport_guest").unwrap_or(cookie.clone());
        let renamed = server.form("rename", Some(&cookie), &[("name", new)]).await;
        renamed.expect_form();
        let cookie = renamed.cookie("leaderport_guest").unwrap_or(cookie);
        let retried = server.form("submit", Some(&cookie), &typed).await;
        retried.expect_form();
        assert_eq!(names().await[at], new);
        let cookie = retried.cookie("leaderport_guest").unwrap_or(cookie);
        let page = server.page("/account", &cookie).await;
        assert!(
            page.contains(new) && !page.contains("Typed"),
            "{new}: {page}"
        );
    }
}
