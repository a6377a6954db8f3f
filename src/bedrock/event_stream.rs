//! The frames of `application/vnd.amazon.eventstream`, both ways, to the byte.
//!
//! ```text
//! u32 total length | u32 headers length | u32 CRC of these 8 bytes | headers | payload | u32 CRC of all before
//! ```
//!
//! Big-endian; the checksums are CRC-32 (IEEE). A header is a length, a name, a type and a value.

use std::fmt;

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

/// A frame as it was found in a stream, with the verdicts on its checksums.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    pub frame: Frame,
    /// Where the frame begins in the stream.
    pub offset: u64,
    pub prelude_crc_ok: bool,
    pub message_crc_ok: bool,
    /// The checksums as they stand in the stream.
    pub prelude_crc: u32,
    pub message_crc: u32,
}

/// Why a stream could not be decoded further.
#[derive(Clone, Debug, PartialEq, Eq)]
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

impl Frame {
    /// The value of a string header.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|(n, value)| match value {
            HeaderValue::String(text) if n == name => Some(text.as_str()),
            _ => None,
        })
    }

    /// Appends the frame's bytes.
    ///
    /// # Errors
    /// When a part is longer than its length field or the limits allow; nothing is written then.
    pub fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        self.write(out).inspect_err(|_| out.truncate(start))
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        out.extend_from_slice(&[0; 12]);
        for (name, value) in &self.headers {
            write_header(out, name, value)?;
        }
        let headers = out.len() - start - 12;
        if headers > MAX_HEADERS || self.payload.len() > MAX_PAYLOAD {
            return Err(EncodeError(format!(
                "{headers} bytes of headers and {} of payload are more than the limits of {MAX_HEADERS} and {MAX_PAYLOAD}",
                self.payload.len()
            )));
        }
        out.extend_from_slice(&self.payload);
        let total = headers + self.payload.len() + FRAME_BYTES;
        out[start..start + 4].copy_from_slice(&(total as u32).to_be_bytes());
        out[start + 4..start + 8].copy_from_slice(&(headers as u32).to_be_bytes());
        let prelude = crc32fast::hash(&out[start..start + 8]);
        out[start + 8..start + 12].copy_from_slice(&prelude.to_be_bytes());
        let message = crc32fast::hash(&out[start..]);
        out.extend_from_slice(&message.to_be_bytes());
        Ok(())
    }

    /// The frame's bytes.
    ///
    /// # Errors
    /// See [`Frame::encode_into`].
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::with_capacity(self.payload.len() + 128);
        self.encode_into(&mut out)?;
        Ok(out)
    }
}

fn write_header(out: &mut Vec<u8>, name: &str, value: &HeaderValue) -> Result<(), EncodeError> {
    let name_len = u8::try_from(name.len()).ok().filter(|len| *len > 0);
    out.push(
        name_len
            .ok_or_else(|| EncodeError(format!("a header name has 1 to 255 bytes, `{name}` has {}", name.len())))?,
    );
    out.extend_from_slice(name.as_bytes());
    let sized = |out: &mut Vec<u8>, kind: u8, bytes: &[u8]| {
        let len = u16::try_from(bytes.len()).ok().filter(|len| *len <= i16::MAX as u16);
        let len = len
            .ok_or_else(|| EncodeError(format!("the header `{name}` has {} bytes; at most 32,767 fit", bytes.len())))?;
        out.push(kind);
        out.extend_from_slice(&len.to_be_bytes());
        out.extend_from_slice(bytes);
        Ok(())
    };
    let fixed = |out: &mut Vec<u8>, kind: u8, bytes: &[u8]| {
        out.push(kind);
        out.extend_from_slice(bytes);
        Ok(())
    };
    match value {
        HeaderValue::Bool(true) => fixed(out, 0, &[]),
        HeaderValue::Bool(false) => fixed(out, 1, &[]),
        HeaderValue::Byte(value) => fixed(out, 2, &value.to_be_bytes()),
        HeaderValue::Short(value) => fixed(out, 3, &value.to_be_bytes()),
        HeaderValue::Integer(value) => fixed(out, 4, &value.to_be_bytes()),
        HeaderValue::Long(value) => fixed(out, 5, &value.to_be_bytes()),
        HeaderValue::Bytes(bytes) => sized(out, 6, bytes),
        HeaderValue::String(text) => sized(out, 7, text.as_bytes()),
        HeaderValue::Timestamp(value) => fixed(out, 8, &value.to_be_bytes()),
        HeaderValue::Uuid(bytes) => fixed(out, 9, bytes),
    }
}

/// Decodes a stream that arrives in pieces of any size.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// Bytes of the buffer already decoded.
    start: usize,
    /// Offset of the buffer's first byte in the stream.
    base: u64,
}

impl Decoder {
    pub fn new() -> Self {
        Decoder::default()
    }

    /// Takes the next bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.base += self.start as u64;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame; `None` when more bytes are needed. A wrong checksum is an error.
    ///
    /// # Errors
    /// The first thing wrong with the stream; after it nothing further can be decoded.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, DecodeError> {
        let Some(decoded) = self.next_lenient()? else { return Ok(None) };
        let at = |kind| Err(DecodeError { offset: decoded.offset, kind });
        if !decoded.prelude_crc_ok {
            let begin = (decoded.offset - self.base) as usize;
            let computed = self.buffer.get(begin..begin + 8).map(crc32fast::hash).unwrap_or_default();
            return at(DecodeErrorKind::PreludeChecksum { stored: decoded.prelude_crc, computed });
        }
        if !decoded.message_crc_ok {
            let computed = self.computed_message_crc(&decoded);
            return at(DecodeErrorKind::MessageChecksum { stored: decoded.message_crc, computed });
        }
        Ok(Some(decoded.frame))
    }

    fn computed_message_crc(&self, decoded: &Decoded) -> u32 {
        let begin = (decoded.offset - self.base) as usize;
        self.buffer.get(begin..self.start - 4).map(crc32fast::hash).unwrap_or_default()
    }

    /// The next whole frame with the verdicts on its checksums. One of the two may be wrong: with
    /// both wrong, or with lengths that lead nowhere, no frame can be told from the next.
    ///
    /// # Errors
    /// As for [`Decoder::next_frame`], but for a single wrong checksum.
    pub fn next_lenient(&mut self) -> Result<Option<Decoded>, DecodeError> {
        let offset = self.base + self.start as u64;
        let at = |kind| DecodeError { offset, kind };
        let rest = &self.buffer[self.start..];
        let Some((prelude, _)) = rest.split_at_checked(12) else { return Ok(None) };
        let word = |bytes: &[u8], index: usize| {
            bytes.get(index..index + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_be_bytes)
        };
        let (total, headers, prelude_crc) = (word(prelude, 0), word(prelude, 4), word(prelude, 8));
        let computed = crc32fast::hash(&prelude[..8]);
        let prelude_crc_ok = computed == prelude_crc;
        let prelude_error = || at(DecodeErrorKind::PreludeChecksum { stored: prelude_crc, computed });
        let payload = (total as usize).checked_sub(headers as usize + FRAME_BYTES);
        let fits = headers as usize <= MAX_HEADERS && payload.is_some_and(|payload| payload <= MAX_PAYLOAD);
        if !fits {
            return Err(if prelude_crc_ok { at(DecodeErrorKind::Lengths { total, headers }) } else { prelude_error() });
        }
        let Some((bytes, _)) = rest.split_at_checked(total as usize) else {
            return if prelude_crc_ok { Ok(None) } else { Err(prelude_error()) };
        };
        let body = &bytes[..bytes.len() - 4];
        let message_crc = word(bytes, bytes.len() - 4);
        let message_crc_ok = crc32fast::hash(body) == message_crc;
        if !prelude_crc_ok && !message_crc_ok {
            return Err(prelude_error());
        }
        let (header_block, payload) = body[12..].split_at(headers as usize);
        let parsed = match read_headers(header_block) {
            Ok(headers) => headers,
            // What the checksum says is damaged is named by the checksum, not by what came of it.
            Err((_, kind)) if message_crc_ok => {
                return Err(at(kind));
            }
            Err(_) => {
                let computed = crc32fast::hash(body);
                return Err(at(DecodeErrorKind::MessageChecksum { stored: message_crc, computed }));
            }
        };
        let frame = Frame { headers: parsed, payload: payload.to_vec() };
        self.start += total as usize;
        Ok(Some(Decoded { frame, offset, prelude_crc_ok, message_crc_ok, prelude_crc, message_crc }))
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// When it ends inside a frame.
    pub fn finish(&self) -> Result<(), DecodeError> {
        let rest = self.buffer.len() - self.start;
        if rest == 0 {
            return Ok(());
        }
        let expected = match self.buffer[self.start..].first_chunk::<4>() {
            Some(total) => u32::from_be_bytes(*total) as usize,
            None => FRAME_BYTES,
        };
        let offset = self.base + self.start as u64;
        Err(DecodeError { offset, kind: DecodeErrorKind::Truncated { missing: expected.saturating_sub(rest).max(1) } })
    }
}

/// All frames of a whole stream.
///
/// # Errors
/// The first thing wrong with it.
pub fn decode_all(bytes: &[u8]) -> Result<Vec<Frame>, DecodeError> {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    let mut frames = Vec::new();
    while let Some(frame) = decoder.next_frame()? {
        frames.push(frame);
    }
    decoder.finish()?;
    Ok(frames)
}

/// The headers of a block, or where in it what is wrong.
fn read_headers(block: &[u8]) -> Result<Vec<(String, HeaderValue)>, (usize, DecodeErrorKind)> {
    let mut at = 0;
    let mut headers = Vec::with_capacity(3);
    while at < block.len() {
        let mut take = |count: usize| {
            let bytes = block.get(at..at + count).ok_or((at, DecodeErrorKind::HeaderLength))?;
            at += count;
            Ok(bytes)
        };
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| (0, DecodeErrorKind::HeaderText));
        let name_len = take(1)?[0] as usize;
        if name_len == 0 {
            return Err((at, DecodeErrorKind::HeaderLength));
        }
        let name = text(take(name_len)?)?;
        let kind = take(1)?[0];
        let value = match kind {
            0 => HeaderValue::Bool(true),
            1 => HeaderValue::Bool(false),
            2 => HeaderValue::Byte(i8::from_be_bytes(array(take(1)?))),
            3 => HeaderValue::Short(i16::from_be_bytes(array(take(2)?))),
            4 => HeaderValue::Integer(i32::from_be_bytes(array(take(4)?))),
            5 => HeaderValue::Long(i64::from_be_bytes(array(take(8)?))),
            6 | 7 => {
                let len = u16::from_be_bytes(array(take(2)?)) as usize;
                let bytes = take(len)?;
                if kind == 6 { HeaderValue::Bytes(bytes.to_vec()) } else { HeaderValue::String(text(bytes)?) }
            }
            8 => HeaderValue::Timestamp(i64::from_be_bytes(array(take(8)?))),
            9 => HeaderValue::Uuid(array(take(16)?)),
            other => return Err((at, DecodeErrorKind::HeaderType(other))),
        };
        headers.push((name, value));
    }
    Ok(headers)
}

/// A slice of known length as an array.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(bytes);
    array
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &[u8] = include_bytes!("../../tests/vectors/event_stream/valid_with_all_headers_and_payload");

    /// The valid and broken frames of aws-smithy-eventstream.
    #[test]
    fn valid_frames_round_trip_to_the_byte() {
        for bytes in [
            VALID,
            include_bytes!("../../tests/vectors/event_stream/valid_empty_payload").as_slice(),
            include_bytes!("../../tests/vectors/event_stream/valid_no_headers").as_slice(),
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
                    decode_all(include_bytes!(concat!("../../tests/vectors/event_stream/", $file))).unwrap_err();
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
