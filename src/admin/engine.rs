//! State of the ledger and the broker for operators: contents and drift.

use serde::{Deserialize, Serialize};

use crate::{Season, SeasonRule, Slug, Timestamp};

/// A season in the ledger and in the broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeasonState {
    /// Board of the season.
    pub board: Slug,
    /// The season.
    pub season: Season,
    /// Number of standings in the ledger.
    pub recorded: u64,
    /// Number of standings in the broker; absent if the broker does not hold the season. That
    /// is no fault, because the next read loads the season.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub ranked: Option<u64>,
}

/// A batch that could not be applied because of its own content. It waits for an admin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeadLetter {
    /// Id of the batch in the outbox.
    pub id: i64,
    /// Number of failed attempts.
    pub failures: u64,
    /// The last error.
    pub error: String,
    /// Time of the last attempt.
    pub since: Timestamp,
}

/// An unfinished recount of a board's standings, after new rules or a restart of a season.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecountState {
    /// The board. It refuses submissions until the end.
    pub board: Slug,
    /// Time of the new rules.
    pub begun_at: Timestamp,
    /// Last time at which a node worked on it.
    pub seen_at: Timestamp,
    /// Number of changed standings that are stored.
    pub written: u64,
    /// Number of changed standings; absent while the submissions are counted.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub to_write: Option<u64>,
}

/// State of ledger and broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EngineState {
    /// Recorded batches that are not confirmed as applied, without dead letters.
    pub outbox: u64,
    /// Number of dead letters.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub dead: u64,
    /// The newest dead letters, up to a hundred.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub dead_letters: Vec<DeadLetter>,
    /// Unfinished recounts, oldest first.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub recounts: Vec<RecountState>,
    /// Every season with a standing, by board.
    pub seasons: Vec<SeasonState>,
    /// Whether the broker does not respond. The numbers of its standings are then unknown.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub broker_down: bool,
}

/// Differences of a season between broker and ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Drift {
    /// Number of compared standings; 0 if the broker does not hold the season.
    pub checked: u64,
    /// Number of standings that only the ledger has.
    pub missing: u64,
    /// Number of standings that are older in the broker.
    pub stale: u64,
    /// Number of standings that only the broker has, or that are newer in the broker. The cause
    /// is a ledger that was restored from a backup.
    pub ahead: u64,
    /// Whether the season was repaired.
    pub repaired: bool,
}

impl Drift {
    /// Whether broker and ledger agree.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.missing + self.stale + self.ahead == 0
    }
}

/// Health of a deployment's parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// Response time of the ledger in milliseconds; absent if it does not respond.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub ledger: Option<f64>,
    /// Response time of the broker in milliseconds; absent if it does not respond.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub broker: Option<f64>,
    /// Nodes seen within the last hour, latest first; empty while the ledger is down.
    pub nodes: Vec<NodeState>,
    /// Time of the check.
    pub at: Timestamp,
}

/// A node as recorded in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NodeState {
    /// Name of the node, generated at its start.
    pub node: String,
    /// Start time.
    pub started_at: Timestamp,
    /// Time of the last heartbeat.
    pub seen_at: Timestamp,
    /// Whether this node sent the answer.
    pub is_this: bool,
    /// Name of its host; empty for a node of an older version, like the address and the version.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub host: String,
    /// Address on which it listens.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub address: String,
    /// Version of its binary.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub version: String,
    /// Settings in which it differs from this node while both run.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub differs: Vec<NodeSetting>,
}

/// A setting that all nodes of a deployment must share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NodeSetting {
    /// The broker. Memory cannot be shared.
    Broker,
    /// The secret that signs cookies.
    CookieSecret,
    /// The operator's token.
    ApiToken,
    /// The secrets that sign players' tokens.
    TokenSecrets,
    /// Whether browsers use HTTPS only, on which the names of cookies depend.
    Https,
    /// The key of notifications by Web Push.
    PushKey,
}

/// The place of a node, and its settings that all nodes must share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeProfile {
    /// Name of the host.
    pub host: String,
    /// Address on which the node listens.
    pub address: String,
    /// Version of the binary.
    pub version: String,
    /// Kind and prefix of the broker.
    pub broker: String,
    /// Fingerprint of the cookie secret.
    pub cookie_secret: String,
    /// Fingerprint of the API token, which depends on the cookie secret; absent without a token.
    pub api_token: Option<String>,
    /// Fingerprints of the token secrets, which depend on the cookie secret; the first signs. Empty
    /// for a node of an older version.
    pub token_secrets: Vec<String>,
    /// Whether browsers use HTTPS only; absent for a node of an older version.
    pub is_https: Option<bool>,
    /// Public key of notifications by Web Push; absent for a node of an older version.
    pub push_key: Option<String>,
    /// Ids of the broker's data, newest first: the present one and the one before. Empty if unknown.
    pub stores: Vec<String>,
}

impl NodeProfile {
    /// The broker in the memory of one node.
    pub const MEMORY: &'static str = "memory";

    /// The settings that prevent the two nodes from serving one deployment.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<NodeSetting> {
        let is_other_broker = self.broker != other.broker
            || self.broker == Self::MEMORY
            || self.has_other_store(other);
        let is_other_cookie = self.cookie_secret != other.cookie_secret;
        let is_other_token = if is_other_cookie {
            // The fingerprints of equal tokens differ too.
            self.api_token.is_some() != other.api_token.is_some()
        } else {
            self.api_token != other.api_token
        };
        let schemes = self.is_https.zip(other.is_https);
        let is_other_scheme = schemes.is_some_and(|(this, other)| this != other);
        let push_keys = self.push_key.as_ref().zip(other.push_key.as_ref());
        let is_other_push_key = push_keys.is_some_and(|(this, other)| this != other);
        let settings = [
            (is_other_broker, NodeSetting::Broker),
            (is_other_cookie, NodeSetting::CookieSecret),
            (is_other_token, NodeSetting::ApiToken),
            (
                !is_other_cookie && self.refuses_tokens_of(other),
                NodeSetting::TokenSecrets,
            ),
            (is_other_scheme, NodeSetting::Https),
            // A key may be derived from the cookie secret.
            (!is_other_cookie && is_other_push_key, NodeSetting::PushKey),
        ];
        let differs = settings.into_iter().filter(|(differs, _)| *differs);
        differs.map(|(_, setting)| setting).collect()
    }

    /// Whether the nodes use different data of the broker. If Redis loses its data, one of the nodes
    /// still knows only the former id for a moment.
    fn has_other_store(&self, other: &Self) -> bool {
        let is_shared = self.stores.iter().any(|id| other.stores.contains(id));
        !is_shared && !self.stores.is_empty() && !other.stores.is_empty()
    }

    /// Whether one of the nodes signs tokens that the other refuses. During a rotation the lists
    /// differ, but each has the secret by which the other signs.
    fn refuses_tokens_of(&self, other: &Self) -> bool {
        let signing = self.token_secrets.first().zip(other.token_secrets.first());
        signing.is_some_and(|(this, that)| {
            !self.token_secrets.contains(that) || !other.token_secrets.contains(this)
        })
    }

    /// Whether the other profile is of an earlier process of the same node: two processes cannot
    /// listen on one address.
    #[must_use]
    pub fn is_same_place(&self, other: &Self) -> bool {
        (&self.host, &self.address) == (&other.host, &other.address)
    }
}

/// A season of a board, for admins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeasonLine {
    /// The season.
    pub season: Season,
    /// Number of standings.
    pub standings: u64,
    /// Start of the season.
    pub starts_at: Timestamp,
    /// Start of the next season; absent for `all`.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub next_reset: Option<Timestamp>,
    /// Whether the season is running.
    pub is_running: bool,
    /// Manual rule of the season.
    pub rule: SeasonRule,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(broker: &str, cookie_secret: &str, api_token: Option<&str>) -> NodeProfile {
        NodeProfile {
            broker: broker.to_owned(),
            cookie_secret: cookie_secret.to_owned(),
            api_token: api_token.map(str::to_owned),
            ..NodeProfile::default()
        }
    }

    #[test]
    fn nodes_differ_in_the_brokers_data_and_in_https() {
        let with = |stores: &[&str], is_https| NodeProfile {
            stores: stores.iter().map(|id| (*id).to_owned()).collect(),
            is_https,
            ..profile("redis", "a", None)
        };
        let this = with(&["1"], Some(true));
        let cases: [(&[&str], Option<bool>, Vec<NodeSetting>); 5] = [
            (&["1"], Some(true), vec![]),
            // Redis has lost its data, and the other node has noticed it first.
            (&["2", "1"], Some(true), vec![]),
            (&[], None, vec![]),
            (&["2"], Some(true), vec![NodeSetting::Broker]),
            (&["1"], Some(false), vec![NodeSetting::Https]),
        ];
        for (stores, is_https, expected) in cases {
            let other = with(stores, is_https);
            assert_eq!(this.differences(&other), expected, "{other:?}");
            assert_eq!(other.differences(&this), expected, "{other:?}");
        }
    }

    #[test]
    fn nodes_differ_in_the_push_key_unless_it_is_derived() {
        let with = |cookie_secret, push_key: Option<&str>| NodeProfile {
            push_key: push_key.map(str::to_owned),
            ..profile("redis", cookie_secret, None)
        };
        let this = with("a", Some("1"));
        for (other, expected) in [
            (with("a", Some("1")), vec![]),
            (with("a", Some("2")), vec![NodeSetting::PushKey]),
            (with("a", None), vec![]),
            (with("b", Some("2")), vec![NodeSetting::CookieSecret]),
        ] {
            assert_eq!(this.differences(&other), expected, "{other:?}");
            assert_eq!(other.differences(&this), expected, "{other:?}");
        }
    }

    #[test]
    fn nodes_differ_in_broker_cookie_secret_and_token() {
        let one = profile("redis", "a", Some("t"));
        for (other, expected) in [
            (profile("redis", "a", Some("t")), vec![]),
            (profile("memory", "a", Some("t")), vec![NodeSetting::Broker]),
            (
                profile("redis", "a", Some("u")),
                vec![NodeSetting::ApiToken],
            ),
            (profile("redis", "a", None), vec![NodeSetting::ApiToken]),
            (
                profile("redis", "b", Some("u")),
                vec![NodeSetting::CookieSecret],
            ),
            (
                profile("redis", "b", None),
                vec![NodeSetting::CookieSecret, NodeSetting::ApiToken],
            ),
        ] {
            assert_eq!(one.differences(&other), expected, "{other:?}");
            assert_eq!(other.differences(&one), expected, "{other:?}");
        }
        let token_secrets = |secrets: &[&str], cookie_secret| NodeProfile {
            token_secrets: secrets.iter().map(|secret| (*secret).to_owned()).collect(),
            ..profile("redis", cookie_secret, Some("t"))
        };
        let cases: [(&[&str], Vec<NodeSetting>); 5] = [
            (&["old"], vec![]),
            (&["old", "new"], vec![]),
            (&["new", "old"], vec![NodeSetting::TokenSecrets]),
            (&["new"], vec![NodeSetting::TokenSecrets]),
            (&[], vec![]),
        ];
        for (secrets, expected) in cases {
            let (this, other) = (token_secrets(&["old"], "a"), token_secrets(secrets, "a"));
            assert_eq!(this.differences(&other), expected, "{secrets:?}");
            assert_eq!(other.differences(&this), expected, "{secrets:?}");
        }
        let rotating = token_secrets(&["old", "new"], "a");
        let rotated = token_secrets(&["new", "old"], "a");
        assert_eq!(rotating.differences(&rotated), []);
        let alone = profile("memory", "a", None);
        assert_eq!(alone.differences(&alone), [NodeSetting::Broker]);
    }
}
