//! What a log of Bedrock's invocations cost, line by line, and what was left out.
//!
//! `cargo run --example price_a_log`

use rehearsal::import::{ImportOptions, LogReader};

const LOG: &str = concat!(
    r#"{"timestamp":"2026-11-20T09:00:00Z","operation":"Converse","modelId":"anthropic.claude-3-haiku-20240307-v1:0","#,
    r#""input":{"inputTokenCount":1000},"output":{"outputTokenCount":200}}"#,
    "\n",
    "this line is none\n",
);

fn main() {
    let mut reader = LogReader::new(ImportOptions::default());
    // Logs come in pieces of any size; gzip is recognised.
    for piece in LOG.as_bytes().chunks(100) {
        reader.push(piece);
    }
    let summary = reader.finish();
    println!("{} requests, {} lines skipped", summary.summary.requests(), summary.skipped.len());
    assert_eq!((summary.summary.requests(), summary.skipped.len()), (1, 1));
}

#[test]
fn it_runs() {
    main();
}
