use rehearsal::bedrock::{Operation, Request};
use rehearsal::doors::Asking;
use rehearsal::mock::Fallback;
use rehearsal::scenario::HAIKU;
use serde_json::Value;

/// What a person composes.
#[derive(Clone, PartialEq)]
pub(super) struct Form {
    pub operation: Operation,
    pub model: String,
    pub system: String,
    pub prompt: String,
    pub max_tokens: String,
    pub temperature: String,
    pub query_type: String,
    pub fallback: Fallback,
    pub speed: f64,
}

impl Form {
    pub fn new() -> Self {
        Form {
            operation: Operation::ConverseStream,
            model: HAIKU.to_string(),
            system: String::new(),
            prompt: "こんにちは".to_string(),
            max_tokens: "1024".to_string(),
            temperature: String::new(),
            query_type: String::new(),
            fallback: Fallback::Echo,
            speed: 1.0,
        }
    }

    /// What is asked, whatever it goes through.
    pub fn asking(&self) -> Asking {
        Asking {
            model: self.model.clone(),
            system: self.system.clone(),
            prompt: self.prompt.clone(),
            max_tokens: self.max_tokens.trim().parse().unwrap_or(1024),
            temperature: self.temperature.trim().parse().ok(),
            query_type: self.query_type.clone(),
        }
    }

    /// The body that the operation and the model take.
    pub fn body(&self) -> Value {
        self.asking().body(self.operation)
    }

    pub fn request(&self) -> Request {
        self.asking().request(self.operation)
    }
}
