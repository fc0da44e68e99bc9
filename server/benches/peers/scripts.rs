//! The scripts, and the two Redis servers with the members that they share.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::measure::{player, progress, score};
use crate::redis::{Batch, Server};

/// The key of the sorted set in `app.js`.
const KEY: &[u8] = b"board";

/// How many commands go to Redis in one batch.
const BATCH: usize = 1000;

/// The folder of the scripts.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/peers")
}

/// Two Redis servers with the same members.
pub(crate) struct Stores {
    memory: Server,
    durable: Server,
    pub(crate) version: String,
}

impl Stores {
    /// Starts and fills both. The durable one writes to `data`. `None` if `redis-server` is not on
    /// the PATH.
    pub(crate) fn start(data: &Path, members: u32) -> Option<Self> {
        fs::create_dir_all(data).expect("the benchmark's directory is writable");
        let data = data
            .to_str()
            .expect("the benchmark's directory is named in UTF-8");
        let memory = Server::start(&[])?;
        let durable = Server::start(&[
            "--dir",
            data,
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            // A rewrite of the file would fall into some round.
            "--auto-aof-rewrite-percentage",
            "0",
        ])?;
        for (name, server) in [("Redis", &memory), ("durable Redis", &durable)] {
            fill(name, server, members);
        }
        let version = memory.connect().info("server", "redis_version");
        Some(Self {
            version: version.expect("Redis reports its version"),
            memory,
            durable,
        })
    }
}

fn fill(name: &str, server: &Server, members: u32) {
    let mut connection = server.connect();
    let bar = progress(&format!("{name}, filling"), members.into());
    for first in (0..members).step_by(BATCH) {
        let mut batch = Batch::default();
        for n in (first..members).take(BATCH) {
            let score = score(n.into()).to_string();
            batch.push(&[b"ZADD", KEY, score.as_bytes(), player(n).as_bytes()]);
            bar.inc(1);
        }
        connection.run(&batch, |_| ());
    }
    bar.finish_and_clear();
}

/// One script as two processes: over the Redis in memory, and over the durable one.
pub(crate) struct Script {
    pub(crate) memory: Process,
    pub(crate) durable: Process,
    /// The version of the program that runs it.
    pub(crate) version: String,
}

impl Script {
    /// Hono on Node. The error is a sentence that says why it is not measured.
    pub(crate) fn node(stores: &Stores) -> Result<Self, String> {
        if !folder().join("node_modules/hono").is_dir() {
            let sentence = "Node is not measured: `.ci/setup bench` installs its packages.";
            return Err(sentence.to_owned());
        }
        let version = version(OsStr::new("node"));
        let version = version.ok_or("Node is not measured: it is not on the PATH.")?;
        Self::start(OsStr::new("node"), "node.js", version, stores)
    }

    /// Hono on Bun. The error is a sentence that says why it is not measured.
    pub(crate) fn bun(stores: &Stores) -> Result<Self, String> {
        // npm installs Bun for this machine alone.
        let installed = fs::read_dir(folder().join("node_modules/@oven"));
        let installed = installed.into_iter().flatten().flatten();
        let mut programs = installed.map(|package| package.path().join("bin/bun"));
        let found = programs.find_map(|bun| version(bun.as_os_str()).map(|version| (bun, version)));
        let (bun, version) = found.ok_or(
            "Bun is not measured: `.ci/setup bench` installs it where its package fits the machine.",
        )?;
        Self::start(bun.as_os_str(), "bun.js", version, stores)
    }

    fn start(
        program: &OsStr,
        file: &str,
        version: String,
        stores: &Stores,
    ) -> Result<Self, String> {
        Ok(Self {
            memory: Process::start(program, file, &stores.memory.url())?,
            durable: Process::start(program, file, &stores.durable.url())?,
            version,
        })
    }
}

/// The version that a program prints, if it starts.
fn version(program: &OsStr) -> Option<String> {
    let ran = Command::new(program).arg("--version").output();
    let ran = ran.ok().filter(|ran| ran.status.success())?;
    Some(String::from_utf8_lossy(&ran.stdout).trim().to_owned())
}

/// A running script, killed on drop.
pub(crate) struct Process {
    child: Child,
    /// Host and port.
    pub(crate) address: String,
}

impl Process {
    fn start(program: &OsStr, file: &str, redis: &str) -> Result<Self, String> {
        let mut child = Command::new(program)
            .arg(folder().join(file))
            .arg(redis)
            .env("NODE_ENV", "production")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{file} is not measured: {error}."))?;
        let output = child.stdout.take().expect("the output is piped");
        let mut line = String::new();
        let read = io::BufReader::new(output).read_line(&mut line);
        read.expect("the script's output is text");
        let process = Self {
            child,
            address: line.trim().to_owned(),
        };
        if process.address.is_empty() {
            return Err(format!(
                "{file} is not measured: it ended before it printed its address."
            ));
        }
        Ok(process)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Killing fails only if the script has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
