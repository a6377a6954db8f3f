//! Why is my prompt cache not hit, and what would it save: the prompts of a log as a tree of prefixes, what a cache
//! could have read at five minutes and an hour, at which block the prefix breaks and what changes there.

mod answer;
mod forest;
mod kin;
mod near;
mod report;
mod spread;
mod traffic;
mod window;

pub use answer::{ADay, AtLives, CacheAnswer, CacheBreak, CouldRead, Economics, Missed, OfType};
pub use kin::Change;
pub use traffic::{CacheFromTraffic, TrafficHits, cache_from_traffic};

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::bedrock::{Ask, AskBlock, ModelRules};
use crate::catalog::{Catalog, Place, Prices, TokenKind};
use crate::cost::{CallTokens, price_tokens};
use crate::import::{Call, CallOutcome, LoggedCall, model_named};
use crate::mock::{Marks, MissReason, Part, Prompt, PromptBlock, PromptCache, examine};
use crate::money::Usd;
use crate::words::{English, Message, Word};

use super::Asked;
use forest::{Forest, LIVES_US, Walk};
use kin::{Held, Kin};
use near::{Beside, Earlier, Fate, Said};
use spread::Spread;
use window::{Kept, Waiting, Window};

/// The most query types and breaks that are told apart.
const MOST_ROWS: usize = 1_000;

/// A cache's truth on its way through the calls.
#[derive(Debug)]
pub struct CacheTruth<'a> {
    catalog: &'a Catalog,
    /// Calls on their way into the order of time: files of several hosts or Regions overlap.
    window: Window<'a>,
    requests: u64,
    /// Prompts as they were sent.
    as_sent: Forest,
    /// The same with what changes behind what stays, by lifetime.
    mended: [Forest; 2],
    kin: Kin,
    earlier: Earlier,
    /// The cache as the marks of the requests use it.
    marked: PromptCache,
    sums: Sums,
    /// What is saved in each piece of the log's time.
    spread: Spread,
    breaks: BTreeMap<(String, BreakKind), Broken>,
    by_type: BTreeMap<String, OfType>,
    economics: BTreeMap<String, Economics>,
    unread: BTreeMap<Word, u64>,
    unpriced: std::collections::BTreeSet<String>,
    misses: BTreeMap<&'static str, (u64, u64)>,
    span_us: Option<(i64, i64)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    with_bodies: u64,
    prompt: u64,
    read: u64,
    written: u64,
    could: [u64; 2],
    mended: [u64; 2],
    /// Dollars, as pico-dollars may be many: exact.
    saving: [Usd; 2],
    saving_mended: [Usd; 2],
    /// What the prompts cost.
    paid: Usd,
    /// What today's reads and writes save beside paying all as input; negative where writing costs more.
    caching: Usd,
}

/// Why a prefix breaks: what changes in the blocks that are one but for that, or what is known at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum BreakKind {
    Class(u64),
    Known(&'static str),
}

/// By lifetime.
#[derive(Clone, Debug, Default)]
struct Broken {
    requests: [u64; 2],
    tokens: [u64; 2],
    usd: [Usd; 2],
    /// What mending it and nothing else saves.
    alone: [Usd; 2],
    unknown: bool,
    first: String,
}

/// The prices of one call.
struct Rates<'a> {
    prices: &'a Prices,
    call: &'a Call,
    level: usize,
}

impl Rates<'_> {
    fn of(&self, kind: TokenKind, tokens: u64) -> Option<Usd> {
        if tokens == 0 { Some(Usd::ZERO) } else { self.prices.rate(kind, self.call.tier, self.level)?.of(tokens) }
    }

    /// What a prompt of so many tokens costs of which so many are read and so many written. More may be written than
    /// it has: the writing of earlier ones is counted when it pays.
    fn prompt(&self, all: u64, walk: Walk, write: TokenKind) -> Option<Usd> {
        let input = |tokens| self.of(TokenKind::Input, tokens);
        let spared = input(walk.read)? - self.of(TokenKind::CacheRead, walk.read)?;
        let raised = self.of(write, walk.written)? - input(walk.written)?;
        Some(input(all)? - spared + raised)
    }
}

const WRITES: [TokenKind; 2] = [TokenKind::CacheWrite5m, TokenKind::CacheWrite1h];

impl<'a> CacheTruth<'a> {
    pub fn new(catalog: &'a Catalog) -> Self {
        CacheTruth {
            catalog,
            window: Window::default(),
            requests: 0,
            as_sent: Forest::default(),
            mended: [Forest::default(), Forest::default()],
            kin: Kin::default(),
            earlier: Earlier::default(),
            marked: PromptCache::default(),
            sums: Sums::default(),
            spread: Spread::default(),
            breaks: BTreeMap::new(),
            by_type: BTreeMap::new(),
            economics: BTreeMap::new(),
            unread: BTreeMap::new(),
            unpriced: std::collections::BTreeSet::new(),
            misses: BTreeMap::new(),
            span_us: None,
        }
    }

    /// Calls heard so far.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// Hears a call of a log; `place` says where it stands.
    pub fn hear(&mut self, logged: &LoggedCall, place: &str) {
        let call = &logged.call;
        self.requests += call.requests;
        let asked = match logged.request.as_ref().map(|request| Asked::logged(request, &call.model)) {
            Some(Ok(asked)) => asked,
            Some(Err(reason)) => return self.unread(reason, call.requests),
            None => return self.unread(Word::unseen_none, call.requests),
        };
        if call.outcome != CallOutcome::Answered {
            return self.unread(Word::cache_q_failed, call.requests);
        }
        let Some(at_us) = call.at_us else { return self.unread(Word::cache_q_untimed, call.requests) };
        let catalog = self.catalog;
        let named = model_named(&call.model, catalog);
        let id = named.map_or(call.model.as_str(), |model| model.id.as_str());
        let examined = examine(&asked.to(id), catalog, None);
        let (Some(read), Some(model)) = (examined.read, examined.model) else {
            return self.unread(Word::cache_q_unreadable, call.requests);
        };
        let mut prompt = read.prompt;
        if prompt.blocks.is_empty() {
            return self.unread(Word::cache_q_unreadable, call.requests);
        }
        arrange(&mut prompt, &asked.body);
        // Each account has a cache of its own in each Region.
        let account = logged.account.as_deref().unwrap_or_default();
        let cache = format!("{}@{}@{account}", crate::rules::base_id(&model.id), call.region);
        let base = hashed(&cache);
        let mut signs = Vec::new();
        for block in &prompt.blocks {
            /// From how many tokens on texts of messages are looked into.
            const LARGE: u64 = 200;
            let held = held(&read.ask, block);
            if block.part != Part::Messages || held != Held::Text || block.weight > LARGE * 1_000 {
                let found = self.kin.meet(block.own, held, || Prompt::said(&read.ask, block));
                signs.extend(found.into_iter().map(|sign| hashed(&(base, sign))));
            }
        }
        let rules = ModelRules::of(&model);
        let begins_ms = call.ttft_ms.or(call.latency_ms).unwrap_or(0.0).clamp(0.0, 86_400_000.0);
        let marks = Marks::of(&read.ask, &rules, &prompt);
        let begins_us = at_us.saturating_add((begins_ms * 1_000.0) as i64);
        let call = call.clone();
        let place = place.to_string();
        let model = Kept::new(model, self.catalog);
        self.window.add(Waiting { call, at_us, begins_us, base, cache, model, prompt, marks, signs, place });
        while let Some(waiting) = self.window.beyond() {
            self.next(waiting);
        }
    }

    fn next(&mut self, waiting: Waiting<'a>) {
        let at_us = waiting.at_us;
        let (first, last) = self.span_us.unwrap_or((at_us, at_us));
        if at_us < last {
            return self.unread(Word::quota_q_order, 1);
        }
        self.span_us = Some((first, at_us));
        self.sums.with_bodies += 1;
        self.weigh(&waiting);
    }

    fn unread(&mut self, reason: Word, calls: u64) {
        *self.unread.entry(reason).or_default() += calls;
    }

    /// Plays one prompt in every cache.
    fn weigh(&mut self, waiting: &Waiting<'_>) {
        let Waiting { call, at_us, begins_us, base, model, prompt, marks, place, .. } = waiting;
        let (at_us, base) = (*at_us, *base);
        let times = (at_us, *begins_us);
        let rules = ModelRules::of(model);
        let smallest = rules.number("cache_min_tokens").or(model.min_cache_tokens).unwrap_or(1_024);
        let caches = rules.caches();
        // The estimate shares the log's own count out among the blocks.
        let estimated = prompt.tokens().max(1);
        let all = if call.tokens.prompt() > 0 { call.tokens.prompt() } else { estimated };
        let mut share = Sharing::new(all, estimated);
        let tokens: Vec<u64> = (0..prompt.blocks.len()).map(|at| share.up_to(prompt.tokens_to(at))).collect();
        let chain: Vec<u64> = prompt.blocks.iter().map(|block| hashed(&(base, block.prefix))).collect();
        let beside = self.beside(waiting, &tokens);
        let nothing = [Walk::default(); 2];
        let (mut now, mut then) = (nothing, nothing);
        if caches {
            now = self.as_sent.walk(&chain, &tokens, smallest, times);
            for life in 0..2 {
                let mended = self.mended_chain(base, prompt, &tokens, beside[life].as_ref());
                if let Some(beside) = &beside[life] {
                    self.mended[life].was_there(&mended.prefixes[..mended.kept], (beside.at_us, beside.begins_us));
                }
                then[life] = self.mended[life].walk(&mended.prefixes, &mended.tokens, smallest, times)[life];
            }
        }
        let now_ms = at_us as f64 / 1_000.0;
        let number = self.sums.with_bodies;
        let cached = self.marked.play_marks(&waiting.cache, marks, &rules, prompt, now_ms, number);
        self.marked.answered(*begins_us as f64 / 1_000.0);
        let played = share_of(cached.read, all, estimated);
        let mut not_read = [None; 2];
        if caches {
            let for_an_hour = marks.for_an_hour() || call.tokens.cache_write_1h > 0;
            for (life, (now, then)) in now.iter_mut().zip(&mut then).enumerate() {
                // What was read could be read; at five minutes only where it was not kept for an hour.
                if life == 1 || !for_an_hour {
                    now.read = now.read.max(call.tokens.cache_read);
                }
                // Marked as it should be, the same as before, and not read: no other mark saves it.
                if now.read > call.tokens.cache_read + all / 100 && played >= now.read - now.read / 10 {
                    not_read[life] = Some(now.read);
                }
                // A mend never reads less, and what it gains is no chance.
                if then.read <= now.read + all / 100 {
                    *then = Walk { written: then.written, ..*now };
                }
            }
        }
        let most = now.iter().map(|walk| walk.too_small).max().unwrap_or(0);
        let missed = match (&cached.miss, not_read[0].or(not_read[1])) {
            (_, Some(tokens)) => Some(("not_read", tokens - call.tokens.cache_read)),
            (Some(miss), None) => Some((key_of(miss.reason), miss.tokens)),
            // Most of the prompt repeats, and no mark would cache it.
            (None, None) if caches && most * 2 > all && call.tokens.cache_read == 0 => {
                Some((key_of(MissReason::TooSmall), most))
            }
            (None, None) => None,
        };
        if let Some((reason, tokens)) = missed {
            let known = self.misses.entry(reason).or_default();
            *known = (known.0 + 1, known.1 + tokens);
        }
        self.add(waiting, all, now, then, smallest);
        let chosen = model.at(Place::in_region(Some(&*call.region).filter(|region| !region.is_empty())));
        let level = chosen.prices.level(call.tokens.prompt());
        let rates = Rates { prices: chosen.prices, call, level };
        let t = call.tokens;
        let paid = price_tokens(chosen.prices, CallTokens { output: 0, ..t }, call.tier, level).total();
        let uncached = rates.of(TokenKind::Input, all);
        let priced = |life: usize| {
            let of = |walk: Walk| rates.prompt(all, walk, WRITES[life]);
            // Other marks save nothing of what these should have read.
            let now_usd = if not_read[life].is_some() { paid? } else { of(now[life])? };
            let gains = then[life].read > now[life].read;
            let then_usd = if not_read[life].is_some() && !gains { paid? } else { of(then[life])? };
            Some((now_usd, then_usd))
        };
        match (paid.zip(uncached), priced(0).zip(priced(1))) {
            (Some((paid, uncached)), Some((minutes, hour))) => {
                self.sums.paid += paid;
                self.sums.caching += uncached - paid;
                let mut saved = [[0.0; 2]; 2];
                for (life, (now, then)) in [minutes, hour].into_iter().enumerate() {
                    self.sums.saving[life] += paid - now;
                    self.sums.saving_mended[life] += paid - then;
                    saved[life] = [(paid - now).dollars(), (paid - then).dollars()];
                }
                self.spread.add(at_us, saved);
            }
            _ => {
                if self.unpriced.len() < MOST_ROWS {
                    self.unpriced.insert(call.model.clone());
                }
            }
        }
        for life in 0..2 {
            let usd = priced(life).map(|(now, then)| now - then);
            if let Some(beside) = beside[life].as_ref().filter(|_| then[life].read > now[life].read) {
                self.note_breaks(life, beside, &tokens, (now[life], then[life], smallest), usd, place, prompt);
            }
            let block = now[life].hit.and_then(|hit| prompt.blocks.get(hit)).map_or("", |block| block.path.as_str());
            if let Some(could) = not_read[life] {
                let kind = BreakKind::Known("not_read");
                self.broken(block, kind, life, could - t.cache_read, [Some(Usd::ZERO); 2], place);
                continue;
            }
            if now[life].read <= t.cache_read + all / 100 || !caches {
                continue;
            }
            let kind = match cached.miss.as_ref().map(|miss| miss.reason) {
                Some(
                    reason @ (MissReason::Expired
                    | MissReason::TooSmall
                    | MissReason::TooFarBack
                    | MissReason::InParallel),
                ) => key_of(reason),
                _ => "unmarked",
            };
            let saved = paid.zip(rates.prompt(all, now[life], WRITES[life])).map(|(paid, now)| paid - now);
            self.broken(block, BreakKind::Known(kind), life, now[life].read - t.cache_read, [saved; 2], place);
        }
    }

    fn add(&mut self, waiting: &Waiting<'_>, all: u64, now: [Walk; 2], then: [Walk; 2], smallest: u64) {
        let Waiting { call, model, .. } = waiting;
        let t = call.tokens;
        self.sums.prompt += all;
        self.sums.read += t.cache_read;
        self.sums.written += t.cache_write_5m + t.cache_write_1h;
        let name =
            if self.by_type.contains_key(&call.kind) || self.by_type.len() < MOST_ROWS { &call.kind } else { "other" };
        let of_type = self.by_type.entry(name.to_string()).or_default();
        of_type.requests += 1;
        of_type.prompt_tokens += all;
        of_type.read_tokens += t.cache_read;
        of_type.could.could_read_tokens.minutes += now[0].read;
        of_type.could.could_read_tokens.hour += now[1].read;
        of_type.mended_read_tokens.minutes += then[0].read;
        of_type.mended_read_tokens.hour += then[1].read;
        of_type.mended_written_tokens.minutes += then[0].written;
        of_type.mended_written_tokens.hour += then[1].written;
        let known = self.economics.contains_key(&call.model) || self.economics.len() < MOST_ROWS;
        let name = if known { &call.model } else { "other" };
        let economics = self.economics.entry(name.to_string()).or_default();
        economics.requests += 1;
        economics.cache_min_tokens = Some(smallest);
        for life in 0..2 {
            self.sums.could[life] += now[life].read;
            self.sums.mended[life] += then[life].read;
            economics.counted[life][0] += now[life].read;
            economics.counted[life][1] += now[life].written;
        }
        if economics.requests == 1 {
            let needed = |write: TokenKind| {
                let list = model.at(Place::in_region(Some(&*call.region).filter(|region| !region.is_empty()))).prices;
                let of = |kind| list.rate(kind, call.tier, 0)?.of(1_000_000).map(Usd::dollars);
                let (input, read, write) = (of(TokenKind::Input)?, of(TokenKind::CacheRead)?, of(write)?);
                (input > read).then(|| (write - input) / (input - read))
            };
            economics.reads_per_write_needed = AtLives { minutes: needed(WRITES[0]), hour: needed(WRITES[1]) };
        }
    }

    /// A prompt beside the nearest earlier one of each lifetime.
    fn beside(&mut self, waiting: &Waiting<'_>, tokens: &[u64]) -> [Option<Beside>; 2] {
        let Waiting { at_us, begins_us, base, prompt, signs, .. } = waiting;
        let (at_us, base) = (*at_us, *base);
        let blocks: Vec<Said> = prompt
            .blocks
            .iter()
            .zip(tokens)
            .map(|(block, tokens)| Said { part: block.part, own: block.own, tokens: *tokens })
            .collect();
        let prefixes: Vec<u64> = prompt.blocks.iter().map(|block| hashed(&(base, block.prefix))).collect();
        let mut near = |life: usize| {
            self.earlier.nearest((base, &blocks), &prefixes, signs, &mut self.kin, (at_us, LIVES_US[life]))
        };
        let hour = near(1);
        let minutes = match &hour {
            Some(found) if at_us.abs_diff(found.at_us) > LIVES_US[0].unsigned_abs() => near(0),
            found => found.clone(),
        };
        self.earlier.remember((base, &blocks), &prefixes, signs, (at_us, *begins_us));
        [minutes, hour]
    }

    /// A prompt in the order that it has once everything is mended: tools in one order, what stays, what changes.
    fn mended_chain(&self, base: u64, prompt: &Prompt, tokens: &[u64], beside: Option<&Beside>) -> Mended {
        let fate = |at: usize| beside.map_or(Fate::Same, |beside| beside.fates[at]);
        let mut steps: Vec<(bool, u8, u64, usize)> = prompt
            .blocks
            .iter()
            .enumerate()
            .map(|(at, block)| {
                let class = self.kin.class(block.own);
                let place = if block.part == Part::Tools { class } else { at as u64 };
                (matches!(fate(at), Fate::New(_)), block.part as u8, place, at)
            })
            .collect();
        steps.sort_unstable();
        let mut mended = Mended::default();
        let mut prefix = hashed(&(base, "mended"));
        for (new, part, _, at) in steps {
            prefix = hashed(&(prefix, part, self.kin.class(prompt.blocks[at].own)));
            mended.prefixes.push(prefix);
            mended.tokens.push(if new { tokens[at] } else { fate(at).kept(tokens[at]) });
            mended.kept += usize::from(!new);
        }
        mended
    }

    /// Gives what a mended prompt would have read beyond the one that was sent to the blocks that kept it from being
    /// read.
    #[expect(clippy::too_many_arguments, reason = "one walk over what was found of a call")]
    fn note_breaks(
        &mut self,
        life: usize,
        beside: &Beside,
        tokens: &[u64],
        (now, then, smallest): (Walk, Walk, u64),
        usd: Option<Usd>,
        place: &str,
        prompt: &Prompt,
    ) {
        let mut owners: Vec<(String, BreakKind, u64)> = Vec::new();
        let from = now.hit.map_or(0, |hit| hit + 1);
        if beside.reordered && prompt.blocks.get(from).or(prompt.blocks.last()).is_some() {
            let path = prompt.blocks[0].path.rsplit_once('.').map_or("tools", |(list, _)| list);
            owners.push((path.to_string(), BreakKind::Known("order"), 0));
        }
        for (at, block) in prompt.blocks.iter().enumerate().skip(from) {
            let owner = match beside.fates[at] {
                _ if beside.dropped.contains(&at) => Some(BreakKind::Known("dropped")),
                Fate::Changed(Change::Order, _) => Some(BreakKind::Known("order")),
                Fate::Changed(..) => Some(BreakKind::Class(self.kin.class(block.own))),
                Fate::New(change) => Some(BreakKind::Known(change.key())),
                Fate::Same => None,
            };
            if let Some(kind) = owner {
                owners.push((block.path.clone(), kind, 0));
            }
            if let Some((_, _, count)) = owners.last_mut() {
                *count += beside.fates[at].kept(tokens[at]);
            }
        }
        let all: u64 = tokens.iter().sum();
        // What stands before nothing that stays breaks nothing.
        let end = owners.iter().rposition(|(_, _, tokens)| *tokens > all / 100).map_or(0, |last| last + 1);
        owners.truncate(end);
        let gained: u64 = owners.iter().map(|(_, _, tokens)| tokens).sum();
        for (at, (block, kind, tokens)) in owners.into_iter().enumerate() {
            let part =
                |usd: Usd| Usd::from_dollars(usd.dollars() * tokens as f64 / gained.max(1) as f64).unwrap_or_default();
            let share = (then.read - now.read) * tokens / gained.max(1);
            let usd = usd.map(part);
            // Alone, only the first lets more be read: behind it the next one breaks the prefix still.
            let alone = if at == 0 && now.read + tokens >= smallest { usd } else { usd.map(|_| Usd::ZERO) };
            self.broken(&block, kind, life, share, [usd, alone], place);
        }
    }

    /// Adds a call to a break: `usd` is its share of what all mends save, and what it saves alone.
    fn broken(
        &mut self,
        block: &str,
        kind: BreakKind,
        life: usize,
        tokens: u64,
        [usd, alone]: [Option<Usd>; 2],
        place: &str,
    ) {
        let mut key = (block.to_string(), kind);
        if self.breaks.len() >= MOST_ROWS && !self.breaks.contains_key(&key) {
            key.0 = "other".to_string();
            if let BreakKind::Class(class) = kind {
                key.1 = BreakKind::Known(self.kin.change(class).map_or("text", kin::Change::key));
            }
        }
        let broken = self.breaks.entry(key).or_insert_with(|| Broken { first: place.to_string(), ..Broken::default() });
        broken.requests[life] += 1;
        broken.tokens[life] += tokens;
        broken.usd[life] += usd.unwrap_or_default();
        broken.alone[life] += alone.unwrap_or_default();
        broken.unknown |= usd.is_none();
    }

    /// The answer.
    pub fn finish(mut self) -> CacheAnswer {
        while let Some(waiting) = self.window.first() {
            self.next(waiting);
        }
        let sums = self.sums;
        let known = |usd: Usd| (self.unpriced.is_empty() && sums.with_bodies > 0).then_some(usd);
        let mut notes: Vec<Message> = Vec::new();
        for (reason, calls) in &self.unread {
            notes.push(Message::new(*reason).number("calls", *calls as f64));
        }
        for name in &self.unpriced {
            notes.push(Message::new(Word::question_unpriced).text("name", name));
        }
        if self.as_sent.forgot || self.mended.iter().any(|forest| forest.forgot) || self.kin.full {
            notes.push(Message::from(Word::cache_q_forgot));
        }
        // Whoever changes nothing saves nothing, and whoever mends marks what stays, too.
        let saving = sums.saving.map(|usd| usd.max(Usd::ZERO));
        let saving_mended = [0, 1].map(|life| sums.saving_mended[life].max(saving[life]));
        // By what each costs: where today's marks are best, theirs.
        let better = usize::from(sums.saving_mended[1].max(sums.saving[1]) > sums.saving_mended[0].max(sums.saving[0]));
        let mut found: BTreeMap<(String, &'static str), Broken> = BTreeMap::new();
        for ((block, kind), broken) in self.breaks {
            let kind = match kind {
                BreakKind::Class(class) => self.kin.change(class).map_or("text", Change::key),
                BreakKind::Known(kind) => kind,
            };
            let sum = found
                .entry((block, kind))
                .or_insert_with(|| Broken { first: broken.first.clone(), ..Broken::default() });
            for life in 0..2 {
                sum.requests[life] += broken.requests[life];
                sum.tokens[life] += broken.tokens[life];
                sum.usd[life] += broken.usd[life];
                sum.alone[life] += broken.alone[life];
            }
            sum.unknown |= broken.unknown;
        }
        let mut breaks: Vec<CacheBreak> = found
            .into_iter()
            .filter(|(_, broken)| broken.requests[better] > 0)
            .map(|((block, kind), broken)| CacheBreak {
                block,
                kind: kind.to_string(),
                requests: broken.requests[better],
                tokens: broken.tokens[better],
                usd: (!broken.unknown).then_some(broken.usd[better].max(Usd::ZERO)),
                alone_usd: (!broken.unknown).then_some(broken.alone[better].max(Usd::ZERO)),
                first: broken.first,
            })
            .collect();
        let worth = |found: &CacheBreak| found.usd.map_or(f64::INFINITY, Usd::dollars);
        breaks.sort_by(|a, b| {
            worth(b)
                .total_cmp(&worth(a))
                .then_with(|| b.requests.cmp(&a.requests))
                .then_with(|| (&a.block, &a.kind).cmp(&(&b.block, &b.kind)))
        });
        let mut by_model = self.economics;
        for economics in by_model.values_mut() {
            let [minutes, hour] =
                economics.counted.map(|[read, written]| (written > 0).then(|| read as f64 / written as f64));
            economics.reads_per_write = AtLives { minutes, hour };
        }
        let span_days = self.span_us.map(|(first, last)| (last - first) as f64 / 86_400e6);
        let two = |[minutes, hour]: [u64; 2]| AtLives { minutes, hour };
        let dollars = |[minutes, hour]: [Usd; 2]| AtLives { minutes: known(minutes), hour: known(hour) };
        CacheAnswer {
            requests: self.requests,
            with_bodies: sums.with_bodies,
            prompt_tokens: sums.prompt,
            read_tokens: sums.read,
            written_tokens: sums.written,
            could_read_tokens: two(sums.could),
            saving_usd: dollars(saving),
            mended_read_tokens: two(sums.mended),
            mended_saving_usd: dollars(saving_mended),
            better: ["5m", "1h"][better],
            a_day: self.spread.a_day(span_days),
            prompts_usd: known(sums.paid),
            caching_saves_usd: known(sums.caching),
            breaks,
            by_type: self.by_type,
            by_model,
            misses: self
                .misses
                .into_iter()
                .map(|(reason, (requests, tokens))| Missed { reason, requests, tokens })
                .collect(),
            days: span_days,
            unknown: notes.iter().map(|note| note.say(&English)).collect(),
            notes,
        }
    }
}

impl Change {
    /// The name in documents.
    pub fn key(self) -> &'static str {
        match self {
            Change::Date => "date",
            Change::Id => "id",
            Change::Number => "number",
            Change::Name => "name",
            Change::Order => "order",
            Change::Text => "text",
            Change::Media => "media",
        }
    }
}

fn key_of(reason: MissReason) -> &'static str {
    match reason {
        MissReason::First => "first",
        MissReason::BlockDiffers => "block_differs",
        MissReason::Expired => "expired",
        MissReason::TooSmall => "too_small",
        MissReason::PointMissing => "point_missing",
        MissReason::TooFarBack => "too_far_back",
        MissReason::InParallel => "in_parallel",
    }
}

/// A prompt in the order and under the names that it has once everything is mended.
#[derive(Debug, Default)]
struct Mended {
    prefixes: Vec<u64>,
    tokens: Vec<u64>,
    /// How many blocks stay; those behind are new.
    kept: usize,
}

/// What a block of a request holds.
fn held(ask: &Ask, block: &PromptBlock) -> Held {
    match Prompt::block_of(ask, block) {
        _ if block.part == Part::Tools => Held::Json,
        Some(AskBlock::ToolUse { .. }) => Held::Json,
        Some(AskBlock::Media(_)) => Held::Media,
        _ => Held::Text,
    }
}

/// A part of an estimate as a part of what the log counts.
fn share_of(part: u64, all: u64, estimated: u64) -> u64 {
    u64::try_from(u128::from(part) * u128::from(all) / u128::from(estimated.max(1))).unwrap_or(u64::MAX)
}

/// Makes the order of a tool's keys a part of what it says: the schema's is in its text, that of the tool's own is not.
fn arrange(prompt: &mut Prompt, body: &serde_json::Value) {
    let tools = body.pointer("/toolConfig/tools").or_else(|| body.get("tools")).and_then(|tools| tools.as_array());
    let mut orders = tools.into_iter().flatten().filter(|tool| tool.get("cachePoint").is_none()).map(|tool| {
        let fields = tool.get("toolSpec").unwrap_or(tool).as_object();
        // A mark is no part of what a model reads.
        let names = fields.into_iter().flat_map(|fields| fields.keys()).filter(|name| *name != "cache_control");
        hashed(&names.collect::<Vec<_>>())
    });
    let mut order = 0;
    for block in &mut prompt.blocks {
        if block.part == Part::Tools {
            let own = orders.next().unwrap_or_default();
            block.own = hashed(&(block.own, own));
            order = hashed(&(order, own));
        }
        block.prefix = hashed(&(block.prefix, order));
    }
}

/// Shares a count out among blocks by their estimates, so that the parts add up.
struct Sharing {
    all: u64,
    estimated: u64,
    given: u64,
}

impl Sharing {
    fn new(all: u64, estimated: u64) -> Self {
        Sharing { all, estimated, given: 0 }
    }

    /// The tokens since the last block, up to an estimate.
    fn up_to(&mut self, estimate: u64) -> u64 {
        let exact = u128::from(estimate.min(self.estimated)) * u128::from(self.all) / u128::from(self.estimated);
        let until = u64::try_from(exact).unwrap_or(u64::MAX);
        let part = until.saturating_sub(self.given);
        self.given = self.given.max(until);
        part
    }
}

fn hashed(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;
