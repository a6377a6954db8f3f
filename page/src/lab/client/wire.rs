//! What went over the wire: the HTTP exchange and its frames.

use rehearsal::bedrock::event_stream::{Frame, decode_all};
use rehearsal::bedrock::{Body, Headers};
use rehearsal::doors::data_events;
use rehearsal::words::Word;
use serde_json::Value;
use yew::prelude::*;

use super::answer::Exchange;
use crate::speech::Speech;

/// The request and the response, a stream's frames aside.
pub(super) fn http_exchange(exchange: &Exchange) -> Html {
    let request = &exchange.request;
    html! { <>{ http(&format!("POST {}", request.path), &request.headers, &request.body) }{ response(exchange) }</> }
}

fn http(first: &str, headers: &Headers, body: &[u8]) -> Html {
    let headers: String = headers.0.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let body = match serde_json::from_slice::<Value>(body) {
        Ok(value) => serde_json::to_string_pretty(&value).unwrap_or_default(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    html! { <pre class="code" tabindex="0">{ format!("{first}\n{headers}\n{body}") }</pre> }
}

fn response(exchange: &Exchange) -> Html {
    let reply = &exchange.reply;
    let status = format!("HTTP/1.1 {}", reply.status);
    match &reply.body {
        Body::Whole(bytes) => http(&status, &reply.headers, bytes),
        Body::Stream(pieces, _) => {
            let note = format!("({} frames, {} bytes)", pieces.len(), reply.bytes().len());
            http(&status, &reply.headers, note.as_bytes())
        }
    }
}

/// Every frame, decoded and as bytes.
pub(super) fn frame_list(speech: &Speech, exchange: &Exchange) -> Html {
    let Body::Stream(pieces, _) = &exchange.reply.body else {
        return html! { <p class="finding">{ speech.word(Word::ui_no_frames) }</p> };
    };
    html! {
        <ol class="frames">
            for (index, piece) in pieces.iter().enumerate() {
                <li>
                    <details>
                        <summary>
                            <span class="n">{ format!("{} ms", speech.number(piece.at_ms)) }</span>
                            <code>{ part_name(exchange, index, &piece.bytes) }</code>
                            <span>{ format!("{} B", piece.bytes.len()) }</span>
                        </summary>
                        <pre class="code" tabindex="0">{ part_text(exchange, index, &piece.bytes) }</pre>
                        <pre class="code hex" tabindex="0">{ hex_dump(&piece.bytes) }</pre>
                    </details>
                </li>
            }
        </ol>
    }
}

/// What a part of a stream is called: a frame's event, or the type in a server-sent one.
fn part_name(exchange: &Exchange, index: usize, bytes: &[u8]) -> String {
    if !is_sse(exchange) {
        return frame_name(exchange.frames.get(index));
    }
    let (events, _) = data_events(&String::from_utf8_lossy(bytes));
    let named = events.first().and_then(|event| event["type"].as_str().or(event["object"].as_str()));
    named.map_or_else(|| String::from_utf8_lossy(bytes).trim().chars().take(20).collect(), str::to_string)
}

fn part_text(exchange: &Exchange, index: usize, bytes: &[u8]) -> String {
    if is_sse(exchange) { String::from_utf8_lossy(bytes).into_owned() } else { frame_text(exchange.frames.get(index)) }
}

pub(super) fn is_sse(exchange: &Exchange) -> bool {
    exchange.reply.headers.get("content-type").is_some_and(|kind| kind.starts_with("text/event-stream"))
}

/// All frames in bytes, decoded, one after the other.
pub(super) fn frame_texts(bytes: &[u8]) -> String {
    let frames = decode_all(bytes).unwrap_or_default();
    let texts: Vec<String> = frames.iter().map(|frame| frame_text(Some(frame))).collect();
    texts.join("\n\n")
}

fn frame_name(frame: Option<&Frame>) -> String {
    let name = frame
        .and_then(|frame| frame.text(":event-type").or(frame.text(":exception-type")).or(frame.text(":error-code")));
    name.unwrap_or("damaged").to_string()
}

fn frame_text(frame: Option<&Frame>) -> String {
    let Some(frame) = frame else { return String::new() };
    let events = rehearsal::doors::decode::chunk_events(std::slice::from_ref(frame));
    let payload = events.first().map_or_else(|| String::from_utf8_lossy(&frame.payload).into_owned(), Value::to_string);
    let headers: String =
        frame.headers.iter().map(|(name, _)| format!("{name}: {}\n", frame.text(name).unwrap_or_default())).collect();
    format!("{headers}\n{payload}")
}

/// Bytes in rows of sixteen: offset, hexadecimal, ASCII.
pub(super) fn hex_dump(bytes: &[u8]) -> String {
    let row = |(index, row): (usize, &[u8])| {
        let hex: String = row.iter().map(|byte| format!("{byte:02x} ")).collect();
        let ascii: String =
            row.iter().map(|byte| if (0x20..0x7F).contains(byte) { char::from(*byte) } else { '·' }).collect();
        format!("{:06x}  {hex:<48} {ascii}\n", index * 16)
    };
    bytes.chunks(16).enumerate().map(row).collect()
}
