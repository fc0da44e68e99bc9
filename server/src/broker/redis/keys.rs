//! The names of everything in Redis. What a script touches is of one board, and
//! so, by its hash tag, on one node of a Cluster.

use leaderport::service::ports::limiter::Limit;
use leaderport::{SeasonKey, Slug};

/// What all names begin with, so that deployments may share a Redis.
#[derive(Debug, Clone)]
pub(crate) struct Keys(pub(super) String);

impl Keys {
    /// Every player's boards and name. Hash, as `lua/people.lua` has it.
    pub(super) fn people(&self) -> String {
        format!("{}:people", self.0)
    }

    /// When a subject's quota is whole again. Text, as `lua/limit.lua` has it.
    pub(crate) fn limit(&self, limit: Limit, subject: &str) -> String {
        format!("{}:limit:{}:{subject}", self.0, limit.as_str())
    }

    /// Which processes hold all this: it changes when one of them is started anew.
    pub(super) fn run(&self) -> String {
        format!("{}:run", self.0)
    }

    /// The seasons of a board that are held. Set of labels.
    pub(super) fn seasons(&self, board: &Slug) -> String {
        format!("{}:{{{board}}}:seasons", self.0)
    }

    /// Who watches a board, by node. Hash, as `lua/present.lua` has it.
    pub(super) fn presence(&self, board: &Slug) -> String {
        format!("{}:{{{board}}}:presence", self.0)
    }

    /// Where a board's changes are published.
    pub(super) fn channel(&self, board: &Slug) -> String {
        format!("{}:{{{board}}}:changes", self.0)
    }

    /// Where it is told that boards were defined.
    pub(super) fn definitions(&self) -> String {
        format!("{}:definitions", self.0)
    }

    /// The board of a channel.
    pub(super) fn board_of(&self, channel: &str) -> Option<Slug> {
        let rest = channel.strip_prefix(self.0.as_str())?;
        let slug = rest.strip_prefix(":{")?.strip_suffix("}:changes")?;
        Slug::new(slug).ok()
    }

    /// All keys of a season, as `lua/season.lua` takes them.
    pub(super) fn season(&self, key: &SeasonKey) -> Vec<String> {
        let SeasonKey { board, season } = key;
        let of_season = |part: &str| format!("{}:{{{board}}}:{season}:{part}", self.0);
        let mut keys: Vec<String> = ["meta", "rank", "players", "scores", "counts", "stream"]
            .map(of_season)
            .to_vec();
        keys.push(format!("{}:{{{board}}}:names", self.0));
        keys.push(self.seasons(board));
        keys.push(self.channel(board));
        keys
    }

    /// The keys of a season that is built beside the live one, in the order of
    /// [`Self::season`]. What is of the board, or has no use before the season
    /// is live, has its own name.
    pub(super) fn building(&self, key: &SeasonKey, epoch: &str) -> Vec<String> {
        let mut keys = self.season(key);
        for built in &mut keys[..6] {
            built.push_str(":new:");
            built.push_str(epoch);
        }
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_board_have_one_hash_tag() {
        let keys = Keys("leaderport".to_owned());
        let board = Slug::new("arena").unwrap();
        let key = SeasonKey {
            board: board.clone(),
            season: "2026-W47".parse().unwrap(),
        };
        assert_eq!(keys.season(&key)[1], "leaderport:{arena}:2026-W47:rank");
        let of_board = keys
            .season(&key)
            .into_iter()
            .chain(keys.building(&key, "1"));
        for key in of_board {
            assert!(key.contains(":{arena}:"), "{key}");
        }
        assert_eq!(keys.board_of(&keys.channel(&board)), Some(board));
        assert_eq!(keys.board_of("another:{arena}:changes"), None);
    }
}
