//! Mends that need no thought, as JSON Patch (RFC 6902): a field left out, a value replaced. A patch is only
//! offered after the check has taken the request with it.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::bedrock::ModelRules;
use crate::checks::{RuleFinding, refused_keys};

/// One operation of a JSON Patch.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PatchOp {
    /// `add`, `remove` or `replace`.
    pub op: &'static str,
    /// A JSON pointer.
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

impl PatchOp {
    fn remove(path: impl Into<String>) -> Self {
        PatchOp { op: "remove", path: path.into(), value: None }
    }

    fn add(path: impl Into<String>, value: Value) -> Self {
        PatchOp { op: "add", path: path.into(), value: Some(value) }
    }

    fn replace(path: impl Into<String>, value: Value) -> Self {
        PatchOp { op: "replace", path: path.into(), value: Some(value) }
    }
}

/// Applies operations one after the other; `None` where a place is not there.
pub fn apply(body: &Value, ops: &[PatchOp]) -> Option<Value> {
    let mut body = body.clone();
    for op in ops {
        let (parent, last) = op.path.rsplit_once('/')?;
        let parent = body.pointer_mut(parent)?;
        let name = last.replace("~1", "/").replace("~0", "~");
        match (parent, &op.value) {
            (Value::Object(fields), None) => drop(fields.remove(&name)?),
            (Value::Object(fields), Some(value)) if op.op == "add" => drop(fields.insert(name, value.clone())),
            (Value::Object(fields), Some(value)) => *fields.get_mut(&name)? = value.clone(),
            (Value::Array(items), value) => {
                let at: usize = name.parse().ok().filter(|at| *at < items.len())?;
                match value {
                    None => drop(items.remove(at)),
                    Some(value) => items[at] = value.clone(),
                }
            }
            _ => return None,
        }
    }
    Some(body)
}

/// Ways to mend a finding, the likeliest first; each is to be tried.
pub fn candidates(finding: &RuleFinding, body: &Value, rules: &ModelRules) -> Vec<Vec<PatchOp>> {
    let pointer = pointer_to(&finding.path, body);
    let last = finding.path.rsplit('.').next().unwrap_or_default();
    let one = |op: PatchOp| vec![vec![op]];
    match finding.rule {
        "temperature" | "top_p" | "top_k" | "temp_with_top_p" | "eager_input_streaming" | "cache_auto_field" => {
            one(PatchOp::remove(pointer))
        }
        "strict_tools" => strict(body, &pointer, last),
        "tool_choice" | "forced_tool_with_thinking" => vec![
            vec![PatchOp::replace("/toolConfig/toolChoice", json!({"auto": {}}))],
            vec![PatchOp::replace("/tool_choice/type", json!("auto"))],
            vec![PatchOp::replace("/tool_choice", json!({"type": "auto"}))],
            vec![PatchOp::replace("/tool_choice", json!("auto"))],
        ],
        "cache" => vec![everywhere(body, &|fields| point_of(fields))],
        "cache_ttl" => vec![everywhere(body, &|fields| {
            let has_ttl = |name: &'static str| fields.get(name).is_some_and(|point| point.get("ttl").is_some());
            ["cache_control", "cachePoint"].into_iter().find(|name| has_ttl(name)).map(|name| Place::Field(name, "ttl"))
        })],
        "thinking_types" | "thinking_off" => thinking(finding, &pointer),
        "effort" => {
            let mut mends = Vec::new();
            for outer in ["/outputConfig", "/additionalModelRequestFields/output_config", "/output_config"] {
                mends.push(vec![PatchOp::remove(format!("{outer}/effort"))]);
                // What else stands beside the effort stays.
                if body.pointer(outer).and_then(Value::as_object).is_some_and(|fields| fields.len() == 1) {
                    mends.push(vec![PatchOp::remove(outer)]);
                }
            }
            mends.insert(0, vec![PatchOp::remove(pointer)]);
            mends
        }
        "max_output" => {
            let exclusive = rules.cell("max_output_bound") == "exclusive";
            let most = rules.max_output_tokens.map(|most| if exclusive { most.saturating_sub(1) } else { most });
            most.map_or_else(Vec::new, |most| one(PatchOp::replace(pointer, json!(most))))
        }
        "api_versions" => {
            let versions = rules.cell("api_versions").split('+').filter(|version| !version.is_empty());
            versions.map(|version| vec![PatchOp::replace("/anthropic_version", json!(version))]).collect()
        }
        // A field that the model or the service does not have.
        _ if finding.message.contains("Extra inputs are not permitted")
            || finding.message.contains("extraneous key")
            || finding.message.starts_with("Unknown parameter: ")
            || finding.message.starts_with("Unsupported parameter: ")
            || finding.message.starts_with("Unsupported value: ")
            || finding.message.contains(&format!("Remove {last} and try again")) =>
        {
            one(PatchOp::remove(pointer))
        }
        _ => Vec::new(),
    }
}

/// The JSON pointer of a finding's place. A name in it may have dots of its own: the longest that is there is taken.
fn pointer_to(path: &str, body: &Value) -> String {
    let parts: Vec<&str> = path.split('.').collect();
    let (mut pointer, mut at, mut here) = (String::new(), 0, Some(body));
    while at < parts.len() {
        let fields = here.and_then(Value::as_object);
        let longest = fields.and_then(|fields| {
            (at + 1..=parts.len()).rev().find(|end| fields.contains_key(&parts[at..*end].join(".")))
        });
        let end = longest.unwrap_or(at + 1);
        let name = parts[at..end].join(".");
        here = here.and_then(|here| match here {
            Value::Object(fields) => fields.get(&name),
            Value::Array(items) => items.get(name.parse::<usize>().ok()?),
            _ => None,
        });
        pointer.push('/');
        pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        at = end;
    }
    pointer
}

/// A strict tool: the key of its schema that is refused goes, an object that is open is closed, or it is strict no more.
fn strict(body: &Value, pointer: &str, last: &str) -> Vec<Vec<PatchOp>> {
    let (parent, _) = pointer.rsplit_once('/').unwrap_or_default();
    let schema = body.pointer(parent).unwrap_or(&Value::Null);
    if last == "strict" && schema.get("strict").is_some_and(Value::is_boolean) || refused_keys(schema).contains(&last) {
        return vec![vec![PatchOp::remove(pointer)]];
    }
    let Some(schema) = body.pointer(pointer).filter(|schema| schema.is_object()) else { return Vec::new() };
    // An object whose own properties nobody lists would take nothing once it is closed.
    let open = matches!(schema.get("additionalProperties"), None | Some(Value::Bool(true)));
    if schema["type"] == "object" && open && schema["properties"].is_object() {
        return vec![vec![PatchOp::add(format!("{pointer}/additionalProperties"), json!(false))]];
    }
    let keys = refused_keys(schema).into_iter();
    vec![keys.map(|key| PatchOp::remove(format!("{pointer}/{key}"))).collect()]
}

/// Thinking asked for in a way that the model has not.
fn thinking(finding: &RuleFinding, pointer: &str) -> Vec<Vec<PatchOp>> {
    let whole = pointer.strip_suffix("/type").unwrap_or(pointer);
    if finding.message.contains("thinking.type.adaptive") && finding.message.contains("\"thinking.type.enabled\"") {
        return vec![vec![PatchOp::replace(whole, json!({"type": "adaptive"}))]];
    }
    if finding.rule == "thinking_off" || finding.message.contains("Extra inputs are not permitted") {
        return vec![vec![PatchOp::remove(whole)]];
    }
    Vec::new()
}

/// What is to go from an object.
enum Place {
    /// The whole object, which stands in a list.
    Item,
    /// A field of it.
    Own(&'static str),
    /// A field of a field of it.
    Field(&'static str, &'static str),
}

/// A cache point: a block of its own in Converse, a field of a block in Anthropic's bodies.
fn point_of(fields: &Map<String, Value>) -> Option<Place> {
    if fields.len() == 1 && fields.contains_key("cachePoint") {
        return Some(Place::Item);
    }
    ["cache_control", "cachePoint"].into_iter().find(|name| fields.contains_key(*name)).map(Place::Own)
}

/// Removes something wherever it is, the last first, so that no place moves.
fn everywhere(body: &Value, is: &dyn Fn(&Map<String, Value>) -> Option<Place>) -> Vec<PatchOp> {
    /// The most that one patch removes.
    const MOST: usize = 1_000;
    let mut found = Vec::new();
    let mut open: Vec<(String, &Value)> = vec![(String::new(), body)];
    while let Some((path, value)) = open.pop() {
        match value {
            Value::Object(fields) => {
                match is(fields) {
                    Some(Place::Item) => found.push(PatchOp::remove(path.clone())),
                    Some(Place::Own(name)) => found.push(PatchOp::remove(format!("{path}/{name}"))),
                    Some(Place::Field(outer, inner)) => found.push(PatchOp::remove(format!("{path}/{outer}/{inner}"))),
                    None => {}
                }
                let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
                open.extend(fields.iter().map(|(name, value)| (format!("{path}/{}", escaped(name)), value)));
            }
            // Taken from the end: the last item comes first.
            Value::Array(items) => {
                open.extend(items.iter().enumerate().map(|(at, value)| (format!("{path}/{at}"), value)));
            }
            _ => {}
        }
        if found.len() > MOST {
            return Vec::new();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_removed_from_the_last_to_the_first() {
        let body = json!({
            "system": [{"text": "a"}, {"cachePoint": {"type": "default"}}],
            "messages": [{"role": "user", "content": [{"text": "b"}, {"cachePoint": {"type": "default"}}, {"text": "c"}, {"cachePoint": {"type": "default"}}]}],
        });
        let ops = everywhere(&body, &|fields| point_of(fields));
        assert_eq!(ops.len(), 3);
        let patched = apply(&body, &ops).unwrap();
        assert_eq!(
            patched,
            json!({"system": [{"text": "a"}], "messages": [{"role": "user", "content": [{"text": "b"}, {"text": "c"}]}]})
        );
        let own = json!({"system": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]});
        let patched = apply(&own, &everywhere(&own, &|fields| point_of(fields))).unwrap();
        assert_eq!(patched, json!({"system": [{"type": "text", "text": "a"}]}));
    }

    #[test]
    fn a_place_that_is_not_there_gives_no_patch() {
        let body = json!({"a": {"b": 1}, "list": [1]});
        assert_eq!(apply(&body, &[PatchOp::remove("/a/c")]), None);
        assert_eq!(apply(&body, &[PatchOp::remove("/list/1")]), None);
        assert_eq!(apply(&body, &[PatchOp::replace("/a/b", json!(2))]), Some(json!({"a": {"b": 2}, "list": [1]})));
        assert_eq!(apply(&body, &[PatchOp::remove("")]), None);
    }
}
