//! Boards, players and instants that the contract tests share.

use std::sync::Arc;

use leaderport::admin::audit::AuditNote;
use leaderport::board::Ranking;
use leaderport::service::ports::stored::StoredName;
use leaderport::{
    Board, BoardDraft, Order, Period, PlayerId, PlayerName, Score, ScorePolicy, Season, SeasonKey,
    Slug, Submission, SubmissionId, Submitters, TieRule, Timestamp,
};
use uuid::Uuid;

/// Every score policy.
pub(crate) const POLICIES: [ScorePolicy; 3] =
    [ScorePolicy::Best, ScorePolicy::Latest, ScorePolicy::Sum];
/// Both orders.
pub(crate) const ORDERS: [Order; 2] = [Order::Descending, Order::Ascending];
/// Every tie rule.
pub(crate) const TIES: [TieRule; 3] = [TieRule::Earliest, TieRule::Shared, TieRule::Dense];

/// Every combination of order and tie rule.
pub(crate) fn rankings() -> impl Iterator<Item = Ranking> {
    ORDERS
        .into_iter()
        .flat_map(|order| TIES.map(|tie| Ranking { order, tie }))
}

pub(crate) fn slug(text: &str) -> Slug {
    Slug::new(text).unwrap()
}

/// An id of any version. Engines keep the bytes of ids, and new ids are checked before.
pub(crate) fn player(id: &str) -> PlayerId {
    PlayerId::stored(id).unwrap()
}

/// A name with its version.
pub(crate) fn stored(text: &str, version: u64) -> StoredName {
    let name = name(text);
    StoredName { name, version }
}

/// A name of any version.
pub(crate) fn name(text: &str) -> PlayerName {
    PlayerName::stored(text).unwrap()
}

pub(crate) fn score(value: i64) -> Score {
    Score::new(value).unwrap()
}

/// Parses an RFC 3339 instant.
pub(crate) fn ts(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// `seconds` after noon on Friday, 20 November 2026, UTC.
pub(crate) fn noon(seconds: i64) -> Timestamp {
    ts("2026-11-20T12:00:00Z").plus_millis(seconds * 1000)
}

pub(crate) fn season(label: &str) -> Season {
    label.parse().unwrap()
}

pub(crate) fn key(board: &Slug, label: &str) -> SeasonKey {
    SeasonKey {
        board: board.clone(),
        season: season(label),
    }
}

/// An audit log entry by the operator.
pub(crate) fn note() -> AuditNote {
    AuditNote {
        at: noon(0),
        actor: "operator".to_owned(),
        action: "define_board",
        target: "points".to_owned(),
        before: None,
        after: None,
        reason: String::new(),
    }
}

/// The submission id made from a number.
pub(crate) fn id(n: u128) -> SubmissionId {
    SubmissionId(Uuid::from_u128(n))
}

/// A board with one all-time season, in UTC, without score bounds.
pub(crate) fn draft(policy: ScorePolicy, order: Order, tie: TieRule) -> BoardDraft {
    BoardDraft {
        title: "A board".to_owned(),
        policy,
        order,
        tie,
        periods: vec![Period::AllTime],
        time_zone: None,
        min_score: None,
        max_score: None,
        format: None,
        unit: None,
        description: None,
        opens_at: None,
        closes_at: None,
        submitters: Some(Submitters::Both),
        archived: false,
        tick_millis: None,
        accent: None,
        emblem: None,
    }
}

/// The usual board: best score, descending, ties ordered earliest first.
pub(crate) fn points() -> BoardDraft {
    draft(ScorePolicy::Best, Order::Descending, TieRule::Earliest)
}

/// The same board with a season of every period.
pub(crate) fn of_every_period(draft: BoardDraft) -> BoardDraft {
    BoardDraft {
        periods: Period::ALL.to_vec(),
        ..draft
    }
}

pub(crate) fn board(slug_text: &str, draft: BoardDraft) -> Arc<Board> {
    Arc::new(Board::new(slug(slug_text), draft).unwrap())
}

/// A submission with its own time and no player name.
pub(crate) fn submission(
    n: u128,
    board: &Slug,
    who: &str,
    value: i64,
    at: Timestamp,
) -> Submission {
    Submission {
        id: id(n),
        board: board.clone(),
        player: player(who),
        name: None,
        value: score(value),
        at: Some(at),
    }
}
