//! Server events in a client: no event makes the client panic, whatever came before.
#![no_main]

use leaderport::live::Client;
use leaderport::protocol::{Channel, Format};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut client = Client::default();
    let page = Channel::try_from("page:a:all:1".to_owned()).expect("a channel");
    client.watch(&page, None);
    client.opened();
    // Frames one after another, each after a byte with its length.
    let mut rest = bytes;
    while let [length, after @ ..] = rest {
        let (frame, next) = after.split_at(usize::from(*length).min(after.len()));
        rest = next;
        for format in Format::ALL {
            if let Ok(event) = format.read_event(frame) {
                let _ = format.write_event(&event);
                client.receive(event);
            }
        }
    }
});
