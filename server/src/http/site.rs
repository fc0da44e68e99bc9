//! The site's files and pages: where they are, how Leptos is told, and how files are served.

use std::path::{Path, PathBuf};

use app::shell;
use axum::Router;
use axum::extract::Request;
use axum::handler::HandlerWithoutStateExt;
use leptos::config::LeptosOptions;
use leptos_axum::render_app_async_stream_with_context;
use tower_http::services::ServeDir;

/// The site's files, compressed as the build did it, and of all other addresses the page that
/// says so, in whose context is what `context` provides.
///
/// Not by `file_and_error_handler_with_context` of `leptos_axum`: it gives a file the headers of
/// whichever page is being rendered on its thread, cookies among them, and takes them from that
/// page. A test in `tests/rest/serving.rs` holds pages and files beside each other.
pub(crate) fn files(
    options: &LeptosOptions,
    context: impl Fn() + Clone + Send + Sync + 'static,
) -> Router {
    let root = options.site_root.to_string();
    let options = options.clone();
    let not_found = move |request: Request| {
        let options = options.clone();
        let page = move || shell(options.clone());
        render_app_async_stream_with_context(context.clone(), page)(request)
    };
    let files = ServeDir::new(root)
        .precompressed_br()
        .precompressed_gzip()
        .append_index_html_on_directories(false)
        .call_fallback_on_method_not_allowed(true)
        .fallback(not_found.into_service());
    Router::new().fallback_service(files)
}

/// Options of Leptos for a binary that may lie anywhere: files are looked for
/// in `told`, else in `site` beside the binary, else where the build puts them.
pub(crate) fn options(told: Option<&Path>) -> LeptosOptions {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|exe| exe.parent().map(Path::to_owned));
    let found = beside
        .iter()
        .flat_map(|dir| [dir.join("site"), dir.join("../site")]);
    let site: PathBuf = told
        .map(Path::to_owned)
        .or_else(|| found.into_iter().find(|dir| dir.join("pkg").is_dir()))
        .unwrap_or_else(|| PathBuf::from("target/site"));
    // The list of hashed names stands beside the binary, or with the files.
    let hashes = [
        Some(site.join("hash.txt")),
        beside.map(|dir| dir.join("hash.txt")),
    ];
    let hashes = hashes.into_iter().flatten().find(|file| file.is_file());
    if !site.join("pkg").is_dir() {
        tracing::warn!(site.root = %site.display(), "no site files found: pages will have no style and no script");
    }
    let hash_file = hashes
        .as_ref()
        .map_or_else(|| "hash.txt".to_owned(), |f| f.display().to_string());
    LeptosOptions::builder()
        .output_name("leaderport")
        .site_root(site.display().to_string())
        .site_pkg_dir("pkg")
        .hash_files(hashes.is_some())
        .hash_file(hash_file.into())
        .build()
}
