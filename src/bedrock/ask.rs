use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cost::Tier;
use crate::fixture::{messages_hash, prompt_hash};

use super::http::Operation;

/// What a request asks of a model, whatever dialect it was written in.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    pub operation: Operation,
    pub model_id: String,
    pub system: Vec<String>,
    pub turns: Vec<Turn>,
    /// The messages as they were sent, for hashes.
    pub messages: Value,
    pub max_tokens: Option<u64>,
    pub stop_sequences: Vec<String>,
    /// Names of the tools offered.
    pub tools: Vec<String>,
    /// Bytes of the tools' definitions, which are part of the prompt.
    pub tools_text: String,
    /// Whether a guardrail was asked for.
    pub guardrail: bool,
    /// How urgently it is to be served.
    pub tier: Tier,
    /// The caller's own labels: `query_type`, `cache` and others.
    pub metadata: BTreeMap<String, String>,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    pub role: Role,
    pub blocks: Vec<AskBlock>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    User,
    Assistant,
    System,
}

/// One block of a message, as far as an answer depends on it.
#[derive(Clone, Debug, PartialEq)]
pub enum AskBlock {
    Text(String),
    ToolUse(String),
    /// The id it answers, and its text.
    ToolResult(String, String),
    /// Anything else, by its kind.
    Other(String),
}

impl Turn {
    /// The message's text, its blocks one after the other.
    pub fn text(&self) -> String {
        let texts = self.blocks.iter().filter_map(|block| match block {
            AskBlock::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }
}

impl Ask {
    /// A conversation and nothing beside it; `messages` are its turns as they were sent.
    pub fn new(operation: Operation, model_id: &str, turns: Vec<Turn>, messages: Value) -> Self {
        Ask {
            operation,
            model_id: model_id.to_string(),
            system: Vec::new(),
            turns,
            messages,
            max_tokens: None,
            stop_sequences: Vec::new(),
            tools: Vec::new(),
            tools_text: String::new(),
            guardrail: false,
            tier: Tier::Standard,
            metadata: BTreeMap::new(),
        }
    }

    /// The text of the last message of the user.
    pub fn last_user_text(&self) -> String {
        self.turns.iter().rev().find(|turn| turn.role == Role::User).map(Turn::text).unwrap_or_default()
    }

    /// How many messages the user has sent, this one included.
    pub fn turn_index(&self) -> usize {
        self.turns.iter().filter(|turn| turn.role == Role::User).count()
    }

    /// The hashes that this request is known by, the plainest first: of the prompt, where it is a
    /// single text; of the conversation with plain texts; of the messages as they were sent.
    pub fn hashes(&self) -> Vec<String> {
        let mut hashes = Vec::with_capacity(3);
        if let [turn] = self.turns.as_slice()
            && turn.role == Role::User
            && turn.blocks.iter().all(|block| matches!(block, AskBlock::Text(_)))
        {
            hashes.push(prompt_hash(&turn.text()));
        }
        hashes.push(messages_hash(&plain_messages(&self.messages)));
        let as_sent = messages_hash(&self.messages);
        if !hashes.contains(&as_sent) {
            hashes.push(as_sent);
        }
        hashes
    }

    /// All text of the prompt: what its tokens are estimated from.
    pub fn prompt_texts(&self) -> impl Iterator<Item = &str> {
        let turns = self.turns.iter().flat_map(|turn| &turn.blocks).filter_map(|block| match block {
            AskBlock::Text(text) | AskBlock::ToolResult(_, text) => Some(text.as_str()),
            AskBlock::ToolUse(_) | AskBlock::Other(_) => None,
        });
        self.system
            .iter()
            .map(String::as_str)
            .chain([self.tools_text.as_str()])
            .chain(turns)
            .filter(|text| !text.is_empty())
    }
}

/// Messages with each content that is only text as a plain string: `{text}` and `{type: text}`
/// blocks are the same prompt.
pub fn plain_messages(messages: &Value) -> Value {
    let Some(messages) = messages.as_array() else { return messages.clone() };
    let plain = |message: &Value| {
        let Some(blocks) = message["content"].as_array() else { return message.clone() };
        let texts: Option<Vec<&str>> = blocks
            .iter()
            .map(|block| {
                let object = block.as_object()?;
                let kind = object.get("type").map_or(Some("text"), Value::as_str)?;
                let only_text = object.keys().all(|key| key == "type" || key == "text");
                (kind == "text" && only_text).then(|| object.get("text")?.as_str())?
            })
            .collect();
        match texts {
            Some(texts) => json!({"role": message["role"], "content": texts.concat()}),
            None => message.clone(),
        }
    };
    Value::Array(messages.iter().map(plain).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(messages: Value) -> Ask {
        let text = |content: &Value| match content {
            Value::String(text) => text.clone(),
            other => other[0]["text"].as_str().unwrap_or_default().to_string(),
        };
        let turn = |message: &Value| Turn {
            role: if message["role"] == "user" { Role::User } else { Role::Assistant },
            blocks: vec![AskBlock::Text(text(&message["content"]))],
        };
        let turns = messages.as_array().unwrap().iter().map(turn).collect();
        Ask::new(Operation::InvokeModel, "", turns, messages)
    }

    /// The original's hashes, and that both block forms of one text share the prompt's.
    #[test]
    fn one_text_matches_by_either_form() {
        let plain = ask(json!([{"role": "user", "content": "hello"}])).hashes();
        assert_eq!(plain, [prompt_hash("hello"), "666210238ffa9abb".to_string()]);
        let typed = ask(json!([{"role": "user", "content": [{"type": "text", "text": "hello"}]}])).hashes();
        assert_eq!(typed, [prompt_hash("hello"), "666210238ffa9abb".to_string(), "51729a803de3a611".to_string()]);
        let bare = ask(json!([{"role": "user", "content": [{"text": "hello"}]}])).hashes();
        assert_eq!(bare[..2], plain);
    }

    #[test]
    fn a_longer_conversation_is_hashed_whole() {
        let one = ask(
            json!([{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]),
        );
        assert_eq!(one.hashes().len(), 1);
        assert_eq!(one.last_user_text(), "c");
        assert_eq!(one.turn_index(), 2);
    }
}
