//! The domain of LeaderPort: boards, seasons, scores, ranks and pages.
//!
//! Guarantees: compiles to native code and to wasm32; does no I/O; reads neither clock nor
//! random source (both are parameters); every value is valid. Only [`service`] (feature
//! `service`, native) is asynchronous. It contains the single write path, the single read
//! path, and the ports that engines implement.

pub mod admin;
pub mod board;
mod error;
pub mod live;
#[cfg(feature = "openapi")]
mod openapi;
pub mod people;
pub mod protocol;
pub mod ranking;
pub mod season;
#[cfg(feature = "service")]
pub mod service;
pub mod text;
pub mod time;

pub use admin::audit::{AuditEntry, AuditFilter};
pub use admin::effect::{BoardSize, Effect, Moved, Preview};
pub use admin::engine::{
    DeadLetter, Drift, EngineState, Health, NodeProfile, NodeSetting, NodeState, RecountState,
    SeasonLine, SeasonState,
};
pub use admin::moderation::{
    Explanation, PlayerRecord, Ruled, Ruling, RulingDraft, SubmissionRecord, SubmissionState,
};
pub use board::{
    Accent, Board, BoardDraft, Emblem, Ranking, ScorePolicy, SeasonChange, SeasonRule, Slug,
    Submitters, TieRule,
};
#[cfg(feature = "service")]
pub use board::{BoardPatch, Definition};
pub use error::InvalidValue;
pub use people::account::{Account, Handle, Password, Role};
pub use people::api_key::{ApiKey, KeyDraft, Scope};
pub use people::player::{PlayerId, PlayerName};
pub use ranking::milestone::Milestone;
pub use ranking::page::{PAGE_SIZE, Page, PageDelta, PageNumber, Row};
pub use ranking::position::{Epoch, Position};
pub use ranking::score::{Order, Rank, RowRanks, Score, SortKey};
pub use ranking::sketch::Sketch;
pub use ranking::standing::Standing;
pub use ranking::submission::{Submission, SubmissionId};
pub use season::{Period, Periods, Season, SeasonKey};
pub use text::format::ScoreFormat;
pub use text::marks::Marks;
pub use time::Timestamp;
