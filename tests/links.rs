//! Links that were made by released versions, read for ever: `tests/links/*.txt` is never changed,
//! only added to, and what each says is frozen in its snapshot.

#![cfg(not(target_arch = "wasm32"))]

use std::io::Read;

use data_encoding::BASE64URL_NOPAD;
use rehearsal::workspace::{LINK_PREFIX, MAX_TEXT, Workspace};

/// What a link holds.
fn unpacked(link: &str) -> String {
    let packed = link.trim().strip_prefix(LINK_PREFIX).unwrap();
    let bytes = BASE64URL_NOPAD.decode(packed.as_bytes()).unwrap();
    let mut text = String::new();
    flate2::read::DeflateDecoder::new(bytes.as_slice()).take(MAX_TEXT as u64).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn links_of_every_release_are_read() {
    let mut names: Vec<_> = std::fs::read_dir("tests/links")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .collect();
    names.sort();
    assert!(names.len() >= 3);
    for path in names {
        let link = std::fs::read_to_string(&path).unwrap();
        let read = Workspace::load(&unpacked(&link)).unwrap_or_else(|problems| panic!("{path:?}: {problems}"));
        assert_eq!(read.warnings, [], "{path:?}");
        let document = serde_json::to_string_pretty(&read.output.to_document()).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        insta::with_settings!({ snapshot_path => "links", prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, document);
        });
        let again = Workspace::load(&read.output.to_json()).unwrap().output;
        assert_eq!(again, read.output, "what was read is written and read again");
    }
}
