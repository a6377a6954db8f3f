//! OpenAI Responses: `/openai/v1/responses` on both hosts, `/v1/responses` on mantle, and what is
//! stored of them.

mod read;
mod stream;
mod write;

use serde_json::{Value, json};

use crate::bedrock::{Answer, Ask, Body, Exception, Identity, ModelRules, Operation, Piece, Reply, Step};

use super::store::Stored;
use super::{Call, Door, DoorScene, Host, State, Verb, WithoutModel, openai, projects};

/// The Responses door.
#[derive(Debug)]
pub struct Responses;

impl Door for Responses {
    fn key(&self) -> &'static str {
        "responses"
    }

    fn verb(&self, method: &str, path: &str) -> Option<Verb> {
        let rest = path.strip_prefix("/openai/v1/responses").or_else(|| path.strip_prefix("/v1/responses"))?;
        let Some(id) = rest.strip_prefix('/') else {
            return match (rest, method) {
                ("", "POST") => Some(Verb::Create),
                ("", _) => Some(Verb::WrongMethod),
                _ => None,
            };
        };
        match (method, id.split_once('/')) {
            ("GET", None) => Some(Verb::Get(id.to_string())),
            ("DELETE", None) => Some(Verb::Delete(id.to_string())),
            ("POST", Some((id, "cancel"))) => Some(Verb::Cancel(id.to_string())),
            (_, None | Some((_, "cancel"))) => Some(Verb::WrongMethod),
            // Input items are not served.
            _ => None,
        }
    }

    fn operation(&self, stream: bool) -> Operation {
        if stream { Operation::ResponsesStream } else { Operation::Responses }
    }

    fn ask(&self, call: &Call, rules: &ModelRules, state: &State, now_ms: f64) -> Result<Ask, Exception> {
        projects::admits(call, state)?;
        read::ask(call, rules, state, now_ms)
    }

    fn heeds(&self, rule: &str) -> bool {
        openai::heeds(rule)
    }

    fn at_once(&self, call: &Call) -> bool {
        call.body.as_ref().is_ok_and(|body| body["background"] == true)
    }

    fn says(&self, answer: Answer) -> Answer {
        openai::says(answer)
    }

    fn whole(&self, scene: &DoorScene<'_>) -> Vec<u8> {
        let status = if self.at_once(scene.call) { write::Status::Running } else { write::Status::of(scene.answer) };
        write::response(scene, status, true).into_bytes()
    }

    fn stream(&self, scene: &DoorScene<'_>, steps: &[Step<'_>], times_ms: &[f64]) -> Vec<Piece> {
        stream::stream(scene, steps, times_ms)
    }

    fn refuse(&self, exception: &Exception, host: Host, _identity: &Identity) -> Vec<u8> {
        openai::refuse(exception, host)
    }

    fn stream_error(&self, exception: &Exception, host: Host, opened: &[u8], after: usize) -> Vec<u8> {
        stream::failed(exception, host, opened, after)
    }

    fn unknown_event(&self, after: usize) -> Vec<u8> {
        format!(
            "data: {{\"note\":\"an event no client knows\",\"sequence_number\":{after},\"type\":\"response.something_new\"}}\n\n"
        )
        .into_bytes()
    }

    fn keep(&self, scene: &DoorScene<'_>, sent: &Body, state: &mut State) {
        if scene.body()["store"] == false {
            return;
        }
        let before = scene.body()["previous_response_id"].as_str().and_then(|id| state.get(id, scene.now_ms));
        let mut items = before.map(|stored| stored.items.clone()).unwrap_or_default();
        write::conversation(&mut items, scene);
        let background = self.at_once(scene.call);
        // What was sent is what is kept: it is not written twice.
        let written = || write::response(scene, write::Status::of(scene.answer), true);
        let (done, done_ms) = match sent {
            // Without a background it is done once it can be named.
            Body::Whole(bytes) if !background => {
                (String::from_utf8(bytes.clone()).unwrap_or_else(|_| written()), scene.now_ms)
            }
            Body::Whole(_) => (written(), scene.end_ms),
            Body::Stream(pieces, _) => (stream::kept(scene, pieces).unwrap_or_else(written), scene.sent_ms(pieces)),
        };
        let running = match sent {
            _ if done_ms <= scene.now_ms => String::new(),
            Body::Stream(pieces, _) => stream::begun(pieces).map(str::to_string).unwrap_or_default(),
            Body::Whole(_) => write::response(scene, write::Status::Running, true),
        };
        let stored = Stored { items, done, running, created_ms: scene.now_ms, done_ms };
        state.keep(write::id(scene), stored);
    }

    fn without_model(&self, request: WithoutModel<'_>) -> Option<Result<Reply, Exception>> {
        let WithoutModel { call, state, identity, request_id, now_ms, .. } = request;
        let reply = |body: Vec<u8>| call.reply(200, "application/json", request_id, identity, 0.0, body);
        let (Verb::Get(id) | Verb::Delete(id) | Verb::Cancel(id)) = &call.verb else { return None };
        let body = match &call.verb {
            Verb::Delete(_) => state
                .delete(id, now_ms)
                .then(|| json!({"deleted": true, "id": id, "object": "response.deleted"}).to_string()),
            Verb::Cancel(_) => state.get_mut(id, now_ms).map(|stored| {
                if now_ms < stored.done_ms {
                    let mut body: Value = serde_json::from_str(&stored.running).unwrap_or_default();
                    body["status"] = json!("cancelled");
                    stored.done = body.to_string();
                    stored.done_ms = now_ms;
                }
                stored.done.clone()
            }),
            _ => state.get(id, now_ms).map(|stored| stored.body(now_ms).to_string()),
        };
        Some(body.map(|body| reply(body.into_bytes())).ok_or_else(|| read::no_response(call, id)))
    }
}
