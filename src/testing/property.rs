//! For property tests with [proptest]: what clients and models may say, and what must hold whatever it is.
//! Behind the feature `property`.
//!
//! ```
//! use proptest::prelude::*;
//! use rehearsal::testing::property::{invariants, texts};
//! use rehearsal::testing::{Answers, ask};
//!
//! proptest!(ProptestConfig::with_cases(20), |(text in texts(1_000))| {
//!     let client = Answers::new().to("q", &text).client();
//!     let pieces = [ask(&client, "q").unwrap()];
//!     invariants::concatenation(&pieces, &text).map_err(TestCaseError::fail)?;
//! });
//! ```
//!
//! [proptest]: https://docs.rs/proptest

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Texts that break careless code, of at most so many bytes: none, NUL, carriage returns, pieces of
/// graphemes, both directions, very long ones. They shrink to a small one.
pub fn texts(longest: usize) -> BoxedStrategy<String> {
    const PIECES: [&str; 18] = [
        "",
        "\0",
        "\r",
        "\r\n",
        "\n",
        "👨‍👩‍👧‍👦",
        "🏳️‍🌈",
        "か\u{3099}",
        "\u{200d}",
        "\u{202e}",
        "مرحبا",
        "שלום",
        "\u{feff}",
        "𠮷",
        "</script>",
        "\"\\",
        "{{x}}",
        "data: [DONE]\n\n",
    ];
    let pieces = vec(proptest::sample::select(&PIECES[..]), 0..12).prop_map(|pieces| pieces.concat());
    let long = (proptest::sample::select(&["a", "あ", "👩‍💻", "\n"][..]), 1..=longest.max(1));
    let long = long.prop_map(|(unit, size)| unit.repeat((size / unit.len()).max(1)));
    prop_oneof![6 => any::<String>(), 4 => ".{0,40}", 4 => pieces, 1 => long]
        .prop_map(move |text| {
            let end = (0..=longest.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            text[..end].to_string()
        })
        .boxed()
}

/// A Converse body with messages that the service takes: a person's first, in turns, a person's last, none
/// of them blank.
pub fn conversations(turns: usize) -> BoxedStrategy<Value> {
    let said = texts(2_000).prop_map(|text| if text.trim().is_empty() { format!("a{text}") } else { text });
    vec(said, 1..=2 * turns.max(1) - 1)
        .prop_map(|mut all| {
            if all.len() % 2 == 0 {
                all.pop();
            }
            let role = |index: usize| if index.is_multiple_of(2) { "user" } else { "assistant" };
            let message = |(index, text): (usize, String)| json!({"role": role(index), "content": [{"text": text}]});
            json!({"messages": all.into_iter().enumerate().map(message).collect::<Vec<_>>()})
        })
        .boxed()
}

/// A `toolConfig` of Converse: names that are allowed and different, schemas of objects.
pub fn tools(most: usize) -> BoxedStrategy<Value> {
    btree_set("[a-zA-Z][a-zA-Z0-9_-]{0,62}", 1..=most.max(1))
        .prop_map(|names| {
            let schema = json!({"type": "object", "properties": {"query": {"type": "string"}}});
            let tool = |name: String| json!({"toolSpec": {"name": name, "inputSchema": {"json": schema.clone()}}});
            json!({"tools": names.into_iter().map(tool).collect::<Vec<_>>()})
        })
        .boxed()
}

/// Token counts as Converse tells them, whose total is their sum.
pub fn usages() -> BoxedStrategy<Value> {
    (0..1_000_000_u64, 0..128_000_u64, 0..200_000_u64, 0..200_000_u64)
        .prop_map(|(input, output, read, written)| {
            json!({"inputTokens": input, "outputTokens": output, "cacheReadInputTokens": read,
                "cacheWriteInputTokens": written, "totalTokens": input + output + read + written})
        })
        .boxed()
}

/// Bytes cut anywhere, in order: what a network makes of a stream.
pub fn cuts(bytes: Vec<u8>) -> BoxedStrategy<Vec<Vec<u8>>> {
    vec(0..=bytes.len(), 0..20)
        .prop_map(move |mut places| {
            places.sort_unstable();
            places.push(bytes.len());
            let mut from = 0;
            let mut piece = |to: usize| bytes[std::mem::replace(&mut from, to)..to].to_vec();
            places.into_iter().map(&mut piece).collect()
        })
        .boxed()
}

/// A fault of the mock's script, as its configuration has it.
pub fn faults() -> BoxedStrategy<Value> {
    const CODES: [&str; 4] =
        ["ThrottlingException", "ServiceUnavailableException", "InternalServerException", "ModelTimeoutException"];
    const IN_STREAM: [&str; 8] = [
        "exception_frame",
        "error_frame",
        "cut_frame",
        "cut_character",
        "early_end",
        "crc_flip",
        "unknown_event",
        "stall",
    ];
    let http = proptest::sample::select(&CODES[..]).prop_map(|code| json!({"kind": "http", "code": code}));
    let stream = (proptest::sample::select(&IN_STREAM[..]), 0..12_u64, 1..60_000_u64).prop_map(|(kind, after, ms)| {
        let mut fault = json!({"kind": kind, "after_events": after});
        if kind == "stall" {
            fault["ms"] = json!(ms);
        }
        fault
    });
    let network = proptest::sample::select(&["reset", "gateway"][..]).prop_map(|kind| json!({"kind": kind}));
    let slow = (1..60_000_u64).prop_map(|ms| json!({"kind": "slow_first_token", "ms": ms}));
    prop_oneof![3 => http, 8 => stream, 2 => network, 1 => slow].boxed()
}

/// What must hold, whatever was drawn.
pub mod invariants {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use crate::bedrock::Operation;
    use crate::problem::clipped;
    use crate::testing::contract_violations;

    /// Pieces add up to a text.
    ///
    /// # Errors
    /// Both texts, where they differ.
    pub fn concatenation<T: AsRef<str>>(pieces: &[T], text: &str) -> Result<(), String> {
        let all: String = pieces.iter().map(AsRef::as_ref).collect();
        if all == text {
            return Ok(());
        }
        Err(format!("the pieces add up to {:?}, not to {:?}", clipped(&all, 80), clipped(text, 80)))
    }

    /// All tokens of a Converse usage are the sum of their kinds.
    ///
    /// # Errors
    /// The total and the sum, where they differ.
    pub fn usage_adds_up(usage: &Value) -> Result<(), String> {
        let kinds = ["inputTokens", "outputTokens", "cacheReadInputTokens", "cacheWriteInputTokens"];
        let sum: u64 = kinds.iter().filter_map(|kind| usage[*kind].as_u64()).sum();
        if usage["totalTokens"].as_u64() == Some(sum) {
            return Ok(());
        }
        Err(format!("totalTokens is {}, and its parts add up to {sum}", usage["totalTokens"]))
    }

    /// No id is given twice.
    ///
    /// # Errors
    /// The first that is.
    pub fn ids_differ<'a>(ids: impl IntoIterator<Item = &'a str>) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        match ids.into_iter().find(|id| !seen.insert(*id)) {
            None => Ok(()),
            Some(id) => Err(format!("the id {id} was given twice")),
        }
    }

    /// An answer keeps its contract: members, choices, the order of a stream's events.
    ///
    /// # Errors
    /// Every violation, a line each.
    pub fn keeps_contract(operation: Operation, status: u16, body: &[u8]) -> Result<(), String> {
        let found = contract_violations(operation, status, body);
        if found.is_empty() { Ok(()) } else { Err(found.join("\n")) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::strategy::ValueTree;

    use super::*;
    use crate::bedrock::{Headers, Operation, Request};
    use crate::testing::Answers;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        /// Whatever a person may say and whatever fails, the mock keeps the contract and its sums.
        #[test]
        fn the_mock_keeps_every_invariant(body in conversations(3), tools in tools(3), fault in faults(), stream in any::<bool>()) {
            let config = json!({"fallback": "echo", "faults": [fault]}).to_string();
            let client = Answers::new().config(&config).client();
            let operation = if stream { Operation::ConverseStream } else { Operation::Converse };
            let mut body = body;
            body["toolConfig"] = tools;
            let request = Request {
                method: "POST".to_string(),
                path: format!("/model/{}/{}", crate::catalog::HAIKU, operation.segment()),
                headers: Headers::default(),
                body: body.to_string().into_bytes(),
            };
            // The first call meets the fault; the second must be whole.
            client.send(&request);
            let reply = client.send(&request);
            prop_assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.bytes()));
            invariants::keeps_contract(operation, reply.status, &reply.bytes()).map_err(TestCaseError::fail)?;
        }

        #[test]
        fn what_is_drawn_is_what_it_says(text in texts(500), usage in usages(), bytes in vec(any::<u8>(), 0..300)) {
            prop_assert!(text.len() <= 500);
            invariants::usage_adds_up(&usage).map_err(TestCaseError::fail)?;
            let mut runner = proptest::test_runner::TestRunner::deterministic();
            let pieces = cuts(bytes.clone()).new_tree(&mut runner).unwrap().current();
            prop_assert_eq!(pieces.concat(), bytes);
        }
    }

    #[test]
    fn every_kind_of_fault_is_drawn() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let kind =
            |_| faults().new_tree(&mut runner).unwrap().current()["kind"].as_str().unwrap_or_default().to_string();
        let drawn: std::collections::BTreeSet<String> = (0..500).map(kind).collect();
        let schema: Value = serde_json::from_str(crate::mock::CONFIG_SCHEMA).unwrap();
        let all = schema["$defs"]["fault"]["properties"]["kind"]["enum"].as_array().unwrap();
        let all = all.iter().map(|kind| kind.as_str().unwrap().to_string()).collect();
        assert_eq!(drawn, all);
    }

    #[test]
    fn a_failure_shrinks_to_a_small_case() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let failed = runner.run(&texts(1_000_000), |text| {
            prop_assert!(!text.contains('\0'));
            Ok(())
        });
        let Err(proptest::test_runner::TestError::Fail(_, least)) = failed else { panic!("{failed:?}") };
        assert!(least.len() <= 4, "{least:?}");
        assert!(invariants::concatenation(&["a", "b"], "abc").is_err());
        assert!(invariants::ids_differ(["a", "b", "a"]).is_err() && invariants::ids_differ(["a", "b"]).is_ok());
        assert!(invariants::usage_adds_up(&json!({"inputTokens": 1, "totalTokens": 2})).is_err());
    }
}
