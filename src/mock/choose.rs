//! Which answer a request gets, and why.

use std::collections::BTreeMap;

use crate::bedrock::{Answer, Ask, AskBlock, Block, Exception, StopReason, ToolChoice, Usage};
use crate::fixture::{By, Fixture, Kind, Library, replays};
use crate::random::{Purpose, Stream};
use crate::words::{Arg, Message, Word};

use super::reason::Reason;
use super::structured;

/// What answers when no override and no fixture does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fallback {
    /// A clear error: the default, for tests.
    Strict,
    /// One of the library's golden answers, by the request's hash: the same every time.
    Hash,
    /// One of them by chance, by the seed and the call's number.
    Random,
    /// The prompt, echoed as the original does.
    Echo,
}

impl Fallback {
    pub fn key(self) -> &'static str {
        match self {
            Fallback::Strict => "strict",
            Fallback::Hash => "hash",
            Fallback::Random => "random",
            Fallback::Echo => "echo",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        [Fallback::Strict, Fallback::Hash, Fallback::Random, Fallback::Echo].into_iter().find(|f| f.key() == key)
    }
}

/// What answers a request, and why.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Choice<'a> {
    Fixture(&'a Fixture),
    /// A text that stands in no fixture: an override, an echo.
    Text(String),
    /// An answer made to a form that the request asks for.
    Made(Answer),
}

/// What an answer is chosen by.
pub(super) struct Choosing<'a, 'b> {
    pub ask: &'b Ask,
    /// The request's hashes, the plainest first.
    pub hashes: &'b [String],
    pub library: &'a Library,
    /// The recording of exactly this request.
    pub exact: Option<&'a Fixture>,
    pub overrides: &'b BTreeMap<String, String>,
    pub fallback: Fallback,
    /// How often each request was answered, for recordings that were made in a row.
    pub served: &'b mut BTreeMap<String, usize>,
    pub seed: u64,
    pub call: u64,
}

/// Chooses the answer of a request, and says why: overrides, fixtures by hash, fixtures by rule, the
/// fallback.
///
/// # Errors
/// Nothing matches and the fallback is strict.
pub(super) fn choose<'a>(choosing: Choosing<'a, '_>) -> Result<(Choice<'a>, Reason), Exception> {
    let Choosing { ask, hashes, library, exact, overrides, fallback, served, seed, call } = choosing;
    if let Some((hash, text)) = hashes.iter().find_map(|hash| Some((hash, overrides.get(hash)?))) {
        return Ok((Choice::Text(text.clone()), Message::new(Word::reason_override).text("hash", hash).into()));
    }
    if let Some(fixture) = exact {
        return Ok((Choice::Fixture(fixture), of(fixture, Word::reason_exact).into()));
    }
    if let Some(fixture) = by_hash(ask, hashes, library, served) {
        return Ok((Choice::Fixture(fixture), of(fixture, Word::reason_hash).into()));
    }
    if let Some(found) = library.by_rule(ask)
        && let By::Rule(number) = found.by
    {
        let rule = found.fixture.rules.get(number - 1).map(crate::fixture::Rule::describe);
        let rule = rule.map_or(Arg::Text(String::new()), |rule| Arg::Said(Box::new(rule)));
        let why = of(found.fixture, Word::reason_rule).text("number", number.to_string()).with("rule", rule);
        return Ok((Choice::Fixture(found.fixture), why.into()));
    }
    let pool = || -> Vec<&'a Fixture> {
        library.iter().filter(|f| matches!(f.kind, Kind::Golden | Kind::Japanese) && f.answer().is_some()).collect()
    };
    let picked = |number: u64, how: Word| {
        let pool = pool();
        let fixture = pool.get((number % pool.len().max(1) as u64) as usize).copied();
        let choice = fixture.map(|fixture| (Choice::Fixture(fixture), of(fixture, how).into()));
        choice.ok_or_else(|| no_match(ask, hashes, "the library has no answers to choose from"))
    };
    // A strict mock invents no answer, unless the request itself asks for one.
    let may_form = fallback != Fallback::Strict || ask.metadata.contains_key("structured");
    if let Some(made) = may_form.then(|| formed(ask, seed, call)).flatten() {
        return Ok((Choice::Made(made), Word::reason_schema.into()));
    }
    match fallback {
        Fallback::Strict => Err(no_match(ask, hashes, "the fallback is strict")),
        Fallback::Hash => {
            let number = u64::from_str_radix(&hashes[0], 16).unwrap_or_default();
            picked(number, Word::reason_by_hash)
        }
        Fallback::Random => picked(Stream::new(seed, Purpose::Pool).word(call), Word::reason_by_chance),
        Fallback::Echo => Ok((Choice::Text(echo(ask)), Word::reason_echo.into())),
    }
}

/// A reason that names a fixture.
fn of(fixture: &Fixture, why: Word) -> Message {
    Message::new(why).text("fixture", &fixture.id)
}

/// The fixture with one of the request's hashes. Recordings of one request made in a row are played in
/// that row; the last one stays.
fn by_hash<'a>(
    ask: &Ask,
    hashes: &[String],
    library: &'a Library,
    served: &mut BTreeMap<String, usize>,
) -> Option<&'a Fixture> {
    let mut candidates = library.by_hash(hashes, &ask.model_id);
    // A recording of this very operation is replayed; otherwise any answer to the prompt serves.
    let exact = |fixture: &&Fixture| replays(fixture, ask.operation).is_some();
    if candidates.iter().any(exact) {
        candidates.retain(exact);
    }
    next_in_row(&candidates, || format!("{} {} {}", hashes[0], ask.operation.name(), ask.model_id), served)
}

/// The next of fixtures that answer one request in a row; the last one stays.
pub(super) fn next_in_row<'a>(
    candidates: &[&'a Fixture],
    key: impl FnOnce() -> String,
    served: &mut BTreeMap<String, usize>,
) -> Option<&'a Fixture> {
    let last = candidates.len().checked_sub(1)?;
    if last == 0 {
        return candidates.first().copied();
    }
    let row = served.entry(key()).or_insert(0);
    let fixture = candidates.get((*row).min(last)).copied();
    *row += 1;
    fixture
}

/// An answer to the form a request asks for: JSON by its schema, or the use of a tool that it forces or
/// wants strictly. The label `structured` asks for a variant: `truncated` or `refused`; `valid`, or any
/// other, for the form itself.
fn formed(ask: &Ask, seed: u64, call: u64) -> Option<Answer> {
    let variant = ask.metadata.get("structured").map(String::as_str);
    let answers_tools = ask
        .turns
        .last()
        .is_some_and(|turn| turn.blocks.iter().any(|block| matches!(block, AskBlock::ToolResult { .. })));
    let tool = match &ask.tool_choice {
        ToolChoice::Named(name) => ask.tools.iter().find(|tool| tool.name == *name),
        ToolChoice::Any => ask.tools.first(),
        ToolChoice::None => None,
        ToolChoice::Unset | ToolChoice::Auto => ask.tools.iter().find(|tool| tool.strict && !answers_tools),
    };
    if ask.schema.is_none() && tool.is_none() {
        return None;
    }
    if variant == Some("refused") {
        return Some(Answer {
            content: vec![Block::Text("I can't help with that.".to_string())],
            stop_reason: StopReason::Refusal,
            ..Answer::default()
        });
    }
    let cut = variant == Some("truncated");
    let half = |json: String| -> String { json.chars().take(json.chars().count() / 2).collect() };
    let stop_reason = if cut { StopReason::MaxTokens } else { StopReason::EndTurn };
    if let Some(tool) = tool {
        let (id, name) = (None, tool.name.clone());
        let input = structured::generate(&tool.schema, seed, call);
        let input = if input.is_object() { input } else { serde_json::json!({}) };
        let block = if cut {
            Block::BrokenToolUse { id, name, json: half(input.to_string()) }
        } else {
            Block::ToolUse { id, name, input }
        };
        let stop_reason = if cut { stop_reason } else { StopReason::ToolUse };
        return Some(Answer { content: vec![block], stop_reason, ..Answer::default() });
    }
    let json = structured::generate(ask.schema.as_ref()?, seed, call).to_string();
    let text = if cut { half(json) } else { json };
    Some(Answer { content: vec![Block::Text(text)], stop_reason, ..Answer::default() })
}

/// The original's echo.
fn echo(ask: &Ask) -> String {
    // The first word of the model's name, behind its geography and vendor.
    let names = ask.model_id.split('.').find(|part| part.contains('-') && *part != "us-gov");
    let family = names.unwrap_or(&ask.model_id).split('-').next().unwrap_or_default();
    let start: String = ask.last_user_text().chars().take(100).collect();
    format!("[Mock {family}] Response to: {start}...")
}

fn no_match(ask: &Ask, hashes: &[String], why: &str) -> Exception {
    let text: String = ask.last_user_text().chars().take(60).collect();
    Exception::validation(format!(
        "No fixture answers this request, and {why}. Its prompt hash is {}; its last user text begins “{text}”. Add a fixture with that hash or a rule that matches, or choose another fallback.",
        hashes[0]
    ))
}

/// The answer of a choice; usage that no one declared is zero, to be estimated.
pub(super) fn answer_of(choice: &Choice<'_>) -> Option<Answer> {
    match choice {
        Choice::Text(text) => Some(Answer::text(text.clone(), Usage::default())),
        Choice::Made(answer) => Some(answer.clone()),
        Choice::Fixture(fixture) => fixture.decoded_answer(),
    }
}
