//! The site's files and pages: location, options of Leptos, serving.

use std::path::{Path, PathBuf};

use app::shell;
use axum::Router;
use axum::extract::Request;
use leptos::config::LeptosOptions;
use leptos_axum::render_app_async_stream_with_context;
use tower_http::services::ServeDir;

/// Serves the site's files, compressed by the build. For all other addresses, renders the page for
/// unknown addresses, with the context from `context`; `guarded` adds layers to that page.
///
/// `file_and_error_handler_with_context` of `leptos_axum` is not used: it moves headers, such as
/// cookies, from a page that is rendered on the same thread to a file. A test in
/// `tests/rest/serving.rs` serves pages and files concurrently.
pub(crate) fn files(
    options: &LeptosOptions,
    context: impl Fn() + Clone + Send + Sync + 'static,
    guarded: impl FnOnce(Router) -> Router,
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
        .fallback(guarded(Router::new().fallback(not_found)));
    Router::new().fallback_service(files)
}

/// Options of Leptos for a binary at any location. The files are in `configured`, or else in `site`
/// next to the binary, or else at the output path of the build.
pub(crate) fn options(configured: Option<&Path>) -> LeptosOptions {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|exe| exe.parent().map(Path::to_owned));
    let found = beside
        .iter()
        .flat_map(|dir| [dir.join("site"), dir.join("../site")]);
    let site: PathBuf = configured
        .map(Path::to_owned)
        .or_else(|| found.into_iter().find(|dir| dir.join("pkg").is_dir()))
        .unwrap_or_else(|| PathBuf::from("target/site"));
    // The list of hashed names is next to the binary, or with the files.
    let hashes = [
        Some(site.join("hash.txt")),
        beside.map(|dir| dir.join("hash.txt")),
    ];
    let hashes = hashes.into_iter().flatten().find(|file| file.is_file());
    if !site.join("pkg").is_dir() {
        tracing::warn!(site.root = %site.display(), "no site files found; pages have no styles and no scripts");
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
