//! Starts the engines, the service and the server, and stops them in order: new requests are
//! refused, running requests finish, sockets close, the last commit is settled.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum_extra::extract::cookie::Key;
use leaderport::service::people::tokens::Tokens;
use leaderport::service::{CommitTask, Leaderboards, People, Ports, Push, PushStore};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::auth::cookies;
use crate::auth::cookies::Cookies;
use crate::auth::oidc::Oidc;
use crate::auth::origin::Origins;
use crate::config::connections::{Bounds, OPERATORS};
use crate::config::{ApiToken, Config, MetricsToken, WebOrigin, make_data_folder, restrict_files};
use crate::http::connections::accept;
use crate::http::connections::client_address::Addresses;
use crate::http::operators::Door;
use crate::http::static_files::site;
use crate::metrics::Sampler;
use crate::metrics::recorder::recorder;
use crate::push::{self, Sender, Watcher};
use crate::realtime::Realtime;
use crate::router;
use crate::startup::clock::{SystemClock, SystemEntropy};
use crate::startup::engines::{self, Databases};
use crate::startup::profile::profile;
use crate::startup::sample;
use crate::startup::shutdown::has_stopped;
use crate::state::{AppState, Parts};

/// Time limit for running requests, and for sockets, to end.
const DRAIN: Duration = Duration::from_secs(10);

/// The addresses of a node.
pub struct Listeners {
    /// The address for everybody.
    pub public: TcpListener,
    /// A second address. If there is one, only it has the admin page and the metrics.
    pub operators: Option<TcpListener>,
}

impl Listeners {
    /// Serves on all addresses until the server stops and all requests have ended.
    async fn serve(self, router: Router, bounds: Bounds, stopped: watch::Receiver<bool>) {
        let door = match self.operators {
            Some(_) => Door::Public,
            None => Door::Operators,
        };
        let public = accept::serve(self.public, door, router.clone(), bounds, stopped.clone());
        let few = Bounds {
            connections: OPERATORS,
            ..bounds
        };
        let operators = async {
            if let Some(listener) = self.operators {
                accept::serve(listener, Door::Operators, router, few, stopped).await;
            }
        };
        tokio::join!(public, operators);
    }
}

/// Serves until `shutdown` resolves. Calls `ready` when requests are accepted.
///
/// # Errors
/// Fails if the data folder is in use or cannot be read or written, an engine cannot be opened, or
/// the configuration is incomplete.
pub async fn run(
    listeners: Listeners,
    config: Config,
    token: ApiToken,
    shutdown: impl Future<Output = ()> + Send + 'static,
    ready: impl FnOnce(),
) -> anyhow::Result<()> {
    let began = Instant::now();
    make_data_folder(&config.data)?;
    let _lock = lock(&config)?;
    restrict_files(&config.data);
    // Before the first metric is recorded.
    let metrics = recorder();
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let Databases {
        ledger,
        directory,
        records,
        push: push_store,
    } = engines::databases(&config, clock.clone()).await?;
    let (broker, limiter) = engines::broker(&config).await?;
    let key = cookies::key(&config)?;
    let address = listeners
        .public
        .local_addr()
        .context("the listener has no address")?;
    let token_secrets = token_secrets(&config, &key);
    let tokens = Tokens::new(&token_secrets, clock.clone());
    let people = People::new(directory, clock.clone(), entropy, limiter.clone(), tokens);
    let people = Arc::new(people);
    let (push, sender) = push_parts(&config, &key, push_store)?;
    let ports = Ports {
        ledger,
        records,
        broker,
        clock,
        limiter: limiter.clone(),
        node: format!("{:08x}", rand::Rng::random::<u32>(&mut rand::rng())),
        profile: profile(&config, &key, &token, &token_secrets, push.key(), address),
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
    let sampler = Sampler::start(
        metrics.clone(),
        config.alerts.thresholds(),
        leaderboards.tasks(),
        stopped.clone(),
    );
    let visitors = Arc::new(visitors(&config, &key, people.clone()));
    let realtime = Realtime::start(
        leaderboards.clone(),
        (people.clone(), visitors.clone()),
        sampler.clone(),
        config.connections.limits(),
        stopped.clone(),
    );
    Watcher::start(
        leaderboards.clone(),
        realtime.clone(),
        (push.clone(), sender),
        config.push.pace,
        stopped.clone(),
    );
    let (leaving, parting) = (realtime.clone(), leaderboards.clone());
    let state = AppState::from(Parts {
        leaderboards,
        addresses: Arc::new(Addresses::new(limiter, config.trust_forwarded)),
        document: Arc::new(router::document()),
        leptos: site::options(config.site.as_deref()),
        metrics,
        metrics_token: Arc::new(MetricsToken(config.metrics_token.clone())),
        oidc: Oidc::new(
            config.oidc.provider()?,
            cookies::key_for("oidc", &key),
            config.is_https(),
        )?,
        origins: Arc::new(Origins::new(&config)),
        visitors,
        people,
        emblems: Arc::default(),
        page_cache: Arc::default(),
        pictures: Arc::default(),
        push,
        readiness: Arc::default(),
        realtime,
        requests: Arc::default(),
        sampler,
        token: Arc::new(token),
    });
    let router = router::router(state);
    ready();
    let bounds = config.connections.bounds(config.trust_forwarded);
    let serving = listeners.serve(router, bounds, stopped);
    serve_until(shutdown, stop, serving).await?;
    stop_node(leaving, parting, commits).await;
    Ok(())
}

/// Sets `stop` when `shutdown` resolves. Returns when the running requests have ended, or took too
/// long.
async fn serve_until(
    shutdown: impl Future<Output = ()> + Send + 'static,
    stop: watch::Sender<bool>,
    serving: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let mut draining = stop.subscribe();
    let serving = tokio::spawn(serving);
    tokio::spawn(async move {
        shutdown.await;
        stop.send_replace(true);
    });
    let ended = async {
        has_stopped(&mut draining).await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        served = serving => served.context("the server's task failed")?,
        () = ended => tracing::warn!("some requests did not finish in time; stopping anyway"),
    }
    Ok(())
}

/// The service of notifications, and the sender with its key.
fn push_parts(
    config: &Config,
    cookies: &Key,
    store: Arc<dyn PushStore>,
) -> anyhow::Result<(Arc<Push>, Sender)> {
    let key = push::key(&config.push, cookies);
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let check = push::endpoint::check(config.push.reach);
    let service = Push::new(store, clock, entropy, key.public_text(), check);
    let service = Arc::new(service);
    let public_url = config.oidc.public_url.as_ref().map(WebOrigin::as_str);
    let sender = Sender::new(&config.push, key, public_url, service.clone());
    let sender = sender.context("cannot create the client of push services")?;
    Ok((service, sender))
}

fn visitors(config: &Config, key: &Key, people: Arc<People>) -> Cookies {
    let has_provider = config.oidc.oidc_issuer.is_some();
    Cookies::new(
        key.clone(),
        people,
        config.is_https(),
        has_provider.then(|| config.oidc.oidc_name.clone()),
        config.oidc.public_url.clone(),
    )
}

/// Closes the sockets, leaves the list of nodes, and settles the last commit.
async fn stop_node(realtime: Arc<Realtime>, leaderboards: Arc<Leaderboards>, commits: CommitTask) {
    // Sockets are closed with a reason, each after a random delay.
    if tokio::time::timeout(DRAIN, realtime.drained())
        .await
        .is_err()
    {
        tracing::warn!("some connections did not close in time; stopping anyway");
    }
    drop(realtime);
    leaderboards.leave().await;
    drop(leaderboards);
    // All users of the service have ended or are ending. The commit task ends with the last one.
    if tokio::time::timeout(DRAIN, commits).await.is_err() {
        tracing::warn!("the last commit did not settle in time");
    }
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
