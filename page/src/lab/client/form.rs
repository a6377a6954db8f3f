//! What a person composes for the mock, and the example that the view opens with.

use rehearsal::bedrock::{CacheTtl, Operation, Request};
use rehearsal::doors::{Asking, CachePoint, PointAfter};
use rehearsal::mock::Fallback;
use serde_json::{Value, json};
use yew::prelude::*;

use super::setup::{LabelPlace, Setup};
use crate::platform::storage;

/// A model with a prompt cache, which the example asks.
pub(super) const CACHING: &str = "us.anthropic.claude-sonnet-5";
/// The most characters of a kept text.
const MAX_KEPT: usize = 1_000_000;
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

    /// The form as it is kept, by version.
    pub fn document(&self) -> Value {
        json!({
            "version": 1,
            "operation": self.operation.name(),
            "model": self.model,
            "system": self.system,
            "prompt": self.prompt,
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "query_type": self.query_type,
            "fallback": self.fallback.key(),
            "speed": self.speed,
            "point_after": self.point_after.map(point_key),
            "point_ttl": self.point_ttl.key(),
            "pause_min": self.pause_min,
            "words": self.setup.words,
            "topics": self.setup.topics,
            "rpm": self.setup.rpm,
            "tpm": self.setup.tpm,
            "cache_label": self.cache_label,
        })
    }

    /// What was kept; `None` for what no form can be, or what a later release wrote.
    pub fn of_document(document: &Value) -> Option<Self> {
        if document["version"] != 1 {
            return None;
        }
        let text = |key: &str| document[key].as_str().filter(|text| text.len() <= MAX_KEPT).map(str::to_string);
        let number = |key: &str, most: f64| document[key].as_f64().filter(|number| (0.0..=most).contains(number));
        let point_after = match document["point_after"].as_str() {
            None => None,
            Some(key) => {
                Some([PointAfter::System, PointAfter::Prompt].into_iter().find(|point| point_key(*point) == key)?)
            }
        };
        Some(Form {
            operation: Operation::from_name(document["operation"].as_str()?)?,
            model: text("model")?,
            system: text("system")?,
            prompt: text("prompt")?,
            max_tokens: text("max_tokens")?,
            temperature: text("temperature")?,
            query_type: text("query_type")?,
            fallback: Fallback::from_key(document["fallback"].as_str()?)?,
            speed: number("speed", 1e6)?,
            point_after,
            point_ttl: CacheTtl::of(&document["point_ttl"]),
            pause_min: number("pause_min", 1e6)?,
            setup: Setup { words: text("words")?, topics: text("topics")?, rpm: text("rpm")?, tpm: text("tpm")? },
            cache_label: text("cache_label")?,
        })
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

fn point_key(point: PointAfter) -> &'static str {
    match point {
        PointAfter::System => "system",
        PointAfter::Prompt => "prompt",
    }
}

/// The form that a visit begins with, the last one's or the example; kept whenever it changes.
#[hook]
pub(super) fn use_form(example: impl FnOnce() -> String) -> UseStateHandle<Form> {
    let form = use_state(|| {
        let kept = storage::get(storage::CLIENT).and_then(|text| serde_json::from_str(&text).ok());
        kept.as_ref().and_then(Form::of_document).unwrap_or_else(|| Form::example(example()))
    });
    let first = use_mut_ref(|| (*form).clone());
    use_effect_with((*form).clone(), move |form| {
        if first.replace(form.clone()) != *form {
            // A browser that keeps nothing has said so.
            storage::set(storage::CLIENT, &form.document().to_string());
        }
    });
    form
}

/// The system prompt of the example: a manga shop and what it has in stock.
fn shop() -> String {
    let volume =
        |n: usize| format!("MNG-{n:03} | vol. {} | {} yen | {} in stock\n", n % 23 + 1, 480 + n % 7 * 22, n * 13 % 40);
    let stock: String = (1..=VOLUMES).map(volume).collect();
    format!("You sell manga in Tokyo. Answer in one short sentence, from this list only.\n{stock}")
}
