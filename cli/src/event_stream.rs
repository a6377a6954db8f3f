use std::io::{Read, Write};

use clap::Subcommand;
use data_encoding::{BASE64, HEXLOWER};
use rehearsal::bedrock::event_stream::{Decoded, Decoder, Frame, HeaderValue};
use serde_json::{Value, json};

use super::Failure;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Binary frames to JSON lines: headers, payload, checksum verdicts.
    Decode {
        /// The file; `-` is standard input.
        file: String,
    },
    /// JSON lines back to binary frames, byte for byte.
    Encode {
        /// The file; `-` is standard input.
        file: String,
    },
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    match arguments.command {
        Command::Decode { file } => decode(&file),
        Command::Encode { file } => encode(&file),
    }
}

/// Decodes as it reads, so that a stream of any length fits.
fn decode(file: &str) -> Result<String, Failure> {
    let mut input = super::input::open(file)?;
    let mut out = std::io::stdout().lock();
    let mut decoder = Decoder::new();
    let mut buffer = vec![0; 1 << 16];
    let mut wrong = None;
    let fail = |error: std::io::Error| Failure::input(format!("{file}: {error}"));
    loop {
        let count = input.read(&mut buffer).map_err(fail)?;
        decoder.push(&buffer[..count]);
        loop {
            match decoder.next_lenient() {
                Ok(Some(decoded)) => {
                    if !(decoded.prelude_crc_ok && decoded.message_crc_ok) {
                        wrong.get_or_insert(format!("at byte {}: a checksum is wrong", decoded.offset));
                    }
                    writeln!(out, "{}", line_of(&decoded)).map_err(fail)?;
                }
                Ok(None) => break,
                Err(error) => return Err(Failure::input(format!("{file}: {error}"))),
            }
        }
        if count == 0 {
            break;
        }
    }
    decoder.finish().map_err(|error| Failure::input(format!("{file}: {error}")))?;
    match wrong {
        None => Ok(String::new()),
        Some(wrong) => Err(Failure::input(format!("{file}: {wrong}"))),
    }
}

/// A frame as a line. A checksum that is wrong is written out, so that encoding gives it back.
fn line_of(decoded: &Decoded) -> Value {
    let headers: Vec<Value> = decoded
        .frame
        .headers
        .iter()
        .map(|(name, value)| json!([name, value.type_name(), header_json(value)]))
        .collect();
    let mut line = json!({
        "headers": headers,
        "payload_b64": BASE64.encode(&decoded.frame.payload),
        "prelude_crc_ok": decoded.prelude_crc_ok,
        "message_crc_ok": decoded.message_crc_ok,
    });
    if !decoded.prelude_crc_ok {
        line["prelude_crc"] = json!(decoded.prelude_crc);
    }
    if !decoded.message_crc_ok || !decoded.prelude_crc_ok {
        line["message_crc"] = json!(decoded.message_crc);
    }
    line
}

fn header_json(value: &HeaderValue) -> Value {
    match value {
        HeaderValue::Bool(value) => json!(value),
        HeaderValue::Byte(value) => json!(value),
        HeaderValue::Short(value) => json!(value),
        HeaderValue::Integer(value) => json!(value),
        HeaderValue::Long(value) | HeaderValue::Timestamp(value) => json!(value),
        HeaderValue::Bytes(bytes) => json!(BASE64.encode(bytes)),
        HeaderValue::String(text) => json!(text),
        HeaderValue::Uuid(bytes) => json!(HEXLOWER.encode(bytes)),
    }
}

fn encode(file: &str) -> Result<String, Failure> {
    use std::io::BufRead;
    let input = std::io::BufReader::new(super::input::open(file)?);
    let mut out = std::io::stdout().lock();
    for (index, line) in input.lines().enumerate() {
        let fail = |what: String| Failure::input(format!("{file}:{}: {what}", index + 1));
        // UTF-16 is named; its lines are no text.
        let line = line.map_err(|error| fail(format!("{error}; save it as UTF-8")))?;
        let line = rehearsal::document::without_mark(&line);
        if line.contains('\0') {
            return Err(fail("this is UTF-16; save it as UTF-8".to_string()));
        }
        if line.trim().is_empty() {
            continue;
        }
        let value: Value =
            rehearsal::document::bounded(line.as_bytes()).map_err(|error| fail(format!("not JSON: {error}")))?;
        let bytes = frame_bytes(&value).map_err(fail)?;
        out.write_all(&bytes).map_err(|error| fail(error.to_string()))?;
    }
    out.flush().map_err(|error| Failure::input(format!("standard output: {error}")))?;
    Ok(String::new())
}

fn frame_bytes(value: &Value) -> Result<Vec<u8>, String> {
    let headers = value["headers"].as_array().ok_or("expected `headers`, a list of [name, type, value]")?;
    let headers: Result<Vec<_>, String> =
        headers.iter().enumerate().map(|(index, header)| read_header(index, header)).collect();
    let payload = value["payload_b64"].as_str().ok_or("expected `payload_b64`, the payload in base64")?;
    let payload = BASE64.decode(payload.as_bytes()).map_err(|error| format!("payload_b64: {error}"))?;
    let mut bytes = Frame { headers: headers?, payload }.encode().map_err(|error| error.to_string())?;
    let stored = |name: &str| value[name].as_u64().map(|crc| (crc as u32).to_be_bytes());
    if let Some(crc) = stored("prelude_crc") {
        bytes[8..12].copy_from_slice(&crc);
    }
    if let Some(crc) = stored("message_crc") {
        let end = bytes.len() - 4;
        bytes[end..].copy_from_slice(&crc);
    }
    Ok(bytes)
}

fn read_header(index: usize, header: &Value) -> Result<(String, HeaderValue), String> {
    let wrong = |expected: &str| format!("headers[{index}]: expected {expected}");
    let name = header[0].as_str().ok_or_else(|| wrong("[name, type, value]"))?;
    let kind = header[1].as_str().ok_or_else(|| wrong("a type in quotes"))?;
    let value = &header[2];
    let whole = || value.as_i64().ok_or_else(|| wrong("a whole number"));
    let text = || value.as_str().ok_or_else(|| wrong("text"));
    let fits = || wrong(&format!("a number that fits the type {kind}"));
    let value = match kind {
        "true" => HeaderValue::Bool(true),
        "false" => HeaderValue::Bool(false),
        "byte" => HeaderValue::Byte(whole()?.try_into().map_err(|_| fits())?),
        "short" => HeaderValue::Short(whole()?.try_into().map_err(|_| fits())?),
        "integer" => HeaderValue::Integer(whole()?.try_into().map_err(|_| fits())?),
        "long" => HeaderValue::Long(whole()?),
        "timestamp" => HeaderValue::Timestamp(whole()?),
        "bytes" => HeaderValue::Bytes(BASE64.decode(text()?.as_bytes()).map_err(|_| wrong("base64"))?),
        "string" => HeaderValue::String(text()?.to_string()),
        "uuid" => {
            let bytes = HEXLOWER.decode(text()?.replace('-', "").as_bytes()).ok();
            HeaderValue::Uuid(
                bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| wrong("32 hexadecimal digits"))?,
            )
        }
        _ => {
            return Err(wrong(
                "one of the types true, false, byte, short, integer, long, bytes, string, timestamp, uuid",
            ));
        }
    };
    Ok((name.to_string(), value))
}
