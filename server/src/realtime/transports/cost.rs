//! The cost of connections and subscriptions in the quota of reads, in pages of fifty rows.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use leaderport::protocol::{Channel, ChannelName};

/// The cost of a token: its player's account may have to be looked up.
pub(super) const TOKEN: u32 = 1;

/// The cost of subscriptions: one page for each channel that asks an engine. Presence does: each
/// arrival is reported to the broker, and a shown name is looked up. A channel with an invalid name
/// is refused without a read.
pub(super) fn of_channels<'a>(names: impl IntoIterator<Item = &'a str>) -> u32 {
    let reading = names.into_iter().filter(|name| asks_an_engine(name));
    u32::try_from(reading.count()).unwrap_or(u32::MAX)
}

fn asks_an_engine(name: &str) -> bool {
    match name.parse() {
        Ok(ChannelName::Of(channel) | ChannelName::Running(_, channel)) => match channel {
            Channel::Page(..) | Channel::Me(_) | Channel::Feed(_) | Channel::Presence(_) => true,
            Channel::Board(_) | Channel::Ops => false,
        },
        Err(_) => false,
    }
}

/// The cost of a listener: one page with cookies, because the lookup of a session is a query.
pub(super) fn of_listener(headers: &HeaderMap) -> u32 {
    u32::from(headers.contains_key(COOKIE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_that_ask_an_engine_cost_a_page_each() {
        for (names, expected) in [
            ("page:atp:all:1", 1),
            ("page:atp:weekly:1,me:atp:all,feed:atp:all", 3),
            ("page:atp:all:1,page:atp:all:1", 2),
            ("presence:atp", 1),
            ("board:atp,ops", 0),
            ("page:atp", 0),
            ("", 0),
        ] {
            assert_eq!(of_channels(names.split(',')), expected, "{names}");
        }
    }
}
