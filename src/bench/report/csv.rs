use crate::bench::document::Document;
use crate::spreadsheet::{Cell, Csv};

/// Every sample, a line each.
pub(super) fn render(document: &Document) -> String {
    let mut csv = Csv::new(["benchmark", "run", "request", "start_ms", "e2e_ms", "ttft_ms", "cost_usd"]);
    for benchmark in &document.benchmarks {
        for (number, run) in benchmark.runs.iter().enumerate() {
            for (index, e2e_ms) in run.e2e_ms.iter().enumerate() {
                let optional = |column: &[f64]| Cell::from(column.get(index).copied());
                csv.row([
                    benchmark.name.as_str().into(),
                    (number as u64 + 1).into(),
                    (index as u64 + 1).into(),
                    optional(&run.start_ms),
                    (*e2e_ms).into(),
                    optional(&run.ttft_ms),
                    optional(&run.cost_usd),
                ]);
            }
        }
    }
    csv.into_text()
}
