//! The servers that are compared, filled with the same members.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use super::cases::{BOARD, Call, Clients};
use super::scripts::Script;
use crate::callers::{Callers, HIGH_QUOTAS};
use crate::filling::fill;
use crate::serving::{Client, Server};

/// A contestant's place in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Another build of LeaderPort, to compare this one with.
    Before,
    Embedded,
    Node,
    Bun,
    ScaledOut,
    /// Routes of axum with constant answers.
    Bare,
}

impl Role {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Before => "LeaderPort embedded, before",
            Self::Embedded => "LeaderPort embedded",
            Self::Node => "Node + Redis",
            Self::Bun => "Bun + Redis",
            Self::ScaledOut => "LeaderPort, PostgreSQL + Redis",
            Self::Bare => "a constant answer by axum",
        }
    }
}

/// A running server.
pub(crate) struct Contestant {
    pub(crate) role: Role,
    kind: Kind,
}

enum Kind {
    LeaderPort {
        server: Server,
        callers: Arc<Callers>,
    },
    Script(Script),
    /// Host and port.
    Bare(String),
}

impl Contestant {
    /// Starts and fills a build of LeaderPort, over engines given by flags.
    pub(crate) async fn leaderport(
        role: Role,
        build: &Path,
        data: &Path,
        engines: &[&str],
        members: u32,
    ) -> Self {
        let flags = [&HIGH_QUOTAS[..], engines].concat();
        let server = Server::start_build(build, data, &flags);
        let client = Client::of(&server);
        let step = format!("{}, filling", role.name());
        let ranked = fill(&client, BOARD, &["all_time"], members, &step).await;
        // A database of its user may have guests of an earlier run.
        assert!(ranked >= u64::from(members), "every member is ranked");
        let callers = Arc::new(Callers::make(&client, "peers").await);
        Self {
            role,
            kind: Kind::LeaderPort { server, callers },
        }
    }

    pub(crate) fn script(role: Role, script: Script) -> Self {
        Self {
            role,
            kind: Kind::Script(script),
        }
    }

    /// Serves constants from threads of this process, until it ends: those of the checks, and reads of
    /// rows as another contestant has answered them.
    pub(crate) async fn bare(rows_of: &Self, members: u32) -> Self {
        let clients = rows_of.clients(Call::Page, members);
        let clients = clients.expect("the contestant answers reads");
        let page = clients.answer(Call::Page, 0).await;
        let around = clients.answer(Call::Around, 0).await;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("the listener is bound");
        thread::spawn(move || serve_bare(listener, page, around));
        Self {
            role: Role::Bare,
            kind: Kind::Bare(address.to_string()),
        }
    }

    /// New clients for a call. `None` if this contestant does not answer it.
    pub(crate) fn clients(&self, call: Call, members: u32) -> Option<Clients> {
        let (address, callers) = match &self.kind {
            Kind::LeaderPort { server, callers } => (&server.address, Some(callers.clone())),
            Kind::Script(script) => {
                let process = match call {
                    Call::Html(_) => return None,
                    Call::SubmitDurably => &script.durable,
                    _ => &script.memory,
                };
                (&process.address, None)
            }
            Kind::Bare(address) => (Some(address).filter(|_| call.has_constant_answer())?, None),
        };
        Some(Clients {
            client: Client::at(address.clone()),
            callers,
            members,
        })
    }
}

fn serve_bare(listener: TcpListener, page: Vec<u8>, around: Vec<u8>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        listener
            .set_nonblocking(true)
            .expect("a socket can be set up");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        let rows = |body: Vec<u8>| {
            let body = axum::body::Bytes::from(body);
            get(async move || ([(CONTENT_TYPE, "application/json")], body.clone()))
        };
        let router = Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route(&format!("{BOARD}/standings"), rows(page))
            .route(
                &format!("{BOARD}/standings/{{player}}/around"),
                rows(around),
            );
        axum::serve(listener, router)
            .await
            .expect("the server runs");
    });
}
