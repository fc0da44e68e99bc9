//! Origins of web pages: scheme, host and port.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// A web origin, as browsers write it: in lower case, without the port that is the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebOrigin {
    text: String,
    is_https: bool,
    is_loopback: bool,
}

impl WebOrigin {
    /// Parses an address that has a scheme, a host and perhaps a port, and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_origin = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        // A wildcard would match nothing.
        let is_origin = is_origin && !url.host_str()?.contains('*');
        let host = url.host_str()?.trim_matches(['[', ']']);
        let address = host.parse().ok();
        let is_loopback = address.map_or(host == "localhost", |ip: IpAddr| ip.is_loopback());
        is_origin.then(|| Self {
            is_loopback,
            is_https: url.scheme() == "https",
            text: url.origin().ascii_serialization(),
        })
    }

    /// The origin with another host, which may have a port, like in the header `Host`.
    #[must_use]
    pub fn with_host(&self, host: &str) -> Option<Self> {
        Self::parse(&format!("{}://{host}", self.scheme()))
    }

    /// The text that a browser sends as `Origin`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the scheme is `https`.
    #[must_use]
    pub const fn is_https(&self) -> bool {
        self.is_https
    }

    /// Whether the host is the machine of the browser.
    #[must_use]
    pub const fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    const fn scheme(&self) -> &'static str {
        if self.is_https { "https" } else { "http" }
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Parses `--allow-origin`.
pub(super) fn allowed_origin(text: &str) -> Result<WebOrigin, String> {
    WebOrigin::parse(text.trim()).ok_or_else(|| {
        "must be the scheme, host and port of one site, like https://play.example; paths and \
         wildcards are not possible, and every origin may read without this flag"
            .to_owned()
    })
}

/// Parses `--public-url`.
pub(super) fn public_url(text: &str) -> Result<WebOrigin, String> {
    WebOrigin::parse(text.trim()).ok_or_else(|| {
        "must be the scheme, host and port of the site, like https://play.example, without a path"
            .to_owned()
    })
}

/// Parses `--oidc-issuer`.
pub(super) fn issuer(text: &str) -> Result<String, String> {
    let is_issuer = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    // Tokens contain the issuer, so that its text must not change.
    let found = Url::parse(text).ok().filter(is_issuer);
    found.map(|_| text.to_owned()).ok_or_else(|| {
        "must be the issuer's URL as the provider states it, like https://accounts.example"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_compared_by_scheme_host_and_port() {
        fn check(text: &str, origin: Option<&str>) {
            let parsed = WebOrigin::parse(text);
            assert_eq!(parsed.as_ref().map(WebOrigin::as_str), origin, "{text}");
        }
        check("https://Play.example", Some("https://play.example"));
        check("https://play.example:443/", Some("https://play.example"));
        check("http://play.example:443", Some("http://play.example:443"));
        check("http://[::1]:3000", Some("http://[::1]:3000"));
        check("https://spiel.bücher", Some("https://spiel.xn--bcher-kva"));
        for other in [
            "*",
            "https://*",
            "https://*.example",
            "play.example",
            "play.example:3000",
            "null",
            "https://play.example/board",
            "https://play.example/?a",
            "https://root@play.example",
            "ftp://play.example",
            "",
        ] {
            check(other, None);
        }
    }

    #[test]
    fn loopback_hosts_are_known() {
        for (text, is_loopback) in [
            ("http://localhost:3000", true),
            ("http://127.0.0.1:3000", true),
            ("http://[::1]", true),
            ("http://play.example", false),
            ("http://localhost.example", false),
            ("http://10.0.0.1", false),
        ] {
            let origin = WebOrigin::parse(text).expect("an origin");
            assert_eq!(origin.is_loopback(), is_loopback, "{text}");
        }
    }
}
