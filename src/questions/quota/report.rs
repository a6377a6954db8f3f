//! The quota answer as it is read.

use crate::words::{Arg, Message, Word};

use super::super::report::{Report, Table, known};
use super::{PerMinuteNeed, QuotaAnswer, UnitNeeds};

impl QuotaAnswer {
    /// The answer in sentences and tables.
    pub fn report(&self) -> Report {
        let mut tables = vec![self.needs()];
        if let Some(first) = self.models.first() {
            tables.push(levers(first));
        }
        let how =
            [Word::quota_q_how_counted, Word::quota_q_how_minute, Word::quota_q_how_played, Word::quota_q_how_levers];
        Report {
            title: Word::quota_q_title,
            sentence: self.sentence(),
            more: Vec::new(),
            tables,
            lists: vec![
                (Word::quota_q_why, self.models.first().map(reasons).unwrap_or_default()),
                (Word::question_notes, self.notes.clone()),
                (Word::question_how, how.map(Message::from).to_vec()),
            ],
        }
    }

    fn sentence(&self) -> Message {
        let Some(first) = self.models.first() else { return Message::from(Word::quota_q_nothing) };
        let number = |value: Option<f64>| known(value, Arg::Number);
        match &self.binds {
            Some(binds) if binds.limit == "tokens_per_day" => Message::new(Word::quota_q_binds_day)
                .text("region", &binds.model)
                .with("value", Arg::Number(binds.value))
                .text("at", &binds.at)
                .with("share", Arg::Percent(binds.throttled_share))
                .with("tokens", number(self.tokens_per_day)),
            Some(binds) => {
                Message::new(if binds.limit == "tpm" { Word::quota_q_binds_tpm } else { Word::quota_q_binds_rpm })
                    .text("model", &first.name)
                    .with("value", Arg::Number(binds.value))
                    .text("at", &binds.at)
                    .with("share", Arg::Percent(binds.throttled_share))
                    .with("clock", Arg::Percent(binds.throttled_share_by_clock))
                    .with("tpm", number(first.tpm.peak))
                    .with("rpm", number(first.rpm.peak))
            }
            None => Message::new(Word::quota_q_needs)
                .text("model", &first.name)
                .with("tpm", number(first.tpm.peak))
                .with("rpm", number(first.rpm.peak))
                .text("at", first.busiest_minute.clone().unwrap_or_default()),
        }
    }

    fn needs(&self) -> Table {
        let mut table = Table::new(
            Word::quota_q_table,
            &[
                Word::question_model,
                Word::question_figure,
                Word::quota_q_p50,
                Word::quota_q_p90,
                Word::quota_q_peak,
                Word::quota_q_limit,
            ],
        );
        let number = |value: Option<f64>| known(value.map(libm::ceil), Arg::Number);
        for needs in &self.models {
            let mut row = |word: Word, need: PerMinuteNeed, limit: Arg| {
                let name = Arg::Text(needs.name.clone());
                table.rows.push(vec![
                    name,
                    Arg::Word(word),
                    number(need.p50),
                    number(need.p90),
                    number(need.peak),
                    limit,
                ]);
            };
            let limit = |value: Option<f64>| known(value, Arg::Number);
            row(Word::quota_q_rpm, needs.rpm, limit(needs.limits.rpm));
            row(Word::quota_q_tpm, needs.tpm, limit(needs.limits.tpm));
            row(Word::quota_q_tpm_used, needs.tpm_used, Arg::Text(String::new()));
            row(Word::quota_q_tpm_reserved, needs.tpm_reserved, Arg::Text(String::new()));
        }
        table
    }
}

fn levers(needs: &UnitNeeds) -> Table {
    let mut table = Table::new(
        Word::quota_q_levers,
        &[
            Word::quota_q_lever,
            Word::quota_q_value,
            Word::quota_q_lever_tpm,
            Word::quota_q_throttled,
            Word::quota_q_cut,
        ],
    );
    for lever in &needs.levers {
        let name = match lever.lever {
            "max_tokens" => Word::quota_q_lever_max_tokens,
            "queue" => Word::quota_q_lever_queue,
            "batch" => Word::quota_q_lever_batch,
            _ => Word::quota_q_lever_profile,
        };
        let none = || Arg::Text("–".to_string());
        table.rows.push(vec![
            Arg::Word(name),
            Arg::Text(lever.value.clone()),
            lever.tpm.map_or_else(none, Arg::Number),
            lever.throttled_share.map_or_else(none, Arg::Percent),
            lever.cut.map_or_else(none, |cut| Arg::Number(cut as f64)),
        ]);
    }
    table
}

/// Why throttling comes below the quota.
fn reasons(needs: &UnitNeeds) -> Vec<Message> {
    let mut said = Vec::new();
    let requests = needs.requests as f64;
    if let Some(share) = needs.reserved_share.filter(|share| *share > 0.05) {
        said.push(Message::new(Word::quota_q_why_reserved).with("share", Arg::Percent(share)));
    }
    if needs.unset_max_tokens > 0 {
        said.push(
            Message::new(Word::quota_q_why_unset)
                .number("calls", needs.unset_max_tokens as f64)
                .with("share", Arg::Percent(needs.unset_max_tokens as f64 / requests))
                .number("longest", needs.longest_answer as f64),
        );
    }
    if needs.burndown > 1.0 {
        said.push(Message::new(Word::quota_q_why_burndown).number("burndown", needs.burndown));
    }
    let steady = needs.rpm.p50.unwrap_or(0.0) / 60.0;
    if needs.busiest_second as f64 > 3.0 * steady.max(1.0) {
        said.push(
            Message::new(Word::quota_q_why_burst)
                .number("second", needs.busiest_second as f64)
                .number("steady", steady),
        );
    }
    if needs.throttled_in_log > 0 {
        said.push(
            Message::new(Word::quota_q_why_log)
                .number("calls", needs.throttled_in_log as f64)
                .text("at", needs.first_throttled_in_log.clone().unwrap_or_default()),
        );
    }
    if needs.cache_read_tokens > 0 {
        said.push(Message::new(Word::quota_q_why_reads).number("tokens", needs.cache_read_tokens as f64));
    }
    if needs.profile == "geo" {
        said.push(Message::from(Word::quota_q_why_geo));
    }
    said
}
