//! What each field of a body of Anthropic's own may be: one table, looked through before anything else is read, and
//! the marks of the prompt cache.

use serde_json::Value;

use crate::bedrock::ask::CacheTtl;
use crate::bedrock::exception::Exception;

/// What a field may be, where it is given.
#[derive(Clone, Copy, Debug)]
enum Form {
    Text,
    Whole,
    List,
    Object,
    OneOf(&'static [&'static str]),
}

/// Fields by their paths: an object stands before what is in it.
///
/// # Source
/// `MessageCreateParams` of anthropic 2.14.0.
const FIELDS: [(&str, Form); 14] = [
    ("tools", Form::List),
    ("tool_choice", Form::Object),
    ("thinking", Form::Object),
    ("thinking.budget_tokens", Form::Whole),
    ("thinking.display", Form::OneOf(&["omitted", "summarized"])),
    ("metadata", Form::Object),
    ("metadata.user_id", Form::Text),
    ("output_config", Form::Object),
    ("output_config.effort", Form::Text),
    ("output_config.format", Form::Object),
    ("output_format", Form::Object),
    ("context_management", Form::Object),
    // What the door of Bedrock's Messages takes beside the first-party names is its tiers.
    ("service_tier", Form::OneOf(&["auto", "default", "flex", "priority", "standard", "standard_only"])),
    ("user_profile_id", Form::Text),
];

/// Refuses the first field that is not what the table says.
///
/// # Errors
/// The field, and what it should be, in the provider's words.
pub fn check(body: &Value) -> Result<(), Exception> {
    for (path, form) in FIELDS {
        let value = path.split('.').fold(body, |value, name| &value[name]);
        let wrong = match form {
            _ if value.is_null() => None,
            Form::Text => (!value.is_string()).then(|| "a valid string".to_string()),
            Form::Whole => (!(value.is_u64() || value.is_i64())).then(|| "a valid integer".to_string()),
            Form::List => (!value.is_array()).then(|| "a valid list".to_string()),
            Form::Object => {
                (!value.is_object()).then(|| "a valid dictionary or object to extract fields from".to_string())
            }
            Form::OneOf(names) => (!value.as_str().is_some_and(|given| names.contains(&given))).then(|| one_of(names)),
        };
        if let Some(wrong) = wrong {
            return Err(should_be(path, &wrong));
        }
    }
    Ok(())
}

fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    match quoted.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => quoted.concat(),
    }
}

/// What the provider says of a value of another type.
pub fn should_be(path: &str, what: &str) -> Exception {
    Exception::validation(format!("{path}: Input should be {what}"))
}

/// A text that must be there.
pub fn text_at(value: &Value, path: &str) -> Result<String, Exception> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Null => Err(Exception::validation(format!("{path}: Field required"))),
        _ => Err(should_be(path, "a valid string")),
    }
}

/// The cache mark of what stands at a path, if it has one.
///
/// # Errors
/// What is no mark: another type or lifetime than there is.
pub fn cache_mark(value: &Value, path: &str) -> Result<Option<CacheTtl>, Exception> {
    let mark = &value["cache_control"];
    let path = if path.is_empty() { "cache_control".to_string() } else { format!("{path}.cache_control") };
    if mark.is_null() {
        return Ok(None);
    }
    if !mark.is_object() {
        return Err(should_be(&path, "a valid dictionary or object to extract fields from"));
    }
    match &mark["type"] {
        Value::String(kind) if kind == "ephemeral" => {}
        Value::Null => {
            return Err(Exception::validation(format!("{path}: Unable to extract tag using discriminator 'type'")));
        }
        kind => {
            let kind = kind.as_str().map_or_else(|| kind.to_string(), str::to_string);
            return Err(Exception::validation(format!(
                "{path}: Input tag '{kind}' found using 'type' does not match any of the expected tags: 'ephemeral'"
            )));
        }
    }
    match &mark["ttl"] {
        Value::Null => Ok(Some(CacheTtl::Minutes5)),
        ttl if ttl == "5m" || ttl == "1h" => Ok(Some(CacheTtl::of(ttl))),
        _ => Err(should_be(&format!("{path}.ephemeral.ttl"), "'5m' or '1h'")),
    }
}
