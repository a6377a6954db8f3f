//! What one attempt of a call costs, as straight lines over its tokens.

use crate::money::Usd;

/// What one attempt of a call costs, on average over its tier and its place in a conversation, as a
/// straight line over its own tokens: `fixed + per_input × input + per_output × output`.
///
/// `input` is the message alone; what stands before it (system prompt, history, read from the prompt
/// cache or written to it) is in `fixed`. Where the model has a long-context limit there is a line for
/// each stretch of prompt lengths. [`super::Sheet::call_price`] makes it.
#[derive(Clone, Debug, PartialEq)]
pub struct CallPrice {
    lines: Vec<CallLine>,
}

/// The line of one stretch of prompt lengths, in pico-dollars; `None` where a price that it needs is
/// not known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CallLine {
    /// Holds for messages of more than so many tokens, up to the next line's.
    pub above_input: f64,
    pub fixed: Option<f64>,
    pub per_input: Option<f64>,
    pub per_output: Option<f64>,
}

impl Default for CallLine {
    fn default() -> Self {
        let nothing = Some(0.0);
        CallLine { above_input: f64::NEG_INFINITY, fixed: nothing, per_input: nothing, per_output: nothing }
    }
}

impl CallPrice {
    pub(super) fn new(lines: Vec<CallLine>) -> Self {
        CallPrice { lines }
    }

    /// The lines, by rising prompt length; at least one.
    pub fn lines(&self) -> &[CallLine] {
        &self.lines
    }

    /// The place of the line that prices a message of so many tokens.
    pub fn line_of(&self, input: f64) -> usize {
        self.lines.iter().rposition(|line| input > line.above_input).unwrap_or(0)
    }

    /// One attempt, in pico-dollars; `None` when a price that is used is not known.
    pub fn pico(&self, input: f64, output: f64) -> Option<f64> {
        self.lines.get(self.line_of(input))?.pico(1.0, input, output)
    }

    /// The price of an attempt that failed after it began and is billed these shares of its prompt and
    /// of its answer.
    #[must_use]
    pub fn failed(&self, input_share: f64, output_share: f64) -> Self {
        let scaled =
            |rate: Option<f64>, share: f64| if share == 0.0 { Some(0.0) } else { rate.map(|rate| rate * share) };
        let line = |line: &CallLine| CallLine {
            above_input: line.above_input,
            fixed: scaled(line.fixed, input_share),
            per_input: scaled(line.per_input, input_share),
            per_output: scaled(line.per_output, output_share),
        };
        CallPrice { lines: self.lines.iter().map(line).collect() }
    }
}

impl CallLine {
    /// So many attempts with so many tokens together, in pico-dollars.
    pub fn pico(&self, calls: f64, input: f64, output: f64) -> Option<f64> {
        let part =
            |rate: Option<f64>, amount: f64| if amount == 0.0 { Some(0.0) } else { rate.map(|rate| rate * amount) };
        Some(part(self.fixed, calls)? + part(self.per_input, input)? + part(self.per_output, output)?)
    }

    /// The same as money, each part rounded once: sums of whole numbers come to the same amount in any
    /// order. A rate that is a whole number is multiplied exactly.
    pub fn cost(&self, calls: u64, input: u64, output: u64) -> Option<Usd> {
        let part = |rate: Option<f64>, amount: u64| match rate {
            _ if amount == 0 => Some(Usd::ZERO),
            Some(rate) if rate == libm::floor(rate) && rate < 9e15 => {
                Some(Usd::from_pico(i128::from(rate as u64) * i128::from(amount)))
            }
            rate => Usd::round_pico(rate? * amount as f64),
        };
        Some(part(self.fixed, calls)? + part(self.per_input, input)? + part(self.per_output, output)?)
    }

    /// Tokens of every call at a price: so many whatever the message, and so many for each of its own tokens and of
    /// its answer's.
    pub(super) fn add(&mut self, [fixed, input, output]: [f64; 3], rate: Option<f64>) {
        for (sum_of, tokens) in [(&mut self.fixed, fixed), (&mut self.per_input, input), (&mut self.per_output, output)]
        {
            if tokens != 0.0 {
                *sum_of = sum(*sum_of, rate.map(|rate| rate * tokens));
            }
        }
    }
}

fn sum(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    Some(a? + b?)
}

#[cfg(test)]
mod tests {
    use crate::catalog::Catalog;
    use crate::cost::Sheet;
    use crate::scenario::{Distribution, PromptCache, QueryType, Scenario};

    const SONNET: &str = "global.anthropic.claude-sonnet-4-5-20250929-v1:0";

    fn scenario(edit: impl Fn(&mut QueryType)) -> Scenario {
        let mut kind = QueryType { name: "a".into(), share_pct: 100.0, ..QueryType::default() };
        kind.model = Some(SONNET.into());
        edit(&mut kind);
        Scenario { types: vec![kind], ..Scenario::default() }
    }

    /// $3 in and $15 out; a system prompt of 2,000 tokens, nine in ten read at $0.30, else written at
    /// $3.75; ten percent off.
    #[test]
    fn a_line_by_hand() {
        let mut scenario = scenario(|kind| {
            kind.prompt.system_tokens = 2_000.0;
            kind.prompt.cache = Some(PromptCache::default());
        });
        scenario.billing.discount_pct = 10.0;
        let price = Sheet::new(&scenario, Catalog::full()).call_price(0, SONNET).unwrap();
        let [below, above] = price.lines() else { panic!("{price:?}") };
        let near = |value: Option<f64>, expected: f64| {
            assert!((value.unwrap() / expected - 1.0).abs() < 1e-12, "{value:?} {expected}");
        };
        near(below.fixed, 0.9 * (1_800.0 * 300_000.0 + 200.0 * 3_750_000.0));
        near(below.per_input, 0.9 * 3e6);
        near(below.per_output, 0.9 * 15e6);
        // Beyond 200,000 tokens the whole call costs double, its answer half as much again.
        assert_eq!(above.above_input, 198_000.0);
        near(above.fixed, 2.0 * below.fixed.unwrap());
        near(above.per_input, 0.9 * 6e6);
        near(above.per_output, 0.9 * 22.5e6);
        assert_eq!((price.line_of(198_000.0), price.line_of(198_001.0)), (0, 1));
        let cost = below.cost(2, 100, 10).unwrap().pico();
        assert_eq!(cost, (2.0 * below.fixed.unwrap() + 0.9 * (300e6 + 150e6)) as i128);
        let failed = price.failed(1.0, 0.0);
        near(failed.lines()[0].fixed, below.fixed.unwrap());
        assert_eq!(failed.lines()[0].per_output, Some(0.0));
    }

    #[test]
    fn what_is_used_and_unknown_is_unknown() {
        let scenario = scenario(|kind| kind.model = Some("acme.model".into()));
        let sheet = Sheet::new(&scenario, Catalog::full());
        let price = sheet.call_price(0, "acme.model").unwrap();
        assert_eq!((price.pico(1.0, 1.0), price.pico(0.0, 0.0)), (None, Some(0.0)));
        assert_eq!(sheet.call_price(0, "another"), None);
        assert_eq!(sheet.call_price(1, "acme.model"), None);
    }

    /// Every message of its mean size: the calls' prices add up to the day's bill.
    #[test]
    fn calls_add_up_to_the_bill() {
        for (turns, tokens) in [(1.0, 100.0), (3.5, 40_000.0), (6.0, 150_000.0)] {
            let scenario = scenario(|kind| {
                kind.input_tokens = Distribution::Constant(tokens);
                kind.prompt.system_tokens = 3_000.0;
                kind.prompt.turns = turns;
                kind.prompt.cache = Some(PromptCache::default());
                kind.tiers.batch_pct = 20.0;
            });
            let sheet = Sheet::new(&scenario, Catalog::full());
            let call = sheet.call_price(0, SONNET).unwrap().pico(tokens, 100.0).unwrap();
            let total = sheet.total(&sheet.numbers);
            assert!((call * scenario.daily_messages * 1e-12 / total - 1.0).abs() < 1e-12, "{turns} {tokens}");
        }
    }
}
