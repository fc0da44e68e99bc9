//! Loads a season: builds it next to the live one, and swaps it in.
//!
//! Only names of keys change in the swap, so its duration does not depend on the size of a season.

use std::sync::atomic::Ordering;

use futures::future::try_join;
use futures::stream::{self, StreamExt};
use leaderport::board::Ranking;
use leaderport::service::error::BrokerError;
use leaderport::service::ports::stored::StoredStanding;
use leaderport::{Epoch, SeasonKey};
use redis::Value;

use super::cleanup::Item;
use super::scripts::over;
use super::{CHUNK, Redis, texts, word};

/// Maximum number of chunks of a load in flight.
const CHUNKS_AT_ONCE: usize = 2;

impl Redis {
    /// Builds a season under separate keys, in chunks, and swaps it in. With `leave` "1", a season
    /// that is already held stays unchanged.
    pub(super) async fn build(
        &self,
        key: &SeasonKey,
        ranking: Ranking,
        standings: &[StoredStanding],
        leave: &str,
    ) -> Result<(), BrokerError> {
        self.listen(&key.board).await?;
        let epoch = Epoch(self.next_epoch.fetch_add(1, Ordering::Relaxed)).to_string();
        let (order, tie) = (word(ranking.order)?, word(ranking.tie)?);
        let season = key.season.to_string();
        let building = self.keys.building(key, &epoch);
        let abandoned = Item::Build(key.clone(), epoch.clone());
        let items = [abandoned.clone(), Item::Season(key.clone())];
        self.cleanup.schedule(&items).await?;
        // Register the season first, so that a concurrent rename also reaches it.
        let mut add = redis::cmd("SADD");
        add.arg(self.keys.seasons(&key.board)).arg(&season);
        let () = self.connection.send(&add).await?;
        let (building, abandoned) = (&building, &abandoned);
        let (order, tie) = (order.as_str(), tie.as_str());
        let chunks = (0..standings.len()).step_by(CHUNK).map(|first| async move {
            // A check frees a build that takes too long. Chunks after it must not stay.
            self.cleanup
                .schedule_missing(std::slice::from_ref(abandoned))
                .await?;
            let chunk = &standings[first..standings.len().min(first + CHUNK)];
            let rows = texts::standings(chunk)?;
            let build = over(&self.scripts.build, building, &[&rows, order, tie]);
            let built = self.connection.run(&build);
            let ((), joined) = try_join(built, self.join(key, chunk)).await?;
            self.settle_names(key, joined).await
        });
        // Send the next chunk while Redis builds the previous one.
        let mut built = stream::iter(chunks).buffer_unordered(CHUNKS_AT_ONCE);
        while let Some(chunk) = built.next().await {
            chunk?;
        }
        let mut keys = self.keys.season(key);
        keys.extend(self.keys.built(key, &epoch));
        let count = standings.len().to_string();
        let args = [epoch.as_str(), order, tie, &season, leave, &count];
        let swap = over(&self.scripts.swap, &keys, &args);
        let _swapped: Value = self.connection.run(&swap).await?;
        self.cleanup.cancel(abandoned).await?;
        let at = |s: &&StoredStanding| s.standing.map(|standing| standing.latest_at);
        self.note_applied(key, standings.iter().max_by_key(at))
            .await
    }
}
