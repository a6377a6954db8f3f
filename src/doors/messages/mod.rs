//! Anthropic Messages: `/anthropic/v1/messages`, on both hosts.

mod read;
mod write;

use serde_json::Value;

use crate::bedrock::{Ask, Exception, Identity, ModelRules, Operation, Piece, Step};

use super::{Call, Door, DoorScene, Host, State, Verb, projects};

/// The Messages door.
#[derive(Debug)]
pub struct Messages;

const PATH: &str = "/anthropic/v1/messages";

impl Door for Messages {
    fn key(&self) -> &'static str {
        "messages"
    }

    fn verb(&self, method: &str, path: &str) -> Option<Verb> {
        match path.strip_prefix(PATH)? {
            "" if method == "POST" => Some(Verb::Create),
            "/count_tokens" if method == "POST" => Some(Verb::Count),
            "" | "/count_tokens" => Some(Verb::WrongMethod),
            _ => None,
        }
    }

    fn operation(&self, stream: bool) -> Operation {
        if stream { Operation::MessagesStream } else { Operation::Messages }
    }

    fn ask(&self, call: &Call, rules: &ModelRules, state: &State, _now_ms: f64) -> Result<Ask, Exception> {
        projects::admits(call, state)?;
        read::ask(call, rules)
    }

    fn object<'a>(&self, body: &'a Result<Value, String>) -> Result<&'a Value, Exception> {
        read::object(body)
    }

    /// Which id a host takes was looked at before the request was read.
    fn heeds(&self, rule: &str) -> bool {
        !matches!(rule, "doors_runtime" | "direct_regions")
    }

    fn whole(&self, scene: &DoorScene<'_>) -> Vec<u8> {
        write::whole(scene)
    }

    fn stream(&self, scene: &DoorScene<'_>, steps: &[Step<'_>], times_ms: &[f64]) -> Vec<Piece> {
        write::stream(scene, steps, times_ms)
    }

    fn too_long(&self, tokens: u64, most: u64) -> Exception {
        Exception::validation(format!("prompt is too long: {tokens} tokens > {most} maximum"))
    }

    fn refuse(&self, exception: &Exception, host: Host, identity: &Identity) -> Vec<u8> {
        write::refuse(exception, host, identity)
    }

    fn stream_error(&self, exception: &Exception, _host: Host, _opened: &[u8], _after: usize) -> Vec<u8> {
        write::stream_error(exception)
    }

    fn unknown_event(&self, _after: usize) -> Vec<u8> {
        b"event: something_new\ndata: {\"type\":\"something_new\",\"note\":\"an event no client knows\"}\n\n".to_vec()
    }
}
