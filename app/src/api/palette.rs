//! The server function of the command palette: the boards, and the reader's role.

use leaderport::Role;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::PageError;

/// The places that the palette leads to, apart from players.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaletteData {
    /// All boards that are not archived, sorted by slug: the slug and the title of each.
    pub boards: Vec<(String, String)>,
    /// The role whose sections of the admin page the reader can open; none without that page.
    pub role: Option<Role>,
}

/// The places that the palette leads to. Reads no engine, except to identify the reader.
///
/// # Errors
/// Fails only if the request does not reach the server.
#[server(prefix = "/_fn", endpoint = "palette", input = leptos::server_fn::codec::GetUrl, output = leptos::server_fn::codec::Postcard)]
pub async fn load_palette() -> Result<PaletteData, PageError> {
    Ok(backend::load().await)
}

#[cfg(feature = "ssr")]
mod backend {
    use leaderport::Role;

    use super::super::request::Request;
    use super::PaletteData;

    pub(super) async fn load() -> PaletteData {
        let request = Request::current();
        let boards = request.leaderboards.boards().into_iter();
        let boards = boards.filter(|board| !board.archived);
        let boards = boards.map(|board| (board.slug.to_string(), board.title.clone()));
        let boards = boards.collect();
        let has_admin_page = request.has_admin_page;
        let reader = request.reader().await;
        let role = reader.and_then(|reader| reader.account).map(|a| a.role);
        PaletteData {
            boards,
            role: role.filter(|role| has_admin_page && *role >= Role::Moderator),
        }
    }
}
