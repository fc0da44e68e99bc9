//! A season as a CSV file.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::problem;
use crate::support::{Answer, TOKEN, TestServer};

const STANDINGS: &str = "/api/v1/boards/points/standings";
const HEAD: &str = "\u{feff}rank,player,name,score,achieved_at";

async fn csv(server: &TestServer, path: &str) -> Answer {
    let request = server
        .request(Method::GET, path)
        .header("accept", "text/csv");
    read(request).await
}

/// The file with its byte order mark, which clients remove from texts.
async fn read(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("the server answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.expect("the answer ends");
    let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let answer = Answer {
        status,
        headers,
        text,
    };
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

#[tokio::test]
async fn season_of_any_length_is_one_file_in_the_order_of_the_standings() {
    let server = TestServer::with_players(1000).await;
    let ties: Vec<Value> = (0..700)
        .map(|n| json!({ "player": format!("t{n}"), "value": -7 }))
        .collect();
    let path = "/api/v1/boards/points/submissions/batch";
    server.post(path, &json!(ties)).await.expect(200);
    let answer = csv(&server, STANDINGS).await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let name = answer.header("content-disposition");
    assert_eq!(name, "attachment; filename=\"points-all.csv\"");
    assert!(answer.header("vary").contains("accept"), "{answer:?}");
    let mut lines = answer.text.split("\r\n");
    assert_eq!(lines.next(), Some(HEAD));
    let mut offset = 0;
    while offset < 1700 {
        let page = server
            .get(&format!("{STANDINGS}?limit=200&offset={offset}"))
            .await;
        let position = page
            .header("etag")
            .trim_start_matches("W/")
            .trim_matches('"')
            .to_owned();
        assert_eq!(answer.header("leaderport-position"), position);
        for row in page.expect(200)["rows"].as_array().unwrap() {
            let text = |member: &str| row[member].as_str().unwrap().to_owned();
            let (player, name, at) = (text("player"), text("name"), text("achieved_at"));
            let (rank, score) = (&row["rank"], &row["score"]);
            let expected = format!("{rank},{player},{name},{score},{at}");
            assert_eq!(lines.next(), Some(expected.as_str()));
            offset += 1;
        }
    }
    assert_eq!((lines.next(), lines.next()), (Some(""), None));
    let by_format = format!("{STANDINGS}?format=csv&limit=1&offset=5");
    let by_format = read(server.request(Method::GET, &by_format)).await;
    assert_eq!(by_format.text, answer.text);
}

#[tokio::test]
async fn cells_are_quoted_and_formulas_are_not_evaluated() {
    let server = TestServer::with_players(0).await;
    for (player, name, value) in [
        ("=1+1", "=HYPERLINK(\"http://x\",\"y\")", 4),
        ("a,b", "\"Ace\" Ventura", 3),
        ("+1", "-1", -2),
        ("@x", "Zo\u{eb}", -3),
        ("x;y", "a;=1+1", -4),
    ] {
        let one = json!({ "player": player, "name": name, "value": value });
        let path = "/api/v1/boards/points/submissions";
        server.post(path, &one).await.expect(200);
    }
    let answer = csv(&server, STANDINGS).await;
    let lines = answer.text.lines().skip(1);
    let lines: Vec<&str> = lines
        .filter_map(|line| Some(line.rsplit_once(',')?.0))
        .collect();
    let expected = [
        "1,'=1+1,\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",4",
        "2,\"a,b\",\"\"\"Ace\"\" Ventura\",3",
        "3,'+1,'-1,-2",
        "4,'@x,Zo\u{eb},-3",
        "5,x;y,a;'=1+1,-4",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn empty_and_unknown_seasons_answer_like_the_list() {
    let server = TestServer::with_players(0).await;
    assert_eq!(csv(&server, STANDINGS).await.text, format!("{HEAD}\r\n"));
    let unknown = server
        .get("/api/v1/boards/nowhere/standings?format=csv")
        .await;
    problem::expect(&unknown, 404, "unknown_board");
    let unknown = server
        .get(&format!("{STANDINGS}?format=csv&season=2026"))
        .await;
    problem::expect(&unknown, 422, "invalid_value");
    for (query, accept) in [
        ("", "application/json, text/csv;q=0.5"),
        ("?format=json", "text/csv"),
    ] {
        let json = server.request(Method::GET, &format!("{STANDINGS}{query}"));
        Answer::to(json.header("accept", accept)).await.expect(200);
    }
}

#[tokio::test]
async fn format_and_accept_choose_the_file() {
    let server = TestServer::with_players(3).await;
    for accept in ["text/*", "TEXT/CSV; charset=utf-8; header=present"] {
        let request = server.request(Method::GET, STANDINGS);
        let answer = read(request.header("accept", accept)).await;
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    }
    let lines = server.request(Method::GET, STANDINGS);
    let lines = lines.header("accept", "application/json;q=0.5");
    let answer = read(lines.header("accept", "text/csv")).await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");

    let json = format!("{STANDINGS}?format=json");
    let json = server.request(Method::GET, &json);
    let json = json.header("accept", "text/csv");
    assert_eq!(Answer::to(json).await.expect(200)["total"], 3);
    for path in [STANDINGS, "/api/v1/audit"] {
        let request = server.request(Method::GET, &format!("{path}?format=xml"));
        let refused = Answer::to(request.bearer_auth(TOKEN)).await;
        problem::expect_invalid(&refused, "format");
        assert!(refused.text.contains("must be json or csv"), "{refused:?}");
    }
}
