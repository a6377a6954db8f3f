//! A request checked without a server: what the service model and the model's row would refuse.

use serde_json::Value;

use crate::bedrock::{Ask, Exception, ModelRules, Operation, claude, converse, nova};
use crate::catalog::Model;
use crate::problem::{long_texts, repeated_in_part};
use crate::words::Word;

use crate::rules::{Shape, check_shape, model_source};

use super::{RuleFinding, check, unchecked};

/// Everything that the service would refuse in a request to a model, whose body is Converse's, Anthropic's
/// or Nova's: its own fields tell. `modelId` beside a Converse body is taken as boto3's argument.
pub fn lint(body: Value, model: &Model, stream: bool) -> Vec<RuleFinding> {
    let given: Vec<String> = long_texts(&body).into_iter().map(str::to_string).collect();
    let mut found = found_in(body, model, stream);
    for text in found.iter_mut().flat_map(|finding| [&mut finding.path, &mut finding.message, &mut finding.fix]) {
        *text = repeated_in_part(text, given.iter().map(String::as_str));
    }
    found
}

/// Why nobody here can say whether the service takes a request, as [`lint`] takes it, that no rule refuses.
pub fn not_linted(body: Value, model: &Model, stream: bool) -> Option<Word> {
    let rules = ModelRules::of(model);
    unchecked(&read(body, model, &rules, stream).ok()?, &rules)
}

fn found_in(body: Value, model: &Model, stream: bool) -> Vec<RuleFinding> {
    let rules = ModelRules::of(model);
    read(body, model, &rules, stream).map_or_else(|found| found, |ask| check(&ask, &rules))
}

/// The request in a body, or what is wrong with the body's form.
fn read(mut body: Value, model: &Model, rules: &ModelRules, stream: bool) -> Result<Ask, Vec<RuleFinding>> {
    let model_id = body["modelId"].as_str().unwrap_or(&model.id).to_string();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("modelId");
    }
    let (whole, streaming) = if body.get("anthropic_version").is_some() {
        (Operation::InvokeModel, Operation::InvokeModelWithResponseStream)
    } else {
        (Operation::Converse, Operation::ConverseStream)
    };
    let operation = if stream { streaming } else { whole };
    let own = operation.is_invoke() || body.get("schemaVersion").is_some();
    let shape = if stream { Shape::ConverseStream } else { Shape::Converse };
    if !own {
        let problems = check_shape(shape, &body);
        if !problems.is_empty() {
            let found = problems
                .into_iter()
                .map(|problem| shape_finding(problem.path, &Exception::validation(problem.message)));
            return Err(found.collect());
        }
    }
    let text = body.to_string();
    let read = if body.get("schemaVersion").is_some() {
        nova::read(text.as_bytes(), &model_id, operation)
    } else if own {
        claude::read(text.as_bytes(), &model_id, rules, operation)
    } else {
        converse::read_value(body, &model_id, operation)
    };
    read.map_err(|exception| vec![shape_finding(place_of(&exception), &exception)])
}

/// The place that an exception's words begin with, where they do.
pub(crate) fn place_of(exception: &Exception) -> String {
    // OpenAI's form of an error names the parameter.
    let param = exception.fields.as_ref().and_then(|fields| fields.get("param")?.as_str());
    if let Some(param) = param {
        return param.to_string();
    }
    let place = exception.message.split(": ").next().unwrap_or_default();
    if place.contains(' ') { String::new() } else { place.to_string() }
}

/// A refusal of a body's form.
pub(crate) fn shape_finding(path: String, exception: &Exception) -> RuleFinding {
    let source = model_source();
    RuleFinding {
        source: source.split(',').next().unwrap_or(source).to_string(),
        date: "2026-11-29".to_string(),
        ..RuleFinding::new("service-model", path, exception, "Write it as the service model has it.")
    }
}
