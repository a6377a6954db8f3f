//! AWS's bill beside ours, with a reason for each difference.

use std::io::Read;

use rehearsal::import::{CostReport, Reconciliation, reconcile};

use super::log::LogArguments;
use rehearsal::spreadsheet::{Cell, Csv};

use super::table::table;
use super::{Failure, json};

/// Puts what AWS billed beside what the logs cost: a cost and usage report (CUR 2.0, CSV, gzip or not), Cost
/// Explorer's table as its console downloads it, or the JSON of `aws ce get-cost-and-usage`, and the logs of
/// the same days.
#[derive(clap::Args)]
pub struct Arguments {
    /// AWS's report; `-` is standard input.
    #[arg(value_name = "CUR")]
    report: String,
    #[command(flatten)]
    log: LogArguments,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
    /// Print comma-separated values.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

/// The most bytes that a packed report unpacks to.
const MAX_UNPACKED: u64 = 1 << 30;

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    let file = &arguments.report;
    let mut bytes = super::input::read_bytes(file)?;
    if bytes.starts_with(&[0x1F, 0x8B]) {
        let mut unpacked = Vec::new();
        let read =
            flate2::read::MultiGzDecoder::new(bytes.as_slice()).take(MAX_UNPACKED + 1).read_to_end(&mut unpacked);
        read.map_err(|error| Failure::input(format!("{file}: gzip: {error}")))?;
        if unpacked.len() as u64 > MAX_UNPACKED {
            return Err(Failure::input(format!("{file}: more than {} MiB unpacked; split it", MAX_UNPACKED >> 20)));
        }
        bytes = unpacked;
    }
    let report = CostReport::read(file, &bytes)?;
    let catalog = super::input::catalog();
    // AWS's days are those of UTC.
    let log = arguments.log.read_in_utc(catalog)?;
    let result = reconcile(&report, &log, catalog);
    if arguments.json {
        json(&result)
    } else if arguments.csv {
        Ok(csv(&result))
    } else {
        Ok(text(&result))
    }
}

fn csv(result: &Reconciliation) -> String {
    let mut csv = Csv::new(["day", "model", "kind", "aws_usd", "ours_usd", "reason"]);
    for line in &result.lines {
        csv.row([
            Cell::from(line.day.as_deref().unwrap_or_default()),
            Cell::from(line.model.as_str()),
            Cell::from(line.kind.to_string()),
            line.aws_usd.dollars().into(),
            line.ours_usd.dollars().into(),
            Cell::from(line.reason.as_str()),
        ]);
    }
    csv.into_text()
}

fn text(result: &Reconciliation) -> String {
    for skip in result.skipped.iter().take(20) {
        eprintln!(
            "skipped: {}line {}: {}",
            if skip.file.is_empty() { String::new() } else { format!("{}: ", skip.file) },
            skip.line,
            skip.reason
        );
    }
    let mut rows = vec![["day, model", "kind", "AWS", "ours"].map(String::from).to_vec()];
    let mut reasons = String::new();
    for line in &result.lines {
        let day = line.day.as_deref().unwrap_or("no day");
        rows.push(vec![
            format!("{day} {}", line.model),
            line.kind.to_string(),
            format!("${}", line.aws_usd),
            format!("${}", line.ours_usd),
        ]);
        if line.reason != "same" {
            reasons.push_str(&format!("{day} {} {}: {}\n", line.model, line.kind, line.reason));
        }
    }
    let mut out = table(&rows) + "\n" + &reasons;
    out.push_str(&format!(
        "AWS ${}, ours ${}; ${} of the difference is explained\n",
        result.aws_usd, result.ours_usd, result.explained_usd
    ));
    let of = |above: bool| {
        let lines = result.lines.iter().filter(|line| line.reason != "same");
        lines.filter(|line| if above { line.aws_usd > line.ours_usd } else { line.aws_usd < line.ours_usd }).count()
    };
    let (above, below) = (of(true), of(false));
    if above > 0 && below > 0 {
        // They cancel each other in the total.
        out.push_str(&format!(
            "AWS bills ${} more on {} and ${} less on {below}\n",
            result.above_usd,
            super::counted(above, "line"),
            result.below_usd
        ));
    }
    if let Some(pct) = result.discount_pct {
        out.push_str(&format!("the lines have a discount of {pct:.1} % in common\n"));
    }
    for note in &result.notes {
        out.push_str(&format!("note: {note}\n"));
    }
    if result.other_items > 0 {
        out.push_str(&format!("{} line items of other services are left out\n", result.other_items));
    }
    if !result.unknown.is_empty() {
        out.push_str(&format!("unknown prices: {}\n", result.unknown.join(", ")));
    }
    out
}
