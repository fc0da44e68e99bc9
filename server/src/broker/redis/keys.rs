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

    /// The keys of a season that its reads need: the first ones of [`Self::season`].
    pub(super) fn reading(&self, key: &SeasonKey) -> [String; 5] {
        self.read_part(key, "")
    }

    /// All keys of a season, in the order of `lua/season.lua`.
    pub(super) fn season(&self, key: &SeasonKey) -> Vec<String> {
        self.all(key, "")
    }

    /// The keys of a season that is being built next to the live one, in the order of
    /// [`Self::season`]. Only the season's own keys differ; the keys of the board are the same.
    pub(super) fn building(&self, key: &SeasonKey, epoch: &str) -> Vec<String> {
        self.all(key, &format!(":new:{epoch}"))
    }

    fn all(&self, key: &SeasonKey, suffix: &str) -> Vec<String> {
        let mut keys = self.read_part(key, suffix).to_vec();
        keys.push(self.of_season(key, "counts", suffix));
        keys.push(self.of_season(key, "stream", suffix));
        keys.push(self.seasons(&key.board));
        keys.push(self.channel(&key.board));
        keys
    }

    fn read_part(&self, key: &SeasonKey, suffix: &str) -> [String; 5] {
        let of_season = |part| self.of_season(key, part, suffix);
        [
            of_season("meta"),
            self.names(&key.board),
            of_season("rank"),
            of_season("players"),
            of_season("scores"),
        ]
    }

    fn of_season(
        &self,
        SeasonKey { board, season }: &SeasonKey,
        part: &str,
        suffix: &str,
    ) -> String {
        // The number is that of the format. Seasons in an older one are loaded again.
        format!("{}:{{{board}}}:{season}:2:{part}{suffix}", self.0)
    }

    /// The keys that a build fills, in the order of `lua/swap.lua`.
    pub(super) fn built(&self, key: &SeasonKey, epoch: &str) -> Vec<String> {
        self.building(key, epoch)[2..6].to_vec()
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
        assert_eq!(keys.season(&key)[2], "leaderport:{arena}:2026-W47:2:rank");
        assert_eq!(keys.season(&key)[..5], keys.reading(&key));
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
