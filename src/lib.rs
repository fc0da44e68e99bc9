//! The domain of LeaderPort: boards, seasons, scores, ranks and pages.
//!
//! Guarantees: compiles to native code and to wasm32; does no I/O; reads neither clock nor
//! random source (both are parameters); every value is valid. Only [`service`] (feature
//! `service`, native) is asynchronous. It contains the single write path, the single read
//! path, and the ports that engines implement.

pub mod account;
pub mod api_key;
pub mod audit;
pub mod board;
mod civil;
pub mod csv;
pub mod effect;
pub mod engine;
mod error;
pub mod format;
pub mod live;
pub mod marks;
pub mod milestone;
pub mod moderation;
#[cfg(feature = "openapi")]
mod openapi;
pub mod page;
pub mod player;
pub mod position;
pub mod protocol;
pub mod rank_index;
pub mod score;
pub mod season;
#[cfg(feature = "service")]
pub mod service;
pub mod settings;
pub mod sketch;
pub mod standing;
pub mod submission;
pub mod time;
pub mod vitals;

pub use account::{Account, Handle, Password, Role};
pub use api_key::{ApiKey, KeyDraft, Scope};
pub use audit::{AuditEntry, AuditFilter};
pub use board::{
    Accent, Board, BoardDraft, Emblem, Ranking, ScorePolicy, SeasonChange, SeasonRule, Slug,
    Submitters, TieRule,
};
#[cfg(feature = "service")]
pub use board::{BoardPatch, Definition};
pub use effect::{BoardSize, Effect, Moved, Preview};
pub use engine::{
    DeadLetter, Drift, EngineState, Health, NodeProfile, NodeSetting, NodeState, RecountState,
    SeasonLine, SeasonState,
};
pub use error::InvalidValue;
pub use format::ScoreFormat;
pub use marks::Marks;
pub use milestone::Milestone;
pub use moderation::{
    Explanation, PlayerRecord, Ruled, Ruling, RulingDraft, SubmissionRecord, SubmissionState,
};
pub use page::{PAGE_SIZE, Page, PageDelta, PageNumber, Row};
pub use player::{PlayerId, PlayerName};
pub use position::{Epoch, Position};
pub use score::{Order, Rank, RowRanks, Score, SortKey};
pub use season::{Period, Periods, Season, SeasonKey};
pub use sketch::Sketch;
pub use standing::Standing;
pub use submission::{Submission, SubmissionId};
pub use time::Timestamp;
