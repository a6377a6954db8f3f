//! A request held against its model's row: everything that the service would refuse, in the order in
//! which it looks.
//!
//! # Source
//! The sheet for what is refused; the words are the service's own as recordings and public threads
//! show them, collected 2026-11-22 and 2026-11-29. Words drift by generation, status and type do not.

mod blocks;
mod caching;
mod conversation;
mod finding;
mod lint;
mod parameters;
mod tools;
mod unchecked;

use crate::bedrock::{Api, Ask, Exception, ModelRules, Operation, arn};

pub use finding::RuleFinding;
pub use lint::{lint, not_linted};
pub(crate) use lint::{place_of, shape_finding};
pub(crate) use tools::refused_keys;
pub(crate) use unchecked::unchecked;

/// Everything in a request that its model refuses; the service answers with the first.
pub fn check(ask: &Ask, rules: &ModelRules) -> Vec<RuleFinding> {
    let mut checking = Checking { ask, rules, found: Vec::new() };
    checking.door();
    checking.system();
    checking.conversation();
    checking.tools();
    checking.blocks();
    checking.caching();
    checking.parameters();
    checking.thinking();
    if checking.found.is_empty() {
        return checking.found;
    }
    let (source, date) = rules.row().map_or_else(Default::default, |row| (row.source(), row.date().to_string()));
    for finding in &mut checking.found {
        finding.source.clone_from(&source);
        finding.date.clone_from(&date);
    }
    checking.found
}

/// A check on its way.
struct Checking<'a> {
    ask: &'a Ask,
    rules: &'a ModelRules,
    found: Vec<RuleFinding>,
}

impl Checking<'_> {
    /// A refusal of the service's own layer.
    fn refuse(&mut self, rule: &'static str, path: impl Into<String>, message: impl Into<String>, fix: &str) {
        self.found.push(RuleFinding::validation(rule, path, message, fix));
    }

    /// A refusal of the model's, which Converse tells as such.
    fn model_refuses(&mut self, rule: &'static str, path: impl Into<String>, message: impl Into<String>, fix: &str) {
        let message = message.into();
        let message = match self.ask.api {
            Api::Converse => format!("The model returned the following errors: {message}"),
            _ => message,
        };
        self.refuse(rule, path, message, fix);
    }

    fn refuse_with(&mut self, rule: &'static str, path: impl Into<String>, exception: &Exception, fix: &str) {
        self.found.push(RuleFinding::new(rule, path, exception, fix));
    }

    /// Whether the model is Anthropic's.
    fn is_claude(&self) -> bool {
        self.rules.cell("dialect") == "claude"
    }

    /// The place of a parameter in the request's own spelling.
    fn place(&self, converse: &str, own: &str) -> String {
        if self.ask.api == Api::Converse { converse.to_string() } else { own.to_string() }
    }

    /// The place of a block: `messages.0.content.1`.
    fn block(message: usize, block: usize) -> String {
        format!("messages.{message}.content.{block}")
    }

    fn door(&mut self) {
        // The newer doors have looked for themselves.
        if self.ask.operation.is_at_a_door() {
            return;
        }
        let doors = self.rules.cell("doors_runtime");
        let base = crate::rules::base_id(&self.ask.model_id);
        // The other host's spelling of a model is no id here.
        if doors == "none" || crate::catalog::runtime_id(base) != base {
            let message = "The provided model identifier is invalid.";
            self.refuse("doors_runtime", "modelId", message, "Ask on the host bedrock-mantle.");
        } else if doors == "invoke" && self.ask.api == Api::Converse {
            let message = "This action doesn't support the model that you provided. Try again with a supported text or chat model.";
            self.refuse("doors_runtime", "modelId", message, "Ask by InvokeModel.");
        }
        let id = &self.ask.model_id;
        // An alias stands for a profile that is not seen here.
        let is_bare = self.rules.is_bare(id);
        if is_bare && !self.counts() && self.rules.cell("direct_regions") == "none" {
            let exception = arn::no_on_demand(id);
            let fix = "Ask an inference profile of it: us., eu., jp., global. and others before the id.";
            self.refuse_with("direct_regions", "modelId", &exception, fix);
        }
    }

    fn system(&mut self) {
        if !self.ask.system.is_empty() && self.rules.refuses("system") {
            let message = "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.";
            self.refuse("system", "system", message, "Put the instructions into the first message of the user.");
        }
        let mid = self.ask.turns.iter().position(|turn| turn.role == crate::bedrock::Role::System);
        if let Some(at) = mid.filter(|_| self.rules.refuses("system_mid")) {
            let fix = "Put the instructions into the system prompt or a message of the user.";
            self.model_refuses(
                "system_mid",
                format!("messages.{at}.role"),
                "role 'system' is not supported on this model",
                fix,
            );
        }
    }

    /// Whether tokens are only counted.
    fn counts(&self) -> bool {
        self.ask.operation == Operation::CountTokens
    }
}

#[cfg(test)]
mod tests;
