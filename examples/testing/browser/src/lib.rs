//! A test in a headless browser: code that will run as WebAssembly, against the mock, with no server anywhere.
//!
//! ```text
//! cargo install wasm-bindgen-cli     # brings wasm-bindgen-test-runner, of the version in Cargo.lock
//! CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner CHROMEDRIVER=/path/to/chromedriver \
//!     cargo test --package browser --target wasm32-unknown-unknown
//! ```

/// The first sentence of an answer, for a bubble with little room.
pub fn first_sentence(answer: &str) -> &str {
    answer.find(['。', '.', '!', '?']).map_or(answer, |at| {
        let end = answer[at..].chars().next().map_or(0, char::len_utf8);
        &answer[..at + end]
    })
}

/// The same tests run natively and in a browser.
#[cfg(test)]
mod tests {
    use rehearsal::testing::{Answers, ask};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[cfg(target_arch = "wasm32")]
    wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

    #[test]
    fn a_bubble_holds_the_first_sentence() {
        let client = Answers::new().to("在庫は?", "第1巻はございます。第2巻は売り切れです。").client();
        let answer = ask(&client, "在庫は?").unwrap();
        assert_eq!(first_sentence(&answer), "第1巻はございます。");
    }

    #[test]
    fn a_refusal_reaches_the_page_in_the_services_words() {
        let client = Answers::new().to("在庫は?", "ございます。").client();
        client.force_error("ThrottlingException", "Too many requests.", 1).unwrap();
        assert_eq!(ask(&client, "在庫は?").unwrap_err(), "Too many requests.");
        assert_eq!(ask(&client, "在庫は?").unwrap(), "ございます。");
    }
}
