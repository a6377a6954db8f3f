use crate::bench::document::Document;
use crate::chart::csv_field;

/// Every sample, a line each.
pub(super) fn render(document: &Document) -> String {
    let mut out = String::from("benchmark,run,request,start_ms,e2e_ms,ttft_ms,cost_usd\n");
    for benchmark in &document.benchmarks {
        let name = csv_field(&benchmark.name);
        for (number, run) in benchmark.runs.iter().enumerate() {
            for (index, e2e_ms) in run.e2e_ms.iter().enumerate() {
                let optional = |column: &[f64]| column.get(index).map(f64::to_string).unwrap_or_default();
                out.push_str(&format!(
                    "{name},{},{},{},{e2e_ms},{},{}\n",
                    number + 1,
                    index + 1,
                    optional(&run.start_ms),
                    optional(&run.ttft_ms),
                    optional(&run.cost_usd),
                ));
            }
        }
    }
    out
}
