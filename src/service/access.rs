//! Who may do what: the one place that decides it.
//!
//! Every operation of the service that is not open to all takes its [`Caller`]
//! and asks here before it does anything. Handlers find out who calls; they
//! decide nothing.

use std::sync::Arc;

use super::Error;
use crate::protocol::Channel;
use crate::{ApiKey, Board, PlayerId, Role, Scope, Slug, Submission, Submitters};

/// Who asks for something.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Whoever runs the deployment: this process, and who bears its token.
    Operator,
    /// A game server, by its key.
    GameServer(Arc<ApiKey>),
    /// A player: a guest, or one who signed in.
    Person {
        /// Who they are on boards.
        player: PlayerId,
        /// What they may do.
        role: Role,
        /// By what they are known.
        proof: Proof,
    },
    /// Somebody who is not known.
    Nobody,
}

/// By what a person is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A cookie of this site: they are here themselves.
    Cookie,
    /// A token: it allows to play as them for some minutes, and not to become them.
    Token,
}

impl Caller {
    /// A guest: a player without an account.
    #[must_use]
    pub fn guest(player: PlayerId) -> Self {
        Self::Person {
            player,
            role: Role::Player,
            proof: Proof::Cookie,
        }
    }

    /// Who they are on boards, where they are a person.
    #[must_use]
    pub fn player(&self) -> Option<&PlayerId> {
        match self {
            Self::Person { player, .. } => Some(player),
            _ => None,
        }
    }

    /// Who it is, for the audit log.
    #[must_use]
    pub fn actor(&self) -> String {
        match self {
            Self::Operator => "operator".to_owned(),
            Self::GameServer(key) => format!("key {}", key.id),
            Self::Person { player, .. } => format!("player {player}"),
            Self::Nobody => "nobody".to_owned(),
        }
    }
}

/// What somebody wants to do. Reading boards is open to all and not listed.
#[derive(Debug, Clone, Copy)]
pub enum Operation<'a> {
    /// Submit a score to a board.
    Submit(&'a Board, &'a Submission),
    /// Define a board, new or again.
    DefineBoard(&'a Slug),
    /// Read what the engines have.
    ReadEngine,
    /// Compare, rebuild or drop a board's ranked state.
    RepairEngine(&'a Slug),
    /// Hear of a channel.
    Hear(&'a Channel),
    /// Find players, see what they submitted, and decide what counts.
    Moderate,
    /// See what is known of a player, and what feeds their standings.
    ReadSubmissions(&'a PlayerId),
    /// Give a player another name.
    Rename(&'a PlayerId),
    /// Remove a player and all of theirs for ever.
    Erase(&'a PlayerId),
    /// Read who did what.
    ReadAudit,
    /// Make a token for a player.
    MakeToken(&'a PlayerId),
    /// List, make and revoke keys.
    ManageKeys,
    /// List accounts, make them for others, and change their roles.
    ManageAccounts,
    /// Change or end the own account.
    ManageSelf,
}

impl Caller {
    /// # Errors
    /// [`Error::Unauthorized`] when it is not known who asks, else
    /// [`Error::Forbidden`], which says what it needs.
    pub fn check(&self, operation: Operation<'_>) -> Result<(), Error> {
        let is_allowed = is_open(operation)
            || match self {
                // An account is a person's: the operator has none.
                Self::Operator => !matches!(
                    operation,
                    Operation::ManageSelf | Operation::Hear(Channel::Me(_))
                ),
                Self::GameServer(key) => key_allows(key, operation),
                Self::Person {
                    player,
                    role,
                    proof,
                } => person_may(player, *role, *proof, operation),
                Self::Nobody => false,
            };
        if is_allowed {
            return Ok(());
        }
        let needs = needs(operation);
        Err(match self {
            Self::Nobody => Error::Unauthorized(needs),
            _ => Error::Forbidden(needs),
        })
    }
}

/// What anybody may do.
fn is_open(operation: Operation<'_>) -> bool {
    let Operation::Hear(channel) = operation else {
        return false;
    };
    match channel {
        Channel::Page(..) | Channel::Feed(_) | Channel::Presence(_) | Channel::Board(_) => true,
        Channel::Me(_) | Channel::Ops => false,
    }
}

fn key_allows(key: &ApiKey, operation: Operation<'_>) -> bool {
    match operation {
        Operation::Submit(board, _) => {
            board.submitters != Submitters::Players && key.allows(Scope::Submit, Some(&board.slug))
        }
        Operation::DefineBoard(board) | Operation::RepairEngine(board) => {
            key.allows(Scope::Admin, Some(board))
        }
        Operation::ReadEngine | Operation::Hear(Channel::Ops) => key.allows(Scope::Read, None),
        // By it the player submits to any board.
        Operation::MakeToken(_) => key.allows(Scope::Submit, None),
        Operation::Moderate | Operation::ReadSubmissions(_) | Operation::Rename(_) => {
            key.allows(Scope::Admin, None)
        }
        Operation::Hear(_)
        | Operation::Erase(_)
        | Operation::ReadAudit
        | Operation::ManageKeys
        | Operation::ManageAccounts
        | Operation::ManageSelf => false,
    }
}

fn person_may(player: &PlayerId, role: Role, proof: Proof, operation: Operation<'_>) -> bool {
    match operation {
        // A score of one's own, and of now.
        Operation::Submit(board, submission) => {
            role >= Role::Player
                && board.submitters != Submitters::Servers
                && submission.player == *player
                && submission.at.is_none()
        }
        // A token does not make another: it would have no end.
        Operation::MakeToken(of) => role >= Role::Player && of == player && proof == Proof::Cookie,
        Operation::ManageSelf => proof == Proof::Cookie,
        Operation::Moderate => role >= Role::Moderator,
        Operation::ReadSubmissions(of) => role >= Role::Moderator || of == player,
        Operation::Rename(of) => {
            role >= Role::Moderator
                || role >= Role::Player && of == player && proof == Proof::Cookie
        }
        Operation::Erase(of) => role >= Role::Admin || of == player && proof == Proof::Cookie,
        Operation::Hear(channel) => !matches!(channel, Channel::Ops) || role >= Role::Admin,
        Operation::DefineBoard(_)
        | Operation::ReadEngine
        | Operation::RepairEngine(_)
        | Operation::ReadAudit
        | Operation::ManageKeys
        | Operation::ManageAccounts => role >= Role::Admin,
    }
}

fn needs(operation: Operation<'_>) -> String {
    match operation {
        Operation::Submit(board, _) => {
            let slug = &board.slug;
            let key = format!("an API key with the scope `submit` for {slug:?}");
            let own = "a player's own score, of now";
            match board.submitters {
                Submitters::Both => format!("this board takes {own}, or {key}"),
                Submitters::Players => format!("this board takes {own}, and none of game servers"),
                Submitters::Servers => {
                    format!("this board takes scores of game servers alone, by {key}")
                }
            }
        }
        Operation::DefineBoard(slug) | Operation::RepairEngine(slug) => {
            format!("this needs an admin, or an API key with the scope `admin` for {slug:?}")
        }
        Operation::Hear(Channel::Me(_)) => {
            "this needs a player: a cookie of this site, or a token".to_owned()
        }
        Operation::ReadEngine | Operation::Hear(_) => {
            "this needs an admin, or an API key with the scope `read` for every board".to_owned()
        }
        Operation::MakeToken(_) => {
            "this needs the player, or an API key with the scope `submit` for every board"
                .to_owned()
        }
        Operation::Moderate => "this needs a moderator".to_owned(),
        Operation::ReadSubmissions(_) | Operation::Rename(_) => {
            "this needs the player, or a moderator".to_owned()
        }
        Operation::Erase(_) => "this needs the player, or an admin".to_owned(),
        Operation::ReadAudit | Operation::ManageKeys | Operation::ManageAccounts => {
            "this needs an admin".to_owned()
        }
        Operation::ManageSelf => "this needs a player who is signed in".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{BoardDraft, KeyDraft, Score, SubmissionId, Timestamp};

    const OPERATIONS: [&str; 24] = [
        "submit own",
        "submit own, of then",
        "submit another's",
        "submit to a players' board",
        "submit to a servers' board",
        "define",
        "read engine",
        "repair",
        "moderate",
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
        "hear of a page",
        "hear of own standing",
        "hear of the node",
    ];

    fn board(submitters: Submitters) -> Board {
        let draft = serde_json::json!({
            "title": "Arena", "policy": "best", "order": "descending", "tie": "shared",
            "periods": ["all_time"], "submitters": submitters,
        });
        let draft: BoardDraft = serde_json::from_value(draft).unwrap();
        Board::new(Slug::new("arena").unwrap(), draft).unwrap()
    }

    /// What the caller may do, of all that there is.
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
        let operations = [
            Operation::Submit(&both, &own),
            Operation::Submit(&both, &then),
            Operation::Submit(&both, &others),
            Operation::Submit(&players, &own),
            Operation::Submit(&servers, &own),
            Operation::DefineBoard(&both.slug),
            Operation::ReadEngine,
            Operation::RepairEngine(&both.slug),
            Operation::Moderate,
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
            Operation::Hear(&page),
            Operation::Hear(&me),
            Operation::Hear(&Channel::Ops),
        ];
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

    fn by_token_of(role: Role) -> Caller {
        let player = PlayerId::new("ann").unwrap();
        let proof = Proof::Token;
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

    #[test]
    fn everybody_may_do_what_the_table_says_and_nothing_else() {
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
        let moderate = ["moderate", "another's submissions", "rename another"];
        let of_servers = [
            "submit own",
            "submit own, of then",
            "submit another's",
            "submit to a servers' board",
        ];
        let run = [
            "erase another",
            "define",
            "read engine",
            "repair",
            "audit",
            "keys",
            "accounts",
        ];
        let by_token = ["own token", "self"];
        let tokens = ["own token", "another's token"];
        let all_players = [&moderate[..], &["own submissions", "rename self"]].concat();
        let moderator = [&own[..], &moderate].concat();
        let admin = [&moderator[..], &run].concat();
        let without = |all: &[&'static str], some: &[&str]| -> Vec<&'static str> {
            let all = all.iter().copied();
            all.filter(|o| !some.contains(o)).collect()
        };
        let table: [(&str, Caller, Vec<&str>); 16] = [
            ("player by token", by_token_of(Role::Player), play.to_vec()),
            (
                "moderator by token",
                by_token_of(Role::Moderator),
                without(&moderator, &["erase self", "own token", "self"]),
            ),
            (
                "admin by token",
                by_token_of(Role::Admin),
                without(&admin, &by_token),
            ),
            ("nobody", Caller::Nobody, vec![]),
            (
                "viewer",
                person(Role::Viewer),
                vec!["own submissions", "erase self", "self"],
            ),
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
                without(&OPERATIONS, &["self", "hear of own standing"]),
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
                server(&Scope::ALL, Some(&["sprint"])),
                vec![],
            ),
            ("read", server(&[Scope::Read], None), vec!["read engine"]),
            (
                "admin key",
                server(&[Scope::Admin], None),
                [&["define", "repair"][..], &all_players].concat(),
            ),
            (
                "all here",
                server(&Scope::ALL, Some(&["arena"])),
                [&of_servers[..], &["define", "repair"]].concat(),
            ),
        ];
        for (who, caller, may) in table {
            let mut may: BTreeSet<&str> = may.into_iter().collect();
            // Boards are open to all; one's own standing is of who has one; and who may
            // read what the engines have may hear what the node does.
            may.insert("hear of a page");
            may.extend(caller.player().map(|_| "hear of own standing"));
            may.extend(may.contains("read engine").then_some("hear of the node"));
            assert_eq!(allowed(&caller), may, "{who}");
        }
    }
}
