//! The files of the site: methods, conditional requests, caching and fonts.

use serde_json::json;

use crate::support::{Answer, TestServer};

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
