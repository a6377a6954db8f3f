//! Which model each door of each host serves, under which id, and how a wrong one fails.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::bedrock::{Exception, arn};
use crate::rules::{RuleRow, RuleSheet};

use super::{Call, Host};

/// A model as the doors offer it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Offer {
    /// The id of Converse and InvokeModel, without geography.
    pub model: &'static str,
    /// The id on mantle; empty where it is not offered there.
    pub mantle_id: &'static str,
    /// Keys of the doors of the runtime.
    pub runtime: Vec<&'static str>,
    /// Keys of the doors of mantle.
    pub mantle: Vec<&'static str>,
    /// Where mantle serves it: `/v1`, `/openai/v1` or `/anthropic/v1`.
    pub mantle_prefix: &'static str,
    /// Geographies of its inference profiles, those that are only assumed among them; empty where no source lists them.
    pub profiles: Vec<&'static str>,
    /// Whether the runtime takes it only by an inference profile.
    pub profile_only: bool,
    /// Parameters that are refused: `max_tokens`, `temperature`, `top_p`, `effort_minimal`,
    /// `chat_tools_with_effort`, `mantle_output_format`.
    pub refuses: Vec<&'static str>,
    /// Efforts that it takes; empty where no source lists them.
    pub efforts: Vec<&'static str>,
    /// The newest date of its sources.
    pub source_date: &'static str,
}

/// Every model that a door offers, from the sheet of rules.
pub fn offers() -> &'static [Offer] {
    static OFFERS: OnceLock<Vec<Offer>> = OnceLock::new();
    OFFERS.get_or_init(|| RuleSheet::get().rows().filter_map(read_row).collect())
}

fn read_row(row: RuleRow) -> Option<Offer> {
    // Where sources disagree, the first is the newest.
    let first = |column: &str| row.cell(column).split('|').next().unwrap_or_default();
    let list =
        |column: &str| -> Vec<&'static str> { first(column).split('+').filter(|item| !item.is_empty()).collect() };
    let doors =
        |column: &str| -> Vec<&'static str> { list(column).into_iter().filter(|door| DOORS.contains(door)).collect() };
    let offer = Offer {
        model: row.model(),
        mantle_id: row.cell("mantle_id"),
        runtime: doors("doors_runtime"),
        mantle: doors("doors_mantle"),
        mantle_prefix: row.cell("mantle_prefix"),
        profiles: list("profiles").into_iter().map(|profile| profile.trim_end_matches('?')).collect(),
        profile_only: row.cell("direct_regions") == "none",
        refuses: list("doors_refuse"),
        efforts: efforts(&row),
        source_date: row.cell("source_date"),
    };
    (!offer.runtime.is_empty() || !offer.mantle.is_empty()).then_some(offer)
}

/// The efforts of a model whose family is known to refuse others.
fn efforts(row: &RuleRow) -> Vec<&'static str> {
    let levels = row.cell("effort");
    if !matches!(row.cell("vendor"), "OpenAI" | "xAI") || matches!(levels, "" | "none") || levels.contains('?') {
        return Vec::new();
    }
    let off = (row.cell("thinking_off") == "effort none").then_some("none");
    off.into_iter().chain(levels.split('+').filter(|level| *level != "none" || off.is_none())).collect()
}

/// The doors a model may be offered by, beside the AWS API.
const DOORS: [&str; 3] = ["messages", "chat", "responses"];

fn by_id() -> &'static BTreeMap<&'static str, &'static Offer> {
    static BY_ID: OnceLock<BTreeMap<&'static str, &'static Offer>> = OnceLock::new();
    BY_ID.get_or_init(|| {
        let ids = offers().iter().flat_map(|offer| [(offer.model, offer), (offer.mantle_id, offer)]);
        ids.filter(|(id, _)| !id.is_empty()).collect()
    })
}

impl Offer {
    /// The offer of a model by any of its ids, with or without a geography.
    pub fn of(id: &str) -> Option<&'static Offer> {
        let id = id.rsplit('/').next().unwrap_or(id);
        let bare = geography(id).map_or(id, |(_, bare)| bare);
        by_id().get(bare).copied()
    }

    /// Whether the doors refuse a parameter of it.
    pub fn refuses(&self, parameter: &str) -> bool {
        self.refuses.contains(&parameter)
    }
}

/// The geography of an inference profile's id, and the id without it.
fn geography(id: &str) -> Option<(&str, &str)> {
    let (first, rest) = id.split_once('.')?;
    let known = ["us", "eu", "jp", "au", "apac", "global", "us-gov", "in", "ca"];
    (known.contains(&first) && rest.contains('.')).then_some((first, rest))
}

/// The host that a model's id belongs to, where nothing else says so.
pub(super) fn host_of(id: &str) -> Host {
    if id.starts_with("arn:") || geography(id).is_some() {
        return Host::Runtime;
    }
    match by_id().get(id) {
        Some(offer) if offer.mantle_id == id => Host::Mantle,
        Some(_) => Host::Runtime,
        None => Host::Mantle,
    }
}

/// The path of a door for a model: that of the host its id belongs to; `None` for a door without answers.
pub fn path_for(door: &str, model: &str) -> Option<String> {
    let last = match door {
        "messages" => return Some("/anthropic/v1/messages".to_string()),
        "chat" => "chat/completions",
        "responses" => "responses",
        _ => return None,
    };
    let offer = by_id().get(model).filter(|offer| host_of(model) == Host::Mantle && offer.mantle_prefix == "/v1");
    Some(format!("{}/{last}", offer.map_or("/openai/v1", |offer| offer.mantle_prefix)))
}

/// A model that a door serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved<'a> {
    /// The ids it may have in the catalog, the nearest first.
    pub ids: [&'a str; 2],
}

/// A model's ids, once the door and the host are known to serve it. `known` is the id itself or the
/// one that an alias stands for.
pub(super) fn resolve<'a>(call: &'a Call, known: &'a str) -> Result<Resolved<'a>, Exception> {
    let asked = call.model();
    project(call)?;
    if asked.starts_with("arn:") && asked.contains(":application-inference-profile/") && call.door.key() == "responses"
    {
        return Err(Exception::validation("Application inference profiles are not supported by this API."));
    }
    let id = known.rsplit('/').next().unwrap_or(known);
    let (profile, bare) = geography(id).map_or((None, id), |(geography, bare)| (Some(geography), bare));
    let found = by_id().get(bare).copied();
    let resolved = Resolved { ids: [id, found.map_or(bare, |offer| offer.model)] };
    match call.host {
        Host::Mantle => on_mantle(call, id, found.filter(|offer| profile.is_none() && offer.mantle_id == id))?,
        Host::Runtime => {
            let has = |offer: &Offer, profile| offer.profiles.is_empty() || offer.profiles.contains(&profile);
            let offer = found.filter(|offer| offer.model == bare && profile.is_none_or(|profile| has(offer, profile)));
            on_runtime(call, known, id, profile.is_some() || known != asked, offer)?;
        }
    }
    Ok(resolved)
}

/// Refuses a project that the runtime has not: it knows the default one only.
fn project(call: &Call) -> Result<(), Exception> {
    let named = call.headers.get("openai-project").map(str::trim).filter(|named| !named.is_empty());
    let known =
        |named: &&str| *named == "default" || (named.starts_with("arn:") && named.ends_with(":project/default"));
    match named.filter(|_| call.host == Host::Runtime && call.door.key() != "messages") {
        Some(named) if !known(&named) => {
            Err(Exception::new("not_found_error", format!("The project '{named}' does not exist")))
        }
        _ => Ok(()),
    }
}

fn on_mantle(call: &Call, id: &str, offer: Option<&Offer>) -> Result<(), Exception> {
    let Some(offer) = offer.filter(|offer| !offer.mantle_id.is_empty()) else {
        return Err(Exception::new("not_found_error", format!("The model '{id}' does not exist")));
    };
    if !offer.mantle.contains(&call.door.key()) {
        let path = call.path.trim_end_matches("/count_tokens");
        return Err(Exception::new("validation_error", format!("The model '{id}' does not support the '{path}' API")));
    }
    if !call.path.starts_with(offer.mantle_prefix) || (offer.mantle_prefix == "/v1" && !call.path.starts_with("/v1/")) {
        return Err(Exception::new("validation_error", format!("model `{id}` isn't supported on this route")));
    }
    Ok(())
}

fn on_runtime(call: &Call, known: &str, id: &str, by_profile: bool, offer: Option<&Offer>) -> Result<(), Exception> {
    let form = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '/');
    if id.is_empty() || !id.chars().all(form) || !id.contains('.') {
        return Err(arn::unknown_model(call.model(), known));
    }
    let Some(offer) = offer.filter(|offer| offer.runtime.contains(&call.door.key())) else {
        return Err(Exception::new(
            "model_not_found",
            "The model doesn't exist or doesn't support this API. Retry your request with a different model ID.",
        ));
    };
    if offer.profile_only && !by_profile {
        return Err(arn::no_on_demand(id));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_names_known_doors() {
        assert!(offers().len() > 60, "{}", offers().len());
        for offer in offers() {
            let doors = offer.runtime.iter().chain(&offer.mantle);
            assert!(doors.clone().count() > 0, "{}", offer.model);
            for door in doors {
                assert!(super::super::DOORS.iter().any(|known| known.key() == *door), "{}: {door}", offer.model);
            }
            assert_eq!(offer.mantle.is_empty(), offer.mantle_id.is_empty(), "{}", offer.model);
            let prefixes = ["/v1", "/openai/v1", "/anthropic/v1"];
            assert_eq!(prefixes.contains(&offer.mantle_prefix), !offer.mantle.is_empty(), "{}", offer.model);
            // The catalog finds a mantle id's prices by the same name.
            if !offer.mantle_id.is_empty() {
                assert_eq!(crate::catalog::runtime_id(offer.mantle_id), offer.model);
            }
            assert_eq!(offer.source_date.len(), 10, "{}", offer.model);
        }
    }

    #[test]
    fn an_id_says_its_host() {
        let check = |id: &str, host| assert_eq!(host_of(id), host, "{id}");
        check("us.anthropic.claude-sonnet-5", Host::Runtime);
        check("anthropic.claude-sonnet-5", Host::Mantle);
        check("openai.gpt-oss-120b-1:0", Host::Runtime);
        check("openai.gpt-oss-120b", Host::Mantle);
        check("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc", Host::Runtime);
        check("gpt-5", Host::Mantle);
    }
}
