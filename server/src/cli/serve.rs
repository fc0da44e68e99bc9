//! `leaderport serve`: listens, prints the address, and stops on Ctrl-C or SIGTERM.

use std::io::Write;
use std::net::SocketAddr;

use anyhow::Context;
use tokio::net::{TcpListener, TcpSocket};
use tracing_subscriber::EnvFilter;

use crate::Listeners;
use crate::config::Config;

/// Maximum number of connections that wait to be accepted: after a node fails, all its clients
/// reconnect at once. The system may allow fewer.
const BACKLOG: u32 = 4096;

/// Maximum number of unsent bytes of a connection in the kernel. Data beyond it is not encoded yet,
/// so newer data can replace it.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT_BYTES: u32 = 32 << 10;

fn listen(at: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match at {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // Like `TcpListener::bind`: a restart need not wait for old connections.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(at)?;
    let listener = socket.listen(BACKLOG)?;
    // Accepted connections inherit the option.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Err(error) = socket2::SockRef::from(&listener).set_tcp_notsent_lowat(UNSENT_BYTES) {
        tracing::warn!(%error, "cannot limit unsent bytes; the kernel buffers more data for slow clients");
    }
    Ok(listener)
}

/// Listens on an address that a flag names. Returns the address too, since port 0 picks a free one.
fn bind(at: SocketAddr, flag: &str) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = listen(at).with_context(|| {
        format!("cannot listen on {at}; choose another with {flag}, port 0 picks a free one")
    })?;
    let address = listener
        .local_addr()
        .context("the listener has no address")?;
    Ok((listener, address))
}

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(log_filter(std::env::var("LEADERPORT_LOG").ok())?)
        .with_writer(std::io::stderr)
        .init();
    let stop = stop_signal()?;
    let (public, address) = bind(config.listen, "--listen")?;
    let operators = config.admin_listen.map(|at| bind(at, "--admin-listen"));
    let (operators, for_operators) = operators.transpose()?.unzip();
    let listeners = Listeners { public, operators };
    let (token, is_new) = config.token()?;
    // Terminals and logs keep what they show, so a token is printed only once.
    let shown = token.0.clone().filter(|_| is_new);
    let stored_in =
        (token.0.is_some() && config.api_token.is_none() && !is_new).then(|| config.token_file());
    let ready = move || {
        let mut out = std::io::stdout().lock();
        // A closed stdout is not an error.
        let _ = writeln!(out, "LeaderPort serves on http://{address}");
        if let Some(address) = for_operators {
            let _ = writeln!(
                out,
                "The admin page and the metrics are on http://{address}"
            );
        }
        if let Some(token) = shown {
            let _ = writeln!(
                out,
                "\nSubmit a score from a game server:\n\n  curl -X POST http://{address}/api/v1/boards/reflex/submissions \\\n    -H 'Authorization: Bearer {}' -H 'Content-Type: application/json' \\\n    -d '{{\"player\": \"ada\", \"name\": \"Ada\", \"value\": 231}}'\n",
                token.expose()
            );
            let _ = writeln!(
                out,
                "Make the first admin, who has the page http://{}/admin:\n\n  leaderport admin create --handle admin --server http://{address} --api-token {}\n",
                for_operators.unwrap_or(address),
                token.expose()
            );
        }
        if let Some(file) = stored_in {
            let _ = writeln!(out, "The operator's token is in {}", file.display());
        }
        let _ = out.flush();
    };
    crate::run(listeners, config, token, stop, ready).await
}

fn log_filter(text: Option<String>) -> anyhow::Result<EnvFilter> {
    let text = text.filter(|text| !text.trim().is_empty());
    let text = text.unwrap_or_else(|| "info".to_owned());
    EnvFilter::try_new(&text).with_context(|| {
        format!("LEADERPORT_LOG is {text:?}; it must be a log filter, like info or server=debug")
    })
}

/// Resolves on Ctrl-C or SIGTERM. SIGTERM is caught from this call on, Ctrl-C from the first poll
/// on.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    let mut terminate = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?
    };
    #[cfg(unix)]
    let terminated = async move {
        terminate.recv().await;
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    Ok(async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminated => {}
        }
        tracing::info!("stopping; new requests are refused, running requests finish");
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_log_filter_is_refused_with_its_variable() {
        for fit in [None, Some(""), Some("debug"), Some("server=debug,info")] {
            assert!(log_filter(fit.map(str::to_owned)).is_ok(), "{fit:?}");
        }
        let refused = log_filter(Some("server=loud".to_owned())).expect_err("no level");
        let shown = refused.to_string();
        assert!(
            shown.contains("LEADERPORT_LOG") && shown.contains("loud"),
            "{shown}"
        );
    }
}
