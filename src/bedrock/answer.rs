//! What a model says.

use serde_json::Value;

/// What a model says, whatever the operation it is asked by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    pub content: Vec<Block>,
    pub stop_reason: StopReason,
    /// The stop sequence that ended it.
    pub stop_sequence: Option<String>,
    pub usage: Usage,
    /// Why it was refused, where it was.
    pub refusal: Option<Refusal>,
    /// Members of the provider's own answer that no dialect has: what
    /// `additionalModelResponseFieldPaths` can ask for.
    pub fields: Option<Value>,
}

/// Why a model refuses, as the provider tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// `cyber`, `bio` and others; `None` where none is named.
    pub category: Option<String>,
    pub explanation: Option<String>,
}

/// One block of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    Text(String),
    Thinking {
        text: String,
        signature: String,
    },
    /// Thinking that the provider encrypted, in base64.
    RedactedThinking(String),
    ToolUse {
        id: Option<String>,
        name: String,
        input: Value,
    },
    /// A tool use that broke off: its input as the JSON text that came.
    BrokenToolUse {
        id: Option<String>,
        name: String,
        json: String,
    },
    /// A text and the passages it rests on.
    Cited {
        text: String,
        citations: Vec<Citation>,
    },
}

/// A passage of a document that an answer cites.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Citation {
    pub cited_text: String,
    /// The document's place in the request, from 0.
    pub document: u64,
    pub title: Option<String>,
    pub place: CitedPlace,
}

/// Where in a document: from, inclusive, and to, exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CitedPlace {
    /// Characters of a text.
    Characters(u64, u64),
    /// Pages of a PDF, from 1.
    Pages(u64, u64),
    /// Blocks of a document of blocks.
    Blocks(u64, u64),
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    #[default]
    EndTurn,
    ToolUse,
    MaxTokens,
    StopSequence,
    Refusal,
    PauseTurn,
    GuardrailIntervened,
    ContentFiltered,
    MalformedModelOutput,
    MalformedToolUse,
    ContextWindowExceeded,
}

/// Tokens of a call. The counts are disjoint: the prompt is the sum of all but `output_tokens`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub cache_read_tokens: u64,
    /// Written to a cache of five minutes.
    pub cache_write_tokens: u64,
    /// Written to a cache of an hour.
    pub cache_write_1h_tokens: u64,
    /// Of the output tokens, those that the model thought.
    pub reasoning_tokens: u64,
}

impl StopReason {
    const NAMES: [(StopReason, &'static str); 11] = [
        (StopReason::EndTurn, "end_turn"),
        (StopReason::ToolUse, "tool_use"),
        (StopReason::MaxTokens, "max_tokens"),
        (StopReason::StopSequence, "stop_sequence"),
        (StopReason::Refusal, "refusal"),
        (StopReason::PauseTurn, "pause_turn"),
        (StopReason::GuardrailIntervened, "guardrail_intervened"),
        (StopReason::ContentFiltered, "content_filtered"),
        (StopReason::MalformedModelOutput, "malformed_model_output"),
        (StopReason::MalformedToolUse, "malformed_tool_use"),
        (StopReason::ContextWindowExceeded, "model_context_window_exceeded"),
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(reason, _)| *reason == self).map_or("end_turn", |(_, name)| name)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(reason, _)| *reason)
    }

    /// As Claude's own body has it: it has no words for the service's filters.
    pub fn claude(self) -> &'static str {
        match self {
            StopReason::ContentFiltered => "refusal",
            StopReason::GuardrailIntervened | StopReason::MalformedModelOutput | StopReason::MalformedToolUse => {
                "end_turn"
            }
            other => other.name(),
        }
    }

    /// As Converse has it.
    pub fn converse(self) -> &'static str {
        match self {
            StopReason::Refusal => "content_filtered",
            StopReason::PauseTurn => "end_turn",
            other => other.name(),
        }
    }
}

impl Usage {
    /// The most tokens that one count is believed: more than any model takes or gives, and so few
    /// that sums of many stay whole.
    pub const MOST_TOKENS: u64 = 1_000_000_000_000;

    /// Tokens of the prompt, cached or not.
    pub fn prompt_tokens(&self) -> u64 {
        self.input_tokens.saturating_add(self.cache_read_tokens).saturating_add(self.written_tokens())
    }

    /// All tokens written to a cache.
    pub fn written_tokens(&self) -> u64 {
        self.cache_write_tokens.saturating_add(self.cache_write_1h_tokens)
    }

    pub fn uses_cache(&self) -> bool {
        self.cache_read_tokens > 0 || self.written_tokens() > 0
    }
}

impl Answer {
    /// An answer of one text.
    pub fn text(text: impl Into<String>, usage: Usage) -> Self {
        Answer { content: vec![Block::Text(text.into())], usage, ..Answer::default() }
    }

    /// The text blocks, one after the other.
    pub fn plain_text(&self) -> String {
        let texts = self.content.iter().filter_map(|block| match block {
            Block::Text(text) | Block::Cited { text, .. } => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }
}
