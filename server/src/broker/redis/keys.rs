//! Names of all keys and channels in Redis. A script uses either one shared key, or the keys of one
//! board. The keys of a board share a hash tag, so a Cluster stores them on one node.

use leaderport::service::quota::Limit;
use leaderport::{SeasonKey, Slug};

/// The prefix of all names, so that deployments can share a Redis.
#[derive(Debug, Clone)]
pub(crate) struct Keys(pub(super) String);

impl Keys {
    /// Name of every player, and the boards on which the player has a standing: a hash, see
    /// `lua/people.lua`.
    pub(super) fn people(&self) -> String {
        format!("{}:people", self.0)
    }

    /// Time at which a subject's quota is full again: a text, see `rate_limit/limit.lua`.
    pub(crate) fn limit(&self, limit: Limit, subject: &str) -> String {
        format!("{}:limit:{}:{subject}", self.0, limit.as_str())
    }

    /// Run ids of the Redis processes that hold this data: a text. A restart changes them.
    pub(super) fn run(&self) -> String {
        format!("{}:run", self.0)
    }

    /// Id of this data: a text. Nodes with different ids have different Redis servers or databases.
    pub(super) fn store(&self) -> String {
        format!("{}:store", self.0)
    }

    /// The newest applied or loaded standings: a list, see `lua/note.lua`.
    pub(super) fn applied(&self) -> String {
        format!("{}:applied", self.0)
    }

    /// Checks of what may be unused later: a sorted set, see `lua/schedule.lua`.
    pub(super) fn due(&self) -> String {
        format!("{}:due", self.0)
    }

    /// Labels of a board's held seasons: a set.
    pub(super) fn seasons(&self, board: &Slug) -> String {
        format!("{}:{{{board}}}:seasons", self.0)
    }

    /// Names of the players of a board: a hash, see `lua/names.lua`.
    pub(super) fn names(&self, board: &Slug) -> String {
        format!("{}:{{{board}}}:names", self.0)
    }

    /// Presence on a board, by node: a hash, see `lua/present.lua`.
    pub(super) fn presence(&self, board: &Slug) -> String {
        format!("{}:{{{board}}}:presence", self.0)
    }

    /// Channel of a board's changes.
    pub(super) fn channel(&self, board: &Slug) -> String {
        format!("{}:{{{board}}}:changes", self.0)
    }

    /// Channel that announces defined boards.
    pub(super) fn definitions(&self) -> String {
        format!("{}:definitions", self.0)
    }

    /// The board of a channel, if it is a channel of changes.
    pub(super) fn board_of(&self, channel: &str) -> Option<Slug> {
        let rest = channel.strip_prefix(self.0.as_str())?;
        let slug = rest.strip_prefix(":{")?.strip_suffix("}:changes")?;
        Slug::new(slug).ok()
    }

    /// All keys of a season, in the order of `lua/season.lua`.
    pub(super) fn season(&self, key: &SeasonKey) -> Vec<String> {
        let SeasonKey { board, season } = key;
        // The number is that of the format. Seasons in an older one are loaded again.
        let of_season = |part: &str| format!("{}:{{{board}}}:{season}:2:{part}", self.0);
        let mut keys: Vec<String> = ["meta", "rank", "players", "scores", "counts", "stream"]
            .map(of_season)
            .to_vec();
        keys.push(self.names(board));
        keys.push(self.seasons(board));
        keys.push(self.channel(board));
        keys
    }

    /// The keys of a season that is being built next to the live one, in the order of
    /// [`Self::season`]. Only the season's own keys differ; the keys of the board are the same.
    pub(super) fn building(&self, key: &SeasonKey, epoch: &str) -> Vec<String> {
        let mut keys = self.season(key);
        for built in &mut keys[..6] {
            built.push_str(":new:");
            built.push_str(epoch);
        }
        keys
    }

    /// The keys that a build fills, in the order of `lua/swap.lua`.
    pub(super) fn built(&self, key: &SeasonKey, epoch: &str) -> Vec<String> {
        self.building(key, epoch)[1..5].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_board_share_a_hash_tag() {
        let keys = Keys("leaderport".to_owned());
        let board = Slug::new("arena").unwrap();
        let key = SeasonKey {
            board: board.clone(),
            season: "2026-W47".parse().unwrap(),
        };
        assert_eq!(keys.season(&key)[1], "leaderport:{arena}:2026-W47:2:rank");
        let of_board = keys
            .season(&key)
            .into_iter()
            .chain(keys.building(&key, "1"));
        for key in of_board {
            assert!(key.contains(":{arena}:"), "{key}");
        }
        let built = ["rank", "players", "scores", "counts"]
            .map(|part| format!("leaderport:{{arena}}:2026-W47:2:{part}:new:1"));
        assert_eq!(keys.built(&key, "1"), built);
        assert_eq!(keys.board_of(&keys.channel(&board)), Some(board));
        assert_eq!(keys.board_of("another:{arena}:changes"), None);
    }
}
