//! One model that the requests are to go to.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::Value;

use crate::bedrock::ModelRules;
use crate::catalog::{Catalog, Model, TokenizerFamily, speed_of, weight};
use crate::checks::RuleFinding;
use crate::cost::CallTokens;
use crate::import::{Call, Summary, model_named, thresholds};
use crate::mock::{Again, Examined, PromptSize, examine_again};
use crate::money::Usd;
use crate::rules::RuleSheet;
use crate::words::{English, Message, Word};

use super::super::Asked;
use super::super::ask::Ready;
use super::group::Groups;
use super::patch::{PatchOp, apply, candidates};
use super::{BeforeAfter, EndOfLife, OnModel, Range, Speeds, unpriced};

/// What two tokenizers are compared on beside a prompt: prose in both of the product's languages, markup and numbers.
const SAMPLE: &str = "Thank you for your order. Volume 12 of the series ships on 2026-12-03 and should arrive within \
    three days; you can follow it under \"My orders\". ご注文ありがとうございます。第12巻は12月3日に発送し、3日以内に\
    お届けの予定です。配送状況は「注文履歴」からご確認いただけます。{\"order\": 48213, \"status\": \"shipped\"}";

/// The most mends that are tried on one request.
const MOST_MENDS: usize = 16;

/// A model to go to, and what was found of it.
#[derive(Debug)]
pub(super) struct Target<'a> {
    id: String,
    model: std::borrow::Cow<'a, Model>,
    rules: ModelRules,
    groups: Groups,
    taken: u64,
    refused: u64,
    not_checked: u64,
    mended: u64,
    cache_lost: u64,
    after: Summary,
    tokens_after: u64,
    tokens_of: u64,
    /// Calls of the log whose tokens on this model nobody can say.
    uncounted: u64,
    /// Requests that no log counts: those whose prompt is estimated, and those it cannot be of.
    estimated_of: u64,
    unestimated: u64,
    unchecked: BTreeSet<Word>,
    /// Requests to an id that is taken in some Regions, which do not say where they go.
    unplaced: u64,
    /// Answers counted by the prompt's ratio of two tokenizers.
    scaled: u64,
    /// Calls whose own count is beyond the model's context, though the estimate of their prompt is not.
    beyond: u64,
}

impl<'a> Target<'a> {
    /// # Errors
    /// Nobody knows the model.
    pub fn new(id: &str, catalog: &'a Catalog) -> Result<Self, String> {
        let model = match catalog.get(id) {
            Some(model) => std::borrow::Cow::Borrowed(model),
            None if RuleSheet::get().row(id).is_some() => std::borrow::Cow::Owned(Model::unpriced(id)),
            None => {
                let ids: Vec<&str> = catalog.models().map(|model| model.id.as_str()).collect();
                let near = crate::document::nearest(id, &ids);
                let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                return Err(format!("the catalog has no model `{}`{hint}", crate::problem::clipped(id, 100)));
            }
        };
        Ok(Target {
            rules: ModelRules::of(&model),
            id: id.to_string(),
            model,
            groups: Groups::default(),
            taken: 0,
            refused: 0,
            not_checked: 0,
            mended: 0,
            cache_lost: 0,
            after: Summary::new(&thresholds(catalog), None),
            tokens_after: 0,
            tokens_of: 0,
            uncounted: 0,
            estimated_of: 0,
            unestimated: 0,
            unchecked: BTreeSet::new(),
            unplaced: 0,
            scaled: 0,
            beyond: 0,
        })
    }

    /// Looks at a request: 0 where it is taken, 1 where nobody can say, 2 where it is refused.
    pub fn look(
        &mut self,
        ready: &Ready<'_>,
        call: Option<&Call>,
        size_now: Option<PromptSize>,
        (catalog, today, again): (&Catalog, Option<&str>, &mut Again),
        place: &str,
    ) -> usize {
        let examined = examine_again(&ready.to(&self.id), catalog, today, again);
        let mut after = examined.size;
        let verdict = if examined.refused.is_empty() {
            match examined.unchecked.or_else(|| self.elsewhere(call)) {
                Some(why) => {
                    self.unchecked.insert(why);
                    self.not_checked += 1;
                    1
                }
                None => {
                    self.taken += 1;
                    0
                }
            }
        } else {
            self.refused += 1;
            let (found, mended) = self.mend(ready.asked, examined, catalog, today, again);
            self.groups.add(&found, &self.id, place);
            if let Some(mended) = mended {
                self.mended += 1;
                after = after.or(mended);
            }
            2
        };
        self.count(call, size_now, after, catalog);
        verdict
    }

    /// That a call is made where the model's own id is not taken: the mock is in no Region, and refuses none.
    fn elsewhere(&mut self, call: Option<&Call>) -> Option<Word> {
        let regions = self.rules.direct_regions();
        if regions.is_empty() || !self.rules.is_bare(&self.id) {
            return None;
        }
        let region = call.map_or("", |call| call.region.as_str());
        self.unplaced += u64::from(region.is_empty());
        (!region.is_empty() && !regions.contains(&region)).then_some(Word::unchecked_region)
    }

    /// What is refused, each with the patch that mends it; and the tokens of the prompt where all is mended.
    #[expect(clippy::type_complexity, reason = "two results of one walk")]
    fn mend(
        &self,
        asked: &Asked,
        examined: Examined<'_>,
        catalog: &Catalog,
        today: Option<&str>,
        again: &mut Again,
    ) -> (Vec<(RuleFinding, Option<Vec<PatchOp>>)>, Option<Option<PromptSize>>) {
        let mut found: Vec<(RuleFinding, Option<Vec<PatchOp>>)> = Vec::new();
        let mut current = asked.clone();
        let mut examined = examined;
        for _ in 0..MOST_MENDS {
            for finding in &examined.refused {
                if !found.iter().any(|(known, _)| known == finding) {
                    found.push((finding.clone(), None));
                }
            }
            let Some((body, ops, of, next)) = self.first_mend(&current, &examined, (catalog, today, again)) else {
                break;
            };
            if let Some((_, patch)) = found.iter_mut().find(|(known, _)| *known == of) {
                *patch = Some(ops);
            }
            current.body = body;
            let clean = next.refused.is_empty();
            let size = next.size;
            if clean {
                return (found, next.unchecked.is_none().then_some(size));
            }
            examined = next;
        }
        (found, None)
    }

    /// The first finding that a patch mends: the body with it, the patch, the finding, what is found then.
    fn first_mend<'c>(
        &self,
        asked: &Asked,
        examined: &Examined<'_>,
        (catalog, today, again): (&'c Catalog, Option<&str>, &mut Again),
    ) -> Option<(Value, Vec<PatchOp>, RuleFinding, Examined<'c>)> {
        for finding in &examined.refused {
            for ops in candidates(finding, &asked.body, &self.rules) {
                let Some(body) = apply(&asked.body, &ops).filter(|body| *body != asked.body) else { continue };
                let patched = Asked { body: body.clone(), ..asked.clone() };
                let next = examine_again(&patched.to(&self.id), catalog, today, again);
                let gone = !next.refused.iter().any(|left| left.rule == finding.rule && left.path == finding.path);
                if gone && !ops.is_empty() && next.refused.len() <= examined.refused.len() {
                    return Some((body, ops, finding.clone(), next));
                }
            }
        }
        None
    }

    /// A call that could not be looked at.
    pub fn unseen(&mut self, call: &Call, catalog: &Catalog) {
        self.not_checked += call.requests;
        let same = catalog.get(&call.model).is_some_and(|model| family(model) == family(&self.model));
        let one = same.then_some(PromptSize { tokens: 1, texts: 0 });
        self.count(Some(call), one, one, catalog);
    }

    /// Adds a call's tokens as this model counts them: those of the log by the ratio of the two estimates of its
    /// prompt's texts, and what the frames of the two differ by.
    fn count(&mut self, call: Option<&Call>, before: Option<PromptSize>, after: Option<PromptSize>, catalog: &Catalog) {
        let Some(call) = call.filter(|_| super::is_counted(call)) else {
            match after.filter(|_| before.is_some()) {
                Some(after) => {
                    self.estimated_of += 1;
                    self.tokens_after = self.tokens_after.saturating_add(after.tokens);
                }
                None => self.unestimated += u64::from(before.is_some()),
            }
            return;
        };
        let Some((before, after)) = before.zip(after).filter(|(before, _)| before.tokens > 0) else {
            self.uncounted += call.requests;
            return;
        };
        // A short prompt says little of two tokenizers: a text of both kinds goes with every prompt.
        let was = model_named(&call.model, catalog).map_or(TokenizerFamily::Claude3, family);
        let is = family(&self.model);
        let same = was == is && before.tokens == after.tokens;
        let texts_before = before.texts.saturating_add(sample_weight(was)).max(1);
        let texts_after = if same { texts_before } else { after.texts.saturating_add(sample_weight(is)) };
        self.scaled += if same { 0 } else { call.requests };
        let of = |tokens: u64| {
            let exact = u128::from(tokens) * u128::from(texts_after) / u128::from(texts_before);
            u64::try_from(exact).unwrap_or(u64::MAX)
        };
        let t = call.tokens;
        let frame = |size: PromptSize| i128::from(size.tokens) - i128::from(size.texts / 1000);
        let framed = i128::from(of(t.input)) + (frame(after) - frame(before)) * i128::from(call.requests);
        let least = u64::from(t.input > 0);
        let mut tokens = CallTokens {
            input: u64::try_from(framed).unwrap_or(least).max(least),
            output: of(t.output),
            cache_read: of(t.cache_read),
            cache_write_5m: of(t.cache_write_5m),
            cache_write_1h: of(t.cache_write_1h),
        };
        let longest = self.rules.max_input_tokens.unwrap_or(u64::MAX);
        if tokens.prompt() / call.requests.max(1) > longest && after.tokens <= longest {
            self.beyond += call.requests;
        }
        let cached = tokens.cache_read + tokens.cache_write_5m + tokens.cache_write_1h;
        let smallest = self.rules.number("cache_min_tokens").or(self.model.min_cache_tokens).unwrap_or(0);
        let small = cached / call.requests.max(1) < smallest;
        if cached > 0 && (!self.rules.caches() || small) {
            self.cache_lost += call.requests;
            tokens = CallTokens { input: tokens.input + cached, output: tokens.output, ..CallTokens::default() };
        }
        let mapped = Call { model: self.id.clone(), tokens, ..call.clone() };
        if self.after.count(&mapped).is_ok() {
            self.tokens_of += call.requests;
            self.tokens_after = self.tokens_after.saturating_add(tokens.prompt()).saturating_add(tokens.output);
        }
    }

    pub fn finish(
        self,
        tokens: BeforeAfter<u64>,
        bill_before: Option<Usd>,
        now: Speeds,
        catalog: &Catalog,
        today: Option<&str>,
    ) -> OnModel {
        let bill = self.after.bill(catalog);
        let mut notes: Vec<Message> = bill.unknown.iter().map(|name| unpriced(name)).collect();
        for why in &self.unchecked {
            let regions = self.rules.direct_regions().join(", ");
            notes.push(Message::new(*why).text("model", &self.id).text("regions", regions));
        }
        if self.unplaced > 0 {
            let regions = self.rules.direct_regions().join(", ");
            notes.push(
                Message::new(Word::unsaid_region)
                    .text("model", &self.id)
                    .text("regions", regions)
                    .number("calls", self.unplaced as f64),
            );
        }
        if self.uncounted > 0 {
            notes.push(
                Message::new(Word::upgrade_uncounted).text("model", &self.id).number("calls", self.uncounted as f64),
            );
        }
        if self.scaled > 0 {
            notes.push(Message::new(Word::upgrade_scaled).text("model", &self.id).number("calls", self.scaled as f64));
        }
        if let (Some(most), 1..) = (self.rules.max_input_tokens, self.beyond) {
            notes.push(
                Message::new(Word::upgrade_beyond)
                    .text("model", &self.id)
                    .number("calls", self.beyond as f64)
                    .number("most", most as f64),
            );
        }
        if self.groups.joined > 0 {
            notes.push(Message::new(Word::upgrade_joined).number("count", self.groups.joined as f64));
        }
        let whole = self.uncounted == 0 && self.tokens_of > 0;
        let some = self.uncounted + self.unestimated == 0 && self.tokens_of + self.estimated_of > 0;
        let speed = speed_of(&self.id);
        OnModel {
            taken: self.taken,
            refused: self.refused,
            not_checked: self.not_checked,
            mended: self.mended,
            by_rule: self.groups.list(),
            tokens: BeforeAfter { before: tokens.before, after: some.then_some(self.tokens_after) },
            tokens_of: self.tokens_of,
            bill_usd: BeforeAfter { before: bill_before, after: bill.total().filter(|_| whole) },
            cache_lost: self.cache_lost,
            ttft_ms: BeforeAfter { before: now.ttft_ms, after: speed.map(|speed| speed.ttft_p50_ms) },
            tokens_per_s: BeforeAfter { before: now.tokens_per_s, after: speed.map(|speed| speed.tokens_per_s) },
            ttft_ms_range: BeforeAfter {
                before: now.ttft_range,
                after: speed.map(|speed| Range::of(speed.ttft_range_ms)),
            },
            tokens_per_s_range: BeforeAfter {
                before: now.rate_range,
                after: speed.map(|speed| Range::of(speed.tokens_per_s_range)),
            },
            end_of_life: EndOfLife::of(&self.id, catalog, today),
            unknown: notes.iter().map(|note| note.say(&English)).collect(),
            notes,
            model: self.id,
        }
    }
}

/// What the sample weighs.
fn sample_weight(family: TokenizerFamily) -> u64 {
    static WEIGHTS: OnceLock<[u64; TokenizerFamily::ALL.len()]> = OnceLock::new();
    let weights = WEIGHTS.get_or_init(|| TokenizerFamily::ALL.map(|family| weight(SAMPLE, family)));
    weights.get(family as usize).copied().unwrap_or_default()
}

fn family(model: &Model) -> TokenizerFamily {
    model.tokenizer.unwrap_or(TokenizerFamily::Claude3)
}

impl Range {
    fn of([low, high]: [f64; 2]) -> Self {
        Range { low, high }
    }
}
