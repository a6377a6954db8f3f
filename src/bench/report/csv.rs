use crate::bench::document::Document;

/// Every sample, a line each.
pub(super) fn render(document: &Document) -> String {
    let mut out = String::from("benchmark,run,request,start_ms,e2e_ms,ttft_ms,cost_usd\n");
    for benchmark in &document.benchmarks {
        let name = field(&benchmark.name);
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

/// A field in quotes where it needs them. One that a spreadsheet would take for a formula is
/// marked as text.
pub(super) fn field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_string() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
