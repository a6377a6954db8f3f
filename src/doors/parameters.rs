//! What each parameter of Chat Completions and Responses may be: a table for each of the two, looked through before
//! anything else is read of a parameter.

use serde_json::Value;

use crate::bedrock::Exception;

use super::openai::{refused, within, wrong_type};

/// What a parameter may be, where it is given.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    Text,
    Flag,
    /// Any whole number.
    Whole,
    /// A whole number up to this one.
    UpTo(u64),
    /// A number from the first to the second.
    Number(f64, f64),
    Object,
    /// A list of objects.
    List,
    /// One of these names.
    OneOf(&'static [&'static str]),
    /// A list of these names.
    Names(&'static [&'static str]),
    /// Texts under names.
    Labels,
    /// One text or a list of them.
    Texts,
    TextOrObject,
}

/// Parameters by their paths: an object stands before what is in it.
pub type Table = &'static [(&'static str, Form)];

const TIERS: Form = Form::OneOf(&["auto", "default", "flex", "priority"]);
const EFFORTS: Form = Form::OneOf(&["none", "minimal", "low", "medium", "high", "xhigh", "max"]);
const VERBOSITY: Form = Form::OneOf(&["low", "medium", "high"]);

/// Chat Completions.
pub const CHAT: Table = &[
    ("audio", Form::Object),
    ("frequency_penalty", Form::Number(-2.0, 2.0)),
    ("logit_bias", Form::Object),
    ("logprobs", Form::Flag),
    ("metadata", Form::Labels),
    ("parallel_tool_calls", Form::Flag),
    ("prediction", Form::Object),
    ("presence_penalty", Form::Number(-2.0, 2.0)),
    ("prompt_cache_key", Form::Text),
    ("prompt_cache_options", Form::Object),
    ("prompt_cache_options.ttl", Form::OneOf(&["30m"])),
    ("prompt_cache_options.mode", Form::OneOf(&["implicit", "explicit"])),
    ("reasoning_effort", EFFORTS),
    ("response_format", Form::Object),
    ("response_format.json_schema", Form::Object),
    ("safety_identifier", Form::Text),
    ("seed", Form::Whole),
    ("service_tier", TIERS),
    ("stop", Form::Texts),
    ("store", Form::Flag),
    ("stream", Form::Flag),
    ("stream_options", Form::Object),
    ("stream_options.include_usage", Form::Flag),
    ("stream_options.include_obfuscation", Form::Flag),
    ("temperature", Form::Number(0.0, 2.0)),
    ("tools", Form::List),
    ("top_logprobs", Form::UpTo(20)),
    ("top_p", Form::Number(0.0, 1.0)),
    ("user", Form::Text),
    ("verbosity", VERBOSITY),
];

/// Responses.
pub const RESPONSES: Table = &[
    ("background", Form::Flag),
    ("include", Form::Names(&INCLUDED)),
    ("instructions", Form::Text),
    ("max_tool_calls", Form::UpTo(u64::MAX)),
    ("metadata", Form::Labels),
    ("parallel_tool_calls", Form::Flag),
    ("previous_response_id", Form::Text),
    ("prompt", Form::Object),
    ("prompt_cache_key", Form::Text),
    ("prompt_cache_options", Form::Object),
    ("prompt_cache_options.ttl", Form::OneOf(&["30m"])),
    ("prompt_cache_options.mode", Form::OneOf(&["implicit", "explicit"])),
    ("reasoning", Form::Object),
    ("reasoning.effort", EFFORTS),
    ("reasoning.summary", Form::Text),
    ("safety_identifier", Form::Text),
    ("service_tier", TIERS),
    ("store", Form::Flag),
    ("stream", Form::Flag),
    ("stream_options", Form::Object),
    ("stream_options.include_obfuscation", Form::Flag),
    ("temperature", Form::Number(0.0, 2.0)),
    ("text", Form::Object),
    ("text.format", Form::Object),
    ("text.verbosity", VERBOSITY),
    ("tool_choice", Form::TextOrObject),
    ("tools", Form::List),
    ("top_logprobs", Form::UpTo(20)),
    ("top_p", Form::Number(0.0, 1.0)),
    ("truncation", Form::OneOf(&["auto", "disabled"])),
    ("user", Form::Text),
];

/// What a response may be asked to tell beside its output.
const INCLUDED: [&str; 8] = [
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
];

/// Refuses the first parameter that is not what its table says.
pub fn check(body: &Value, table: Table) -> Result<(), Exception> {
    for (path, form) in table {
        let value = path.split('.').fold(body, |value, name| &value[name]);
        if !value.is_null() {
            form.check(path, value)?;
        }
    }
    Ok(())
}

impl Form {
    fn check(self, path: &str, value: &Value) -> Result<(), Exception> {
        let expected = match self {
            Form::Text if !value.is_string() => "a string",
            Form::Flag if !value.is_boolean() => "a boolean",
            Form::Whole | Form::UpTo(_) if !(value.is_i64() || value.is_u64()) => "an integer",
            Form::Object | Form::Labels if !value.is_object() => "an object",
            Form::List if !value.is_array() => "an array of objects",
            Form::Names(_) if !value.is_array() => "an array of strings",
            Form::OneOf(_) if !value.is_string() => "a string",
            Form::Texts if !(value.is_string() || value.is_array()) => "a string or an array of strings",
            Form::TextOrObject if !(value.is_string() || value.is_object()) => "a string or an object",
            _ => "",
        };
        if !expected.is_empty() {
            return Err(wrong_type(path, expected, value));
        }
        match self {
            Form::UpTo(most) => up_to(path, value, most),
            Form::Number(least, most) => within(path, value, least, most),
            Form::OneOf(names) => one_of(path, value, names),
            Form::Names(names) => each(path, value, |path, value| match value {
                Value::String(_) => one_of(path, value, names),
                other => Err(wrong_type(path, "a string", other)),
            }),
            Form::Texts => each(path, value, text),
            Form::Labels => {
                let mut labels = value.as_object().into_iter().flatten();
                labels.try_for_each(|(name, value)| text(&format!("{path}.{name}"), value))
            }
            _ => Ok(()),
        }
    }
}

fn each(path: &str, value: &Value, check: impl Fn(&str, &Value) -> Result<(), Exception>) -> Result<(), Exception> {
    let mut items = value.as_array().into_iter().flatten().enumerate();
    items.try_for_each(|(index, item)| check(&format!("{path}[{index}]"), item))
}

fn text(path: &str, value: &Value) -> Result<(), Exception> {
    if value.is_string() { Ok(()) } else { Err(wrong_type(path, "a string", value)) }
}

fn one_of(path: &str, value: &Value, names: &[&str]) -> Result<(), Exception> {
    let given = value.as_str().unwrap_or_default();
    if names.contains(&given) {
        return Ok(());
    }
    let message = format!("Invalid value: '{given}'. Supported values are: {}.", listed(names));
    Err(refused("invalid_value", path, message))
}

fn up_to(path: &str, value: &Value, most: u64) -> Result<(), Exception> {
    let (code, which, bound) = match value.as_u64() {
        None => ("integer_below_min_value", "below minimum value. Expected a value >=", 0),
        Some(count) if count > most => ("integer_above_max_value", "above maximum value. Expected a value <=", most),
        Some(_) => return Ok(()),
    };
    Err(refused(code, path, format!("Invalid '{path}': integer {which} {bound}, but got {value} instead.")))
}

/// Names as a refusal lists them: `'a', 'b', and 'c'`.
pub fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, [first])) => format!("{first} and {last}"),
        Some((last, others)) => format!("{}, and {last}", others.join(", ")),
        None => String::new(),
    }
}
