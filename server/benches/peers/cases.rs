//! The cases, and the calls of which they consist.

use std::hint::black_box;
use std::sync::Arc;

use serde_json::json;

use crate::callers::Callers;
use crate::measure::{player, score};
use crate::serving::Client;

/// The board in LeaderPort, and the path of the scripts' only one.
pub(crate) const BOARD: &str = "/api/v1/boards/peers";

/// Rows per page.
const PAGE: u64 = 50;

/// A call that is made again and again by a number of clients.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    /// The name in `LEADERPORT_BENCH_PEERS_CASES`.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) call: Call,
    pub(crate) clients: u64,
}

/// A request that clients repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// A page of 50 at random.
    Page,
    /// Eleven rows around a player.
    Around,
    /// A submission of the operator. A script may lose it.
    Submit,
    /// A submission that is on the disk before its answer.
    SubmitDurably,
    /// The same to LeaderPort, with an API key, whose quota is counted.
    SubmitWithKey,
    /// The same to LeaderPort by the form of the board's page, as a guest whose quota is counted.
    SubmitAsGuest,
    /// A constant answer.
    Health,
    /// The board's page without a session, in an encoding. Scripts have none.
    Html(&'static str),
}

impl Case {
    /// Every case, in order.
    pub(crate) fn all() -> Vec<Self> {
        use Call::{
            Around, Health, Html, Page, Submit, SubmitAsGuest, SubmitDurably, SubmitWithKey,
        };
        let case = |(id, title, call, clients)| Self {
            id,
            title,
            call,
            clients,
        };
        let cases = [
            ("page", "a page of 50 at random", Page, 16),
            ("around", "11 rows around a player", Around, 16),
            ("submit-1", "submissions, 1 client", Submit, 1),
            ("submit-16", "submissions, 16 clients", Submit, 16),
            ("submit-256", "submissions, 256 clients", Submit, 256),
            ("durable-1", "durable, 1 client", SubmitDurably, 1),
            ("durable-16", "durable, 16 clients", SubmitDurably, 16),
            ("durable-256", "durable, 256 clients", SubmitDurably, 256),
            ("key", "with an API key, 16 clients", SubmitWithKey, 16),
            ("guests", "as guests, 16 clients", SubmitAsGuest, 16),
            ("health", "GET /healthz", Health, 16),
            ("html", "the board's HTML", Html("identity"), 16),
            ("brotli", "the board's HTML, brotli", Html("br"), 16),
        ];
        cases.map(case).to_vec()
    }
}

impl Call {
    /// Whether a constant can answer it, for the cost of HTTP and of the clients.
    pub(crate) const fn has_constant_answer(self) -> bool {
        matches!(self, Self::Health | Self::Page | Self::Around)
    }

    /// Whether it submits a score.
    pub(crate) const fn is_submission(self) -> bool {
        matches!(
            self,
            Self::Submit | Self::SubmitDurably | Self::SubmitWithKey | Self::SubmitAsGuest
        )
    }
}

/// The clients of one server. Those of a script have no quota, so they submit as the operator does.
pub(crate) struct Clients {
    pub(crate) client: Client,
    /// The callers with quotas of LeaderPort.
    pub(crate) callers: Option<Arc<Callers>>,
    pub(crate) members: u32,
}

impl Clients {
    /// Makes a call. Its member and page derive from 64 random bits.
    ///
    /// # Panics
    /// If the answer is an error.
    pub(crate) async fn call(&self, call: Call, draw: u64) {
        black_box(self.answer(call, draw).await);
    }

    /// Like [`Self::call`]. Returns the body of the answer.
    pub(crate) async fn answer(&self, call: Call, draw: u64) -> Vec<u8> {
        let (client, members) = (&self.client, u64::from(self.members));
        let member = player(u32::try_from(draw % members).expect("less than members"));
        match call {
            Call::Page => {
                let offset = draw % (members - PAGE + 1);
                let path = format!("{BOARD}/standings?offset={offset}&limit={PAGE}");
                client.get(&path).await
            }
            Call::Around => {
                let path = format!("{BOARD}/standings/{member}/around?limit=11");
                client.get(&path).await
            }
            Call::Health => client.get("/healthz").await,
            Call::Html(encoding) => client.page("/boards/peers", encoding).await,
            submission => {
                let one = json!({ "player": member, "value": score(draw) });
                match (submission, &self.callers) {
                    (Call::SubmitWithKey, Some(callers)) => {
                        callers.submit_with_key(client, &one).await
                    }
                    (Call::SubmitAsGuest, Some(callers)) => {
                        callers.submit_as_guest(client, draw).await
                    }
                    _ => {
                        let path = format!("{BOARD}/submissions");
                        client.send("POST", &path, &one).await
                    }
                }
            }
        }
    }
}
