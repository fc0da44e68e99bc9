//! Checks every operation for every kind of caller.

use std::collections::BTreeSet;

use super::*;
use crate::{BoardDraft, KeyDraft, Score, SubmissionId, Timestamp};

const OPERATIONS: [&str; 32] = [
    "submit own",
    "submit own, of then",
    "submit another's",
    "submit to a players' board",
    "submit to a servers' board",
    "define",
    "delete",
    "read engine",
    "repair",
    "retry",
    "moderate",
    "rule on a player",
    "rule on a moderator",
    "rule on an admin",
    "own submissions",
    "another's submissions",
    "rename self",
    "rename another",
    "erase self",
    "erase another",
    "audit",
    "own token",
    "another's token",
    "keys",
    "accounts",
    "self",
    "subscribe to a page",
    "subscribe to the feed",
    "subscribe to presence",
    "subscribe to a board",
    "subscribe to own standing",
    "subscribe to the node",
];

fn board(submitters: Submitters) -> Board {
    let draft = serde_json::json!({
        "title": "Arena", "policy": "best", "order": "descending", "tie": "shared",
        "periods": ["all_time"], "submitters": submitters,
    });
    let draft: BoardDraft = serde_json::from_value(draft).unwrap();
    Board::new(Slug::new("arena").unwrap(), draft).unwrap()
}

const KINDS: usize = 17;

/// Index of the operation. The `match` does not compile until a new variant is listed here.
/// [`allowed`] then fails until it tries the new variant.
fn kind(operation: &Operation<'_>) -> usize {
    match operation {
        Operation::Submit(..) => 0,
        Operation::DefineBoard(_) => 1,
        Operation::ReadEngine => 2,
        Operation::RepairEngine(_) => 3,
        Operation::Subscribe(_) => 4,
        Operation::Moderate => 5,
        Operation::Rule(_) => 6,
        Operation::ReadSubmissions(_) => 7,
        Operation::Rename(_) => 8,
        Operation::Erase(_) => 9,
        Operation::ReadAudit => 10,
        Operation::MakeToken(_) => 11,
        Operation::ManageKeys => 12,
        Operation::ManageAccounts => 13,
        Operation::ManageSelf => 14,
        Operation::DeleteBoard => 15,
        Operation::RetryDeadLetters => 16,
    }
}

/// The operations that the caller may perform.
fn allowed(caller: &Caller) -> BTreeSet<&'static str> {
    let [both, players, servers] =
        [Submitters::Both, Submitters::Players, Submitters::Servers].map(board);
    let submission = |player: &str, at| Submission {
        id: SubmissionId("0198c0de-0000-7000-8000-000000000000".parse().unwrap()),
        board: both.slug.clone(),
        player: PlayerId::new(player).unwrap(),
        name: None,
        value: Score::new(1).unwrap(),
        at,
    };
    let own = submission("ann", None);
    let then = submission("ann", Some(Timestamp::MIN));
    let others = submission("bob", None);
    let channel = |name: &str| Channel::try_from(name.to_owned()).unwrap();
    let (page, me) = (channel("page:arena:all:1"), channel("me:arena:all"));
    let [feed, presence, of_board] =
        ["feed:arena:all", "presence:arena", "board:arena"].map(channel);
    let operations = [
        Operation::Submit(&both, &own),
        Operation::Submit(&both, &then),
        Operation::Submit(&both, &others),
        Operation::Submit(&players, &own),
        Operation::Submit(&servers, &own),
        Operation::DefineBoard(&both.slug),
        Operation::DeleteBoard,
        Operation::ReadEngine,
        Operation::RepairEngine(&both.slug),
        Operation::RetryDeadLetters,
        Operation::Moderate,
        Operation::Rule(Role::Player),
        Operation::Rule(Role::Moderator),
        Operation::Rule(Role::Admin),
        Operation::ReadSubmissions(&own.player),
        Operation::ReadSubmissions(&others.player),
        Operation::Rename(&own.player),
        Operation::Rename(&others.player),
        Operation::Erase(&own.player),
        Operation::Erase(&others.player),
        Operation::ReadAudit,
        Operation::MakeToken(&own.player),
        Operation::MakeToken(&others.player),
        Operation::ManageKeys,
        Operation::ManageAccounts,
        Operation::ManageSelf,
        Operation::Subscribe(&page),
        Operation::Subscribe(&feed),
        Operation::Subscribe(&presence),
        Operation::Subscribe(&of_board),
        Operation::Subscribe(&me),
        Operation::Subscribe(&Channel::Ops),
    ];
    let tried: BTreeSet<usize> = operations.iter().map(kind).collect();
    assert!(tried.into_iter().eq(0..KINDS), "every operation is tried");
    let mut allowed = BTreeSet::new();
    for (name, operation) in OPERATIONS.into_iter().zip(operations) {
        match (caller, caller.check(operation)) {
            (_, Ok(())) => {
                allowed.insert(name);
            }
            (Caller::Nobody, Err(Error::Unauthorized(_))) | (_, Err(Error::Forbidden(_))) => {}
            (_, Err(error)) => panic!("{name}: {error:?}"),
        }
    }
    allowed
}

fn person(role: Role) -> Caller {
    let player = PlayerId::new("ann").unwrap();
    let proof = Proof::Cookie;
    Caller::Person {
        player,
        role,
        proof,
    }
}

fn by_token_of(role: Role, proof: Proof) -> Caller {
    let player = PlayerId::new("ann").unwrap();
    Caller::Person {
        player,
        role,
        proof,
    }
}

fn server(scopes: &[Scope], boards: Option<&[&str]>) -> Caller {
    let boards = boards.map(|b| b.iter().map(|s| Slug::new(s).unwrap()).collect());
    let draft = KeyDraft {
        title: "Match server".to_owned(),
        scopes: scopes.iter().copied().collect(),
        boards,
    };
    let key = ApiKey::new("0123456789abcdef".to_owned(), draft, Timestamp::MIN);
    Caller::GameServer(Arc::new(key.unwrap()))
}

/// Callers with their permitted operations.
fn table() -> Vec<(&'static str, Caller, Vec<&'static str>)> {
    let play = [
        "submit own",
        "submit to a players' board",
        "own submissions",
    ];
    let own = [
        &play[..],
        &["rename self", "erase self", "own token", "self"],
    ]
    .concat();
    let moderate = [
        "moderate",
        "rule on a player",
        "another's submissions",
        "rename another",
    ];
    let of_servers = [
        "submit own",
        "submit own, of then",
        "submit another's",
        "submit to a servers' board",
    ];
    let run = [
        "rule on a moderator",
        "rule on an admin",
        "erase another",
        "define",
        "delete",
        "read engine",
        "repair",
        "retry",
        "audit",
        "keys",
        "accounts",
    ];
    let tokens = ["own token", "another's token"];
    let all_players = [&moderate[..], &["own submissions", "rename self"]].concat();
    let moderator = [&own[..], &moderate].concat();
    let admin = [&moderator[..], &run].concat();
    let without = |all: &[&'static str], some: &[&str]| -> Vec<&'static str> {
        let all = all.iter().copied();
        all.filter(|o| !some.contains(o)).collect()
    };
    let [by_player, by_moderator, by_admin] = Role::ALL.map(|role| by_token_of(role, Proof::Token));
    vec![
        ("player by token", by_player, play.to_vec()),
        // Tokens never grant administration.
        ("moderator by token", by_moderator, play.to_vec()),
        ("admin by token", by_admin, play.to_vec()),
        (
            "player by a game server's token",
            by_token_of(Role::Player, Proof::Vouched),
            vec!["submit own"],
        ),
        ("nobody", Caller::Nobody, vec![]),
        (
            "guest",
            Caller::guest(PlayerId::new("ann").unwrap()),
            own.clone(),
        ),
        ("player", person(Role::Player), own.clone()),
        ("moderator", person(Role::Moderator), moderator),
        ("admin", person(Role::Admin), admin),
        (
            "operator",
            Caller::Operator,
            without(&OPERATIONS, &["self", "subscribe to own standing"]),
        ),
        (
            "submit",
            server(&[Scope::Submit], None),
            [&of_servers[..], &tokens].concat(),
        ),
        (
            "submit here",
            server(&[Scope::Submit], Some(&["arena"])),
            of_servers.to_vec(),
        ),
        (
            "submit elsewhere",
            server(&[Scope::Submit, Scope::Admin], Some(&["sprint"])),
            vec![],
        ),
        ("read", server(&[Scope::Read], None), vec!["read engine"]),
        (
            "admin key",
            server(&[Scope::Admin], None),
            [&["define", "repair", "retry"][..], &all_players].concat(),
        ),
        (
            "all here",
            server(&[Scope::Submit, Scope::Admin], Some(&["arena"])),
            [&of_servers[..], &["define", "repair"]].concat(),
        ),
    ]
}

#[test]
fn each_caller_may_do_exactly_what_the_table_lists() {
    for (who, caller, may) in table() {
        let mut may: BTreeSet<&str> = may.into_iter().collect();
        // Board channels are open to all. The channel of the own standing needs a player.
        // Callers that may read the engines may subscribe to `ops`.
        may.extend([
            "subscribe to a page",
            "subscribe to the feed",
            "subscribe to presence",
            "subscribe to a board",
        ]);
        may.extend(caller.player().map(|_| "subscribe to own standing"));
        may.extend(
            may.contains("read engine")
                .then_some("subscribe to the node"),
        );
        assert_eq!(allowed(&caller), may, "{who}");
    }
}
