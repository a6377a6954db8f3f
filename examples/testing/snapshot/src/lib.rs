//! A snapshot test: a whole run is kept as a file, and a later one says what differs from it.

/// The questions of a run.
pub const QUESTIONS: [&str; 2] = ["営業時間は?", "送料は?"];

#[cfg(test)]
mod tests {
    use rehearsal::bedrock::{Headers, Request};
    use rehearsal::testing::{Answers, Snapshot};

    use super::*;

    fn run(postage: &str) -> Snapshot {
        let client = Answers::new().to(QUESTIONS[0], "10時からです。").to(QUESTIONS[1], postage).client();
        let exchanges = QUESTIONS.map(|question| {
            let body = format!(r#"{{"messages":[{{"role":"user","content":[{{"text":"{question}"}}]}}]}}"#);
            let request = Request {
                method: "POST".to_string(),
                path: "/model/global.anthropic.claude-haiku-4-5-20251001-v1:0/converse".to_string(),
                headers: Headers::default(),
                body: body.into_bytes(),
            };
            let reply = client.send(&request);
            (request, reply)
        });
        Snapshot::of(exchanges.iter().map(|(request, reply)| (request, reply)))
    }

    #[test]
    fn a_later_run_is_held_against_the_file() {
        // A team keeps this text in its repository, and writes it anew when a change is meant.
        let kept = run("3,000円以上は無料です。").to_text();
        let kept = Snapshot::read(&kept).unwrap();
        assert_eq!(kept.differences(&run("3,000円以上は無料です。")), []);
        // Another text, and with it other counts of tokens.
        let found = kept.differences(&run("無料です。"));
        assert!(found.iter().all(|difference| difference.name == found[0].name), "one call differs: {found:?}");
        assert_eq!(found.iter().find(|difference| difference.path.ends_with("text")).unwrap().after, "無料です。");
    }
}
