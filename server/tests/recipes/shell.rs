//! The one `bash` that runs all commands of a recipe.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::markdown::Block;

/// How long a block may go without a line of output.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Printed after the output of each block.
const END: &str = "-- end of the block --";

/// Ends the shell at the first failed command, and names that command.
const SETUP: &str = r#"set -Eeuo pipefail
trap 'echo "line $LINENO: $BASH_COMMAND: status $?" >&2' ERR
"#;

pub(crate) struct Shell {
    folder: PathBuf,
    process: Child,
    commands: ChildStdin,
    lines: mpsc::Receiver<String>,
    errors: Arc<Mutex<String>>,
    errors_reader: Option<JoinHandle<()>>,
}

impl Shell {
    /// A shell in the folder, for the server at `url`.
    pub(crate) fn start(folder: &Path, url: &str, token: &str) -> Self {
        let mut bash = Command::new("bash");
        // The developer's own settings must not change what the commands do.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("LEADERPORT_") || text.starts_with("RUST_") {
                bash.env_remove(&name);
            }
        }
        bash.args(["--noprofile", "--norc"])
            .current_dir(folder)
            .env("HOME", folder)
            .env("PATH", path())
            .env("URL", url)
            .env("TOKEN", token)
            .env("no_proxy", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = bash.spawn().expect("bash is installed");
        let commands = process.stdin.take().expect("stdin is piped");
        let stdout = process.stdout.take().expect("stdout is piped");
        let stderr = process.stderr.take().expect("stderr is piped");
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // After a failure the receiver is gone.
                let _ = sender.send(line);
            }
        });
        let errors = Arc::new(Mutex::new(String::new()));
        let kept = errors.clone();
        let reader = thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut errors = kept.lock().unwrap_or_else(PoisonError::into_inner);
                errors.push_str(&line);
                errors.push('\n');
            }
        });
        let mut shell = Self {
            folder: folder.to_owned(),
            process,
            commands,
            lines,
            errors,
            errors_reader: Some(reader),
        };
        shell.send(SETUP);
        shell
    }

    /// Runs a block and returns its output. The error begins with the block's line.
    pub(crate) fn run(&mut self, block: &Block) -> Result<String, String> {
        // Blank lines above the commands give them the line numbers of the recipe.
        let script = "\n".repeat(block.line - 1) + &block.text;
        fs::write(self.folder.join(".block.sh"), script).expect("a writable folder");
        // Commands that read their input must not read those of the shell.
        self.send(&format!(
            "source ./.block.sh </dev/null\necho; echo '{END}'\n"
        ));
        let mut printed = String::new();
        let why = loop {
            match self.lines.recv_timeout(TIMEOUT) {
                Ok(line) if line == END => {
                    // The `echo` before the mark ended an unfinished line, or added a blank one.
                    printed.pop();
                    return Ok(printed);
                }
                Ok(line) => {
                    printed.push_str(&line);
                    printed.push('\n');
                }
                Err(RecvTimeoutError::Disconnected) => break "failed",
                Err(RecvTimeoutError::Timeout) => break "did not end",
            }
        };
        if why == "failed" {
            let reader = self.errors_reader.take();
            reader.map(JoinHandle::join);
        }
        Err(format!(
            "{}: the commands {why}:\n{}\nactual:\n{printed}\nstandard error:\n{}",
            block.line,
            block.text,
            self.errors(),
        ))
    }

    /// Standard error since the start.
    pub(crate) fn errors(&self) -> String {
        let errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        errors.clone()
    }

    fn send(&mut self, commands: &str) {
        // If the shell has ended, the missing mark reports it.
        let _ = self.commands.write_all(commands.as_bytes());
        let _ = self.commands.flush();
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // The shell may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The search path, with the tested `leaderport` before all others.
fn path() -> OsString {
    let binary = Path::new(env!("CARGO_BIN_EXE_leaderport"));
    let folder = binary.parent().expect("a file has a folder").to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder).chain(std::env::split_paths(&others));
    std::env::join_paths(folders).expect("the folders have no separator in their names")
}
