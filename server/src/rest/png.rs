//! Pictures in PNG: their entity tags, their answers, and the turns of their drawings.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leaderport::service::Error;
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::http::etag;

/// Timeout for waiting until other pictures are drawn.
const PATIENCE: Duration = Duration::from_secs(5);

/// A picture with its entity tag.
#[derive(Debug, Clone)]
pub(crate) struct Png {
    pub(crate) bytes: Bytes,
    etag: HeaderValue,
}

impl Png {
    /// The picture of a file.
    pub(crate) fn new(file: Vec<u8>) -> Result<Self, Error> {
        let etag = format!("\"{:x}\"", Sha256::digest(&file));
        let etag = HeaderValue::from_str(&etag).map_err(|error| failed(error.to_string()))?;
        let bytes = Bytes::from(file);
        Ok(Self { bytes, etag })
    }

    /// The answer to a request with these headers; without the picture if the client has it. `more`
    /// are further headers of the answer.
    pub(crate) fn answer<const N: usize>(
        self,
        request: &HeaderMap,
        more: [(HeaderName, HeaderValue); N],
    ) -> Response {
        let is_known = etag::is_known(request, &self.etag);
        let tag = [(header::ETAG, self.etag)];
        if is_known {
            return (StatusCode::NOT_MODIFIED, tag, more).into_response();
        }
        let media = [(header::CONTENT_TYPE, "image/png")];
        (tag, more, media, self.bytes).into_response()
    }
}

/// Lets one request draw at a time.
pub(crate) struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Turns {
    /// Waits until other pictures are drawn.
    ///
    /// # Errors
    /// Fails with [`Error::Busy`] after five seconds.
    pub(crate) async fn take(&self) -> Result<Turn, Error> {
        let turn = timeout(PATIENCE, self.0.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| Error::Busy)?;
        turn.map(Turn).map_err(|error| failed(error.to_string()))
    }
}

/// The permission to draw a picture.
pub(crate) struct Turn(OwnedSemaphorePermit);

impl Turn {
    /// Draws on a thread for blocking work. The drawing completes even if the client disconnects.
    pub(crate) async fn draw<T: Send + 'static>(
        self,
        draw: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let Self(permit) = self;
        let drawn = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            draw()
        });
        drawn.await.map_err(|error| failed(error.to_string()))
    }
}

/// The error of a picture that this server cannot draw.
pub(crate) fn failed(detail: String) -> Error {
    Error::Unavailable {
        part: "server",
        detail,
    }
}
