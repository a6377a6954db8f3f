//! Everything that reads bytes from outside, one function a reader: it must not panic, hang or take more memory
//! than is allowed, and what it reads must keep what is promised of it (what is written is read again, pieces of any
//! size give the same).
//!
//! [`TARGETS`] lists them. `cargo fuzz run --features libfuzzer NAME` gives one to libFuzzer; the tests of this package
//! and `cargo run -p rehearsal-fuzz` run them on stable, by [`bounded`].

#![forbid(unsafe_code)]

pub mod bounded;
mod documents;
mod figures;
mod logs;
mod mutate;
mod wire;

pub use documents::{config, fixture, link, packed, scenario, text, workspace};
pub use figures::{bench, cost_report, prices, quantity, suite};
pub use logs::{cassette, import, log, pasted, redaction};
pub use wire::{control, door, event_stream, lint_request, socket, sse};

/// One reader of foreign bytes.
pub struct Target {
    pub name: &'static str,
    /// Panics where the reader breaks a promise.
    pub run: fn(&[u8]),
    /// Files and folders, from the project's root, whose files are valid or nearly so.
    pub seeds: &'static [&'static str],
    /// What the reader looks for.
    pub words: &'static [&'static str],
    /// The most bytes of an input.
    pub most: usize,
}

macro_rules! targets {
    ($($name:ident, $most:literal, [$($seed:literal),* $(,)?], $words:expr;)*) => {
        /// Every target, by name.
        pub const TARGETS: &[Target] = &[$(Target {
            name: stringify!($name), run: $name, seeds: &[$($seed),*], words: $words, most: $most,
        }),*];
    };
}

targets! {
    event_stream, 8192, ["tests/vectors/event_stream"], &["\0\0\0\x10", "\0\0\0\0", "\x07\0\x05event", ":message-type"];
    socket, 8192, ["tests/vectors/event_stream", "fuzz/seeds/socket"], &["{\"type\":\"end\"}", "{\"seq\":0,\"type\":\"delta\",\"text\":\"x\"}", "\u{1}~"];
    sse, 8192, ["fuzz/seeds/sse"], &["data: ", "event: ", "[DONE]", "\n\n", "\r\n", "{\"type\":\"content_block_delta\",\"delta\":{\"text\":\"x\"}}"];
    door, 8192, ["fuzz/seeds/door"], mutate::CALLS;
    control, 4096, ["fuzz/seeds/control"], &["/_rehearsal/force-error\n", "/_rehearsal/faults\n", "kind", "cut_frame", "stall", "after_events", "ms", "times", "forever", "when", "html", "count", "ThrottlingException", "retry_after"];
    lint_request, 8192, ["fuzz/seeds/door"], mutate::CALLS;
    scenario, 16384, ["fuzz/seeds/scenario", "docs/team.example.json"], mutate::SCENARIO;
    workspace, 16384, ["fuzz/seeds/workspace", "fuzz/seeds/scenario", "docs/team.example.json"], mutate::SCENARIO;
    link, 8192, ["tests/links"], &["#v1.", "_", "-", "AAAA"];
    packed, 4096, ["fuzz/seeds/scenario"], &["\0\0\0\0\0\0\x10\x40", "\0\0\0\0\0\0\x24\x40"];
    fixture, 16384, ["fixtures"], mutate::FIXTURE;
    config, 4096, ["fuzz/seeds/config"], &["quotas", "rpm", "guardrail", "denied_topics", "words", "regexes", "pattern", "(a+)+$", "aliases", "faults", "latency", "recorded", "host", "mantle", "today", "2026-02-30"];
    text, 8192, ["tests/hostile/redaction.txt", "README.md", "fuzz/seeds/text"], &["```", "**", "[", "](", "\u{202e}", "\u{200d}", "🇯🇵", "が", "<|im_start|>"];
    log, 16384, ["tests/data/forms", "fuzz/seeds/log"], mutate::LOG;
    import, 16384, ["tests/data/forms", "tests/vectors/event_stream", "fuzz/seeds/import"], mutate::LOG;
    cassette, 24576, ["tests/vectors/cassettes"], &["interactions:", "- request:", "body:", "!!binary ", "string: ", "&a ", "*a", "headers:", "uri: ", "<<: "];
    pasted, 8192, ["fuzz/seeds/import", "fuzz/seeds/door"], mutate::CALLS;
    redaction, 4096, ["tests/hostile/redaction.txt"], &["AKIA", "Bearer ", "@example.com", "4111 1111 1111 1111", "-----BEGIN PRIVATE KEY-----", "%40", "\\u0040", "\u{200b}", "sk-"];
    cost_report, 8192, ["fuzz/seeds/cost_report"], &["line_item_usage_type", "line_item_unblended_cost", "USE1-Claude", "\"", ",", "1e308", "-0.0", "2026-01-01T00:00:00Z", "product"];
    prices, 8192, ["fuzz/seeds/prices"], &["litellm_provider", "bedrock", "input_cost_per_token", "above_200k_tokens", "1e-6", "mode", "chat", "1e999", "us.", "anthropic."];
    bench, 16384, ["tests/data/peers", "fuzz/seeds/bench"], mutate::BENCH;
    suite, 8192, ["fuzz/seeds/suite"], mutate::BENCH;
    quantity, 64, ["fuzz/seeds/quantity"], &["1,000", "1.000,5", "2.5M", "万", "億", "k", "%", "..", "-", "±", "1e5", "１", "，"];
}

/// A target by its name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Holds two texts to be the same, and shows where they part.
pub(crate) fn same(left: &str, right: &str, promise: &str) {
    if left != right {
        let at = left.bytes().zip(right.bytes()).position(|(a, b)| a != b).unwrap_or(left.len().min(right.len()));
        let part = |text: &str| {
            let (from, to) = (text.floor_char_boundary(at.saturating_sub(150)), text.floor_char_boundary(at + 150));
            text[from..to].to_string()
        };
        panic!("{promise}\n  one:   …{}…\n  other: …{}…", part(left), part(right));
    }
}

/// The same for values, by what their `Debug` says.
pub(crate) fn equal<T: PartialEq + std::fmt::Debug>(left: &T, right: &T, promise: &str) {
    if left != right {
        same(&format!("{left:?}"), &format!("{right:?}"), promise);
        panic!("{promise}: they look the same and are not: {left:?}");
    }
}
