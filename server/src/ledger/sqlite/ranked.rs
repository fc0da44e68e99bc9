//! Ranks by SQL alone, over a connection to SQLite ([`crate::ledger::ranked`]).

use leaderport::board::Ranking;
use leaderport::service::error::LedgerError;
use leaderport::service::ports::ledger::{LedgerPlace, LedgerSlice, RankedStanding};
use leaderport::service::ports::stored::StoredStanding;

use crate::ledger::database::columns::{
    StandingRow, all_readable, failed, ranked, readable, stored, version,
};
use crate::ledger::ranked::{self as ranks, ranked_reads};

ranked_reads!(sqlx::Sqlite);
