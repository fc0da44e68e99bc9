//! The release binary on a free port, and a minimal HTTP client. A general client would add its own
//! cost to the server's figures.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::measure::setting;

/// The API token of every server here.
pub(crate) const TOKEN: &str = "token-of-the-benchmark-and-no-other";

/// A server process, killed on drop.
pub(crate) struct Server {
    process: Child,
    /// Host and port.
    pub(crate) address: String,
}

impl Server {
    /// Starts a server over a data directory, with more flags for `serve`.
    pub(crate) fn start(data: &Path, flags: &[&str]) -> Self {
        Self::start_build(&binary(), data, flags)
    }

    /// Like [`Self::start`], with the binary of a build.
    pub(crate) fn start_build(build: &Path, data: &Path, flags: &[&str]) -> Self {
        let mut process = Command::new(build)
            .args(["serve", "--listen", "127.0.0.1:0", "--api-token", TOKEN])
            .arg("--data")
            .arg(data)
            .args(flags)
            .env("LEADERPORT_LOG", "warn")
            // Anonymous clients of a benchmark have one address. One that measures the quota gives
            // it as a flag.
            .env("LEADERPORT_LIMIT_READS", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server's binary can be started");
        let mut lines = io::BufReader::new(process.stdout.take().expect("the output is piped"));
        let mut line = String::new();
        let address = loop {
            line.clear();
            let read = lines
                .read_line(&mut line)
                .expect("the server's output is text");
            assert!(read > 0, "the server ended before it printed its address");
            if let Some(address) = address(&line) {
                break address;
            }
        };
        // The rest of the output is drained, because a full pipe would block the server.
        thread::spawn(move || io::copy(&mut lines, &mut io::sink()));
        Self { process, address }
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Killing fails only if the server has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The server's binary, which was built with the benchmark. `LEADERPORT_BENCH_SERVER` names another
/// build to measure with the same clients.
pub(crate) fn binary() -> PathBuf {
    let built = PathBuf::from(env!("CARGO_BIN_EXE_leaderport"));
    setting("LEADERPORT_BENCH_SERVER", built)
}

/// The address in a line of output.
fn address(line: &str) -> Option<String> {
    const HOST: &str = "127.0.0.1:";
    let (_, rest) = line.split_once(HOST)?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some(format!("{HOST}{port}"))
}

/// A client that keeps its connections open, one for each concurrent request.
pub(crate) struct Client {
    address: String,
    idle: Mutex<Vec<TcpStream>>,
}

impl Client {
    /// Host and port of the server.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn of(server: &Server) -> Self {
        Self::at(server.address.clone())
    }

    /// A client of the server at a host and port.
    pub(crate) fn at(address: String) -> Self {
        Self {
            address,
            idle: Mutex::default(),
        }
    }

    /// The body of the answer.
    ///
    /// # Panics
    /// If the answer is an error.
    pub(crate) async fn get(&self, path: &str) -> Vec<u8> {
        self.ask("GET", path, "").await
    }

    /// Sends a JSON body, and returns the body of the answer.
    pub(crate) async fn send(&self, method: &str, path: &str, body: &Value) -> Vec<u8> {
        self.ask(method, path, &body.to_string()).await
    }

    /// Reads without credentials, from an address behind a trusted proxy. Returns the status.
    pub(crate) async fn status(&self, path: &str, from: &str) -> u16 {
        let host = &self.address;
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nx-forwarded-for: {from}\r\n\r\n");
        self.exchange(&request).await.status
    }

    /// Posts a form of a page with a cookie, which may be empty, from an address behind a trusted
    /// proxy.
    pub(crate) async fn form(&self, path: &str, form: &str, from: &str, cookie: &str) -> Answer {
        let (host, length) = (&self.address, form.len());
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\ncookie: {cookie}\r\n\
             x-forwarded-for: {from}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {length}\r\n\r\n{form}"
        );
        self.exchange(&request).await
    }

    /// Sends a JSON body with the secret of an API key, and returns the body of the answer.
    ///
    /// # Panics
    /// If the answer is an error.
    pub(crate) async fn send_with_key(&self, key: &str, path: &str, body: &Value) -> Vec<u8> {
        self.ask_as(key, "POST", path, &body.to_string()).await
    }

    /// Reads a page as a browser without cookies does, in an encoding. Returns the body as it came.
    ///
    /// # Panics
    /// If the answer is an error.
    pub(crate) async fn page(&self, path: &str, encoding: &str) -> Vec<u8> {
        let host = &self.address;
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {host}\r\naccept: text/html\r\n\
             accept-encoding: {encoding}\r\n\r\n"
        );
        self.exchange(&request).await.success(path)
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        self.ask_as(TOKEN, method, path, body).await
    }

    async fn ask_as(&self, secret: &str, method: &str, path: &str, body: &str) -> Vec<u8> {
        let (host, length) = (&self.address, body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {secret}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        self.exchange(&request).await.success(path)
    }

    async fn exchange(&self, request: &str) -> Answer {
        let host = &self.address;
        let idle = self.idle.lock().expect("the lock is not poisoned").pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => connect(host).await,
        };
        let sent = connection.write_all(request.as_bytes()).await;
        sent.expect("the server accepts requests");
        let answer = answer(&mut connection).await;
        let answer = answer.expect("the server answers to the end");
        let mut idle = self.idle.lock().expect("the lock is not poisoned");
        idle.push(connection);
        answer
    }
}

async fn connect(address: &str) -> TcpStream {
    let connected = TcpStream::connect(address).await;
    let stream = connected.expect("the server listens");
    stream.set_nodelay(true).expect("a socket can be set up");
    stream
}

/// An answer. The body is as it came, so it has the frames of its chunks if it came in chunks.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    /// The body.
    ///
    /// # Panics
    /// If the answer is an error.
    pub(crate) fn success(self, path: &str) -> Vec<u8> {
        let (status, text) = (self.status, String::from_utf8_lossy(&self.body));
        assert!(
            (200..300).contains(&status),
            "{path} answered {status}: {text}"
        );
        self.body
    }

    /// The first cookie that the answer sets, as `name=value`.
    pub(crate) fn cookie(&self) -> Option<String> {
        let is_cookie = |name: &str| name.eq_ignore_ascii_case("set-cookie");
        let mut headers = self.head.lines().filter_map(|line| line.split_once(':'));
        let (_, cookie) = headers.find(|(name, _)| is_cookie(name))?;
        let (pair, _) = cookie.split_once(';').unwrap_or((cookie, ""));
        Some(pair.trim().to_owned())
    }
}

async fn answer(connection: &mut TcpStream) -> io::Result<Answer> {
    let mut bytes = Vec::with_capacity(1 << 14);
    let head = loop {
        if connection.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let status: Option<u16> = text.get(9..12).and_then(|code| code.parse().ok());
    let lower = text.to_ascii_lowercase();
    let header = |name: &str| lower.lines().find_map(|line| line.strip_prefix(name));
    let status = status.ok_or_else(|| io::Error::other(text.clone()))?;
    if let Some(length) = header("content-length:") {
        let length: usize = length.trim().parse().map_err(io::Error::other)?;
        read_while(connection, &mut bytes, |bytes| bytes.len() < head + length).await?;
    } else if header("transfer-encoding:").is_some() {
        // The last chunk is empty. Nothing follows it, because a connection has one request at a time.
        const END: &[u8] = b"\r\n0\r\n\r\n";
        read_while(connection, &mut bytes, |bytes| !bytes.ends_with(END)).await?;
    } else {
        return Err(io::Error::other(text));
    }
    let body = bytes.split_off(head);
    Ok(Answer {
        status,
        head: text,
        body,
    })
}

/// Reads more bytes while some are missing.
async fn read_while(
    connection: &mut TcpStream,
    bytes: &mut Vec<u8>,
    is_incomplete: impl Fn(&[u8]) -> bool,
) -> io::Result<()> {
    while is_incomplete(bytes.as_slice()) {
        if connection.read_buf(bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}
