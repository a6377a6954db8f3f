//! A log that is at hand as a whole, call by call.

use serde::Serialize;
use serde_json::{Value, json};

use crate::import::{ImportOptions, LogReader, LogSummary, LoggedCall, TimeZone};

/// Bytes that are read at once: a few packed ones may hold very many.
const PIECE: usize = 1 << 14;

/// An answer's document with the lines and files that were left out of it: the first thousand, and how many in all.
///
/// # Errors
/// What of the answer is no JSON: nothing that is in one here.
pub fn document(answer: &impl Serialize, log: &LogSummary) -> serde_json::Result<Value> {
    let mut document = serde_json::to_value(answer)?;
    if let Some(fields) = document.as_object_mut() {
        fields.insert("skipped".to_string(), serde_json::to_value(&log.skipped)?);
        fields.insert("skipped_count".to_string(), json!(log.skipped_count));
    }
    Ok(document)
}

/// Reads a log, gzip or not, each call told to `hear`; days are those of UTC.
pub fn listen(log: &[u8], mut hear: impl FnMut(&LoggedCall)) -> LogSummary {
    let options = ImportOptions { keep_calls: true, time_zone: Some(TimeZone::default()), ..ImportOptions::default() };
    let mut reader = LogReader::new(options);
    for piece in log.chunks(PIECE) {
        reader.push(piece);
        reader.take_calls().iter().for_each(&mut hear);
    }
    reader.end_file();
    reader.take_calls().iter().for_each(&mut hear);
    reader.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::questions::cache::CacheTruth;

    /// What was left out stands in the document, whoever asked.
    #[test]
    fn a_document_says_what_was_left_out() {
        let log = "{\"schemaType\":\"ModelInvocationLog\",\"timestamp\":\"2026-11-20T22:00:00Z\",\"modelId\":\"amazon.nova-pro-v1:0\",\"input\":{\"inputTokenCount\":5},\"output\":{\"outputTokenCount\":5}}\nno line of a log\n";
        let mut truth = CacheTruth::new(Catalog::full());
        let read = listen(log.as_bytes(), |call| truth.hear(call, "log"));
        let document = document(&truth.finish(), &read).unwrap();
        assert_eq!((&document["requests"], &document["skipped_count"]), (&json!(1), &json!(1)), "{document}");
        assert_eq!(document["skipped"][0]["line"], 2, "{document}");
    }
}
