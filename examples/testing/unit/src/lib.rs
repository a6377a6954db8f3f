//! A unit test: one function of a chatbot against a known answer, and against the service's refusal.

/// Whoever answers a prompt: Bedrock in production, the mock in tests.
pub trait Model {
    /// The text of the answer.
    ///
    /// # Errors
    /// What the service says.
    fn ask(&self, prompt: &str) -> Result<String, String>;
}

/// What a customer reads: the answer, after one more try where the service was busy.
pub fn reply(model: &impl Model, prompt: &str) -> String {
    let answer = model.ask(prompt).or_else(|_| model.ask(prompt));
    answer.unwrap_or_else(|_| "ただいま混み合っています。".to_string())
}

#[cfg(test)]
mod tests {
    use rehearsal::mock::MockBedrockClient;
    use rehearsal::testing::{Answers, ask};

    use super::*;

    impl Model for MockBedrockClient {
        fn ask(&self, prompt: &str) -> Result<String, String> {
            ask(self, prompt)
        }
    }

    fn store() -> MockBedrockClient {
        Answers::new().to("営業時間は?", "毎日10時から21時までです。").client()
    }

    #[test]
    fn a_customer_reads_the_answer() {
        assert_eq!(reply(&store(), "営業時間は?"), "毎日10時から21時までです。");
    }

    #[test]
    fn one_refusal_is_tried_again_and_two_are_said() {
        let store = store();
        store.force_error("ThrottlingException", "Too many requests.", 1).unwrap();
        assert_eq!(reply(&store, "営業時間は?"), "毎日10時から21時までです。");
        store.force_error("ThrottlingException", "Too many requests.", 2).unwrap();
        assert_eq!(reply(&store, "営業時間は?"), "ただいま混み合っています。");
    }
}
