//! What a player's page is made of.

use crate::error::PageError;
use leaderport::protocol::MyPlace;
use leaderport::{Milestone, Order, PlayerId, PlayerName, ScoreFormat, Slug};

/// A player, and where they stand.
#[derive(Debug, Clone, PartialEq)]
pub struct PlayerView {
    /// Their id: of who was merged into another, the other's.
    pub player: PlayerId,
    /// Their name.
    pub name: PlayerName,
    /// Board by board, by slug.
    pub ranked: Vec<Ranked>,
}

/// A player's place on a board: in the running season of its longest period.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The board.
    pub slug: Slug,
    /// Its name.
    pub title: String,
    /// What it ranks.
    pub unit: String,
    /// How it shows scores.
    pub format: ScoreFormat,
    /// The place.
    pub place: MyPlace,
    /// Which scores rank first.
    pub order: Order,
    /// The moments at which their score there changed, the oldest first.
    pub history: Vec<Milestone>,
}

/// A player, and where they stand.
///
/// # Errors
/// A bad id, who stands nowhere, or an engine is away.
pub async fn load_player(id: String) -> Result<PlayerView, PageError> {
    backend::player(&id).await
}

mod backend {
    use futures::future::join_all;
    use leaderport::PlayerId;
    use leaderport::protocol::MyPlace;
    use leaderport::service::{Error, Leaderboards};

    use super::super::request::Request;
    use super::{PlayerView, Ranked};
    use crate::error::PageError;

    /// Boards whose history is on a player's page: the first.
    const HISTORIES: usize = 12;

    pub(super) async fn player(id: &str) -> Result<PlayerView, PageError> {
        let request = Request::current();
        let found = read_player(&request.leaderboards, id).await;
        request.with_status(found)
    }

    async fn read_player(leaderboards: &Leaderboards, id: &str) -> Result<PlayerView, Error> {
        let profile = leaderboards.profile(&PlayerId::new(id)?).await?;
        let first = profile.standings.iter().take(HISTORIES);
        let histories = first.map(|(_, standing)| {
            leaderboards.history_at_hand(&standing.season.key, &profile.player)
        });
        let histories = join_all(histories).await.into_iter();
        let histories = histories.chain(std::iter::repeat_with(Vec::new));
        let ranked = profile.standings.iter().zip(histories);
        let ranked = ranked.map(|((board, standing), history)| Ranked {
            slug: board.slug.clone(),
            title: board.title.clone(),
            unit: board.unit.clone(),
            format: board.format,
            place: MyPlace::from(standing),
            order: board.order,
            history,
        });
        Ok(PlayerView {
            ranked: ranked.collect(),
            player: profile.player,
            name: profile.name,
        })
    }
}
