//! The binary format, in a module of its own: a client that uses only this format links no
//! JSON code.

use base64ct::{Base64Unpadded, Encoding};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Unreadable;

/// Encodes a frame.
pub fn write(value: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(value).expect("all lengths are known")
}

/// Decodes a frame. The frame must span all bytes.
///
/// # Errors
/// Refuses other bytes.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unreadable> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(Unreadable(format!("{} bytes too many", rest.len()))),
        Err(error) => Err(Unreadable(error.to_string())),
    }
}

/// Encodes a frame as text (base64 without padding), for documents, event streams and
/// browser storage.
pub fn write_text(value: &impl Serialize) -> String {
    Base64Unpadded::encode_string(&write(value))
}

/// Decodes a frame from its text form.
///
/// # Errors
/// Refuses other text.
pub fn read_text<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    let bytes = Base64Unpadded::decode_vec(text);
    read(&bytes.map_err(|e| Unreadable(e.to_string()))?)
}
