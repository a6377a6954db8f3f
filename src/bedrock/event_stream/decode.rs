use super::error::{DecodeError, DecodeErrorKind};
use super::{FRAME_BYTES, Frame, HeaderValue, MAX_HEADERS, MAX_PAYLOAD};

/// A frame as it was found in a stream, with the verdicts on its checksums.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
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
