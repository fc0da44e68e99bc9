//! The signature that identifies this deployment to push services (VAPID, RFC 8292): a JSON Web
//! Token for the origin of the endpoint, signed by ECDSA over P-256.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use leaderport::Timestamp;
use web_push_native::p256::ecdsa::signature::Signer;
use web_push_native::p256::ecdsa::{Signature, SigningKey};

use crate::config::PushKey;

/// Lifetime of a signature, in milliseconds. Push services accept at most a day.
const LIFETIME_MILLIS: i64 = 12 * 3_600_000;

/// The value of the header `Authorization` for an endpoint's origin.
pub(super) fn authorization(
    key: &PushKey,
    contact: Option<&str>,
    origin: &str,
    now: Timestamp,
) -> String {
    let expires = now.plus_millis(LIFETIME_MILLIS).millis_i64() / 1_000;
    let mut claims = serde_json::json!({ "aud": origin, "exp": expires });
    if let Some(contact) = contact {
        claims["sub"] = contact.into();
    }
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let header = part(r#"{"typ":"JWT","alg":"ES256"}"#);
    let signed = format!("{header}.{}", part(&claims.to_string()));
    let signature: Signature = SigningKey::from(key.expose()).sign(signed.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
    format!("vapid t={signed}.{signature}, k={}", key.public_text())
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
    use serde_json::Value;
    use web_push_native::p256::elliptic_curve::sec1::ToEncodedPoint;

    use super::*;

    #[test]
    fn signature_is_valid_by_another_library() {
        let key = PushKey::from_bytes(&[7; 32]).unwrap();
        let now = Timestamp::from_millis(1_800_000_000_000).unwrap();
        let header = authorization(&key, Some("mailto:a@b.c"), "https://push.example", now);
        let (token, public) = header
            .strip_prefix("vapid t=")
            .and_then(|rest| rest.split_once(", k="))
            .unwrap();
        assert_eq!(public, key.public_text());
        let point = key.expose().public_key().to_encoded_point(false);
        let [x, y] = [point.x(), point.y()].map(|part| URL_SAFE_NO_PAD.encode(part.unwrap()));
        let public = DecodingKey::from_ec_components(&x, &y).unwrap();
        let mut rules = Validation::new(Algorithm::ES256);
        rules.validate_exp = false;
        rules.set_audience(&["https://push.example"]);
        let claims = decode::<Value>(token, &public, &rules).unwrap().claims;
        assert_eq!(claims["sub"], "mailto:a@b.c");
        assert_eq!(claims["exp"], 1_800_000_000 + 12 * 3_600);
    }
}
