//! The client side of our own REST API, for the subcommands that work on a
//! running server.
//!
//! Promises: a call is one request and is never repeated here (who repeats it
//! must know that it is safe); every failure is a sentence for people and says
//! whether trying again may help; the token is never printed.

mod outcome;

use std::time::Duration;

use anyhow::Context;
use leaderport::{
    Account, ApiKey, Board, BoardDraft, Drift, EngineState, Handle, KeyDraft, PlayerId, PlayerName,
    Role, Score, Season, Slug, SubmissionId, Timestamp,
};
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Url};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) use self::outcome::{CallError, Outcome};
use crate::config::Secret;

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait for an answer: a full batch takes milliseconds.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How long to wait for a repair of one season.
const REPAIR_TIMEOUT: Duration = Duration::from_mins(2);

/// Which server, and what it knows us by.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ServerArgs {
    /// Address of the running server.
    #[arg(long, value_name = "URL", env = "LEADERPORT_SERVER", default_value = "http://127.0.0.1:3000", value_parser = server_url)]
    server: Url,

    /// The server's API token, which allows writes.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "LEADERPORT_API_TOKEN",
        hide_env_values = true
    )]
    api_token: Option<Secret>,
}

/// Reads a server's address. Its path ends with a slash, so that the API's paths join below it.
fn server_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| url.scheme() == "http" && url.has_host());
    let mut url = url.ok_or(
        "must be the address of the server itself, over plain HTTP, like http://127.0.0.1:3000",
    )?;
    if !url.path().ends_with('/') {
        let folder = format!("{}/", url.path());
        url.set_path(&folder);
    }
    Ok(url)
}

/// One submission of a batch.
#[derive(Debug, Serialize)]
pub(super) struct NewSubmission {
    /// Makes it idempotent; made by the server when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<SubmissionId>,
    /// Who is ranked.
    pub(super) player: PlayerId,
    /// The name to show from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<PlayerName>,
    /// The value.
    pub(super) value: Score,
    /// Its own time; that of its arrival when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Timestamp>,
}

/// Calls one server. Clones share its connections.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    server: Url,
    token: Option<Secret>,
}

impl Client {
    pub(super) fn new(args: ServerArgs) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            // The token goes to the server that was named, and to nobody in between.
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .context("cannot make an HTTP client")?;
        Ok(Self {
            http,
            server: args.server,
            token: args.api_token,
        })
    }

    /// The server's address.
    pub(super) fn server(&self) -> &Url {
        &self.server
    }

    /// Every board.
    pub(super) async fn boards(&self) -> Result<Vec<Board>, CallError> {
        #[derive(Deserialize)]
        struct Answer {
            boards: Vec<Board>,
        }
        let body = self.call(self.http.get(self.url("api/v1/boards"))).await?;
        self.read(&body).map(|answer: Answer| answer.boards)
    }

    /// Defines a board.
    pub(super) async fn define_board(
        &self,
        slug: &Slug,
        draft: &BoardDraft,
    ) -> Result<(), CallError> {
        let url = self.url(&format!("api/v1/boards/{slug}"));
        self.call(self.http.put(url).json(draft)).await.map(drop)
    }

    /// Submits at most [`leaderport::service::MAX_BATCH`]; one outcome each, in their order.
    pub(super) async fn submit(
        &self,
        board: &Slug,
        submissions: &[NewSubmission],
    ) -> Result<Vec<Outcome>, CallError> {
        #[derive(Serialize)]
        struct Batch<'a> {
            submissions: &'a [NewSubmission],
        }
        #[derive(Deserialize)]
        struct Answer {
            outcomes: Vec<Outcome>,
        }
        let url = self.url(&format!("api/v1/boards/{board}/submissions/batch"));
        let body = self
            .call(self.http.post(url).json(&Batch { submissions }))
            .await?;
        let Answer { outcomes } = self.read(&body)?;
        if outcomes.len() == submissions.len() {
            Ok(outcomes)
        } else {
            let cause = format!(
                "{} outcomes of {} submissions",
                outcomes.len(),
                submissions.len()
            );
            Err(CallError::Unreadable {
                server: self.server.to_string(),
                cause,
            })
        }
    }

    /// What ledger and broker have.
    pub(super) async fn engine(&self) -> Result<EngineState, CallError> {
        let request = self.http.get(self.url("api/v1/engine"));
        self.read(&self.call(request.timeout(REPAIR_TIMEOUT)).await?)
    }

    /// Compares a season, and repairs it unless it is a dry run.
    pub(super) async fn sync(
        &self,
        board: &Slug,
        season: Season,
        dry_run: bool,
    ) -> Result<Drift, CallError> {
        let of = json!({ "board": board, "season": season, "dry_run": dry_run });
        self.repair("sync", &of).await
    }

    /// Builds a season anew; gives its number of standings.
    pub(super) async fn rebuild(&self, board: &Slug, season: Season) -> Result<u64, CallError> {
        #[derive(Deserialize)]
        struct Rebuilt {
            standings: u64,
        }
        let of = json!({ "board": board, "season": season });
        let rebuilt: Rebuilt = self.repair("rebuild", &of).await?;
        Ok(rebuilt.standings)
    }

    /// Drops a board's seasons; gives how many were held.
    pub(super) async fn clear_cache(&self, board: &Slug) -> Result<usize, CallError> {
        #[derive(Deserialize)]
        struct Cleared {
            seasons: Vec<Season>,
        }
        let of = json!({ "board": board });
        let cleared: Cleared = self.repair("clear-cache", &of).await?;
        Ok(cleared.seasons.len())
    }

    async fn repair<T: DeserializeOwned>(&self, what: &str, of: &Value) -> Result<T, CallError> {
        let request = self.http.post(self.url(&format!("api/v1/engine/{what}")));
        let answer = self.call(request.json(of).timeout(REPAIR_TIMEOUT)).await?;
        self.read(&answer)
    }

    /// Makes an account.
    pub(super) async fn make_account(
        &self,
        handle: &Handle,
        password: &str,
        role: Role,
    ) -> Result<Account, CallError> {
        let draft = json!({ "handle": handle, "password": password, "role": role });
        let request = self.http.post(self.url("api/v1/accounts")).json(&draft);
        self.read(&self.call(request).await?)
    }

    /// Gives an account another role.
    pub(super) async fn set_role(&self, handle: &Handle, role: Role) -> Result<Account, CallError> {
        let url = self.url(&format!("api/v1/accounts/{handle}"));
        let request = self.http.put(url).json(&json!({ "role": role }));
        self.read(&self.call(request).await?)
    }

    /// Makes a key; gives its secret as well.
    pub(super) async fn make_key(&self, draft: &KeyDraft) -> Result<(ApiKey, String), CallError> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(flatten)]
            key: ApiKey,
            secret: String,
        }
        let request = self.http.post(self.url("api/v1/keys")).json(draft);
        let Answer { key, secret } = self.read(&self.call(request).await?)?;
        Ok((key, secret))
    }

    /// Every key.
    pub(super) async fn keys(&self) -> Result<Vec<ApiKey>, CallError> {
        #[derive(Deserialize)]
        struct Answer {
            keys: Vec<ApiKey>,
        }
        let body = self.call(self.http.get(self.url("api/v1/keys"))).await?;
        self.read(&body).map(|answer: Answer| answer.keys)
    }

    /// Revokes a key.
    pub(super) async fn revoke_key(&self, id: &str) -> Result<(), CallError> {
        let url = self.url(&format!("api/v1/keys/{id}"));
        self.call(self.http.delete(url)).await.map(drop)
    }

    fn url(&self, path: &str) -> Url {
        self.server
            .join(path)
            .expect("slugs and our own words make a path")
    }

    /// The body of a successful answer.
    async fn call(&self, request: RequestBuilder) -> Result<String, CallError> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token.expose()),
            None => request,
        };
        let response = request
            .send()
            .await
            .map_err(|error| self.no_answer(&error))?;
        let status = response.status();
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|v| v.to_str().ok());
        let retry_after = retry_after.and_then(|seconds| seconds.parse().ok());
        let retry_after = retry_after.map_or(Duration::ZERO, Duration::from_secs);
        let body = response
            .text()
            .await
            .map_err(|error| self.no_answer(&error))?;
        if status.is_success() {
            return Ok(body);
        }
        // A proxy in between, or another server, does not answer with a problem document.
        let mut outcome: Outcome = serde_json::from_str(&body).unwrap_or_default();
        outcome.status = status.as_u16();
        if outcome.title.is_empty() {
            outcome.title = status.canonical_reason().unwrap_or_default().into();
        }
        Err(CallError::Refused {
            outcome,
            retry_after,
        })
    }

    fn read<T: DeserializeOwned>(&self, body: &str) -> Result<T, CallError> {
        serde_json::from_str(body).map_err(|error| CallError::Unreadable {
            server: self.server.to_string(),
            cause: error.to_string(),
        })
    }

    fn no_answer(&self, error: &reqwest::Error) -> CallError {
        let mut cause: &dyn std::error::Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        CallError::NoAnswer {
            server: self.server.to_string(),
            cause: cause.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_plain_http_and_paths_join_below_it() {
        fn check(text: &str, boards: Option<&str>) {
            let joined = server_url(text)
                .ok()
                .map(|url| url.join("api").unwrap().to_string());
            assert_eq!(joined.as_deref(), boards, "{text}");
        }
        check("http://127.0.0.1:3000", Some("http://127.0.0.1:3000/api"));
        check(
            "http://play.example/ranks",
            Some("http://play.example/ranks/api"),
        );
        check(
            "http://play.example/ranks/",
            Some("http://play.example/ranks/api"),
        );
        check("https://play.example", None);
        check("localhost:3000", None);
        check("", None);
    }

    #[test]
    fn the_token_is_never_printed() {
        let args = ServerArgs {
            server: server_url("http://127.0.0.1:3000").unwrap(),
            api_token: Some("correct-horse-battery-staple-and-more".parse().unwrap()),
        };
        assert!(!format!("{args:?}").contains("horse"));
        assert!(!format!("{:?}", Client::new(args).unwrap()).contains("horse"));
    }
}
