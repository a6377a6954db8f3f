//! What a file is, by its bytes, and the exchanges in it.

use crate::document;
use crate::words::English;

use super::cassette::from_cassette;
use super::error::{Error, ErrorCode};
use super::fixtures::{Exchange, Skipped};
use super::gunzip::Gunzip;
use super::har::from_har;
use super::invocation_log::from_log_record;
use super::pasted::{from_event_stream, from_pasted, from_sse};
use super::records::{Record, RecordSplitter};

/// The most bytes that are unpacked from gzip.
const MAX_UNPACKED: u64 = 512 << 20;

/// The exchanges in a file, by what it looks like: an invocation log (gzip or not), a VCR
/// cassette, a HAR file, a pasted answer or pasted server-sent events, a binary event stream; and what
/// in it is none.
///
/// # Errors
/// Why it is none of them.
pub fn from_any(file: &str, bytes: &[u8]) -> Result<(Vec<Exchange>, Vec<Skipped>), Error> {
    if Gunzip::is_packed(bytes) {
        let mut gunzip = Gunzip::new(MAX_UNPACKED);
        let mut unpacked = gunzip.push(bytes)?;
        unpacked.extend(gunzip.finish()?);
        return from_any(file.trim_end_matches(".gz"), &unpacked);
    }
    let stem = stem(file);
    let one = |exchange| (vec![exchange], Vec::new());
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        let what = document::text_of(bytes).err().map_or_else(String::new, |problem| problem.say(&English));
        return Err(Error::new(ErrorCode::OtherKind, what));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) if bytes.first() != Some(&0) => text,
        _ => return from_event_stream(stem, bytes).map(one),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let yaml = [".yaml", ".yml"].iter().any(|ending| file.ends_with(ending));
    if yaml || is_cassette(text) {
        return from_cassette(stem, text);
    }
    if text.trim_start().starts_with('{') && text.contains("\"entries\"") && is_har(text) {
        return from_har(stem, text);
    }
    if crate::doors::is_sse(None, text.trim_start().as_bytes()) {
        return from_sse(stem, text).map(one);
    }
    match from_pasted(stem, text) {
        Ok(exchange) => Ok(one(exchange)),
        Err(_) => Ok(log(bytes)),
    }
}

/// The name of a file without its folders and its ending: `answer.1` of `runs/answer.1.txt`.
fn stem(file: &str) -> &str {
    const ENDINGS: [&str; 10] = [".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".txt", ".log", ".bin", ".har", ".gz"];
    let mut name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    while let Some(short) =
        ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).filter(|short| !short.is_empty())
    {
        name = short;
    }
    name
}

/// Whether a text is a cassette, as YAML or as JSON.
fn is_cassette(text: &str) -> bool {
    let line = |name: &str| text.lines().any(|line| line.starts_with(name));
    if line("interactions:") || (line("requests:") && line("responses:")) {
        return true;
    }
    text.trim_start().starts_with('{')
        && (text.contains("\"interactions\"") || text.contains("\"responses\""))
        && document::bounded(text.as_bytes())
            .is_ok_and(|document| document["interactions"].is_array() || document["responses"].is_array())
}

fn is_har(text: &str) -> bool {
    document::bounded(text.as_bytes()).is_ok_and(|document| document["log"]["entries"].is_array())
}

/// The records of an invocation log.
fn log(bytes: &[u8]) -> (Vec<Exchange>, Vec<Skipped>) {
    let (mut exchanges, mut skipped) = (Vec::new(), Vec::new());
    let mut take = |record| match record {
        Record::Bad { line, reason } => skipped.push(Skipped { line, reason: reason.reason().to_string() }),
        Record::Object { line, text } => {
            let record = document::parse_bytes(&text).map_err(|problem| problem.say(&English));
            match record.and_then(|record| from_log_record(&record).map_err(|error| error.to_string())) {
                Ok(exchange) => exchanges.push(Exchange { line, ..exchange }),
                Err(reason) => skipped.push(Skipped { line, reason }),
            }
        }
    };
    let mut splitter = RecordSplitter::default();
    splitter.push(bytes, &mut take);
    splitter.finish(&mut take);
    (exchanges, skipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, text: &str, exchanges: usize, skipped: usize) {
        let found = from_any(file, text.as_bytes()).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!((found.0.len(), found.1.len()), (exchanges, skipped), "{file}");
    }

    #[test]
    fn what_a_file_is_shows_in_its_text() {
        let answer =
            r#"{"output":{"message":{"role":"assistant","content":[{"text":"はい"}]}},"stopReason":"end_turn"}"#;
        check("pasted.txt", answer, 1, 0);
        check("terminal.txt", &format!("$ aws bedrock-runtime converse --model-id x\n{answer}\n$ "), 1, 0);
        let exchange = serde_json::json!({
            "request": {"method": "POST", "uri": "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse", "body": "{}"},
            "response": {"status": {"code": 200}, "headers": {}, "body": {"string": answer}},
        });
        let cassette = serde_json::json!({"version": 1, "interactions": [exchange]}).to_string();
        check("cassette.json", &cassette, 1, 0);
        check("cassette.txt", "version: 1\ninteractions: []\n", 0, 0);
        let record = format!(
            r#"{{"schemaType":"ModelInvocationLog","requestId":"1","operation":"Converse","modelId":"m","output":{{"outputBodyJson":{answer}}}}}"#
        );
        assert!(from_any("log.json", b"\xff\xfe{\0}\0").unwrap_err().what.starts_with("This text is UTF-16."));
        for (file, expected) in [("a/answer.1.txt", "answer.1"), ("c.yaml.gz", "c"), (".json", ".json"), ("x", "x")] {
            assert_eq!(stem(file), expected);
        }
        check("log.json", &format!("{record}\n{record}\nnoise\n"), 2, 1);
        check("one.json", &record, 1, 0);
    }
}
