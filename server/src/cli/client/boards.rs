//! Calls that define boards by version.

use std::time::Duration;

use leaderport::{Preview, Slug};
use reqwest::header::{IF_MATCH, IF_NONE_MATCH};
use reqwest::{RequestBuilder, Url};
use serde::Serialize;
use serde_json::json;

use super::{CallError, Client};

/// Timeout of a definition and of a preview; the server answers within 30 seconds.
const DEFINE_TIMEOUT: Duration = Duration::from_secs(35);

impl Client {
    /// Address of the JSON Schema for files of boards.
    pub(in crate::cli) fn boards_schema(&self) -> Url {
        self.url("api/v1/schemas/boards.json")
    }

    /// Previews the effect of a complete definition on an existing board.
    pub(in crate::cli) async fn preview_board(
        &self,
        slug: &Slug,
        settings: &impl Serialize,
    ) -> Result<Preview, CallError> {
        let url = self.url(&format!("api/v1/boards/{slug}/preview"));
        let request = self.http.post(url).json(settings).timeout(DEFINE_TIMEOUT);
        let answer = self.call(request).await?;
        self.read(&answer)
    }

    /// Defines a board that must have this version; without a version, a board that must not
    /// exist.
    pub(in crate::cli) async fn replace_board(
        &self,
        slug: &Slug,
        settings: &impl Serialize,
        version: Option<u64>,
    ) -> Result<(), CallError> {
        let url = self.url(&format!("api/v1/boards/{slug}"));
        let request = self.http.put(url).json(settings);
        let request = match version {
            Some(version) => if_version(request, version),
            None => request.header(IF_NONE_MATCH, "*"),
        };
        let answer = self.call(request.timeout(DEFINE_TIMEOUT)).await;
        answer.map(drop)
    }

    /// Archives a board that must have this version.
    pub(in crate::cli) async fn archive_board(
        &self,
        slug: &Slug,
        version: u64,
    ) -> Result<(), CallError> {
        let url = self.url(&format!("api/v1/boards/{slug}"));
        let request = self.http.patch(url).json(&json!({ "archived": true }));
        let request = if_version(request, version);
        let answer = self.call(request.timeout(DEFINE_TIMEOUT)).await;
        answer.map(drop)
    }
}

fn if_version(request: RequestBuilder, version: u64) -> RequestBuilder {
    request.header(IF_MATCH, format!("\"{version}\""))
}
