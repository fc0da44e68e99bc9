//! The Lua scripts. Redis runs each as one atomic step. Most begin with texts of shared functions:
//! reads of a season with `lua/season.lua`; changes with `lua/names.lua`, `lua/season.lua` and
//! `lua/change.lua`; scripts over players with `lua/names.lua` and `lua/people.lua`.

use redis::{Script, ScriptInvocation};

macro_rules! reads_a_season {
    ($name:literal) => {
        Script::new(concat!(
            include_str!("lua/season.lua"),
            include_str!(concat!("lua/", $name, ".lua"))
        ))
    };
}

macro_rules! changes_a_season {
    ($name:literal) => {
        Script::new(concat!(
            include_str!("lua/names.lua"),
            include_str!("lua/season.lua"),
            include_str!("lua/change.lua"),
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
    pub(super) drop_names: Script,
    pub(super) drop_unused: Script,
    pub(super) forget_applied: Script,
    pub(super) join: Script,
    pub(super) leave: Script,
    pub(super) missed: Script,
    pub(super) name: Script,
    pub(super) note: Script,
    pub(super) places: Script,
    pub(super) present: Script,
    pub(super) place_of_rank: Script,
    pub(super) place_of_score: Script,
    pub(super) schedule: Script,
    pub(super) settle: Script,
    pub(super) show: Script,
    pub(super) slice: Script,
    pub(super) swap: Script,
    pub(super) take_due: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            apply: changes_a_season!("apply"),
            around: reads_a_season!("around"),
            build: changes_a_season!("build"),
            drop: changes_a_season!("drop"),
            drop_names: Script::new(include_str!("lua/drop_names.lua")),
            drop_unused: changes_a_season!("drop_unused"),
            forget_applied: Script::new(include_str!("lua/forget_applied.lua")),
            join: of_players!("join"),
            leave: of_players!("leave"),
            missed: reads_a_season!("missed"),
            name: of_players!("name"),
            note: Script::new(include_str!("lua/note.lua")),
            places: reads_a_season!("places"),
            present: Script::new(include_str!("lua/present.lua")),
            place_of_rank: reads_a_season!("place_of_rank"),
            place_of_score: reads_a_season!("place_of_score"),
            schedule: Script::new(include_str!("lua/schedule.lua")),
            settle: Script::new(include_str!("lua/settle.lua")),
            show: changes_a_season!("show"),
            slice: reads_a_season!("slice"),
            swap: changes_a_season!("swap"),
            take_due: Script::new(include_str!("lua/take_due.lua")),
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
    use std::collections::BTreeSet;

    /// Commands whose duration does not grow with a season. A range is limited by its caller.
    const SHORT: [&str; 36] = [
        "EXISTS",
        "GET",
        "HDEL",
        "HGET",
        "HINCRBY",
        "HLEN",
        "HMGET",
        "HSCAN",
        "HSET",
        "INFO",
        "LPUSH",
        "LTRIM",
        "PERSIST",
        "PING",
        "RENAME",
        "SADD",
        "SCARD",
        "SET",
        "SPUBLISH",
        "SREM",
        "SSUBSCRIBE",
        "TIME",
        "UNLINK",
        "XADD",
        "XLEN",
        "XRANGE",
        "ZADD",
        "ZCARD",
        "ZCOUNT",
        "ZRANGE",
        "ZRANGEBYSCORE",
        "ZRANK",
        "ZREM",
        "ZREVRANGE",
        "ZREVRANK",
        "ZSCORE",
    ];

    /// Longer commands, by file: over the nodes that report presence, over a board's held seasons,
    /// and over the list of the newest applied standings, which has a maximum length.
    const OVER_SHORT_KEYS: [(&str, &str); 6] = [
        ("present.lua", "HGETALL"),
        ("present.lua", "PEXPIRE"),
        ("mod.rs", "SMEMBERS"),
        ("mod.rs", "LRANGE"),
        ("forget_applied.lua", "LRANGE"),
        ("forget_applied.lua", "LREM"),
    ];

    /// The names and texts of the files in a folder.
    fn files(folder: &str) -> Vec<(String, String)> {
        let files = std::fs::read_dir(folder).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        let read = |path: std::path::PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap();
            (name.to_owned(), std::fs::read_to_string(&path).unwrap())
        };
        paths.filter(|path| path.is_file()).map(read).collect()
    }

    fn scripts() -> Vec<(String, String)> {
        files(concat!(env!("CARGO_MANIFEST_DIR"), "/src/broker/redis/lua"))
    }

    /// The commands in the scripts and in the Rust files of this module, each with its file.
    fn commands() -> BTreeSet<(String, String)> {
        // Arguments of commands in scripts.
        let arguments = ["COUNT", "LIMIT", "MAXLEN", "WITHSCORES"];
        let is_word = |word: &&str| word.len() > 2 && word.bytes().all(|b| b.is_ascii_uppercase());
        let mut commands = BTreeSet::new();
        for (file, text) in scripts() {
            // Includes commands that a variable holds.
            let words = text.split('\'').filter(is_word);
            let words = words.filter(|word| !arguments.contains(word));
            commands.extend(words.map(|word| (file.clone(), word.to_owned())));
        }
        for (file, text) in files(concat!(env!("CARGO_MANIFEST_DIR"), "/src/broker/redis")) {
            let calls = text.split("redis::cmd(\"").skip(1);
            let words = calls.filter_map(|call| Some(call.split_once('"')?.0));
            commands.extend(words.map(|word| (file.clone(), word.to_owned())));
        }
        commands
    }

    /// A command blocks Redis while it runs. `DEL`, `EXPIRE` and `FLUSHALL` free a key of ten million
    /// members for seconds; others read or copy it.
    #[test]
    fn no_command_takes_longer_for_a_large_season() {
        let commands = commands();
        for (file, command) in &commands {
            let command = command.as_str();
            let is_over_short_key = OVER_SHORT_KEYS.contains(&(file.as_str(), command));
            assert!(
                SHORT.contains(&command) || is_over_short_key,
                "{command} in {file}"
            );
        }
        for (file, command) in [
            ("swap.lua", "UNLINK"),
            ("season.lua", "ZREVRANGE"),
            ("mod.rs", "HSCAN"),
        ] {
            let found = commands.contains(&(file.to_owned(), command.to_owned()));
            assert!(found, "{command} in {file} is not found");
        }
    }

    /// `RENAME` frees the key that it replaces.
    #[test]
    fn no_script_renames_over_a_key() {
        let mut renames = 0;
        for (file, text) in scripts() {
            for (n, _) in text.match_indices("'RENAME'") {
                renames += 1;
                let before = &text[..n];
                let since_loop = before.rfind("for ").unwrap_or(0);
                assert!(before[since_loop..].contains("'UNLINK', live"), "{file}");
            }
        }
        assert_eq!(renames, 1);
    }
}
