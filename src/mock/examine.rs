//! What the mock would say to a request, without answering it: everything that is refused and not only the
//! first, by the very checks that [`super::Mock::handle`] makes, so that both have the same words.

use std::borrow::Cow;

use crate::bedrock::{Ask, Dialect, Exception, ModelRules, Operation, Request, Route, arn, route};
use crate::catalog::{Catalog, Model, TokenizerFamily};
use crate::checks::RuleFinding;
use crate::doors::{self, Call, State};
use crate::fixture::Library;
use crate::rules::{self, Frame, Shape, check_shape};
use crate::words::Word;

use super::again::Again;
use super::door::{self, Found};
use super::handle::{find_model, read};
use super::prompt::{Prompt, PromptSize};

/// A request that was looked at.
#[derive(Debug)]
pub struct Examined<'a> {
    pub operation: Operation,
    /// `None` where the id is no model's.
    pub model: Option<Cow<'a, Model>>,
    /// Everything that is refused, in the order in which the mock looks: the first is what it answers.
    pub refused: Vec<RuleFinding>,
    /// Why nobody here can say whether it is taken.
    pub unchecked: Option<Word>,
    /// How long its prompt is, where it can be read.
    pub(crate) size: Option<PromptSize>,
    /// What it asks, where it can be read.
    pub(crate) read: Option<ReadRequest>,
}

/// What a request asks, as its model reads it.
#[derive(Debug)]
pub(crate) struct ReadRequest {
    pub ask: Ask,
    pub prompt: Prompt,
}

/// The model of a request's path or body, and the door it came to.
struct Addressed<'a> {
    operation: Operation,
    model_id: String,
    model: Cow<'a, Model>,
}

/// Looks at a request to a model of a catalog as the mock would on a day, `YYYY-MM-DD`.
pub fn examine<'a>(request: &Request, catalog: &'a Catalog, today: Option<&str>) -> Examined<'a> {
    let mut again = Again::default();
    let examined = examine_again(request, catalog, today, &mut again);
    let read = again.last().map(|(ask, prompt)| ReadRequest { ask, prompt });
    Examined { read, ..examined }
}

/// The same, for a request that many models are asked of: what is the same for several is found once, and only the size
/// of its prompt is told.
pub(crate) fn examine_again<'a>(
    request: &Request,
    catalog: &'a Catalog,
    today: Option<&str>,
    again: &mut Again,
) -> Examined<'a> {
    let call = doors::call(request, None);
    let found = match model_of(request, call.as_ref(), catalog) {
        Ok(found) => found,
        Err((operation, exception)) => {
            let finding = RuleFinding::new("model", "modelId", &exception, "Ask a model that this door has.");
            return Examined {
                operation,
                model: None,
                refused: vec![finding],
                unchecked: None,
                size: None,
                read: None,
            };
        }
    };
    let Addressed { operation, model_id, model } = found;
    let rules = ModelRules::of(&model);
    let mut refused = Vec::new();
    if let Some(exception) = ended(&model, today) {
        let fix = "Ask a model that is still served.";
        refused.push(of_row(&rules, RuleFinding::new("eol", "modelId", &exception, fix)));
    }
    let family = model.tokenizer.unwrap_or(TokenizerFamily::Claude3);
    let state = State::default();
    let at_door = call.as_ref().map(|call| (call, &state));
    let mut asking = again.ask((request, operation, call.is_some()), (&model, &model_id, &rules), || {
        read(request, at_door, operation, &model, &model_id, &rules, 0.0)
    });
    let mut unsaid = None;
    let size = asking.prompt(family, Frame::of(&model.id)).map(Prompt::size);
    match asking.ask() {
        Ok(ask) => {
            let heeded = |finding: &RuleFinding| call.as_ref().is_none_or(|call| call.door.heeds(finding.rule));
            refused.extend(crate::checks::check(ask, &rules).into_iter().filter(heeded));
            unsaid = crate::checks::unchecked(ask, &rules);
            let tokens = size.map_or(0, |size| size.tokens);
            if let Some(exception) = too_long(&rules, call.as_ref(), tokens, ask) {
                let fix = "Send less, or choose a model with a larger context.";
                refused.push(of_row(&rules, RuleFinding::new("context", "messages", &exception, fix)));
            }
        }
        Err(exception) => refused.extend(unread(request, operation, &rules, exception)),
    }
    let own_body = operation.is_invoke() && !matches!(rules.dialect, Dialect::Claude | Dialect::Nova);
    let unchecked = if own_body {
        Some(Word::unchecked_body)
    } else if rules.row().is_none() {
        Some(Word::unchecked_model)
    } else {
        unsaid
    };
    Examined { operation, model: Some(model), refused, unchecked, size, read: None }
}

fn model_of<'a>(
    request: &Request,
    call: Option<&Call>,
    catalog: &'a Catalog,
) -> Result<Addressed<'a>, (Operation, Exception)> {
    let nobody = |exception| (call.map_or(Operation::Converse, Call::operation), exception);
    let Some(call) = call else {
        let Route { operation, model_id } = route(request).map_err(nobody)?;
        let unknown = || (operation, arn::unknown_model(&model_id, &model_id));
        let model = find_model(catalog, &model_id).ok_or_else(unknown)?;
        return Ok(Addressed { operation, model_id, model });
    };
    let (operation, model_id) = (call.operation(), call.model().to_string());
    let library = Library::default();
    match door::find_model(call, &model_id, catalog, &library) {
        Ok(Found::Model(model)) => Ok(Addressed { operation, model: Cow::Owned(model.into_owned()), model_id }),
        Ok(Found::Error(_)) => Err((operation, arn::unknown_model(&model_id, &model_id))),
        Err(exception) => Err((operation, exception)),
    }
}

/// Why a body could not be read: everything that its shape has wrong, or the one reason.
fn unread(request: &Request, operation: Operation, rules: &ModelRules, exception: &Exception) -> Vec<RuleFinding> {
    let shape = match operation {
        Operation::Converse => Some(Shape::Converse),
        Operation::ConverseStream => Some(Shape::ConverseStream),
        _ => None,
    };
    let body = || serde_json::from_slice(&request.body).ok();
    let problems = shape.zip(body()).map(|(shape, body)| check_shape(shape, &body)).unwrap_or_default();
    if problems.first().is_some_and(|problem| problem.message == exception.message) {
        let told = |problem: rules::ShapeProblem| {
            crate::checks::shape_finding(problem.path, &Exception::validation(problem.message))
        };
        return problems.into_iter().map(told).collect();
    }
    if exception.message.starts_with("Invalid API version") {
        let fix = "Name a version that the model has.";
        return vec![of_row(rules, RuleFinding::new("api_versions", "anthropic_version", exception, fix))];
    }
    vec![crate::checks::shape_finding(crate::checks::place_of(exception), exception)]
}

/// A finding with the source of the model's row.
fn of_row(rules: &ModelRules, finding: RuleFinding) -> RuleFinding {
    let Some(row) = rules.row() else { return finding };
    RuleFinding { source: row.source(), date: row.date().to_string(), ..finding }
}

/// What a model past its end of life answers: it is not there, from that day on.
pub(super) fn ended(model: &Model, today: Option<&str>) -> Option<Exception> {
    let today = today?;
    let ended = rules::end_of_life(model).is_some_and(|day| day.as_str() <= today);
    let message =
        "This model version has reached the end of its life. Please refer to the AWS documentation for more details.";
    ended.then(|| Exception::new("ResourceNotFoundException", message))
}

/// What a prompt beyond a model's context is answered; Claude before Sonnet 4.5 counts what is asked for with it.
pub(super) fn too_long(rules: &ModelRules, call: Option<&Call>, prompt_tokens: u64, ask: &Ask) -> Option<Exception> {
    let most = rules.max_input_tokens?;
    if prompt_tokens > most {
        return Some(match call {
            Some(call) => call.door.too_long(prompt_tokens, most),
            None => Exception::validation("Input is too long for requested model."),
        });
    }
    let claude = rules.row().and_then(|row| crate::catalog::claude_version(row.model()));
    let asked = ask.max_tokens.filter(|asked| prompt_tokens.saturating_add(*asked) > most)?;
    claude.is_some_and(|claude| claude.version < (4, 5)).then(|| {
        let told = if ask.api == crate::bedrock::Api::Converse { "The model returned the following errors: " } else { "" };
        Exception::validation(format!(
            "{told}input length and `max_tokens` exceed context limit: {prompt_tokens} + {asked} > {most}, decrease input length or `max_tokens` and try again"
        ))
    })
}
