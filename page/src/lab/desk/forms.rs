use rehearsal::catalog::Catalog;
use rehearsal::cost::{Estimate, estimate};
use rehearsal::scenario::Scenario;
use rehearsal::sim::{Outcome, PopulationFigures, simulate};
use rehearsal::words::{Arg, Message, Word};
use rehearsal::workspace::Workspace;

use crate::components::late;
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

    pub fn text(self, workspace: &Workspace, speech: &Speech) -> String {
        let scenario = &workspace.scenario;
        let document = scenario.to_json();
        match self {
            Form::Json => document,
            // The document's own quotes are not the shell's.
            Form::CommandLine => format!(
                "cat > scenario.json <<'JSON'\n{document}\nJSON\nrehearsal estimate --scenario scenario.json\nrehearsal simulate --scenario scenario.json\n"
            ),
            Form::JavaScript => format!(
                "import {{ estimate, simulate }} from \"rehearsal\";\n\nconst scenario = {document};\n\nconsole.log(estimate(scenario), simulate(scenario));\n"
            ),
            Form::Markdown | Form::Csv => match figures(scenario) {
                Some((bill, day)) if self == Form::Markdown => markdown(workspace, &bill, &day, speech),
                Some((bill, day)) => csv(scenario, &bill, &day),
                None => speech.word(Word::ui_no_results),
            },
        }
    }
}

/// The bill and the day of a scenario, the same bits as on the screen.
fn figures(scenario: &Scenario) -> Option<(Estimate, Outcome)> {
    let catalog = Catalog::reference();
    Some((estimate(scenario, &catalog).ok()?, simulate(scenario, &catalog, None).ok()?))
}

fn markdown(workspace: &Workspace, bill: &Estimate, day: &Outcome, speech: &Speech) -> String {
    let scenario = &workspace.scenario;
    let usd = |usd: Option<rehearsal::money::Usd>| speech.usd(usd.map(|usd| usd.dollars()));
    let within = Message::new(Word::ui_within).with("limit", Arg::Ms(scenario.slo_ms));
    let title = workspace.name.clone().unwrap_or_else(|| "Rehearsal".to_string());
    let heads = [
        speech.word(Word::ui_type),
        speech.word(Word::ui_messages),
        speech.word(Word::ui_unanswered),
        speech.word(Word::ui_cost_day),
        "P50".to_string(),
        "P95".to_string(),
        "P99".to_string(),
        speech.say(&within),
    ];
    let row = |name: &str, cost: String, figures: &PopulationFigures| {
        // A bar would end the cell.
        let name = name.replace('|', "\\|").replace('\n', " ");
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
    let month = Message::new(Word::ui_a_month)
        .text("amount", usd(bill.monthly_cost_usd))
        .number("days", scenario.days_in_month);
    out + &format!("\n{}\n\n`{}`\n", speech.say(&month), day.digest)
}

/// Plain numbers under stable names, for spreadsheets: dollars and milliseconds.
fn csv(scenario: &Scenario, bill: &Estimate, day: &Outcome) -> String {
    let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    let mut out = String::from(
        "query_type,messages,answered,unanswered,cost_usd_day,mean_ms,p50_ms,p90_ms,p95_ms,p99_ms,p99_9_ms,max_ms,\
         p50_with_unanswered_ms,p95_with_unanswered_ms,p99_with_unanswered_ms,share_within_slo\n",
    );
    let mut row = |name: &str, cost: Option<f64>, figures: &PopulationFigures| {
        let q = &figures.e2e_ms;
        let all = &figures.with_unanswered;
        // Empty where a quantile lies among those who got no answer.
        let times =
            [q.mean, q.p50, q.p90, q.p95, q.p99, q.p99_9, q.max, all.p50, all.p95, all.p99, figures.share_within_slo]
                .map(number)
                .join(",");
        let (messages, answered, unanswered) = (figures.messages, figures.answered, number(figures.unanswered));
        out += &format!("{},{messages},{answered},{unanswered},{},{times}\n", cell(name), number(cost));
    };
    for kind in &scenario.types {
        let cost = bill.breakdown.iter().find(|part| part.query_type == kind.name).and_then(|part| part.daily_cost_usd);
        if let Some(figures) = day.by_type.get(&kind.name) {
            row(&kind.name, cost.map(|usd| usd.dollars()), figures);
        }
    }
    row("all", bill.total_daily_cost_usd.map(|usd| usd.dollars()), &day.overall);
    out
}

/// A text as one cell; one that a spreadsheet would take for a formula is marked as text.
fn cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_string() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use rehearsal::scenario::Preset;

    fn text(form: Form) -> String {
        let mut workspace = Workspace { scenario: Preset::Reference.scenario(), ..Workspace::default() };
        workspace.scenario.daily_messages = 20_000.0;
        workspace.scenario.types[0].name = "=cmd|\"x\",1".to_string();
        form.text(&workspace, &Speech(std::rc::Rc::new(rehearsal::words::English)))
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
