//! The site's files and pages: where they are, and how Leptos is told.

use std::path::{Path, PathBuf};

use app::shell;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, Uri};
use axum::response::Response;
use leptos::config::LeptosOptions;

use crate::state::AppState;

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

/// A file of the site, else the page that says there is none.
pub(crate) fn file_or_page(
    context: impl Fn() + Clone + Send + Sync + 'static,
) -> impl Fn(
    Uri,
    State<AppState>,
    Request<Body>,
) -> std::pin::Pin<Box<dyn Future<Output = Response<Body>> + Send>>
+ Clone
+ Send
+ Sync
+ 'static {
    let handler = leptos_axum::file_and_error_handler_with_context::<AppState, _>(context, shell);
    // The handler is rebuilt from parts that are Sync; the one Leptos returns hides that.
    move |uri, state, request| handler.clone()(uri, state, request)
}
