//! Cache points: where a model takes them, how many, in which order.

use crate::bedrock::{Api, AskBlock, CacheTtl, Exception};

use super::Checking;

/// What the service says to a model that caches nothing.
const UNSUPPORTED: &str = "You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.";

impl Checking<'_> {
    pub(super) fn caching(&mut self) {
        let points = self.points();
        if let Some((path, _)) = points.first().filter(|_| self.rules.refuses("cache")) {
            let exception = Exception::new("AccessDeniedException", UNSUPPORTED);
            self.refuse_with("cache", path.clone(), &exception, "Leave cache points out for this model.");
            return;
        }
        self.automatic(&points);
        self.fields();
        if let Some(most) = self.rules.number("cache_points").filter(|most| points.len() as u64 > *most) {
            let found = points.len();
            let message = format!("A maximum of {most} blocks with cache_control may be provided. Found {found}.");
            let path = points.get(most as usize).map_or_else(String::new, |(path, _)| path.clone());
            self.model_refuses("cache_points", path, message, "Keep the points that end the longest unchanging parts.");
        }
        self.lifetimes(&points);
    }

    /// Every cache point in the order of the prompt: tools, system, messages.
    fn points(&self) -> Vec<(String, CacheTtl)> {
        let ask = self.ask;
        let converse = ask.api != Api::Messages;
        let mut points = Vec::new();
        for (index, tool) in ask.tools.iter().enumerate() {
            if let Some(ttl) = tool.cache {
                let place = if converse { "toolConfig.tools" } else { "tools" };
                points.push((format!("{place}.{index}"), ttl));
            }
        }
        // A mark is a block of its own in Converse and Nova's body, elsewhere it is part of the block before it.
        let apart = !matches!(ask.api, Api::Messages | Api::OpenAi);
        let mut marks = 0;
        for (index, block) in ask.system.iter().enumerate() {
            if let AskBlock::CachePoint(ttl) = block {
                marks += usize::from(!apart);
                points.push((format!("system.{}", index.saturating_sub(marks)), *ttl));
            }
        }
        for (message, at, _, block) in ask.blocks() {
            if let AskBlock::CachePoint(ttl) = block {
                points.push((Self::block(message, at), *ttl));
            }
        }
        points
    }

    /// Caching without a mark takes one of the points.
    fn automatic(&mut self, points: &[(String, CacheTtl)]) {
        if self.ask.auto_cache.is_none() {
            return;
        }
        if self.rules.refuses("cache_auto_field") {
            let fix = "Mark the blocks themselves.";
            self.model_refuses(
                "cache_auto_field",
                "cache_control",
                "cache_control: Extra inputs are not permitted",
                fix,
            );
        } else if self.rules.number("cache_points").is_some_and(|most| points.len() as u64 >= most) {
            let message = format!(
                "A maximum of {} blocks with cache_control may be provided. Found {}.",
                points.len(),
                points.len() + 1
            );
            self.model_refuses("cache_points", "cache_control", message, "Leave one point to automatic caching.");
        }
    }

    /// Where a model takes no point: in its tools, behind a tool, alone in a message.
    fn fields(&mut self) {
        let ask = self.ask;
        let fields = self.rules.cell("cache_fields");
        let extraneous = |path: &str| {
            format!(
                "Malformed input request: #/{}: extraneous key [cachePoint] is not permitted, please reformat your input and try again.",
                path.replace('.', "/")
            )
        };
        if !fields.is_empty() && !fields.contains("tools") && !fields.contains("prefix") {
            for (index, _) in ask.tools.iter().enumerate().filter(|(_, tool)| tool.cache.is_some()) {
                let path = format!("toolConfig.tools.{}", index + 1);
                let message = extraneous(&path);
                self.model_refuses("cache_fields", path, message, "Cache the system prompt instead.");
            }
        }
        for (index, turn) in ask.turns.iter().enumerate() {
            let others = turn.blocks.iter().filter(|block| !matches!(block, AskBlock::CachePoint(_))).count();
            let point = turn.blocks.iter().position(|block| matches!(block, AskBlock::CachePoint(_)));
            if let Some(at) = point.filter(|_| others == 0) {
                let path = Self::block(index, at);
                let fix = "Put the cache point behind the block it caches.";
                let message = if self.is_claude() {
                    "messages: all messages must have non-empty content except for the optional final assistant message"
                        .to_string()
                } else {
                    extraneous(&path)
                };
                self.model_refuses("cache_fields", path, message, fix);
            } else if self.rules.cell("dialect") == "nova" {
                let behind_tool = turn.blocks.windows(2).position(|pair| {
                    matches!(pair, [AskBlock::ToolUse { .. } | AskBlock::ToolResult { .. }, AskBlock::CachePoint(_)])
                });
                if let Some(at) = behind_tool {
                    let path = Self::block(index, at + 1);
                    let message = extraneous(&path);
                    self.model_refuses("cache_fields", path, message, "Put the cache point behind a text.");
                }
            }
        }
    }

    fn lifetimes(&mut self, points: &[(String, CacheTtl)]) {
        let short = points.iter().position(|(_, ttl)| *ttl == CacheTtl::Minutes5);
        let late = short.and_then(|short| points.iter().skip(short).find(|(_, ttl)| *ttl == CacheTtl::Hour));
        if let Some((path, _)) = late {
            let message = format!(
                "{path}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: `tools`, `system`, `messages`."
            );
            self.model_refuses("cache_ttl", path.clone(), message, "Put the points that live for an hour first.");
        }
        if let Some((path, _)) =
            points.iter().find(|(_, ttl)| *ttl == CacheTtl::Hour).filter(|_| self.rules.cell("dialect") == "nova")
        {
            let message = format!(
                "Malformed input request: #/{}/cachePoint: extraneous key [ttl] is not permitted, please reformat your input and try again.",
                path.replace('.', "/")
            );
            let fix = "This model caches for five minutes: leave ttl out.";
            self.model_refuses("cache_ttl", path.clone(), message, fix);
        }
        let hour = points.iter().find(|(_, ttl)| *ttl == CacheTtl::Hour);
        if let Some((path, _)) = hour.filter(|_| self.is_claude() && self.rules.cell("cache_ttl") == "5m") {
            let message = format!("{path}.cache_control.ephemeral.ttl: Extra inputs are not permitted");
            self.model_refuses(
                "cache_ttl",
                path.clone(),
                message,
                "This model caches for five minutes: leave ttl out.",
            );
        }
    }
}
