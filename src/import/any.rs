use std::io::Read;

use serde_json::Value;

use super::cassette::from_cassette;
use super::fixtures::{Exchange, Skipped};
use super::invocation_log::from_log_record;
use super::pasted::{from_event_stream, from_pasted};
use super::records::{Record, RecordSplitter};

/// The most bytes that are unpacked from gzip.
const MAX_UNPACKED: u64 = 512 << 20;

/// The exchanges in a file, by what it looks like: an invocation log (gzip or not), a VCR
/// cassette, a pasted answer, a binary event stream; and what in it is none.
///
/// # Errors
/// Why it is none of them.
pub fn from_any(file: &str, bytes: &[u8]) -> Result<(Vec<Exchange>, Vec<Skipped>), String> {
    if bytes.starts_with(&[0x1F, 0x8B]) {
        let mut unpacked = Vec::new();
        let read = flate2::read::MultiGzDecoder::new(bytes).take(MAX_UNPACKED + 1).read_to_end(&mut unpacked);
        read.map_err(|error| format!("gzip: {error}"))?;
        if unpacked.len() as u64 > MAX_UNPACKED {
            return Err(format!("more than {} MiB unpacked; split it", MAX_UNPACKED >> 20));
        }
        return from_any(file.trim_end_matches(".gz"), &unpacked);
    }
    let stem = file.rsplit('/').next().unwrap_or(file).split('.').next().unwrap_or(file);
    let one = |exchange| (vec![exchange], Vec::new());
    let text = match std::str::from_utf8(bytes) {
        Ok(text) if bytes.first() != Some(&0) => text,
        _ => return from_event_stream(stem, bytes).map(one),
    };
    if text.trim_start().starts_with("interactions:") || file.ends_with(".yaml") || file.ends_with(".yml") {
        return from_cassette(stem, text);
    }
    match from_pasted(stem, text) {
        Ok(exchange) => Ok(one(exchange)),
        Err(_) => Ok(log(bytes)),
    }
}

/// The records of an invocation log.
fn log(bytes: &[u8]) -> (Vec<Exchange>, Vec<Skipped>) {
    let (mut exchanges, mut skipped) = (Vec::new(), Vec::new());
    let mut take = |record| match record {
        Record::Bad { line, reason } => skipped.push(Skipped { line, reason: reason.reason().to_string() }),
        Record::Object { line, text } => {
            let record = serde_json::from_slice::<Value>(&text).map_err(|error| error.to_string());
            match record.and_then(|record| from_log_record(&record)) {
                Ok(exchange) => exchanges.push(exchange),
                Err(reason) => skipped.push(Skipped { line, reason }),
            }
        }
    };
    let mut splitter = RecordSplitter::default();
    splitter.push(bytes, &mut take);
    splitter.finish(&mut take);
    (exchanges, skipped)
}
