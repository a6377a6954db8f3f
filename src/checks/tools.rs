//! The tools a request offers, and those its history used.

use serde_json::Value;

use crate::bedrock::{Api, AskBlock, ToolChoice, unknown_tool};

use super::Checking;

/// The most strict tools of a request.
const MAX_STRICT: usize = 20;
/// How deep a schema is looked into.
pub(super) const MAX_DEPTH: usize = 32;

/// The keys of a schema that a strict tool does not take, those of the schemas in it left aside.
pub(crate) fn refused_keys(schema: &Value) -> Vec<&'static str> {
    let keys: &[&'static str] = match schema["type"].as_str().unwrap_or_default() {
        "integer" | "number" => &["exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"],
        "array" => &["contains", "maxItems", "minItems"],
        _ => &[],
    };
    // A list may be asked to hold one item.
    let harmless = |key: &str| key == "minItems" && schema[key].as_u64().is_some_and(|least| least <= 1);
    keys.iter().copied().filter(|key| schema.get(*key).is_some() && !harmless(key)).collect()
}

/// The first thing in a schema that a strict tool does not take: where, and the service's words.
fn unsupported(schema: &Value, place: String, depth: usize) -> Option<(String, String)> {
    let object = schema.as_object().filter(|_| depth < MAX_DEPTH)?;
    let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
    let open = object.get("additionalProperties") != Some(&Value::Bool(false));
    if kind == "object" && open {
        let words = "For 'object' type, 'additionalProperties' must be explicitly set to false";
        return Some((place, words.to_string()));
    }
    match refused_keys(schema).as_slice() {
        [] => {}
        [one] => {
            return Some((format!("{place}.{one}"), format!("For '{kind}' type, property '{one}' is not supported")));
        }
        several => {
            return Some((place, format!("For '{kind}' type, properties {} are not supported", several.join(", "))));
        }
    }
    let named = ["properties", "$defs", "definitions"].into_iter().filter_map(|list| Some((list, object.get(list)?)));
    let named = named.flat_map(|(list, inner)| {
        inner.as_object().into_iter().flatten().map(move |(name, schema)| (format!(".{list}.{name}"), schema))
    });
    let items = object.get("items").into_iter().map(|items| (".items".to_string(), items));
    let choices =
        ["anyOf", "allOf", "oneOf"].into_iter().filter_map(|list| Some((list, object.get(list)?.as_array()?)));
    let choices = choices.flat_map(|(list, choices)| {
        choices.iter().enumerate().map(move |(index, schema)| (format!(".{list}.{index}"), schema))
    });
    named.chain(items).chain(choices).find_map(|(step, inner)| unsupported(inner, format!("{place}{step}"), depth + 1))
}

impl Checking<'_> {
    pub(super) fn tools(&mut self) {
        self.history();
        self.forced();
        if self.ask.tools.is_empty() {
            return;
        }
        if self.rules.refuses("tools") {
            self.refuse(
                "tools",
                self.place("toolConfig", "tools"),
                "This model doesn't support tool use.",
                "Choose a model with tool use.",
            );
        } else if self.ask.operation.is_stream() && self.rules.refuses("tools_in_stream") {
            let message = "This model doesn't support tool use in streaming mode.";
            self.refuse(
                "tools_in_stream",
                self.place("toolConfig", "tools"),
                message,
                "Ask without streaming, or without tools.",
            );
        }
        self.names();
        self.options();
        self.choice();
        if self.counts() {
            self.counted();
        }
    }

    /// A history with tools needs the tools.
    fn history(&mut self) {
        let used = |block: &AskBlock| {
            matches!(block, AskBlock::ToolUse { server: false, .. } | AskBlock::ToolResult { server: false, .. })
        };
        let first = self.ask.blocks().find(|(_, _, _, block)| used(block));
        let Some((message, block, ..)) = first.filter(|_| self.ask.tools.is_empty()) else { return };
        let path = Self::block(message, block);
        let fix = "Send the tools with every request whose history used them.";
        match self.ask.api {
            Api::Messages => {
                let message = "Requests which include `tool_use` or `tool_result` blocks must define tools";
                self.refuse("service-model", path, message, fix);
            }
            Api::Converse | Api::Nova => {
                let message = "The toolConfig field must be defined when using toolUse and toolResult content blocks.";
                self.refuse("service-model", path, message, fix);
            }
            Api::OpenAi | Api::Other => {}
        }
    }

    /// Names are unique and of the right letters; Converse's letters are the service model's.
    fn names(&mut self) {
        let ask = self.ask;
        for (index, tool) in ask.tools.iter().enumerate() {
            if ask.tools.iter().take(index).any(|other| other.name == tool.name) {
                let path =
                    self.place(&format!("toolConfig.tools.{index}.toolSpec.name"), &format!("tools.{index}.name"));
                self.model_refuses(
                    "service-model",
                    path,
                    "tools: Tool names must be unique.",
                    "Give each tool a name of its own.",
                );
            }
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
            let valid = (1..=128).contains(&tool.name.len()) && tool.name.chars().all(fits);
            if ask.api == Api::Messages && !valid && tool.kind.is_none() {
                let message =
                    format!("tools.{index}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'");
                self.refuse("service-model", format!("tools.{index}.name"), message, "Use letters, digits, _ and -.");
            }
        }
    }

    fn options(&mut self) {
        let ask = self.ask;
        for (index, tool) in ask.tools.iter().enumerate() {
            if tool.eager && self.rules.refuses("eager_input_streaming") {
                let message = format!("tools.{index}.custom.eager_input_streaming: Extra inputs are not permitted");
                let path = format!("tools.{index}.eager_input_streaming");
                self.model_refuses("eager_input_streaming", path, message, "Leave eager_input_streaming out.");
            }
            if tool.strict && self.is_claude() && self.rules.refuses("strict_tools") {
                let message = format!("tools.{index}.custom.strict: Extra inputs are not permitted");
                let path = self.strict_path(index);
                self.model_refuses("strict_tools", path, message, "Leave strict out.");
            } else if tool.strict && ask.api == Api::Converse && self.rules.refuses("strict_tools") {
                let message = "This model doesn't support the strict field. Remove strict and try again.";
                self.refuse("strict_tools", self.strict_path(index), message, "Leave strict out.");
            } else if tool.strict && self.is_claude() {
                self.strict_schema(index, &tool.schema);
            }
        }
        let strict = ask.tools.iter().enumerate().filter(|(_, tool)| tool.strict && self.is_claude());
        if let Some((index, _)) = strict.clone().nth(MAX_STRICT) {
            let message = format!(
                "Too many strict tools ({}). The maximum number of strict tools supported is {MAX_STRICT}. Try reducing the number of tools marked as strict.",
                strict.count()
            );
            self.model_refuses("strict_tools", self.strict_path(index), message, "Mark the tools that matter most.");
        }
    }

    fn strict_path(&self, index: usize) -> String {
        self.place(&format!("toolConfig.tools.{index}.toolSpec.strict"), &format!("tools.{index}.strict"))
    }

    /// What the grammar of a strict tool does not take.
    ///
    /// # Source
    /// vercel/ai#20681, 2026-09-12, and earendil-works/pi#9953, 2026-09-23, both live; the list of keys is pydantic-ai's.
    fn strict_schema(&mut self, index: usize, schema: &Value) {
        let Some((place, words)) = unsupported(schema, String::new(), 0) else { return };
        let own = self.place(
            &format!("toolConfig.tools.{index}.toolSpec.inputSchema.json"),
            &format!("tools.{index}.input_schema"),
        );
        let fix = "Close every object, and say ranges and lengths in the description.";
        self.model_refuses("strict_tools", own + &place, format!("tools.{index}.custom: {words}"), fix);
    }

    /// A tool that must be used is one of those that are offered. The doors of OpenAI's family look for themselves.
    fn forced(&mut self) {
        let ask = self.ask;
        if !matches!(ask.api, Api::Messages | Api::Converse | Api::Nova) {
            return;
        }
        let (asked, message) = match &ask.tool_choice {
            ToolChoice::Any if ask.tools.is_empty() => {
                ("any", "tool_choice may only be specified while providing tools.".to_string())
            }
            ToolChoice::Named(name) if !ask.tools.iter().any(|tool| tool.name == *name) => {
                ("tool", format!("Tool '{name}' not found in provided tools"))
            }
            _ => return,
        };
        let path = self.place(&format!("toolConfig.toolChoice.{asked}"), "tool_choice");
        self.model_refuses("tool_choice", path, message, "Offer the tool that must be used.");
    }

    fn choice(&mut self) {
        let taken = self.rules.cell("tool_choice");
        let asked = match &self.ask.tool_choice {
            ToolChoice::Any => "any",
            ToolChoice::Named(_) => "tool",
            ToolChoice::Auto => "auto",
            ToolChoice::Unset | ToolChoice::None => return,
        };
        if taken.is_empty() || taken.contains('?') || self.rules.lists("tool_choice", asked) {
            return;
        }
        let path = self.place(&format!("toolConfig.toolChoice.{asked}"), "tool_choice");
        let fix = "Leave the tool choice to the model, and ask for the tool in words.";
        if self.is_claude() {
            let message = "tool_choice: type \"tool\" and \"any\" are not supported for this model.";
            self.model_refuses("tool_choice", path, message, fix);
        } else {
            let field = format!("toolConfig.toolChoice.{asked}");
            let message = format!("This model doesn't support the {field} field. Remove {field} and try again.");
            self.refuse("tool_choice", path, message, fix);
        }
    }

    /// Tools that the provider runs cannot be counted.
    fn counted(&mut self) {
        let ask = self.ask;
        let server = ask.tools.iter().enumerate().find(|(_, tool)| tool.server);
        if let Some((index, tool)) = server {
            let message = unknown_tool(index, tool.kind.as_deref().unwrap_or_default());
            self.refuse(
                "count_tokens_runtime",
                format!("tools.{index}.type"),
                message,
                "Count without tools that the service runs.",
            );
        }
    }
}
