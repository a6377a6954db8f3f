//! Documents that people write, keep and share.

use std::io::Read;

use data_encoding::BASE64URL_NOPAD;
use rehearsal::catalog::{Catalog, TokenizerFamily, estimate_tokens};
use rehearsal::cost::estimate;
use rehearsal::delivery::close_markdown;
use rehearsal::document;
use rehearsal::fixture::{self, Library, lint, read_file};
use rehearsal::mock::{Config, Mock, full_catalog};
use rehearsal::pack::Packed;
use rehearsal::problem::Problems;
use rehearsal::scenario::Scenario;
use rehearsal::testing::{Snapshot, contract_violations};
use rehearsal::workspace::{Asked, Collection, LINK_PREFIX, MAX_TEXT, Opened, Team, Workspace, answer};

use crate::equal;

/// A refusal is for a person: it says something, and not too much.
pub(crate) fn refused(problems: &Problems) {
    assert!(!problems.0.is_empty(), "a refusal says why");
    for problem in &problems.0 {
        assert!(!problem.say(&rehearsal::words::English).trim().is_empty());
    }
    assert!(problems.to_string().chars().count() < 60_000, "a refusal is not endless");
}

/// A scenario in JSON.
pub fn scenario(data: &[u8]) {
    let Ok(text) = document::text_of(data) else { return };
    match Scenario::load(text) {
        Err(problems) => refused(&problems),
        Ok(read) => {
            let scenario = read.output;
            let again = Scenario::load(&scenario.to_json()).expect("what is written is read again");
            equal(&again.output, &scenario, "what is written is read again");
            if let Ok(bill) = estimate(&scenario, Catalog::full()) {
                assert_eq!(bill.parts.total(), bill.total_daily_cost_usd, "the parts add up to the whole");
                assert_eq!(bill.total_daily_cost_usd.is_none(), !bill.unknown.is_empty(), "what is missing is named");
            }
        }
    }
    if let Ok(value) = document::parse(text)
        && let Ok(draft) = Scenario::of_draft(&value)
    {
        let again = document::parse(&draft.to_json()).map(|value| Scenario::of_draft(&value));
        assert!(matches!(again, Ok(Ok(_))), "a draft is kept as it is");
    }
}

/// Workspaces, collections, teams' files and whatever a person opens.
pub fn workspace(data: &[u8]) {
    let Ok(text) = document::text_of(data) else { return };
    workspace_text(text);
    if let Err(problems) = Opened::load(text) {
        refused(&problems);
    }
    match Collection::load(text) {
        Err(problems) => refused(&problems),
        Ok(collection) => {
            let again = Collection::load(&collection.to_json()).expect("what is written is read again");
            equal(&again, &collection, "what is written is read again");
        }
    }
    let salvaged = Collection::salvage(text);
    assert!(Collection::load(&salvaged.to_json()).is_ok() || salvaged.scenarios.is_empty());
    if let Err(problems) = Team::load(text) {
        refused(&problems);
    }
}

fn workspace_text(text: &str) {
    match Workspace::load(text) {
        Err(problems) => refused(&problems),
        Ok(read) => {
            let again = Workspace::load(&read.output.to_json()).expect("what is written is read again");
            equal(&again.output, &read.output, "what is written is read again");
        }
    }
    let _ = Workspace::load_draft(text);
}

/// A link, unpacked within the bound that the page has.
pub fn link(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let packed = text.trim().strip_prefix(LINK_PREFIX).unwrap_or(text.trim());
    let Ok(bytes) = BASE64URL_NOPAD.decode(packed.as_bytes()) else { return };
    let mut inflated = Vec::new();
    let _ = flate2::read::DeflateDecoder::new(bytes.as_slice()).take(MAX_TEXT as u64).read_to_end(&mut inflated);
    workspace_text(&String::from_utf8_lossy(&inflated));
}

/// Messages between the page's programs: numbers and a text that are read as values of every kind.
pub fn packed(data: &[u8]) {
    let (length, rest) = data.split_at_checked(2).unwrap_or((&[0, 0], data));
    let length = usize::from(u16::from_be_bytes([length[0], length[1]])).min(rest.len());
    let (text, numbers) = rest.split_at(length);
    let numbers = numbers.chunks(8).map(|chunk| {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        f64::from_le_bytes(bytes)
    });
    let message = Packed { numbers: numbers.collect(), text: String::from_utf8_lossy(text).into_owned() };
    for asked in Asked::ALL {
        let _ = answer(asked, &message);
        let whole = Packed::of(&String::from_utf8_lossy(data).into_owned());
        let _ = answer(asked, &whole);
    }
    let _ = message.open::<Scenario>();
    let _ = message.open::<Result<Workspace, Vec<rehearsal::problem::Problem>>>();
}

/// A fixture in JSON or YAML.
pub fn fixture(data: &[u8]) {
    let Ok(text) = document::text_of(data) else { return };
    for name in ["a.json", "a.yaml"] {
        for found in lint([(name, text)], Catalog::full()) {
            assert!(found.line >= 1 && !found.rule.is_empty(), "{found:?}");
        }
        match read_file(name, text) {
            Err(problems) => refused(&problems),
            Ok(fixtures) => {
                for fixture in &fixtures {
                    let again = read_file("a.json", &fixture.to_text()).expect("what is written is read again");
                    assert_eq!(again.first().map(fixture::Fixture::document), Some(fixture.document()));
                }
                let _ = Library::new(fixtures);
            }
        }
    }
}

/// The mock's configuration.
pub fn config(data: &[u8]) {
    let Ok(value) = document::parse_bytes(data) else { return };
    match Config::read(&value) {
        Err(problems) => refused(&problems),
        Ok(config) => {
            let mut mock = Mock::new(Library::default(), full_catalog(), config);
            let path = "/model/anthropic.claude-haiku-4-5-20251001-v1:0/converse".to_string();
            let body = br#"{"messages": [{"role": "user", "content": [{"text": "hello"}]}]}"#.to_vec();
            let request = rehearsal::bedrock::Request {
                method: "POST".into(),
                path,
                body,
                ..rehearsal::bedrock::Request::default()
            };
            for now in [0.0, 10.0] {
                let reply = mock.handle(&request, now);
                assert!(reply.end_ms().is_finite(), "{}", reply.end_ms());
            }
        }
    }
}

/// Texts of any kind: Markdown that is still arriving, tokens, snapshots, contracts.
pub fn text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let closed = close_markdown(&text);
    assert!(closed.len() <= text.len() + 16, "what is closed grows by what closes it");
    for family in TokenizerFamily::ALL {
        let tokens = estimate_tokens(&text, family);
        assert!(tokens <= 4 * text.len() as u64 + 1, "{family:?}: {tokens}");
    }
    if let Ok(snapshot) = Snapshot::read(&text) {
        let again = Snapshot::read(&snapshot.to_text()).expect("what is written is read again");
        assert!(snapshot.differences(&again).is_empty());
    }
    for operation in [rehearsal::bedrock::Operation::Converse, rehearsal::bedrock::Operation::InvokeModel] {
        let _ = contract_violations(operation, 200, data);
    }
    if let Ok(value) = document::parse(&text) {
        let _ = rehearsal::compat::recompute(&value);
    }
}
