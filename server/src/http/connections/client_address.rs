//! Client addresses, and the rate limits by address that apply before authentication.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, SET_COOKIE};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use leaderport::service::ports::limiter::Limiter;
use leaderport::service::quota::{Limit, Limited};
use moka::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::problem::Problem;
use crate::http::quotas::read_cost::{ReadCost, cost};

/// Maximum number of reads of an address in progress. More of them wait, so that no address fills
/// the queue for loads of seasons.
const READS_AT_ONCE: usize = 8;

/// Maximum number of addresses whose reads in progress are counted.
const MAX_ADDRESSES: u64 = 100_000;

/// Time after which an address without reads is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(1);

/// Rate limits by address.
pub(crate) struct Addresses {
    limiter: Arc<dyn Limiter>,
    trust_forwarded: bool,
    reading: Cache<IpAddr, Arc<Semaphore>>,
}

/// Address of a request's client, stored in the request's extensions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl Addresses {
    pub(crate) fn new(limiter: Arc<dyn Limiter>, trust_forwarded: bool) -> Self {
        Self {
            limiter,
            trust_forwarded,
            reading: Cache::builder()
                .max_capacity(MAX_ADDRESSES)
                .time_to_idle(FORGOTTEN_AFTER)
                .build(),
        }
    }

    /// Waits until few enough reads of the address are in progress. This one is in progress until
    /// the permit is dropped; `None` never occurs, because the semaphores stay open.
    pub(crate) async fn begin_read(&self, from: ClientAddress) -> Option<OwnedSemaphorePermit> {
        let new = || Arc::new(Semaphore::new(READS_AT_ONCE));
        let reading = self.reading.get_with(network(from.0), new);
        reading.acquire_owned().await.ok()
    }

    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let forwarded = headers.get_all("x-forwarded-for").into_iter().next_back();
        let last = forwarded.and_then(|v| v.to_str().ok()?.rsplit(',').next());
        let last = last.and_then(|address| address.trim().parse().ok());
        last.filter(|_| self.trust_forwarded).unwrap_or(peer)
    }

    pub(crate) async fn take(&self, limit: Limit, from: ClientAddress) -> Result<(), Limited> {
        self.take_some(limit, from, 1).await
    }

    pub(crate) async fn take_some(
        &self,
        limit: Limit,
        from: ClientAddress,
        count: u32,
    ) -> Result<(), Limited> {
        self.limiter.take(limit, &subject(from), count).await
    }

    async fn put_back(&self, limit: Limit, from: ClientAddress) {
        self.limiter.put_back(limit, &subject(from), 1).await;
    }
}

fn subject(from: ClientAddress) -> String {
    format!("address:{}", network(from.0))
}

/// The quota of reads of one address.
#[derive(Clone)]
pub(crate) struct ReadQuota {
    pub(crate) addresses: Arc<Addresses>,
    pub(crate) from: ClientAddress,
}

impl ReadQuota {
    /// Takes a number of pages from the quota: all of them, or none.
    pub(crate) async fn take_pages(&self, pages: u32) -> Result<(), Limited> {
        let taken = self.addresses.take_some(Limit::Read, self.from, pages);
        taken.await
    }
}

/// The address for rate limits. For IPv6, the network, because a household or a server has a whole
/// one.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.into(),
            None => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        },
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Stores the client's address and the request's cost in the request. Every request passes here
/// first.
pub(crate) async fn identify(
    State(addresses): State<Arc<Addresses>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let from = ClientAddress(addresses.client(peer.ip(), request.headers()));
    let cost = ReadCost(cost(request.method(), request.uri(), request.headers()));
    request.extensions_mut().insert(from);
    request.extensions_mut().insert(cost);
    next.run(request).await
}

/// Rate-limits mutations by address. A request with a bearer token is counted later, when the token
/// is checked; a valid API key or the API token is not counted.
pub(crate) async fn guard(
    State(addresses): State<Arc<Addresses>>,
    Extension(from): Extension<ClientAddress>,
    request: Request,
    next: Next,
) -> Response {
    let is_safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let path = request.uri().path();
    let is_by_token = reads_token(path) && request.headers().contains_key(AUTHORIZATION);
    // Each of these requests causes a request to the provider.
    let is_by_provider = path.starts_with("/oidc/");
    if is_safe && !is_by_provider || is_by_token {
        return next.run(request).await;
    }
    let is_sign_in = is_by_provider
        || matches!(
            path,
            "/_fn/sign-in" | "/_fn/sign-up" | "/_fn/password" | "/_fn/erase"
        );
    let limit = if is_sign_in {
        Limit::SignIn
    } else {
        Limit::Address
    };
    // A right password does not count. A sign-up does, because it creates an account.
    let has_password = matches!(path, "/_fn/sign-in" | "/_fn/password");
    if let Err(limited) = addresses.take(limit, from).await {
        return Problem::limited(&limited).into_response();
    }
    let response = next.run(request).await;
    // Only a right password begins a session. The status says nothing: a form without scripts is
    // answered by a redirect in both cases.
    if has_password && response.headers().contains_key(SET_COOKIE) {
        addresses.put_back(limit, from).await;
    }
    response
}

/// Whether mutations under a path check bearer tokens. The end of notifications needs none, so a header
/// with any token must not avoid its quota.
fn reads_token(path: &str) -> bool {
    path.starts_with("/api/v1/") && !path.starts_with("/api/v1/push/")
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::rate_limit::local::{Local, Quotas};

    #[test]
    fn address_is_the_peers_unless_a_proxy_is_trusted() {
        let limiter = Arc::new(Local::new(&Quotas::default()));
        let peer: IpAddr = "10.0.0.1".parse().unwrap();
        for (trusts, forwarded, client) in [
            (false, "1.2.3.4", "10.0.0.1"),
            (true, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
            (true, "nonsense", "10.0.0.1"),
            (true, "2001:db8::1", "2001:db8::1"),
        ] {
            let addresses = Addresses::new(limiter.clone(), trusts);
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            let expected: IpAddr = client.parse().unwrap();
            assert_eq!(addresses.client(peer, &headers), expected, "{forwarded}");
        }
    }

    #[tokio::test]
    async fn reads_in_progress_are_bounded_by_address() {
        let limiter = Arc::new(Local::new(&Quotas::default()));
        let addresses = Addresses::new(limiter, false);
        let begin = |address: &str| {
            let from = ClientAddress(address.parse().unwrap());
            addresses.begin_read(from).now_or_never().flatten()
        };
        let mut reading: Vec<_> = (0..READS_AT_ONCE).map(|_| begin("1.2.3.4")).collect();
        assert!(reading.iter().all(Option::is_some));
        assert!(begin("1.2.3.4").is_none());
        assert!(begin("1.2.3.5").is_some());
        reading.pop();
        assert!(begin("1.2.3.4").is_some());
    }

    #[test]
    fn ipv6_network_counts_as_one_address() {
        for (address, counted) in [
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
            ("1.2.3.4", "1.2.3.4"),
        ] {
            let expected: IpAddr = counted.parse().unwrap();
            assert_eq!(network(address.parse().unwrap()), expected);
        }
    }
}
