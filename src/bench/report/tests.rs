use super::*;
use crate::bench::{
    Answer, Benchmark, BenchmarkResult, Call, Environment, Metric, Rule, Session, Terms, VirtualClient, compare,
    rehearse,
};
use crate::words::English;

/// A name that tries everything at once.
const HOSTILE: &str = "</script><img src=x onerror=alert(1)>\"'|::error title=x,y::owned%0A\n::add-mask::x <!channel> @here *b* `c` [l](javascript:1) =1+1";

struct Slow(f64);

impl VirtualClient for Slow {
    fn call(&mut self, call: &Call, _now_ms: f64) -> (f64, Answer) {
        // A spread of latencies, the same every time.
        let z = crate::stats::normal_quantile((call.id as f64 * 0.618_033_988_75).fract().clamp(0.001, 0.999));
        (self.0 * (300.0 + 40.0 * z), Answer { output_tokens: 5, ..Answer::default() })
    }
}

fn document(name: &str, factor: f64) -> Document {
    let benchmark = Benchmark { name: name.to_string(), measured: 200, runs: 1, ..Benchmark::default() };
    let mut result = BenchmarkResult::new(&benchmark);
    result.runs.push(rehearse(Session::new(&benchmark, &[10], 0.0), &mut Slow(factor)));
    let environment = Environment { clock: "virtual".into(), client: "simulator".into(), ..Environment::default() };
    Document { suite: name.to_string(), seed: 42, environment, benchmarks: vec![result] }
}

fn all_formats(name: &str) -> Vec<(Format, String)> {
    let (before, now) = (document(name, 1.0), document(name, 1.4));
    let family = compare(&before, &now, &Terms::of(&[Metric::P95], Rule::default())).unwrap();
    let report = Report { document: &now, baseline: Some(&before), family: Some(&family) };
    Format::ALL.map(|format| (format, report.render(format, &English))).into()
}

#[test]
fn a_hostile_name_breaks_nothing() {
    for (format, text) in all_formats(HOSTILE) {
        match format {
            Format::Html => {
                // Of equal rules the last one wins: what is for paper stands behind what it changes.
                let at = |rule: &str| text.find(rule).unwrap_or_else(|| panic!("{rule}"));
                assert!(at("@page { size: A4;") > at(".scroll { overflow-x: auto; }"));
                assert!(at(".scroll { overflow: visible; }") > at("white-space: nowrap;"));
                assert!(!text.contains("<img") && !text.contains("</script>"), "{text}");
                // Every tag is one of ours: what is between < and > begins with a known name.
                let known = "!doctype html head meta title style body main header h1 h2 h3 p section article strong div table tr th td figure figcaption svg path text desc details summary span dl dt dd";
                for tag in text.split('<').skip(1) {
                    let name: String = tag
                        .trim_start_matches('/')
                        .chars()
                        .take_while(|c| c.is_ascii_alphanumeric() || *c == '!')
                        .collect();
                    assert!(known.split(' ').any(|k| k == name), "<{tag}");
                }
            }
            Format::Github => {
                let lines: Vec<&str> = text.lines().collect();
                assert_eq!(lines.len(), 1, "{text}");
                let (command, data) = lines[0][2..].split_once("::").unwrap();
                assert!(command.starts_with("warning title=REGRESSION"), "{command}");
                assert!(!command["warning title=".len()..].contains([':', ',']), "{command}");
                assert!(data.contains("%250A"), "a percent sign is escaped first: {data}");
            }
            Format::Markdown => {
                assert!(!text.contains("<img") && !text.replace("\\]", "").contains("](javascript"), "{text}");
                assert!(!text.contains("@here"), "{text}");
                for line in text.lines().filter(|line| line.starts_with("| ")) {
                    let bars = line.replace("\\|", "").matches('|').count();
                    assert!([7, 8, 13].contains(&bars), "{bars} cells: {line}");
                }
            }
            Format::Slack => {
                assert!(!text.contains("<!channel>") && !text.contains("@here"), "{text}");
                let message: serde_json::Value = serde_json::from_str(&text).unwrap();
                assert!(message["blocks"].as_array().unwrap().len() <= 50);
            }
            Format::Csv => {
                let first = text.split("\n\"").nth(1).unwrap();
                assert!(first.starts_with("</script><img src=x onerror=alert(1)>\"\"'"), "{first}");
            }
            Format::Text => assert!(!text.contains("\n::add-mask"), "{text}"),
            Format::Json => assert_eq!(Document::read(&text).unwrap().output.suite, HOSTILE),
            Format::Original => {}
        }
    }
}

#[test]
fn a_formula_is_no_formula_in_a_spreadsheet() {}

/// The page needs nothing but itself, and says what the verdict says.
#[test]
fn the_html_report_stands_alone() {
    let (_, html) = all_formats("latency_haiku").swap_remove(0);
    for fetched in ["src=", "href=", "url(", "@import", "<script"] {
        assert!(!html.contains(fetched), "{fetched}");
    }
    assert!(html.contains("REGRESSION") && html.contains("<svg role=\"img\"") && html.contains("<desc>"));
}

#[test]
fn a_regression_is_a_warning_and_under_a_gate_an_error() {
    let check = |gate, factor, expected: &str| {
        let rule = Rule { gate, single_run: true, ..Rule::default() };
        let terms = Terms::of(&[Metric::P95], rule);
        let family = compare(&document("a", 1.0), &document("a", factor), &terms).unwrap();
        let said = github::annotations(&family, &English);
        assert!(said.starts_with(expected), "{said}");
    };
    check(false, 1.4, "::warning title=REGRESSION a::");
    check(true, 1.4, "::error title=REGRESSION a::");
    // Significant and too small to matter.
    check(true, 1.06, "::notice title=INCONCLUSIVE a::");
}
