//! How fast a model answers in a scenario: what the scenario says, else the catalog, else an assumption that is named.

use std::borrow::Cow;

use crate::catalog::{Catalog, Mode, Speed, any_speed, speed_of};
use crate::problem::{Problem, Problems};
use crate::scenario::{ModelProfile, Scenario};
use crate::words::{Message, Word};

/// How fast a model answers, and where nobody measured it of this chatbot, what that is assumed from.
pub(crate) struct ModelSpeed<'a> {
    /// It has a `latency`, or both a `ttft` and `tokens_per_s`.
    pub profile: Cow<'a, ModelProfile>,
    pub assumed: Option<&'static Speed>,
}

/// The speed of a model in a scenario.
///
/// # Errors
/// A model of which nothing is known, or a first token without the rate of those after it.
pub(crate) fn model_speed<'a>(
    scenario: &'a Scenario,
    catalog: &'a Catalog,
    id: &str,
) -> Result<ModelSpeed<'a>, Problems> {
    let missing = || {
        Problem::error(
            format!("models.{id}"),
            Message::new(Word::no_latency).text("model", id),
            Message::new(Word::no_latency_hint).text("model", id),
        )
    };
    let own = scenario.models.get(id).filter(|own| own.latency.is_some() || own.ttft.is_some());
    let original = || ModelProfile::of_original(&catalog.get(id)?.id).map(Cow::Owned);
    let known = own.map(Cow::Borrowed).or_else(original);
    let chats = || catalog.get(id).is_some_and(|model| model.mode == Mode::Chat);
    let assumed = if known.is_some() { None } else { speed_of(id).or_else(|| chats().then(any_speed)) };
    let profile = known.or_else(|| assumed.map(|speed| Cow::Owned(ModelProfile::of(speed))));
    let profile = profile.ok_or_else(missing)?;
    if profile.latency.is_none() && (profile.ttft.is_none() || profile.tokens_per_s.is_none()) {
        return Err(missing().into());
    }
    Ok(ModelSpeed { profile, assumed })
}
