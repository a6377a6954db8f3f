//! What a request asks, whatever door it came through.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::catalog::Tier;
use crate::hash::{messages_hash, prompt_hash};

use super::http::Operation;
use super::media::Media;

/// What a request asks of a model, whatever door it came through: every reader gives one, every
/// check, count, choice and answer starts from one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Ask {
    pub operation: Operation,
    /// Whose spelling the body has.
    pub api: Api,
    pub model_id: String,
    /// The system prompt, cache points among its texts.
    pub system: Vec<AskBlock>,
    pub turns: Vec<Turn>,
    /// The messages as they were sent, for hashes.
    pub messages: Value,
    pub max_tokens: Option<u64>,
    pub stop_sequences: Vec<String>,
    pub sampling: Sampling,
    /// The tools offered, in their order.
    pub tools: Vec<Tool>,
    pub tool_choice: ToolChoice,
    pub thinking: Option<Thinking>,
    /// The level of effort asked for.
    pub effort: Option<String>,
    /// The same in the words of other providers than Anthropic, with its place in the request.
    pub reasoning_effort: Option<(&'static str, String)>,
    /// The JSON schema that the answer is to follow.
    pub schema: Option<Value>,
    /// Whether the last block that can be cached is, without a mark of its own.
    pub auto_cache: Option<CacheTtl>,
    /// Whether a model that caches unasked is kept to the points of the request.
    pub explicit_cache: bool,
    /// The guardrail asked for.
    pub guardrail: Option<GuardrailAsk>,
    /// How urgently it is to be served.
    pub tier: Tier,
    /// The same, as the request spells it.
    pub service_tier: Option<String>,
    /// `standard` or `optimized`, where the request says so.
    pub latency: Option<String>,
    /// JSON pointers into the provider's own answer.
    pub response_paths: Vec<String>,
    /// The caller's own labels: `query_type`, `cache` and others.
    pub metadata: BTreeMap<String, String>,
}

/// Whose body a request has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Api {
    Converse,
    /// Anthropic's own, on InvokeModel or Messages.
    Messages,
    /// Amazon Nova's own.
    Nova,
    /// OpenAI's forms.
    OpenAi,
    /// A provider whose bodies are replayed only.
    Other,
}

/// How a model is to choose its tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sampling {
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub top_k: Option<f64>,
    /// Where `top_k` stands in the request: each model has its own place for it.
    pub top_k_at: &'static str,
}

/// A tool that a model may use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tool {
    pub name: String,
    pub description: String,
    pub schema: Value,
    /// The provider's own type; `None` for a tool of the caller's.
    pub kind: Option<String>,
    /// Whether the provider runs it.
    pub server: bool,
    pub strict: bool,
    /// Whether its input is to be streamed unchecked.
    pub eager: bool,
    /// A cache point after it.
    pub cache: Option<CacheTtl>,
}

/// Which tool a model must use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolChoice {
    /// Nothing is said.
    #[default]
    Unset,
    Auto,
    Any,
    Named(String),
    None,
}

impl ToolChoice {
    /// Whether a tool must be used.
    pub fn is_forced(&self) -> bool {
        matches!(self, ToolChoice::Any | ToolChoice::Named(_))
    }
}

/// What is asked of a model's thinking.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Thinking {
    /// `enabled`, `adaptive`, `between_tools`, `disabled`, or what else was sent.
    pub kind: String,
    /// Tokens it may think.
    pub budget: Option<u64>,
}

impl Thinking {
    /// Whether the model is to think.
    pub fn is_on(&self) -> bool {
        self.kind != "disabled"
    }
}

/// How long a cached prefix lives after its last use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub enum CacheTtl {
    #[serde(rename = "5m")]
    Minutes5,
    #[serde(rename = "1h")]
    Hour,
}

impl CacheTtl {
    /// The lifetime of this name, five minutes where none is given.
    pub fn of(value: &Value) -> Self {
        if value.as_str() == Some("1h") { CacheTtl::Hour } else { CacheTtl::Minutes5 }
    }

    pub fn key(self) -> &'static str {
        match self {
            CacheTtl::Minutes5 => "5m",
            CacheTtl::Hour => "1h",
        }
    }

    /// Milliseconds.
    pub fn ms(self) -> f64 {
        match self {
            CacheTtl::Minutes5 => 300_000.0,
            CacheTtl::Hour => 3_600_000.0,
        }
    }
}

/// The guardrail that a request asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuardrailAsk {
    pub id: Option<String>,
    pub version: Option<String>,
    pub trace: TraceWanted,
    /// Only text in tags that end in this is guarded (InvokeModel).
    pub tag_suffix: Option<String>,
}

/// How much of a guardrail's work the answer tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceWanted {
    #[default]
    Disabled,
    Enabled,
    Full,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    pub role: Role,
    pub blocks: Vec<AskBlock>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    User,
    Assistant,
    System,
}

/// One block of a message.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AskBlock {
    Text(String),
    /// Text that a guardrail is to judge.
    Guarded(String),
    ToolUse {
        id: String,
        name: String,
        input: Value,
        /// Whether the provider ran it.
        server: bool,
    },
    ToolResult {
        /// The tool use it answers.
        id: String,
        /// Its texts and JSON.
        text: String,
        media: Vec<Media>,
        /// The place of a text without a character.
        blank: Option<usize>,
        /// Whether it is of a tool that the provider ran.
        server: bool,
    },
    Reasoning {
        text: String,
        signed: bool,
    },
    Media(Media),
    /// Text of a search result, its title and source included.
    SearchResult(String),
    /// The prompt up to here is to be cached.
    CachePoint(CacheTtl),
    /// Anything else, by its kind.
    Other(String),
}

impl Turn {
    /// The message's text, its blocks one after the other, what a guardrail is to judge included.
    pub fn text(&self) -> String {
        let texts = self.blocks.iter().filter_map(|block| match block {
            AskBlock::Text(text) | AskBlock::Guarded(text) => Some(text.as_str()),
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
            api: Api::Converse,
            model_id: model_id.to_string(),
            system: Vec::new(),
            turns,
            messages,
            max_tokens: None,
            stop_sequences: Vec::new(),
            sampling: Sampling::default(),
            tools: Vec::new(),
            tool_choice: ToolChoice::Unset,
            thinking: None,
            effort: None,
            reasoning_effort: None,
            schema: None,
            auto_cache: None,
            explicit_cache: false,
            guardrail: None,
            tier: Tier::Standard,
            service_tier: None,
            latency: None,
            response_paths: Vec::new(),
            metadata: BTreeMap::new(),
        }
    }

    /// The text of the last message of the user.
    pub fn last_user_text(&self) -> String {
        self.turns.iter().rev().find(|turn| turn.role == Role::User).map(Turn::text).unwrap_or_default()
    }

    /// The texts of the system prompt.
    pub fn system_texts(&self) -> impl Iterator<Item = &str> {
        self.system.iter().filter_map(|block| match block {
            AskBlock::Text(text) | AskBlock::Guarded(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// How many messages the user has sent, this one included.
    pub fn turn_index(&self) -> usize {
        self.turns.iter().filter(|turn| turn.role == Role::User).count()
    }

    /// The hashes that this request is known by, the plainest first: of the prompt, where it is a
    /// single text; of the conversation with plain texts; of the messages as they were sent.
    pub fn hashes(&self) -> Vec<String> {
        let mut hashes = Vec::with_capacity(3);
        let plain =
            |block: &AskBlock| matches!(block, AskBlock::Text(_) | AskBlock::Guarded(_) | AskBlock::CachePoint(_));
        if let [turn] = self.turns.as_slice()
            && turn.role == Role::User
            && turn.blocks.iter().all(plain)
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

    /// All blocks of the conversation, with the message and the block each is in the body: a cache point is
    /// one of its own in Converse and Nova's body, elsewhere it is part of the block that it marks.
    pub fn blocks(&self) -> impl Iterator<Item = (usize, usize, &Turn, &AskBlock)> {
        let apart = !matches!(self.api, Api::Messages | Api::OpenAi);
        self.turns.iter().enumerate().flat_map(move |(message, turn)| {
            let mut marks = 0;
            turn.blocks.iter().enumerate().map(move |(block, asked)| {
                marks += usize::from(!apart && matches!(asked, AskBlock::CachePoint(_)));
                (message, block.saturating_sub(marks), turn, asked)
            })
        })
    }
}

/// Messages with each content that is only text as a plain string: `{text}` and `{type: text}`
/// blocks are the same prompt, and so is text with a cache point or for a guardrail.
pub fn plain_messages(messages: &Value) -> Value {
    let Some(messages) = messages.as_array() else { return messages.clone() };
    let plain = |message: &Value| {
        let Some(blocks) = message["content"].as_array() else { return message.clone() };
        let texts: Option<Vec<&str>> = blocks
            .iter()
            .map(|block| {
                let object = block.as_object()?;
                let only = |allowed: &[&str]| object.keys().all(|key| allowed.contains(&key.as_str()));
                if only(&["cachePoint"]) {
                    return Some("");
                }
                if only(&["guardContent"]) {
                    return block["guardContent"]["text"]["text"].as_str();
                }
                let kind = object.get("type").map_or(Some("text"), Value::as_str)?;
                (kind == "text" && only(&["type", "text", "cache_control"])).then(|| object.get("text")?.as_str())?
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
