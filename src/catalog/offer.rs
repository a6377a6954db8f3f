//! Where a model is called, and which of its rows is paid there: in a region, by a door of Bedrock.

use serde::Serialize;

use super::{Model, Prices};

/// The doors that have price rows of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Door {
    /// `bedrock-runtime`: Converse, InvokeModel and the doors beside them.
    #[default]
    Runtime,
    /// `bedrock-mantle`.
    Mantle,
}

impl Door {
    /// All doors.
    pub const ALL: [Door; 2] = [Door::Runtime, Door::Mantle];

    /// The name on the command line and in the price table.
    pub const fn key(self) -> &'static str {
        match self {
            Door::Runtime => "runtime",
            Door::Mantle => "mantle",
        }
    }

    /// The door of this name.
    pub fn from_key(key: &str) -> Option<Self> {
        Door::ALL.into_iter().find(|door| door.key() == key)
    }
}

/// Where a call is made, as far as a record, a scenario or a command says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// `ap-northeast-1`.
    pub region: Option<&'a str>,
    /// The door; the runtime where nothing is said.
    pub door: Option<Door>,
}

impl<'a> Place<'a> {
    /// A region, by the door that is not named.
    pub fn in_region(region: Option<&'a str>) -> Self {
        Place { region, door: None }
    }

    /// Where a model is called: in the region of its ARN, or else in this one.
    pub fn of_model(id: &'a str, region: Option<&'a str>) -> Self {
        Place::in_region(arn_region(id).or(region))
    }
}

/// The region that an ARN names: `arn:aws:bedrock:ap-northeast-1::foundation-model/deepseek.v3.2`.
pub fn arn_region(id: &str) -> Option<&str> {
    if !id.starts_with("arn:") {
        return None;
    }
    id.split(':').nth(3).filter(|region| is_region(region))
}

/// The ARN that a model has where it is called: [`arn_region`] finds the region again.
pub fn arn_in(region: &str, id: &str) -> String {
    let id = match id {
        "haiku" => super::HAIKU,
        "sonnet" => super::SONNET,
        other => other,
    };
    format!("arn:aws:bedrock:{region}::foundation-model/{id}")
}

/// Whether a text has the form of a region: `us-gov-west-1`.
pub fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let word = |part: &&str| part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.as_slice() {
        [words @ .., number] => {
            words.len() >= 2
                && words.iter().all(word)
                && (1..=2).contains(&number.len())
                && number.parse::<u8>().is_ok()
        }
        [] => false,
    }
}

/// The region of rows that hold in whichever region the model itself is called, beside its profiles.
pub const IN_REGION: &str = "in-region";

/// A row beside the model's own: another region, another door, another price list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Offer {
    /// The region it holds in, or [`IN_REGION`]; `None` where it holds everywhere.
    pub region: Option<String>,
    /// The door it holds for.
    pub door: Door,
    /// What is paid there.
    pub prices: Prices,
    /// Where the prices come from.
    pub source: String,
    /// The date they were read, `YYYY-MM-DD`.
    pub date: String,
}

/// The row that is paid, and how it was chosen.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Chosen<'a> {
    /// What is paid.
    pub prices: &'a Prices,
    /// Where the prices come from.
    pub source: &'a str,
    /// The date they were read.
    pub date: &'a str,
    /// The region of the row, or [`IN_REGION`].
    pub region: Option<&'a str>,
    /// The door of the row.
    pub door: Door,
    /// Nothing was listed for the region or the door that was asked for.
    pub fell_back: bool,
    /// The other list's row for the same call, where it has other prices.
    pub other: Option<&'a Offer>,
}

impl Model {
    /// The row that is paid at a place: of its region and door, else of its door in any region, else, where a
    /// region is named, the price of in-region calls, else the first list's row.
    pub fn at(&self, place: Place<'_>) -> Chosen<'_> {
        let door = place.door.unwrap_or(self.door);
        let find = |region: Option<&str>, door: Door| {
            self.offers.iter().find(|offer| offer.door == door && offer.region.as_deref() == region)
        };
        let exact = place.region.and_then(|region| find(Some(region), door));
        let of_door = || (door != self.door).then(|| find(None, door)).flatten();
        // A profile's id says where its calls go; the model's own id is called in the region.
        let in_region = || {
            let asked = place.region.is_some() || door == Door::Mantle;
            asked.then(|| find(Some(IN_REGION), Door::Runtime)).flatten()
        };
        let found = exact.or_else(of_door).or_else(in_region);
        match found {
            Some(offer) => Chosen {
                prices: &offer.prices,
                source: &offer.source,
                date: &offer.date,
                region: offer.region.as_deref(),
                door: offer.door,
                fell_back: offer.door != door,
                other: None,
            },
            None => Chosen {
                prices: &self.prices,
                source: &self.source,
                date: &self.date,
                region: None,
                door: self.door,
                fell_back: door != self.door || (place.region.is_some() && self.has_regions()),
                other: self.second.as_deref().or_else(|| find(Some(IN_REGION), Door::Runtime)),
            },
        }
    }

    /// Whether some region has a row of its own.
    fn has_regions(&self) -> bool {
        self.offers.iter().any(|offer| offer.region.is_some())
    }

    /// The model with the row of a place as its own prices.
    #[must_use]
    pub fn placed(&self, place: Place<'_>) -> Model {
        let chosen = self.at(place);
        Model {
            prices: chosen.prices.clone(),
            source: chosen.source.to_string(),
            date: chosen.date.to_string(),
            offers: Vec::new(),
            second: None,
            ..self.clone()
        }
    }
}

/// The runtime's id of a model that the mantle door spells otherwise; any other id as it is.
pub fn runtime_id(id: &str) -> &str {
    MANTLE_NAMES.iter().find(|(mantle, _)| *mantle == id).map_or(id, |(_, runtime)| runtime)
}

/// Ids that the mantle door spells otherwise than the runtime: mantle, runtime.
///
/// # Source
/// The model cards and the per-region model lists of 2026-10-09.
pub(super) const MANTLE_NAMES: [(&str, &str); 11] = [
    ("anthropic.claude-haiku-4-5", "anthropic.claude-haiku-4-5-20251001-v1:0"),
    ("openai.gpt-oss-20b", "openai.gpt-oss-20b-1:0"),
    ("openai.gpt-oss-120b", "openai.gpt-oss-120b-1:0"),
    ("moonshotai.kimi-k2-thinking", "moonshot.kimi-k2-thinking"),
    ("deepseek.v3.1", "deepseek.v3-v1:0"),
    ("qwen.qwen3-235b-a22b-2507", "qwen.qwen3-235b-a22b-2507-v1:0"),
    ("qwen.qwen3-32b", "qwen.qwen3-32b-v1:0"),
    ("qwen.qwen3-next-80b-a3b-instruct", "qwen.qwen3-next-80b-a3b"),
    ("qwen.qwen3-vl-235b-a22b-instruct", "qwen.qwen3-vl-235b-a22b"),
    ("qwen.qwen3-coder-30b-a3b-instruct", "qwen.qwen3-coder-30b-a3b-v1:0"),
    ("qwen.qwen3-coder-480b-a35b-instruct", "qwen.qwen3-coder-480b-a35b-v1:0"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_its_region() {
        let arn = "arn:aws:bedrock:ap-northeast-1::foundation-model/deepseek.v3.2";
        assert_eq!(Place::of_model(arn, Some("us-east-1")).region, Some("ap-northeast-1"));
        assert_eq!(Place::of_model("deepseek.v3.2", Some("us-east-1")).region, Some("us-east-1"));
        assert_eq!(arn_region("arn:aws:bedrock:somewhere::foundation-model/deepseek.v3.2"), None);
    }

    #[test]
    fn regions_have_a_form() {
        for region in ["us-east-1", "ap-northeast-1", "us-gov-west-1", "me-central-1"] {
            assert!(is_region(region), "{region}");
        }
        for other in ["", "tokyo", "us-east", "US-EAST-1", "us-east-1a", "eu", "us--1"] {
            assert!(!is_region(other), "{other}");
        }
    }
}
