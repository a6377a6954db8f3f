//! The upgrade check as it is read.

use crate::money::Usd;
use crate::words::{Arg, Message, Word};

use super::super::report::{Report, Table, known};
use super::{EndOfLife, Range, RefusedBy, UpgradeAnswer};

/// The most rows of a table.
const MOST_ROWS: usize = 50;

impl UpgradeAnswer {
    /// The answer in sentences and tables.
    pub fn report(&self) -> Report {
        let several = self.models.len() != 1;
        let mut tables = Vec::new();
        if several {
            tables.push(self.by_model());
        } else {
            tables.push(self.before_and_after());
        }
        tables.push(self.reasons());
        tables.push(ends(&self.end_of_life));
        let refused = self.by_rule.iter().take(MOST_ROWS).map(said).collect();
        Report {
            title: Word::upgrade_title,
            sentence: self.sentence(),
            more: self.more(),
            tables,
            lists: vec![
                (Word::upgrade_refusals, refused),
                (Word::question_notes, self.notes.clone()),
                (
                    Word::question_how,
                    [Word::upgrade_how_check, Word::upgrade_how_tokens, Word::upgrade_how_speed]
                        .map(Message::from)
                        .to_vec(),
                ),
            ],
        }
    }

    fn sentence(&self) -> Message {
        let counts = |word| {
            Message::new(word)
                .text("model", &self.to)
                .number("calls", self.calls as f64)
                .number("refused", self.refused as f64)
                .number("taken", self.taken as f64)
        };
        let several = self.models.len() != 1;
        match (self.refused, self.taken) {
            (0, 0) => Message::new(Word::upgrade_unseen).text("model", &self.to).number("calls", self.calls as f64),
            _ if several => {
                let whole = self.models.iter().filter(|model| model.refused == 0 && model.taken > 0).count();
                Message::new(Word::upgrade_several)
                    .number("calls", self.calls as f64)
                    .number("models", self.models.len() as f64)
                    .number("whole", whole as f64)
            }
            (0, _) if self.not_checked == 0 => counts(Word::upgrade_all_taken),
            (0, _) => counts(Word::upgrade_taken).number("not_checked", self.not_checked as f64),
            _ => match self.by_rule.first() {
                Some(first) => counts(Word::upgrade_refused).text("path", place(first)).with("fix", mend(&first.fix)),
                None => counts(Word::upgrade_taken).number("not_checked", self.not_checked as f64),
            },
        }
    }

    fn more(&self) -> Vec<Message> {
        let mut more = Vec::new();
        if let [only] = self.models.as_slice() {
            if only.mended > 0 {
                more.push(Message::new(Word::upgrade_mended).number("mended", only.mended as f64));
            }
            if self.not_checked > 0 && self.taken + self.refused > 0 {
                more.push(Message::new(Word::upgrade_not_checked).number("calls", self.not_checked as f64));
            }
            if only.cache_lost > 0 {
                more.push(Message::new(Word::upgrade_cache_lost).number("calls", only.cache_lost as f64));
            }
        }
        let soon = self.end_of_life.iter().filter(|end| end.calls > 0 && !end.not_before);
        for end in soon {
            let Some((date, days)) = end.date.as_ref().zip(end.days).filter(|(_, days)| *days <= 365) else { continue };
            let word = if days > 0 { Word::upgrade_ends } else { Word::upgrade_ended };
            more.push(
                Message::new(word)
                    .text("model", &end.model)
                    .text("date", date)
                    .number("days", days.unsigned_abs() as f64),
            );
        }
        more
    }

    fn before_and_after(&self) -> Table {
        let mut table =
            Table::new(Word::upgrade_before_after, &[Word::question_figure, Word::upgrade_before, Word::upgrade_after]);
        let Some(only) = self.models.first() else { return table };
        let mut row = |word: Word, before: Arg, after: Arg| table.rows.push(vec![Arg::Word(word), before, after]);
        let tokens = |value: Option<u64>| known(value.map(|tokens| tokens as f64), Arg::Number);
        row(Word::question_tokens, tokens(only.tokens.before), tokens(only.tokens.after));
        let usd = |value: Option<Usd>| known(value.map(|usd| usd.dollars()), Arg::Usd);
        row(Word::question_bill, usd(only.bill_usd.before), usd(only.bill_usd.after));
        for (word, figure, range, arg) in [
            (Word::upgrade_ttft, only.ttft_ms, only.ttft_ms_range, Arg::Ms as fn(f64) -> Arg),
            (Word::upgrade_rate, only.tokens_per_s, only.tokens_per_s_range, Arg::Number),
        ] {
            row(word, assumed(figure.before, range.before, arg), assumed(figure.after, range.after, arg));
        }
        table
    }

    fn reasons(&self) -> Table {
        let mut table = Table::new(
            Word::upgrade_by_rule,
            &[
                Word::upgrade_place,
                Word::upgrade_rule,
                Word::question_calls,
                Word::upgrade_patched,
                Word::question_date,
            ],
        );
        for group in self.by_rule.iter().take(MOST_ROWS) {
            table.rows.push(vec![
                Arg::Text(place(group)),
                Arg::Text(group.rule.clone()),
                Arg::Number(group.count as f64),
                Arg::Number(group.patched as f64),
                Arg::Text(group.date.clone()),
            ]);
        }
        table
    }

    fn by_model(&self) -> Table {
        let mut table = Table::new(
            Word::upgrade_by_model,
            &[
                Word::question_model,
                Word::upgrade_taken_column,
                Word::upgrade_refused_column,
                Word::upgrade_patched,
                Word::question_tokens,
                Word::question_bill,
            ],
        );
        let mut models: Vec<_> = self.models.iter().collect();
        models.sort_by(|a, b| {
            b.taken.cmp(&a.taken).then_with(|| b.mended.cmp(&a.mended)).then_with(|| a.model.cmp(&b.model))
        });
        for model in models {
            let tokens = model.tokens.after.map(|tokens| tokens as f64);
            table.rows.push(vec![
                Arg::Text(model.model.clone()),
                Arg::Number(model.taken as f64),
                Arg::Number(model.refused as f64),
                Arg::Number(model.mended as f64),
                known(tokens, Arg::Number),
                known(model.bill_usd.after.map(|usd| usd.dollars()), Arg::Usd),
            ]);
        }
        table
    }
}

/// A figure that is assumed, with what it may lie between.
fn assumed(value: Option<f64>, range: Option<Range>, arg: fn(f64) -> Arg) -> Arg {
    let Some((value, range)) = value.zip(range) else { return known(value, arg) };
    let said = Message::new(Word::upgrade_range);
    Arg::Said(Box::new(said.with("value", arg(value)).with("low", arg(range.low)).with("high", arg(range.high))))
}

fn ends(end_of_life: &[EndOfLife]) -> Table {
    let mut table = Table::new(
        Word::upgrade_ends_title,
        &[Word::question_model, Word::question_date, Word::upgrade_days, Word::question_calls],
    );
    for end in end_of_life {
        let date = match &end.date {
            Some(date) if end.not_before => {
                let passed = end.days.is_some_and(|days| days <= 0);
                let word = if passed { Word::upgrade_not_before_passed } else { Word::upgrade_not_before };
                Arg::Said(Box::new(Message::new(word).text("date", date)))
            }
            Some(date) => Arg::Text(date.clone()),
            None => Arg::Word(Word::question_unknown),
        };
        // Of a day that may be any later one nobody can say how many are left.
        let passed = end.not_before && end.days.is_some_and(|days| days <= 0);
        let days = known(end.days.filter(|_| !passed).map(|days| days as f64), Arg::Number);
        table.rows.push(vec![Arg::Text(end.model.clone()), date, days, Arg::Number(end.calls as f64)]);
    }
    table
}

/// What is to be done, as a word where the table has it: it is said in any language.
fn mend(fix: &str) -> Arg {
    let word = Word::ALL.iter().find(|word| word.key().starts_with("fix_") && word.english() == fix);
    word.map_or_else(|| Arg::Text(fix.to_string()), |word| Arg::Word(*word))
}

/// Where a rule bites; the whole body where no place is known.
fn place(group: &RefusedBy) -> String {
    if group.path.is_empty() { "(body)".to_string() } else { group.path.clone() }
}

/// A reason with the service's words, its mend and its source.
fn said(group: &RefusedBy) -> Message {
    let patch = group.patch.as_ref().and_then(|ops| serde_json::to_string(ops).ok());
    let word = if patch.is_some() { Word::upgrade_refusal_patch } else { Word::upgrade_refusal };
    let message = Message::new(word)
        .text("path", place(group))
        .number("count", group.count as f64)
        .number("status", f64::from(group.status))
        .text("kind", &group.kind)
        .text("message", &group.message)
        .with("fix", mend(&group.fix))
        .text("first", &group.first)
        .text("source", format!("{}, {}", group.source, group.date));
    match patch {
        Some(patch) => message.text("patch", crate::problem::clipped(&patch, 300)),
        None => message,
    }
}
