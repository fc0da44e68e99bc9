//! Secrets, and URLs of services that contain secrets. Neither is printed in full.

use std::fmt;

use reqwest::Url;

/// Text that must not be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text, for comparisons and for its owner.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Secret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // Only a lower limit: some secrets are issued by other services.
        if text.len() >= 8 && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be at least 8 printable ASCII characters, without spaces".to_owned())
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// URL of an engine. Printed without its secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceUrl(String);

impl ServiceUrl {
    /// The whole URL, for connecting.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, url) in self.0.split(',').enumerate() {
            let comma = if n > 0 { "," } else { "" };
            let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
            // Parameters may contain a password too.
            let rest = rest.split('?').next().unwrap_or_default();
            let host = rest.rsplit('@').next().unwrap_or_default();
            write!(f, "{comma}{}://{host}", scheme.trim())?;
        }
        Ok(())
    }
}

impl fmt::Debug for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

pub(super) fn database_url(text: &str) -> Result<ServiceUrl, String> {
    service_url(&[text], &["postgres", "postgresql"], text)
}

pub(super) fn broker_url(text: &str) -> Result<ServiceUrl, String> {
    let nodes: Vec<&str> = text.split(',').map(str::trim).collect();
    service_url(&nodes, &["redis", "rediss"], text)
}

fn service_url(urls: &[&str], schemes: &[&str], text: &str) -> Result<ServiceUrl, String> {
    let is_one = |url: &&str| {
        let parts = url.split_once("://");
        parts.is_some_and(|(scheme, host)| schemes.contains(&scheme) && !host.is_empty())
    };
    // Errors omit the text, which may contain a password.
    if !urls.iter().all(is_one) {
        return Err(format!("must be {}://HOST", schemes.join(":// or ")));
    }
    for url in urls {
        Url::parse(url).map_err(|error| {
            format!("is not a URL: {error}; escape the characters # / ? @ of a password, like %23")
        })?;
    }
    Ok(ServiceUrl(text.to_owned()))
}

/// Parses a secret of this deployment. A shorter one can be guessed over the network, or offline.
pub(super) fn token_secret(text: &str) -> Result<Secret, String> {
    if text.len() < 32 {
        let chars = text.len();
        return Err(format!("must have at least 32 characters, has {chars}"));
    }
    printable(text)
}

pub(super) fn cookie_secret(text: &str) -> Result<Secret, String> {
    if text.len() < 64 {
        return Err(format!(
            "must have at least 64 characters, has {}; `openssl rand -hex 32` makes one",
            text.len()
        ));
    }
    printable(text)
}

fn printable(text: &str) -> Result<Secret, String> {
    text.parse()
        .map_err(|_: String| "must be printable ASCII characters, without spaces".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_printed_without_their_secrets() {
        for (url, shown) in [
            ("redis://:pass@a:1/0", "redis://a:1/0"),
            (
                "redis://u:p@a:1, rediss://u:p@b:2",
                "redis://a:1,rediss://b:2",
            ),
            ("redis://a:1?password=p", "redis://a:1"),
        ] {
            assert_eq!(format!("{:?}", broker_url(url).unwrap()), shown);
        }
        let url = database_url("postgres://u:p@ss@db:5432/lp?password=p").unwrap();
        assert_eq!(url.to_string(), "postgres://db:5432/lp");
        assert_eq!(url.expose(), "postgres://u:p@ss@db:5432/lp?password=p");
    }

    #[test]
    fn urls_of_other_services_are_refused_without_printing_them() {
        for url in ["mysql://u:secret@a", "secret", "redis://", "postgres://a"] {
            let refused = broker_url(url).unwrap_err();
            assert!(!refused.contains("secret"), "{refused}");
        }
        for url in ["redis://:secret@a:99999", "redis://:se#cret@a:1"] {
            let refused = broker_url(url).unwrap_err();
            assert!(refused.contains("is not a URL"), "{refused}");
            assert!(!refused.contains("cret"), "{refused}");
        }
        assert!(database_url("postgres://u:p@a:99999/b").is_err());
        assert!(database_url("postgres:///b?host=/run/postgresql").is_ok());
        assert!(broker_url("redis://a,b").is_err());
        assert!(database_url("redis://a").is_err());
    }
}
