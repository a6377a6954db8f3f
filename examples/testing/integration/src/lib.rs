//! An integration test: the steps of a chatbot one after the other, fed by a folder of fixtures.

/// The prompt for an order's number.
///
/// # Errors
/// A number of another form.
pub fn prompt(order: &str) -> Result<String, String> {
    if order.starts_with("MNG-") {
        Ok(format!("注文{order}の状況は?"))
    } else {
        Err(format!("{order} is no order"))
    }
}

/// What the page shows.
///
/// # Errors
/// An empty answer.
pub fn page(answer: &str) -> Result<String, String> {
    if answer.is_empty() { Err("the answer is empty".to_string()) } else { Ok(format!("<p>{answer}</p>")) }
}

#[cfg(test)]
mod tests {
    use rehearsal::catalog::Catalog;
    use rehearsal::fixture::Library;
    use rehearsal::mock::{Config, Mock, MockBedrockClient};
    use rehearsal::testing::{Chain, ask};

    use super::*;

    /// A team keeps its fixtures beside its tests; here they are written first.
    fn client() -> MockBedrockClient {
        let folder = tempfile::tempdir().unwrap();
        let fixture =
            r#"{"version": 1, "fixture_id": "order_1", "prompt": "注文MNG-1の状況は?", "answer": "発送済みです。"}"#;
        std::fs::write(folder.path().join("order_1.json"), fixture).unwrap();
        let library = Library::open(folder.path()).unwrap();
        MockBedrockClient::new(Mock::new(library, Catalog::full().clone(), Config::default()))
    }

    #[test]
    fn every_step_takes_what_the_one_before_gave() {
        let client = client();
        let run = |order: &str| {
            let order = order.to_string();
            Chain::new(order)
                .step("prompt", |order| prompt(&order))
                .step("model", |prompt| ask(&client, &prompt))
                .step("page", |answer| page(&answer))
                .finish()
        };
        assert_eq!(run("MNG-1").as_deref(), Ok("<p>発送済みです。</p>"));
        // A failure names its step.
        assert_eq!(run("1").unwrap_err(), "prompt: 1 is no order");
        assert_eq!(client.usage_report().total.calls, 1);
    }
}
