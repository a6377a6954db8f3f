//! What is removed, what stays, and that nothing gets around it.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::*;
use crate::bedrock::event_stream::{Frame, HeaderValue, decode_all};

fn redacted(text: &str) -> String {
    Redactor::usual().text(text).text
}

#[test]
fn what_stands_close_to_a_secret_is_looked_at_without_it() {
    let (card, phone) = ("4111 1111 1111 1111", "(555) 123-4567");
    assert_eq!(redacted(&format!("call {card}{phone} now")), "call {CREDIT_DEBIT_CARD_NUMBER}{PHONE} now");
    for text in [format!("{phone}{card}"), format!("{card}{card}{phone}"), format!("account 123456789012{phone}")] {
        let once = redacted(&text);
        assert_eq!(redacted(&once), once, "{text}");
    }
}

#[test]
fn secrets_are_removed() {
    let redactor = Redactor::new(&["MNG-\\d{4}-\\d+".to_string()]).unwrap();
    let check = |text: &str, expected: &str| assert_eq!(redactor.text(text).text, expected, "{text}");
    check("key AKIAIOSFODNN7EXAMPLE", "key {AWS_ACCESS_KEY}");
    check("Authorization: Bearer abcdefghijklmnop", "Authorization: {BEARER_TOKEN}");
    check("mail taro@example.co.jp please", "mail {EMAIL} please");
    check("電話は03-1234-5678です", "電話は{PHONE}です");
    check("call +81 90-1234-5678", "call {PHONE}");
    check("arn:aws:bedrock:us-east-1:123456789012:x", "arn:aws:bedrock:us-east-1:{AWS_ACCOUNT_ID}:x");
    check("account 1234-5678-9012.", "account {AWS_ACCOUNT_ID}.");
    check("bucket-123456789012-logs", "bucket-{AWS_ACCOUNT_ID}-logs");
    check("card 4111 1111 1111 1111", "card {CREDIT_DEBIT_CARD_NUMBER}");
    check("card 378282246310005", "card {CREDIT_DEBIT_CARD_NUMBER}");
    check("注文番号MNG-2024-78432", "注文番号{PATTERN_1}");
    check("use bedrock-api-key-YmVkcm9jay5hbWF6b25hd3M= now", "use {API_KEY} now");
    check("github_pat_11ABCDEFG0123456789_abcdefghij", "{API_KEY}");
    check("aws_session_token = IQoJb3JpZ2luX2VjEJr//////////wEaCXVz", "aws_session_token = {SECRET}");
    check("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_def!", "jwt {JWT}!");
    check("password=hunter2&x=1", "password={PASSWORD}&x=1");
    check("パスワードはhunter2です", "パスワードは{PASSWORD}です");
    check("{\\\"password\\\": \\\"hunter2\\\"}", "{\\\"password\\\": \\\"{PASSWORD}\\\"}");
    check("the password is hunter2", "the password is {PASSWORD}");
    check("http://u:PASS@host/x", "http://{URL_CREDENTIALS}@host/x");
    check("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb", "a\n{PEM}\nb");
    check("-----BEGIN PRIVATE KEY-----\nMIIE cut", "{PEM}");
    check("SSN 123-45-6789", "SSN {US_SOCIAL_SECURITY_NUMBER}");
    check("〒150-0001 東京都", "〒{JP_POSTAL_CODE} 東京都");
    check("郵便番号は150-0001", "郵便番号は{JP_POSTAL_CODE}");
    check("host 192.168.10.1, next", "host {IP_ADDRESS}, next");
    check("v6 2001:db8::8a2e:370:7334.", "v6 {IP_ADDRESS}.");
    check("taro (at) example (dot) com", "{EMAIL}");
}

#[test]
fn passwords_end_where_their_quotes_end() {
    let check = |text: &str, expected: &str| assert_eq!(redacted(text), expected, "{text}");
    check("password=\"correct hunter2 battery\" next", "password=\"{PASSWORD}\" next");
    check("pwd='abc 123 xyz'", "pwd='{PASSWORD}'");
    check("パスワードは「ひらけ ごま」です", "パスワードは「{PASSWORD}」です");
    check("password=秘密です", "password={PASSWORD}");
    check("PASSWORD＝ひみつ1234", "PASSWORD＝{PASSWORD}");
    check("パスワードは忘れました", "パスワードは忘れました");
}

#[test]
fn numbers_that_are_nobodys_stay() {
    for text in [
        "order-2026-1130-0042",
        "注文 2026-1130-0042",
        "tracking 1234-5678-9012",
        "JAN 4901234567894",
        "section 4.2.1.3 says",
        "version 1.2.3.4",
        "バージョン 1.2.3.4",
    ] {
        assert_eq!(redacted(text), text);
    }
    assert_eq!(redacted("AWS account 1234-5678-9012"), "AWS account {AWS_ACCOUNT_ID}");
    assert_eq!(redacted("conversion 10.0.0.1"), "conversion {IP_ADDRESS}");
}

/// Choices and outputs of one answer come in turns; each is one text.
#[test]
fn what_comes_in_turns_is_joined_by_its_index() {
    let chunk = |first: &str, second: &str| json!({"choices": [{"index": 0, "delta": {"content": first}}, {"delta": {"content": second}, "index": 1}]});
    let mut chunks =
        json!([chunk("call 090-12", "mail ha"), chunk("34-56", "nako@exam"), chunk("78 now", "ple.co.jp ok")]);
    assert_eq!(Redactor::usual().value(&mut chunks), 2);
    let texts = |choice: usize| -> String {
        let said = chunks.as_array().unwrap().iter().map(|chunk| &chunk["choices"][choice]["delta"]["content"]);
        said.filter_map(Value::as_str).collect()
    };
    assert_eq!((texts(0).as_str(), texts(1).as_str()), ("call {PHONE} now", "mail {EMAIL} ok"));
    let delta = |output: u64, text: &str| format!("data: {{\"output_index\":{output},\"delta\":\"{text}\"}}\n\n");
    let stream = [delta(0, "call 090-12"), delta(1, "ring 080-99"), delta(0, "34-5678"), delta(1, "88-7766")].concat();
    let body = Redactor::usual().body("text/event-stream", stream.as_bytes()).unwrap();
    assert_eq!(body.count, 2, "{}", String::from_utf8_lossy(&body.bytes));
}

/// However its lines end and wherever it was cut, a stream is read as its client reads it.
#[test]
fn a_stream_is_read_whatever_its_lines_are() {
    let events = [
        "{\"delta\":{\"content\":\"mail ha\"}}",
        "{\"delta\":{\"content\":\"nako@exam\"}}",
        "{\"delta\":{\"content\":\"ple.co.jp ok\"}}",
    ];
    for end in ["\n", "\r\n", "\r"] {
        let stream: String = events.iter().map(|event| format!("data: {event}{end}{end}")).collect();
        let body = Redactor::usual().body("text/event-stream", stream.as_bytes()).unwrap();
        let text = String::from_utf8(body.bytes).unwrap();
        assert_eq!((body.count, text.contains("nako"), text.ends_with(end)), (1, false, true), "{end:?} {text}");
    }
    let stream: String = events
        .iter()
        .map(|event| event.replacen(':', ":\ndata: ", 1))
        .map(|event| format!("data: {event}\n\n"))
        .collect();
    let body = Redactor::usual().body("text/event-stream", stream.as_bytes()).unwrap();
    assert_eq!(body.count, 1, "{}", String::from_utf8_lossy(&body.bytes));
    // The cut event is not kept, and that is said.
    let cut = format!("data: {}\n\ndata: {}\n\ndata: {{\"delta\":{{\"content\":\"ple.co.jp ok\"", events[0], events[1]);
    let body = Redactor::usual().body("text/event-stream", cut.as_bytes()).unwrap();
    assert!(body.left_out.is_some_and(|said| said.starts_with("34 bytes")));
    let kept = String::from_utf8_lossy(&body.bytes);
    assert!(!kept.contains("ple.co.jp") && !kept.contains("nako") && kept.contains("mail {CUT}"), "{kept}");
}

#[test]
fn phone_numbers_in_the_forms_people_write() {
    for phone in [
        "03-1234-5678",
        "(03) 1234-5678",
        "03(1234)5678",
        "090 1234 5678",
        "09012345678",
        "0120-123-456",
        "０９０－１２３４－５６７８",
        "０３ー１２３４ー５６７８",
        "(555) 123-4567",
        "(555)123-4567",
        "555-123-4567",
        "555.123.4567",
        "1-800-555-0199",
        "+1 (555) 123-4567",
        "+81-90-1234-5678",
        "+819012345678",
        "020 7946 0958",
        "+44 20 7946 0958",
        "06 12 34 56 78",
        "030/1234567",
    ] {
        for around in ["tel {}", "{}", "TEL:{}", "「{}」", "name,{},x", "call {}.", "({})"] {
            let text = around.replace("{}", phone);
            let out = redacted(&text);
            assert!(out.contains("{PHONE}") && !out.bytes().any(|byte| byte.is_ascii_digit()), "{text} became {out}");
        }
    }
}

#[test]
fn what_names_no_one_stays() {
    for text in [
        "¥528、全23巻、ISBN 978-4-06-384276-0",
        "2026-11-29 23:16:41.123456789012",
        "[0.0123456789, -0.0987654321012]",
        "id 550e8400-e29b-41d4-a716-446655440000",
        "id 12345678-0123-4567-8901-123456789012",
        "01/02/2024 12:30",
        "3.14159265358979",
        "1,000,000 messages a day",
        "order MNG-2024-78432",
        "tooluse_0123456789",
        "v1.2.3",
        "sha 0123456789abcdef",
        "std::net::Ipv4Addr",
        "12:30:45",
        "1700000000000",
        "data-01-02",
        "max_tokens: 1024",
        "token: the smallest part",
        "passwords are kept safe",
        "data:image/png",
        "us.anthropic.claude-3-5-sonnet-20241022-v2:0",
        "{EMAIL} and {PHONE}",
        "page 100 200 3000",
        "10% off & more",
    ] {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn hidden_letters_and_escapes_hide_nothing() {
    for text in [
        "taro@exa\u{200b}mple.co.jp",
        "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏ．ｊｐ",
        "taro%40example.co.jp",
        "taro\\u0040example.co.jp",
        "taro&#64;example.co.jp",
    ] {
        assert_eq!(redacted(text), "{EMAIL}", "{text}");
    }
    assert_eq!(redacted("ＡＫＩＡＩＯＳＦＯＤＮＮ７ＥＸＡＭＰＬＥ"), "{AWS_ACCESS_KEY}");
    // As a tool's input in a stream has them: JSON that escapes everything beyond ASCII.
    for text in [
        "０９０－１２３４－５６７８",
        "〒150-0001",
        "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏ．ｊｐ",
        "taro@exa\u{200b}mple.co.jp",
    ] {
        let escape = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) };
        let json: String = text.chars().map(escape).collect();
        // The sign before a postal code is no part of it, and stays as it was written.
        let found = |text: &str| redacted(text).split_once('{').map(|(_, found)| found.to_string());
        assert!(found(&json).is_some(), "{json}");
        assert_eq!(found(&json), found(text), "{json}");
        let percent = |c: char| {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).bytes();
            bytes.map(|byte| if byte < 0x80 { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
        };
        let address: Vec<String> = text.chars().map(percent).collect();
        assert_eq!(found(&address.concat()), found(text), "{address:?}");
    }
}

#[test]
fn own_patterns_must_be_patterns() {
    assert!(Redactor::new(&["(".to_string()]).is_err());
    let long = Redactor::new(&["(".repeat(100_000)]).unwrap_err();
    assert!(long.chars().count() <= 200, "{}", long.len());
    let empty = Redactor::new(&["x*".to_string()]).unwrap();
    assert_eq!(empty.text("abc").text, "abc");
    assert_eq!(Redactor::new(&["鈴木".to_string()]).unwrap().text("鈴木さん　１").text, "{PATTERN_1}さん　１");
}

/// A body of each form with an address cut across its pieces, as events.
fn streams() -> Vec<(&'static str, Vec<Value>)> {
    let parts = ["mail ha", "nako@exam", "ple.co.jp now"];
    let each = |form: fn(&str) -> Value| parts.iter().map(|part| form(part)).collect::<Vec<_>>();
    vec![
        ("titan", each(|text| json!({"outputText": text, "index": 0}))),
        ("llama", each(|text| json!({"generation": text, "prompt_token_count": null}))),
        ("mistral", each(|text| json!({"outputs": [{"text": text, "stop_reason": null}]}))),
        ("cohere", each(|text| json!({"event_type": "text-generation", "text": text}))),
        ("cohere generations", each(|text| json!({"generations": [{"text": text}]}))),
        ("deepseek", each(|text| json!({"choices": [{"text": text, "stop_reason": null}]}))),
        ("openai", each(|text| json!({"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {"content": text}}]}))),
        ("responses", each(|text| json!({"type": "response.output_text.delta", "item_id": "m", "delta": text}))),
        (
            "claude",
            each(
                |text| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}),
            ),
        ),
        (
            "claude tools",
            each(
                |text| json!({"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": text}}),
            ),
        ),
        ("nova", each(|text| json!({"contentBlockDelta": {"delta": {"text": text}, "contentBlockIndex": 0}}))),
        (
            "nova, a block each",
            parts
                .iter()
                .enumerate()
                .map(
                    |(index, text)| json!({"contentBlockDelta": {"delta": {"text": text}, "contentBlockIndex": index}}),
                )
                .collect(),
        ),
        ("unknown", each(|text| json!({"id": "same", "out": [{"words": text}]}))),
    ]
}

fn chunk(event: &Value) -> Frame {
    let header = |name: &str, value: &str| (name.to_string(), HeaderValue::String(value.to_string()));
    let payload = json!({"bytes": BASE64.encode(event.to_string().as_bytes()), "p": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"}).to_string().into_bytes();
    Frame { headers: vec![header(":event-type", "chunk"), header(":message-type", "event")], payload }
}

fn is_free(name: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for part in ["hanako", "ha\"", "nako", "exam", "ple.co"] {
        assert!(!text.contains(part), "{name}: {part} in {text}");
    }
    assert!(text.contains("{EMAIL}"), "{name}: {text}");
}

#[test]
fn streams_are_joined_before_they_are_searched() {
    let redactor = Redactor::usual();
    for (name, events) in streams() {
        let frames: Vec<Frame> = events.iter().map(chunk).collect();
        let bytes: Vec<u8> = frames.iter().flat_map(|frame| frame.encode().unwrap()).collect();
        let body = redactor.body("application/vnd.amazon.eventstream", &bytes).unwrap();
        assert_eq!(body.count, 1, "{name}");
        let decoded = decode_all(&body.bytes).unwrap();
        assert_eq!(decoded.len(), frames.len(), "{name}: every frame stays");
        let inner: Vec<u8> = decoded
            .iter()
            .flat_map(|frame| {
                BASE64
                    .decode(
                        serde_json::from_slice::<Value>(&frame.payload).unwrap()["bytes"].as_str().unwrap().as_bytes(),
                    )
                    .unwrap()
            })
            .collect();
        is_free(name, &inner);
        for form in ["data: {}\n\n", "{}\n", "event: x\r\ndata:{}\r\n\r\n"] {
            let text: String = events.iter().map(|event| form.replace("{}", &event.to_string())).collect();
            let body = redactor.body("text/event-stream", text.as_bytes()).unwrap();
            is_free(name, &body.bytes);
            assert_eq!(body.bytes.iter().filter(|byte| **byte == b'\n').count(), text.matches('\n').count());
        }
        let list = Value::Array(events);
        is_free(name, &redactor.body("application/json", list.to_string().as_bytes()).unwrap().bytes);
        let mut value = list;
        assert_eq!(redactor.value(&mut value), 1, "{name}");
        is_free(name, value.to_string().as_bytes());
    }
}

#[test]
fn blocks_that_come_in_turns_are_told_apart() {
    let delta = |index: u64, json: &str| json!({"type": "content_block_delta", "index": index, "delta": {"partial_json": json}});
    let events = [delta(0, "hanako@exam"), delta(1, "one"), delta(0, "ple.co.jp"), delta(1, "two")];
    let text: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    is_free("turns", &Redactor::usual().body("text/event-stream", text.as_bytes()).unwrap().bytes);
}

#[test]
fn cut_frames_headers_and_what_is_packed() {
    let redactor = Redactor::usual();
    let kind = "application/vnd.amazon.eventstream";
    let (_, events) = streams().remove(0);
    let whole: Vec<u8> = events.iter().flat_map(|event| chunk(event).encode().unwrap()).collect();
    for cut in [whole.len() - 1, whole.len() - 40] {
        let body = redactor.body(kind, &whole[..cut]).unwrap();
        assert!(body.left_out.is_some_and(|said| said.contains("not kept")));
        assert!(decode_all(&body.bytes).unwrap().len() == 2);
    }
    let mut trailing = whole.clone();
    trailing.push(7);
    let body = redactor.body(kind, &trailing).unwrap();
    assert_eq!(
        body.left_out.as_deref(),
        Some("1 bytes behind the last whole frame could not be read and are not kept")
    );
    assert_eq!(body.count, 1);
    let header = |name: &str, value: &str| (name.to_string(), HeaderValue::String(value.to_string()));
    let error = Frame {
        headers: vec![header(":error-message", "User: arn:aws:iam::123456789012:user/x")],
        payload: Vec::new(),
    };
    let body = redactor.body(kind, &error.encode().unwrap()).unwrap();
    assert!(!String::from_utf8_lossy(&body.bytes).contains("123456789012") && body.count == 1);
    for opaque in [&[0x1F, 0x8B, 8, 0, 0xFF][..], &[0xFF, 0xFE, 0xFD][..], &[0, 0, 0, 1][..]] {
        assert!(redactor.body("application/json", opaque).is_err());
    }
}

#[test]
fn only_what_was_found_changes() {
    let body = "{ \"embedding\": [0.0123456789012, -1e-7, 0.10],  \"a\\u0062\": \"x\",\n \"arn\": \"arn:aws:bedrock:us-east-1:123456789012:model/x\", \"n\": 1.0 }";
    let out = Redactor::usual().body("application/json", body.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(out.bytes).unwrap(), body.replace("123456789012:", "{AWS_ACCOUNT_ID}:"));
    assert_eq!(out.count, 1);
    let clean = "{\"a\":\t[1,2 , \"\\u3042\"]}\n";
    assert_eq!(Redactor::usual().body("application/json", clean.as_bytes()).unwrap().bytes, clean.as_bytes());
}

#[test]
fn keys_numbers_and_values_under_telling_keys() {
    let mut value = json!({"taro@example.co.jp": 1, "hanako@example.co.jp": 2, "password": "x", "account": 123456789012u64, "card": 4111111111111111u64,
        "tokens": 1234567890123u64, "nested": [{"api_key": "short"}], "nextToken": "plain"});
    assert_eq!(Redactor::usual().value(&mut value), 6);
    assert_eq!(
        value,
        json!({"{EMAIL}": 1, "{EMAIL}_": 2, "password": "{SECRET}", "account": "{AWS_ACCOUNT_ID}", "card": "{CREDIT_DEBIT_CARD_NUMBER}",
        "tokens": 1234567890123u64, "nested": [{"api_key": "{SECRET}"}], "nextToken": "plain"})
    );
    let text = r#"{"taro@example.co.jp":{"card":4111111111111111},"password":"p"}"#;
    let out = Redactor::usual().body("application/json", text.as_bytes()).unwrap();
    assert_eq!(
        String::from_utf8(out.bytes).unwrap(),
        r#"{"{EMAIL}":{"card":"{CREDIT_DEBIT_CARD_NUMBER}"},"password":"{SECRET}"}"#
    );
}

/// Long texts of any kind take time in proportion.
#[test]
fn a_long_text_is_searched_in_time() {
    for unit in
        ["a", "1", "1-", "0.", "@", "a@b.", "::", "-----BEGIN ", "password=", "eyJaaaaaaaa.", "sk-", "%40", "あ"]
    {
        let text = unit.repeat(100_000 / unit.len());
        let begun = std::time::Instant::now();
        let _ = redacted(&text);
        assert!(begun.elapsed().as_secs() < 10, "{unit}: {:?}", begun.elapsed());
        println!("{unit}: {:?}", begun.elapsed());
    }
}
