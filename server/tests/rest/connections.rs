//! Bounds of connections: slow request heads, idle connections, and the number of open ones.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{TestServer, points};

/// The maximum time for the server to answer, or to close a connection.
const TIMEOUT: Duration = Duration::from_secs(20);

const GET: &str = "GET /healthz HTTP/1.1\r\nhost: leaderport\r\n\r\n";

const UPGRADE: &str = "GET /ws HTTP/1.1\r\nhost: leaderport\r\nconnection: upgrade\r\n\
     upgrade: websocket\r\nsec-websocket-version: 13\r\n\
     sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

fn connect(server: &TestServer) -> TcpStream {
    connect_to(&server.url)
}

fn connect_to(url: &str) -> TcpStream {
    let address = url.trim_start_matches("http://");
    let stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    stream
}

/// Sends bytes, and returns everything until the server closes the connection.
fn until_closed(server: &TestServer, bytes: &str) -> String {
    let mut stream = connect(server);
    stream.write_all(bytes.as_bytes()).expect("an open socket");
    let mut answer = String::new();
    let read = stream.read_to_string(&mut answer);
    read.unwrap_or_else(|error| panic!("not closed after {answer:?}: {error}"));
    answer
}

/// Sends a request, and returns the first line of the answer, whose body is short.
fn ask(stream: &mut TcpStream, request: &str) -> String {
    stream
        .write_all(request.as_bytes())
        .expect("an open socket");
    read_status(stream)
}

fn read_status(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("an answer in time");
        answer.push(byte[0]);
    }
    let head = String::from_utf8(answer).expect("text");
    if head.starts_with("HTTP/1.1 200") {
        // The body of `/healthz`.
        let mut body = [0; 3];
        stream.read_exact(&mut body).expect("the whole answer");
        assert_eq!(&body, b"ok\n");
    }
    head.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn unfinished_request_head_is_closed() {
    let server = TestServer::start_over(&["--header-seconds", "1"]);
    for part in ["", "GET /heal", "GET /healthz HTTP/1.1\r\nhost: lea"] {
        assert_eq!(until_closed(&server, part), "", "{part:?}");
    }
}

#[test]
fn request_head_over_64_kib_is_refused() {
    let server = TestServer::start_over(&["--header-seconds", "60"]);
    let begin = "GET /healthz HTTP/1.1\r\nhost: leaderport\r\nx-long: ";
    let short = format!("{begin}{}\r\n\r\n", "a".repeat(60_000));
    assert_eq!(ask(&mut connect(&server), &short), "HTTP/1.1 200 OK");
    // The server reads all of it before it closes the connection, which would otherwise be reset.
    let long = format!("{begin}{}", "a".repeat((64 << 10) - begin.len()));
    let answer = until_closed(&server, &long);
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[test]
fn idle_connection_is_closed_after_its_answer() {
    let server = TestServer::start_over(&["--header-seconds", "1"]);
    let answer = until_closed(&server, GET);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\r\nok\n"), "{answer}");
}

#[test]
fn connections_over_the_bound_wait_and_open_ones_go_on() {
    let server = TestServer::start_over(&[
        "--max-sockets",
        "2",
        "--max-connections",
        "1",
        "--header-seconds",
        "60",
    ]);
    let mut open = connect(&server);
    assert_eq!(ask(&mut open, GET), "HTTP/1.1 200 OK");
    let mut socket = connect(&server);
    let upgraded = ask(&mut socket, UPGRADE);
    assert_eq!(upgraded, "HTTP/1.1 101 Switching Protocols");

    let mut waiting = connect(&server);
    waiting.write_all(GET.as_bytes()).expect("an open socket");
    assert_eq!(ask(&mut open, GET), "HTTP/1.1 200 OK");
    waiting.set_nonblocking(true).expect("a mode");
    let nothing = waiting.read(&mut [0]).expect_err("no answer yet");
    assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
    waiting.set_nonblocking(false).expect("a mode");

    // The WebSocket counts until it is closed.
    drop(socket);
    assert_eq!(read_status(&mut waiting), "HTTP/1.1 200 OK");
    assert_eq!(ask(&mut open, GET), "HTTP/1.1 200 OK");
}

/// A connection with a small buffer, so that a client that reads nothing soon blocks the server.
async fn connect_with_small_buffer(server: &TestServer) -> TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a size");
    let address = server.url.trim_start_matches("http://");
    let address = address.parse().expect("an address");
    let stream = socket.connect(address).await.expect("the server listens");
    let stream = stream.into_std().expect("a socket");
    stream.set_nonblocking(false).expect("a mode");
    stream
}

#[tokio::test]
async fn connection_that_takes_no_data_is_closed() {
    let flags = ["--slow-seconds", "1", "--header-seconds", "60"];
    let bounds = ["--max-sockets", "2", "--max-connections", "1"];
    // The client of the test has one of the two sockets.
    let server = TestServer::start_over(&[&flags[..], &bounds].concat());
    server
        .put("/api/v1/boards/points", &points())
        .await
        .expect(201);
    let one = |n: u32| json!({ "player": format!("p{n}"), "value": n });
    let batch: Vec<Value> = (0..200).map(one).collect();
    let path = "/api/v1/boards/points/submissions/batch";
    server.post(path, &json!(batch)).await.expect(200);

    let mut stalled = connect_with_small_buffer(&server).await;
    let rows = "GET /api/v1/boards/points/standings?limit=200 HTTP/1.1\r\nhost: leaderport\r\n\r\n";
    let request = rows.repeat(40);
    stalled
        .write_all(request.as_bytes())
        .expect("an open socket");
    let mut waiting = connect(&server);
    assert_eq!(ask(&mut waiting, GET), "HTTP/1.1 200 OK");
}

#[test]
fn connections_over_the_bound_of_their_address_are_closed() {
    let bounds = ["--max-sockets-per-address", "2", "--max-per-address", "1"];
    let server = TestServer::start_over(&[&bounds[..], &["--header-seconds", "60"]].concat());
    let (mut first, mut second) = (connect(&server), connect(&server));
    assert_eq!(ask(&mut first, GET), "HTTP/1.1 200 OK");
    assert_eq!(ask(&mut second, GET), "HTTP/1.1 200 OK");
    assert_eq!(until_closed(&server, ""), "");
    assert_eq!(ask(&mut first, GET), "HTTP/1.1 200 OK");
    // The place is free once the server notices the closed connection.
    drop(second);
    let is_answered = |_| {
        let mut stream = connect(&server);
        let mut byte = [0];
        let sent = stream.write_all(GET.as_bytes());
        sent.is_ok() && matches!(stream.read(&mut byte), Ok(1))
    };
    assert!((0..10_000).any(is_answered));
}

#[test]
fn connections_of_a_trusted_proxy_have_no_bound_of_their_address() {
    let server = TestServer::start_over(&["--max-sockets-per-address", "1", "--trust-forwarded"]);
    let mut open = [connect(&server), connect(&server), connect(&server)];
    for stream in &mut open {
        assert_eq!(ask(stream, GET), "HTTP/1.1 200 OK");
    }
}

#[test]
fn operators_address_has_a_small_bound_of_its_own() {
    let flags = ["--admin-listen", "127.0.0.1:0", "--header-seconds", "60"];
    let server = TestServer::start_over(&flags);
    let operators = server.operators_url();
    let mut open: Vec<TcpStream> = (0..256).map(|_| connect_to(&operators)).collect();
    assert_eq!(ask(&mut open[255], GET), "HTTP/1.1 200 OK");
    let mut waiting = connect_to(&operators);
    waiting.write_all(GET.as_bytes()).expect("an open socket");
    // The public address has a bound of its own.
    assert_eq!(ask(&mut connect(&server), GET), "HTTP/1.1 200 OK");
    waiting.set_nonblocking(true).expect("a mode");
    let nothing = waiting.read(&mut [0]).expect_err("no answer yet");
    assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
    waiting.set_nonblocking(false).expect("a mode");
    open.pop();
    assert_eq!(read_status(&mut waiting), "HTTP/1.1 200 OK");
}

#[test]
fn idle_connections_do_not_delay_a_stop() {
    let mut server = TestServer::start_over(&["--header-seconds", "60"]);
    let mut idle = connect(&server);
    assert_eq!(ask(&mut idle, GET), "HTTP/1.1 200 OK");
    let began = tokio::time::Instant::now();
    assert!(server.stop().success());
    let elapsed = began.elapsed();
    assert!(elapsed < Duration::from_secs(8), "{elapsed:?}");
    assert_eq!(idle.read(&mut [0]).expect("closed in order"), 0);
}
