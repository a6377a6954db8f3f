use super::error::EncodeError;
use super::{FRAME_BYTES, Frame, HeaderValue, MAX_HEADERS, MAX_PAYLOAD};

impl Frame {
    /// Appends the frame's bytes.
    ///
    /// # Errors
    /// When a part is longer than its length field or the limits allow; nothing is written then.
    pub fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        write_frame(out, &self.payload, |out| {
            self.headers.iter().try_for_each(|(name, value)| write_header(out, name, value))
        })
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

/// The bytes of an event's frame as the service sends it: three headers and a JSON payload.
///
/// # Errors
/// See [`Frame::encode_into`].
pub fn encode_event(name: &str, payload: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let headers = [(":event-type", name), (":content-type", "application/json"), (":message-type", "event")];
    let mut out = Vec::with_capacity(payload.len() + 128);
    write_frame(&mut out, payload, |out| headers.iter().try_for_each(|(name, text)| write_text(out, name, text)))?;
    Ok(out)
}

fn write_frame(
    out: &mut Vec<u8>,
    payload: &[u8],
    write_headers: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let start = out.len();
    out.extend_from_slice(&[0; 12]);
    let written = write_headers(out).and_then(|()| {
        let headers = out.len() - start - 12;
        let fits = headers <= MAX_HEADERS && payload.len() <= MAX_PAYLOAD;
        fits.then_some(headers).ok_or_else(|| EncodeError(format!(
            "{headers} bytes of headers and {} of payload are more than the limits of {MAX_HEADERS} and {MAX_PAYLOAD}",
            payload.len()
        )))
    });
    let headers = written.inspect_err(|_| out.truncate(start))?;
    out.extend_from_slice(payload);
    let total = headers + payload.len() + FRAME_BYTES;
    out[start..start + 4].copy_from_slice(&(total as u32).to_be_bytes());
    out[start + 4..start + 8].copy_from_slice(&(headers as u32).to_be_bytes());
    let prelude = crc32fast::hash(&out[start..start + 8]);
    out[start + 8..start + 12].copy_from_slice(&prelude.to_be_bytes());
    let message = crc32fast::hash(&out[start..]);
    out.extend_from_slice(&message.to_be_bytes());
    Ok(())
}

fn write_header(out: &mut Vec<u8>, name: &str, value: &HeaderValue) -> Result<(), EncodeError> {
    let mut fixed = |kind: u8, bytes: &[u8]| {
        write_name(out, name)?;
        out.push(kind);
        out.extend_from_slice(bytes);
        Ok(())
    };
    match value {
        HeaderValue::Bool(true) => fixed(0, &[]),
        HeaderValue::Bool(false) => fixed(1, &[]),
        HeaderValue::Byte(value) => fixed(2, &value.to_be_bytes()),
        HeaderValue::Short(value) => fixed(3, &value.to_be_bytes()),
        HeaderValue::Integer(value) => fixed(4, &value.to_be_bytes()),
        HeaderValue::Long(value) => fixed(5, &value.to_be_bytes()),
        HeaderValue::Timestamp(value) => fixed(8, &value.to_be_bytes()),
        HeaderValue::Uuid(bytes) => fixed(9, bytes),
        HeaderValue::Bytes(bytes) => write_sized(out, name, 6, bytes),
        HeaderValue::String(text) => write_text(out, name, text),
    }
}

fn write_text(out: &mut Vec<u8>, name: &str, text: &str) -> Result<(), EncodeError> {
    write_sized(out, name, 7, text.as_bytes())
}

fn write_sized(out: &mut Vec<u8>, name: &str, kind: u8, bytes: &[u8]) -> Result<(), EncodeError> {
    let len = u16::try_from(bytes.len()).ok().filter(|len| *len <= i16::MAX as u16);
    let len =
        len.ok_or_else(|| EncodeError(format!("the header `{name}` has {} bytes; at most 32,767 fit", bytes.len())))?;
    write_name(out, name)?;
    out.push(kind);
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

fn write_name(out: &mut Vec<u8>, name: &str) -> Result<(), EncodeError> {
    let len = u8::try_from(name.len()).ok().filter(|len| *len > 0);
    let len =
        len.ok_or_else(|| EncodeError(format!("a header name has 1 to 255 bytes, `{name}` has {}", name.len())))?;
    out.push(len);
    out.extend_from_slice(name.as_bytes());
    Ok(())
}
