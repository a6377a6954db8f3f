//! The members of the published service model, and a body held against them: unknown and missing
//! members, unions, types, lengths, patterns, ranges and choices, all from data. Requests are refused in
//! the service's words; of answers, which may have members that are new, it is said plainly what is wrong.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use data_encoding::BASE64;
use regex_lite::Regex;
use serde::Deserialize;
use serde_json::Value;

/// The shapes of the runtime's requests, without their documentation: `cargo xtask rules` writes it.
const MODEL: &str = include_str!("service-model.json");
/// The shapes of answers that the service model does not have: those of the models and of the other doors.
const ANSWERS: &str = include_str!("answer-model.json");

/// A request of the service model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    Converse,
    ConverseStream,
    /// What CountTokens takes of a Converse request.
    CountTokens,
    ApplyGuardrail,
    GuardrailChecks,
    /// The labels of a request, which InvokeModel takes in a header.
    RequestMetadata,
}

/// What a body has that the service model does not allow.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ShapeProblem {
    /// Where, as `messages.0.content.1.document.name`.
    pub path: String,
    /// In the service's words.
    pub message: String,
}

#[derive(Debug, Deserialize)]
struct Document {
    source: String,
    shapes: BTreeMap<String, Member>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Member {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) members: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) required: Vec<String>,
    /// Required members that may be null.
    #[serde(default)]
    nullable: Vec<String>,
    #[serde(default)]
    pub(super) union: bool,
    /// Whether a tag that is not known may stand there.
    #[serde(default)]
    pub(super) open: bool,
    #[serde(default)]
    sensitive: bool,
    #[serde(rename = "enum", default)]
    pub(super) choices: Vec<String>,
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    pattern: Option<String>,
    pub(super) member: Option<String>,
    pub(super) key: Option<String>,
    pub(super) value: Option<String>,
}

pub(super) struct Model {
    source: String,
    pub(super) shapes: BTreeMap<String, Member>,
    patterns: BTreeMap<String, Regex>,
}

impl Shape {
    fn name(self) -> &'static str {
        match self {
            Shape::Converse => "ConverseRequest",
            Shape::ConverseStream => "ConverseStreamRequest",
            Shape::CountTokens => "ConverseTokensRequest",
            Shape::ApplyGuardrail => "ApplyGuardrailRequest",
            Shape::GuardrailChecks => "InvokeGuardrailChecksRequest",
            Shape::RequestMetadata => "RequestMetadata",
        }
    }
}

pub(super) fn model() -> &'static Model {
    static MODELS: OnceLock<Model> = OnceLock::new();
    MODELS.get_or_init(|| {
        // The files are part of the build, and a test reads them.
        let mut source = String::new();
        let mut shapes: BTreeMap<String, Member> = BTreeMap::new();
        for file in [ANSWERS, MODEL] {
            if let Ok(document) = serde_json::from_str::<Document>(file) {
                source = document.source;
                shapes.extend(document.shapes);
            }
        }
        let pattern = |(_, member): (&String, &Member)| {
            let pattern = member.pattern.as_ref()?;
            Some((pattern.clone(), Regex::new(&format!("^(?:{pattern})$")).ok()?))
        };
        let patterns = shapes.iter().filter_map(pattern).collect();
        Model { source, shapes, patterns }
    })
}

/// The release the shapes were read from.
pub fn model_source() -> &'static str {
    &model().source
}

/// The members of a request, in alphabetical order.
pub fn member_names(shape: Shape) -> Vec<&'static str> {
    let members = model().shapes.get(shape.name()).map(|shape| &shape.members);
    members.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

/// Everything in a body that the service model does not allow, at most [`MOST_PROBLEMS`]; the service
/// answers with the first.
pub fn check_shape(shape: Shape, body: &Value) -> Vec<ShapeProblem> {
    let mut walk = Walk { model: model(), problems: Vec::new(), answer: false };
    walk.value(shape.name(), body, &Place::default());
    walk.problems
}

/// Everything in an answer, or in a part of one, that a shape of the models does not allow. A member that
/// is not known is none: services add some.
pub fn check_answer(shape: &str, value: &Value) -> Vec<ShapeProblem> {
    let mut walk = Walk { model: model(), problems: Vec::new(), answer: true };
    walk.value(shape, value, &Place::default());
    walk.problems
}

/// Values that the service sends, and takes back, though the published model does not list them.
///
/// # Source
/// Recordings of pydantic-ai and langchain-aws, 2026: the type of a tool use that is no server's.
const UNPUBLISHED: [(&str, &str); 1] = [("ToolUseType", "tool_use")];

/// So many problems of one body are told.
const MOST_PROBLEMS: usize = 100;

/// A place in the three spellings the service uses.
#[derive(Clone, Default)]
struct Place {
    /// `#/messages/0/content`
    pointer: String,
    /// `messages.0.content`
    dotted: String,
    /// `messages.1.member.content`
    coral: String,
}

impl Place {
    fn member(&self, name: &str) -> Place {
        let join = |path: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        Place { pointer: format!("{}/{name}", self.pointer), dotted: join(&self.dotted), coral: join(&self.coral) }
    }

    fn item(&self, index: usize) -> Place {
        Place {
            pointer: format!("{}/{index}", self.pointer),
            dotted: format!("{}.{index}", self.dotted),
            coral: format!("{}.{}.member", self.coral, index + 1),
        }
    }
}

struct Walk {
    model: &'static Model,
    problems: Vec<ShapeProblem>,
    /// Whether it is an answer that is looked at, not a request.
    answer: bool,
}

impl Walk {
    fn say(&mut self, place: &Place, message: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(ShapeProblem { path: place.dotted.clone(), message });
        }
    }

    fn malformed(&mut self, place: &Place, what: &str) {
        if self.answer {
            return self.say(place, what.to_string());
        }
        let message =
            format!("Malformed input request: #{}: {what}, please reformat your input and try again.", place.pointer);
        self.say(place, message);
    }

    fn unmet(&mut self, place: &Place, value: Option<&str>, constraint: &str) {
        let shown = value.map(|value| value.chars().take(100).collect::<String>());
        let value = shown.map_or_else(|| "Value".to_string(), |value| format!("Value '{value}'"));
        if self.answer {
            return self.say(place, format!("{value} must {constraint}"));
        }
        let message = format!(
            "1 validation error detected: {value} at '{}' failed to satisfy constraint: Member must {constraint}",
            place.coral
        );
        self.say(place, message);
    }

    fn value(&mut self, name: &str, value: &Value, place: &Place) {
        let Some(shape) = self.model.shapes.get(name) else { return };
        match shape.kind.as_str() {
            "structure" => self.structure(shape, value, place),
            "tagged" => self.tagged(shape, value, place),
            "list" => self.list(shape, value, place),
            "map" => self.map(shape, value, place),
            "string" if value.as_str().is_some_and(|text| UNPUBLISHED.contains(&(name, text))) => {}
            "string" => self.text(shape, value, place),
            "integer" | "long" | "float" | "double" => self.number(shape, value, place),
            "boolean" if !value.is_boolean() => self.malformed(place, "expected type: Boolean"),
            "blob" if !value.is_string() => self.malformed(place, "expected type: String"),
            "blob" if value.as_str().is_some_and(str::is_empty) && shape.min.is_some() => {
                self.unmet(place, None, "have length greater than or equal to 1");
            }
            // What a request has of it is said in the service's words, where it is decoded.
            "blob" if self.answer && value.as_str().is_some_and(|text| BASE64.decode(text.as_bytes()).is_err()) => {
                self.malformed(place, "expected base64");
            }
            _ => {}
        }
    }

    fn structure(&mut self, shape: &'static Member, value: &Value, place: &Place) {
        let Some(object) = value.as_object() else { return self.malformed(place, "expected type: JSONObject") };
        let before = self.problems.len();
        let strange = object.keys().filter(|key| !shape.members.contains_key(*key));
        for key in strange.filter(|_| !self.answer || shape.union).cloned().collect::<Vec<_>>() {
            self.malformed(place, &format!("extraneous key [{key}] is not permitted"));
        }
        let given = object.iter().filter(|(_, value)| !value.is_null());
        if shape.union && given.clone().count() != 1 {
            if self.problems.len() == before {
                let names: Vec<&str> = shape.members.keys().map(String::as_str).collect();
                let keys = names.join(", ");
                let message = format!("#{} must set exactly one of the following keys: {keys}.", place.pointer);
                self.say(place, message);
            }
            return;
        }
        let missing = |name: &&String| match object.get(*name) {
            None => true,
            Some(value) => value.is_null() && !shape.nullable.contains(name),
        };
        for name in shape.required.iter().filter(missing) {
            let place = place.member(name);
            if self.answer {
                self.say(&place, "missing".to_string());
                continue;
            }
            let message = format!(
                "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
                place.coral
            );
            self.say(&place, message);
        }
        for (key, value) in given {
            if let Some(member) = shape.members.get(key) {
                self.value(member, value, &place.member(key));
            }
        }
    }

    /// One of several structures, by its `type`.
    fn tagged(&mut self, shape: &'static Member, value: &Value, place: &Place) {
        if !value.is_object() {
            return self.malformed(place, "expected type: JSONObject");
        }
        match (value["type"].as_str(), value["type"].as_str().and_then(|tag| shape.members.get(tag))) {
            (Some(_), Some(member)) => self.value(member, value, place),
            (Some(_), None) if shape.open => {}
            (Some(tag), None) => {
                let names = shape.members.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                self.unmet(&place.member("type"), Some(tag), &format!("be one of: {names}"));
            }
            (None, _) => self.malformed(&place.member("type"), "expected type: String"),
        }
    }

    fn list(&mut self, shape: &'static Member, value: &Value, place: &Place) {
        let Some(items) = value.as_array() else { return self.malformed(place, "expected type: JSONArray") };
        self.length(shape, items.len(), None, place);
        for (index, item) in items.iter().enumerate() {
            if let Some(member) = &shape.member {
                self.value(member, item, &place.item(index));
            }
        }
    }

    fn map(&mut self, shape: &'static Member, value: &Value, place: &Place) {
        let Some(object) = value.as_object() else { return self.malformed(place, "expected type: JSONObject") };
        self.length(shape, object.len(), None, place);
        for (key, value) in object {
            let place = place.member(key);
            if let Some(name) = &shape.key {
                self.value(name, &Value::String(key.clone()), &place);
            }
            if let Some(name) = &shape.value {
                self.value(name, value, &place);
            }
        }
    }

    fn text(&mut self, shape: &'static Member, value: &Value, place: &Place) {
        let Some(text) = value.as_str() else { return self.malformed(place, "expected type: String") };
        let shown = Some(text).filter(|_| !shape.sensitive);
        if !shape.choices.is_empty() && !shape.choices.iter().any(|choice| choice == text) {
            return self.unmet(place, shown, &format!("satisfy enum value set: [{}]", shape.choices.join(", ")));
        }
        if self.length(shape, text.chars().count(), shown, place) {
            let unmet = shape
                .pattern
                .as_ref()
                .filter(|pattern| self.model.patterns.get(*pattern).is_some_and(|compiled| !compiled.is_match(text)));
            if let Some(pattern) = unmet {
                self.unmet(place, shown, &format!("satisfy regular expression pattern: {pattern}"));
            }
        }
    }

    fn number(&mut self, shape: &'static Member, value: &Value, place: &Place) {
        let whole = shape.kind == "integer" || shape.kind == "long";
        let number = value.as_f64().filter(|number| !whole || *number == libm::trunc(*number));
        let Some(number) = number else {
            return self.malformed(place, if whole { "expected type: Integer" } else { "expected type: Number" });
        };
        let shown = value.to_string();
        if let Some(most) = shape.max.filter(|most| number > *most) {
            self.unmet(place, Some(&shown), &format!("have value less than or equal to {most}"));
        } else if let Some(least) = shape.min.filter(|least| number < *least) {
            self.unmet(place, Some(&shown), &format!("have value greater than or equal to {least}"));
        }
    }

    /// Whether a length is allowed.
    fn length(&mut self, shape: &Member, length: usize, shown: Option<&str>, place: &Place) -> bool {
        let length = length as f64;
        if let Some(most) = shape.max.filter(|most| length > *most) {
            self.unmet(place, shown, &format!("have length less than or equal to {most}"));
            return false;
        }
        if let Some(least) = shape.min.filter(|least| length < *least) {
            self.unmet(place, shown, &format!("have length greater than or equal to {least}"));
            return false;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_model_is_read_whole() {
        assert!(model_source().starts_with("botocore 1.44"), "{}", model_source());
        let patterns = model().shapes.values().filter(|shape| shape.pattern.is_some()).count();
        assert!(patterns >= 8);
        for (name, shape) in &model().shapes {
            let named = shape.members.values().chain(&shape.member).chain(&shape.key).chain(&shape.value);
            for other in named {
                assert!(model().shapes.contains_key(other), "{name} refers to {other}");
            }
        }
        for shape in model().shapes.values().filter_map(|shape| shape.pattern.as_ref()) {
            assert!(model().patterns.contains_key(shape), "{shape}");
        }
        assert!(member_names(Shape::Converse).contains(&"projectIdentifier"));
        assert!(!member_names(Shape::CountTokens).contains(&"inferenceConfig"));
    }

    #[test]
    fn every_kind_of_constraint_is_held() {
        let check = |body: Value, expected: &str| {
            let found = check_shape(Shape::Converse, &body);
            let messages: Vec<&str> = found.iter().map(|problem| problem.message.as_str()).collect();
            assert!(messages.iter().any(|message| message.contains(expected)), "{expected}: {messages:?}");
        };
        let block = |block: Value| json!({"messages": [{"role": "user", "content": [block]}]});
        check(json!({"foo": 1}), "#: extraneous key [foo] is not permitted");
        check(
            json!({"inferenceConfig": {"maxTokens": 0}}),
            "'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1",
        );
        check(json!({"inferenceConfig": {"maxTokens": 1.5}}), "expected type: Integer");
        check(json!({"inferenceConfig": 7}), "#/inferenceConfig: expected type: JSONObject");
        check(json!({"messages": [{"content": []}]}), "Value null at 'messages.1.member.role'");
        check(json!({"messages": [{"role": "boss", "content": []}]}), "enum value set: [user, assistant, system]");
        let used = |kind: &str| json!({"messages": [{"role": "assistant", "content": [{"toolUse": {"toolUseId": "t", "name": "n", "input": {}, "type": kind}}]}]});
        check(used("other"), "enum value set: [server_tool_use]");
        for kind in ["tool_use", "server_tool_use"] {
            assert_eq!(check_shape(Shape::Converse, &used(kind)), [], "{kind}");
        }
        check(block(json!({"text": "a", "image": {}})), "#/messages/0/content/0 must set exactly one of");
        check(
            block(json!({"document": {"name": "n".repeat(201), "format": "pdf", "source": {"text": "t"}}})),
            "have length less than or equal to 200",
        );
        check(
            json!({"toolConfig": {"tools": [{"toolSpec": {"name": "a b", "inputSchema": {"json": {}}}}]}}),
            "'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
        );
        check(json!({"requestMetadata": {"k": "{}"}}), "requestMetadata.k");
        check(json!({"projectIdentifier": "a/b"}), "projectIdentifier");
        let good = json!({"projectIdentifier": "team-1", "messages": [], "requestMetadata": {"user": "a@b"}});
        assert_eq!(check_shape(Shape::Converse, &good), []);
    }
}
