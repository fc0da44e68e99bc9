//! Conventions of every request of the API: ids of requests, unknown parameters, and caching.

use reqwest::Method;
use serde_json::json;

use super::filled::with_seasons;
use super::problem;
use crate::support::{Answer, TOKEN, TestServer};

const BOARD: &str = "/api/v1/boards/points";

/// The headers for caches of an open read.
const SHARED: &str = "public, max-age=0, s-maxage=1";
const CDN: &str = "public, max-age=1, stale-while-revalidate=5";

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

async fn get_with(server: &TestServer, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = server.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::to(request).await
}

#[tokio::test]
async fn id_of_a_request_is_in_its_answer_and_in_its_problem() {
    let server = TestServer::with_players(1).await;
    let sent = [("x-request-id", "client-1")];
    for (path, status) in [
        (BOARD, 200),
        ("/api/v1/boards", 200),
        ("/api/v1/boards/nowhere", 404),
        ("/api/v1/nowhere", 404),
        ("/api/nowhere", 404),
        ("/api/v1/keys", 401),
        ("/api/v1/boards/points/standings?limit=0", 422),
        ("/api/v1/boards/points/standings?lmit=1", 422),
    ] {
        let answer = get_with(&server, path, &sent).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert_eq!(answer.header("x-request-id"), "client-1", "{path}");
        if status != 200 {
            assert_eq!(answer.json()["request_id"], "client-1", "{path}");
        }
    }
    let foreign = [
        ("x-request-id", "client-1"),
        ("origin", "https://a.example"),
    ];
    let answer = get_with(&server, BOARD, &foreign).await;
    let exposed = answer.header("access-control-expose-headers");
    assert!(exposed.contains("x-request-id"), "{answer:?}");
}

#[tokio::test]
async fn trace_is_the_id_of_a_request_without_one() {
    let server = TestServer::with_players(1).await;
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let answer = get_with(&server, BOARD, &[("traceparent", parent.as_str())]).await;
    assert_eq!(answer.header("x-request-id"), TRACE);
    let both = [("traceparent", parent.as_str()), ("x-request-id", "own")];
    let answer = get_with(&server, BOARD, &both).await;
    assert_eq!(answer.header("x-request-id"), "own");
}

#[tokio::test]
async fn request_without_a_valid_id_gets_a_new_one() {
    let server = TestServer::with_players(1).await;
    let long = "x".repeat(129);
    let mut ids = vec![String::new()];
    for headers in [
        vec![],
        vec![],
        vec![("x-request-id", "")],
        vec![("x-request-id", "a b")],
        vec![("x-request-id", long.as_str())],
        vec![("traceparent", "00-0-0-01")],
    ] {
        let answer = get_with(&server, BOARD, &headers).await;
        let id = answer.header("x-request-id").to_owned();
        assert!(!ids.contains(&id), "{headers:?}: {id}");
        ids.push(id);
    }
    // Checks by machines have none, nor have outcomes of a batch.
    let health = server.get("/healthz").await;
    assert_eq!((health.status, health.header("x-request-id")), (200, ""));
    let batch = json!([{ "player": "ann", "value": "bad" }]);
    let path = format!("{BOARD}/submissions/batch");
    let answer = server.post(&path, &batch).await.expect(200);
    let outcome = &answer["outcomes"][0];
    problem::check(outcome, 422, "invalid_value");
    assert!(outcome.get("request_id").is_none(), "{outcome}");
}

#[tokio::test]
async fn unknown_parameter_is_refused_by_its_name() {
    let server = TestServer::with_players(2).await;
    for path in [
        "/boards",
        "/boards/points",
        "/boards/points/emblem",
        "/boards/points/events",
        "/boards/points/events/missed",
        "/boards/points/players",
        "/boards/points/seasons",
        "/boards/points/standings",
        "/boards/points/standings/p0",
        "/boards/points/standings/p0/around",
        "/boards/points/standings/p0/explanation",
        "/boards/points/standings/p0/history",
        "/accounts",
        "/audit",
        "/engine",
        "/engine/health",
        "/events",
        "/keys",
        "/players",
        "/players/p0",
        "/players/p0/export",
        "/players/p0/submissions",
        "/vitals/events",
    ] {
        for query in ["seasn=all", "utm_source=a", "seasn", "=all", "Limit=1"] {
            let path = format!("/api/v1{path}?{query}");
            let answer = server.get_with_token(&path).await;
            let name = query.split('=').next().unwrap_or_default();
            let refused = problem::expect(&answer, 422, "invalid_value");
            assert_eq!(refused["field"], name, "{path}");
        }
    }
    let one = json!({ "player": "p0", "value": 5 });
    for path in ["submissions?dry_run=true", "submissions/batch?import=true"] {
        let answer = server.post(&format!("{BOARD}/{path}"), &one).await;
        let name = path.split(['?', '=']).nth(1).unwrap();
        problem::expect_invalid(&answer, name);
    }
    let deletion = server.request(Method::DELETE, &format!("{BOARD}?dryrun=true"));
    let answer = Answer::to(deletion.bearer_auth(TOKEN)).await;
    problem::expect_invalid(&answer, "dryrun");
    let unknown = server.get("/api/v1/nowhere?a=b").await;
    problem::expect(&unknown, 404, "not_found");
}

#[tokio::test]
async fn every_documented_parameter_is_known() {
    let server = TestServer::with_players(2).await;
    for path in [
        "/boards/points/players?period=all_time&season=all&name=p",
        "/boards/points/seasons?period=all_time&before=2024&limit=1",
        "/boards/points/standings?period=all_time&season=all&offset=0&limit=1&format=json",
        "/boards/points/standings?season=&limit=",
        "/boards/points/standings?",
        "/boards/points/standings/p0?period=all_time&season=all",
        "/boards/points/standings/p0/around?period=all_time&season=all&limit=3",
        "/boards/points/standings/p0/explanation?period=all_time&season=all",
        "/boards/points/standings/p0/history?period=all_time&season=all",
        "/events?channels=page:points:all:1&once=true&show=false&since=&format=json",
        "/boards/points/events?channels=page:all:1&once=true&show=false&since=&format=json",
        "/boards/points/events/missed?channel=page:all:1&since=",
        "/boards/points/emblem?upload=1",
        "/accounts?after=ann",
        "/audit?actor=a&action=b&target=c&before=9&format=json",
        "/players?name=p",
        "/players/p0/submissions?board=points&before=9",
    ] {
        let answer = server.get_with_token(&format!("/api/v1{path}")).await;
        assert!(
            !answer.text.contains("is not a parameter"),
            "{path}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn unchanged_reads_are_answered_without_a_body() {
    let server = TestServer::with_players(3).await;
    for path in [
        "/boards",
        "/boards/points",
        "/boards/points/players?name=p",
        "/boards/points/standings",
        "/boards/points/standings/p0",
        "/boards/points/standings/p0?season=all",
        "/boards/points/standings/p0/around",
        "/boards/points/standings/p0/explanation",
        "/boards/points/standings/p0/history",
        "/accounts",
        "/audit",
        "/keys",
        "/players/p0",
        "/players/p0/submissions",
    ] {
        let path = format!("/api/v1{path}");
        let read = async |tag: &str| {
            let request = server.request(Method::GET, &path).bearer_auth(TOKEN);
            Answer::to(request.header("if-none-match", tag)).await
        };
        let first = read("\"another\"").await;
        assert_eq!(first.status, 200, "{path}: {first:?}");
        let tag = first.header("etag").to_owned();
        assert!(!tag.is_empty(), "{path}");
        let again = read(&tag).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{path}");
        assert_eq!(again.header("etag"), tag, "{path}");
        // Proxies that compress make a tag weak.
        let weak = format!("W/{}", tag.trim_start_matches("W/"));
        assert_eq!(read(&weak).await.status, 304, "{path}");
    }
    let standing = "/api/v1/boards/points/standings/p2";
    let tag = server.get(standing).await.header("etag").to_owned();
    let one = json!({ "player": "p2", "value": 9999 });
    let submissions = format!("{BOARD}/submissions");
    server.post(&submissions, &one).await.expect(200);
    let newer = get_with(&server, standing, &[("if-none-match", tag.as_str())]).await;
    assert_eq!(newer.expect(200)["standings"][0]["rank"], 1);
}

#[tokio::test]
async fn tag_of_a_board_has_its_running_seasons() {
    let server = with_seasons().await;
    let path = "/api/v1/boards/runs";
    let read = server.get(path).await;
    let tag = read.header("etag").to_owned();
    let board = read.expect(200);
    for season in board["seasons"].as_array().unwrap() {
        let season = season["season"].as_str().unwrap();
        assert!(season == "all" || tag.contains(season), "{tag} {board}");
    }
    let same = get_with(&server, path, &[("if-none-match", tag.as_str())]).await;
    assert_eq!(same.status, 304);
    // The version alone is not a state of the answer, but still names what to replace.
    let version = get_with(&server, path, &[("if-none-match", "\"1\"")]).await;
    assert_eq!(version.status, 200);
    for (tag, status) in [(tag.as_str(), 200), (tag.as_str(), 412), ("\"2\"", 200)] {
        let request = server.request(Method::PATCH, path).bearer_auth(TOKEN);
        let change = json!({ "unit": format!("u{status}{}", tag.len()) });
        let answer = Answer::to(request.header("if-match", tag).json(&change)).await;
        assert_eq!(answer.status, status, "{tag}: {answer:?}");
    }
}

#[tokio::test]
async fn shared_caches_may_hold_open_reads_without_credentials() {
    let server = TestServer::with_players(3).await;
    let guest = server.guest("Gus").await;
    for path in [
        "/boards",
        "/boards/points",
        "/boards/points/players?name=p",
        "/boards/points/seasons",
        "/boards/points/standings",
        "/boards/points/standings/p0",
        "/boards/points/standings/p0/around",
        "/boards/points/standings/p0/history",
    ] {
        let path = format!("/api/v1{path}");
        let open = server.get(&path).await;
        assert_eq!(open.header("cache-control"), SHARED, "{path}");
        assert_eq!(open.header("cdn-cache-control"), CDN, "{path}");
        let varies: Vec<&str> = open
            .headers
            .get_all("vary")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        for name in ["authorization", "cookie", "origin"] {
            assert!(varies.join(",").contains(name), "{path}: {varies:?}");
        }
        let tag = open.header("etag").to_owned();
        let same = get_with(&server, &path, &[("if-none-match", tag.as_str())]).await;
        if same.status == 304 {
            assert_eq!(same.header("cache-control"), SHARED, "{path}");
        }
        let own = get_with(&server, &path, &[("cookie", guest.as_str())]).await;
        assert_eq!(own.header("cache-control"), "no-cache", "{path}");
        let own = server.get_with_token(&path).await;
        assert_eq!(own.header("cache-control"), "no-cache", "{path}");
    }
    for (path, expected) in [
        ("/boards/points/standings?format=csv", "no-store"),
        ("/boards/points/standings?limit=0", "no-store"),
        ("/boards/nowhere", "no-store"),
        ("/keys", "no-store"),
    ] {
        let answer = server.get(&format!("/api/v1{path}")).await;
        assert_eq!(answer.header("cache-control"), expected, "{path}");
    }
    let keys = server.get_with_token("/api/v1/keys").await;
    assert_eq!(keys.header("cache-control"), "no-cache");
}
