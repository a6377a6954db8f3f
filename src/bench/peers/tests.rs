//! Every form, by files that the tools wrote.

use super::super::document::Document;
use super::super::measured::Measured;

fn read(text: &str) -> Document {
    match Measured::read(text).expect("it is read").output {
        Measured::Document(document) => document,
        Measured::Series(_) => panic!("a document"),
    }
}

fn file(name: &str) -> String {
    let path = format!("{}/tests/data/peers/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The tool, its benchmarks, and of the first: requests, answers, their mean, first tokens.
fn check(text: &str, tool: &str, benchmarks: usize, requests: u64, completed: u64, mean_ms: f64, first: usize) {
    let document = read(text);
    assert_eq!((document.environment.client.as_str(), document.benchmarks.len()), (tool, benchmarks));
    let run = &document.benchmarks[0].runs[0];
    let mean = run.e2e_ms.iter().sum::<f64>() / run.e2e_ms.len() as f64;
    assert_eq!((run.requests, run.completed, run.ttft_ms.len()), (requests, completed, first), "{tool}");
    assert!((mean / mean_ms - 1.0).abs() < 1e-6, "{tool}: {mean}");
}

/// Means are those that the tools report themselves, or numpy of the same columns.
#[test]
fn raw_samples_of_other_tools() {
    check(&file("hyperfine.json"), "hyperfine", 2, 20, 20, 27.44821783, 0);
    check(&file("pytest-benchmark.json"), "pytest-benchmark", 2, 30, 30, 7.391055233, 0);
    check(&file("locust.json"), "locust", 2, 5, 2, 98.4, 0);
    check(&file("llmeter.jsonl"), "llmeter", 1, 10, 10, 110.7829483, 10);
    check(&file("guidellm.json"), "guidellm", 1, 6, 6, 128.964185715, 6);
    check(&file("aiperf.jsonl"), "aiperf", 1, 12, 12, 158.70134875, 12);
    check(&file("k6.json"), "k6", 1, 15, 12, 82.64757249999998, 0);
    check(&file("vllm.json"), "vllm", 1, 12, 9, 91.456038778132, 9);
    check(r#"{"sampling_mode":"Linear","iters":[1,2,4],"times":[1e6,2e6,4e6]}"#, "criterion", 1, 3, 3, 1.0, 0);
    check(
        r#"{"model_id":"m","ttfts":[0.1,0.2,0.0],"itls":[[0.01,0.03],[0.04],[]],"output_lens":[5,2,0],
            "errors":["","","Traceback\nValueError: 500"],"start_times":[1.0,1.5,2.0]}"#,
        "vllm",
        1,
        3,
        2,
        190.0,
        2,
    );
    check(
        "{\"type\":\"Metric\",\"data\":{\"type\":\"trend\"},\"metric\":\"http_req_duration\"}\n\
         {\"type\":\"Point\",\"metric\":\"http_req_duration\",\"data\":{\"value\":12.5,\"tags\":{\"name\":\"chat\",\"status\":\"200\",\"expected_response\":\"true\"}}}\n\
         {\"type\":\"Point\",\"metric\":\"http_req_failed\",\"data\":{\"value\":0,\"tags\":{}}}\n\
         {\"type\":\"Point\",\"metric\":\"http_req_duration\",\"data\":{\"value\":3,\"tags\":{\"name\":\"chat\",\"status\":\"503\",\"expected_response\":\"false\"}}}\n",
        "k6",
        1,
        2,
        1,
        12.5,
        0,
    );
    check(
        "metric_name,timestamp,metric_value,expected_response,name,status,error_code\n\
         http_reqs,1,1,true,chat,200,\nhttp_req_duration,1,12.5,true,chat,200,\nhttp_req_duration,1,9,false,chat,0,1050\n",
        "k6",
        1,
        2,
        1,
        12.5,
        0,
    );
    check(
        "request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status\n0.1,0,0,0.01,0.02,5,200\n0.2,0,0,0.01,0.04,5,500\n",
        "oha",
        1,
        2,
        1,
        20.0,
        0,
    );
    check(
        r#"{"benchmarks":[{"requests":{"successful":[{"request_latency":0.5,"time_to_first_token_ms":50,
            "inter_token_latency_ms":5,"output_tokens":9,"request_start_time":1.0}],"errored":[{"error":"x"}],"incomplete":[{}]}}]}"#,
        "guidellm",
        1,
        2,
        1,
        500.0,
        1,
    );
    check(
        r#"{"experiments":[{"experiment":{"mode":"concurrency","value":1},
            "requests":[{"timestamp":1000000000,"success":true,"response_timestamps":[1050000000,1200000000]}]}]}"#,
        "genai-perf",
        1,
        1,
        1,
        200.0,
        1,
    );
    let vllm = read(r#"{"ttfts":[0.1],"itls":[[0.01,0.03]],"output_lens":[5],"errors":[""]}"#);
    assert_eq!(vllm.benchmarks[0].runs[0].inter_token_ms, [10.0], "by count, not by piece");
}

#[test]
fn summaries_are_refused_with_the_option_that_writes_samples() {
    let check = |text: &str, option: &str| {
        let said = Measured::read(text).unwrap_err().to_string();
        assert!(said.contains(option) && said.contains("summary"), "{said}");
    };
    check(r#"{"request_throughput":1,"mean_ttft_ms":2}"#, "--save-detailed");
    check(r#"{"summary":{},"latencyPercentiles":{}}"#, "--output-format csv");
    check(r#"{"metrics":{"http_req_duration":{"avg":1}}}"#, "--out json=FILE");
    check(r#"{"median_abs_dev":{"point_estimate":1}}"#, "sample.json");
    check(r#"{"machine_info":{},"benchmarks":[{"name":"a","stats":{"mean":1}}]}"#, "--benchmark-json");
    check(r#"{"results":[{"command":"a","mean":1}]}"#, "--export-json");
    check(&file("aiperf-summary.json"), "profile_export.jsonl");
    check(&file("k6-summary.json"), "--out json=FILE");
    check(&file("vllm-summary.json"), "--save-detailed");
    check(&file("llmeter-stats.json"), "responses.jsonl");
    check(&file("locust_stats.csv"), "locust --headless --json");
    for unknown in ["{\"a\":1}", "[1,2]", "hello\nthere"] {
        let said = Measured::read(unknown).unwrap_err().to_string();
        assert!(said.contains("{\"unit\": \"ms\", \"better\": \"lower\", \"runs\": [[…], […]]}"), "{said}");
    }
}

/// A thousand characters may count more requests than anyone can hold: refused before any of them is made.
#[test]
fn counts_beyond_all_samples_are_refused() {
    let entry =
        |count: &str| format!(r#"[{{"name":"/","method":"GET","num_requests":1,"response_times":{{"130":{count}}}}}]"#);
    let refused = |count: &str| Measured::read(&entry(count)).err().map(|problems| problems.0[0].path.clone());
    assert_eq!(refused("9007199254740993").as_deref(), Some("response_times"));
    assert_eq!(refused("20000001").as_deref(), Some("response_times"));
    assert_eq!(refused("3"), None);
}
