//! A refused value is explained: the flag, the value unless it is secret, and the rule.

use std::collections::BTreeSet;

use clap::{CommandFactory, Parser};

use super::{Cli, SECRET, without_secrets};

/// A command, one of its flags, a refused value, and a part of the rule.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    (
        "serve",
        "--listen",
        "3000",
        "an IP address and a port, like",
    ),
    (
        "serve",
        "--listen",
        "localhost:3000",
        "an IP address and a port, like",
    ),
    (
        "serve",
        "--admin-listen",
        "3001",
        "an IP address and a port, like",
    ),
    (
        "serve",
        "--metrics-token",
        "short",
        "at least 32 characters",
    ),
    ("serve", "--site", "/no/such/folder", "a folder that exists"),
    ("serve", "--database", "mysql://a", "must be postgres://"),
    (
        "serve",
        "--database",
        "postgres://a:99999/b",
        "invalid port",
    ),
    ("serve", "--broker", "http://a", "must be redis://"),
    ("serve", "--broker", "redis://a:99999", "invalid port"),
    ("serve", "--broker-prefix", "a b", "1 to 64 letters"),
    ("serve", "--near-pages", "-1", "from 0 to 100000"),
    (
        "serve",
        "--cookie-secret",
        "short",
        "at least 64 characters",
    ),
    (
        "serve",
        "--token-secrets",
        "short",
        "at least 32 characters",
    ),
    ("serve", "--api-token", "short", "at least 32 characters"),
    (
        "serve",
        "--push-private-key",
        "short",
        "a private key of P-256",
    ),
    (
        "serve",
        "--push-contact",
        "ops@play.example",
        "must be mailto:ADDRESS",
    ),
    ("serve", "--allow-origin", "*", "like https://play.example"),
    (
        "serve",
        "--allow-origin",
        "play.example",
        "like https://play.example",
    ),
    (
        "serve",
        "--allow-origin",
        "https://a.example/b",
        "like https://play.example",
    ),
    (
        "serve",
        "--allow-origin",
        "https://a.example,*",
        "like https://play.example",
    ),
    (
        "serve",
        "--public-url",
        "play.example",
        "like https://play.example",
    ),
    (
        "serve",
        "--public-url",
        "https://a.example/b",
        "without a path",
    ),
    (
        "serve",
        "--oidc-issuer",
        "accounts.example",
        "like https://accounts.example",
    ),
    ("serve", "--oidc-client-id", "", "--oidc-client-id"),
    (
        "serve",
        "--oidc-client-secret",
        "short",
        "at least 8 printable",
    ),
    ("serve", "--oidc-name", "", "1 to 40 printable"),
    ("serve", "--limit-player", "often", "like 60/m"),
    ("serve", "--limit-key", "0/s", "like 60/m"),
    ("serve", "--limit-key", "-1/s", "like 60/m"),
    ("serve", "--limit-board", "10", "like 60/m"),
    ("serve", "--limit-address", "10/d", "like 60/m"),
    ("serve", "--limit-handle", "x/m", "like 60/m"),
    ("serve", "--limit-reads", "1/x", "like 60/m"),
    ("serve", "--limit-sign-in", "1/", "like 60/m"),
    ("serve", "--alert-ack", "-1", "not negative"),
    ("serve", "--alert-errors", "NaN", "not negative"),
    ("serve", "--alert-skipped", "inf", "not negative"),
    ("serve", "--max-sockets", "0", "from 1 to 1000000"),
    (
        "serve",
        "--max-sockets-per-address",
        "0",
        "from 1 to 1000000",
    ),
    ("serve", "--header-seconds", "1.5", "from 1 to 1000000"),
    ("serve", "--max-connections", "all", "from 1 to 1000000"),
    ("serve", "--max-per-address", "-1", "from 1 to 1000000"),
    ("serve", "--command-rate", "0", "from 1 to 1000000"),
    ("serve", "--slow-seconds", "1000001", "from 1 to 1000000"),
    ("serve", "--heartbeat-seconds", "0", "from 1 to 1000000"),
    (
        "status",
        "--server",
        "play.example",
        "like https://play.example",
    ),
    ("status", "--api-token", "short", "at least 8 printable"),
    ("import", "--board", "A B", "board"),
    ("pull", "--board", "arena,A B", "board"),
    ("import", "--source", "", "1 to 200 bytes"),
    ("import", "--delimiter", "tabs", "`tab`"),
    ("import", "--decimal-mark", ";", "decimal-mark"),
    ("import", "--batch", "1001", "1..=1000"),
    ("demo", "--board", "A B", "board"),
    ("demo", "--players", "0", "1..=1000000"),
    ("demo", "--rate", "0", "from 0.1 to 100000"),
    ("demo", "--seconds", "0", "0 is not in 1.."),
    ("sync", "--board", "A B", "board"),
    ("admin create", "--handle", "a b", "3 to 24"),
    (
        "admin create",
        "--password",
        "short",
        "at least 10 characters",
    ),
    (
        "admin role",
        "--role",
        "viewer",
        "player, moderator or admin",
    ),
    ("admin role", "--role", "root", "must be"),
    ("key create", "--scopes", "all", "submit, read or admin"),
    ("key create", "--boards", "A B", "board"),
    ("key create", "--title", "", "1 to 80 printable"),
];

/// Flags whose value may be any text: files, and names of columns. The command checks an id itself.
const ANY_TEXT: [&str; 8] = [
    "--at",
    "--csv",
    "--data",
    "--id",
    "--name",
    "--player",
    "--rejects",
    "--score",
];

#[test]
fn refused_values_are_explained() {
    for (command, flag, value, rule) in REFUSED {
        let words = command.split(' ').chain([*flag, *value]);
        let parsed = Cli::try_parse_from(["leaderport"].into_iter().chain(words));
        let Err(error) = parsed else {
            panic!("{command} {flag} accepts {value:?}");
        };
        let shown = without_secrets(error).to_string();
        for part in [*flag, *rule] {
            assert!(shown.contains(part), "{command} {flag} {value:?}: {shown}");
        }
        let refused = value.rsplit(',').next().unwrap_or_default();
        let is_shown = shown.contains(&format!("'{refused}'"));
        let is_secret = SECRET.contains(flag);
        assert!(is_secret || is_shown || value.is_empty(), "{flag}: {shown}");
    }
}

#[test]
fn realtime_connections_must_leave_others_for_requests() {
    for (flags, named) in [
        ("--max-sockets=10000", Some("--max-connections")),
        ("--max-connections=20000", None),
        (
            "--max-connections=20000 --max-sockets=20000",
            Some("--max-sockets is 20000"),
        ),
        ("--max-sockets=10001", None),
        (
            "--max-sockets-per-address=1000",
            Some("--max-per-address is 1000"),
        ),
        ("--max-sockets-per-address=1001", None),
        (
            "--max-per-address=2000 --max-sockets-per-address=2000",
            Some("--max-sockets-per-address is 2000"),
        ),
        ("--max-per-address=2000", None),
        (
            "--max-per-address=2000 --max-sockets-per-address=2000 --trust-forwarded",
            None,
        ),
    ] {
        let words = ["leaderport", "serve"].into_iter().chain(flags.split(' '));
        let parsed = Cli::try_parse_from(words).expect("each flag is valid");
        let refused = parsed.checked().err().map(|error| error.to_string());
        match (refused, named) {
            (Some(shown), Some(named)) => assert!(shown.contains(named), "{flags}: {shown}"),
            (refused, named) => assert_eq!(refused.as_deref(), named, "{flags}"),
        }
    }
}

#[test]
fn secure_cookies_need_a_public_url_with_https() {
    for (url, is_fit) in [
        ("https://play.example", true),
        ("http://localhost:3000", true),
        ("http://play.example", false),
    ] {
        let words = ["leaderport", "serve", "--secure-cookies", "--public-url"];
        let parsed = Cli::try_parse_from(words.into_iter().chain([url]));
        let refused = parsed.expect("each flag is valid").checked().err();
        assert_eq!(refused.is_none(), is_fit, "{url}");
        let shown = refused.map(|error| error.to_string()).unwrap_or_default();
        assert!(is_fit || shown.contains("--secure-cookies"), "{shown}");
    }
}

#[test]
fn every_flag_with_a_rule_is_tried() {
    let mut tried: BTreeSet<String> = REFUSED
        .iter()
        .map(|(_, flag, ..)| (*flag).to_owned())
        .collect();
    tried.extend(ANY_TEXT.map(str::to_owned));
    let mut commands = vec![Cli::command()];
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands().cloned());
        for flag in command
            .get_arguments()
            .filter(|f| f.get_action().takes_values() && !f.is_positional())
        {
            let flag = format!("--{}", flag.get_long().expect("flags have long names"));
            assert!(tried.contains(&flag), "no refused value of {flag} is tried");
        }
    }
}

#[test]
fn parts_of_a_provider_need_its_issuer() {
    let words = ["leaderport", "serve", "--oidc-client-id", "board"];
    let error = Cli::try_parse_from(words).expect_err("the issuer is missing");
    assert!(error.to_string().contains("--oidc-issuer"), "{error}");
}
