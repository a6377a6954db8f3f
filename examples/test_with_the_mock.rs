//! A chatbot's own code against the mock: an answer, an error with a retry, and what the calls cost.
//!
//! `cargo run --example test_with_the_mock`

use rehearsal::testing::{Answers, ask};

/// The code under test: asks, and says something polite when it cannot.
fn greet(client: &rehearsal::mock::MockBedrockClient, prompt: &str) -> String {
    ask(client, prompt).unwrap_or_else(|_| "Please try again in a moment.".to_string())
}

fn main() {
    let client = Answers::new().to("What are your store hours?", "Ten to nine, every day.").client();
    assert_eq!(greet(&client, "What are your store hours?"), "Ten to nine, every day.");

    client.force_error("ThrottlingException", "Too many requests, please wait before trying again.", 1).unwrap();
    assert_eq!(greet(&client, "What are your store hours?"), "Please try again in a moment.");

    println!("both answers are as expected");
}

#[test]
fn it_runs() {
    main();
}
