//! The code that a page's islands need: which module it is in, and which of its parts.

use std::collections::HashMap;
use std::path::Path;

use leptos::nonce::use_nonce;
use leptos::prelude::*;

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

    /// The name that its files have, and the folder under the site's in which they are.
    fn place(self) -> (&'static str, &'static str) {
        // What rebuilds at every change builds one module, of everything.
        if self == Self::Play || std::env::var_os("LEPTOS_WATCH").is_some() {
            return ("leaderport", "");
        }
        ("manage", "/manage")
    }
}

/// The files of a module, by their addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Files {
    /// What the browser runs first, and what that imports to load parts, where there are any.
    scripts: Vec<String>,
    /// The module.
    module: String,
    /// The parts that an island needs, by its loader, as the build listed them.
    parts: HashMap<String, Vec<String>>,
}

impl Files {
    /// As the build named them.
    fn find(module: Module, options: &LeptosOptions) -> Self {
        let (name, under) = module.place();
        let folder = format!("{}{under}", options.site_pkg_dir);
        let hashes = match under {
            "" => options.hash_file.to_string(),
            _ => options.hash_file.replace("hash.txt", "hash-manage.txt"),
        };
        let hashes = options.hash_files.then(|| {
            std::fs::read_to_string(&hashes).unwrap_or_else(|error| {
                leptos::logging::error!("{hashes}: {error}; pages do not come alive");
                String::new()
            })
        });
        let hashes = hashes.unwrap_or_default();
        let hash = |of: &str| {
            let lines = hashes.lines().filter_map(|line| line.split_once(':'));
            let hash = lines.into_iter().find(|(file, _)| file.trim() == of);
            hash.map(|(_, hash)| format!(".{}", hash.trim()))
        };
        let named = |of: &str| hash(of).unwrap_or_default();
        let list = format!("__wasm_split_manifest{}.json", named("manifest"));
        let list = Path::new(&*options.site_root).join(&folder).join(list);
        // None where the build made one part of everything.
        let list = std::fs::read_to_string(list).ok();
        let parts: Option<HashMap<String, Vec<String>>> =
            list.and_then(|text| serde_json::from_str(&text).ok());
        // What it is called where nothing is hashed.
        let split = hash("split").unwrap_or_else(|| format!(".{}", "_".repeat(22)));
        let split = parts
            .is_some()
            .then(|| format!("/{folder}/__wasm_split{split}.js"));
        let mut parts = parts.unwrap_or_default();
        for part in parts.values_mut().flatten() {
            *part = format!("/{folder}/{part}.wasm");
        }
        let script = format!("/{folder}/{name}{}.js", named("js"));
        Self {
            scripts: [script].into_iter().chain(split).collect(),
            module: format!("/{folder}/{name}{}.wasm", named("wasm")),
            parts,
        }
    }

    /// Those of an island.
    fn parts(&self, island: &str) -> &[String] {
        let loader = format!("{island}_island_loader_");
        let mut parts = self.parts.iter();
        let of = parts.find(|(name, _)| name.starts_with(&loader));
        of.map_or(&[], |(_, parts)| parts)
    }
}

/// Has the island of the page at an address come alive, once the page has been painted.
///
/// Not by the `HydrationScripts` of `leptos`: they have the code loaded before anything is
/// painted, which on a phone delays what one came to read.
pub(super) fn alive(options: &LeptosOptions, path: &str) -> impl IntoView + use<> {
    Module::of(path).map(|module| {
        // What is outside the island is the server's alone, and nothing of it is serialized.
        if let Some(context) = Owner::current_shared_context() {
            context.set_is_hydrating(false);
        }
        // Two small files are read, since the site may be built anew beside a server that runs.
        let files = Files::find(module, options);
        let parts = files.parts(module.island(path));
        let (scripts, module) = (&files.scripts, &files.module);
        let code = include_str!("alive.js").trim_end();
        let call = format!("{code}({scripts:?}, {module:?}, {parts:?});");
        view! { <script type="module" nonce=use_nonce()>{call}</script> }
    })
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
    fn a_page_names_the_files_of_its_island() {
        let site = std::env::temp_dir().join(format!("leaderport-parts-{}", std::process::id()));
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        let list = r#"{"boards_island_loader_1":["chunk_2.x","split_1.y"],"run_3":["chunk_2.x"]}"#;
        std::fs::write(site.join("pkg/__wasm_split_manifest.h.json"), list).unwrap();
        let hashes = site.join("hash.txt");
        std::fs::write(&hashes, "js: a\nwasm: b\ncss: c\nmanifest: h\nsplit: d\n").unwrap();
        let options = |hash_files: bool| {
            LeptosOptions::builder()
                .output_name("leaderport")
                .site_root(site.display().to_string())
                .site_pkg_dir("pkg")
                .hash_files(hash_files)
                .hash_file(hashes.display().to_string().into())
                .build()
        };
        let files = Files::find(Module::Play, &options(true));
        assert_eq!(
            files.scripts,
            ["/pkg/leaderport.a.js", "/pkg/__wasm_split.d.js"]
        );
        assert_eq!(files.module, "/pkg/leaderport.b.wasm");
        assert_eq!(
            files.parts(Module::Play.island("/")),
            ["/pkg/chunk_2.x.wasm", "/pkg/split_1.y.wasm"]
        );
        // That of a board is in the module itself.
        let island = Module::Play.island("/boards/reflex");
        assert!(files.parts(island).is_empty());

        let files = Files::find(Module::Manage, &options(false));
        assert_eq!(files.module, "/pkg/manage/manage.wasm");
        assert_eq!(files.scripts, ["/pkg/manage/manage.js"]);
        std::fs::remove_dir_all(site).unwrap();
    }
}
