//! Channel names and positions, as they appear in commands and URLs.
#![no_main]

use leaderport::Position;
use leaderport::protocol::{Channel, ChannelName};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(ChannelName::Of(channel)) = text.parse() {
        assert_eq!(Channel::try_from(channel.to_string()), Ok(channel));
    }
    if let Ok(position) = text.parse::<Position>() {
        assert_eq!(position.to_string().parse(), Ok(position));
    }
});
