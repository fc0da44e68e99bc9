//! Tokens: short-lived JSON Web Tokens that identify a player to pages of other origins,
//! which receive no cookies.
//!
//! The only algorithm is HS256, regardless of a token's header. The header's `kid` selects
//! the key. The first key signs, and all keys verify. A key is therefore rotated by
//! inserting a new one before it. A token contains the player and the token's maker.
//! Permissions are decided when the token is used.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::service::error::Error;
use crate::service::people::secret::hex;
use crate::service::ports::clock::Clock;
use crate::{PlayerId, Timestamp};

/// Lifetime of a token, in seconds.
pub const TOKEN_SECONDS: u64 = 600;

/// Tolerated clock skew between nodes, in seconds.
const SKEW_SECONDS: u64 = 10;

/// Audience of every token.
const AUDIENCE: &str = "leaderport";

/// Maximum length of a token, in bytes.
const MAX_BYTES: usize = 1024;

/// Claims of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Claims {
    /// The player.
    sub: PlayerId,
    /// The maker.
    by: Maker,
    aud: String,
    /// Seconds since 1970.
    iat: u64,
    exp: u64,
}

struct Key {
    id: String,
    signs: EncodingKey,
    verifies: DecodingKey,
}

/// Creates and verifies tokens.
pub struct Tokens {
    keys: Vec<Key>,
    clock: Arc<dyn Clock>,
}

/// Maker of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Maker {
    /// The player.
    Player,
    /// A game server, for the player.
    Server,
}

/// Content of a verified token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// The player.
    pub player: PlayerId,
    /// Maker of the token.
    pub by: Maker,
    /// Time of creation, to the second.
    pub made_at: Timestamp,
    /// Expiry, to the second.
    pub expires_at: Timestamp,
}

impl Tokens {
    /// Creates the service with these secrets: the first signs, all verify.
    ///
    /// # Panics
    /// Panics without a secret.
    #[must_use]
    pub fn new<S: AsRef<[u8]>>(secrets: &[S], clock: Arc<dyn Clock>) -> Self {
        assert!(!secrets.is_empty(), "a secret to sign with");
        let key = |secret: &S| {
            let secret = secret.as_ref();
            Key {
                id: key_id(secret),
                signs: EncodingKey::from_secret(secret),
                verifies: DecodingKey::from_secret(secret),
            }
        };
        let keys = secrets.iter().map(key).collect();
        Self { keys, clock }
    }

    /// A token for a player, and its expiry.
    #[must_use]
    pub fn make(&self, player: &PlayerId, by: Maker) -> (String, Timestamp) {
        let now = self.clock.now();
        let iat = now.millis() / 1000;
        let claims = Claims {
            sub: player.clone(),
            by,
            aud: AUDIENCE.to_owned(),
            iat,
            exp: iat + TOKEN_SECONDS,
        };
        let key = &self.keys[0];
        let header = Header {
            kid: Some(key.id.clone()),
            ..Header::new(Algorithm::HS256)
        };
        let token = jsonwebtoken::encode(&header, &claims, &key.signs);
        let token = token.expect("claims are JSON, and HS256 takes any secret");
        let lasts = i64::try_from(TOKEN_SECONDS * 1000).expect("some minutes");
        (token, now.plus_millis(lasts))
    }

    /// Whether a text has the format of a token and not that of another secret.
    #[must_use]
    pub fn looks_like_one(text: &str) -> bool {
        text.bytes().filter(|b| *b == b'.').count() == 2
    }

    /// Verifies a token and returns its content.
    ///
    /// # Errors
    /// Returns [`Error::BadToken`] with the reason.
    pub fn read(&self, token: &str) -> Result<Bearer, Error> {
        if token.len() > MAX_BYTES {
            return Err(Error::BadToken("it is too long"));
        }
        let unreadable = |_| Error::BadToken("it is not one of this deployment");
        let header = jsonwebtoken::decode_header(token).map_err(unreadable)?;
        if header.alg != Algorithm::HS256 {
            return Err(Error::BadToken("it is not signed by HS256"));
        }
        let key = self
            .keys
            .iter()
            .find(|key| Some(&key.id) == header.kid.as_ref());
        let key = key.ok_or(Error::BadToken("its key is not known, or no longer"))?;
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_audience(&[AUDIENCE]);
        rules.set_required_spec_claims(&["exp", "aud", "sub"]);
        // The expiry is checked below, with the service's clock.
        rules.validate_exp = false;
        let read = jsonwebtoken::decode::<Claims>(token, &key.verifies, &rules);
        let claims = read.map_err(unreadable)?.claims;
        let now = self.clock.now().millis() / 1000;
        if claims.exp.saturating_add(SKEW_SECONDS) <= now {
            return Err(Error::BadToken("it has expired"));
        }
        if claims.iat > now + SKEW_SECONDS {
            return Err(Error::BadToken("it is of the future: a clock is wrong"));
        }
        Ok(Bearer {
            // Other issuers may use another spelling than the board.
            player: claims.sub.respelled().unwrap_or(claims.sub),
            by: claims.by,
            made_at: Timestamp::EPOCH.plus_millis(millis(claims.iat)),
            expires_at: Timestamp::EPOCH.plus_millis(millis(claims.exp)),
        })
    }
}

/// Seconds in milliseconds, saturating.
fn millis(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
}

/// Public name of a key: part of a digest, which does not reveal the secret.
fn key_id(secret: &[u8]) -> String {
    let digest = Sha256::digest([b"kid:", secret].concat());
    hex(&digest[..8])
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use base64::Engine;
    use serde_json::{Value, json};

    use super::*;

    struct At(Mutex<Timestamp>);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    const NEW: &str = "a secret of at least thirty-two characters";
    const OLD: &str = "the secret before it, of as many characters";
    const NOW: i64 = 1_795_000_000_000;

    fn clock() -> Arc<At> {
        Arc::new(At(Mutex::new(Timestamp::from_millis(NOW).unwrap())))
    }

    fn ann() -> PlayerId {
        PlayerId::new("ann").unwrap()
    }

    fn claims() -> Value {
        let now = NOW / 1000;
        json!({ "sub": "ann", "by": "player", "aud": "leaderport", "iat": now, "exp": now + 600 })
    }

    /// A token made by a third party.
    fn forged(header: &Header, claims: &Value, secret: &str) -> String {
        let key = EncodingKey::from_secret(secret.as_bytes());
        jsonwebtoken::encode(header, claims, &key).unwrap()
    }

    fn header(kid: Option<String>) -> Header {
        Header {
            kid,
            ..Header::new(Algorithm::HS256)
        }
    }

    fn base64(text: &str) -> String {
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
    }

    #[test]
    fn token_identifies_the_player_until_it_expires() {
        let clock = clock();
        let tokens = Tokens::new(&[NEW], clock.clone());
        let (token, expires_at) = tokens.make(&ann(), Maker::Server);
        assert!(Tokens::looks_like_one(&token) && token.len() < MAX_BYTES);
        assert_eq!(expires_at.millis_i64(), NOW + 600_000);
        let bearer = Bearer {
            player: ann(),
            by: Maker::Server,
            made_at: Timestamp::from_millis(NOW).unwrap(),
            expires_at,
        };
        assert_eq!(tokens.read(&token).unwrap(), bearer);
        let at = |millis| {
            *clock.0.lock().unwrap() = Timestamp::from_millis(NOW + millis).unwrap();
            tokens.read(&token).is_ok()
        };
        // Tolerates ten seconds of clock skew.
        assert!(at(609_000) && !at(610_000));
        assert!(at(-10_000) && !at(-11_000));
    }

    #[test]
    fn key_is_rotated_by_inserting_a_new_one_first() {
        let clock = clock();
        let (before, _) = Tokens::new(&[OLD], clock.clone()).make(&ann(), Maker::Player);
        let during = Tokens::new(&[NEW, OLD], clock.clone());
        assert!(during.read(&before).is_ok());
        let (new, _) = during.make(&ann(), Maker::Player);
        let after = Tokens::new(&[NEW], clock);
        assert!(after.read(&new).is_ok());
        let refused = after.read(&before).unwrap_err().to_string();
        assert!(refused.contains("key is not known"), "{refused}");
    }

    #[test]
    fn forged_and_malformed_tokens_are_refused() {
        let tokens = Tokens::new(&[NEW], clock());
        let kid = || Some(key_id(NEW.as_bytes()));
        let good = forged(&header(kid()), &claims(), NEW);
        assert!(
            tokens.read(&good).is_ok(),
            "a correctly signed token is accepted"
        );
        let with = |name: &str, value: Value| {
            let mut claims = claims();
            claims[name] = value;
            forged(&header(kid()), &claims, NEW)
        };
        let without = |name: &str| {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(name);
            forged(&header(kid()), &claims, NEW)
        };
        let parts: Vec<&str> = good.split('.').collect();
        let unsigned = |alg: &str| {
            let header = json!({ "typ": "JWT", "alg": alg, "kid": kid() }).to_string();
            format!("{}.{}.", base64(&header), parts[1])
        };
        let resigned = |alg: &str| {
            let header = json!({ "typ": "JWT", "alg": alg, "kid": kid() }).to_string();
            format!("{}.{}.{}", base64(&header), parts[1], parts[2])
        };
        let mut hs512 = header(kid());
        hs512.alg = Algorithm::HS512;
        let admin = base64(&json!({ "sub": "ann", "by": "player", "aud": "leaderport", "iat": 0, "exp": 9_999_999_999_u64 }).to_string());
        for (what, token) in [
            ("another secret", forged(&header(kid()), &claims(), OLD)),
            ("no kid", forged(&header(None), &claims(), NEW)),
            (
                "unknown kid",
                forged(&header(Some("nothing".to_owned())), &claims(), NEW),
            ),
            ("another HMAC", forged(&hs512, &claims(), NEW)),
            ("none", unsigned("none")),
            ("None", unsigned("None")),
            ("no signature", unsigned("HS256")),
            ("RS256", resigned("RS256")),
            ("EdDSA", resigned("EdDSA")),
            ("other claims", format!("{}.{admin}.{}", parts[0], parts[2])),
            ("another audience", with("aud", json!("elsewhere"))),
            ("no audience", without("aud")),
            ("no end", without("exp")),
            ("no player", without("sub")),
            ("an end that is text", with("exp", json!("never"))),
            ("an end below zero", with("exp", json!(-1))),
            ("a player that is a number", with("sub", json!(5))),
            ("a player that is none", with("sub", json!(""))),
            ("an unknown maker", with("by", json!("root"))),
            ("an expired one", with("exp", json!(NOW / 1000 - 10))),
            ("empty", String::new()),
            ("dots", "..".to_owned()),
            ("noise", "a.b.c".to_owned()),
            ("a long one", "a".repeat(MAX_BYTES + 1)),
        ] {
            let refused = tokens.read(&token);
            assert!(
                matches!(refused, Err(Error::BadToken(_))),
                "{what}: {refused:?}"
            );
        }
    }
}
