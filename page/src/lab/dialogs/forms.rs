use std::rc::Rc;

use rehearsal::catalog::Catalog;
use rehearsal::cost::{Estimate, estimate};
use rehearsal::scenario::Scenario;
use rehearsal::sim::{Outcome, PopulationFigures};
use rehearsal::spreadsheet::{Cell, Csv};
use rehearsal::words::{Arg, Message, Word};
use rehearsal::workspace::Workspace;

use crate::channel::Results;
use crate::components::late;
use crate::lab::compare::{Side, rows};
use crate::period::Period;
use crate::speech::Speech;

/// A form that results and inputs go out in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Markdown,
    Csv,
    Json,
    CommandLine,
    JavaScript,
}

/// The simulated days of what goes out: of what is on the screen, and of what is pinned in its order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Days {
    pub now: Option<Rc<Outcome>>,
    pub pinned: Vec<Rc<Outcome>>,
}

impl Days {
    /// The days that the page shows; `None` while one of them is on its way.
    pub fn of(results: &Results) -> Option<Days> {
        let now = results.day.clone().filter(|_| results.day_fresh)?;
        let pinned: Option<Vec<_>> = results.columns.iter().map(|column| column.outcome.clone()).collect();
        Some(Days { now: Some(now), pinned: pinned? })
    }
}

impl Form {
    pub const ALL: [Form; 5] = [Form::Markdown, Form::Csv, Form::Json, Form::CommandLine, Form::JavaScript];

    pub fn key(self) -> &'static str {
        match self {
            Form::Markdown => "markdown",
            Form::Csv => "csv",
            Form::Json => "json",
            Form::CommandLine => "cli",
            Form::JavaScript => "js",
        }
    }

    pub fn from_key(key: &str) -> Self {
        Form::ALL.into_iter().find(|form| form.key() == key).unwrap_or(Form::Markdown)
    }

    pub fn word(self) -> Word {
        match self {
            Form::Markdown => Word::ui_form_markdown,
            Form::Csv => Word::ui_form_csv,
            Form::Json => Word::ui_form_json,
            Form::CommandLine => Word::ui_form_cli,
            Form::JavaScript => Word::ui_form_js,
        }
    }

    /// The name of the file it is saved as, and its media type.
    pub fn file(self) -> &'static str {
        match self {
            Form::Markdown => "rehearsal.md",
            Form::Csv => "rehearsal.csv",
            Form::Json => "rehearsal.json",
            Form::CommandLine => "rehearsal.sh",
            Form::JavaScript => "rehearsal.mjs",
        }
    }

    pub fn kind(self) -> &'static str {
        match self {
            Form::Markdown => "text/markdown",
            Form::Csv => "text/csv",
            Form::Json => "application/json",
            Form::CommandLine => "text/x-shellscript",
            Form::JavaScript => "text/javascript",
        }
    }

    /// Whether it says what was simulated.
    pub fn has_results(self) -> bool {
        matches!(self, Form::Markdown | Form::Csv)
    }

    pub fn text(self, workspace: &Workspace, days: &Days, period: Period, speech: &Speech) -> String {
        let scenario = &workspace.scenario;
        let document = scenario.to_json();
        match self {
            // With what it is compared with it is the document that a file has.
            Form::Json if !workspace.pinned.is_empty() => {
                serde_json::to_string_pretty(&workspace.to_document()).unwrap_or_default()
            }
            Form::Json => document,
            // The document's own quotes are not the shell's.
            Form::CommandLine => format!(
                "cat > scenario.json <<'JSON'\n{document}\nJSON\nrehearsal estimate --scenario scenario.json\nrehearsal simulate --scenario scenario.json\n"
            ),
            Form::JavaScript => format!(
                "import {{ estimate, simulate }} from \"rehearsal\";\n\nconst scenario = {document};\n\nconsole.log(estimate(scenario), simulate(scenario));\n"
            ),
            Form::Markdown | Form::Csv => match bill(scenario).zip(days.now.as_ref()) {
                Some((bill, day)) if self == Form::Markdown => {
                    markdown(workspace, (&bill, day, &days.pinned), period, speech)
                }
                Some((_, day)) => csv(workspace, (day, &days.pinned), period),
                None => speech.word(Word::ui_no_results),
            },
        }
    }
}

fn bill(scenario: &Scenario) -> Option<Estimate> {
    estimate(scenario, &Catalog::reference()).ok()
}

fn markdown(
    workspace: &Workspace,
    (bill, day, pinned): (&Estimate, &Rc<Outcome>, &[Rc<Outcome>]),
    period: Period,
    speech: &Speech,
) -> String {
    let scenario = &workspace.scenario;
    let days = scenario.days_in_month;
    let dollars = |usd: Option<rehearsal::money::Usd>| usd.map(|usd| usd.dollars());
    let usd = |usd: Option<rehearsal::money::Usd>| speech.usd(period.of_day(dollars(usd), days));
    let within = Message::new(Word::ui_within).with("limit", Arg::Ms(scenario.slo_ms));
    let title = workspace.name.clone().unwrap_or_else(|| "Rehearsal".to_string());
    let heads = [
        speech.word(Word::ui_type),
        speech.word(Word::ui_messages),
        speech.word(Word::ui_unanswered),
        speech.word(period.word()),
        "P50".to_string(),
        "P95".to_string(),
        "P99".to_string(),
        speech.say(&within),
    ];
    let row = |name: &str, cost: String, figures: &PopulationFigures| {
        let name = celled(name);
        let [p50, p95, p99] =
            speech.times([late(figures, |q| q.p50), late(figures, |q| q.p95), late(figures, |q| q.p99)]);
        format!(
            "| {name} | {} | {} | {cost} | {p50} | {p95} | {p99} | {} |\n",
            speech.number(figures.messages as f64),
            speech.percent(figures.unanswered),
            speech.percent(figures.share_within_slo)
        )
    };
    let mut out = format!("## {title}\n\n| {} |\n|---|---:|---:|---:|---:|---:|---:|---:|\n", heads.join(" | "));
    for part in &bill.breakdown {
        if let Some(figures) = day.by_type.get(&part.query_type) {
            out += &row(&part.query_type, usd(part.daily_cost_usd), figures);
        }
    }
    out += &row(&format!("**{}**", speech.word(Word::ui_total)), usd(bill.total_daily_cost_usd), &day.overall);
    if !workspace.pinned.is_empty() {
        out += &side_by_side(workspace, (day, pinned), period, speech);
    }
    let other = period.other().amount(speech, dollars(bill.total_daily_cost_usd), days);
    out + &format!("\n{other}\n\n`{}`\n", day.digest)
}

/// A text in a cell of a Markdown table, which a bar or a line would end.
fn celled(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// What is pinned and what is on the screen, a column each.
fn side_by_side(
    workspace: &Workspace,
    (day, days): (&Rc<Outcome>, &[Rc<Outcome>]),
    period: Period,
    speech: &Speech,
) -> String {
    let pinned = workspace.pinned.iter().enumerate().map(|(index, pinned)| {
        let name = pinned.name.clone().unwrap_or_default();
        Side::new(index, name, &pinned.scenario, days.get(index).cloned(), period)
    });
    let name = workspace.name.clone().unwrap_or_else(|| speech.word(Word::cmp_now));
    let now = Side::new(workspace.pinned.len(), name, &workspace.scenario, Some(day.clone()), period);
    let sides: Vec<Side> = pinned.chain([now]).collect();
    let heads: Vec<String> = sides.iter().map(|side| celled(&side.title())).collect();
    let mut out = format!("\n### {}\n\n| | {} |\n|---|", speech.word(Word::cmp_title), heads.join(" | "));
    out += &"---:|".repeat(sides.len());
    for row in rows(speech, &sides, workspace.scenario.slo_ms, period) {
        out += &format!("\n| {} | {} |", row.name, row.written(speech).join(" | "));
    }
    out + "\n"
}

/// Plain numbers under stable names, for spreadsheets: dollars and milliseconds, of everything that is pinned and
/// behind it of what is on the screen.
fn csv(workspace: &Workspace, (now, days): (&Outcome, &[Rc<Outcome>]), period: Period) -> String {
    let cost = format!("cost_usd_{}", period.key());
    let mut csv = Csv::new([
        "scenario",
        "query_type",
        "messages",
        "answered",
        "unanswered",
        &cost,
        "mean_ms",
        "p50_ms",
        "p90_ms",
        "p95_ms",
        "p99_ms",
        "p99_9_ms",
        "max_ms",
        "p50_with_unanswered_ms",
        "p95_with_unanswered_ms",
        "p99_with_unanswered_ms",
        "share_within_slo",
    ]);
    let named = |name: &Option<String>, otherwise: String| name.clone().unwrap_or(otherwise);
    for (index, (pinned, day)) in workspace.pinned.iter().zip(days).enumerate() {
        let letter = Side::new(index, String::new(), &pinned.scenario, None, period).title();
        csv_rows(&mut csv, &named(&pinned.name, letter), (&pinned.scenario, day), period);
    }
    csv_rows(&mut csv, &named(&workspace.name, "current".to_string()), (&workspace.scenario, now), period);
    csv.into_text()
}

/// The rows of one scenario.
fn csv_rows(csv: &mut Csv, title: &str, (scenario, day): (&Scenario, &Outcome), period: Period) {
    let Some(bill) = bill(scenario) else { return };
    let mut row = |name: &str, cost: Option<f64>, figures: &PopulationFigures| {
        let cost = period.of_day(cost, scenario.days_in_month);
        let q = &figures.e2e_ms;
        let all = &figures.with_unanswered;
        // Empty where a quantile lies among those who got no answer.
        let times =
            [q.mean, q.p50, q.p90, q.p95, q.p99, q.p99_9, q.max, all.p50, all.p95, all.p99, figures.share_within_slo]
                .map(Cell::from);
        let (messages, answered) = (Cell::Count(figures.messages), Cell::Count(figures.answered));
        let counts = [Cell::from(title), Cell::from(name), messages, answered, figures.unanswered.into(), cost.into()];
        csv.row(counts.into_iter().chain(times));
    };
    for kind in &scenario.types {
        let cost = bill.breakdown.iter().find(|part| part.query_type == kind.name).and_then(|part| part.daily_cost_usd);
        if let Some(figures) = day.by_type.get(&kind.name) {
            row(&kind.name, cost.map(|usd| usd.dollars()), figures);
        }
    }
    row("all", bill.total_daily_cost_usd.map(|usd| usd.dollars()), &day.overall);
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use rehearsal::scenario::Preset;
    use rehearsal::sim::simulate;
    use rehearsal::workspace::Pinned;

    /// The days of a workspace, with the seed of the one on the screen, as the page has them.
    fn days(workspace: &Workspace) -> Days {
        let day = |scenario: &Scenario| {
            let seeded = Scenario { seed: workspace.scenario.seed, ..scenario.clone() };
            Rc::new(simulate(&seeded, &Catalog::reference(), None).unwrap())
        };
        let pinned = workspace.pinned.iter().map(|pinned| day(&pinned.scenario)).collect();
        Days { now: Some(day(&workspace.scenario)), pinned }
    }

    fn text(form: Form) -> String {
        let mut workspace = Workspace { scenario: Preset::Reference.scenario(), ..Workspace::default() };
        workspace.scenario.daily_messages = 20_000.0;
        workspace.scenario.types[0].name = "=cmd|\"x\",1".to_string();
        form.text(&workspace, &days(&workspace), Period::Day, &Speech(Rc::new(rehearsal::words::English)))
    }

    #[test]
    fn every_form_of_results_carries_all_that_is_pinned() {
        let pinned = |name: &str, preset: Preset| Pinned { name: Some(name.to_string()), scenario: preset.scenario() };
        let small = |mut pinned: Pinned| {
            pinned.scenario.daily_messages = 5_000.0;
            pinned
        };
        let mut workspace = Workspace { scenario: Preset::Reference.scenario(), ..Workspace::default() };
        workspace.scenario.daily_messages = 5_000.0;
        workspace.pinned = vec![small(pinned("Dear", Preset::AllSonnet)), small(pinned("Bare", Preset::NoCache))];
        let speech = Speech(Rc::new(rehearsal::words::English));
        let text = |form: Form, period: Period| form.text(&workspace, &days(&workspace), period, &speech);
        let markdown = text(Form::Markdown, Period::Month);
        for part in ["Cost a month", "A · Dear", "B · Bare", "C · On the screen", "| P95 |"] {
            assert!(markdown.contains(part), "{part} in {markdown}");
        }
        let csv = text(Form::Csv, Period::Month);
        assert!(csv.starts_with("scenario,query_type,messages,answered,unanswered,cost_usd_month,"), "{csv}");
        for name in ["Dear", "Bare", "current"] {
            assert_eq!(csv.lines().filter(|line| line.starts_with(&format!("{name},"))).count(), 6, "{csv}");
        }
        let json = text(Form::Json, Period::Day);
        assert_eq!(Workspace::load(&json).unwrap().output, workspace);
    }

    #[test]
    fn results_go_out_as_tables() {
        insta::assert_snapshot!("markdown", text(Form::Markdown));
        insta::assert_snapshot!("csv", text(Form::Csv));
    }

    #[test]
    fn inputs_go_out_as_what_reads_them() {
        for form in [Form::CommandLine, Form::JavaScript] {
            let text = text(form);
            let document = &text[text.find('{').unwrap()..];
            let document = if form == Form::JavaScript { &document[document.find("{\n").unwrap()..] } else { document };
            let end = document.find("\n}").unwrap() + 2;
            assert!(Scenario::load(&document[..end]).is_ok(), "{text}");
        }
    }
}
