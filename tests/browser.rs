//! What must hold in a browser as it does natively.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

mod digests;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn every_preset_gives_its_recorded_day() {
    digests::check();
}

/// The reference bill, to the digit, in WebAssembly.
#[wasm_bindgen_test]
fn the_reference_bill() {
    let scenario = rehearsal::scenario::Scenario::default();
    let estimate =
        rehearsal::cost::estimate(&scenario, &rehearsal::catalog::Catalog::reference()).expect("it is valid");
    assert_eq!(estimate.total_daily_cost_usd.map(|usd| usd.dollars()), Some(1959.2125));
}

/// The original's results, recomputed in WebAssembly.
#[wasm_bindgen_test]
fn the_originals_results() {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("vectors/seed_reference.json")).expect("it is JSON");
    let (recomputed, unknown) = rehearsal::compat::recompute(&file).expect("it is of its own form");
    assert_eq!(recomputed, file);
    assert!(unknown.is_empty());
}

/// The four kinds of test that a chatbot needs, as a team writes them in a browser.
mod kinds {
    use rehearsal::bedrock::{Headers, Operation, Request};
    use rehearsal::catalog::HAIKU;
    use rehearsal::mock::MockBedrockClient;
    use rehearsal::testing::{Answers, Chain, Snapshot, ask, contract_violations, hostile_texts};
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn unit() {
        let client = Answers::new().to("こんにちは", "いらっしゃいませ。").client();
        assert_eq!(ask(&client, "こんにちは").as_deref(), Ok("いらっしゃいませ。"));
    }

    /// A Japanese template of the library feeds a chain of services.
    #[wasm_bindgen_test]
    fn integration() {
        let template = include_str!("../fixtures/order_status_template.json");
        let client = Answers::new().file("order_status_template.json", template).client();
        for (order, status) in [("MNG-2026-10231", "出荷準備中"), ("MNG-2026-10233", "配達中")] {
            let said = Chain::new(order)
                .step("session", |order| Ok(format!("注文番号{order}の配送状況を教えてください")))
                .step("model", |prompt| ask(&client, &prompt))
                .step("delivery", |answer| Ok(format!("<p>{answer}</p>")))
                .finish();
            let said = said.expect("every step answers");
            assert!(said.starts_with(&format!("<p>ご注文 {order}")) && said.contains(status), "{said}");
        }
        assert_eq!(client.usage_report().total.calls, 2);
    }

    fn run(client: &MockBedrockClient) -> (Snapshot, Vec<Vec<u8>>) {
        let exchange = |operation: Operation| {
            let request = Request {
                method: "POST".to_string(),
                path: format!("/model/{HAIKU}/{}", operation.segment()),
                headers: Headers::default(),
                body: r#"{"messages":[{"role":"user","content":[{"text":"在庫は?"}]}]}"#.into(),
            };
            let reply = client.send(&request);
            (request, reply)
        };
        let exchanges = [Operation::Converse, Operation::ConverseStream].map(exchange);
        let bodies = exchanges.iter().map(|(_, reply)| reply.bytes()).collect();
        (Snapshot::of(exchanges.iter().map(|(request, reply)| (request, reply))), bodies)
    }

    /// A recorded run: its bytes keep the contract, and its snapshot is what later runs give.
    #[wasm_bindgen_test]
    fn contract() {
        let client = || Answers::new().to("在庫は?", "第1巻は在庫がございます。").client();
        let (recorded, bodies) = run(&client());
        for (operation, body) in [Operation::Converse, Operation::ConverseStream].into_iter().zip(&bodies) {
            assert_eq!(contract_violations(operation, 200, body), Vec::<String>::new());
        }
        let kept = Snapshot::read(&recorded.to_text()).expect("a snapshot reads back");
        assert_eq!(kept.differences(&run(&client()).0), []);
        let other = Answers::new().to("在庫は?", "第2巻は在庫がございます。").client();
        assert_eq!(kept.differences(&run(&other).0).len(), 2);
    }

    #[wasm_bindgen_test]
    fn property() {
        for text in hostile_texts(42, 50) {
            let client = Answers::new().to("q", &text).client();
            assert_eq!(ask(&client, "q").as_ref(), Ok(&text), "no character is lost");
        }
    }
}
