//! What a person composes for the mock, and the example that the view opens with.

use rehearsal::bedrock::{CacheTtl, Operation, Request};
use rehearsal::doors::{Asking, CachePoint, PointAfter};
use rehearsal::mock::Fallback;
use serde_json::{Value, json};
use yew::prelude::*;

use super::setup::{LabelPlace, Setup};

/// A model with a prompt cache, which the example asks.
pub(super) const CACHING: &str = "us.anthropic.claude-sonnet-5";
/// Volumes in the shop of the example: enough for a prefix that the model caches.
const VOLUMES: usize = 80;

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
    /// What a cache point stands behind; `None` for no cache point.
    pub point_after: Option<PointAfter>,
    pub point_ttl: CacheTtl,
    /// How long after the last call this one comes, on the mock's clock.
    pub pause_min: f64,
    pub setup: Setup,
    /// What the caller's own response cache said of the call: `hit`, `miss` or nothing.
    pub cache_label: String,
}

/// Takes a control's value into the form.
pub(super) fn changed(form: &UseStateHandle<Form>, set: fn(&mut Form, String)) -> Callback<String> {
    let form = form.clone();
    Callback::from(move |value: String| {
        let mut next = (*form).clone();
        set(&mut next, value);
        form.set(next);
    })
}

impl Form {
    /// The example that the view opens with: a shop's list as the system prompt, and a cache point behind it.
    pub fn example(prompt: String) -> Self {
        Form {
            operation: Operation::ConverseStream,
            model: CACHING.to_string(),
            system: shop(),
            prompt,
            max_tokens: "1024".to_string(),
            temperature: String::new(),
            query_type: String::new(),
            fallback: Fallback::Echo,
            speed: 1.0,
            point_after: Some(PointAfter::System),
            point_ttl: CacheTtl::Minutes5,
            pause_min: 0.0,
            setup: Setup::default(),
            cache_label: String::new(),
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
            cache_point: self.point_after.map(|after| CachePoint { after, ttl: self.point_ttl }),
        }
    }

    /// The body that the operation and the model take.
    pub fn body(&self) -> Value {
        let mut body = self.asking().body(self.operation);
        if let (Some(LabelPlace::Member(member)), Some(label)) = (LabelPlace::of(self.operation), self.cache_label()) {
            body[member]["cache"] = json!(label);
        }
        body
    }

    pub fn request(&self) -> Request {
        let mut request = self.asking().request(self.operation);
        request.body = self.body().to_string().into_bytes();
        if let (Some(LabelPlace::Header(header)), Some(label)) = (LabelPlace::of(self.operation), self.cache_label()) {
            let mut labels = json!({"cache": label});
            if !self.query_type.is_empty() {
                labels["query_type"] = json!(self.query_type);
            }
            request.headers.0.retain(|(name, _)| name != header);
            request.headers = request.headers.with(header, labels.to_string());
        }
        request
    }

    fn cache_label(&self) -> Option<&str> {
        Some(self.cache_label.as_str()).filter(|label| !label.is_empty())
    }
}

/// The system prompt of the example: a manga shop and what it has in stock.
fn shop() -> String {
    let volume =
        |n: usize| format!("MNG-{n:03} | vol. {} | {} yen | {} in stock\n", n % 23 + 1, 480 + n % 7 * 22, n * 13 % 40);
    let stock: String = (1..=VOLUMES).map(volume).collect();
    format!("You sell manga in Tokyo. Answer in one short sentence, from this list only.\n{stock}")
}
