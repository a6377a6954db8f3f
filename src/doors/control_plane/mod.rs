//! What SDKs look up before they ask: inference profiles, prompt routers and foundation models of the control plane.

use serde_json::{Value, json};

use crate::bedrock::{Exception, Identity, Operation, Reply, arn, percent_decoded};
use crate::catalog::{Mode, Model};
use crate::rules::{RuleSheet, base_id};

use super::{Door, Host, Verb, WithoutModel};

/// Its name among the doors.
pub const KEY: &str = "control plane";

/// GetInferenceProfile, GetPromptRouter and GetFoundationModel, and the list of each.
#[derive(Debug)]
pub struct ControlPlane;

/// An account of no one.
const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";
/// When everything here was made.
const DAY: &str = "2026-01-01T00:00:00Z";

impl Door for ControlPlane {
    fn key(&self) -> &'static str {
        KEY
    }

    fn verb(&self, method: &str, path: &str) -> Option<Verb> {
        let rest = [PROFILES, ROUTERS, MODELS].iter().find_map(|list| path.strip_prefix(list))?;
        match (method, rest, rest.strip_prefix('/')) {
            ("GET", "" | "/", _) => Some(Verb::List),
            ("GET", _, Some(id)) => Some(Verb::Get(percent_decoded(id)?)),
            _ => None,
        }
    }

    fn operation(&self, _stream: bool) -> Operation {
        Operation::Converse
    }

    fn refuse(&self, exception: &Exception, _host: Host, _identity: &Identity) -> Vec<u8> {
        json!({"__type": exception.name, "message": exception.message}).to_string().into_bytes()
    }

    fn stream_error(&self, exception: &Exception, host: Host, _opened: &[u8], _after: usize) -> Vec<u8> {
        self.refuse(exception, host, &Identity::new(0, 0))
    }

    fn without_model(&self, request: WithoutModel<'_>) -> Option<Result<Reply, Exception>> {
        let path = &request.call.path;
        let list = [PROFILES, ROUTERS].into_iter().find(|list| path.starts_with(list)).unwrap_or(MODELS);
        let found = match &request.call.verb {
            Verb::List => Ok(listed(list, &request)),
            Verb::Get(id) => one(list, id, &request),
            _ => return None,
        };
        let reply = |body: Value| {
            let bytes = body.to_string().into_bytes();
            request.call.reply(200, "application/json", request.request_id, request.identity, 0.0, bytes)
        };
        Some(found.map(reply))
    }
}

const PROFILES: &str = "/inference-profiles";
const ROUTERS: &str = "/prompt-routers";
const MODELS: &str = "/foundation-models";

/// Whether a path is one of the control plane's.
pub fn is_path(path: &str) -> bool {
    [PROFILES, ROUTERS, MODELS].iter().any(|list| path.starts_with(list))
}

/// One profile, router or model by its id or its ARN.
fn one(list: &str, id: &str, request: &WithoutModel<'_>) -> Result<Value, Exception> {
    let name = arn::resource(id).map_or(id, |(_, name)| name);
    let alias = request.aliases.get_key_value(id).or_else(|| request.aliases.get_key_value(name));
    match (list, alias, request.catalog.get(name)) {
        (PROFILES, Some((_, model)), _) => Ok(application_profile(id, model)),
        (PROFILES, None, Some(model)) => Ok(profile(&model.id)),
        (ROUTERS, Some((_, model)), _) => Ok(router(id, model)),
        (MODELS, _, Some(model)) => Ok(json!({"modelDetails": model_summary(model)})),
        _ => {
            let told = if arn::hides_model(id) || list != MODELS { arn::name_it(id) } else { String::new() };
            let message = format!("The provided resource {id} does not exist. {told}");
            Err(Exception::new("ResourceNotFoundException", message.trim_end()))
        }
    }
}

/// A list, as far as its query asks for it.
fn listed(list: &str, request: &WithoutModel<'_>) -> Value {
    let asked = |name: &str| {
        let pairs = request.call.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).find_map(|(_, value)| percent_decoded(&value.replace('+', " ")))
    };
    let aliases = || request.aliases.iter().filter(|(id, _)| id.starts_with("arn:"));
    let wanted = |kind: &str| asked("type").is_none_or(|asked| asked.eq_ignore_ascii_case(kind));
    match list {
        PROFILES => {
            let own = aliases().filter(|(id, _)| id.contains(":application-inference-profile/"));
            let own = own.map(|(id, model)| application_profile(id, model)).filter(|_| wanted("APPLICATION"));
            let known = request.catalog.models().filter(|model| base_id(&model.id) != model.id);
            let known = known.map(|model| profile(&model.id)).filter(|_| wanted("SYSTEM_DEFINED"));
            json!({"inferenceProfileSummaries": known.chain(own).collect::<Vec<_>>()})
        }
        ROUTERS => {
            let own = aliases().filter(|(id, _)| arn::is_router(id)).map(|(id, model)| router(id, model));
            let own = own.filter(|router| wanted(router["type"].as_str().unwrap_or_default()));
            json!({"promptRouterSummaries": own.collect::<Vec<_>>()})
        }
        _ => {
            let all = request.catalog.models().filter(|model| base_id(&model.id) == model.id).map(model_summary);
            let fits = |summary: &Value| {
                let vendor = asked("byProvider");
                let modality = asked("byOutputModality");
                let bought = asked("byInferenceType");
                vendor.is_none_or(|vendor| summary["providerName"].as_str().is_some_and(|name| same(name, &vendor)))
                    && modality.is_none_or(|modality| has(&summary["outputModalities"], &modality))
                    && bought.is_none_or(|bought| has(&summary["inferenceTypesSupported"], &bought))
                    // No model here can be tuned.
                    && asked("byCustomizationType").is_none()
            };
            json!({"modelSummaries": all.filter(fits).collect::<Vec<_>>()})
        }
    }
}

fn same(name: &str, asked: &str) -> bool {
    name.eq_ignore_ascii_case(asked)
}

fn has(list: &Value, asked: &str) -> bool {
    list.as_array().into_iter().flatten().any(|listed| listed == asked)
}

/// The ARN by which a model's id is asked: of a profile, or of the model itself.
pub(crate) fn arn_of(id: &str, region: &str) -> String {
    let base = base_id(id);
    if base == id {
        format!("arn:aws:bedrock:{region}::foundation-model/{base}")
    } else {
        format!("arn:aws:bedrock:{region}:{ACCOUNT}:inference-profile/{id}")
    }
}

fn model_arn(id: &str) -> String {
    arn_of(base_id(id), REGION)
}

/// One profile of AWS's, as both operations give it. A bare id stands for itself.
fn profile(id: &str) -> Value {
    json!({
        "inferenceProfileName": id,
        "description": format!("Routes requests to {}.", base_id(id)),
        "createdAt": DAY,
        "updatedAt": DAY,
        "inferenceProfileArn": format!("arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/{id}"),
        "models": [{"modelArn": model_arn(id)}],
        "inferenceProfileId": id,
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    })
}

/// A team's own profile: an alias of the configuration says what it stands for.
fn application_profile(id: &str, model: &str) -> Value {
    let name = arn::resource(id).map_or(id, |(_, name)| name);
    let mut profile = profile(model);
    profile["inferenceProfileName"] = json!(name);
    profile["inferenceProfileArn"] = match id.starts_with("arn:") {
        true => json!(id),
        false => json!(format!("arn:aws:bedrock:{REGION}:{ACCOUNT}:application-inference-profile/{id}")),
    };
    profile["inferenceProfileId"] = json!(name);
    profile["type"] = json!("APPLICATION");
    profile
}

/// A router, which sends everything to the model that its alias says.
fn router(id: &str, model: &str) -> Value {
    let target = json!({"modelArn": arn_of(model, REGION)});
    let kind = if id.contains(":default-prompt-router/") { "default" } else { "custom" };
    json!({
        "promptRouterName": arn::resource(id).map_or(id, |(_, name)| name),
        "routingCriteria": {"responseQualityDifference": 0.0},
        "createdAt": DAY,
        "updatedAt": DAY,
        "promptRouterArn": id,
        "models": [target],
        "fallbackModel": target,
        "status": "AVAILABLE",
        "type": kind,
    })
}

fn model_summary(model: &Model) -> Value {
    let row = RuleSheet::get().row(&model.id);
    let vendor = row.map_or_else(|| model.id.split('.').next().unwrap_or_default(), |row| row.cell("vendor"));
    let sees = row.is_some_and(|row| row.verdict("image_in") == crate::rules::Verdict::Yes);
    let input = if sees { json!(["TEXT", "IMAGE"]) } else { json!(["TEXT"]) };
    let output = if model.mode == Mode::Embedding { "EMBEDDING" } else { "TEXT" };
    let only_by_profile = row.is_some_and(|row| row.cell("direct_regions") == "none");
    let streams = model.mode == Mode::Chat;
    let bought = if only_by_profile { "INFERENCE_PROFILE" } else { "ON_DEMAND" };
    json!({
        "modelArn": model_arn(&model.id),
        "modelId": model.id,
        "modelName": model.name,
        "providerName": vendor,
        "inputModalities": input,
        "outputModalities": [output],
        "responseStreamingSupported": streams,
        "customizationsSupported": [],
        "inferenceTypesSupported": [bought],
        "modelLifecycle": {"status": if model.retired { "LEGACY" } else { "ACTIVE" }},
    })
}
