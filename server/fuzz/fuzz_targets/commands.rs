//! Client commands: no bytes make the parser panic, and a parsed command survives a round trip
//! through each format.
#![no_main]

use leaderport::protocol::{ChannelName, Command, Format};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for format in Format::ALL {
        let Ok(command) = format.read_command(bytes) else {
            continue;
        };
        if let Command::Subscribe { channel, .. } = &command {
            let _ = channel.parse::<ChannelName>();
        }
        for other in Format::ALL {
            let written = other.write_command(&command);
            assert_eq!(other.read_command(&written), Ok(command.clone()));
        }
    }
});
