//! How fast a model answers, and how much of it an account may use, where nobody knows a team's own figures.
//!
//! Nothing here is a fact about anyone's account: a speed is someone else's measurement or an estimate by the
//! model's class, with the range it may lie in; a quota is the default of a new account.

use std::sync::OnceLock;

use crate::document::parse_decimal;

use super::limits::PROFILES;

/// The speeds that come with the product: one row a model.
pub const SPEED_TABLE: &str = include_str!("speeds.csv");
/// The default quotas that come with the product: one row a model and kind of profile.
pub const QUOTA_TABLE: &str = include_str!("quotas.csv");

/// How fast a model answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Speed {
    /// Without an inference profile before it; empty for the speed of any chat model.
    pub model: String,
    /// The median time to the first token of a prompt of 1,000 tokens, in milliseconds.
    pub ttft_p50_ms: f64,
    /// The spread of its logarithm.
    pub sigma: f64,
    /// Between what the median may lie.
    pub ttft_range_ms: [f64; 2],
    /// Milliseconds that a thousand tokens of a prompt take.
    pub prefill_ms_per_1k: f64,
    /// Output tokens a second.
    pub tokens_per_s: f64,
    pub tokens_per_s_range: [f64; 2],
    /// Whether somebody measured it, or it is an estimate by class.
    pub measured: bool,
    pub source: String,
    /// `YYYY-MM-DD`, or as much of it as is known.
    pub date: String,
}

impl Speed {
    /// At one end of its ranges: the slowest that it may be, or the fastest.
    #[must_use]
    pub fn at_end(&self, slow: bool) -> Speed {
        let end = usize::from(slow);
        Speed { ttft_p50_ms: self.ttft_range_ms[end], tokens_per_s: self.tokens_per_s_range[1 - end], ..self.clone() }
    }
}

/// A new account's quota of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct DefaultQuota {
    model: String,
    /// `direct`, `geo` or `global`; empty where only the burndown is known.
    profile: String,
    /// Tokens a minute.
    pub tpm: Option<f64>,
    /// Requests a minute; many models have none.
    pub rpm: Option<f64>,
    /// Quota tokens that one output token costs.
    pub burndown: f64,
    pub source: String,
    pub date: String,
}

impl DefaultQuota {
    /// Whether its burndown is a guess by the model's kin: AWS's page does not name it.
    pub(crate) fn is_assumed(&self) -> bool {
        self.source.starts_with("assumed")
    }
}

/// A model's id without the inference profile before it, and the kind of that profile: `direct`, `geo` or `global`.
/// Each kind has a quota of its own; the geographies share one.
pub(crate) fn parts(id: &str) -> (&'static str, &str) {
    let id = id.rsplit('/').next().unwrap_or(id);
    match id.split_once('.') {
        Some(("global", model)) => ("global", model),
        Some((profile, model)) if PROFILES.contains(&profile) => ("geo", model),
        _ => ("direct", id),
    }
}

/// The speed of a model, whatever inference profile is before its id.
pub fn speed_of(id: &str) -> Option<&'static Speed> {
    let (_, model) = parts(id);
    speeds().iter().find(|speed| speed.model == model)
}

/// The speed of a chat model of which no figure is known: the range of all classes.
pub fn any_speed() -> &'static Speed {
    static ANY: OnceLock<Speed> = OnceLock::new();
    ANY.get_or_init(|| Speed {
        model: String::new(),
        ttft_p50_ms: 1_000.0,
        sigma: 0.55,
        ttft_range_ms: [200.0, 5_000.0],
        prefill_ms_per_1k: 50.0,
        tokens_per_s: 60.0,
        tokens_per_s_range: [20.0, 300.0],
        measured: false,
        source: "no figure of this model was read: the range of all classes".to_string(),
        date: "2026-11-29".to_string(),
    })
}

/// The default quota of a model behind an inference profile.
pub fn default_quota(id: &str) -> Option<&'static DefaultQuota> {
    let (profile, model) = parts(id);
    quotas().iter().find(|quota| quota.model == model && quota.profile == profile)
}

/// The default quota of tokens a day, of all models of an account together, in a Region; `None` where it is not known.
///
/// # Source
/// AWS General Reference, `Cross-Model Max Tokens Per Day` (L-E3F10727), read 2026-10-09: 700,000,000 in us-east-1 since
/// 2026-09-21. It weighs tokens by price, by weights that are not published: counted here one each.
pub fn default_tokens_per_day(region: &str) -> Option<f64> {
    (region == "us-east-1").then_some(700_000_000.0)
}

/// Quota tokens that one output token of a model costs; 1 unless it is known otherwise.
pub fn burndown_of(id: &str) -> f64 {
    burndown_row(id).map_or(1.0, |quota| quota.burndown)
}

/// Where [`burndown_of`] has it from; `None` where it is 1 because nobody says otherwise.
pub(crate) fn burndown_row(id: &str) -> Option<&'static DefaultQuota> {
    let (_, model) = parts(id);
    quotas().iter().find(|quota| quota.model == model)
}

fn speeds() -> &'static [Speed] {
    static SPEEDS: OnceLock<Vec<Speed>> = OnceLock::new();
    SPEEDS.get_or_init(|| SPEED_TABLE.lines().skip(1).filter_map(speed).collect())
}

fn quotas() -> &'static [DefaultQuota] {
    static QUOTAS: OnceLock<Vec<DefaultQuota>> = OnceLock::new();
    QUOTAS.get_or_init(|| QUOTA_TABLE.lines().skip(1).filter_map(quota).collect())
}

fn speed(line: &str) -> Option<Speed> {
    let mut cells = line.split(',');
    let model = cells.next()?.to_string();
    let mut number = || parse_decimal(cells.next()?);
    let (ttft_p50_ms, sigma, low, high) = (number()?, number()?, number()?, number()?);
    let (prefill_ms_per_1k, tokens_per_s, slow, fast) = (number()?, number()?, number()?, number()?);
    Some(Speed {
        model,
        ttft_p50_ms,
        sigma,
        ttft_range_ms: [low, high],
        prefill_ms_per_1k,
        tokens_per_s,
        tokens_per_s_range: [slow, fast],
        measured: cells.next()? == "measured",
        source: cells.next()?.to_string(),
        date: cells.next()?.to_string(),
    })
}

fn quota(line: &str) -> Option<DefaultQuota> {
    let mut cells = line.split(',');
    let (model, profile) = (cells.next()?.to_string(), cells.next()?.to_string());
    let mut number = || cells.next().map(parse_decimal);
    let (tpm, rpm, burndown) = (number()?, number()?, number()??);
    Some(DefaultQuota {
        model,
        profile,
        tpm,
        rpm,
        burndown,
        source: cells.next()?.to_string(),
        date: cells.next()?.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Mode};

    #[test]
    fn every_row_is_read_and_lies_within_its_range() {
        assert_eq!(speeds().len(), SPEED_TABLE.lines().count() - 1);
        assert_eq!(quotas().len(), QUOTA_TABLE.lines().count() - 1);
        for Speed { model, ttft_p50_ms, ttft_range_ms, tokens_per_s, tokens_per_s_range, .. } in speeds() {
            assert!((ttft_range_ms[0]..=ttft_range_ms[1]).contains(ttft_p50_ms), "{model}");
            assert!((tokens_per_s_range[0]..=tokens_per_s_range[1]).contains(tokens_per_s), "{model}");
        }
    }

    #[test]
    fn a_profile_changes_the_quota_and_not_the_speed() {
        let haiku = "anthropic.claude-haiku-4-5-20251001-v1:0";
        assert_eq!(speed_of(haiku), speed_of(&format!("eu.{haiku}")));
        assert!(default_quota(&format!("global.{haiku}")).is_some_and(|quota| quota.tpm > Some(0.0)));
        assert_eq!((burndown_of("us.anthropic.claude-sonnet-4-6"), burndown_of("amazon.nova-pro-v1:0")), (5.0, 1.0));
    }

    /// The sheet of rules says it as well: `rules` and `quota` say one figure.
    #[test]
    fn the_burndown_is_that_of_the_rules() {
        for row in crate::rules::RuleSheet::get().rows() {
            if let Ok(burndown) = row.cell("burndown").parse::<f64>() {
                assert_eq!(burndown_of(row.model()), burndown, "{}", row.model());
            }
        }
    }

    /// A day of any chat model of the catalog can be simulated, and says what it assumes.
    #[test]
    fn every_chat_model_can_be_simulated() {
        for model in Catalog::full().models().filter(|model| model.mode == Mode::Chat) {
            let document =
                serde_json::json!({"types": [{"name": "a", "share_pct": 100, "model": (model.id)}], "models": {}});
            let scenario = crate::scenario::Scenario::load(&document.to_string()).unwrap().output;
            let day = crate::sim::simulate(&scenario, Catalog::full(), Some(50)).unwrap();
            assert!(
                day.overall.answered == 50
                    && (!day.assumed.is_empty() || crate::scenario::ModelProfile::of_original(&model.id).is_some()),
                "{}",
                model.id
            );
        }
    }
}
