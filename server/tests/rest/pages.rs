//! Pages as the server renders them, for readers without JavaScript too.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TOKEN, TestServer, points};

/// A server with a board `ties`. `p0` to `p99` share the best score, and `p100` has a worse one.
async fn with_ties(tie: &str) -> TestServer {
    let server = TestServer::start();
    let mut draft = points();
    draft["tie"] = json!(tie);
    server.put("/api/v1/boards/ties", &draft).await.expect(201);
    let one = |n: i64| json!({ "player": format!("p{n}"), "value": 1000 - n / 100 });
    let batch: Vec<Value> = (0..=100).map(one).collect();
    let path = "/api/v1/boards/ties/submissions/batch";
    server.post(path, &json!(batch)).await.expect(200);
    server
}

#[tokio::test]
async fn rank_in_the_address_shows_its_first_row() {
    for (tie, first_of_rank_2) in [("dense", 101_u8), ("shared", 2), ("earliest", 2)] {
        let server = with_ties(tie).await;
        for (rank, place) in [
            ("1", 1),
            ("2", first_of_rank_2),
            ("102", 101),
            ("9999", 101),
            ("1000000000000", 101),
            ("18446744073709551615", 101),
        ] {
            let page = server.get(&format!("/boards/ties?rank={rank}")).await;
            assert_eq!(page.status, 200, "{page:?}");
            let row = format!("data-place=\"{place}\"");
            assert!(
                page.text.contains(&row),
                "{tie}: rank {rank}: {}",
                page.text
            );
            // The page's script asks for the same place, from 0. The answer is one number below 128.
            let path = format!("/_fn/rank?slug=ties&season=all&rank={rank}");
            let answer = server.get(&path).await;
            assert_eq!(answer.text.as_bytes(), [place - 1], "{answer:?}");
        }
    }
}

#[tokio::test]
async fn share_on_a_players_page_agrees_with_the_percentile() {
    for (tie, player, percentile, share) in [
        // Rank 2 is the last rank.
        ("dense", "p100", 0.0, "0% of players"),
        ("dense", "p0", 1.0, "1% of players"),
        ("shared", "p50", 1.0, "1% of players"),
        ("earliest", "p100", 0.0, "0% of players"),
    ] {
        let server = with_ties(tie).await;
        let path = format!("/api/v1/boards/ties/standings/{player}?season=all");
        let standing = server.get(&path).await.expect(200);
        assert_eq!(standing["percentile"], percentile, "{tie} {player}");
        let page = server.get(&format!("/players/{player}")).await;
        let share = format!(">{share}<");
        assert!(page.text.contains(&share), "{tie} {player}: {}", page.text);
    }
}

#[tokio::test]
async fn picture_follows_bans_names_and_erasure_at_once() {
    let server = with_ties("earliest").await;
    let picture = async |known: &str| {
        let request = server.request(Method::GET, "/boards/ties/picture.png?season=all");
        Answer::to(request.header("if-none-match", known)).await
    };
    let first = picture("").await;
    assert_eq!(
        (first.status, first.header("cache-control")),
        (200, "no-cache")
    );
    let mut etag = first.header("etag").to_owned();
    assert!(etag.starts_with('"'), "{first:?}");
    assert_eq!(picture(&etag).await.status, 304);
    let leader = server.get("/api/v1/boards/ties/standings?limit=3").await;
    let leader = leader.expect(200)["rows"][2]["player"].clone();
    for ruling in [
        json!({ "type": "rename", "player": leader, "name": "Another", "fixed": true }),
        json!({ "type": "ban", "players": [leader], "banned": true }),
        json!({ "type": "ban", "players": [leader], "banned": false }),
    ] {
        let draft = json!({ "ruling": ruling, "reason": "" });
        server.post("/api/v1/rulings", &draft).await.expect(200);
        let next = picture(&etag).await;
        assert_eq!(next.status, 200, "{ruling}");
        next.header("etag").clone_into(&mut etag);
    }
    let path = format!("/api/v1/players/{}", leader.as_str().unwrap());
    let erase = server.request(Method::DELETE, &path).bearer_auth(TOKEN);
    let erased = Answer::to(erase).await;
    assert!(erased.status < 300, "{erased:?}");
    assert_eq!(picture(&etag).await.status, 200);
}

#[tokio::test]
async fn pages_of_a_known_reader_are_not_stored() {
    let server = TestServer::with_players(3).await;
    let guest = server.guest("Gus").await;
    let session = server.sign_up("grace").await;
    let get = async |path: &str, cookie: &str| {
        let request = server.request(Method::GET, path).header("cookie", cookie);
        Answer::to(request).await
    };
    for path in ["/", "/boards/points", "/players/p1", "/account", "/nothing"] {
        for cookie in [&guest, &session] {
            let page = get(path, cookie).await;
            assert_eq!(page.header("cache-control"), "no-store", "{path}: {page:?}");
        }
        let page = server.get(path).await;
        assert_eq!(page.header("cache-control"), "no-cache", "{path}");
    }
    // Answers without the reader's name can be stored.
    let standings = get("/api/v1/boards/points/standings", &session).await;
    assert_eq!(standings.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn form_is_shown_only_where_it_can_succeed() {
    const SHOWN: &str = "<div><form method=\"post\" action=\"/_fn/submit\"";
    const HIDDEN: &str = "<div hidden><form method=\"post\" action=\"/_fn/submit\"";
    let server = TestServer::with_players(0).await;
    let expect = async |path: &str, cookie: &str, is_shown: bool, why: &str| {
        let page = server.page(path, cookie).await;
        assert_eq!(page.contains(SHOWN), is_shown, "{why}: {page}");
        assert_eq!(page.contains(HIDDEN), !is_shown, "{why}: {page}");
    };
    let arena = "/boards/points";
    let guest = server.guest("Gus").await;
    expect(arena, "", true, "a new reader").await;
    expect(arena, &guest, true, "a guest").await;
    let rows = server.get("/api/v1/boards/points/standings").await;
    let player = rows.expect(200)["rows"][0]["player"].clone();
    for is_banned in [true, false] {
        let ruling = json!({ "type": "ban", "players": [player], "banned": is_banned });
        let draft = json!({ "ruling": ruling });
        server.post("/api/v1/rulings", &draft).await.expect(200);
        expect(arena, &guest, !is_banned, "a banned player").await;
        expect(arena, "", true, "others").await;
    }
    // The page of an ended season has a link to the running one in place of the form.
    let mut draft = points();
    draft["periods"] = json!(["yearly"]);
    server.put("/api/v1/boards/years", &draft).await.expect(201);
    let board = server.get("/api/v1/boards/years").await.expect(200);
    let running = board["seasons"][0]["season"].as_str().unwrap().to_owned();
    let (current, ended) = (
        format!("/boards/years?season={running}"),
        "/boards/years?season=2001",
    );
    for change in ["close", "reopen"] {
        let path = format!("/api/v1/boards/years/seasons/{running}");
        let body = json!({ "change": change });
        server.post(&path, &body).await.expect(200);
        let is_open = change == "reopen";
        expect(&current, &guest, is_open, change).await;
        expect(ended, &guest, false, change).await;
        let page = server.page(ended, &guest).await;
        let links = ["Play the current season", "See the current season"];
        let links = links.map(|link| page.contains(link));
        assert_eq!(links, [is_open, !is_open], "{change}");
    }
}

#[tokio::test]
async fn held_and_banned_players_read_it_on_their_pages() {
    const HELD: &str = "A moderator is reviewing some of your scores.";
    const BANNED: &str = "A moderator has banned you.";
    let server = TestServer::with_players(1).await;
    let guest = server.guest("Gus").await;
    let rows = server.get("/api/v1/boards/points/standings").await;
    let player = rows.expect(200)["rows"][1]["player"].clone();
    let id = player.as_str().unwrap();
    let own = format!("/players/{id}");
    let paths = ["/boards/points", "/account", &own];
    let expect = async |sentence: &str| {
        for path in paths {
            let page = server.page(path, &guest).await;
            for one in [HELD, BANNED] {
                assert_eq!(page.contains(one), one == sentence, "{path}: {one}");
            }
            let page = server.get(path).await.text;
            assert!(
                !page.contains(HELD) && !page.contains(BANNED),
                "others: {path}"
            );
        }
    };
    let rule = async |ruling: Value| {
        let draft = json!({ "ruling": ruling, "reason": "" });
        server.post("/api/v1/rulings", &draft).await.expect(200);
    };
    expect("").await;
    let path = format!("/api/v1/players/{id}/submissions");
    let list = server.get_with_token(&path).await.expect(200);
    let submission = list["submissions"][0]["id"].clone();
    let held = |state: &str| json!({ "type": "submissions", "ids": [submission], "state": state });
    rule(held("quarantined")).await;
    expect(HELD).await;
    rule(held("counted")).await;
    expect("").await;
    rule(json!({ "type": "ban", "players": [id], "banned": true })).await;
    expect(BANNED).await;
    // The refusal of a score is a plain sentence, without words of the API.
    let form = [("slug", "points"), ("name", "Gus"), ("score", "9")];
    let refused = server.form("submit", Some(&guest), &form).await;
    let error: Value = serde_json::from_str(&refused.text).unwrap();
    assert_eq!(error["code"], "banned", "{refused:?}");
    let sentence = "This player is banned, so the score was not accepted.";
    assert_eq!(error["message"], sentence);
    rule(json!({ "type": "ban", "players": [id], "banned": false })).await;
    expect("").await;
}
