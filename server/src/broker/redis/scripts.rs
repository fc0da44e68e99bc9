//! The Lua scripts. Redis runs each as one atomic step. Most begin with the texts of
//! `lua/names.lua` and of `lua/season.lua` or `lua/people.lua`, which have shared functions.

use redis::{Script, ScriptInvocation};

macro_rules! of_a_season {
    ($name:literal) => {
        Script::new(concat!(
            include_str!("lua/names.lua"),
            include_str!("lua/season.lua"),
            include_str!(concat!("lua/", $name, ".lua"))
        ))
    };
}

macro_rules! of_players {
    ($name:literal) => {
        Script::new(concat!(
            include_str!("lua/names.lua"),
            include_str!("lua/people.lua"),
            include_str!(concat!("lua/", $name, ".lua"))
        ))
    };
}

/// Every script, with its hash.
pub(super) struct Scripts {
    pub(super) apply: Script,
    pub(super) around: Script,
    pub(super) build: Script,
    pub(super) drop: Script,
    pub(super) forget_applied: Script,
    pub(super) join: Script,
    pub(super) missed: Script,
    pub(super) name: Script,
    pub(super) note: Script,
    pub(super) places: Script,
    pub(super) present: Script,
    pub(super) place_of_rank: Script,
    pub(super) place_of_score: Script,
    pub(super) show: Script,
    pub(super) slice: Script,
    pub(super) swap: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            apply: of_a_season!("apply"),
            around: of_a_season!("around"),
            build: of_a_season!("build"),
            drop: of_a_season!("drop"),
            forget_applied: Script::new(include_str!("lua/forget_applied.lua")),
            join: of_players!("join"),
            missed: of_a_season!("missed"),
            name: of_players!("name"),
            note: Script::new(include_str!("lua/note.lua")),
            places: of_a_season!("places"),
            present: Script::new(include_str!("lua/present.lua")),
            place_of_rank: of_a_season!("place_of_rank"),
            place_of_score: of_a_season!("place_of_score"),
            show: of_a_season!("show"),
            slice: of_a_season!("slice"),
            swap: of_a_season!("swap"),
        }
    }
}

/// The invocation of a script with keys and arguments.
pub(super) fn over<'a>(script: &'a Script, keys: &[String], args: &[&str]) -> ScriptInvocation<'a> {
    let mut invocation = script.prepare_invoke();
    for key in keys {
        invocation.key(key);
    }
    for arg in args {
        invocation.arg(*arg);
    }
    invocation
}

#[cfg(test)]
mod tests {
    /// Freeing a key of ten million members blocks Redis for seconds, unless the key is unlinked.
    #[test]
    fn no_script_frees_a_large_key_at_once() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/broker/redis/lua");
        let files = std::fs::read_dir(folder).unwrap();
        let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
        let texts: Vec<String> = texts.collect();
        assert!(texts.iter().any(|text| text.contains("'UNLINK'")));
        for text in texts {
            assert!(!text.contains("'DEL'"), "{text}");
            // RENAME frees the key that it replaces.
            for (n, _) in text.match_indices("'RENAME'") {
                let before = &text[..n];
                let since_loop = before.rfind("for ").unwrap_or(0);
                assert!(before[since_loop..].contains("'UNLINK', live"), "{text}");
            }
        }
    }
}
