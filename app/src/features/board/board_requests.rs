//! The requests of a board's page to the server: the search, the place of a rank, and the choice to be
//! named to other viewers. Their code loads later. If it does not arrive, a request fails like one
//! without a network.

use leptos::wasm_split::wasm_split;

use crate::api::board::{Found, place_of_rank, search_board};
use crate::api::reader::settings::show_name;
use crate::browser::part::{PartFuture, boxed};
use crate::error::PageError;

/// A request whose code is loaded.
type Sent<T> = Result<PartFuture<Result<T, PageError>>, PageError>;

/// Finds players of a season by a text; see [`search_board`].
///
/// # Errors
/// Those of the server function, or if the server cannot be reached.
pub async fn request_search(
    slug: String,
    season: String,
    text: String,
) -> Result<Vec<Found>, PageError> {
    send_search(slug, season, text).await?.await
}

/// Finds the place of a rank; see [`place_of_rank`].
///
/// # Errors
/// Those of the server function, or if the server cannot be reached.
pub async fn request_place(slug: String, season: String, rank: u64) -> Result<u64, PageError> {
    send_place(slug, season, rank).await?.await
}

/// Shows the reader's name to other viewers, or hides it; see [`show_name`].
///
/// # Errors
/// Those of the server function, or if the server cannot be reached.
pub async fn request_visibility(is_visible: bool) -> Result<(), PageError> {
    send_visibility(is_visible).await?.await
}

#[wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn send_search(slug: String, season: String, text: String) -> Sent<Vec<Found>> {
    boxed(search_board(slug, season, text))
}

#[wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn send_place(slug: String, season: String, rank: u64) -> Sent<u64> {
    boxed(place_of_rank(slug, season, rank))
}

#[wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn send_visibility(is_visible: bool) -> Sent<()> {
    boxed(show_name(is_visible))
}
