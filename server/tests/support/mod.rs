//! Runs the real binary for tests, on a free port and over a temporary directory.

mod visitors;

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The API token of the test servers.
pub(crate) const TOKEN: &str = "a-token-for-tests-which-is-long-enough";

/// The maximum time for a server to start, stop or answer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How many lines of a server's log a failing test prints.
const LOG_LINES: usize = 60;

/// A server and its data. Drop kills the process and removes the data.
pub(crate) struct TestServer {
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
    process: Option<Process>,
    token: Option<&'static str>,
    settings: Settings,
    log: Log,
    folder: TempDir,
}

/// How the server's process is started.
#[derive(Default)]
struct Settings {
    flags: Vec<String>,
    variables: Vec<(String, String)>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// A points board: best score, with one all-time season.
pub(crate) fn points() -> Value {
    json!({
        "title": "Points", "policy": "best", "order": "descending", "tie": "shared",
        "periods": ["all_time"],
    })
}

impl TestServer {
    /// A server over an empty directory that accepts writes with [`TOKEN`].
    pub(crate) fn start() -> Self {
        Self::start_over(&[])
    }

    /// Like [`Self::start`], with more flags for `serve`.
    pub(crate) fn start_over(flags: &[&str]) -> Self {
        Self::start_in(&[], flags)
    }

    /// Like [`Self::start_over`], with more environment variables.
    pub(crate) fn start_in(variables: &[(&str, &str)], flags: &[&str]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let settings = Settings {
            flags: flags.iter().map(|&flag| flag.to_owned()).collect(),
            variables: variables.iter().map(owned).collect(),
        };
        Self::start_with(Some(TOKEN), settings)
    }

    /// A server over an empty directory that has no API token.
    pub(crate) fn start_without_token() -> Self {
        Self::start_with(None, Settings::default())
    }

    fn start_with(token: Option<&'static str>, settings: Settings) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = Log::default();
        let (process, url) = spawn(folder.path(), token, &settings, &log);
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .build()
            .expect("a client");
        Self {
            url,
            http,
            process: Some(process),
            token,
            settings,
            log,
            folder,
        }
    }

    /// A server with a points board and `players` players. `p0` has the best score, and `p1` the
    /// next.
    pub(crate) async fn with_players(players: i64) -> Self {
        let server = Self::start();
        server
            .put("/api/v1/boards/points", &points())
            .await
            .expect(201);
        let one = |n: i64| json!({ "player": format!("p{n}"), "value": 1000 - n });
        let batch: Vec<Value> = (0..players).map(one).collect();
        let path = "/api/v1/boards/points/submissions/batch";
        server.post(path, &json!(batch)).await.expect(200);
        server
    }

    /// Kills the process (SIGKILL). Its data stays.
    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    /// The process's resident memory in bytes, or none when it does not run.
    pub(crate) fn memory(&self) -> Option<u64> {
        let id = self.process.as_ref()?.child.id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
        let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kib * 1024)
    }

    /// Whether the process was neither killed nor stopped.
    pub(crate) fn is_running(&self) -> bool {
        self.process.is_some()
    }

    /// Stops the process gracefully (SIGTERM). Its data stays.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        let process = self.process.as_mut().expect("the process runs");
        let id = process.child.id().to_string();
        let sent = Command::new("sh")
            .args(["-c", "kill -TERM \"$0\"", &id])
            .status();
        assert!(sent.expect("a shell").success(), "SIGTERM was sent");
        assert!(process.ends(), "the process ends after SIGTERM");
        let status = process.child.wait().expect("the exit status is known");
        self.process = None;
        status
    }

    /// Starts again over the same data, on another port.
    pub(crate) fn restart(&mut self) {
        self.kill();
        let (process, url) = spawn(self.folder.path(), self.token, &self.settings, &self.log);
        (self.process, self.url) = (Some(process), url);
    }

    /// A request without a token.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await
    }

    /// Puts JSON, with the token.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        Answer::to(
            self.request(Method::PUT, path)
                .bearer_auth(TOKEN)
                .json(body),
        )
        .await
    }

    /// Posts JSON, with the token.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::to(
            self.request(Method::POST, path)
                .bearer_auth(TOKEN)
                .json(body),
        )
        .await
    }

    /// Sends raw bytes. Returns everything that the server sends before it closes the connection.
    pub(crate) async fn raw(&self, request: Vec<u8>) -> String {
        let address = self.url.trim_start_matches("http://").to_owned();
        let talk = move || {
            let mut stream = TcpStream::connect(address).expect("the server listens");
            stream
                .set_read_timeout(Some(TIMEOUT))
                .expect("a timeout can be set");
            let mut writer = stream.try_clone().expect("a second handle");
            // Write on a separate thread: a server that refuses early may not read the whole
            // request, and may reset the connection after its answer.
            thread::spawn(move || writer.write_all(&request));
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            String::from_utf8_lossy(&answer).into_owned()
        };
        tokio::task::spawn_blocking(talk)
            .await
            .expect("the thread does not panic")
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            eprintln!("The end of the server's log:\n{}", self.log.text());
        }
    }
}

impl Answer {
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        Self::of(request.send().await.expect("the server answers")).await
    }

    async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("the answer ends");
        Self {
            status,
            headers,
            text,
        }
    }

    /// The body, which must be JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The body of an answer that must have this status.
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }

    /// A header's text, or empty if the answer lacks it.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("headers are text"))
    }
}

/// A process that is killed on drop.
struct Process {
    child: Child,
    /// Disconnected when the process has ended.
    addresses: mpsc::Receiver<String>,
}

impl Process {
    /// Waits for the address that the process prints.
    fn address(&self) -> Option<String> {
        self.addresses.recv_timeout(TIMEOUT).ok()
    }

    /// Waits for the process to end. False if it takes too long.
    fn ends(&self) -> bool {
        loop {
            match self.addresses.recv_timeout(TIMEOUT) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The newest lines of a server's log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<VecDeque<String>>>);

impl Log {
    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LOG_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        lines.join("\n")
    }
}

/// Starts the binary. Returns its address once it has printed it.
fn spawn(folder: &Path, token: Option<&str>, settings: &Settings, log: &Log) -> (Process, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leaderport"));
    // The developer's own settings must not reach the server under test.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("LEADERPORT_") || text.starts_with("LEPTOS_") || text.ends_with("_URL")
        {
            command.env_remove(&name);
        }
    }
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder)
        .args(&settings.flags)
        // Tests read as fast as they can. Tests of this quota set its flag.
        .env("LEADERPORT_LIMIT_READS", "off")
        .envs(settings.variables.iter().cloned());
    if let Some(token) = token {
        command.args(["--api-token", token]);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary is built");
    let stdout = child.stdout.take().expect("stdout is piped");
    let stderr = child.stderr.take().expect("stderr is piped");
    let (found, addresses) = mpsc::channel();
    let process = Process { child, addresses };
    // Both pipes are drained, so that the server never blocks on a full one.
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(address) = address(&line) {
                // Fails after the first address, which is the only awaited one.
                let _ = found.send(address);
            }
        }
    });
    let kept = log.clone();
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            kept.push(line);
        }
    });
    let url = process.address();
    let url = url.unwrap_or_else(|| panic!("the server printed no address:\n{}", log.text()));
    (process, url)
}

fn address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("http://127.0.0.1:")?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!port.is_empty()).then(|| format!("http://127.0.0.1:{port}"))
}
