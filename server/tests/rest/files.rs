//! The files of the site: methods, conditional requests, caching and fonts; the files that other sites
//! load, and the page that they frame.

use serde_json::json;

use crate::support::{Answer, TestServer, points};

#[tokio::test]
async fn static_files_are_read_only() {
    let site = concat!(env!("CARGO_MANIFEST_DIR"), "/../public");
    let server = TestServer::start_over(&["--site", site]);
    for (path, status) in [("/favicon.svg", 200), ("/..%2fCargo.toml", 404)] {
        assert_eq!(server.get(path).await.status, status, "{path}");
    }
    let answer = server.put("/favicon.svg", &json!({})).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn unchanged_file_answers_304_with_the_same_cache_control() {
    let site = tempfile::tempdir().unwrap();
    std::fs::create_dir(site.path().join("pkg")).unwrap();
    std::fs::write(site.path().join("pkg/a.js"), "1").unwrap();
    let server = TestServer::start_over(&["--site", site.path().to_str().unwrap()]);
    let first = server.get("/pkg/a.js").await;
    let kept = "public, max-age=31536000, immutable";
    assert_eq!((first.status, first.header("cache-control")), (200, kept));
    let again = server
        .request(reqwest::Method::GET, "/pkg/a.js")
        .header("if-modified-since", first.header("last-modified"));
    let again = Answer::to(again).await;
    assert_eq!((again.status, again.header("cache-control")), (304, kept));
    assert!(again.text.is_empty());
}

#[tokio::test]
async fn fonts_are_preloaded_and_cached_for_a_year() {
    let site = concat!(env!("CARGO_MANIFEST_DIR"), "/../public");
    let server = TestServer::start_over(&["--site", site]);
    let page = server.get("/").await;
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.contains("; font-src 'self'; "), "{policy}");
    let preloads: Vec<&str> = page
        .text
        .split("<link ")
        .filter_map(|rest| rest.split('>').next())
        .filter(|link| link.contains("as=\"font\""))
        .collect();
    assert_eq!(preloads.len(), 2, "{}", page.text);
    for link in preloads {
        for part in ["rel=\"preload\"", "crossorigin=\"anonymous\""] {
            assert!(link.contains(part), "{link}");
        }
        let path = link.split("href=\"").nth(1).unwrap();
        let path = path.split('"').next().unwrap();
        let font = server.get(path).await;
        assert_eq!(
            (font.status, font.header("content-type")),
            (200, "font/woff2"),
            "{path}"
        );
        let caching = font.header("cache-control");
        assert!(caching.contains("immutable"), "{path}: {caching}");
    }
    let missing = server.get("/fonts/missing.woff2").await;
    assert_eq!(missing.status, 404);
    assert!(!missing.header("cache-control").contains("immutable"));
}

#[tokio::test]
async fn client_module_can_be_loaded_by_other_origins() {
    let server = TestServer::start();
    let other = "https://studio.example";
    for (name, media) in [
        ("leaderport.js", "text/javascript; charset=utf-8"),
        ("leaderport.d.ts", "application/typescript; charset=utf-8"),
        ("leader-board.js", "text/javascript; charset=utf-8"),
        ("overlay.css", "text/css; charset=utf-8"),
    ] {
        let path = format!("/sdk/{name}");
        let request = || {
            server
                .request(reqwest::Method::GET, &path)
                .header("origin", other)
        };
        let first = Answer::to(request()).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{name}: {tag}");
        let again = Answer::to(request().header("if-none-match", &tag)).await;
        assert_eq!((first.status, again.status), (200, 304), "{name}");
        assert_eq!(first.header("content-type"), media, "{name}");
        assert!(again.text.is_empty() && !first.text.is_empty(), "{name}");
        for answer in [first, again] {
            for (header, value) in [
                ("access-control-allow-origin", "*"),
                ("cross-origin-resource-policy", "cross-origin"),
                ("cache-control", "public, max-age=300"),
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("etag", tag.as_str()),
            ] {
                assert_eq!(answer.header(header), value, "{name}: {header}");
            }
        }
    }
    for path in ["/sdk/nothing.js", "/sdk/..%2fsw.js"] {
        let missing = server.get(path).await;
        assert_eq!(missing.status, 404, "{path}");
        assert_eq!(missing.header("access-control-allow-origin"), "", "{path}");
    }
}

#[tokio::test]
async fn only_the_overlay_may_be_framed() {
    let server = TestServer::start();
    let mut draft = points();
    draft["title"] = json!("<b>Points</b>");
    server
        .put("/api/v1/boards/points", &draft)
        .await
        .expect(201);
    let overlay = server
        .get("/overlay/points?rows=3&theme=light&player=%22%3E%3Cb%3E&lang=de")
        .await;
    assert_eq!(overlay.status, 200, "{}", overlay.text);
    assert!(overlay.header("content-type").starts_with("text/html"));
    assert_eq!(overlay.header("x-frame-options"), "");
    let policy = overlay.header("content-security-policy");
    assert!(policy.ends_with("; frame-ancestors *"), "{policy}");
    assert!(policy.contains("; script-src 'self'; "), "{policy}");
    for part in [
        "<leader-board src=\"/boards/points\" rows=\"3\" theme=\"light\"",
        " player=\"&quot;&gt;&lt;b&gt;\" lang=\"de\">",
        "<a href=\"/boards/points\" target=\"_top\">&lt;b&gt;Points&lt;/b&gt;</a>",
    ] {
        assert!(overlay.text.contains(part), "{part}: {}", overlay.text);
    }
    assert!(!overlay.text.contains("<b>"), "{}", overlay.text);

    for (path, status) in [
        ("/overlay/nothing", 404),
        ("/overlay/points?rows=0", 422),
        ("/overlay/points?rows=51", 422),
        ("/overlay/points?period=hourly", 422),
        ("/overlay/points?theme=blue", 422),
        ("/overlay/points/more", 404),
        ("/", 200),
        ("/boards/points", 200),
        ("/settings", 200),
        ("/docs", 200),
        ("/nothing", 404),
        ("/api/v1/boards", 200),
        ("/sdk/leaderport.js", 200),
        ("/healthz", 200),
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
    }
}
