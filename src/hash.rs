//! What a prompt is found by.

use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::document::python::json_dumps;

/// The hash that a fixture of one prompt is found by: the first 16 hexadecimal digits of the
/// SHA-256 of its UTF-8.
///
/// ```
/// assert_eq!(rehearsal::hash::prompt_hash("hello"), "2cf24dba5fb0a30e");
/// ```
pub fn prompt_hash(prompt: &str) -> String {
    hex16(prompt.as_bytes())
}

/// The hash of a whole conversation, compatible with the original: over Python's
/// `json.dumps(messages, sort_keys=True)`.
pub fn messages_hash(messages: &Value) -> String {
    hex16(json_dumps(messages, true).as_bytes())
}

/// The first 16 hexadecimal digits of the SHA-256 of bytes.
pub(crate) fn hex16(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes)[..8])
}
