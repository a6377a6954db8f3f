//! The list of models that mantle gives: `/v1/models` and `/v1/models/{id}`.

use serde_json::{Value, json};

use crate::bedrock::{Exception, Identity, Operation, Reply};

use super::{Door, Host, Offer, State, Verb, WithoutModel, offers, openai, projects};

/// The list of models, which no model answers.
#[derive(Debug)]
pub struct Models;

impl Door for Models {
    fn key(&self) -> &'static str {
        "models"
    }

    fn verb(&self, method: &str, path: &str) -> Option<Verb> {
        let rest = path.strip_prefix("/v1/models")?;
        let id = rest.strip_prefix('/');
        match (method, rest, id) {
            ("GET", "" | "/", _) => Some(Verb::List),
            ("GET", _, Some(id)) => Some(Verb::Get(id.replace("%3A", ":").replace("%3a", ":"))),
            (_, "" | "/", _) | (_, _, Some(_)) => Some(Verb::WrongMethod),
            _ => None,
        }
    }

    fn operation(&self, _stream: bool) -> Operation {
        Operation::Responses
    }

    fn refuse(&self, exception: &Exception, host: Host, _identity: &Identity) -> Vec<u8> {
        openai::refuse(exception, host)
    }

    fn stream_error(&self, exception: &Exception, host: Host, _opened: &[u8], _after: usize) -> Vec<u8> {
        openai::refuse(exception, host)
    }

    fn without_model(&self, request: WithoutModel<'_>) -> Option<Result<Reply, Exception>> {
        let listed = || offers().iter().filter(|offer| !offer.mantle_id.is_empty());
        let body = match &request.call.verb {
            Verb::List => json!({"object": "list", "data": listed().map(entry).collect::<Vec<_>>()}),
            Verb::Get(id) => match listed().find(|offer| offer.mantle_id == id) {
                Some(offer) => single(offer, request.state),
                None => {
                    let message = format!("The model '{id}' does not exist");
                    return Some(Err(Exception::new("not_found_error", message)));
                }
            },
            _ => return None,
        };
        let bytes = body.to_string().into_bytes();
        Some(Ok(request.call.reply(200, "application/json", request.request_id, request.identity, 0.0, bytes)))
    }
}

fn entry(offer: &Offer) -> Value {
    let vendor = offer.mantle_id.split('.').next().unwrap_or_default();
    json!({"id": offer.mantle_id, "object": "model", "created": 1_764_460_800, "owned_by": vendor})
}

/// One model, with what the service adds to it.
fn single(offer: &Offer, state: &State) -> Value {
    let mut model = entry(offer);
    let allowed = projects::allowed_modes(offer.mantle_id);
    let (mode, source) = projects::mode(&state.kept, None);
    let available = allowed.contains(&mode);
    model["status"] = json!(if available { "available" } else { "unavailable" });
    let reason = format!("This model is not available under data retention mode '{mode}'.");
    model["status_reason"] = if available { Value::Null } else { json!(reason) };
    model["data_retention"] = json!({"allowed_modes": allowed, "mode": mode, "source": source});
    model
}
