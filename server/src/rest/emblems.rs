//! `/api/v1/boards/{slug}/emblem`: the uploaded picture of a board.
//!
//! Cost of an anonymous request: one row of at most some 150 KB, which each node caches for a minute. It
//! counts as one read of its address. The cache has a fixed size. An upload is redrawn on a thread for
//! blocking work, one at a time, in some milliseconds.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leaderport::service::{Error, Leaderboards};
use leaderport::{Board, Slug};
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::answers::BoardAnswer;
use super::boards::{Tagged, tagged};
pub(crate) use super::emblem_image::MAX_UPLOAD_BYTES;
use super::emblem_image::{Media, redrawn};
use super::standings::known_slug;
use crate::auth::bearer::Known;
use crate::http::etag;
use crate::http::extract::PathOf;
use crate::http::problem::Problem;

/// Time for which a node caches an emblem. Another node may have replaced it.
const GOOD: Duration = Duration::from_mins(1);

/// Maximum number of cached emblems.
const KEPT: u64 = 200;

/// Timeout for waiting until other uploads are redrawn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Content security policy of an emblem: it is only a picture, even if it is opened on its own.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// An uploaded emblem.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) png: Bytes,
    etag: HeaderValue,
}

/// Redraws uploads, and caches emblems.
pub(crate) struct Emblems {
    /// By slug and version: a new board of a deleted one's slug has a later version.
    kept: Cache<(Slug, u64), Stored>,
    /// Allows one redrawing at a time.
    turn: Arc<Semaphore>,
}

impl Default for Emblems {
    fn default() -> Self {
        Self {
            kept: Cache::builder()
                .max_capacity(KEPT)
                .time_to_live(GOOD)
                .build(),
            turn: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Emblems {
    /// The uploaded emblem of a board.
    ///
    /// # Errors
    /// Fails if the board has none, or the ledger is down.
    pub(crate) async fn of(
        &self,
        board: &Board,
        leaderboards: &Leaderboards,
    ) -> Result<Stored, Error> {
        let key = (board.slug.clone(), board.version);
        if let Some(kept) = self.kept.get(&key) {
            return Ok(kept);
        }
        let png = Bytes::from(leaderboards.emblem(&board.slug).await?);
        let etag = format!("\"{:x}\"", Sha256::digest(&png));
        let etag = HeaderValue::from_str(&etag).map_err(|error| failed(error.to_string()))?;
        let stored = Stored { png, etag };
        self.kept.insert(key, stored.clone());
        Ok(stored)
    }

    /// Redraws an upload. The outer error is of this server, the inner one of the upload.
    async fn redraw(&self, media: Media, upload: Bytes) -> Result<Result<Vec<u8>, String>, Error> {
        let turn = timeout(PATIENCE, self.turn.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| Error::Busy)?;
        let drawn = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            redrawn(media, &upload)
        })
        .await;
        drawn.map_err(|error| failed(error.to_string()))
    }
}

fn failed(detail: String) -> Error {
    Error::Unavailable {
        part: "server",
        detail,
    }
}

/// `GET`: the picture.
pub(crate) async fn show(
    State(leaderboards): State<Arc<Leaderboards>>,
    State(emblems): State<Arc<Emblems>>,
    PathOf(slug): PathOf<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let board = leaderboards.board(&known_slug(&slug)?)?;
    let stored = emblems.of(&board, &leaderboards).await?;
    let is_known = etag::is_known(&headers, &stored.etag);
    let about = [
        (header::ETAG, stored.etag),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=60"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    let media = [(header::CONTENT_TYPE, "image/png")];
    Ok((about, media, stored.png).into_response())
}

/// `PUT`: uploads a picture, and shows it as the board's emblem.
pub(crate) async fn put(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    State(emblems): State<Arc<Emblems>>,
    PathOf(slug): PathOf<String>,
    headers: HeaderMap,
    upload: Result<Bytes, BytesRejection>,
) -> Result<Tagged<BoardAnswer>, Problem> {
    let slug = known_slug(&slug)?;
    leaderboards.check_emblem_change(&caller, &slug)?;
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let media = Media::of(kind).ok_or_else(unsupported)?;
    let upload = upload.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Problem::too_large(MAX_UPLOAD_BYTES)
        } else {
            rejection.into()
        }
    })?;
    let png = emblems.redraw(media, upload).await?.map_err(unreadable)?;
    let board = leaderboards.set_emblem(&caller, &slug, &png).await?;
    // A new picture of a board that shows its picture does not make another version.
    emblems.kept.invalidate(&(slug, board.version));
    tagged(&board, &leaderboards)
}

/// `DELETE`: removes the picture. A board that shows it has the default emblem then.
pub(crate) async fn delete(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    State(emblems): State<Arc<Emblems>>,
    PathOf(slug): PathOf<String>,
) -> Result<Json<BoardAnswer>, Problem> {
    let slug = known_slug(&slug)?;
    let board = leaderboards.remove_emblem(&caller, &slug).await?;
    emblems.kept.invalidate(&(slug, board.version));
    Ok(Json(BoardAnswer::of(&board, &leaderboards)?))
}

fn unsupported() -> Problem {
    let detail = "the body must be a picture, with the header `Content-Type: image/svg+xml` or \
                  `Content-Type: image/png`";
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    Problem::new(status, "unsupported_media_type", detail)
}

fn unreadable(sentence: String) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "unreadable_emblem",
        sentence,
    )
}
