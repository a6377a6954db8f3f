//! The cache's truth as it is read.

use crate::money::Usd;
use crate::words::{Arg, Message, Word};

use super::super::report::{Report, Table, known};
use super::{CacheAnswer, CacheBreak, CacheFromTraffic};

/// The most rows of a table.
const MOST_ROWS: usize = 50;

fn usd(value: Option<Usd>) -> Arg {
    known(value.map(Usd::dollars), Arg::Usd)
}

fn count(value: u64) -> Arg {
    Arg::Number(value as f64)
}

fn part(of: u64, all: u64) -> Arg {
    known((all > 0).then(|| of as f64 / all as f64), Arg::Percent)
}

impl CacheAnswer {
    /// The answer in sentences and tables.
    pub fn report(&self) -> Report {
        let mut how =
            vec![Word::cache_q_how_tree, Word::cache_q_how_marks, Word::cache_q_how_mend, Word::cache_q_how_money];
        how.retain(|_| self.with_bodies > 0);
        let mut how: Vec<Message> = how.into_iter().map(Message::from).collect();
        if let Some(day) = self.a_day.filter(|_| self.with_bodies > 0) {
            how.push(
                Message::new(Word::cache_q_how_spread)
                    .number("pieces", day.pieces as f64)
                    .number("minutes", day.piece_minutes as f64),
            );
        }
        Report {
            title: Word::cache_q_title,
            sentence: self.sentence(),
            more: self.more(),
            tables: vec![self.figures(), self.broken(), self.types(), self.models(), self.missed()],
            lists: vec![(Word::question_notes, self.notes.clone()), (Word::question_how, how)],
        }
    }

    fn sentence(&self) -> Message {
        if self.with_bodies == 0 {
            return Message::new(Word::cache_q_no_bodies).number("calls", self.requests as f64);
        }
        let hour = self.better == "1h";
        let of = |lives: super::AtLives<u64>| if hour { lives.hour } else { lives.minutes };
        let (mended, could) = (of(self.mended_read_tokens), of(self.could_read_tokens));
        let mends = || self.breaks.iter().filter(|found| mend_of(found).is_some());
        let worth = |found: &CacheBreak| found.alone_usd.map_or(0.0, Usd::dollars);
        // The one that saves most by itself; of those that save nothing alone the first.
        let best = mends().rev().max_by(|a, b| worth(a).total_cmp(&worth(b)));
        let mend = best.filter(|_| mended > could * 11 / 10);
        let (total, a_day, error) = if mend.is_some() {
            let usd = self.mended_saving_usd;
            let day = self.a_day.map(|day| (day.mended_saving_usd, day.mended_give_or_take));
            (if hour { usd.hour } else { usd.minutes }, day.map(|(usd, _)| usd), day.map(|(_, error)| error))
        } else {
            let usd = self.saving_usd;
            let day = self.a_day.map(|day| (day.saving_usd, day.saving_give_or_take));
            (if hour { usd.hour } else { usd.minutes }, day.map(|(usd, _)| usd), day.map(|(_, error)| error))
        };
        let error = error.and_then(|error| if hour { error.hour } else { error.minutes });
        let whole = self.days.is_some_and(|days| days >= 1.0);
        let a_day = a_day.map(|usd| if hour { usd.hour } else { usd.minutes });
        let saved = if whole { known(a_day.filter(|_| total.is_some()), Arg::Usd) } else { usd(total) };
        // Tokens of a block are an estimate: a hundredth is no gain.
        let least = self.prompts_usd.map_or(0.0, |usd| usd.dollars() / 100.0);
        let nothing = total.is_some_and(|usd| usd.dollars() <= least);
        let alone = mend.and_then(|mend| self.alone(mend, total?));
        let several = mend.is_some() && alone.zip(total).is_some_and(|(alone, all)| alone < all.dollars() * 0.95);
        let word = match (mend, error) {
            (_, _) if nothing => Word::cache_q_nothing,
            _ if several && alone.is_some_and(|usd| usd > least) => Word::cache_q_breaks_of,
            _ if several => Word::cache_q_breaks_all,
            (Some(_), Some(_)) => Word::cache_q_breaks,
            (Some(_), None) => Word::cache_q_breaks_short,
            (None, Some(_)) => Word::cache_q_could,
            (None, None) => Word::cache_q_could_short,
        };
        let mut message = Message::new(word)
            .with("read", part(self.read_tokens, self.prompt_tokens))
            .with("could", part(if mend.is_some() { mended } else { could }, self.prompt_tokens))
            .with("saved", saved)
            .with("per", Arg::Word(if whole { Word::cache_q_a_day } else { Word::cache_q_over_log }))
            .with("life", Arg::Word(if hour { Word::cache_q_1h } else { Word::cache_q_5m }));
        if let Some(error) = error {
            message = message.with("error", Arg::Percent(error));
        }
        if let Some((alone, all)) = alone.zip(total).filter(|_| several) {
            // A part of the whole, so that both are of the same time.
            let a_day = if whole { a_day.unwrap_or(0.0) / all.dollars() } else { 1.0 };
            message = message.with("alone", Arg::Usd(alone * a_day));
        }
        if let Some(found) = mend {
            let change = mend_of(found).unwrap_or(Word::cache_q_text);
            message = message.text("block", &found.block).with("change", Arg::Word(change));
        }
        message
    }

    /// What one mend saves by itself, of what all save together with marks in the right places.
    fn alone(&self, mend: &CacheBreak, total: Usd) -> Option<f64> {
        let mends = self.breaks.iter().filter(|found| mend_of(found).is_some());
        let all: Option<f64> = mends.map(|found| found.usd.map(Usd::dollars)).sum();
        Some((total.dollars() - all? + mend.alone_usd?.dollars()).clamp(0.0, total.dollars()))
    }

    fn more(&self) -> Vec<Message> {
        let mut more = Vec::new();
        let sentence = self.sentence();
        let several = [Word::cache_q_breaks_of, Word::cache_q_breaks_all].contains(&sentence.word);
        if let Some((_, error)) = sentence.args.iter().find(|(name, _)| several && name == "error") {
            more.push(Message::new(Word::cache_q_give).with("error", error.clone()));
        }
        if let Some(missed) = self.misses.iter().find(|missed| missed.reason == "not_read") {
            more.push(
                Message::new(Word::cache_q_not_read_more)
                    .number("calls", missed.requests as f64)
                    .number("tokens", missed.tokens as f64),
            );
        }
        if self.with_bodies > 0 && self.read_tokens + self.written_tokens > 0 {
            let saved = self.caching_saves_usd.map_or(0.0, Usd::dollars);
            let word = if saved < 0.0 { Word::cache_q_costs } else { Word::cache_q_pays };
            more.push(
                Message::new(word)
                    .number("written", self.written_tokens as f64)
                    .number("tokens", self.read_tokens as f64)
                    .with("usd", known(self.caching_saves_usd.map(|usd| usd.dollars().abs()), Arg::Usd)),
            );
        }
        if self.with_bodies > 0 && self.with_bodies < self.requests {
            more.push(
                Message::new(Word::cache_q_of)
                    .number("with", self.with_bodies as f64)
                    .number("calls", self.requests as f64),
            );
        }
        more
    }

    fn figures(&self) -> Table {
        let mut table = Table::new(
            Word::cache_q_figures,
            &[Word::question_figure, Word::cache_q_now, Word::cache_q_5m, Word::cache_q_1h],
        );
        if self.with_bodies == 0 {
            return table;
        }
        let none = || Arg::Text(String::new());
        table.rows.push(vec![Arg::Word(Word::cache_q_prompt), count(self.prompt_tokens), none(), none()]);
        table.rows.push(vec![
            Arg::Word(Word::cache_q_read),
            count(self.read_tokens),
            count(self.could_read_tokens.minutes),
            count(self.could_read_tokens.hour),
        ]);
        table.rows.push(vec![
            Arg::Word(Word::cache_q_read_mended),
            none(),
            count(self.mended_read_tokens.minutes),
            count(self.mended_read_tokens.hour),
        ]);
        table.rows.push(vec![
            Arg::Word(Word::cache_q_saved),
            none(),
            usd(self.saving_usd.minutes),
            usd(self.saving_usd.hour),
        ]);
        table.rows.push(vec![
            Arg::Word(Word::cache_q_saved_mended),
            none(),
            usd(self.mended_saving_usd.minutes),
            usd(self.mended_saving_usd.hour),
        ]);
        table
    }

    fn broken(&self) -> Table {
        let mut table = Table::new(
            Word::cache_q_break_table,
            &[
                Word::cache_q_block,
                Word::cache_q_change,
                Word::question_calls,
                Word::question_tokens,
                Word::cache_q_saved,
                Word::cache_q_alone,
                Word::cache_q_first,
            ],
        );
        for found in self.breaks.iter().take(MOST_ROWS) {
            let kind = match mend_of(found) {
                Some(word) => Arg::Word(word),
                None => match found.kind.as_str() {
                    "unmarked" => Arg::Word(Word::cache_q_unmarked),
                    "expired" => Arg::Word(Word::cache_q_expired),
                    "too_small" => Arg::Word(Word::cache_q_too_small),
                    "too_far_back" => Arg::Word(Word::cache_q_too_far),
                    "in_parallel" => Arg::Word(Word::cache_q_parallel),
                    "not_read" => Arg::Word(Word::cache_q_not_read),
                    other => Arg::Text(other.to_string()),
                },
            };
            table.rows.push(vec![
                Arg::Text(found.block.clone()),
                kind,
                count(found.requests),
                count(found.tokens),
                usd(found.usd),
                usd(found.alone_usd),
                Arg::Text(found.first.clone()),
            ]);
        }
        table
    }

    fn types(&self) -> Table {
        let mut table = Table::new(
            Word::cache_q_by_type,
            &[Word::cache_q_type, Word::question_calls, Word::cache_q_now, Word::cache_q_5m, Word::cache_q_1h],
        );
        for (name, of) in self.by_type.iter().take(MOST_ROWS) {
            table.rows.push(vec![
                Arg::Text(name.clone()),
                count(of.requests),
                part(of.read_tokens, of.prompt_tokens),
                part(of.could.could_read_tokens.minutes, of.prompt_tokens),
                part(of.could.could_read_tokens.hour, of.prompt_tokens),
            ]);
        }
        table
    }

    fn models(&self) -> Table {
        let mut table = Table::new(
            Word::cache_q_break_even,
            &[
                Word::question_model,
                Word::cache_q_smallest,
                Word::cache_q_needed_5m,
                Word::cache_q_seen_5m,
                Word::cache_q_needed_1h,
                Word::cache_q_seen_1h,
            ],
        );
        for (name, of) in self.by_model.iter().take(MOST_ROWS) {
            table.rows.push(vec![
                Arg::Text(name.clone()),
                known(of.cache_min_tokens.map(|tokens| tokens as f64), Arg::Number),
                known(of.reads_per_write_needed.minutes, Arg::Number),
                known(of.reads_per_write.minutes, Arg::Number),
                known(of.reads_per_write_needed.hour, Arg::Number),
                known(of.reads_per_write.hour, Arg::Number),
            ]);
        }
        table
    }

    fn missed(&self) -> Table {
        let mut table =
            Table::new(Word::cache_q_misses, &[Word::cache_q_reason, Word::question_calls, Word::question_tokens]);
        for miss in &self.misses {
            let reason = match miss.reason {
                "first" => Word::cache_q_miss_first,
                "block_differs" => Word::cache_q_miss_differs,
                "expired" => Word::cache_q_expired,
                "too_small" => Word::cache_q_too_small,
                "too_far_back" => Word::cache_q_too_far,
                "in_parallel" => Word::cache_q_parallel,
                "not_read" => Word::cache_q_not_read,
                _ => Word::cache_q_unmarked,
            };
            table.rows.push(vec![Arg::Word(reason), count(miss.requests), count(miss.tokens)]);
        }
        table
    }
}

/// What changes, where it is the prompt that is to be mended and not the marks.
fn mend_of(found: &CacheBreak) -> Option<Word> {
    Some(match found.kind.as_str() {
        "date" => Word::cache_q_date,
        "id" => Word::cache_q_id,
        "number" => Word::cache_q_number,
        "name" => Word::cache_q_name,
        "order" => Word::cache_q_order,
        "text" => Word::cache_q_text,
        "media" => Word::cache_q_media,
        "dropped" => Word::cache_q_dropped,
        _ => return None,
    })
}

impl CacheFromTraffic {
    /// The answer in sentences and tables.
    pub fn report(&self) -> Report {
        let rate = |value: Option<f64>| known(value, Arg::Percent);
        let sentence = match self.hit_rate {
            Some(_) => {
                Message::new(Word::cache_q_traffic).with("rate", rate(self.hit_rate)).with("half", rate(self.at_half))
            }
            None => Message::from(Word::cache_q_traffic_none),
        };
        let mut table = Table::new(
            Word::cache_q_traffic_table,
            &[
                Word::cache_q_type,
                Word::question_model,
                Word::cache_q_calls_day,
                Word::cache_q_said,
                Word::cache_q_5m,
                Word::cache_q_1h,
                Word::cache_q_at_tenth,
                Word::cache_q_at_half,
                Word::cache_q_at_double,
            ],
        );
        for hits in &self.types {
            let at = |factor: f64| rate(hits.at.iter().find(|at| at.factor == factor).and_then(|at| at.hit_rate));
            table.rows.push(vec![
                Arg::Text(hits.name.clone()),
                Arg::Text(hits.model.clone()),
                Arg::Number(libm::round(hits.calls)),
                rate(hits.said),
                rate(hits.hit_rate.minutes),
                rate(hits.hit_rate.hour),
                at(0.1),
                at(0.5),
                at(2.0),
            ]);
        }
        let think = Message::new(Word::cache_q_think).number("seconds", self.think_s);
        Report {
            title: Word::cache_q_title,
            sentence,
            more: Vec::new(),
            tables: vec![table],
            lists: vec![
                (Word::question_notes, vec![think]),
                (Word::question_how, vec![Message::new(Word::cache_q_how_traffic).number("seed", self.seed as f64)]),
            ],
        }
    }
}
