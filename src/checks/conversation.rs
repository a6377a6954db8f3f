//! Who speaks when, and that every tool use is answered.

use crate::bedrock::{Api, AskBlock, Role, Turn};

use super::Checking;

impl Checking<'_> {
    pub(super) fn conversation(&mut self) {
        self.first();
        self.alternation();
        self.answers();
        self.last();
    }

    fn first(&mut self) {
        let first = self.ask.turns.iter().find(|turn| turn.role != Role::System);
        if first.is_none_or(|turn| turn.role == Role::Assistant) && self.rules.refuses("assistant_first") {
            let message = if self.ask.api == Api::Messages {
                "messages: first message must use the \"user\" role"
            } else {
                "A conversation must start with a user message. Try again with a conversation that starts with a user message."
            };
            self.refuse("assistant_first", "messages.0.role", message, "Begin with a message of the user.");
        }
    }

    fn alternation(&mut self) {
        let own = self.ask.api == Api::Messages;
        if own && !self.rules.schema_era() {
            return;
        }
        let turns = &self.ask.turns;
        let twice = turns.windows(2).position(|pair| pair[0].role == pair[1].role && pair[0].role != Role::System);
        let Some(at) = twice else { return };
        let message = if own {
            let role = if turns[at].role == Role::User { "user" } else { "assistant" };
            format!(
                "messages: roles must alternate between \"user\" and \"assistant\", but found multiple \"{role}\" roles in a row"
            )
        } else {
            "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.".to_string()
        };
        self.refuse(
            "consecutive_roles",
            format!("messages.{}.role", at + 1),
            message,
            "Join the two messages into one.",
        );
    }

    /// Every tool use of the caller's tools is answered in the next message, and nothing else is.
    fn answers(&mut self) {
        let ask = self.ask;
        let speaking: Vec<(usize, &Turn)> =
            ask.turns.iter().enumerate().filter(|(_, turn)| turn.role != Role::System).collect();
        for (at, (index, turn)) in speaking.iter().enumerate() {
            let asked: Vec<&str> = turn.blocks.iter().filter_map(asked_id).collect();
            let next = speaking.get(at + 1);
            let answered = |id: &&str| {
                let answers = next.map(|(_, turn)| turn.blocks.as_slice()).unwrap_or_default();
                answers.iter().any(|block| answered_id(block) == Some(*id))
            };
            let open: Vec<&str> = asked.iter().copied().filter(|id| !answered(id)).collect();
            if !open.is_empty() && turn.role == Role::Assistant {
                self.unanswered(*index, next.map(|(index, _)| *index), &open);
            }
            let Some((next_index, next)) = next else { continue };
            let results = next.blocks.iter().filter(|block| answered_id(block).is_some()).count();
            if results > asked.len() {
                self.unasked(*next_index, next, &asked);
            }
        }
        // The first message answers nothing.
        if let Some((index, first)) = speaking.first()
            && first.blocks.iter().any(|block| answered_id(block).is_some())
        {
            self.unasked(*index, first, &[]);
        }
    }

    fn unanswered(&mut self, index: usize, next: Option<usize>, open: &[&str]) {
        let fix = "Answer every tool use with a tool result in the message right after it.";
        if self.ask.api == Api::Messages {
            let message = format!(
                "messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
                open.join(", ")
            );
            self.refuse("service-model", format!("messages.{index}"), message, fix);
        } else {
            let at = next.unwrap_or(index + 1);
            let message = format!(
                "Expected toolResult blocks at messages.{at}.content for the following Ids: {}",
                open.join(", ")
            );
            self.refuse("service-model", format!("messages.{at}.content"), message, fix);
        }
    }

    fn unasked(&mut self, index: usize, turn: &Turn, asked: &[&str]) {
        let fix = "Send back the assistant's message with the tool use before its result.";
        if self.ask.api == Api::Messages {
            let ids = turn.blocks.iter().filter_map(answered_id);
            let unasked = ids.filter(|id| !asked.contains(id)).collect::<Vec<_>>().join(", ");
            let message = format!(
                "messages.{index}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {unasked}. Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            );
            self.refuse("service-model", format!("messages.{index}.content"), message, fix);
        } else {
            let message = format!(
                "The number of toolResult blocks at messages.{index}.content exceeds the number of toolUse blocks of previous turn."
            );
            self.refuse("service-model", format!("messages.{index}.content"), message, fix);
        }
    }

    /// The last message may be the assistant's only where it is continued.
    fn last(&mut self) {
        let ask = self.ask;
        let Some((index, last)) = ask.turns.iter().enumerate().next_back() else { return };
        if last.role != Role::Assistant || last.blocks.iter().any(|block| asked_id(block).is_some()) {
            return;
        }
        // `reject` is said of models that answer 400; `no` of those that do not continue.
        if self.rules.cell("prefill") == "reject" {
            let message =
                "This model does not support assistant message prefill. The conversation must end with a user message.";
            self.model_refuses("prefill", format!("messages.{index}"), message, "End with a message of the user.");
        } else if self.is_claude() && last.text().ends_with(char::is_whitespace) {
            let message = "messages: final assistant content cannot end with trailing whitespace";
            self.model_refuses("prefill", format!("messages.{index}.content"), message, "Trim the end of the prefill.");
        }
    }
}

/// The id of a use of one of the caller's tools.
fn asked_id(block: &AskBlock) -> Option<&str> {
    if let AskBlock::ToolUse { id, server: false, .. } = block { Some(id) } else { None }
}

/// The id that a result of one of the caller's tools answers.
fn answered_id(block: &AskBlock) -> Option<&str> {
    if let AskBlock::ToolResult { id, server: false, .. } = block { Some(id) } else { None }
}
