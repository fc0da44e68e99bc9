//! The release binary on a free port, and a plain client of its HTTP: what a
//! general client costs is not the server's to pay.

use std::io::{self, BufRead};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The token of every server here.
pub(crate) const TOKEN: &str = "token-of-the-benchmark-and-no-other";

/// A server. It ends when this is dropped.
pub(crate) struct Server {
    process: Child,
    /// Host and port.
    pub(crate) address: String,
}

impl Server {
    /// Starts one over a folder, with more flags of `serve`.
    pub(crate) fn start(data: &Path, flags: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_leaderport"))
            .args(["serve", "--listen", "127.0.0.1:0", "--api-token", TOKEN])
            .arg("--data")
            .arg(data)
            .args(flags)
            .env("LEADERPORT_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server's binary can be started");
        let mut lines = io::BufReader::new(process.stdout.take().expect("its output is piped"));
        let mut line = String::new();
        let address = loop {
            line.clear();
            let read = lines
                .read_line(&mut line)
                .expect("the server's output is text");
            assert!(read > 0, "the server ended before it said where it listens");
            if let Some(address) = address(&line) {
                break address;
            }
        };
        // A full pipe would stop the server: what else it says is read and dropped.
        thread::spawn(move || io::copy(&mut lines, &mut io::sink()));
        Self { process, address }
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It fails only when the server has ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The address that a line of output names.
fn address(line: &str) -> Option<String> {
    const HOST: &str = "127.0.0.1:";
    let (_, rest) = line.split_once(HOST)?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some(format!("{HOST}{port}"))
}

/// A client over connections that stay open: as many as are asked at once.
pub(crate) struct Client {
    address: String,
    idle: Mutex<Vec<TcpStream>>,
}

impl Client {
    pub(crate) fn of(server: &Server) -> Self {
        Self {
            address: server.address.clone(),
            idle: Mutex::default(),
        }
    }

    /// The answer's body.
    ///
    /// # Panics
    /// When it is an error.
    pub(crate) async fn get(&self, path: &str) -> Vec<u8> {
        self.ask("GET", path, "").await
    }

    /// The same of a call that bears the token.
    pub(crate) async fn send(&self, method: &str, path: &str, body: &Value) -> Vec<u8> {
        self.ask(method, path, &body.to_string()).await
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        let (host, length) = (&self.address, body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {TOKEN}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        let idle = self.idle.lock().expect("nobody panics here").pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => connect(host).await,
        };
        let sent = connection.write_all(request.as_bytes()).await;
        sent.expect("the server takes requests");
        let answer = answer(&mut connection).await;
        let (status, answer) = answer.expect("the server answers to the end");
        let text = String::from_utf8_lossy(&answer);
        assert!(
            (200..300).contains(&status),
            "{path} answered {status}: {text}"
        );
        let mut idle = self.idle.lock().expect("nobody panics here");
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

/// Status and body of an answer that tells its length.
async fn answer(connection: &mut TcpStream) -> io::Result<(u16, Vec<u8>)> {
    let mut bytes = Vec::with_capacity(1 << 14);
    let head = loop {
        if connection.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let status = text.get(9..12).and_then(|code| code.parse().ok());
    let length = text.lines().find_map(|l| l.strip_prefix("content-length:"));
    let length: Option<usize> = length.and_then(|l| l.trim().parse().ok());
    let (Some(status), Some(length)) = (status, length) else {
        return Err(io::Error::other(text));
    };
    while bytes.len() < head + length {
        if connection.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok((status, bytes.split_off(head)))
}
