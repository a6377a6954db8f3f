//! What SDKs look up before they ask: inference profiles and foundation models of the control plane.

use serde_json::{Value, json};

use crate::bedrock::{Ask, Exception, Identity, ModelRules, Operation, Piece, Reply, Step};
use crate::catalog::{Mode, Model};

use super::{Call, Desk, Door, DoorScene, Host, State, Verb};

/// Its name among the doors.
pub const KEY: &str = "control plane";

/// GetInferenceProfile, ListInferenceProfiles, GetFoundationModel and ListFoundationModels.
#[derive(Debug)]
pub struct ControlPlane;

/// An account of no one.
const ACCOUNT: &str = "123456789012";

impl Door for ControlPlane {
    fn key(&self) -> &'static str {
        KEY
    }

    fn verb(&self, method: &str, path: &str) -> Option<Verb> {
        let rest = path.strip_prefix("/inference-profiles").or_else(|| path.strip_prefix("/foundation-models"))?;
        match (method, rest, rest.strip_prefix('/')) {
            ("GET", "" | "/", _) => Some(Verb::List),
            ("GET", _, Some(id)) => {
                Some(Verb::Get(id.replace("%3A", ":").replace("%3a", ":").replace("%2F", "/").replace("%2f", "/")))
            }
            _ => None,
        }
    }

    fn operation(&self, _stream: bool) -> Operation {
        Operation::Converse
    }

    fn ask(&self, _call: &Call, _rules: &ModelRules, _state: &State, _now_ms: f64) -> Result<Ask, Exception> {
        Err(Exception::usual("UnknownOperationException"))
    }

    fn whole(&self, _scene: &DoorScene<'_>) -> Vec<u8> {
        Vec::new()
    }

    fn stream(&self, _scene: &DoorScene<'_>, _steps: &[Step<'_>], _times_ms: &[f64]) -> Vec<Piece> {
        Vec::new()
    }

    fn refuse(&self, exception: &Exception, _host: Host, _identity: &Identity) -> Vec<u8> {
        json!({"message": exception.message}).to_string().into_bytes()
    }

    fn stream_error(&self, exception: &Exception, host: Host, _opened: &[u8], _after: usize) -> Vec<u8> {
        self.refuse(exception, host, &Identity::new(0, 0))
    }

    fn unknown_event(&self, _after: usize) -> Vec<u8> {
        Vec::new()
    }

    fn at_the_desk(&self, desk: Desk<'_>) -> Option<Result<Reply, Exception>> {
        let profiles = desk.call.path.starts_with("/inference-profiles");
        let body = match &desk.call.verb {
            Verb::List if profiles => {
                let all = desk.catalog.models().filter(|model| base_of(&model.id).is_some());
                json!({"inferenceProfileSummaries": all.map(|model| profile(&model.id)).collect::<Vec<_>>()})
            }
            Verb::List => {
                let all = desk.catalog.models().filter(|model| crate::rules::base_id(&model.id) == model.id);
                json!({"modelSummaries": all.map(model_summary).collect::<Vec<_>>()})
            }
            Verb::Get(id) => {
                let name = id.rsplit('/').next().unwrap_or(id);
                match desk.catalog.get(name) {
                    Some(model) if profiles => profile(&model.id),
                    Some(model) => json!({"modelDetails": model_summary(model)}),
                    // An application profile: an alias of the configuration says what it stands for.
                    None => {
                        let what = if profiles { "inference profile" } else { "model" };
                        return Some(Err(Exception::new(
                            "ResourceNotFoundException",
                            format!(
                                "The {what} '{id}' is not known here. Name the model it stands for under `aliases` in the mock's configuration: {{\"aliases\": {{\"{id}\": \"MODEL ID\"}}}}."
                            ),
                        )));
                    }
                }
            }
            _ => return None,
        };
        let bytes = body.to_string().into_bytes();
        Some(Ok(desk.call.reply(200, "application/json", desk.request_id, desk.identity, 0.0, bytes)))
    }
}

/// The model that a system-defined profile stands for; `None` for an id that is no profile.
fn base_of(id: &str) -> Option<&str> {
    Some(crate::rules::base_id(id)).filter(|base| *base != id)
}

fn model_arn(base: &str) -> String {
    format!("arn:aws:bedrock:us-east-1::foundation-model/{base}")
}

/// One profile, as both operations give it. A bare id stands for itself.
fn profile(id: &str) -> Value {
    let base = crate::rules::base_id(id);
    json!({
        "inferenceProfileName": id,
        "description": format!("Routes requests to {base}."),
        "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-01T00:00:00Z",
        "inferenceProfileArn": format!("arn:aws:bedrock:us-east-1:{ACCOUNT}:inference-profile/{id}"),
        "models": [{"modelArn": model_arn(base)}],
        "inferenceProfileId": id,
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    })
}

fn model_summary(model: &Model) -> Value {
    let vendor = model.id.split('.').next().unwrap_or_default();
    let output = if model.mode == Mode::Embedding { "EMBEDDING" } else { "TEXT" };
    json!({
        "modelArn": model_arn(&model.id),
        "modelId": model.id,
        "modelName": model.name,
        "providerName": vendor,
        "inputModalities": ["TEXT"],
        "outputModalities": [output],
        "responseStreamingSupported": model.mode != Mode::Embedding,
        "customizationsSupported": [],
        "inferenceTypesSupported": ["ON_DEMAND"],
        "modelLifecycle": {"status": if model.retired { "LEGACY" } else { "ACTIVE" }},
    })
}
