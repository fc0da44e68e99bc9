//! `/ws`: the upgrade of a request to a WebSocket.

use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use leaderport::protocol::Format;

use crate::http::connections::client_address::{Addresses, ClientAddress, ReadQuota};
use crate::http::problem::Problem;
use crate::realtime::node::Realtime;
use crate::realtime::transports::cost;
use crate::realtime::transports::websocket::run;

/// Maximum size of a frame, in bytes; a larger one is not read. A command may have
/// [`leaderport::protocol::MAX_COMMAND_BYTES`].
const MAX_FRAME_BYTES: usize = 64 << 10;

/// Read buffer of a socket, in bytes: commands are short, and most connections are idle.
const READ_BUFFER_BYTES: usize = 1 << 9;

/// Maximum number of bytes buffered for a socket that takes no data. Answers to pings are buffered
/// too.
const WRITE_BUFFER_BYTES: usize = 1 << 20;

/// Accepts a new connection, whose origin has been checked.
pub(crate) async fn upgrade(
    State(realtime): State<Arc<Realtime>>,
    State(addresses): State<Arc<Addresses>>,
    Extension(from): Extension<ClientAddress>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|rejection| {
        let detail = format!("this address speaks WebSocket: {}", rejection.body_text());
        Problem::new(StatusCode::BAD_REQUEST, "not_a_websocket", detail)
    })?;
    let upgrade = upgrade.protocols(Format::ALL.map(Format::subprotocol));
    let asked = headers.contains_key("sec-websocket-protocol");
    let chosen = upgrade.selected_protocol().and_then(|p| p.to_str().ok());
    let format = match chosen.and_then(Format::of) {
        Some(format) => format,
        None if asked => {
            let known = Format::ALL.map(Format::subprotocol).join(" and ");
            let detail = format!("this address speaks the subprotocols {known}");
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "unknown_protocol",
                detail,
            ));
        }
        None => Format::Json,
    };
    let permit = realtime.enter(from)?;
    let quota = ReadQuota { addresses, from };
    let taken = quota.take_pages(cost::of_listener(&headers)).await;
    taken.map_err(|limited| Problem::limited(&limited))?;
    let listener = realtime.listen(&headers).await?;
    Ok(upgrade
        .max_message_size(MAX_FRAME_BYTES)
        .max_frame_size(MAX_FRAME_BYTES)
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_BYTES)
        .on_upgrade(move |socket| async move {
            let _permit = permit;
            run(socket, realtime, (listener, quota), format).await;
        }))
}
