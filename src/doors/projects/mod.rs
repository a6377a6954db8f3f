//! Mantle's projects and how long data is kept: `/v1/organization/projects`, `/v1/data_retention`.
//!
//! # Source
//! Notebooks with live output of August 2026 and the Bedrock user guide, data retention: the mode that counts is
//! the first of project, account and model that is not `inherit`; a model refuses modes that it does not allow.

use serde_json::{Map, Value, json};

use crate::bedrock::{Cause, Exception, Identity, Operation, Reply};

use super::scene::epoch_s;
use super::{Call, Door, Host, State, Verb, WithoutModel, openai};

/// Projects and data retention, which no model answers.
#[derive(Debug)]
pub struct Projects;

const PROJECTS: &str = "/v1/organization/projects";
const RETENTION: &str = "/v1/data_retention";
const MODES: [&str; 4] = ["inherit", "default", "none", "provider_data_share"];
/// The most projects that an account has.
const MOST: usize = 1_000;

impl Door for Projects {
    fn key(&self) -> &'static str {
        "projects"
    }

    fn verb(&self, method: &str, path: &str) -> Option<Verb> {
        if path == RETENTION {
            return Some(match method {
                "GET" => Verb::Get(String::new()),
                "PUT" => Verb::Set(String::new()),
                _ => Verb::WrongMethod,
            });
        }
        let rest = path.strip_prefix(PROJECTS)?;
        match (method, rest.strip_prefix('/')) {
            ("GET", None | Some("")) if rest.is_empty() || rest == "/" => Some(Verb::List),
            ("POST", None) if rest.is_empty() => Some(Verb::Set(String::new())),
            ("GET", Some(id)) if !id.contains('/') => Some(Verb::Get(id.to_string())),
            ("POST", Some(id)) => match id.split_once('/') {
                None => Some(Verb::Set(id.to_string())),
                Some((id, "archive")) => Some(Verb::Delete(id.to_string())),
                Some(_) => None,
            },
            (_, None) if rest.is_empty() => Some(Verb::WrongMethod),
            (_, Some(id)) if !id.contains('/') => Some(Verb::WrongMethod),
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
        let WithoutModel { call, state, identity, request_id, now_ms, .. } = request;
        let answered = if call.path == RETENTION {
            retention(call, state, now_ms)
        } else {
            projects(call, state, identity, now_ms)
        };
        let reply =
            |body: Value| call.reply(200, "application/json", request_id, identity, 0.0, body.to_string().into_bytes());
        Some(answered.map(reply))
    }
}

/// What an account and its projects say of keeping data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// The account's mode and when it was set.
    account: Option<(String, u64)>,
    projects: Map<String, Value>,
}

fn retention(call: &Call, state: &mut State, now_ms: f64) -> Result<Value, Exception> {
    if let Verb::Set(_) = call.verb {
        let mode = mode_of(&openai::body_of(&call.body)?["mode"], "mode")?;
        state.kept.account = Some((mode, epoch_s(now_ms)));
    }
    let (mode, at) = state.kept.account.clone().unwrap_or_else(|| ("inherit".to_string(), epoch_s(0.0)));
    Ok(json!({"mode": mode, "updated_at": at}))
}

fn mode_of(mode: &Value, param: &str) -> Result<String, Exception> {
    match mode {
        Value::Null => Err(openai::missing(param)),
        Value::String(mode) if MODES.contains(&mode.as_str()) => Ok(mode.clone()),
        Value::String(mode) => {
            let known = MODES.map(|mode| format!("'{mode}'")).join(", ");
            let message = format!("Invalid value: '{mode}'. Supported values are: {known}.");
            Err(openai::refused("invalid_value", param, message))
        }
        other => Err(openai::wrong_type(param, "a string", other)),
    }
}

fn projects(call: &Call, state: &mut State, identity: &Identity, now_ms: f64) -> Result<Value, Exception> {
    let all = &mut state.kept.projects;
    match &call.verb {
        Verb::List => {
            let data: Vec<Value> = std::iter::once(default_project()).chain(all.values().cloned()).collect();
            let end = |project: Option<&Value>| project.map_or(Value::Null, |project| project["id"].clone());
            let (first, last) = (end(data.first()), end(data.last()));
            Ok(json!({"object": "list", "data": data, "first_id": first, "last_id": last, "has_more": false}))
        }
        Verb::Set(id) if id.is_empty() => {
            let body = openai::body_of(&call.body)?;
            let name = match &body["name"] {
                Value::Null => return Err(openai::missing("name")),
                Value::String(name) => name.clone(),
                other => return Err(openai::wrong_type("name", "a string", other)),
            };
            if all.len() >= MOST {
                return Err(Exception::validation(format!("An account has at most {MOST} projects.")));
            }
            let id = format!("proj_{}", identity.long_id(1).chars().take(20).collect::<String>());
            let mut project = project(&id, &name, epoch_s(now_ms));
            change(&mut project, body)?;
            all.insert(id, project.clone());
            Ok(project)
        }
        Verb::Get(id) if id == "default" => Ok(default_project()),
        Verb::Get(id) => all.get(id).cloned().ok_or_else(|| no_project(id)),
        Verb::Set(id) => {
            let project = all.get_mut(id).ok_or_else(|| no_project(id))?;
            change(project, openai::body_of(&call.body)?)?;
            Ok(project.clone())
        }
        Verb::Delete(id) => {
            let project = all.get_mut(id).ok_or_else(|| no_project(id))?;
            if project["archived_at"].is_null() {
                project["archived_at"] = json!(epoch_s(now_ms));
                project["status"] = json!("archived");
            }
            Ok(project.clone())
        }
        _ => Err(Exception::usual("UnknownOperationException")),
    }
}

fn project(id: &str, name: &str, created: u64) -> Value {
    json!({
        "id": id,
        "arn": arn_of(id),
        "object": "organization.project",
        "name": name,
        "created_at": created,
        "archived_at": null,
        "status": "active",
        "tags": {},
        "data_retention": {"mode": "inherit"},
    })
}

fn default_project() -> Value {
    project("default", "default", epoch_s(0.0))
}

fn arn_of(id: &str) -> String {
    format!("arn:aws:bedrock-mantle:us-east-1:123456789012:project/{id}")
}

fn no_project(id: &str) -> Exception {
    Exception::new("not_found_error", format!("Project '{}' not found.", arn_of(id)))
}

/// Takes what a body says of a project.
fn change(project: &mut Value, body: &Value) -> Result<(), Exception> {
    if let Some(name) = body["name"].as_str() {
        project["name"] = json!(name);
    }
    if body["tags"].is_object() {
        project["tags"] = body["tags"].clone();
    }
    if body["data_retention"].is_object() {
        let mode = mode_of(&body["data_retention"]["mode"], "data_retention.mode")?;
        project["data_retention"]["mode"] = json!(mode);
    }
    Ok(())
}

/// The modes under which a model answers.
///
/// # Source
/// Read of single models in August 2026: GPT-5.6 takes two, Fable 5 the one that shares; the user guide names
/// Mythos 5 beside it.
pub fn allowed_modes(mantle_id: &str) -> &'static [&'static str] {
    match mantle_id {
        "anthropic.claude-fable-5" | "anthropic.claude-mythos-5" => &["provider_data_share"],
        _ => &["provider_data_share", "default"],
    }
}

/// The mode that counts for a model, and whose it is.
pub fn mode<'a>(kept: &'a Kept, project: Option<&str>) -> (&'a str, &'static str) {
    let own = project.and_then(|id| kept.projects.get(id)?["data_retention"]["mode"].as_str());
    let account = kept.account.as_ref().map(|(mode, _)| mode.as_str());
    let set = |mode: &&str| *mode != "inherit";
    match (own.filter(set), account.filter(set)) {
        (Some(own), _) => (own, "project"),
        (None, Some(account)) => (account, "account"),
        (None, None) => ("default", "model_default"),
    }
}

/// Refuses what a project or the mode of keeping data does not let through. Projects that nobody made here are
/// taken for a team's own.
pub fn admits(call: &Call, state: &State) -> Result<(), Exception> {
    if call.host != Host::Mantle || call.verb != Verb::Create {
        return Ok(());
    }
    let named = ["openai-project", "anthropic-workspace", "anthropic-workspace-id"];
    let project = named.into_iter().find_map(|name| call.headers.get(name)).map(str::trim);
    let project = project.map(|named| named.rsplit('/').next().unwrap_or(named));
    let kept = &state.kept;
    if let Some(archived) = project.and_then(|id| kept.projects.get(id)).filter(|found| !found["archived_at"].is_null())
    {
        return Err(Exception::validation(format!("Project {} is archived.", archived["arn"])));
    }
    let (mode, _) = mode(kept, project);
    match allowed_modes(call.model()).contains(&mode) {
        true => Ok(()),
        false => {
            let refused =
                Exception::validation(format!("data retention mode '{mode}' is not available for this model"));
            Err(Exception { cause: Some(Cause::DataRetention), ..refused })
        }
    }
}
