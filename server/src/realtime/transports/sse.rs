//! Two HTTP alternatives to the WebSocket: channels as Server-Sent Events, for clients whose
//! WebSockets are blocked, and the missed changes of one channel as a single answer.
//!
//! The `data` of an event is the JSON frame that a WebSocket would get. With `format=binary`, it is
//! the binary frame in base64. The `id` of an event contains the client's progress: the position of
//! each channel, in the order of the request, separated by commas; `-` for a channel without a
//! state so far. Browsers send the last id as `Last-Event-ID` when they reconnect.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRef, FromRequestParts, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use futures::stream;
use leaderport::protocol::{Channel, Event, Format, MAX_SUBSCRIPTIONS, binary};
use leaderport::{InvalidValue, Position, Slug};
use serde::Serialize;
use tokio::sync::mpsc;
use utoipa::ToSchema;

use crate::http::connections::client_address::{Addresses, ClientAddress, ReadQuota};
use crate::http::extractors::extract::{Params, PathOf};
use crate::http::problem::Problem;
use crate::openapi::parameters::{BoardPath, Channels, LastEventId, MissedOf};
use crate::openapi::refusals::{Connection, OfBoard, Private, Refusals};
use crate::realtime::delivery::frame::Frame;
use crate::realtime::delivery::inbox::Slot;
use crate::realtime::listeners::listener::Listener;
use crate::realtime::node::{ConnectionPermit, Realtime};
use crate::realtime::transports::cost;
use crate::realtime::transports::slow_client::in_time;
use crate::startup::shutdown::has_stopped;

/// Interval of keep-alive comments, so that no proxy ends an idle stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Maximum delay before browsers reconnect after the end of a stream; the minimum is half of it.
const RETRY: Duration = Duration::from_secs(3);

/// The missed changes of a channel, or its full state.
#[derive(Serialize, ToSchema)]
pub(crate) struct Missed {
    channel: Channel,
    /// Whether the events continue from the client's position. If not, the first is a full state.
    recovered: bool,
    /// The events, as a WebSocket would send them.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Event>,
}

/// A request for a stream, without its channels. The stream continues from `since`, the `id` of an
/// event; the header `Last-Event-ID` has precedence. With `show=true`, the listener is listed by
/// name on presence channels. With `once=true`, the stream ends after the available events.
pub(crate) struct StreamRequest {
    realtime: Arc<Realtime>,
    addresses: Arc<Addresses>,
    from: ClientAddress,
    params: Params,
    headers: HeaderMap,
}

/// The parts of [`StreamRequest`], as extractors.
type StreamRequestParts = (
    State<Arc<Realtime>>,
    State<Arc<Addresses>>,
    Extension<ClientAddress>,
    Params,
    HeaderMap,
);

impl<S> FromRequestParts<S> for StreamRequest
where
    Arc<Realtime>: FromRef<S>,
    Arc<Addresses>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let request = StreamRequestParts::from_request_parts(parts, state).await?;
        let (State(realtime), State(addresses), Extension(from), params, headers) = request;
        Ok(Self {
            realtime,
            addresses,
            from,
            params,
            headers,
        })
    }
}

/// A stream of channels, as Server-Sent Events.
///
/// The `data` of an event is the frame that a WebSocket would get. The private channels need credentials.
#[utoipa::path(
    get,
    path = "/events",
    operation_id = "stream_events",
    tag = "events",
    params(Channels, LastEventId),
    responses(
        (status = 200, description = "The stream.", content((String = "text/event-stream"))),
        Refusals<(Private, OfBoard, Connection)>,
    ),
    security(
        (), ("api_token" = []), ("api_key" = ["read"]), ("session" = []), ("player_token" = [])
    ),
)]
pub(crate) async fn events(request: StreamRequest) -> Result<Response, Problem> {
    stream(request, |name| Ok(name.to_owned())).await
}

/// A stream of a board's channels, which are named without the board.
#[utoipa::path(
    get,
    path = "/boards/{slug}/events",
    operation_id = "stream_board_events",
    tag = "events",
    params(BoardPath, Channels, LastEventId),
    responses(
        (status = 200, description = "The stream.", content((String = "text/event-stream"))),
        Refusals<(Private, OfBoard, Connection)>,
    ),
    security(
        (), ("api_token" = []), ("api_key" = ["read"]), ("session" = []), ("player_token" = [])
    ),
)]
pub(crate) async fn board_events(
    PathOf(slug): PathOf<String>,
    request: StreamRequest,
) -> Result<Response, Problem> {
    let slug = Slug::new(&slug)?;
    stream(request, |name| of_board(&slug, name)).await
}

async fn stream(
    request: StreamRequest,
    full: impl Fn(&str) -> Result<String, InvalidValue>,
) -> Result<Response, Problem> {
    let StreamRequest {
        realtime,
        addresses,
        from,
        params,
        headers,
    } = request;
    let permit = realtime.enter(from)?;
    let names = names(params.text("channels").unwrap_or_default(), full)?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let since = positions(last.or(params.text("since")), names.len())?;
    let is_once = params.text("once") == Some("true");
    take(&ReadQuota { addresses, from }, &headers, &names).await?;
    let show = params.text("show") == Some("true");
    let format = format(params.text("format"))?;
    let mut listener = realtime.listen(&headers).await?;
    let (mut begun, mut at, mut refused) = (Vec::new(), Vec::new(), None);
    for (id, (name, since)) in (1..).zip(names.iter().zip(since)) {
        match listener.subscribe(id, name, since, show).await {
            Ok((channel, recovered)) => {
                at.push((Some(channel.clone()), since));
                begun.push(Event::Subscribed {
                    id,
                    channel,
                    recovered,
                });
            }
            Err(error) => {
                at.push((None, since));
                begun.push(Event::Error {
                    id: Some(id),
                    code: error.code().to_owned(),
                    message: error.to_string(),
                });
                refused = refused.or(Some(error));
            }
        }
    }
    if let Some(error) = refused.filter(|_| at.iter().all(|(channel, _)| channel.is_none())) {
        return Err(error.into());
    }
    let following = Following {
        at,
        listener,
        permit,
        format,
    };
    if is_once {
        let (news, permit) = following.at_once(&begun);
        let taken = news.into_iter().map(move |event| {
            // Hold the permit until the client has taken all events.
            let _ = &permit;
            Ok::<_, Infallible>(event)
        });
        return Ok(Sse::new(stream::iter(taken)).into_response());
    }
    let (events, taken) = mpsc::channel(1);
    tokio::spawn(following.send(realtime, begun, events));
    let taken = stream::unfold(taken, async |mut taken| {
        let event = taken.recv().await?;
        Some((Ok::<_, Infallible>(event), taken))
    });
    let kept = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(Sse::new(taken).keep_alive(kept).into_response())
}

/// The changes of a channel since a position, or its full state.
#[utoipa::path(
    get,
    path = "/boards/{slug}/events/missed",
    operation_id = "get_missed_events",
    tag = "events",
    params(BoardPath, MissedOf),
    responses(
        (status = 200, description = "The changes, or the state.", body = Missed),
        Refusals<(Private, OfBoard, Connection)>,
    ),
    security(
        (), ("api_token" = []), ("api_key" = ["read"]), ("session" = []), ("player_token" = [])
    ),
)]
pub(crate) async fn missed(
    State(realtime): State<Arc<Realtime>>,
    State(addresses): State<Arc<Addresses>>,
    PathOf(slug): PathOf<String>,
    Extension(from): Extension<ClientAddress>,
    params: Params,
    headers: HeaderMap,
) -> Result<Json<Missed>, Problem> {
    let _permit = realtime.enter(from)?;
    let channel = params.text("channel").unwrap_or_default();
    let slug = Slug::new(&slug)?;
    let names = names(channel, |name| of_board(&slug, name))?;
    let [name] = &names[..] else {
        return Err(InvalidValue::new("channel", channel, "must name one channel").into());
    };
    take(&ReadQuota { addresses, from }, &headers, &names).await?;
    let since = params
        .text("since")
        .unwrap_or_default()
        .parse::<Position>()?;
    let mut listener = realtime.listen(&headers).await?;
    let (channel, recovered) = listener.subscribe(0, name, Some(since), false).await?;
    let frames = std::iter::from_fn(|| listener.next(Slot(0)));
    let events = frames.map(|frame| frame.event().clone()).collect();
    Ok(Json(Missed {
        channel,
        recovered,
        events,
    }))
}

/// Takes the channels' reads from the quota of the address. They include the lookup of a session.
async fn take(quota: &ReadQuota, headers: &HeaderMap, names: &[String]) -> Result<(), Problem> {
    let channels = cost::of_channels(names.iter().map(String::as_str));
    let pages = channels.max(cost::of_listener(headers));
    let taken = quota.take_pages(pages).await;
    taken.map_err(|limited| Problem::limited(&limited))
}

/// A stream: for each channel, the position that the client has reached. A refused channel is
/// `None`.
struct Following {
    at: Vec<(Option<Channel>, Option<Position>)>,
    listener: Listener,
    permit: ConnectionPermit,
    format: Format,
}

impl Following {
    /// All available events, without waiting for more. Also returns the connection's permit.
    fn at_once(mut self, begun: &[Event]) -> (Vec<SseEvent>, ConnectionPermit) {
        let mut news: Vec<SseEvent> = begun.iter().map(|event| self.event(event)).collect();
        let slots = u8::try_from(self.at.len()).unwrap_or(u8::MAX);
        for slot in (0..slots).map(Slot) {
            while let Some(frame) = self.listener.next(slot) {
                news.push(self.frame(&frame));
            }
        }
        (news, self.permit)
    }

    /// Sends until the client disconnects or is too slow, or the server stops.
    async fn send(
        mut self,
        realtime: Arc<Realtime>,
        begun: Vec<Event>,
        events: mpsc::Sender<SseEvent>,
    ) {
        metrics::gauge!("leaderport_streams").increment(1);
        let Err(why) = self.follow(&realtime, begun, &events).await;
        metrics::gauge!("leaderport_streams").decrement(1);
        if let Some(why) = why {
            metrics::counter!("leaderport_closes_total", "why" => why).increment(1);
        }
        drop(self.permit);
    }

    /// Sends events until the stream ends. The error is the reason for the end, if this node ends
    /// it.
    async fn follow(
        &mut self,
        realtime: &Realtime,
        begun: Vec<Event>,
        events: &mpsc::Sender<SseEvent>,
    ) -> Result<Infallible, Why> {
        let slow = realtime.limits.slow;
        // Random, so that browsers that were disconnected together do not reconnect together.
        let retry = RETRY.mul_f64(0.5 + 0.5 * rand::Rng::random::<f64>(&mut rand::rng()));
        let mut news = vec![SseEvent::default().retry(retry).comment("LeaderPort")];
        news.extend(begun.iter().map(|event| self.event(event)));
        let mut stopped = realtime.stopped.clone();
        let inbox = self.listener.inbox.clone();
        loop {
            send(events, std::mem::take(&mut news), slow).await?;
            let marks = tokio::select! {
                marks = inbox.marked() => marks,
                () = events.closed() => return Err(None),
                () = has_stopped(&mut stopped) => {
                    tokio::time::sleep(realtime.drain_delay()).await;
                    return Err(None);
                }
            };
            // The client of a stream sends nothing, so sent events count as its activity.
            inbox.record_activity();
            if marks.is_look() {
                for event in self.listener.look().await {
                    self.moved(&event);
                    news.push(self.event(&event));
                }
            }
            for slot in marks.slots() {
                while let Some(frame) = self.listener.next(slot) {
                    news.push(self.frame(&frame));
                }
            }
        }
    }

    /// Records that a channel of the request goes on in another season.
    fn moved(&mut self, event: &Event) {
        let Event::Subscribed { id, channel, .. } = event else {
            return;
        };
        let place = usize::try_from(*id).ok().and_then(|id| id.checked_sub(1));
        if let Some(at) = place.and_then(|place| self.at.get_mut(place)) {
            *at = (Some(channel.clone()), None);
        }
    }

    /// Encodes a frame as an event, and records the client's position after it.
    fn frame(&mut self, frame: &Frame) -> SseEvent {
        if let Event::State {
            channel, position, ..
        }
        | Event::Change {
            channel, position, ..
        } = frame.event()
        {
            let of = self
                .at
                .iter_mut()
                .filter(|(of, _)| of.as_ref() == Some(channel));
            of.for_each(|(_, at)| *at = Some(*position));
        }
        let (data, size) = match self.format {
            Format::Json => (
                SseEvent::default().data(frame.json().as_str()),
                frame.json().len(),
            ),
            Format::Binary => {
                let text = STANDARD_NO_PAD.encode(frame.binary());
                (SseEvent::default().data(&text), text.len())
            }
        };
        frame.was_sent(size);
        self.with_id(data)
    }

    fn event(&self, event: &Event) -> SseEvent {
        let data = match self.format {
            Format::Json => serde_json::to_string(event).expect("all keys are strings"),
            Format::Binary => binary::write_text(event),
        };
        self.with_id(SseEvent::default().data(data))
    }

    fn with_id(&self, event: SseEvent) -> SseEvent {
        let at = self.at.iter().map(|(_, position)| match position {
            Some(position) => position.to_string(),
            None => "-".to_owned(),
        });
        event.id(at.collect::<Vec<_>>().join(","))
    }
}

/// Reason why this node ends a stream; `None` if the client disconnected or the node stops.
type Why = Option<&'static str>;

/// Sends events. The client must take each of them in time.
async fn send(
    to: &mpsc::Sender<SseEvent>,
    events: Vec<SseEvent>,
    slow: Duration,
) -> Result<(), Why> {
    for event in events {
        let sent = in_time(slow, to.send(event)).await;
        sent.ok_or(Some("slow"))?.map_err(|_| None)?;
    }
    Ok(())
}

/// The requested format; JSON by default.
fn format(name: Option<&str>) -> Result<Format, InvalidValue> {
    match name {
        None | Some("json") => Ok(Format::Json),
        Some("binary") => Ok(Format::Binary),
        Some(other) => Err(InvalidValue::new("format", other, "must be json or binary")),
    }
}

/// Full names of the channels.
fn names(
    channels: &str,
    full: impl Fn(&str) -> Result<String, InvalidValue>,
) -> Result<Vec<String>, InvalidValue> {
    let named = |reason| InvalidValue::new("channels", channels, reason);
    let names: Vec<&str> = channels.split(',').map(str::trim).collect();
    if names.len() > MAX_SUBSCRIPTIONS {
        return Err(named(format!("must be at most {MAX_SUBSCRIPTIONS}")));
    }
    if names.contains(&"") {
        return Err(named("must be channels, separated by commas".to_owned()));
    }
    names.into_iter().map(full).collect()
}

/// The full name of a channel, from its name without the board.
fn of_board(slug: &Slug, name: &str) -> Result<String, InvalidValue> {
    match name.split_once(':') {
        Some((kind @ ("page" | "me" | "feed"), rest)) => Ok(format!("{kind}:{slug}:{rest}")),
        None if matches!(name, "presence" | "board") => Ok(format!("{name}:{slug}")),
        // `ops` is a channel of the responding node, not of a board.
        None if name == "ops" => Ok("ops".to_owned()),
        _ => {
            let reason = "must be some of page:SEASON:NUMBER, me:SEASON, feed:SEASON, \
                          presence, board and ops, separated by commas";
            Err(InvalidValue::new("channels", name, reason))
        }
    }
}

/// The positions in the `id` of an event; all absent without an id.
fn positions(id: Option<&str>, channels: usize) -> Result<Vec<Option<Position>>, InvalidValue> {
    let Some(id) = id.filter(|id| !id.is_empty()) else {
        return Ok(vec![None; channels]);
    };
    let read = |text: &str| match text {
        "-" => Ok(None),
        text => text.parse().map(Some),
    };
    let positions = id
        .split(',')
        .map(read)
        .collect::<Result<Vec<_>, InvalidValue>>()?;
    if positions.len() != channels {
        let reason = format!("must have a position for each of the {channels} channels");
        return Err(InvalidValue::new("since", id, reason));
    }
    Ok(positions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_named_without_the_board() {
        let atp = Slug::new("atp").unwrap();
        let names = |channels| names(channels, |name| of_board(&atp, name));
        let named = names("page:weekly:1,presence, feed:2026,ops").unwrap();
        assert_eq!(
            named,
            ["page:atp:weekly:1", "presence:atp", "feed:atp:2026", "ops"]
        );
        for bad in ["", "page", "presence:atp", "board,", "me"] {
            assert!(names(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn event_id_has_a_position_for_each_channel() {
        let position = "00000000000000ff.7";
        let id = format!("{position},-");
        let read = positions(Some(&id), 2).unwrap();
        assert_eq!(
            read.iter().map(Option::is_some).collect::<Vec<_>>(),
            [true, false]
        );
        assert_eq!(read[0].unwrap().to_string(), position);
        assert_eq!(positions(None, 3).unwrap(), [None; 3]);
        for bad in ["1", "x.1", "ff.-1", "ff.1,ff.1,ff.1"] {
            assert!(positions(Some(bad), 2).is_err(), "{bad}");
        }
    }
}
