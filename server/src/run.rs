//! Starts the engines, the service and the server, and stops them in order: new requests are
//! refused, running requests finish, sockets close, the last commit is settled.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context;
use axum_extra::extract::cookie::Key;
use leaderport::service::people::tokens::Tokens;
use leaderport::service::{Leaderboards, People, Ports};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::auth::cookies;
use crate::auth::cookies::Cookies;
use crate::auth::oidc::Oidc;
use crate::auth::origin::Origins;
use crate::config::{ApiToken, Config};
use crate::http::client_address::Addresses;
use crate::http::pace::Pace;
use crate::http::site;
use crate::metrics::Sampler;
use crate::realtime::Realtime;
use crate::router;
use crate::startup::clock::{SystemClock, SystemEntropy};
use crate::startup::shutdown::has_stopped;
use crate::startup::{engines, sample};
use crate::state::AppState;

/// Time limit for running requests, and for sockets, to end.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until `shutdown` resolves. Calls `ready` when requests are accepted.
///
/// # Errors
/// Fails if the data folder is in use or cannot be read or written, an engine cannot be opened, or
/// the configuration is incomplete.
pub async fn run(
    listener: TcpListener,
    config: Config,
    token: ApiToken,
    shutdown: impl Future<Output = ()> + Send + 'static,
    ready: impl FnOnce(),
) -> anyhow::Result<()> {
    let began = Instant::now();
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("cannot make the data folder {}", config.data.display()))?;
    let _lock = lock(&config)?;
    // Before the first metric is recorded.
    let metrics = metrics();
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let ledger = engines::ledger(&config, clock.clone()).await?;
    let (directory, records) = engines::registers(&config).await?;
    let (broker, limiter) = engines::broker(&config).await?;
    let key = cookies::key(&config)?;
    let tokens = Tokens::new(&token_secrets(&config, &key), clock.clone());
    let people = People::new(directory, clock.clone(), entropy, limiter.clone(), tokens);
    let people = Arc::new(people);
    let ports = Ports {
        ledger,
        records,
        broker,
        clock,
        limiter: limiter.clone(),
        node: format!("{:08x}", rand::Rng::random::<u32>(&mut rand::rng())),
    };
    let (leaderboards, commits, rebuilt) = Leaderboards::start(ports, config.near_pages).await?;
    tracing::info!(
        rebuilt.seasons,
        rebuilt.standings,
        rebuilt.drained,
        elapsed_ms = began.elapsed().as_millis(),
        "ranked state rebuilt from the ledger"
    );
    if config.sample {
        sample::fill_if_empty(&leaderboards).await?;
    }

    let (stop, stopped) = watch::channel(false);
    let sampler = Sampler::start(metrics.clone(), config.alerts.thresholds(), stopped.clone());
    let provider = config.oidc.oidc_issuer.is_some();
    let visitors = Arc::new(Cookies::new(
        key.clone(),
        people.clone(),
        config.secure_cookies,
        provider.then(|| config.oidc.oidc_name.clone()),
        config.oidc.public_url.clone(),
    ));
    let realtime = Realtime::start(
        leaderboards.clone(),
        (people.clone(), visitors.clone()),
        sampler.clone(),
        config.connections.limits(),
        stopped.clone(),
    );
    let leaving = realtime.clone();
    let state = AppState {
        leaderboards,
        addresses: Arc::new(Addresses::new(limiter, config.trust_forwarded)),
        leptos: site::options(config.site.as_deref()).into(),
        metrics,
        oidc: Oidc::new(
            config.oidc.provider()?,
            cookies::key_for("oidc", &key),
            config.secure_cookies,
        )?,
        origins: Arc::new(Origins::new(&config.allow_origin)),
        pace: Arc::new(Pace::new()),
        visitors,
        people,
        pictures: Arc::default(),
        realtime,
        sampler,
        token: Arc::new(token),
    };
    let router = router::router(state);
    ready();
    let mut draining = stopped.clone();
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        stop.send_replace(true);
    });
    let serving = tokio::spawn(serving.into_future());
    let ended = async {
        has_stopped(&mut draining).await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        served = serving => served.context("the server's task failed")?.context("cannot serve")?,
        () = ended => tracing::warn!("some requests did not finish in time; stopping anyway"),
    }
    // Sockets are closed with a reason, each after a random delay.
    if tokio::time::timeout(DRAIN, leaving.drained())
        .await
        .is_err()
    {
        tracing::warn!("some connections did not close in time; stopping anyway");
    }
    drop(leaving);
    // All users of the service have ended or are ending. The commit task ends with the last one.
    if tokio::time::timeout(DRAIN, commits).await.is_err() {
        tracing::warn!("the last commit did not settle in time");
    }
    Ok(())
}

/// The configured secrets. Without any, a secret derived from the cookie key, which is the same on
/// all nodes with that key.
fn token_secrets(config: &Config, cookies: &Key) -> Vec<Vec<u8>> {
    if config.token_secrets.is_empty() {
        // The derivation is one-way, so this secret does not reveal the cookie key.
        let derived = Sha256::digest([b"tokens:", cookies.master()].concat());
        return vec![derived.to_vec()];
    }
    let secrets = config.token_secrets.iter();
    secrets.map(|secret| secret.expose().into()).collect()
}

/// Locks the data folder for one process, because a process assumes that it is the only writer.
fn lock(config: &Config) -> anyhow::Result<std::fs::File> {
    let file = config.data.join("leaderport.lock");
    let lock =
        std::fs::File::create(&file).with_context(|| format!("cannot write {}", file.display()))?;
    lock.try_lock().with_context(|| {
        format!(
            "another leaderport uses the data folder {}; stop it or choose another --data",
            config.data.display()
        )
    })?;
    Ok(lock)
}

/// Upper bounds of the times to an acknowledgement, in seconds.
const ACK_BUCKETS: [f64; 22] = [
    0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4,
    0.5, 0.75, 1.0, 2.0, 3.0, 5.0, 30.0,
];

fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    // A second server in one process (in tests) uses the first one's recorder.
    let handle = HANDLE.get_or_init(|| {
        let acknowledged = Matcher::Full("leaderport_ack_seconds".to_owned());
        let delivered = Matcher::Full("leaderport_delivery_seconds".to_owned());
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(acknowledged, &ACK_BUCKETS)
            .and_then(|builder| builder.set_buckets_for_metric(delivered, &ACK_BUCKETS));
        let recorder = builder.expect("there are buckets").build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another metrics recorder is installed; this one stays empty");
        }
        describe_metrics();
        handle
    });
    handle.clone()
}

fn describe_metrics() {
    metrics::describe_histogram!(
        "leaderport_commit_submissions",
        "Submissions that shared a commit"
    );
    metrics::describe_histogram!(
        "leaderport_ack_seconds",
        "Time from a call's submissions to their acknowledgement"
    );
    metrics::describe_counter!("leaderport_submissions_total", "Submissions acknowledged");
    metrics::describe_counter!("leaderport_publications_total", "Publications received");
    metrics::describe_counter!(
        "leaderport_near_reads_total",
        "Page reads, by their result in this node's cache"
    );
    metrics::describe_counter!(
        "leaderport_near_stale_answers_total",
        "Stale pages served from the cache because the broker was slow"
    );
    metrics::describe_counter!("leaderport_requests_total", "Requests by route and status");
    metrics::describe_histogram!("leaderport_request_seconds", "Time to answer a request");
    metrics::describe_gauge!(
        "leaderport_blocked",
        "Connections whose client currently takes no data"
    );
    metrics::describe_gauge!("leaderport_sockets", "Open WebSocket connections");
    metrics::describe_gauge!("leaderport_streams", "Open streams of Server-Sent Events");
    metrics::describe_gauge!("leaderport_subscriptions", "Subscriptions of connections");
    metrics::describe_histogram!(
        "leaderport_delivery_seconds",
        "Time from receiving a publication to handing its change to a socket"
    );
    metrics::describe_counter!(
        "leaderport_touches_total",
        "Publications, counted for each watched page that they touch"
    );
    metrics::describe_counter!(
        "leaderport_bytes_total",
        "Bytes of frames handed to connections"
    );
    metrics::describe_counter!(
        "leaderport_recoveries_total",
        "Subscriptions with a position: continued (recovered) or not (whole); and repeated after a lost change (partial), which must be zero"
    );
    metrics::describe_counter!(
        "leaderport_closes_total",
        "Connections closed by this node, by reason"
    );
    metrics::describe_gauge!(
        "leaderport_watched_pages",
        "Pages with at least one subscriber"
    );
    metrics::describe_counter!(
        "leaderport_page_reads_total",
        "Watched pages read because they changed"
    );
    metrics::describe_counter!(
        "leaderport_deltas_total",
        "Changes of watched pages, each encoded once per format for all subscribers"
    );
    metrics::describe_counter!("leaderport_frames_total", "Frames handed to connections");
    metrics::describe_counter!(
        "leaderport_frames_skipped_total",
        "Frames skipped for slow connections because a newer one replaced them"
    );
}
