use yew::platform::spawn_local;

use crate::platform::{drawing, files, page};

/// Saves a chart as a file of a kind: `svg`, `png`, or `csv`, which is the text.
pub fn save(kind: String, chart: &'static str, csv: String) {
    spawn_local(async move {
        let name = file_name(chart, &page::scenario_name(), &kind);
        match (kind.as_str(), drawing::of_chart(chart)) {
            // The mark tells spreadsheets that the text is UTF-8.
            ("csv", _) => files::save(&name, "text/csv", &format!("\u{feff}{csv}")),
            ("svg", Some(drawing)) => files::save(&name, "image/svg+xml", &drawing.svg),
            // A browser that cannot draw it has said so in its console.
            ("png", Some(drawing)) => drop(drawing::save_png(&drawing, &name).await),
            _ => {}
        }
    });
}

/// `latency-mangaassist.svg`: the chart and the scenario, in characters that every file system takes.
pub fn file_name(chart: &str, scenario: &str, kind: &str) -> String {
    let mut name = String::new();
    for c in format!("{chart} {scenario}").chars().take(80) {
        match c {
            c if c.is_alphanumeric() => name.extend(c.to_lowercase()),
            _ if name.ends_with('-') => {}
            _ => name.push('-'),
        }
    }
    format!("{}.{kind}", name.trim_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_after_chart_and_scenario() {
        assert_eq!(file_name("latency", "MangaAssist, whole answers", "svg"), "latency-mangaassist-whole-answers.svg");
        assert_eq!(file_name("load", "発売日 / 夜", "csv"), "load-発売日-夜.csv");
        assert_eq!(file_name("hours", "../..", "png"), "hours.png");
    }
}
