use rehearsal::cost::{Answers, OnModel, answers};
use rehearsal::words::{English, Locale};

use super::input::ScenarioArguments;
use super::table::{Cell, Format, count, money, percent, signed_money};
use super::{Failure, json};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    #[command(flatten)]
    format: Format,
    /// Print the scenario itself, as a file to start from.
    #[arg(long)]
    print_scenario: bool,
    /// Also which input moves the bill how much.
    #[arg(long)]
    sensitivity: bool,
    /// Also the same mix on the cheapest models of the catalog.
    #[arg(long)]
    models: bool,
    /// The day that prices are judged by; today by default.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = super::day)]
    today: Option<String>,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let scenario = arguments.scenario.load()?;
    if arguments.print_scenario {
        return Ok(scenario.to_json() + "\n");
    }
    let today = arguments.today.clone().unwrap_or_else(super::today);
    let answers = answers(&scenario, super::input::catalog(), Some(&today))?;
    if arguments.format.json {
        return json(&answers);
    }
    if arguments.format.is_csv() {
        return one_table(&arguments, &answers);
    }
    let mut out = arguments.format.write(&bill(&answers));
    if arguments.format.is_text() {
        out.push_str(&summary(&answers));
    }
    if let Some(waterfall) = &answers.waterfall {
        let mut rows = vec![["from the strong model to today", "change", "$/day"].map(Cell::from).to_vec()];
        let strong = format!("all on {}", waterfall.strong_model);
        rows.push(vec![strong.into(), "".into(), money(Some(waterfall.start_usd))]);
        for step in &waterfall.steps {
            let change = signed_money(Some(step.change_usd));
            rows.push(vec![step.label.say(&English).into(), change, money(Some(step.after_usd))]);
        }
        out.push('\n');
        out.push_str(&arguments.format.write(&rows));
    }
    if arguments.sensitivity {
        out.push('\n');
        out.push_str(&arguments.format.write(&sensitivity(&answers)));
    }
    if arguments.models {
        out.push('\n');
        out.push_str(&arguments.format.write(&on_models(&answers)));
    }
    if arguments.format.is_text() && !answers.findings.is_empty() {
        out.push('\n');
        for finding in &answers.findings {
            out.push_str(&format!("- {}\n", finding.say(&English)));
        }
    }
    Ok(out)
}

/// What speaks against a model.
fn marks(row: &OnModel) -> String {
    let mut marks = Vec::new();
    if row.retired {
        marks.push("retired".to_string());
    }
    for (what, share) in [("prompts", row.prompts_too_long), ("answers", row.answers_too_long)] {
        if share > 0.0005 {
            marks.push(format!("{what} too long: {}", English.percent(share)));
        }
    }
    if row.other_tokenizer {
        marks.push("other tokenizer".to_string());
    }
    marks.join(", ")
}

/// The table that was asked for: a file of comma-separated values has one.
fn one_table(arguments: &Arguments, answers: &Answers) -> Result<String, Failure> {
    let rows = match (arguments.sensitivity, arguments.models) {
        (false, false) => bill(answers),
        (true, false) => sensitivity(answers),
        (false, true) => on_models(answers),
        (true, true) => {
            return Err(Failure::input("--csv writes one table: give --sensitivity or --models, not both"));
        }
    };
    Ok(arguments.format.write(&rows))
}

fn sensitivity(answers: &Answers) -> Vec<Vec<Cell>> {
    let mut rows = vec![["input", "today", "elasticity", "20 % less", "20 % more"].map(Cell::from).to_vec()];
    for row in &answers.sensitivity {
        rows.push(vec![
            row.label.say(&English).into(),
            count(row.value),
            Cell::number(format!("{:.3}", row.elasticity), row.elasticity),
            percent(Some(row.low.change_pct)),
            percent(Some(row.high.change_pct)),
        ]);
    }
    rows
}

fn on_models(answers: &Answers) -> Vec<Vec<Cell>> {
    let mut rows = vec![["the same mix on", "$/day", "change", "read", "but"].map(Cell::from).to_vec()];
    for row in answers.on_models.known.iter().chain(&answers.on_models.unknown) {
        let (model, date) = (row.model.clone().into(), row.date.clone().into());
        rows.push(vec![model, money(row.daily_cost_usd), percent(row.change_pct), date, marks(row).into()]);
    }
    rows
}

fn bill(answers: &Answers) -> Vec<Vec<Cell>> {
    let estimate = &answers.estimate;
    let mut rows =
        vec![["query type", "model", "messages/day", "from cache", "$/day", "$/call"].map(Cell::from).to_vec()];
    for part in &estimate.breakdown {
        rows.push(vec![
            part.query_type.clone().into(),
            part.model.clone().into(),
            Cell::number(English.number(libm::round(part.daily_queries)), part.daily_queries),
            Cell::number(English.number(libm::round(part.cached)), part.cached),
            money(part.daily_cost_usd.map(|usd| usd.dollars())),
            money(part.cost_per_query_usd),
        ]);
    }
    let by_type = ["input", "output"];
    for (part, amount) in estimate.parts.iter().filter(|(part, _)| !by_type.contains(&part.key())) {
        let name = format!("of all: {}", part.key().replace('_', " "));
        let blank = || Cell::from("");
        rows.push(vec![name.into(), blank(), blank(), blank(), money(amount.map(|usd| usd.dollars())), blank()]);
    }
    rows
}

fn summary(answers: &Answers) -> String {
    let estimate = &answers.estimate;
    let mut out = format!(
        "\n{} a day, {} a month, {} a message\n",
        money(estimate.total_daily_cost_usd.map(|usd| usd.dollars())),
        money(estimate.monthly_cost_usd.map(|usd| usd.dollars())),
        money(estimate.avg_cost_per_message_usd),
    );
    if let Some(converted) = &estimate.converted {
        let amount = |value: Option<f64>| value.map_or("unknown".to_string(), |value| English.number(value));
        out.push_str(&format!(
            "{code} {} a day, {code} {} a month at {} a dollar\n",
            amount(converted.total_daily_cost),
            amount(converted.monthly_cost),
            converted.per_usd,
            code = converted.code,
        ));
    }
    if let Some(range) = &answers.range {
        out.push_str(&format!(
            "between {} and {} a day (P5 to P95 of {} draws, seed {})\n",
            money(Some(range.p5_usd)),
            money(Some(range.p95_usd)),
            English.number(f64::from(range.samples)),
            range.seed,
        ));
    }
    if let (Some(first), Some(last)) = (answers.months.first(), answers.months.last())
        && first.cost_usd != last.cost_usd
    {
        let year: f64 = answers.months.iter().map(|month| month.cost_usd).sum();
        out.push_str(&format!(
            "{} in the twelfth month, {} in the year\n",
            money(Some(last.cost_usd)),
            money(Some(year))
        ));
    }
    out.push_str(&format!(
        "the cache answers {} of the messages and saves {} a day ({} of the bill without it)\n",
        English.percent(estimate.cache_savings_pct / 100.0),
        money(estimate.cache_saved_daily_usd.map(|usd| usd.dollars())),
        estimate.cache_saved_cost_pct.map_or("unknown".to_string(), |pct| English.percent(pct / 100.0)),
    ));
    if !estimate.unknown.is_empty() {
        out.push_str(&format!("unknown prices: {}\n", estimate.unknown.join(", ")));
    }
    out
}
