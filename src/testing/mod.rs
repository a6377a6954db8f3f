//! Helpers for the four kinds of test that a chatbot needs, usable natively, from
//! `wasm-bindgen-test` and, by way of the npm package, from JavaScript.
//!
//! **Unit: one function against a known answer.**
//!
//! ```
//! use rehearsal::testing::{Answers, ask};
//!
//! let client = Answers::new().to("こんにちは", "いらっしゃいませ。").client();
//! let said = ask(&client, "こんにちは").unwrap();
//! assert_eq!(said, "いらっしゃいませ。");
//! ```
//!
//! **Integration: a chain of services.** Here a Japanese template feeds it, a fixture for each row
//! of its table.
//!
//! ```
//! use rehearsal::testing::{Answers, Chain, ask};
//!
//! let template = r#"{"version": 1, "template": "order_status", "variables": {"order": {"type": "string"}},
//!     "table": [{"order": "MNG-1"}, {"order": "MNG-2"}],
//!     "fixture": {"version": 1, "fixture_id": "order_{{order}}", "prompt": "注文{{order}}の状況は?", "answer": "ご注文{{order}}は発送済みです。"}}"#;
//! let client = Answers::new().file("orders.json", template).client();
//! let run = Chain::new("MNG-2".to_string())
//!     .step("session", |order| Ok(format!("注文{order}の状況は?")))
//!     .step("model", |prompt| ask(&client, &prompt))
//!     .step("delivery", |answer| Ok(format!("<p>{answer}</p>")));
//! assert_eq!(run.finish().unwrap(), "<p>ご注文MNG-2は発送済みです。</p>");
//! ```
//!
//! **Contract: the schema of every answer.** Here a recorded snapshot feeds it.
//!
//! ```
//! use rehearsal::bedrock::Operation;
//! use rehearsal::fixture::Fixture;
//! use rehearsal::testing::contract_violations;
//!
//! let recorded = r#"{"version": 1, "fixture_id": "recorded", "recording": {"operation": "Converse", "status": 200,
//!     "headers": {"content-type": "application/json"},
//!     "body": "{\"metrics\":{\"latencyMs\":419},\"output\":{\"message\":{\"content\":[{\"text\":\"はい\"}],\"role\":\"assistant\"}},\"stopReason\":\"end_turn\",\"usage\":{\"inputTokens\":4,\"outputTokens\":1,\"totalTokens\":5}}"}}"#;
//! let fixture = Fixture::read(serde_json::from_str(recorded).unwrap()).unwrap();
//! let body = fixture.document()["recording"]["body"].as_str().unwrap();
//! assert_eq!(contract_violations(Operation::Converse, 200, body.as_bytes()), Vec::<String>::new());
//! ```
//!
//! **Property: what holds for every input.**
//!
//! ```
//! use rehearsal::testing::{Answers, ask, hostile_texts};
//!
//! for text in hostile_texts(42, 50) {
//!     let client = Answers::new().to("q", &text).client();
//!     assert_eq!(ask(&client, "q").unwrap(), text, "no character is lost");
//! }
//! ```

mod contract;
#[cfg(all(any(test, feature = "property"), not(target_arch = "wasm32")))]
pub mod property;
mod snapshot;

pub use contract::contract_violations;
pub use snapshot::{Difference, Snapshot, SnapshotEntry, TextChange};

use serde_json::{Value, json};

use crate::bedrock::{Headers, Operation, Request};
use crate::catalog::{Catalog, HAIKU};
use crate::document;
use crate::fixture::{Fixture, Library, read_file};
use crate::mock::{Config, Mock, MockBedrockClient};
use crate::random::{Purpose, Stream};

/// A mock with a few answers, made in a line.
#[derive(Debug, Default)]
pub struct Answers {
    fixtures: Vec<Fixture>,
    config: Config,
}

impl Answers {
    pub fn new() -> Self {
        Answers::default()
    }

    /// This prompt is answered with this text.
    #[must_use]
    pub fn to(self, prompt: &str, answer: &str) -> Self {
        let id = format!("answer_{}", self.fixtures.len() + 1);
        self.document(json!({"version": 1, "fixture_id": id, "prompt": prompt, "answer": answer}))
    }

    /// A fixture document of either form.
    ///
    /// # Panics
    /// When it is none: a test's own fixture is the test's own mistake.
    #[must_use]
    pub fn document(mut self, document: Value) -> Self {
        self.fixtures.push(Fixture::read(document).unwrap_or_else(|problems| panic!("not a fixture: {problems}")));
        self
    }

    /// The fixtures of a file: JSON or YAML, fixtures or a template.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn file(mut self, name: &str, text: &str) -> Self {
        self.fixtures.extend(read_file(name, text).unwrap_or_else(|problems| panic!("{name}: {problems}")));
        self
    }

    /// Faults, rates and the rest, as in a configuration file.
    ///
    /// # Panics
    /// When it cannot be used.
    #[must_use]
    pub fn config(mut self, config: &str) -> Self {
        let read = document::parse(config).map_err(Into::into).and_then(|config| Config::read(&config));
        self.config = read.unwrap_or_else(|problems| panic!("not a configuration: {problems}"));
        self
    }

    pub fn client(self) -> MockBedrockClient {
        let library = Library::new(self.fixtures).unwrap_or_else(|problems| panic!("{problems}"));
        MockBedrockClient::new(Mock::new(library, Catalog::full().clone(), self.config))
    }
}

/// Asks one prompt by Converse and gives the text of the answer.
///
/// # Errors
/// The service's exception in words.
pub fn ask(client: &MockBedrockClient, prompt: &str) -> Result<String, String> {
    let body = json!({"messages": [{"role": "user", "content": [{"text": prompt}]}]});
    let reply = client.send(&Request {
        method: "POST".to_string(),
        path: format!("/model/{HAIKU}/{}", Operation::Converse.segment()),
        headers: Headers::default(),
        body: body.to_string().into_bytes(),
    });
    let body: Value = serde_json::from_slice(&reply.bytes()).map_err(|error| error.to_string())?;
    if reply.status != 200 {
        return Err(body["message"].as_str().unwrap_or_default().to_string());
    }
    let blocks = body["output"]["message"]["content"].as_array().into_iter().flatten();
    Ok(blocks.filter_map(|block| block["text"].as_str()).collect())
}

/// A chain of services, each taking what the one before gave; a failure names its step.
#[derive(Debug)]
pub struct Chain<T> {
    value: Result<T, String>,
    done: Vec<&'static str>,
}

impl<T> Chain<T> {
    pub fn new(input: T) -> Self {
        Chain { value: Ok(input), done: Vec::new() }
    }

    /// The next service.
    #[must_use]
    pub fn step<U>(mut self, name: &'static str, service: impl FnOnce(T) -> Result<U, String>) -> Chain<U> {
        let value = self.value.and_then(|value| service(value).map_err(|error| format!("{name}: {error}")));
        self.done.push(name);
        Chain { value, done: self.done }
    }

    /// The steps so far.
    pub fn steps(&self) -> &[&'static str] {
        &self.done
    }

    /// What the last service gave.
    ///
    /// # Errors
    /// The first failure, with the name of its step.
    pub fn finish(self) -> Result<T, String> {
        self.value
    }
}

/// Texts that break careless code: every script and trap, in a random order fixed by the seed.
pub fn hostile_texts(seed: u64, count: usize) -> Vec<String> {
    const PIECES: [&str; 24] = [
        "a",
        " ",
        "\n",
        "\t",
        "鬼滅の刃",
        "ありがとうございます",
        "カタカナ",
        "ﾊﾝｶｸ",
        "𠮷野家",
        "か\u{3099}",
        "👨‍👩‍👧‍👦",
        "🏳️‍🌈",
        "🇯🇵",
        "مرحبا",
        "שלום",
        "\u{202e}",
        "\u{200b}",
        "\u{feff}",
        "\u{1}",
        "\"\\",
        "</script>",
        "**bold",
        "{{x}}",
        "¥528",
    ];
    let stream = Stream::new(seed, Purpose::Pool);
    let text = |index: u64| {
        let length = 1 + stream.word(index << 8) % 24;
        (1..=length).map(|i| PIECES[(stream.word((index << 8) + i) >> 32) as usize % PIECES.len()]).collect()
    };
    (0..count as u64).map(text).collect()
}
