//! A recording on its way out again.

use crate::bedrock::{Body, End, Piece, Reply};
use crate::fixture::Recording;

use super::latency::Pace;

/// A recording, byte for byte; its frames at their recorded times, or spread over the pace.
pub(super) fn replay(recording: &Recording, pace: Pace) -> Reply {
    let headers = recording.headers.clone();
    if !recording.operation.is_stream() || recording.status != 200 {
        return Reply {
            status: recording.status,
            headers,
            at_ms: pace.whole_ms,
            body: Body::Whole(recording.body.clone()),
        };
    }
    let mut rest = recording.body.as_slice();
    let mut parts = Vec::new();
    if recording.operation.is_sse() {
        parts = crate::doors::split(rest);
        rest = &[];
    }
    while let Some(total) = rest.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes) as usize) {
        let Some((frame, tail)) = (total > 0).then(|| rest.split_at_checked(total)).flatten() else { break };
        parts.push(frame);
        rest = tail;
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    let last = (parts.len().max(2) - 1) as f64;
    let span = (pace.whole_ms - pace.first_ms).max(0.0);
    let pieces = parts.iter().enumerate().map(|(index, bytes)| Piece {
        at_ms: recording.at_ms.get(index).copied().unwrap_or(pace.first_ms + span * index as f64 / last),
        bytes: bytes.to_vec(),
    });
    Reply { status: recording.status, headers, at_ms: pace.first_ms, body: Body::Stream(pieces.collect(), End::Clean) }
}

/// The exception a recorded error names.
pub(super) fn exception_name(reply: &Reply) -> String {
    let header = reply.headers.get("x-amzn-errortype").unwrap_or("UnknownError");
    header.split([':', ',', '#']).next().unwrap_or(header).to_string()
}
