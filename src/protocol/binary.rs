//! The binary format by itself: what reads and writes no other carries no code of others.

use base64ct::{Base64Unpadded, Encoding};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Unreadable;

/// Writes a frame.
pub fn write(value: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(value).expect("all lengths are known")
}

/// Reads a frame, from all of the bytes.
///
/// # Errors
/// When they are none.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unreadable> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(Unreadable(format!("{} bytes too many", rest.len()))),
        Err(error) => Err(Unreadable(error.to_string())),
    }
}

/// A frame as text (base64 without padding), where no bytes can be: in a document, in an
/// event stream, in a browser's storage.
pub fn write_text(value: &impl Serialize) -> String {
    Base64Unpadded::encode_string(&write(value))
}

/// Reads such a text.
///
/// # Errors
/// When it is none.
pub fn read_text<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    let bytes = Base64Unpadded::decode_vec(text);
    read(&bytes.map_err(|e| Unreadable(e.to_string()))?)
}
