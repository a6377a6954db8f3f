//! The ledger in pages: `GET /_rehearsal/log` answers with a part of the calls and says how many
//! there are, so that no one waits while a long log is written.

use serde::Serializer;
use serde_json::json;

use crate::bedrock::{Body, Headers, Reply};

use super::ledger::{CallRecord, Ledger};

/// Calls in a page, where the request does not say.
const USUAL: usize = 1_000;
/// The most calls in a page.
const MOST: usize = 10_000;

/// A page of the log by the query of its address: `from` is the number of the first call (0 when it
/// is not given), `limit` how many. The body is the list of calls; what is not in it is told by the
/// headers `x-rehearsal-calls` (all since the last reset), `x-rehearsal-first` (the first whose record
/// is still kept), and `link`, which leads to the next page where there is one.
pub(super) fn log_page(ledger: &Ledger, query: &str) -> Reply {
    let (mut from, mut limit) = (0, USUAL);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (name, value.parse::<u64>()) {
            ("from", Ok(number)) => from = number,
            ("limit", Ok(number)) if (1..=MOST as u64).contains(&number) => limit = number as usize,
            _ => {
                let shown: String = pair.chars().take(80).collect();
                let reason = format!(
                    "`{shown}` is not understood; expected `from`, the number of a call, and `limit`, 1 to {MOST}"
                );
                return reply(400, json!({"error": reason}).to_string().into_bytes());
            }
        }
    }
    let (page, first, next) = ledger.page(from, limit);
    let mut reply = reply(200, each(page));
    reply.headers = reply.headers.with("x-rehearsal-calls", ledger.calls().to_string());
    reply.headers = reply.headers.with("x-rehearsal-first", first.to_string());
    if let Some(next) = next {
        let link = format!("</_rehearsal/log?from={next}&limit={limit}>; rel=\"next\"");
        reply.headers = reply.headers.with("link", link);
    }
    reply
}

/// A JSON list of records, each made, written and forgotten.
fn each(records: impl Iterator<Item = CallRecord>) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Nothing of a record is refused, and memory takes every byte.
    let _ = serde_json::Serializer::new(&mut bytes).collect_seq(records);
    bytes
}

fn reply(status: u16, body: Vec<u8>) -> Reply {
    let headers = Headers::from([("content-type", "application/json")]);
    Reply { status, headers, at_ms: 0.0, body: Body::Whole(body) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn page(ledger: &Ledger, query: &str) -> (Vec<u64>, Option<String>) {
        let reply = log_page(ledger, query);
        let calls: Value = serde_json::from_slice(&reply.bytes()).unwrap();
        let calls = calls.as_array().unwrap().iter().map(|call| call["call"].as_u64().unwrap()).collect();
        (calls, reply.headers.get("link").map(str::to_string))
    }

    #[test]
    fn every_call_is_on_one_page() {
        let mut ledger = Ledger::default();
        for call in 0..2_500 {
            ledger.push(CallRecord::new(call, 0.0, String::new()), &[]);
        }
        let (first, next) = page(&ledger, "");
        assert_eq!((first.len(), first[0]), (1_000, 0));
        assert_eq!(next.as_deref(), Some("</_rehearsal/log?from=1000&limit=1000>; rel=\"next\""));
        let (last, next) = page(&ledger, "from=2000&limit=1000");
        assert_eq!((last.len(), last[0], next), (500, 2_000, None));
        assert_eq!(page(&ledger, "from=99999"), (vec![], None));
        assert_eq!(log_page(&ledger, "").headers.get("x-rehearsal-calls"), Some("2500"));
        for query in ["limit=0", "limit=-1", "limit=99999999", "from=x", "page=2", "limit"] {
            assert_eq!(log_page(&ledger, query).status, 400, "{query}");
        }
    }
}
