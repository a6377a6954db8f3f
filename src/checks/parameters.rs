//! What a request asks beside its conversation: length, sampling, thinking, effort, form.

use crate::bedrock::{Api, AskBlock, Role, ToolChoice};

use super::Checking;

/// Models that take `reasoning: {effort}` only.
///
/// # Source
/// pydantic-ai's live checks, up to 2026-10-30.
const NESTED_EFFORT: [&str; 3] = ["openai.gpt-5.6", "openai.gpt-6", "xai.grok"];
/// The most stop sequences of Anthropic's own body.
const MAX_STOPS: usize = 8191;

impl Checking<'_> {
    pub(super) fn parameters(&mut self) {
        self.length();
        self.sampling();
        self.form();
        self.effort();
        self.reasoning_effort();
        self.stops();
    }

    fn length(&mut self) {
        let Some((asked, most)) = self.ask.max_tokens.zip(self.rules.max_output_tokens) else { return };
        let exclusive = self.rules.cell("max_output_bound") == "exclusive" && self.ask.api != Api::Messages;
        if asked < most || (asked == most && !exclusive) {
            return;
        }
        let message = if self.ask.api == Api::Messages {
            let name = &self.rules.short_name;
            format!("max_tokens: {asked} > {most}, which is the maximum allowed number of output tokens for {name}")
        } else {
            format!(
                "The maximum tokens you requested exceeds the model limit of {most}. Try again with a maximum tokens value that is lower than {most}."
            )
        };
        self.refuse(
            "max_output",
            self.place("inferenceConfig.maxTokens", "max_tokens"),
            message,
            "Ask for fewer tokens.",
        );
    }

    fn sampling(&mut self) {
        let sampling = self.ask.sampling;
        let given = [
            ("temperature", "inferenceConfig.temperature", "temperature", sampling.temperature),
            ("top_p", "inferenceConfig.topP", "topP", sampling.top_p),
            ("top_k", "", "top_k", sampling.top_k),
        ];
        let mut refused = false;
        for (column, place, field, _) in given.iter().filter(|(.., value)| value.is_some()) {
            if self.rules.cell(column) != "reject" {
                continue;
            }
            refused = true;
            let path = if *column == "top_k" { sampling.top_k_at.to_string() } else { self.place(place, column) };
            let fix = "Leave it out: this model chooses its own sampling.";
            if self.is_claude() {
                self.model_refuses(column, path, format!("`{column}` is deprecated for this model."), fix);
            } else {
                let message = format!("This model doesn't support the {field} field. Remove {field} and try again.");
                self.refuse(column, path, message, fix);
            }
        }
        let both = sampling.temperature.is_some() && sampling.top_p.is_some();
        if both && !refused && self.rules.cell("temp_with_top_p") == "one_only" {
            let message = "`temperature` and `top_p` cannot both be specified for this model. Please use only one.";
            let path = self.place("inferenceConfig.topP", "top_p");
            self.model_refuses("temp_with_top_p", path, message, "Keep the temperature or top_p.");
        }
    }

    fn form(&mut self) {
        if self.ask.schema.is_none() || !self.rules.refuses("structured_output") {
            return;
        }
        let fix = "Ask for the form with a tool, or in words.";
        if self.is_claude() {
            let path = self.place("outputConfig.textFormat", "output_config.format");
            self.model_refuses("structured_output", path, "output_config.format: Extra inputs are not permitted", fix);
        } else {
            let field = "outputConfig.textFormat";
            let message = format!("This model doesn't support the {field} field. Remove {field} and try again.");
            self.refuse("structured_output", field, message, fix);
        }
    }

    fn effort(&mut self) {
        let ask = self.ask;
        let Some(level) = ask.effort.as_deref().filter(|_| self.is_claude()) else { return };
        let levels = self.rules.cell("effort");
        if levels.is_empty() || levels.contains('?') || self.rules.lists("effort", level) {
            return;
        }
        let path = self.place("outputConfig.effort", "output_config.effort");
        let message = if levels == "none" {
            "output_config.effort: Extra inputs are not permitted".to_string()
        } else {
            let known: Vec<String> = levels.split('+').map(|level| format!("'{level}'")).collect();
            format!("output_config.effort: Input should be {}", known.join(", "))
        };
        self.model_refuses("effort", path, message, "Leave effort out, or choose a level that the model has.");
    }

    /// The effort of OpenAI's models, gpt-oss and Grok: GPT-5.6 and later know no flat field.
    fn reasoning_effort(&mut self) {
        let ask = self.ask;
        let Some((at, level)) = ask.reasoning_effort.as_ref().filter(|_| !ask.operation.is_at_a_door()) else { return };
        let nested_only =
            at.ends_with("reasoning_effort") && NESTED_EFFORT.iter().any(|model| ask.model_id.contains(model));
        if nested_only {
            let fix = "Ask by the effort inside `reasoning`.";
            self.model_refuses("effort", *at, "Unknown parameter: 'reasoning_effort'.", fix);
            return;
        }
        let levels = self.rules.cell("effort");
        let vendor = self.rules.cell("vendor");
        if !matches!(vendor, "OpenAI" | "xAI") || matches!(levels, "" | "none") || self.rules.lists("effort", level) {
            return;
        }
        let known: Vec<String> = levels.split('+').map(|level| format!("'{level}'")).collect();
        let known = match known.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{}, and {last}", others.join(", ")),
            None => String::new(),
        };
        let message = format!(
            "Unsupported value: '{level}' is not supported with the '{}' model. Supported values are: {known}.",
            crate::rules::base_id(&ask.model_id)
        );
        self.model_refuses("effort", *at, message, "Leave effort out, or choose a level that the model has.");
    }

    /// Anthropic's own limit; Converse's is the service model's.
    fn stops(&mut self) {
        let count = self.ask.stop_sequences.len();
        if self.ask.api == Api::Messages && self.is_claude() && count > MAX_STOPS {
            let message =
                format!("stop_sequences: List should have at most {MAX_STOPS} items after validation, not {count}");
            self.model_refuses("stop_sequences", "stop_sequences", message, "Send fewer stop sequences.");
        }
    }

    pub(super) fn thinking(&mut self) {
        let ask = self.ask;
        let Some(thinking) = ask.thinking.as_ref().filter(|_| self.is_claude()) else { return };
        let types = self.rules.cell("thinking_types");
        let place = self.place("additionalModelRequestFields.thinking", "thinking");
        if types == "none" {
            let fix = "Leave thinking out, or choose a model that thinks.";
            self.model_refuses("thinking_types", place, "thinking: Extra inputs are not permitted", fix);
            return;
        }
        let unsupported = |kind: &str| format!("\"thinking.type.{kind}\" is not supported for this model.");
        let path = format!("{place}.type");
        match thinking.kind.as_str() {
            "enabled" if types.is_empty() || types.contains("budget") => self.budget(&place, thinking.budget),
            "enabled" => {
                let message = format!(
                    "{} Use \"thinking.type.adaptive\" and \"output_config.effort\" to control thinking behavior.",
                    unsupported("enabled")
                );
                self.model_refuses("thinking_types", path, message, "Ask for adaptive thinking and an effort.");
                return;
            }
            "adaptive" if types.is_empty() || types.contains("adaptive") => {}
            "adaptive" => {
                let message = "adaptive thinking is not supported on this model";
                self.model_refuses("thinking_types", path, message, "Ask for `enabled` with budget_tokens.");
                return;
            }
            "between_tools" if types.is_empty() || types.contains("between_tools") => {}
            "disabled" if matches!(self.rules.cell("thinking_off"), "reject" | "between_tools only") => {
                self.model_refuses(
                    "thinking_off",
                    path,
                    unsupported("disabled"),
                    "This model always thinks: leave thinking out.",
                );
                return;
            }
            "disabled" => return,
            kind => {
                self.model_refuses(
                    "thinking_types",
                    path,
                    unsupported(kind),
                    "Ask for a kind of thinking that the model has.",
                );
                return;
            }
        }
        self.beside_thinking();
        if thinking.kind == "enabled" {
            self.thought_before_tools();
        }
    }

    fn budget(&mut self, place: &str, budget: Option<u64>) {
        let path = format!("{place}.budget_tokens");
        let Some(budget) = budget else {
            let message = "thinking.enabled.budget_tokens: Field required";
            self.model_refuses("thinking_types", path, message, "Give budget_tokens of at least 1,024.");
            return;
        };
        if budget < 1024 {
            let message = "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
            self.model_refuses("thinking_types", path, message, "Give budget_tokens of at least 1,024.");
        } else if self.ask.max_tokens.is_some_and(|most| budget >= most) {
            let message = "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size";
            self.model_refuses("thinking_types", path, message, "Raise max_tokens, or think less.");
        }
    }

    /// What thinking does not go together with.
    fn beside_thinking(&mut self) {
        let sampling = self.ask.sampling;
        if sampling.temperature.is_some_and(|temperature| temperature != 1.0) {
            let message = "`temperature` may only be set to 1 when thinking is enabled or in adaptive mode. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#important-considerations-when-using-extended-thinking";
            self.model_refuses(
                "temperature",
                self.place("inferenceConfig.temperature", "temperature"),
                message,
                "Leave the temperature out.",
            );
        }
        if sampling.top_p.is_some_and(|top_p| top_p < 0.95) {
            let message =
                "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled or in adaptive mode.";
            self.model_refuses("top_p", self.place("inferenceConfig.topP", "top_p"), message, "Leave top_p out.");
        }
        if sampling.top_k.is_some() {
            let message = "`top_k` must be unset when thinking is enabled or in adaptive mode.";
            self.model_refuses("top_k", sampling.top_k_at, message, "Leave top_k out.");
        }
        let forced = matches!(self.ask.tool_choice, ToolChoice::Any | ToolChoice::Named(_));
        if forced && self.rules.refuses("forced_tool_with_thinking") {
            let message = "Thinking may not be enabled when tool_choice forces tool use.";
            let path = self.place("toolConfig.toolChoice", "tool_choice");
            self.model_refuses(
                "forced_tool_with_thinking",
                path,
                message,
                "Leave the choice to the model, or think not.",
            );
        }
    }

    /// A turn that used a tool must send its thinking back.
    fn thought_before_tools(&mut self) {
        let ask = self.ask;
        let last = ask.turns.iter().enumerate().rev().find(|(_, turn)| turn.role == Role::Assistant);
        let Some((index, turn)) = last else { return };
        let uses_tool = turn.blocks.iter().any(|block| matches!(block, AskBlock::ToolUse { server: false, .. }));
        let found = match turn.blocks.first() {
            Some(AskBlock::Text(_)) => "text",
            Some(AskBlock::ToolUse { .. }) => "tool_use",
            _ => return,
        };
        if uses_tool {
            let message = format!(
                "messages.{index}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{found}`. When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable `thinking`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking"
            );
            let fix = "Send the thinking block back, unchanged, before the tool use.";
            self.model_refuses("thinking_types", Self::block(index, 0), message, fix);
        }
    }
}
