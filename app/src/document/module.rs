//! The code that a page's islands need: which module it is in, and which of its parts.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

use leptos::config::LeptosOptions;

/// The module that a page with islands has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Module {
    /// Boards.
    Play,
    /// The account and admin pages.
    Manage,
}

impl Module {
    /// The one of a page; none of pages without islands.
    pub(super) fn of(path: &str) -> Option<Self> {
        match path.trim_start_matches('/').split('/').next() {
            Some("" | "boards") => Some(Self::Play),
            Some("account" | "admin") => Some(Self::Manage),
            _ => None,
        }
    }

    /// The island of a page that has this module.
    pub(super) fn island(self, path: &str) -> &'static str {
        match (self, path) {
            (Self::Play, "/") => "boards",
            (Self::Play, _) => "board",
            (Self::Manage, "/account") => "account",
            (Self::Manage, _) => "admin",
        }
    }

    /// Where its files are.
    pub(super) fn options(self, options: &LeptosOptions) -> LeptosOptions {
        // What rebuilds at every change builds one module, of everything.
        if self == Self::Play || std::env::var_os("LEPTOS_WATCH").is_some() {
            return options.clone();
        }
        let hash_file = options.hash_file.replace("hash.txt", "hash-manage.txt");
        LeptosOptions::builder()
            .output_name("manage")
            .site_root(options.site_root.clone())
            .site_pkg_dir(format!("{}/manage", options.site_pkg_dir))
            .hash_files(options.hash_files)
            .hash_file(hash_file.into())
            .build()
    }
}

/// What the parts of each island are, by folder: as the build listed them.
static PARTS: LazyLock<Mutex<HashMap<String, Parts>>> = LazyLock::new(Mutex::default);

/// By the loader of an island.
type Parts = HashMap<String, Vec<String>>;

/// The addresses of an island's parts, for a browser to load beside the module and not after
/// it. None where the build listed none.
pub(super) fn parts(options: &LeptosOptions, island: &str) -> Vec<String> {
    let folder = options.site_pkg_dir.to_string();
    let mut known = PARTS.lock().unwrap_or_else(PoisonError::into_inner);
    let islands = known.entry(folder.clone()).or_insert_with(|| {
        listed(&Path::new(&*options.site_root).join(&folder)).unwrap_or_default()
    });
    let loader = format!("{island}_island_loader_");
    let parts = islands.iter().find(|(name, _)| name.starts_with(&loader));
    let address = |part: &String| format!("/{folder}/{part}.wasm");
    parts.map_or_else(Vec::new, |(_, parts)| parts.iter().map(address).collect())
}

fn listed(folder: &Path) -> Option<Parts> {
    let files = std::fs::read_dir(folder).ok()?.flatten();
    let is_list = |name: &str| name.starts_with("__wasm_split_manifest");
    let lists = files.filter(|file| file.file_name().to_str().is_some_and(is_list));
    // Compressed ones stand beside it, which are no texts.
    let mut texts = lists.filter_map(|file| std::fs::read_to_string(file.path()).ok());
    texts.find_map(|text| serde_json::from_str(&text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_with_islands_have_the_code_of_their_module() {
        for (path, module) in [
            ("/", Some(Module::Play)),
            ("/boards/reflex", Some(Module::Play)),
            ("/account", Some(Module::Manage)),
            ("/admin", Some(Module::Manage)),
            ("/admin/keys", Some(Module::Manage)),
            ("/players/ann", None),
            ("/docs/realtime", None),
            ("/administration", None),
        ] {
            assert_eq!(Module::of(path), module, "{path}");
        }
    }

    #[test]
    fn a_page_names_the_parts_of_its_island() {
        let site = std::env::temp_dir().join(format!("leaderport-parts-{}", std::process::id()));
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        let list =
            r#"{"board_island_loader_1":["chunk_2.x","split_1.y"],"boards_island_loader_3":[]}"#;
        std::fs::write(site.join("pkg/__wasm_split_manifest.h.json"), list).unwrap();
        let options = LeptosOptions::builder()
            .output_name("x")
            .site_root(site.display().to_string())
            .site_pkg_dir("pkg")
            .build();
        let found = parts(&options, Module::Play.island("/boards/reflex"));
        assert_eq!(found, ["/pkg/chunk_2.x.wasm", "/pkg/split_1.y.wasm"]);
        assert!(parts(&options, "admin").is_empty());
        std::fs::remove_dir_all(site).unwrap();
    }
}
