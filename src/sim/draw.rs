//! What chance decides for a message, before anyone waits for anyone.

use std::ops::Range;

use super::carried::Carried;
use super::plan::{Group, Leg, Plan, dithered, to_us};
use super::table::{Drawing, place_each};
use crate::random::{Purpose, Stream};

/// Messages that are drawn together.
pub(super) const BLOCK: usize = 256;

/// One message: which way it goes, and how long each part takes if nothing is in its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Drawn {
    pub route: usize,
    /// What the call carries, and the one of the model it is escalated to.
    pub carried: [Carried; 2],
    pub output_tokens: u32,
    /// Stages and the response cache before the model, in microseconds.
    pub before_us: u64,
    pub first: Answer,
    /// The answer of the model it is escalated to.
    pub second: Answer,
    /// Stages after the answer.
    pub after_us: u64,
    /// The person leaves if the first token takes longer; [`u64::MAX`] is for ever.
    pub patience_us: u64,
}

/// How long a model takes, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub first_token_us: u32,
    pub whole_us: u32,
}

impl Drawn {
    /// When the answer is whole and when its first token comes, if nothing is in the way; `called`
    /// says whether a model answers, `escalated` whether a second one does.
    pub fn unhindered_us(&self, called: bool, escalated: bool) -> (u64, u64) {
        if !called {
            return (self.before_us + self.after_us, self.before_us + self.after_us);
        }
        let (begun, answer) = if escalated {
            (self.before_us + u64::from(self.first.whole_us), self.second)
        } else {
            (self.before_us, self.first)
        };
        (begun + u64::from(answer.whole_us) + self.after_us, begun + u64::from(answer.first_token_us))
    }
}

/// The random numbers of a plan's messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance {
    message: Stream,
    boundary: Stream,
    input: Stream,
    second: Stream,
    stage: Stream,
    patience: Stream,
    conversation: Stream,
    rounding: Stream,
    again: Stream,
}

/// The 24 bits of a word that decide a time, and the 24 that decide output tokens.
#[inline]
fn time_and_output(word: u64) -> (u32, u32) {
    ((word >> 16) as u32 & 0xFF_FFFF, (word >> 40) as u32)
}

impl Chance {
    pub fn new(seed: u64) -> Self {
        let stream = |purpose| Stream::new(seed, purpose);
        Chance {
            message: stream(Purpose::Message),
            boundary: stream(Purpose::Boundary),
            input: stream(Purpose::InputTokens),
            second: stream(Purpose::SecondAnswer),
            stage: stream(Purpose::Stage),
            patience: stream(Purpose::Patience),
            conversation: stream(Purpose::Conversation),
            rounding: stream(Purpose::Rounding),
            again: stream(Purpose::Again),
        }
    }

    /// Draws a message.
    pub fn draw(&self, plan: &Plan, message: u64) -> Drawn {
        self.draw_word(plan, message, self.message.word(message))
    }

    /// Draws a message from a given word instead of its own.
    pub fn draw_word(&self, plan: &Plan, message: u64, word: u64) -> Drawn {
        let index = usize::from(plan.map.pick(word as u32, || self.boundary.word(message)));
        let route = &plan.routes[index];
        let (time_draw, output_draw) = time_and_output(word);
        let tables = &plan.tables;
        let input_word = self.input.word(message);
        let mut input = f64::from(tables.at(route.input, (input_word >> 40) as u32));
        let mut output = f64::from(tables.at(route.output, output_draw));
        if let Some(trace) = plan.trace.as_ref().filter(|_| route.first.is_some()) {
            let of_trace = |tokens: &[f64]| tokens.get((message % tokens.len().max(1) as u64) as usize).copied();
            input = of_trace(&trace.input_tokens).unwrap_or(input);
            output = of_trace(&trace.output_tokens).unwrap_or(output);
        }
        let input = dithered(input, (input_word >> 16) as u32);
        // The lowest bits of a time decide next to nothing of it.
        let output = dithered(output, time_draw >> 1).min(plan.most_output);
        let carried = [route.first, route.second].map(|leg| {
            leg.map_or(Carried::default(), |leg| {
                let before = leg.always_before.unwrap_or_else(|| {
                    plan.befores[leg.before].draw(self.conversation.word(message), self.rounding.word(message))
                });
                before.with_message(input)
            })
        });
        let first =
            route.first.as_ref().map_or(Answer::default(), |leg| answer(plan, leg, time_draw, carried[0], output));
        let second = route.second.as_ref().map_or(Answer::default(), |leg| {
            let (draw, _) = time_and_output(self.second.word(message));
            answer(plan, leg, draw, carried[1], output)
        });
        let hit = route.first.is_none();
        // A look-up, whether it answers or not, is over before a model is asked, and is not done again.
        let cached_us = u64::from(to_us(route.cache_ms));
        let patience_us = match plan.patience {
            None => u64::MAX,
            Some(patience) => u64::from(to_us(tables.at(patience, (self.patience.word(message) >> 40) as u32))),
        };
        Drawn {
            route: index,
            carried,
            output_tokens: output,
            before_us: cached_us + self.stages_us(plan, &plan.before, message, hit),
            first,
            second,
            after_us: self.stages_us(plan, &plan.after, message, hit),
            patience_us,
        }
    }

    /// What the next attempt of a call would get after so many that broke: nothing of theirs but the prompt.
    pub fn draw_again(&self, plan: &Plan, message: u64, leg: &Leg, second: bool, broken: u8, drawn: &Drawn) -> Drawn {
        let word = self.again.of_call(u64::from(second) << 8 | u64::from(broken)).word(message);
        let (time_draw, output_draw) = time_and_output(word);
        let of_trace = plan.trace.as_ref().is_some_and(|trace| !trace.output_tokens.is_empty());
        let output = f64::from(plan.tables.at(plan.routes[drawn.route].output, output_draw));
        let output_tokens =
            if of_trace { drawn.output_tokens } else { dithered(output, time_draw >> 1).min(plan.most_output) };
        let answer = answer(plan, leg, time_draw, drawn.carried[usize::from(second)], output_tokens);
        if second {
            Drawn { output_tokens, second: answer, ..*drawn }
        } else {
            Drawn { output_tokens, first: answer, ..*drawn }
        }
    }

    /// Groups in series, the slowest stage of each group.
    fn stages_us(&self, plan: &Plan, groups: &[Group], message: u64, hit: bool) -> u64 {
        let met = groups.iter().filter(|group| !(group.on_miss && hit));
        met.map(|group| {
            let times = group.stages.iter().map(|stage| {
                let word = self.stage.of_call(stage.number).word(message);
                let (time_draw, cold_draw) = (word >> 40, word & 0xFFFF_FFFF);
                let cold = (cold_draw as f64) < stage.cold_rate * 4_294_967_296.0;
                let ms = plan.tables.at(stage.time, time_draw as u32);
                u64::from(to_us(ms + if cold { stage.cold_ms } else { 0.0 }))
            });
            times.max().unwrap_or(0)
        })
        .sum()
    }
}

/// How long a model takes for a call.
#[inline]
fn answer(plan: &Plan, leg: &Leg, draw: u32, carried: Carried, output: u32) -> Answer {
    let first = leg.first_ms(&plan.tables, draw, carried);
    Answer { first_token_us: to_us(first), whole_us: to_us(first + output as f32 * leg.ms_per_output) }
}

/// Draws messages of a plain plan a block at a time: what [`Chance::draw`] gives one by one.
///
/// Each stage runs over the whole block before the next one begins. A stage is short enough for the
/// processor to work on many messages at once, which a message's whole way is not.
pub(super) struct Drawer {
    /// By route, the time that is drawn and the milliseconds that do not vary.
    times: [(Drawing, f32); 256],
    /// The bits that decide a time, and those that decide output tokens.
    time: [u32; BLOCK],
    output: [u32; BLOCK],
    /// Where in a table the draws fall.
    slots: [u32; BLOCK],
    withins: [f32; BLOCK],
    first_ms: [f32; BLOCK],
    tokens: [f32; BLOCK],
    ms_per_output: [f32; BLOCK],
}

impl Drawer {
    pub fn new(plan: &Plan) -> Self {
        let (none, nothing) = ([0; BLOCK], [0.0; BLOCK]);
        let mut times = [(Drawing::default(), 0.0); 256];
        times.iter_mut().zip(&plan.ways).for_each(|(time, way)| *time = (way.time, way.add_ms));
        Drawer {
            times,
            time: none,
            output: none,
            slots: none,
            withins: nothing,
            first_ms: nothing,
            tokens: nothing,
            ms_per_output: nothing,
        }
    }

    /// Draws the block of messages from `from` on.
    pub fn draw(&mut self, plan: &Plan, chance: &Chance, from: u64, block: BlockMut<'_>) {
        self.choose(plan, chance, from, block.route, chance.message.words(from));
        self.finish(plan, block);
    }

    /// Draws from given words.
    pub fn draw_given(&mut self, plan: &Plan, chance: &Chance, from: u64, words: &[u64; BLOCK], block: BlockMut<'_>) {
        self.choose(plan, chance, from, block.route, words.iter().copied());
        self.finish(plan, block);
    }

    #[inline(always)]
    fn choose(
        &mut self,
        plan: &Plan,
        chance: &Chance,
        from: u64,
        route: &mut [u8; BLOCK],
        words: impl Iterator<Item = u64>,
    ) {
        let draws = self.time.iter_mut().zip(&mut self.output).zip(route);
        for (i, (((time, output), route), word)) in draws.zip(words).enumerate() {
            (*time, *output) = time_and_output(word);
            *route = plan.map.pick(word as u32, || chance.boundary.word(from + i as u64));
        }
    }

    fn finish(&mut self, plan: &Plan, block: BlockMut<'_>) {
        place_each(&self.time, &mut self.slots, &mut self.withins);
        self.look_up_times(plan, block.route);
        let Some((output_tokens, first_token_us)) = block.streamed else {
            to_us_each(&self.first_ms, block.whole_us);
            return;
        };
        place_each(&self.output, &mut self.slots, &mut self.withins);
        self.look_up_outputs(plan, block.route);
        self.add_outputs(plan.most_output, output_tokens, block.whole_us);
        to_us_each(&self.first_ms, first_token_us);
    }

    #[inline(never)]
    fn look_up_times(&mut self, plan: &Plan, route: &[u8; BLOCK]) {
        for (i, route) in route.iter().enumerate() {
            let (time, add_ms) = self.times[usize::from(*route)];
            self.first_ms[i] = add_ms + plan.tables.at_place(time, (self.slots[i], self.withins[i]));
        }
    }

    #[inline(never)]
    fn look_up_outputs(&mut self, plan: &Plan, route: &[u8; BLOCK]) {
        for (i, route) in route.iter().enumerate() {
            let way = &plan.ways[usize::from(*route)];
            self.tokens[i] = plan.tables.at_place(way.output, (self.slots[i], self.withins[i]));
            self.ms_per_output[i] = way.ms_per_output;
        }
    }

    #[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
    fn add_outputs(&self, most: u32, output_tokens: &mut [u32; BLOCK], whole_us: &mut [u32; BLOCK]) {
        for i in 0..BLOCK {
            let tokens = dithered(f64::from(self.tokens[i]), self.time[i] >> 1);
            let tokens = if tokens < most { tokens } else { most };
            output_tokens[i] = tokens;
            whole_us[i] = to_us(self.first_ms[i] + tokens as i32 as f32 * self.ms_per_output[i]);
        }
    }
}

#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn to_us_each(ms: &[f32; BLOCK], us: &mut [u32; BLOCK]) {
    for (us, ms) in us.iter_mut().zip(ms) {
        *us = to_us(*ms);
    }
}

/// Messages of a plain plan, whole blocks of them, by what is known of each.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawings {
    route: Vec<u8>,
    whole_us: Vec<u32>,
    /// These two are empty where each way takes as many tokens every time, and the first with the last.
    output_tokens: Vec<u32>,
    first_token_us: Vec<u32>,
}

/// A block of them to be drawn.
pub(super) struct BlockMut<'a> {
    route: &'a mut [u8; BLOCK],
    whole_us: &'a mut [u32; BLOCK],
    /// Output tokens and first tokens, if there is anything to say of them.
    streamed: Option<(&'a mut [u32; BLOCK], &'a mut [u32; BLOCK])>,
}

impl Drawings {
    /// Place for one block.
    pub fn one_block(plan: &Plan) -> Self {
        let mut drawings = Drawings::default();
        drawings.grow(plan, BLOCK);
        drawings
    }

    /// Makes place for whole blocks of so many messages, if there is not.
    pub fn grow(&mut self, plan: &Plan, messages: usize) {
        let messages = messages.next_multiple_of(BLOCK).max(self.route.len());
        self.route.resize(messages, 0);
        self.whole_us.resize(messages, 0);
        let streamed = if plan.times_only { 0 } else { messages };
        self.output_tokens.resize(streamed, 0);
        self.first_token_us.resize(streamed, 0);
    }

    /// The block of messages that begins at one of them.
    pub fn block_mut(&mut self, at: usize) -> BlockMut<'_> {
        let Drawings { route, whole_us, output_tokens, first_token_us } = self;
        let streamed = if output_tokens.is_empty() {
            None
        } else {
            Some((block_of(output_tokens, at), block_of(first_token_us, at)))
        };
        BlockMut { route: block_of(route, at), whole_us: block_of(whole_us, at), streamed }
    }

    pub fn all(&self) -> Draws<'_> {
        Draws {
            route: &self.route,
            output_tokens: &self.output_tokens,
            first_token_us: &self.first_token_us,
            whole_us: &self.whole_us,
        }
    }
}

fn block_of<T>(of: &mut [T], at: usize) -> &mut [T; BLOCK] {
    of[at..].first_chunk_mut().expect("whole blocks are kept")
}

/// What messages of a plain plan are like.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Draws<'a> {
    pub route: &'a [u8],
    pub whole_us: &'a [u32],
    /// Empty where each way takes as many tokens every time, and the first with the last.
    pub output_tokens: &'a [u32],
    pub first_token_us: &'a [u32],
}

impl Draws<'_> {
    /// Some of them.
    pub fn part(&self, part: Range<usize>) -> Self {
        let streamed = if self.output_tokens.is_empty() { 0..0 } else { part.clone() };
        Draws {
            route: &self.route[part.clone()],
            whole_us: &self.whole_us[part],
            output_tokens: &self.output_tokens[streamed.clone()],
            first_token_us: &self.first_token_us[streamed],
        }
    }

    /// One of them.
    #[inline(always)]
    pub fn get(&self, plan: &Plan, i: usize) -> Drawn {
        let route = usize::from(self.route[i]);
        let way = &plan.ways[route];
        let whole_us = self.whole_us[i];
        let answer = Answer { first_token_us: self.first_token_us.get(i).copied().unwrap_or(whole_us), whole_us };
        Drawn {
            route,
            carried: [way.carried, Carried::default()],
            output_tokens: self.output_tokens.get(i).copied().unwrap_or(way.output_tokens),
            before_us: if way.called { 0 } else { u64::from(whole_us) },
            first: if way.called { answer } else { Answer::default() },
            second: Answer::default(),
            after_us: 0,
            patience_us: u64::MAX,
        }
    }
}
