//! The data of a player's page.

use crate::error::PageError;
use leaderport::protocol::MyPlace;
use leaderport::{Accent, Emblem, Milestone, Order, PlayerId, PlayerName, ScoreFormat, Slug};

/// A player and their places on all boards.
#[derive(Debug, Clone, PartialEq)]
pub struct PlayerView {
    /// The player; after a merge, the player that they were merged into.
    pub player: PlayerId,
    /// The player's name.
    pub name: PlayerName,
    /// Their places, sorted by the board's slug.
    pub ranked: Vec<Ranked>,
    /// A sentence for the player, if they are the reader and a moderator ruled on their scores.
    pub review: Option<&'static str>,
}

/// A player's place on a board, in the running season of its longest period.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The board's slug.
    pub slug: Slug,
    /// The board's title.
    pub title: String,
    /// The board's accent.
    pub accent: Accent,
    /// The board's emblem.
    pub emblem: Emblem,
    /// The unit of the scores; may be empty.
    pub unit: String,
    /// The display format of scores.
    pub format: ScoreFormat,
    /// The player's place.
    pub place: MyPlace,
    /// Which scores rank first.
    pub order: Order,
    /// The changes of the player's score in that season, the oldest first.
    pub history: Vec<Milestone>,
}

/// A player and their places on all boards.
///
/// # Errors
/// Fails on an invalid id, a player without any place, or if an engine is down.
pub async fn load_player(id: String) -> Result<PlayerView, PageError> {
    backend::player(&id).await
}

mod backend {
    use futures::future::join_all;
    use leaderport::protocol::MyPlace;
    use leaderport::service::{Error, Leaderboards};

    use super::super::request::Request;
    use super::{PlayerView, Ranked};
    use crate::api::visitor::{Visitor, review_notice};
    use crate::error::PageError;

    /// The number of boards, from the first, whose score history is on a player's page.
    const HISTORIES: usize = 12;

    pub(super) async fn player(id: &str) -> Result<PlayerView, PageError> {
        let request = Request::current();
        let reader = request.reader().await;
        let found = read_player(&request.leaderboards, id, reader).await;
        request.with_status(found)
    }

    async fn read_player(
        leaderboards: &Leaderboards,
        id: &str,
        reader: Option<Visitor>,
    ) -> Result<PlayerView, Error> {
        let player = leaderboards.spelled_or_normal(id).await?;
        let reader = reader.filter(|reader| reader.player == player);
        let review = match &reader {
            Some(reader) => leaderboards.review(&reader.caller(), None).await,
            None => None,
        };
        let review = review.map(review_notice);
        let profile = match (leaderboards.profile(&player).await, reader) {
            // Others see no page of a banned player, but the player reads the reason.
            (Err(Error::UnknownPlayer(..)), Some(reader)) if review.is_some() => {
                return Ok(PlayerView {
                    player,
                    name: reader.name,
                    ranked: Vec::new(),
                    review,
                });
            }
            (profile, _) => profile?,
        };
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
            accent: board.accent,
            emblem: board.emblem,
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
            review,
        })
    }
}
