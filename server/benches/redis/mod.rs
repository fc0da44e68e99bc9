//! A Redis process of the benchmark's own, and a minimal blocking client of its protocol (RESP 2).
//! A general client would add its own cost to Redis's figures.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A server on a free local port. It is killed on drop.
pub(crate) struct Server {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Server {
    /// Starts a server without persistence, unless the flags say otherwise. `None` if
    /// `redis-server` is not on the PATH.
    pub(crate) fn start(flags: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr());
        let port = free.expect("a port of this machine is free").port();
        let spawned = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
            .arg("--dir")
            .arg(folder.path())
            // The last of equal flags applies.
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match spawned {
            Ok(process) => Some(Self {
                process,
                port,
                _folder: folder,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => panic!("redis-server cannot be started: {error}"),
        }
    }

    /// The URL for clients.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A connection, once the server accepts one.
    pub(crate) fn connect(&self) -> Connection {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            match TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) {
                Ok(stream) => return Connection::over(stream).expect("a socket can be set up"),
                Err(error) if Instant::now() > deadline => {
                    panic!("redis-server does not listen: {error}")
                }
                Err(_) => thread::sleep(Duration::from_millis(20)),
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Killing fails only if the server has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Commands to send at once.
#[derive(Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    commands: usize,
}

impl Batch {
    /// Adds a command: its name and its arguments.
    pub(crate) fn push(&mut self, words: &[&[u8]]) {
        self.line(b'*', words.len());
        for word in words {
            self.line(b'$', word.len());
            self.bytes.extend_from_slice(word);
            self.bytes.extend_from_slice(b"\r\n");
        }
        self.commands += 1;
    }

    fn line(&mut self, kind: u8, number: usize) {
        self.bytes.push(kind);
        self.bytes.extend_from_slice(number.to_string().as_bytes());
        self.bytes.extend_from_slice(b"\r\n");
    }
}

/// A connection that sends a batch, then reads all its replies.
pub(crate) struct Connection {
    to: TcpStream,
    from: BufReader<TcpStream>,
    /// The last line or text read, kept to reuse its memory.
    read: Vec<u8>,
}

impl Connection {
    fn over(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self {
            to: stream.try_clone()?,
            from: BufReader::with_capacity(1 << 18, stream),
            read: Vec::new(),
        })
    }

    /// Sends the commands, and passes every leaf of their replies to `take`, in order. A leaf is a
    /// text, or the digits of an integer.
    ///
    /// # Panics
    /// If Redis answers with an error, or not in RESP.
    pub(crate) fn run(&mut self, batch: &Batch, mut take: impl FnMut(&[u8])) {
        self.to
            .write_all(&batch.bytes)
            .expect("Redis accepts commands");
        for _ in 0..batch.commands {
            self.reply(&mut take).expect("Redis answers in RESP");
        }
    }

    /// Runs one command, and returns the leaves of its reply as texts.
    pub(crate) fn ask(&mut self, words: &[&[u8]]) -> Vec<String> {
        let mut batch = Batch::default();
        batch.push(words);
        self.leaves(&batch)
    }

    /// Runs a batch, and returns the leaves of all replies as texts.
    pub(crate) fn leaves(&mut self, batch: &Batch) -> Vec<String> {
        let mut leaves = Vec::new();
        self.run(batch, |leaf| {
            leaves.push(String::from_utf8_lossy(leaf).into_owned());
        });
        leaves
    }

    /// The value of `field` in a section of Redis's INFO.
    pub(crate) fn info(&mut self, section: &str, field: &str) -> Option<String> {
        let info = self.ask(&[b"INFO", section.as_bytes()]).concat();
        let value = info
            .lines()
            .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        value.map(str::to_owned)
    }

    fn reply(&mut self, take: &mut impl FnMut(&[u8])) -> io::Result<()> {
        // An array adds its elements to the replies that are left.
        let mut left = 1;
        while left > 0 {
            left -= 1;
            self.read.clear();
            self.from.read_until(b'\n', &mut self.read)?;
            let line = self
                .read
                .strip_suffix(b"\r\n")
                .ok_or(io::ErrorKind::UnexpectedEof)?;
            let (kind, rest) = line.split_first().ok_or(io::ErrorKind::InvalidData)?;
            match kind {
                b':' | b'+' => take(rest),
                b'*' => left += length(rest)?.unwrap_or(0),
                b'$' => match length(rest)? {
                    None => take(b""),
                    Some(length) => {
                        self.read.resize(length + 2, 0);
                        self.from.read_exact(&mut self.read)?;
                        take(&self.read[..length]);
                    }
                },
                _ => return Err(io::Error::other(String::from_utf8_lossy(line))),
            }
        }
        Ok(())
    }
}

/// A length in RESP. None for nil, which is -1.
fn length(digits: &[u8]) -> io::Result<Option<usize>> {
    let number = std::str::from_utf8(digits)
        .ok()
        .and_then(|d| d.parse::<i64>().ok());
    let number = number.ok_or(io::ErrorKind::InvalidData)?;
    Ok(usize::try_from(number).ok())
}
