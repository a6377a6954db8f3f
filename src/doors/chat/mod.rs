//! OpenAI Chat Completions: `/openai/v1/chat/completions` on both hosts, `/v1/…` on mantle.

mod read;
mod write;

use crate::bedrock::{Answer, Ask, Exception, Identity, ModelRules, Operation, Piece, Step};

use super::{Call, Door, DoorScene, Host, State, Verb, json, openai, projects};

/// The Chat Completions door.
#[derive(Debug)]
pub struct Chat;

impl Door for Chat {
    fn key(&self) -> &'static str {
        "chat"
    }

    fn verb(&self, method: &str, path: &str) -> Option<Verb> {
        let ours = matches!(path, "/openai/v1/chat/completions" | "/v1/chat/completions");
        ours.then_some(if method == "POST" { Verb::Create } else { Verb::WrongMethod })
    }

    fn operation(&self, stream: bool) -> Operation {
        if stream { Operation::ChatCompletionsStream } else { Operation::ChatCompletions }
    }

    fn ask(&self, call: &Call, rules: &ModelRules, state: &State, _now_ms: f64) -> Result<Ask, Exception> {
        projects::admits(call, state)?;
        read::ask(call, rules)
    }

    /// What the model lacks, whoever says so; the rest is in the words of other APIs.
    fn heeds(&self, rule: &str) -> bool {
        openai::heeds(rule)
    }

    fn says(&self, answer: Answer) -> Answer {
        openai::says(answer)
    }

    fn whole(&self, scene: &DoorScene<'_>) -> Vec<u8> {
        write::whole(scene)
    }

    fn stream(&self, scene: &DoorScene<'_>, steps: &[Step<'_>], times_ms: &[f64]) -> Vec<Piece> {
        write::stream(scene, steps, times_ms)
    }

    fn refuse(&self, exception: &Exception, host: Host, _identity: &Identity) -> Vec<u8> {
        openai::refuse(exception, host)
    }

    /// An object with an error as a line of data.
    ///
    /// # Source
    /// The first-party form: what Bedrock sends here is not known.
    fn stream_error(&self, exception: &Exception, host: Host, _opened: &[u8], _after: usize) -> Vec<u8> {
        let mut out = String::from("data: {\"error\":");
        openai::error_object(&mut out, exception, host);
        out.push_str("}\n\n");
        out.into_bytes()
    }

    fn unknown_event(&self, _after: usize) -> Vec<u8> {
        let mut out = String::from("data: {\"choices\":[],\"object\":\"something.new\",\"note\":");
        json::text(&mut out, "an event no client knows");
        out.push_str("}\n\n");
        out.into_bytes()
    }
}
