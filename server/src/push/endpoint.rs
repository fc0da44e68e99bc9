//! The endpoints that messages may be sent to. Players choose them, so they are checked twice: the
//! URL before it is stored, and the addresses of its host at each connection.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::config::Reach;

/// Names of hosts in private networks.
const PRIVATE_SUFFIXES: [&str; 6] = [
    "localhost",
    "local",
    "internal",
    "lan",
    "home.arpa",
    "invalid",
];

/// The check of an endpoint's URL.
pub(crate) fn check(reach: Reach) -> fn(&str) -> bool {
    match reach {
        Reach::Public => is_public_url,
        Reach::Any => |text| Url::parse(text).is_ok(),
    }
}

/// Whether a text is an https URL of a host with a public name, without credentials, on the usual
/// port.
fn is_public_url(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    // A domain is absent from URLs with an IP address, in all its notations.
    let host = url.domain().map(|host| host.trim_end_matches('.'));
    let is_public = host.is_some_and(|host| {
        let is_private = |suffix: &str| {
            let rest = host.strip_suffix(suffix);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        host.contains('.') && !PRIVATE_SUFFIXES.into_iter().any(is_private)
    });
    is_public
        && url.scheme() == "https"
        && url.port().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Whether an address belongs to the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// The special ranges of RFC 6890 are not public.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_protocol = (a, b, c) == (192, 0, 0) || (a, b, c) == (192, 88, 99);
    let is_benchmark = a == 198 && (b == 18 || b == 19);
    !(a == 0
        || a >= 240
        || is_shared
        || is_protocol
        || is_benchmark
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

/// Only `2000::/3` is assigned to public hosts, without the ranges that lead to IPv4 or to
/// documentation.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_global = first & 0xe000 == 0x2000;
    // 2001::/23 with Teredo, 2001:db8::/32, 2002::/16 (6to4) and 3fff::/20.
    let is_special = first == 0x2001 && (second < 0x200 || second == 0xdb8)
        || first == 0x2002
        || first == 0x3fff && second < 0x1000;
    is_global && !is_special
}

/// Resolves names to public addresses only. A name can change its address after its check, so this
/// is the check of the connection itself.
pub(super) struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(public_addresses(name))
    }
}

async fn public_addresses(name: Name) -> Result<Addrs, Box<dyn Error + Send + Sync>> {
    let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
    let public: Vec<SocketAddr> = found.filter(|at| is_public(at.ip())).collect();
    if public.is_empty() {
        return Err("the host has no public address".into());
    }
    Ok(Box::new(public.into_iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_of_push_services_are_accepted() {
        for url in [
            "https://fcm.googleapis.com/fcm/send/abc:def",
            "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
            "https://web.push.apple.com/QGuQyavXutnMH9",
            "https://wns2-par02p.notify.windows.com/w/?token=BQ%3d",
        ] {
            assert!(is_public_url(url), "{url}");
        }
    }

    #[test]
    fn endpoints_in_private_networks_are_refused() {
        for url in [
            "",
            "push",
            "http://push.example.com/a",
            "https://push/a",
            "https://localhost/a",
            "https://a.localhost/a",
            "https://LOCALHOST./a",
            "https://metadata.google.internal/a",
            "https://printer.local/a",
            "https://127.0.0.1/a",
            "https://2130706433/a",
            "https://0x7f.1/a",
            "https://8.8.8.8/a",
            "https://[::1]/a",
            "https://push.example.com:8443/a",
            "https://user@push.example.com/a",
            "https://push.example.com/a b",
            "file:///etc/passwd",
        ] {
            assert!(!is_public_url(url), "{url}");
        }
    }

    #[test]
    fn private_and_special_addresses_are_not_public() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.1",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "fc00::1",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn other_addresses_are_public() {
        for address in [
            "8.8.8.8",
            "100.128.0.1",
            "172.32.0.1",
            "2a00:1450::1",
            "2606:4700::1111",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[tokio::test]
    async fn name_with_a_private_address_does_not_resolve() {
        let name: Name = "localhost".parse().unwrap();
        let refused = PublicResolver.resolve(name).await.map(drop).unwrap_err();
        assert!(
            refused.to_string().contains("no public address"),
            "{refused}"
        );
    }
}
