use rehearsal::bedrock::{Headers, Operation, Request};
use rehearsal::catalog::claude_version;
use rehearsal::mock::Fallback;
use rehearsal::scenario::HAIKU;
use serde_json::{Value, json};

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

    /// The body that the operation and the model take.
    pub fn body(&self) -> Value {
        let max_tokens: u64 = self.max_tokens.trim().parse().unwrap_or(1024);
        let temperature: Option<f64> = self.temperature.trim().parse().ok();
        let mut converse = json!({"messages": [{"role": "user", "content": [{"text": self.prompt}]}]});
        if !self.system.is_empty() {
            converse["system"] = json!([{"text": self.system}]);
        }
        match self.operation {
            Operation::CountTokens => return json!({"input": {"converse": converse}}),
            Operation::Converse | Operation::ConverseStream => {
                converse["inferenceConfig"] = json!({"maxTokens": max_tokens});
                if let Some(temperature) = temperature {
                    converse["inferenceConfig"]["temperature"] = json!(temperature);
                }
                if !self.query_type.is_empty() {
                    converse["requestMetadata"] = json!({"query_type": self.query_type});
                }
                return converse;
            }
            _ => {}
        }
        if claude_version(&self.model).is_none() {
            converse["inferenceConfig"] = json!({"max_new_tokens": max_tokens});
            return converse;
        }
        let mut body = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": max_tokens,
            "messages": [{"role": "user", "content": self.prompt}]});
        if !self.system.is_empty() {
            body["system"] = json!(self.system);
        }
        if let Some(temperature) = temperature {
            body["temperature"] = json!(temperature);
        }
        body
    }

    pub fn request(&self) -> Request {
        let mut headers = Headers::from([("content-type", "application/json")]);
        if self.operation.is_invoke() && !self.query_type.is_empty() {
            headers =
                headers.with("x-amzn-bedrock-request-metadata", json!({"query_type": self.query_type}).to_string());
        }
        Request {
            method: "POST".to_string(),
            path: format!("/model/{}/{}", self.model.replace(':', "%3A"), self.operation.segment()),
            headers,
            body: self.body().to_string().into_bytes(),
        }
    }
}
