//! The frames of `application/vnd.amazon.eventstream`, both ways, to the byte.
//!
//! ```text
//! u32 total length | u32 headers length | u32 CRC of these 8 bytes | headers | payload | u32 CRC of all before
//! ```
//!
//! Big-endian; the checksums are CRC-32 (IEEE). A header is a length, a name, a type and a value.

mod decode;
mod encode;
mod error;

pub use decode::{Decoded, Decoder, decode_all};
pub use encode::encode_event;
pub use error::{DecodeError, DecodeErrorKind, EncodeError};

/// Bytes of a frame beside its headers and payload.
const FRAME_BYTES: usize = 16;
/// The largest header block and payload that clients accept.
pub const MAX_HEADERS: usize = 128 << 10;
pub const MAX_PAYLOAD: usize = 24 << 20;

/// One frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    pub headers: Vec<(String, HeaderValue)>,
    pub payload: Vec<u8>,
}

/// The value of a header.
#[derive(Clone, Debug, PartialEq)]
pub enum HeaderValue {
    Bool(bool),
    Byte(i8),
    Short(i16),
    Integer(i32),
    Long(i64),
    Bytes(Vec<u8>),
    String(String),
    /// Milliseconds since 1970.
    Timestamp(i64),
    Uuid([u8; 16]),
}

impl HeaderValue {
    /// The name of the value's type, as the command line writes it.
    pub fn type_name(&self) -> &'static str {
        match self {
            HeaderValue::Bool(true) => "true",
            HeaderValue::Bool(false) => "false",
            HeaderValue::Byte(_) => "byte",
            HeaderValue::Short(_) => "short",
            HeaderValue::Integer(_) => "integer",
            HeaderValue::Long(_) => "long",
            HeaderValue::Bytes(_) => "bytes",
            HeaderValue::String(_) => "string",
            HeaderValue::Timestamp(_) => "timestamp",
            HeaderValue::Uuid(_) => "uuid",
        }
    }
}

impl Frame {
    /// The value of a string header.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|(n, value)| match value {
            HeaderValue::String(text) if n == name => Some(text.as_str()),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &[u8] = include_bytes!("../../../tests/vectors/event_stream/valid_with_all_headers_and_payload");

    /// The valid and broken frames of aws-smithy-eventstream.
    #[test]
    fn valid_frames_round_trip_to_the_byte() {
        for bytes in [
            VALID,
            include_bytes!("../../../tests/vectors/event_stream/valid_empty_payload").as_slice(),
            include_bytes!("../../../tests/vectors/event_stream/valid_no_headers").as_slice(),
        ] {
            let frames = decode_all(bytes).unwrap();
            assert_eq!(frames.len(), 1);
            assert_eq!(frames[0].encode().unwrap(), bytes);
        }
        assert_eq!(decode_all(VALID).unwrap()[0].headers.len(), 10);
    }

    #[test]
    fn broken_frames_are_named() {
        macro_rules! check {
            ($file:literal, $kind:pat) => {
                let error =
                    decode_all(include_bytes!(concat!("../../../tests/vectors/event_stream/", $file))).unwrap_err();
                assert!(matches!(error.kind, $kind), "{}: {error:?}", $file);
            };
        }
        // In some of them the checksum is stale, too: it is the first thing that is wrong.
        check!("invalid_header_string_value_length", DecodeErrorKind::MessageChecksum { .. });
        check!(
            "invalid_header_string_length_cut_off",
            DecodeErrorKind::HeaderLength | DecodeErrorKind::MessageChecksum { .. }
        );
        check!("invalid_header_value_type", DecodeErrorKind::HeaderType(_) | DecodeErrorKind::MessageChecksum { .. });
        check!("invalid_header_name_length", DecodeErrorKind::HeaderLength | DecodeErrorKind::MessageChecksum { .. });
        check!("invalid_headers_length", DecodeErrorKind::Lengths { .. });
        check!("invalid_prelude_checksum", DecodeErrorKind::PreludeChecksum { .. });
        check!("invalid_message_checksum", DecodeErrorKind::MessageChecksum { .. });
        check!(
            "invalid_header_name_length_too_long",
            DecodeErrorKind::HeaderLength | DecodeErrorKind::MessageChecksum { .. }
        );
    }

    #[test]
    fn a_stream_may_come_byte_by_byte() {
        let mut stream = VALID.to_vec();
        stream.extend_from_slice(VALID);
        let mut decoder = Decoder::new();
        let mut frames = Vec::new();
        for byte in &stream {
            decoder.push(&[*byte]);
            while let Some(frame) = decoder.next_frame().unwrap() {
                frames.push(frame);
            }
        }
        decoder.finish().unwrap();
        assert_eq!(frames, decode_all(&stream).unwrap());
    }

    #[test]
    fn a_cut_is_found_at_every_byte() {
        for end in 1..VALID.len() {
            let error = decode_all(&VALID[..end]).unwrap_err();
            assert_eq!(error.offset, 0);
            assert!(matches!(error.kind, DecodeErrorKind::Truncated { missing } if missing >= 1), "{end}: {error}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_and_nothing_written() {
        let mut out = vec![1, 2, 3];
        for frame in [
            Frame { headers: vec![(String::new(), HeaderValue::Bool(true))], payload: Vec::new() },
            Frame { headers: vec![("n".repeat(256), HeaderValue::Bool(true))], payload: Vec::new() },
            Frame { headers: vec![("n".into(), HeaderValue::String("x".repeat(40_000)))], payload: Vec::new() },
            Frame { headers: Vec::new(), payload: vec![0; MAX_PAYLOAD + 1] },
        ] {
            assert!(frame.encode_into(&mut out).is_err());
            assert_eq!(out, [1, 2, 3]);
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    mod properties {
        use super::*;
        use proptest::collection::vec;
        use proptest::prelude::*;

        fn value() -> impl Strategy<Value = HeaderValue> {
            prop_oneof![
                any::<bool>().prop_map(HeaderValue::Bool),
                any::<i8>().prop_map(HeaderValue::Byte),
                any::<i16>().prop_map(HeaderValue::Short),
                any::<i32>().prop_map(HeaderValue::Integer),
                any::<i64>().prop_map(HeaderValue::Long),
                vec(any::<u8>(), 0..40).prop_map(HeaderValue::Bytes),
                "\\PC{0,20}".prop_map(HeaderValue::String),
                any::<i64>().prop_map(HeaderValue::Timestamp),
                any::<[u8; 16]>().prop_map(HeaderValue::Uuid),
            ]
        }

        proptest! {
            #[test]
            fn decode_after_encode_is_identity(headers in vec(("\\PC{1,30}", value()), 0..6), payload in vec(any::<u8>(), 0..200)) {
                let frame = Frame { headers, payload };
                let bytes = frame.encode().unwrap();
                prop_assert_eq!(decode_all(&bytes).unwrap(), vec![frame]);
            }

            #[test]
            fn noise_never_panics(bytes in vec(any::<u8>(), 0..200)) {
                let _ = decode_all(&bytes);
            }

            #[test]
            fn a_flipped_bit_is_always_found(at in 0..VALID.len(), bit in 0..8_u32) {
                let mut bytes = VALID.to_vec();
                bytes[at] ^= 1 << bit;
                prop_assert!(decode_all(&bytes).is_err());
            }
        }
    }
}
