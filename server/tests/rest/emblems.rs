//! `/api/v1/boards/{slug}/emblem`.

use reqwest::{Method, StatusCode};
use resvg::tiny_skia::{Color, Pixmap};
use serde_json::{Value, json};

use super::problem;
use crate::support::{Answer, TOKEN, TestServer, points};

const BOARD: &str = "/api/v1/boards/points";
const PATH: &str = "/api/v1/boards/points/emblem";
const RED: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="#f00"/></svg>"##;
const BLUE: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="#00f"/></svg>"##;

async fn server() -> TestServer {
    let server = TestServer::start();
    server.put(BOARD, &points()).await.expect(201);
    server
}

async fn upload_as(
    server: &TestServer,
    token: &str,
    kind: &str,
    body: impl Into<Vec<u8>>,
) -> Answer {
    let request = server.request(Method::PUT, PATH).bearer_auth(token);
    let request = request.header("content-type", kind).body(body.into());
    Answer::to(request).await
}

async fn upload(server: &TestServer, kind: &str, body: impl Into<Vec<u8>>) -> Answer {
    upload_as(server, TOKEN, kind, body).await
}

async fn remove(server: &TestServer) -> Answer {
    Answer::to(server.request(Method::DELETE, PATH).bearer_auth(TOKEN)).await
}

/// The bytes of a picture.
async fn bytes(server: &TestServer, path: &str) -> Vec<u8> {
    let answer = server
        .request(Method::GET, path)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.bytes().await.expect("a body").to_vec()
}

#[tokio::test]
async fn uploaded_svg_is_served_as_a_png_that_caches_may_keep() {
    let server = server().await;
    problem::expect(&server.get(PATH).await, 404, "no_emblem");
    let answer = upload(&server, "image/svg+xml", RED).await;
    assert_eq!(answer.header("etag"), "\"2\"");
    let board = answer.expect(200);
    assert_eq!(
        (&board["emblem"], &board["version"]),
        (&json!("custom"), &json!(2))
    );
    let shown = server.get(PATH).await;
    assert_eq!(shown.status, 200);
    for (name, value) in [
        ("content-type", "image/png"),
        ("cache-control", "public, max-age=60"),
        ("x-content-type-options", "nosniff"),
        (
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        ),
    ] {
        assert_eq!(shown.header(name), value);
    }
    let first = bytes(&server, PATH).await;
    assert!(first.starts_with(b"\x89PNG"));
    let tag = shown.header("etag").to_owned();
    let known = server
        .request(Method::GET, PATH)
        .header("if-none-match", &tag);
    let known = Answer::to(known).await;
    assert_eq!((known.status, known.header("etag")), (304, tag.as_str()));
    // The next picture is shown at once, although the definition is the same.
    upload(&server, "image/svg+xml; charset=utf-8", BLUE)
        .await
        .expect(200);
    let second = bytes(&server, PATH).await;
    assert_ne!(first, second);
    // A PNG is accepted, too.
    let answer = upload(&server, "image/png", second).await;
    assert_eq!(answer.expect(200)["emblem"], "custom");
}

#[tokio::test]
async fn upload_is_refused_with_the_reason() {
    let server = server().await;
    for kind in ["image/jpeg", "text/html", "application/json", ""] {
        let answer = upload(&server, kind, RED).await;
        problem::expect(&answer, 415, "unsupported_media_type");
    }
    let large = upload(&server, "image/svg+xml", vec![b' '; 64 * 1024 + 1]).await;
    let large = problem::expect(&large, 413, "body_too_large");
    assert!(large["detail"].as_str().unwrap().contains("65536"));
    let largest = format!("{RED}{}", " ".repeat(64 * 1024 - RED.len()));
    upload(&server, "image/svg+xml", largest).await.expect(200);
    remove(&server).await.expect(200);
    let script = RED.replace("<rect", "<script>alert(1)</script><rect");
    let answer = upload(&server, "image/svg+xml", script).await;
    let refused = problem::expect(&answer, 422, "unreadable_emblem");
    assert!(refused["detail"].as_str().unwrap().contains("script"));
    for (kind, body) in [
        ("image/svg+xml", ""),
        ("image/svg+xml", "<svg/>"),
        ("image/png", RED),
    ] {
        let answer = upload(&server, kind, body).await;
        problem::expect(&answer, 422, "unreadable_emblem");
    }
    let board = server.get(BOARD).await.expect(200);
    assert_eq!(board["emblem"], "trophy", "the last picture was removed");
    problem::expect(&server.get(PATH).await, 404, "no_emblem");
}

#[tokio::test]
async fn only_an_admin_of_the_board_changes_its_emblem() {
    let server = server().await;
    server
        .put("/api/v1/boards/other", &points())
        .await
        .expect(201);
    let key = async |scope: &str, board: &str| {
        let draft = json!({ "title": "a server", "scopes": [scope], "boards": [board] });
        let key = server.post("/api/v1/keys", &draft).await.expect(201);
        key["secret"].as_str().unwrap().to_owned()
    };
    let nobody = server.request(Method::PUT, PATH).body(RED);
    let nobody = Answer::to(nobody.header("content-type", "image/svg+xml")).await;
    problem::expect(&nobody, 401, "unauthorized");
    for key in [key("admin", "other").await, key("submit", "points").await] {
        let answer = upload_as(&server, &key, "image/svg+xml", RED).await;
        problem::expect(&answer, 403, "forbidden");
        let request = server.request(Method::DELETE, PATH).bearer_auth(&key);
        problem::expect(&Answer::to(request).await, 403, "forbidden");
    }
    let own = key("admin", "points").await;
    let answer = upload_as(&server, &own, "image/svg+xml", RED).await;
    answer.expect(200);
    // A page of another site cannot use an admin's cookie.
    let admin = json!({ "handle": "boss", "password": "correct horse", "role": "admin" });
    server.post("/api/v1/accounts", &admin).await.expect(201);
    let cookie = server.sign_in("boss", "correct horse").await;
    let by_cookie = |origin: &str| {
        let request = server.request(Method::PUT, PATH).header("cookie", &cookie);
        let request = request.header("origin", origin).body(BLUE);
        Answer::to(request.header("content-type", "image/svg+xml"))
    };
    let foreign = by_cookie("https://evil.example").await;
    problem::expect(&foreign, 403, "foreign_origin");
    by_cookie(&server.url).await.expect(200);
    let unknown = server.request(Method::GET, "/api/v1/boards/none/emblem");
    problem::expect(&Answer::to(unknown).await, 404, "unknown_board");
}

#[tokio::test]
async fn chosen_picture_needs_an_upload() {
    let server = server().await;
    let patch = async |emblem: Value| {
        let request = server.request(Method::PATCH, BOARD).bearer_auth(TOKEN);
        Answer::to(request.json(&json!({ "emblem": emblem }))).await
    };
    problem::expect_invalid(&patch(json!("custom")).await, "emblem");
    let unknown = patch(json!("cat")).await;
    problem::expect_invalid(&unknown, "emblem");
    assert!(unknown.text.contains("mountain"), "{}", unknown.text);
    upload(&server, "image/svg+xml", RED).await.expect(200);
    // The picture stays while another emblem is shown.
    assert_eq!(patch(json!("flag")).await.expect(200)["emblem"], "flag");
    assert_eq!(patch(json!("custom")).await.expect(200)["emblem"], "custom");
    let removed = remove(&server).await;
    assert_eq!(removed.header("etag"), "\"5\"");
    let removed = removed.expect(200);
    assert_eq!(
        (&removed["emblem"], &removed["version"]),
        (&json!("trophy"), &json!(5))
    );
    problem::expect(&remove(&server).await, 404, "no_emblem");
    problem::expect_invalid(&patch(json!("custom")).await, "emblem");
}

#[tokio::test]
async fn next_board_of_a_slug_has_not_the_emblem_of_the_deleted_one() {
    let server = server().await;
    upload(&server, "image/svg+xml", RED).await.expect(200);
    bytes(&server, PATH).await;
    let request = server.request(Method::PATCH, BOARD).bearer_auth(TOKEN);
    let archived = Answer::to(request.json(&json!({ "archived": true }))).await;
    archived.expect(200);
    let request = server.request(Method::DELETE, &format!("{BOARD}?confirm=points"));
    Answer::to(request.bearer_auth(TOKEN)).await.expect(202);
    problem::expect(&server.get(PATH).await, 404, "unknown_board");
    while server.put(BOARD, &points()).await.status != 201 {}
    problem::expect(&server.get(PATH).await, 404, "no_emblem");
}

/// Width and height of a share card, and the box of its emblem, in pixels.
const CARD: (u32, u32) = (1200, 630);
const BOX: (u32, u32, u32, u32) = (1034, 46, 1130, 142);

fn decoded(png: &[u8]) -> Pixmap {
    Pixmap::decode_png(png).expect("a picture")
}

/// A PNG of the largest accepted dimensions, in a colour that no share card has.
fn largest_png() -> Vec<u8> {
    let mut picture = Pixmap::new(1024, 1024).expect("a size");
    picture.fill(Color::from_rgba8(255, 0, 255, 255));
    picture.encode_png().expect("a picture")
}

#[tokio::test]
async fn largest_emblem_fills_its_box_on_the_share_card_and_nothing_else() {
    let server = server().await;
    let card = "/boards/points/picture.png";
    let patch = async |emblem: &str| {
        let request = server.request(Method::PATCH, BOARD).bearer_auth(TOKEN);
        let request = request.json(&json!({ "emblem": emblem }));
        Answer::to(request).await.expect(200);
    };
    let png = largest_png();
    assert!(png.len() <= 64 * 1024, "{}", png.len());
    upload(&server, "image/png", png).await.expect(200);
    let stored = decoded(&bytes(&server, PATH).await);
    assert_eq!((stored.width(), stored.height()), (192, 192));
    let uploaded = decoded(&bytes(&server, card).await);
    patch("bolt").await;
    let drawn = decoded(&bytes(&server, card).await);
    for picture in [&uploaded, &drawn] {
        assert_eq!((picture.width(), picture.height()), CARD);
    }
    let (left, top, right, bottom) = BOX;
    for (x, y) in (0..CARD.1).flat_map(|y| (0..CARD.0).map(move |x| (x, y))) {
        let pixel = uploaded.pixel(x, y).unwrap();
        if (left..right).contains(&x) && (top..bottom).contains(&y) {
            let is_magenta = pixel.red() > 250 && pixel.green() < 5 && pixel.blue() > 250;
            assert!(is_magenta, "{x}, {y}: {pixel:?}");
        } else {
            // The emblem of the other card stays in the same box.
            assert_eq!(Some(pixel), drawn.pixel(x, y), "{x}, {y}");
        }
    }
}

#[tokio::test]
async fn look_is_on_the_page_and_on_the_share_card() {
    let server = server().await;
    let card = "/boards/points/picture.png";
    let plain = bytes(&server, card).await;
    let request = server.request(Method::PATCH, BOARD).bearer_auth(TOKEN);
    let look = json!({ "accent": "rose", "emblem": "mountain" });
    Answer::to(request.json(&look)).await.expect(200);
    let drawn = bytes(&server, card).await;
    assert_ne!(plain, drawn);
    for page in ["/boards/points", "/"] {
        let page = server.get(page).await.text;
        assert!(page.contains("data-accent=\"rose\""));
        assert!(page.contains("/emblems.svg#mountain"));
    }
    upload(&server, "image/svg+xml", RED).await.expect(200);
    assert_ne!(bytes(&server, card).await, drawn);
    for page in ["/boards/points", "/"] {
        let page = server.get(page).await.text;
        assert!(page.contains(&format!("src=\"{PATH}\"")));
    }
}
