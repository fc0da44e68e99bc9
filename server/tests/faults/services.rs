//! A Redis, a Redis Cluster and a PostgreSQL for one test, which may kill, stop and restart them;
//! and a wrong clock.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;

/// A port that was just free. A Cluster's node also listens on the port 10,000 higher.
fn free_port() -> u16 {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        if port < u16::MAX - 10_000 {
            return port;
        }
    }
}

/// The environment variables that put a process's clock 5 s ahead.
pub(crate) fn clock_ahead() -> [(&'static str, String); 3] {
    let found = Command::new("sh")
        .args(["-c", "ls /usr/lib/*/faketime/libfaketimeMT.so.1"])
        .output();
    let library = String::from_utf8(found.unwrap().stdout).unwrap();
    assert!(
        !library.is_empty(),
        "libfaketime is missing: install it (Debian: apt-get install faketime)"
    );
    [
        ("LD_PRELOAD", library.trim().to_owned()),
        ("FAKETIME", "+5s".to_owned()),
        // The monotonic clock stays correct, because a wrong clock still runs at the right speed.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ]
}

/// A Redis without automatic persistence.
pub(crate) struct Redis {
    port: u16,
    folder: TempDir,
    flags: Vec<String>,
    process: Child,
}

impl Redis {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Three masters of a Cluster. A killed master restarts with the same identity.
    pub(crate) fn start_cluster() -> Vec<Self> {
        let flags = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];
        let flags = flags.map(str::to_owned);
        let masters: Vec<Self> = (0..3).map(|_| Self::start_with(&flags)).collect();
        let addresses = masters.iter().map(|master| master.address().to_string());
        let mut create = Command::new("redis-cli");
        create.args(["--cluster", "create"]).args(addresses);
        run(create.arg("--cluster-yes"));
        masters.iter().for_each(Self::wait_for_cluster);
        masters
    }

    /// A Redis that accepts only TLS.
    pub(crate) fn start_tls(certificate: &Certificate) -> Self {
        let port = free_port();
        let (cert, key) = (certificate.path(), certificate.key());
        let flags = format!(
            "--port 0 --tls-port {port} --tls-cert-file {cert} --tls-key-file {key} \
             --tls-ca-cert-file {cert} --tls-auth-clients no"
        );
        let flags: Vec<String> = flags.split_ascii_whitespace().map(str::to_owned).collect();
        Self::start_on(port, &flags)
    }

    fn start_with(flags: &[String]) -> Self {
        let port = free_port();
        let port_flags = ["--port".to_owned(), port.to_string()];
        Self::start_on(port, &[&port_flags, flags].concat())
    }

    fn start_on(port: u16, flags: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let process = Self::spawn(&folder, flags);
        Self {
            port,
            folder,
            flags: flags.to_vec(),
            process,
        }
    }

    fn spawn(folder: &TempDir, flags: &[String]) -> Child {
        let mut child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(folder.path())
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server is installed");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let is_ready = |line: &str| line.contains("Ready to accept connections");
        assert!(
            lines.by_ref().map_while(Result::ok).any(|l| is_ready(&l)),
            "Redis starts"
        );
        // The pipe is drained, so that Redis never blocks on a full one.
        std::thread::spawn(move || lines.for_each(drop));
        child
    }

    /// Waits until this master reports that the whole Cluster is up.
    pub(crate) fn wait_for_cluster(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        let port = self.port.to_string();
        loop {
            let mut info = Command::new("redis-cli");
            let said = info.args(["-p", &port, "cluster", "info"]).output();
            let said = String::from_utf8(said.unwrap().stdout).unwrap();
            if said.contains("cluster_state:ok") {
                return;
            }
            assert!(Instant::now() < deadline, "the Cluster reports {said}");
        }
    }

    pub(crate) fn url(&self) -> String {
        Self::url_at(self.port)
    }

    /// The URL behind a proxy on this port.
    pub(crate) fn url_at(port: u16) -> String {
        format!("redis://127.0.0.1:{port}")
    }

    pub(crate) fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Kills the process (SIGKILL).
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts again, without data.
    pub(crate) fn start_empty(&mut self) {
        self.process = Self::spawn(&self.folder, &self.flags);
    }

    /// Saves a snapshot of the current data.
    pub(crate) fn save(&self) {
        let port = self.port.to_string();
        let said = Command::new("redis-cli")
            .args(["-p", &port, "save"])
            .output();
        assert_eq!(said.unwrap().stdout, b"OK\n");
    }

    /// Starts again with the data of [`Self::save`].
    pub(crate) fn start_from_snapshot(&mut self) {
        assert!(self.folder.path().join("dump.rdb").exists());
        self.process = Self::spawn(&self.folder, &self.flags);
    }

    /// Pauses the process (SIGSTOP). Its connections stay open, without answers.
    pub(crate) fn pause(&self) {
        self.signal("STOP");
    }

    /// Resumes the process (SIGCONT).
    pub(crate) fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.process.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.unwrap().success(), "SIG{signal} was sent");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // The process may have been killed already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A certificate for 127.0.0.1, which is its own authority.
pub(crate) struct Certificate(TempDir);

impl Certificate {
    pub(crate) fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("cert.pem"), made.cert.pem()).unwrap();
        let key = made.signing_key.serialize_pem();
        std::fs::write(folder.path().join("key.pem"), key).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> String {
        format!("{}/cert.pem", self.0.path().display())
    }

    fn key(&self) -> String {
        format!("{}/key.pem", self.0.path().display())
    }
}

/// A PostgreSQL with an empty database.
pub(crate) struct Postgres {
    port: u16,
    folder: TempDir,
    options: String,
}

impl Postgres {
    pub(crate) fn start() -> Self {
        let postgres = Self::new();
        postgres.control(&["-w", "start"]);
        postgres
    }

    /// A PostgreSQL that accepts TLS too.
    pub(crate) fn start_tls(certificate: &Certificate) -> Self {
        let mut postgres = Self::new();
        for (from, name) in [
            (certificate.path(), "cert.pem"),
            (certificate.key(), "key.pem"),
        ] {
            // PostgreSQL refuses a key that other users can read.
            let mut copy = Command::new("install");
            copy.args(["-m", "600"]);
            if is_root() {
                copy.args(["-o", "postgres"]);
            }
            run(copy.arg(from).arg(postgres.data().join(name)));
        }
        postgres.options = " -c ssl=on -c ssl_cert_file=cert.pem -c ssl_key_file=key.pem".into();
        postgres.control(&["-w", "start"]);
        postgres
    }

    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let postgres = Self {
            port: free_port(),
            folder,
            options: String::new(),
        };
        if is_root() {
            let mut own = Command::new("chown");
            own.arg("postgres").arg(postgres.folder.path());
            run(&mut own);
        }
        let mut init = as_postgres("initdb");
        init.args([
            "-U",
            "leaderport",
            "-A",
            "trust",
            "--locale=C",
            "-E",
            "UTF8",
            "--no-sync",
            "-D",
        ]);
        init.arg(postgres.data());
        run(&mut init);
        postgres
    }

    pub(crate) fn url(&self) -> String {
        Self::url_at(self.port)
    }

    /// The URL behind a proxy on this port.
    pub(crate) fn url_at(port: u16) -> String {
        format!("postgres://leaderport@127.0.0.1:{port}/postgres")
    }

    pub(crate) fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Ends every connection at once, like a crash.
    pub(crate) fn stop(&self) {
        self.control(&["-m", "immediate", "-w", "stop"]);
    }

    pub(crate) fn start_again(&self) {
        self.control(&["-w", "start"]);
    }

    /// Copies the data of a stopped server.
    pub(crate) fn back_up(&self) {
        self.copy("data", "backup");
    }

    /// Puts the copied data back into a stopped server.
    pub(crate) fn restore(&self) {
        self.copy("backup", "data");
    }

    fn copy(&self, from: &str, to: &str) {
        let [from, to] = [from, to].map(|name| self.folder.path().join(name));
        if to.exists() {
            std::fs::remove_dir_all(&to).unwrap();
        }
        run(Command::new("cp").arg("-a").arg(from).arg(to));
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn control(&self, what: &[&str]) {
        let options = format!(
            "-p {} -k '' -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=100{}",
            self.port, self.options
        );
        let mut control = as_postgres("pg_ctl");
        control
            .arg("-D")
            .arg(self.data())
            .arg("-l")
            .arg(self.folder.path().join("log"));
        control.args(["-s", "-t", "30", "-o", &options]).args(what);
        run(&mut control);
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A test may have stopped it.
        if self.folder.path().join("data/postmaster.pid").exists() {
            self.stop();
        }
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.starts_with(b"0\n")
}

/// One of PostgreSQL's programs, as a user other than root, because PostgreSQL refuses to run as
/// root.
fn as_postgres(program: &str) -> Command {
    let found = Command::new("sh")
        .args([
            "-c",
            "ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1",
        ])
        .output();
    let folder = String::from_utf8(found.unwrap().stdout).unwrap();
    let program = PathBuf::from(folder.trim()).join(program);
    if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn run(command: &mut Command) {
    let ran = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    assert!(
        ran.expect("the program is installed").success(),
        "{command:?}"
    );
}
