use rehearsal::scenario::{Arrivals, Curve, Distribution, QueryType, RetryMode, Scenario};

/// A change to the scenario.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    DailyMessages(f64),
    Seed(u64),
    Name {
        index: usize,
        name: String,
    },
    Share {
        index: usize,
        pct: f64,
    },
    InputTokens {
        index: usize,
        tokens: f64,
    },
    OutputTokens {
        index: usize,
        tokens: f64,
    },
    Model {
        index: usize,
        model: String,
    },
    HitRate {
        index: usize,
        fraction: f64,
    },
    Curve(Curve),
    Arrivals(Arrivals),
    Cv(f64),
    Limit {
        limit: Limit,
        value: Option<f64>,
    },
    Burndown(f64),
    RetryMode(RetryMode),
    Attempts(u32),
    ThrottleRate(f64),
    ErrorRate(f64),
    /// Scales all shares so that they add up to 100 %.
    Normalise,
    AddType {
        name: String,
    },
    RemoveType {
        index: usize,
    },
}

/// A limit that may be there or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    Concurrency,
    QueueTimeout,
    Rpm,
    Tpm,
    MaxTokens,
    Patience,
}

/// What a drag moves: the steps of one drag are one entry of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    DailyMessages,
    Share(usize),
    InputTokens(usize),
    OutputTokens(usize),
    HitRate(usize),
    Limit(Limit),
    Cv,
    Burndown,
    Attempts,
    ThrottleRate,
    ErrorRate,
}

impl Edit {
    /// The field a drag would move; `None` for changes that happen at once.
    pub fn field(&self) -> Option<Field> {
        Some(match self {
            Edit::DailyMessages(_) => Field::DailyMessages,
            Edit::Share { index, .. } => Field::Share(*index),
            Edit::InputTokens { index, .. } => Field::InputTokens(*index),
            Edit::OutputTokens { index, .. } => Field::OutputTokens(*index),
            Edit::HitRate { index, .. } => Field::HitRate(*index),
            Edit::Limit { limit, value: Some(_) } => Field::Limit(*limit),
            Edit::Cv(_) => Field::Cv,
            Edit::Burndown(_) => Field::Burndown,
            Edit::Attempts(_) => Field::Attempts,
            Edit::ThrottleRate(_) => Field::ThrottleRate,
            Edit::ErrorRate(_) => Field::ErrorRate,
            _ => return None,
        })
    }

    pub fn apply(&self, scenario: &mut Scenario) {
        match self {
            Edit::DailyMessages(count) => scenario.daily_messages = *count,
            Edit::Seed(seed) => scenario.seed = *seed,
            Edit::Name { index, name } => with_type(scenario, *index, |t| t.name = name.clone()),
            Edit::Share { index, pct } => with_type(scenario, *index, |t| t.share_pct = *pct),
            Edit::InputTokens { index, tokens } => {
                with_type(scenario, *index, |t| t.input_tokens = Distribution::Constant(*tokens));
            }
            Edit::OutputTokens { index, tokens } => {
                with_type(scenario, *index, |t| t.output_tokens = Distribution::Constant(*tokens));
            }
            Edit::Model { index, model } => with_type(scenario, *index, |t| {
                t.model = Some(model.clone());
                t.route = None;
            }),
            Edit::HitRate { index, fraction } => with_type(scenario, *index, |t| t.cache.hit_rate = *fraction),
            Edit::Curve(curve) => scenario.traffic.curve = curve.clone(),
            Edit::Arrivals(arrivals) => scenario.traffic.arrivals = *arrivals,
            Edit::Cv(cv) => scenario.traffic.cv = *cv,
            Edit::Limit { limit, value } => set_limit(scenario, *limit, *value),
            Edit::Burndown(burndown) => scenario.capacity.burndown = *burndown,
            Edit::RetryMode(mode) => {
                scenario.retry.mode = *mode;
                // Each mode has a number of attempts of its own.
                scenario.retry.max_attempts = None;
            }
            Edit::Attempts(attempts) => scenario.retry.max_attempts = Some((*attempts).max(1)),
            Edit::ThrottleRate(rate) => scenario.faults.throttle_rate = *rate,
            Edit::ErrorRate(rate) => scenario.faults.error_rate = *rate,
            Edit::Normalise => normalise(scenario),
            Edit::AddType { name } => {
                let share_pct = (100.0 - scenario.share_sum_pct()).clamp(0.0, 100.0);
                let model = scenario.types.iter().find_map(|t| t.model.clone());
                scenario.types.push(QueryType {
                    name: free_name(scenario, name),
                    share_pct,
                    input_tokens: Distribution::Constant(100.0),
                    output_tokens: Distribution::Constant(100.0),
                    model: model.or_else(|| Some(rehearsal::scenario::HAIKU.to_string())),
                    ..QueryType::default()
                });
            }
            Edit::RemoveType { index } => {
                if *index < scenario.types.len() && scenario.types.len() > 1 {
                    scenario.types.remove(*index);
                }
            }
        }
    }
}

fn set_limit(scenario: &mut Scenario, limit: Limit, value: Option<f64>) {
    let capacity = &mut scenario.capacity;
    match limit {
        Limit::Concurrency => capacity.concurrency = value.map(|places| libm::round(places).max(1.0)),
        Limit::QueueTimeout => capacity.queue_timeout_ms = value,
        Limit::Rpm => capacity.rpm = value,
        Limit::Tpm => capacity.tpm = value,
        Limit::MaxTokens => capacity.max_tokens = value,
        // How long people wait varies much: as likely gone at any moment as at another.
        Limit::Patience => scenario.patience_ms = value.map(|mean| Distribution::Exponential { mean }),
    }
}

fn with_type(scenario: &mut Scenario, index: usize, change: impl FnOnce(&mut QueryType)) {
    if let Some(query_type) = scenario.types.get_mut(index) {
        change(query_type);
    }
}

fn normalise(scenario: &mut Scenario) {
    let sum = scenario.share_sum_pct();
    let count = scenario.types.len() as f64;
    for query_type in &mut scenario.types {
        query_type.share_pct = if sum > 0.0 { query_type.share_pct * 100.0 / sum } else { 100.0 / count };
    }
}

/// `name`, or `name_2`, `name_3` … if it is taken.
fn free_name(scenario: &Scenario, name: &str) -> String {
    let taken = |candidate: &str| scenario.types.iter().any(|t| t.name == candidate);
    if !taken(name) {
        return name.to_string();
    }
    (2..).map(|n| format!("{name}_{n}")).find(|candidate| !taken(candidate)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_added_type_takes_the_rest_and_a_free_name() {
        let mut scenario = Scenario::default();
        scenario.types[0].share_pct = 5.0;
        for _ in 0..2 {
            Edit::AddType { name: "new_type".into() }.apply(&mut scenario);
        }
        let added: Vec<_> = scenario.types[5..].iter().map(|t| (t.name.as_str(), t.share_pct)).collect();
        assert_eq!(added, [("new_type", 15.0), ("new_type_2", 0.0)]);
    }

    #[test]
    fn an_edit_of_a_type_that_is_gone_changes_nothing() {
        let mut scenario = Scenario::default();
        Edit::Share { index: 99, pct: 1.0 }.apply(&mut scenario);
        Edit::RemoveType { index: 99 }.apply(&mut scenario);
        assert_eq!(scenario, Scenario::default());
    }
}
