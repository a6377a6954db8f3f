use std::fmt;

use super::{MAX_HEADERS, MAX_PAYLOAD};

/// Why a stream could not be decoded further.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeError {
    /// The offset in the stream, in bytes.
    pub offset: u64,
    pub kind: DecodeErrorKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The stream ends inside a frame that lacks this many bytes.
    Truncated {
        missing: usize,
    },
    /// The frame's lengths contradict each other or the limits.
    Lengths {
        total: u32,
        headers: u32,
    },
    PreludeChecksum {
        stored: u32,
        computed: u32,
    },
    MessageChecksum {
        stored: u32,
        computed: u32,
    },
    /// A header runs beyond the header block.
    HeaderLength,
    /// A header of an unknown type.
    HeaderType(u8),
    /// A header name or string that is not UTF-8.
    HeaderText,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: ", self.offset)?;
        match &self.kind {
            DecodeErrorKind::Truncated { missing } => {
                write!(f, "the stream ends inside a frame; {missing} more bytes were expected")
            }
            DecodeErrorKind::Lengths { total, headers } => write!(
                f,
                "a frame of {total} bytes cannot have {headers} bytes of headers; expected at least 16 bytes more than the headers, at most {MAX_HEADERS} of headers and {MAX_PAYLOAD} of payload"
            ),
            DecodeErrorKind::PreludeChecksum { stored, computed } => {
                write!(f, "the checksum of the frame's lengths is {stored:08x}, computed {computed:08x}")
            }
            DecodeErrorKind::MessageChecksum { stored, computed } => {
                write!(f, "the checksum of the frame is {stored:08x}, computed {computed:08x}")
            }
            DecodeErrorKind::HeaderLength => f.write_str("a header runs beyond the frame's headers"),
            DecodeErrorKind::HeaderType(kind) => write!(f, "a header has the type {kind}; the types are 0 to 9"),
            DecodeErrorKind::HeaderText => f.write_str("a header's name or text is not UTF-8"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Why a frame cannot be encoded: a name, a value, the headers or the payload are too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeError(pub String);

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for EncodeError {}
