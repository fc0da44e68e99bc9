//! `/api/v1/boards/{slug}/emblem`: the uploaded picture of a board.
//!
//! Cost of an anonymous request: one row of at most some 150 KB, which each node caches for a minute. It
//! counts as one read of its address. The cache has a fixed size. An upload is redrawn on a thread for
//! blocking work, one at a time, in some milliseconds.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use leaderport::service::{Error, Leaderboards};
use leaderport::{Board, Slug};
use moka::sync::Cache;

use super::answers::BoardAnswer;
use super::boards::{Tagged, tagged};
use super::bodies::Picture;
pub(crate) use super::emblem_image::MAX_UPLOAD_BYTES;
use super::emblem_image::{Media, redrawn};
use super::png::{Png, Turns};
use super::standings::known_slug;
use crate::auth::bearer::Known;
use crate::http::extractors::extract::{PathOf, media_type};
use crate::http::problem::Problem;
use crate::openapi::Unchanged;
use crate::openapi::parameters::{BoardPath, Conditional, UploadCount};
use crate::openapi::refusals::{Defining, NoPicture, OfBoard, Open, Refusals, Upload, Write};

/// Time for which a node caches an emblem. Another node may have replaced it.
const GOOD: Duration = Duration::from_mins(1);

/// Maximum number of cached emblems.
const KEPT: u64 = 200;

/// Content security policy of an emblem: it is only a picture, even if it is opened on its own.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// Redraws uploads, and caches emblems.
pub(crate) struct Emblems {
    /// By slug and version: a new board of a deleted one's slug has a later version.
    kept: Cache<(Slug, u64), Png>,
    turns: Turns,
}

impl Default for Emblems {
    fn default() -> Self {
        Self {
            kept: Cache::builder()
                .max_capacity(KEPT)
                .time_to_live(GOOD)
                .build(),
            turns: Turns::default(),
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
    ) -> Result<Png, Error> {
        let key = (board.slug.clone(), board.version);
        if let Some(kept) = self.kept.get(&key) {
            return Ok(kept);
        }
        let stored = Png::new(leaderboards.emblem(&board.slug).await?)?;
        self.kept.insert(key, stored.clone());
        Ok(stored)
    }

    /// Redraws an upload. The outer error is of this server, the inner one of the upload.
    async fn redraw(&self, media: Media, upload: Bytes) -> Result<Result<Vec<u8>, String>, Error> {
        let turn = self.turns.take().await?;
        turn.draw(move || redrawn(media, &upload)).await
    }
}

/// The uploaded picture of a board, 192 by 192 pixels.
#[utoipa::path(
    get,
    path = "/boards/{slug}/emblem",
    operation_id = "get_emblem",
    tag = "boards",
    params(BoardPath, UploadCount, Conditional),
    responses(
        (status = 200, description = "The picture.", content((Picture = "image/png"))),
        Unchanged,
        Refusals<(Open, OfBoard, NoPicture)>,
    ),
    security(()),
)]
pub(crate) async fn show(
    State(leaderboards): State<Arc<Leaderboards>>,
    State(emblems): State<Arc<Emblems>>,
    PathOf(slug): PathOf<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let board = leaderboards.board(&known_slug(&slug)?)?;
    let stored = emblems.of(&board, &leaderboards).await?;
    let about = [
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
    Ok(stored.answer(&headers, about))
}

/// Uploads a picture, and shows it as the board's emblem.
///
/// The server redraws the picture and stores only that.
#[utoipa::path(
    put,
    path = "/boards/{slug}/emblem",
    operation_id = "set_emblem",
    tag = "boards",
    params(BoardPath),
    request_body(
        content((Picture = "image/svg+xml"), (Picture = "image/png")),
        description = "At most 64 KiB."
    ),
    responses(
        (status = 200, description = "The board.", body = BoardAnswer),
        Refusals<(Write, OfBoard, Upload, Defining)>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = ["admin"])),
)]
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
    let media = Media::of(&media_type(&headers)).ok_or_else(unsupported)?;
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

/// Removes the picture. A board that shows it has the default emblem then.
#[utoipa::path(
    delete,
    path = "/boards/{slug}/emblem",
    operation_id = "remove_emblem",
    tag = "boards",
    params(BoardPath),
    responses(
        (status = 200, description = "The board.", body = BoardAnswer),
        Refusals<(Write, OfBoard, NoPicture, Defining)>,
    ),
    security(("api_token" = []), ("api_key" = ["admin"]), ("session" = ["admin"])),
)]
pub(crate) async fn delete(
    Known(caller): Known,
    State(leaderboards): State<Arc<Leaderboards>>,
    PathOf(slug): PathOf<String>,
) -> Result<Tagged<BoardAnswer>, Problem> {
    let slug = known_slug(&slug)?;
    let board = leaderboards.remove_emblem(&caller, &slug).await?;
    tagged(&board, &leaderboards)
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
