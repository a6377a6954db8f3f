//! Where the palette leads: fields, groups of fields and panels, each with its view.

use rehearsal::scenario::Scenario;
use rehearsal::words::{Locale, Word};

use crate::view::View;

/// A place of the page.
pub struct Place {
    word: Word,
    pub view: View,
    pub selector: &'static str,
    /// What else people call it, in English.
    also: &'static str,
}

const fn place(word: Word, view: View, selector: &'static str, also: &'static str) -> Place {
    Place { word, view, selector, also }
}

pub const PLACES: [Place; 35] = [
    place(Word::ui_daily_messages, View::WhatIf, "[data-field='daily_messages']", "traffic requests volume"),
    place(Word::ui_slo, View::WhatIf, "[data-field='slo']", "slo limit p95"),
    place(Word::ui_prompt_tokens, View::WhatIf, "[data-field='input-0']", "input system"),
    place(Word::ui_cached_tokens, View::WhatIf, "[data-field='cached-0']", "prompt caching"),
    place(Word::ui_output_tokens, View::WhatIf, "[data-field='output-0']", "answer length"),
    place(Word::ui_model, View::WhatIf, "[data-type='0'] [data-action='pick-model']", "claude nova llama"),
    place(Word::ui_hit_rate, View::WhatIf, "[data-field='hit-0']", "cache"),
    place(Word::ui_mix, View::WhatIf, "[data-type='0']", "query types share"),
    place(Word::ui_cost_month, View::WhatIf, "[data-action='period']", "monthly bill day"),
    place(Word::ui_seed, View::WhatIf, "[data-field='seed']", "random"),
    place(Word::ui_traffic, View::WhatIf, "[data-group='traffic']", "limits"),
    place(Word::ui_curve, View::WhatIf, "[data-group='traffic'] select", "hours of the day"),
    place(Word::ui_concurrency, View::WhatIf, "[data-toggle='concurrency']", "limit parallel"),
    place(Word::ui_queue_timeout, View::WhatIf, "[data-toggle='queue_timeout']", "wait"),
    place(Word::ui_rpm, View::WhatIf, "[data-toggle='rpm']", "quota rpm throttling"),
    place(Word::ui_tpm, View::WhatIf, "[data-toggle='tpm']", "quota tpm throttling"),
    place(Word::ui_max_tokens, View::WhatIf, "[data-toggle='max_tokens'], [data-toggle='tpm']", "quota reserved"),
    place(Word::ui_burndown, View::WhatIf, "[data-toggle='burndown'], [data-toggle='tpm']", "burndown quota output"),
    place(Word::ui_attempts, View::WhatIf, "[data-field='attempts']", "retry"),
    place(Word::ui_patience, View::WhatIf, "[data-toggle='patience']", "timeout"),
    place(Word::det_types, View::WhatIf, "[data-group='types']", "distribution cache route tools"),
    place(Word::det_models, View::WhatIf, "[data-group='models']", "tokens per second speed latency ttft"),
    place(Word::det_stages, View::WhatIf, "[data-group='stages']", "retrieval rag"),
    place(Word::det_people, View::WhatIf, "[data-group='people']", "sessions conversations"),
    place(Word::an_waterfall, View::Levers, "[data-panel='waterfall']", ""),
    place(Word::an_sensitivity, View::Levers, "[data-panel='sensitivity']", ""),
    place(Word::an_break_even, View::Levers, "[data-panel='break-even']", "target budget"),
    place(Word::an_models, View::Levers, "[data-panel='models']", "compare cheaper"),
    place(Word::an_frontier, View::Levers, "[data-panel='frontier']", "search pareto"),
    place(Word::an_prices, View::Prices, "[data-panel='prices']", "own price per million tokens"),
    place(Word::an_discount, View::Prices, "[data-field='discount']", "edp"),
    place(Word::an_growth, View::Prices, "[data-field='growth']", "monthly"),
    place(Word::an_days, View::Prices, "[data-field='days']", "monthly"),
    place(Word::an_services, View::Prices, "[data-panel='services']", "guardrails lambda infrastructure"),
    place(Word::an_import, View::Logs, "[data-panel='import']", "csv cloudwatch invocation logs"),
];

impl Place {
    /// Its name in a language.
    pub fn name(&self, locale: &dyn Locale) -> String {
        locale.template(self.word).to_string()
    }

    /// What it is found by beside its name.
    pub fn also(&self) -> String {
        format!("{} {}", self.word.english(), self.also)
    }
}

/// The cards of a scenario's query types: their names and where they are.
pub fn types_of(scenario: &Scenario) -> impl Iterator<Item = (String, String)> {
    let name = |(index, kind): (usize, &rehearsal::scenario::QueryType)| {
        (kind.name.clone(), format!("[data-type='{index}'] [data-field='type-name']"))
    };
    scenario.types.iter().enumerate().map(name)
}
