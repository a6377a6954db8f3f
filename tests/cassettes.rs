//! Recorded AWS traffic: every frame re-encodes to the identical bytes, every exchange imports and
//! replays to the identical answer.
#![cfg(not(target_arch = "wasm32"))]

use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use rehearsal::bedrock::event_stream::decode_all;
use rehearsal::bedrock::{Headers, Request};
use rehearsal::catalog::Catalog;
use rehearsal::fixture::{Fixture, Library, yaml};
use rehearsal::import::{Importer, Redactor, from_cassette};
use rehearsal::mock::{Config, Mock};
use serde_json::Value;

/// The cassettes in the project, and those of a folder named in `BEDROCK_CASSETTES`.
fn cassettes() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/cassettes");
    let more = std::env::var_os("BEDROCK_CASSETTES").map(PathBuf::from);
    let mut files: Vec<PathBuf> = std::iter::once(own)
        .chain(more)
        .flat_map(|folder| std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())))
        .map(|entry| entry.expect("a folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    files
}

fn bytes_of(body: &Value) -> Vec<u8> {
    match body["string"]["!!binary"].as_str() {
        Some(encoded) => BASE64.decode(encoded.as_bytes()).expect("a cassette's base64 is base64"),
        None => body["string"].as_str().unwrap_or_default().as_bytes().to_vec(),
    }
}

#[test]
fn recorded_traffic_replays_to_the_byte() {
    let files = cassettes();
    let (mut exchanges, mut frames) = (0, 0);
    for file in &files {
        let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let text = std::fs::read_to_string(file).expect("a cassette is UTF-8");
        let (imported, skipped) = from_cassette(&name, &text).expect("it is a cassette");
        assert_eq!(skipped, [], "{name}");
        let mut importer = Importer::new(Redactor::new(&[]).expect("the usual patterns are valid"));
        let fixtures = imported.into_iter().filter_map(|exchange| importer.fixture(exchange).ok()).map(|imported| {
            assert_eq!(imported.redactions, 0, "{name}");
            // Through the file and back, as a team would keep it.
            let text = serde_json::to_string(&imported.document).expect("JSON is text");
            Fixture::read(serde_json::from_str(&text).expect("text is JSON"))
                .unwrap_or_else(|problems| panic!("{name}: {problems}"))
        });
        let library = Library::new(fixtures.collect::<Vec<_>>()).expect("ids are different");
        let mut mock = Mock::new(library, Catalog::full().clone(), Config::default());
        let document = yaml::parse(&text).expect("it is YAML");
        for interaction in document["interactions"].as_array().expect("it is a cassette") {
            let (sent, received) = (&interaction["request"], &interaction["response"]);
            let uri = sent["uri"].as_str().expect("a request has a uri");
            let request = Request {
                method: "POST".to_string(),
                path: uri.split("amazonaws.com").nth(1).expect("it was sent to AWS").to_string(),
                headers: Headers::default(),
                body: sent["body"].as_str().unwrap_or_default().as_bytes().to_vec(),
            };
            let expected = bytes_of(&received["body"]);
            let reply = mock.handle(&request, 0.0);
            assert_eq!(
                u64::from(reply.status),
                received["status"]["code"].as_u64().expect("a status"),
                "{name} {:?}",
                mock.ledger().records().collect::<Vec<_>>()
            );
            assert_eq!(reply.bytes(), expected, "{name}");
            exchanges += 1;
            if reply.headers.get("content-type").is_some_and(|kind| kind.contains("eventstream")) {
                let decoded = decode_all(&expected).expect("recorded frames decode");
                frames += decoded.len();
                let encoded: Vec<u8> =
                    decoded.iter().flat_map(|frame| frame.encode().expect("what decodes encodes")).collect();
                assert_eq!(encoded, expected, "{name}");
            }
        }
    }
    println!("{} cassettes, {exchanges} exchanges, {frames} frames", files.len());
    assert!(exchanges >= 10 && frames >= 50, "{exchanges} exchanges, {frames} frames");
}
