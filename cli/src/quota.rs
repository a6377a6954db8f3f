//! `quota`: what quota is needed, and why calls are throttled below it.

use std::collections::BTreeMap;

use rehearsal::import::{LogSummary, LoggedCall};
use rehearsal::questions::quota::{Limits, QuotaForm, QuotaNeeds, QuotaQuestion, quota_of_scenario};
use rehearsal::words::Word;

use super::language::{Told, scenario_in, skipped, with_skipped};
use super::log::{Hear, LogArguments};
use super::{Failure, json as print_json};

/// Says what requests and tokens a minute are needed, as Bedrock counts them; which limit binds first, when, and why
/// calls are throttled below it; what each lever does; and fills in AWS's quota-increase request. From logs or a
/// scenario.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    log: LogArguments,
    /// Your quota of tokens a minute, for every model or one: 400000, MODEL=400000. May be given several times.
    #[arg(long, value_name = "[MODEL=]N")]
    tpm: Vec<String>,
    /// Your quota of requests a minute, likewise.
    #[arg(long, value_name = "[MODEL=]N")]
    rpm: Vec<String>,
    /// Play no quota of a new account where none is given.
    #[arg(long)]
    no_default_quotas: bool,
    /// `max_tokens` of calls whose request the log does not keep.
    #[arg(long, value_name = "N")]
    max_tokens: Option<u64>,
    /// Print only AWS's quota-increase request, filled in.
    #[arg(long, conflicts_with = "json")]
    form: bool,
    #[command(flatten)]
    told: Told,
}

struct Hearing<'a>(QuotaNeeds<'a>);

impl Hear for Hearing<'_> {
    fn call(&mut self, call: &LoggedCall, _file: &str) {
        self.0.hear(call);
    }

    fn may_be(&self) -> &'static str {
        "a log of calls, or a scenario as one JSON document"
    }
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let catalog = super::input::catalog();
    let question = QuotaQuestion {
        limits: limits(&arguments)?,
        default_quotas: !arguments.no_default_quotas,
        max_tokens: arguments.max_tokens,
    };
    let mut simulated = None;
    let mut read = LogSummary::default();
    let answer = if let Some(scenario) = scenario_in(arguments.log.files())? {
        let (answer, day) = quota_of_scenario(&scenario, catalog, question)?;
        simulated = Some(day);
        answer
    } else {
        let mut hearing = Hearing(QuotaNeeds::new(catalog, question));
        let log = arguments.log.hear(catalog, &mut hearing)?;
        skipped(&log);
        read = log;
        hearing.0.finish()
    };
    if arguments.told.json {
        let mut document = with_skipped(&answer, &read)?;
        if let Some(day) = simulated {
            document["simulated"] = serde_json::to_value(&day).map_err(|error| Failure::input(error.to_string()))?;
        }
        return print_json(&document);
    }
    let locale = arguments.told.locale()?;
    let form = QuotaForm::of(&answer.models, &*locale).text;
    if arguments.form {
        return Ok(form);
    }
    let report = arguments.told.write(&answer.report())?;
    if answer.models.is_empty() {
        return Ok(report);
    }
    let title = locale.template(Word::quota_q_form_title).to_string();
    Ok(if arguments.told.is_markdown() {
        format!("{report}\n### {title}\n\n```\n{form}```\n")
    } else {
        format!("{report}\n{title}\n{form}")
    })
}

/// The quotas that were given, by model; `*` for all.
fn limits(arguments: &Arguments) -> Result<BTreeMap<String, Limits>, Failure> {
    let mut limits: BTreeMap<String, Limits> = BTreeMap::new();
    for (option, values) in [("--tpm", &arguments.tpm), ("--rpm", &arguments.rpm)] {
        for value in values {
            let (model, number) = value.rsplit_once('=').unwrap_or(("*", value));
            let number = number.trim().replace([',', '_'], "").parse::<f64>().ok();
            let number = number.filter(|number| (1.0..=1e12).contains(number)).ok_or_else(|| {
                Failure::input(format!("{option} `{value}` is no quota; expected a number from 1 on, or MODEL=NUMBER"))
            })?;
            let own = limits.entry(model.to_string()).or_default();
            if option == "--tpm" { own.tpm = Some(number) } else { own.rpm = Some(number) }
        }
    }
    // What is said of all holds for a model of which the other limit is said.
    if let Some(all) = limits.get("*").copied() {
        for own in limits.values_mut() {
            own.tpm = own.tpm.or(all.tpm);
            own.rpm = own.rpm.or(all.rpm);
        }
    }
    Ok(limits)
}
