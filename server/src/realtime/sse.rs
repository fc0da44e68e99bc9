//! The same channels as Server-Sent Events, where WebSockets are blocked, and what a
//! client missed as one answer.
//!
//! Each event's `data` is the JSON frame that a WebSocket would carry. Its `id` says
//! how far the client is then: the position of each channel, in the order of the
//! request, separated by commas; `-` of one that has shown nothing. Browsers send the
//! last one back as `Last-Event-ID` when they reconnect.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::{Extension, Json};
use futures::stream::{self, StreamExt};
use leaderport::protocol::{Channel, Event, MAX_SUBSCRIPTIONS};
use leaderport::{InvalidValue, Position, Slug};
use serde::Serialize;

use super::inbox::Slot;
use super::listener::Listener;
use super::{Realtime, Room};
use crate::address::ClientAddress;
use crate::problem::Problem;
use crate::rest::extract::{Params, PathOf};
use crate::run::has_stopped;

/// Something is sent at least this often, so that nobody between ends the stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The answer to it.
#[derive(Serialize)]
pub(crate) struct Missed {
    channel: Channel,
    recovered: bool,
    events: Vec<Event>,
}

/// A stream of a board's channels: of `channels`, names without the board, separated
/// by commas, from `since`, an event's `id`; the header `Last-Event-ID` comes before it.
pub(crate) async fn events(
    State(realtime): State<Arc<Realtime>>,
    PathOf(slug): PathOf<String>,
    Extension(from): Extension<ClientAddress>,
    params: Params,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let room = realtime.enter(from)?;
    let names = names(&slug, params.text("channels").unwrap_or_default())?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let since = positions(last.or(params.text("since")), names.len())?;
    let mut listener = Listener::new(&realtime, &headers).await?;
    let mut begun = Vec::with_capacity(names.len());
    for (id, (name, since)) in (1..).zip(names.iter().zip(&since)) {
        let (channel, recovered) = listener.subscribe(name, *since, None).await?;
        begun.push(Event::Subscribed {
            id,
            channel,
            recovered,
        });
    }
    metrics::gauge!("leaderport_streams").increment(1);
    let channels = begun.iter().filter_map(|event| match event {
        Event::Subscribed { channel, .. } => Some(channel.clone()),
        _ => None,
    });
    let following = Following {
        at: channels.zip(since).collect(),
        listener,
        _room: room,
    };
    let first = begun
        .iter()
        .map(|event| following.event(event))
        .collect::<Vec<_>>();
    let news = stream::unfold(
        (following, realtime),
        |(mut following, realtime)| async move {
            let events = following.next(&realtime).await?;
            Some((stream::iter(events), (following, realtime)))
        },
    );
    let news = news.flatten();
    let all = stream::iter(first).chain(news).map(Ok::<_, Infallible>);
    Ok(Sse::new(all).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// What became of a channel's state since a position, or the state: of `channel`, a
/// name without the board, `since` `EPOCH.OFFSET`.
pub(crate) async fn missed(
    State(realtime): State<Arc<Realtime>>,
    PathOf(slug): PathOf<String>,
    Extension(from): Extension<ClientAddress>,
    params: Params,
    headers: HeaderMap,
) -> Result<Json<Missed>, Problem> {
    let _room = realtime.enter(from)?;
    let channel = params.text("channel").unwrap_or_default();
    let names = names(&slug, channel)?;
    let [name] = &names[..] else {
        return Err(InvalidValue::new("channel", channel, "must name one channel").into());
    };
    let since = params
        .text("since")
        .unwrap_or_default()
        .parse::<Position>()?;
    let mut listener = Listener::new(&realtime, &headers).await?;
    let (channel, recovered) = listener.subscribe(name, Some(since), None).await?;
    let frames = std::iter::from_fn(|| listener.next(Slot(0)));
    let events = frames.map(|frame| frame.event().clone()).collect();
    Ok(Json(Missed {
        channel,
        recovered,
        events,
    }))
}

/// A stream and how far its client is.
struct Following {
    at: Vec<(Channel, Option<Position>)>,
    listener: Listener,
    _room: Room,
}

impl Following {
    fn event(&self, event: &Event) -> SseEvent {
        let json = serde_json::to_string(event).expect("all keys are strings");
        self.with_id(SseEvent::default().data(json))
    }

    /// What is new; none when the stream ends.
    async fn next(&mut self, realtime: &Realtime) -> Option<Vec<SseEvent>> {
        let mut stopped = realtime.stopped.clone();
        let inbox = self.listener.inbox.clone();
        let marks = tokio::select! {
            marks = inbox.marked() => marks,
            () = has_stopped(&mut stopped) => return None,
        };
        // Nothing comes from such a client: it is there while its connection is.
        inbox.hear();
        let mut events = Vec::new();
        if marks.is_look() {
            for event in self.listener.look().await {
                events.push(self.event(&event));
            }
        }
        for slot in marks.slots() {
            // The rest of the state comes when this was taken.
            while let Some(frame) = self.listener.next(slot) {
                if let Event::State {
                    channel, position, ..
                }
                | Event::Change {
                    channel, position, ..
                } = frame.event()
                    && let Some(at) = self.at.iter_mut().find(|(of, _)| of == channel)
                {
                    at.1 = Some(*position);
                }
                metrics::counter!("leaderport_frames_total").increment(1);
                metrics::counter!("leaderport_bytes_total").increment(frame.json().len() as u64);
                if let Some(heard) = frame.heard() {
                    metrics::histogram!("leaderport_delivery_seconds").record(heard.elapsed());
                }
                let event = SseEvent::default().data(frame.json().as_str());
                events.push(self.with_id(event));
            }
        }
        Some(events)
    }

    fn with_id(&self, event: SseEvent) -> SseEvent {
        let at = self.at.iter().map(|(_, position)| match position {
            Some(position) => position.to_string(),
            None => "-".to_owned(),
        });
        event.id(at.collect::<Vec<_>>().join(","))
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        metrics::gauge!("leaderport_streams").decrement(1);
    }
}

/// The channels' full names.
fn names(slug: &str, channels: &str) -> Result<Vec<String>, InvalidValue> {
    let slug = Slug::new(slug)?;
    let refused = |reason: String| InvalidValue::new("channels", channels, reason);
    let names: Vec<&str> = channels.split(',').map(str::trim).collect();
    if names.len() > MAX_SUBSCRIPTIONS {
        return Err(refused(format!("must be at most {MAX_SUBSCRIPTIONS}")));
    }
    let full = |name: &&str| match name.split_once(':') {
        Some((kind @ ("page" | "me" | "feed"), rest)) => Ok(format!("{kind}:{slug}:{rest}")),
        None if matches!(*name, "presence" | "board") => Ok(format!("{name}:{slug}")),
        _ => {
            let reason = "must be some of page:SEASON:NUMBER, me:SEASON, feed:SEASON, presence \
                          and board, separated by commas";
            Err(refused(reason.to_owned()))
        }
    };
    names.iter().map(full).collect()
}

/// The positions of an event's `id`; none of each where there is no id.
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
        let named = names("atp", "page:weekly:1,presence, feed:2026").unwrap();
        assert_eq!(
            named,
            ["page:atp:weekly:1", "presence:atp", "feed:atp:2026"]
        );
        for bad in ["", "ops", "page", "presence:atp", "board,", "me"] {
            assert!(names("atp", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_id_has_a_position_for_each_channel() {
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
