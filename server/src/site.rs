//! The site's files and pages: where they are, and how Leptos is told.

use std::path::{Path, PathBuf};

use leptos::config::LeptosOptions;

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
