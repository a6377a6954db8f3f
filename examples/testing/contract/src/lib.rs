//! A contract test: what a proxy of one's own sends on must still be an answer of Bedrock.

/// A proxy that hides which model answered, as a team might write one.
pub fn forward(body: &str) -> String {
    body.replace("claude", "assistant")
}

#[cfg(test)]
mod tests {
    use rehearsal::bedrock::Operation;
    use rehearsal::testing::contract_violations;

    use super::*;

    const ANSWER: &str = r#"{"output":{"message":{"role":"assistant","content":[{"text":"I am claude."}]}},
        "stopReason":"end_turn","usage":{"inputTokens":4,"outputTokens":5,"totalTokens":9},"metrics":{"latencyMs":419}}"#;

    #[test]
    fn what_is_sent_on_keeps_the_contract() {
        assert_eq!(contract_violations(Operation::Converse, 200, forward(ANSWER).as_bytes()), Vec::<String>::new());
    }

    #[test]
    fn a_member_that_is_lost_is_named() {
        let mut body: serde_json::Value = serde_json::from_str(ANSWER).unwrap();
        body.as_object_mut().unwrap().remove("stopReason");
        let found = contract_violations(Operation::Converse, 200, body.to_string().as_bytes());
        assert!(found.iter().any(|violation| violation.contains("stopReason")), "{found:?}");
    }
}
