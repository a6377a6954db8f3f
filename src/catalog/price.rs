//! Prices as one type: every kind of price in one table, and thresholds as data of a row.
//!
//! The catalog's file, a team's own prices, the tiers, the parts of a bill, the page and the command line all
//! read their lists from [`PriceKind`]: a new kind is one line of the table below and its words.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::money::Price;
use crate::pack::{Pack, Packed, Reader};

/// What a token is to the bill of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenKind {
    /// Of the prompt, neither read from a cache nor written to one.
    Input,
    /// Of the answer.
    Output,
    /// Written to a cache that lives for five minutes, or for as long as the model's cache does.
    CacheWrite5m,
    /// Written to a cache that lives for an hour.
    CacheWrite1h,
    /// Read from a cache.
    CacheRead,
}

impl TokenKind {
    /// All kinds, in the order of documents.
    pub const ALL: [TokenKind; 5] =
        [TokenKind::Input, TokenKind::Output, TokenKind::CacheWrite5m, TokenKind::CacheWrite1h, TokenKind::CacheRead];

    /// The name in documents: `cache_write_5m`.
    pub const fn key(self) -> &'static str {
        match self {
            TokenKind::Input => "input",
            TokenKind::Output => "output",
            TokenKind::CacheWrite5m => "cache_write_5m",
            TokenKind::CacheWrite1h => "cache_write_1h",
            TokenKind::CacheRead => "cache_read",
        }
    }

    /// The field of LiteLLM's price list, without its threshold and its tier.
    const fn listed_as(self) -> &'static str {
        match self {
            TokenKind::Input => "input_cost_per_token",
            TokenKind::Output => "output_cost_per_token",
            TokenKind::CacheWrite5m => "cache_creation_input_token_cost",
            TokenKind::CacheWrite1h => "cache_creation_input_token_cost_above_1hr",
            TokenKind::CacheRead => "cache_read_input_token_cost",
        }
    }

    /// Whether it is a kind of cache write.
    pub const fn is_write(self) -> bool {
        matches!(self, TokenKind::CacheWrite5m | TokenKind::CacheWrite1h)
    }

    const fn is_cache(self) -> bool {
        self.is_write() || matches!(self, TokenKind::CacheRead)
    }
}

/// How urgently a call is served, and at whose price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// On demand, at once.
    #[default]
    Standard,
    /// Within a day, from a file.
    Batch,
    /// Cheaper, later.
    Flex,
    /// Dearer, sooner.
    Priority,
    /// The fastest tier of a few models.
    Ultrafast,
}

impl Tier {
    /// All tiers, in the order of documents.
    pub const ALL: [Tier; 5] = [Tier::Standard, Tier::Batch, Tier::Flex, Tier::Priority, Tier::Ultrafast];

    /// The name in documents.
    pub const fn key(self) -> &'static str {
        match self {
            Tier::Standard => "standard",
            Tier::Batch => "batch",
            Tier::Flex => "flex",
            Tier::Priority => "priority",
            Tier::Ultrafast => "ultrafast",
        }
    }

    /// How LiteLLM's price list ends the names of its fields.
    const fn listed_as(self) -> &'static str {
        match self {
            Tier::Standard => "",
            Tier::Batch => "_batches",
            Tier::Flex => "_flex",
            Tier::Priority => "_priority",
            Tier::Ultrafast => "_ultrafast",
        }
    }

    /// The tier of this name; `default` and `reserved`, as the service calls them, are standard.
    pub fn from_key(key: &str) -> Option<Self> {
        if key == "default" || key == "reserved" {
            return Some(Tier::Standard);
        }
        Tier::ALL.into_iter().find(|tier| tier.key() == key)
    }
}

macro_rules! price_kinds {
    ($($kind:ident = $tier:ident $token:ident $key:literal,)*) => {
        /// A kind of price: of a kind of token, in a tier.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(usize)]
        #[allow(missing_docs)]
        #[non_exhaustive]
        pub enum PriceKind { $($kind,)* }

        impl PriceKind {
            /// All kinds, in the order of documents.
            pub const ALL: &'static [PriceKind] = &[$(PriceKind::$kind,)*];

            /// The tier it is paid in.
            pub const fn tier(self) -> Tier {
                match self { $(PriceKind::$kind => Tier::$tier,)* }
            }

            /// The tokens it is paid for.
            pub const fn token(self) -> TokenKind {
                match self { $(PriceKind::$kind => TokenKind::$token,)* }
            }

            /// Its name in `billing.prices`, in the price table and in messages: `flex.cache_read`.
            pub const fn key(self) -> &'static str {
                match self { $(PriceKind::$kind => $key,)* }
            }

            /// The price of a kind of token in a tier.
            pub const fn of(tier: Tier, token: TokenKind) -> PriceKind {
                match (tier, token) { $((Tier::$tier, TokenKind::$token) => PriceKind::$kind,)* }
            }
        }
    };
}

price_kinds! {
    Input = Standard Input "input",
    Output = Standard Output "output",
    CacheWrite5m = Standard CacheWrite5m "cache_write_5m",
    CacheWrite1h = Standard CacheWrite1h "cache_write_1h",
    CacheRead = Standard CacheRead "cache_read",
    BatchInput = Batch Input "batch.input",
    BatchOutput = Batch Output "batch.output",
    BatchCacheWrite5m = Batch CacheWrite5m "batch.cache_write_5m",
    BatchCacheWrite1h = Batch CacheWrite1h "batch.cache_write_1h",
    BatchCacheRead = Batch CacheRead "batch.cache_read",
    FlexInput = Flex Input "flex.input",
    FlexOutput = Flex Output "flex.output",
    FlexCacheWrite5m = Flex CacheWrite5m "flex.cache_write_5m",
    FlexCacheWrite1h = Flex CacheWrite1h "flex.cache_write_1h",
    FlexCacheRead = Flex CacheRead "flex.cache_read",
    PriorityInput = Priority Input "priority.input",
    PriorityOutput = Priority Output "priority.output",
    PriorityCacheWrite5m = Priority CacheWrite5m "priority.cache_write_5m",
    PriorityCacheWrite1h = Priority CacheWrite1h "priority.cache_write_1h",
    PriorityCacheRead = Priority CacheRead "priority.cache_read",
    UltrafastInput = Ultrafast Input "ultrafast.input",
    UltrafastOutput = Ultrafast Output "ultrafast.output",
    UltrafastCacheWrite5m = Ultrafast CacheWrite5m "ultrafast.cache_write_5m",
    UltrafastCacheWrite1h = Ultrafast CacheWrite1h "ultrafast.cache_write_1h",
    UltrafastCacheRead = Ultrafast CacheRead "ultrafast.cache_read",
}

/// The number of kinds of price.
pub(crate) const KINDS: usize = PriceKind::ALL.len();

impl PriceKind {
    /// The kind of this name.
    pub fn from_key(key: &str) -> Option<Self> {
        PriceKind::ALL.iter().copied().find(|kind| kind.key() == key)
    }

    /// The field of LiteLLM's price list beyond a threshold, or of a row's ordinary prices for 0.
    pub fn listed_as(self, above_tokens: u64) -> String {
        let above = match above_tokens {
            0 => String::new(),
            tokens if tokens % 1000 == 0 => format!("_above_{}k_tokens", tokens / 1000),
            tokens => format!("_above_{tokens}_tokens"),
        };
        format!("{}{above}{}", self.token().listed_as(), self.tier().listed_as())
    }
}

/// A price of each kind, as far as it is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PriceList([u64; KINDS]);

const UNKNOWN: u64 = u64::MAX;

impl Default for PriceList {
    fn default() -> Self {
        PriceList([UNKNOWN; KINDS])
    }
}

impl std::fmt::Debug for PriceList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter().map(|(kind, price)| (kind.key(), price.usd_per_million()))).finish()
    }
}

impl PriceList {
    /// The price of a kind; `None` where it is unknown.
    pub fn get(&self, kind: PriceKind) -> Option<Price> {
        let pico = self.0[kind as usize];
        (pico != UNKNOWN).then(|| Price::from_pico_per_token(pico))
    }

    /// Sets a price, or takes it away.
    pub fn set(&mut self, kind: PriceKind, price: Option<Price>) {
        self.0[kind as usize] = price.map_or(UNKNOWN, Price::pico_per_token);
    }

    /// Every known price.
    pub fn iter(&self) -> impl Iterator<Item = (PriceKind, Price)> {
        PriceKind::ALL.iter().filter_map(|kind| Some((*kind, self.get(*kind)?)))
    }

    /// Whether no price is known.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|pico| *pico == UNKNOWN)
    }

    /// These prices, where `own` has none.
    #[must_use]
    pub fn with(mut self, own: &PriceList) -> Self {
        for (kind, price) in own.iter() {
            self.set(kind, Some(price));
        }
        self
    }

    /// Writes the known prices into a map, those of a tier as an object of their own.
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        for tier in Tier::ALL {
            let priced =
                TokenKind::ALL.iter().filter_map(|token| Some((token.key(), self.get(PriceKind::of(tier, *token))?)));
            if tier == Tier::Standard {
                for (key, price) in priced {
                    map.serialize_entry(key, &price)?;
                }
            } else {
                let priced: Pairs = Pairs(priced.collect());
                if !priced.0.is_empty() {
                    map.serialize_entry(tier.key(), &priced)?;
                }
            }
        }
        Ok(())
    }
}

struct Pairs(Vec<(&'static str, Price)>);

impl Serialize for Pairs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

impl Serialize for PriceList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.write(&mut map)?;
        map.end()
    }
}

impl Pack for PriceList {
    fn pack(&self, out: &mut Packed) {
        for kind in PriceKind::ALL {
            self.get(*kind).pack(out);
        }
    }
    fn unpack(reader: &mut Reader<'_>) -> Option<Self> {
        let mut list = PriceList::default();
        for kind in PriceKind::ALL {
            list.set(*kind, Option::<Price>::unpack(reader)?);
        }
        Some(list)
    }
}

/// A cliff: a prompt of more than `above_tokens` reprices every token of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Threshold {
    /// Tokens of the prompt, those read from and written to a cache among them.
    pub above_tokens: u64,
    /// What is repriced; a price that is not here follows from those below (see [`Prices::rule`]).
    pub prices: PriceList,
}

crate::pack_fields!(Threshold { above_tokens, prices });

impl Serialize for Threshold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("above_tokens", &self.above_tokens)?;
        self.prices.write(&mut map)?;
        map.end()
    }
}

/// The prices of a model per token, below and above its thresholds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    list: PriceList,
    /// By rising tokens.
    thresholds: Vec<Threshold>,
}

crate::pack_fields!(Prices { list, thresholds });

/// Where the price of a token stands: which price, of which level, raised by which input prices.
///
/// Level 0 is below every threshold, level 1 above the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The price it starts from.
    pub level: usize,
    /// Its kind.
    pub kind: PriceKind,
    /// Multiplied by the second of these input prices over the first, where no list has a price of its own
    /// above the threshold: level and kind each.
    pub raised: Option<[(usize, PriceKind); 2]>,
    /// The input's price stands in for that of a cache write, which no list has.
    pub as_input: bool,
}

/// The exact price of a token, which may be a ratio of prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    price: Price,
    by: Option<[Price; 2]>,
}

impl Rate {
    /// The exact amount, a fraction of a pico-dollar rounded to the nearest; `None` beyond any amount there is.
    pub fn of(self, tokens: u64) -> Option<crate::money::Usd> {
        let pico = |price: Price| i128::from(price.pico_per_token());
        let amount = i128::from(tokens).checked_mul(pico(self.price))?;
        let Some([below, above]) = self.by else { return Some(crate::money::Usd::from_pico(amount)) };
        let by = pico(below).max(1);
        Some(crate::money::Usd::from_pico((amount.checked_mul(pico(above))? + by / 2) / by))
    }

    /// Pico-dollars a token.
    pub fn pico_per_token(self) -> f64 {
        let pico = |price: Price| price.pico_per_token() as f64;
        let raised = self.by.map_or(1.0, |[below, above]| pico(above) / pico(below));
        pico(self.price) * raised
    }
}

impl Prices {
    /// Prices without thresholds.
    pub fn of(list: PriceList) -> Self {
        Prices { list, thresholds: Vec::new() }
    }

    /// Prices of an input and an output token only.
    pub fn plain(input: Price, output: Price) -> Self {
        let mut prices = Prices::default();
        prices.set(PriceKind::Input, Some(input));
        prices.set(PriceKind::Output, Some(output));
        prices
    }

    /// The price of a kind below every threshold; `None` where it is unknown.
    pub fn get(&self, kind: PriceKind) -> Option<Price> {
        self.list.get(kind)
    }

    /// Sets a price below every threshold, or takes it away.
    pub fn set(&mut self, kind: PriceKind, price: Option<Price>) {
        self.list.set(kind, price);
    }

    /// The prices below every threshold.
    pub fn list(&self) -> &PriceList {
        &self.list
    }

    /// The thresholds, by rising tokens.
    pub fn thresholds(&self) -> &[Threshold] {
        &self.thresholds
    }

    /// Adds a threshold, or what it reprices to one that is there.
    pub fn insert(&mut self, threshold: Threshold) {
        match self.thresholds.binary_search_by_key(&threshold.above_tokens, |known| known.above_tokens) {
            Ok(at) => self.thresholds[at].prices = self.thresholds[at].prices.with(&threshold.prices),
            Err(at) => self.thresholds.insert(at, threshold),
        }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty() && self.thresholds.is_empty()
    }

    /// These prices, with a team's own in their place; own thresholds replace all, and an own price without any
    /// is the price of a prompt of every size.
    #[must_use]
    pub fn with(&self, own: &Prices) -> Self {
        let mut thresholds = if own.thresholds.is_empty() { &self.thresholds } else { &own.thresholds }.clone();
        if own.thresholds.is_empty() {
            thresholds.iter_mut().for_each(|threshold| threshold.prices = threshold.prices.with(&own.list));
        }
        Prices { list: self.list.with(&own.list), thresholds }
    }

    /// How many thresholds a prompt of so many tokens is above; its tokens are all those that are not the answer's.
    pub fn level(&self, prompt_tokens: u64) -> usize {
        self.thresholds.partition_point(|threshold| prompt_tokens > threshold.above_tokens)
    }

    /// The prices of a level.
    pub fn at(&self, level: usize) -> &PriceList {
        level.checked_sub(1).and_then(|at| self.thresholds.get(at)).map_or(&self.list, |threshold| &threshold.prices)
    }

    /// Which price a token has in a tier, above so many thresholds; `None` where it is unknown.
    ///
    /// A price that a threshold does not name is that of the level below it; a cache price is raised as the
    /// input's is. A cache write of a model whose cache is read at a price and written at none is paid as input.
    pub fn rule(&self, token: TokenKind, tier: Tier, level: usize) -> Option<Rule> {
        let kind = PriceKind::of(tier, token);
        let Some(from) = self.nearest(kind, level) else {
            let as_input = token.is_write()
                && self.get(PriceKind::CacheRead).is_some()
                && self.get(PriceKind::CacheWrite5m).is_none()
                && self.get(PriceKind::CacheWrite1h).is_none();
            let input = as_input.then(|| self.rule(TokenKind::Input, tier, level)).flatten()?;
            return Some(Rule { as_input, ..input });
        };
        let mut rule = Rule { level: from, kind, raised: None, as_input: false };
        if token.is_cache() && from < level {
            let input = PriceKind::of(tier, TokenKind::Input);
            if let (Some(below), Some(above)) = (self.nearest(input, from), self.nearest(input, level))
                && below != above
                && self.at(below).get(input).is_some_and(|price| price.pico_per_token() > 0)
            {
                rule.raised = Some([(below, input), (above, input)]);
            }
        }
        Some(rule)
    }

    /// The highest level up to this one that names a price of a kind.
    fn nearest(&self, kind: PriceKind, level: usize) -> Option<usize> {
        (0..=level.min(self.thresholds.len())).rev().find(|at| self.at(*at).get(kind).is_some())
    }

    /// The exact price of a token; `None` where it is unknown.
    pub fn rate(&self, token: TokenKind, tier: Tier, level: usize) -> Option<Rate> {
        let rule = self.rule(token, tier, level)?;
        let price = |(level, kind): (usize, PriceKind)| self.at(level).get(kind);
        let by = match rule.raised {
            Some([below, above]) => Some([price(below)?, price(above)?]),
            None => None,
        };
        Some(Rate { price: price((rule.level, rule.kind))?, by })
    }

    /// Whether cache writes are paid as input, because the model's cache is read at a price and no list has one
    /// for writing it.
    ///
    /// # Source
    /// What the cost engines of LiteLLM 1.110.2 and genai-prices 0.2.3 do.
    pub fn writes_as_input(&self) -> bool {
        self.rule(TokenKind::CacheWrite5m, Tier::Standard, 0).is_some_and(|rule| rule.as_input)
    }

    /// Writes the prices into a map: one threshold as an object, several as a list.
    pub(crate) fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.list.write(map)?;
        match self.thresholds.as_slice() {
            [] => Ok(()),
            [one] => map.serialize_entry("long_context", one),
            several => map.serialize_entry("long_context", several),
        }
    }
}

impl Serialize for Prices {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.write(&mut map)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(price: f64) -> Option<Price> {
        Price::per_million(price)
    }

    fn prices() -> Prices {
        let mut prices = Prices::plain(usd(2.0).unwrap(), usd(10.0).unwrap());
        prices.set(PriceKind::CacheRead, usd(0.2));
        for (above_tokens, input) in [(272_000, 4.0), (100_000, 3.0)] {
            let mut list = PriceList::default();
            list.set(PriceKind::Input, usd(input));
            prices.insert(Threshold { above_tokens, prices: list });
        }
        prices
    }

    fn rate(prices: &Prices, token: TokenKind, prompt: u64) -> Option<f64> {
        Some(prices.rate(token, Tier::Standard, prices.level(prompt))?.pico_per_token() / 1e6)
    }

    #[test]
    fn an_own_price_without_a_threshold_is_the_price_at_every_size() {
        let usd = |usd: f64| Price::per_million(usd).unwrap();
        let mut listed = Prices::plain(usd(1.0), usd(5.0));
        listed.insert(Threshold { above_tokens: 100_000, prices: *Prices::plain(usd(2.0), usd(7.5)).list() });
        let mut own = Prices::default();
        own.set(PriceKind::Input, Some(usd(0.8)));
        let taken = listed.with(&own);
        // The own input price below and above; the output, which is not their own, as listed.
        let both = |token| [100_000, 100_001].map(|prompt| rate(&taken, token, prompt));
        assert_eq!(both(TokenKind::Input), [Some(0.8), Some(0.8)]);
        assert_eq!(both(TokenKind::Output), [Some(5.0), Some(7.5)]);
    }

    #[test]
    fn any_number_of_thresholds_is_data() {
        let prices = prices();
        assert_eq!(prices.thresholds().iter().map(|t| t.above_tokens).collect::<Vec<_>>(), [100_000, 272_000]);
        let input = |prompt| rate(&prices, TokenKind::Input, prompt).unwrap();
        assert_eq!([input(100_000), input(100_001), input(272_000), input(272_001)], [2.0, 3.0, 3.0, 4.0]);
        // No threshold names them: the output stays, the cache's price follows the input's.
        assert_eq!(rate(&prices, TokenKind::Output, 300_000), Some(10.0));
        assert_eq!(rate(&prices, TokenKind::CacheRead, 300_000), Some(0.4));
    }

    #[test]
    fn writes_without_a_price_are_input() {
        let mut prices = prices();
        assert!(prices.writes_as_input());
        assert_eq!(rate(&prices, TokenKind::CacheWrite1h, 300_000), Some(4.0));
        // A model of which one write has a price says what the other costs, or nobody knows.
        prices.set(PriceKind::CacheWrite5m, usd(2.5));
        assert_eq!(rate(&prices, TokenKind::CacheWrite1h, 1), None);
        // Nor does a model without a cache.
        assert_eq!(rate(&Prices::plain(usd(1.0).unwrap(), usd(1.0).unwrap()), TokenKind::CacheWrite5m, 1), None);
    }

    #[test]
    fn kinds_have_their_names() {
        for kind in PriceKind::ALL {
            assert_eq!(PriceKind::from_key(kind.key()), Some(*kind));
            assert_eq!(PriceKind::of(kind.tier(), kind.token()), *kind);
            let tier = if kind.tier() == Tier::Standard { String::new() } else { format!("{}.", kind.tier().key()) };
            assert_eq!(kind.key(), format!("{tier}{}", kind.token().key()));
        }
        let listed = PriceKind::FlexCacheWrite1h.listed_as(272_000);
        assert_eq!(listed, "cache_creation_input_token_cost_above_1hr_above_272k_tokens_flex");
    }
}
