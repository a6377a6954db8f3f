//! The rooms of the core stand in `src/lib.rs` in groups, in the order of who may know whom: each room knows those of the
//! groups above its own only.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, each with the number of its group, the lowest first.
fn rooms() -> Vec<(String, usize)> {
    let text = fs::read_to_string("src/lib.rs").unwrap();
    let groups = text.split("\n\n").map(|group| {
        let rooms = group.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
        rooms.map(str::to_string).collect::<Vec<_>>()
    });
    let numbered = groups.filter(|rooms| !rooms.is_empty()).enumerate();
    numbered.flat_map(|(number, rooms)| rooms.into_iter().map(move |room| (room, number))).collect()
}

/// Every source of a room.
fn sources(at: &Path, found: &mut Vec<PathBuf>) {
    if at.is_dir() {
        let inside = fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path());
        inside.for_each(|path| sources(&path, found));
    } else if at.is_file() && at.extension().is_some_and(|extension| extension == "rs") {
        found.push(at.to_path_buf());
    }
}

/// A source without its comments and its tests, which may know everything; and the modules that are for tests only.
fn without_tests(text: &str) -> (String, Vec<String>) {
    let (mut kept, mut for_tests) = (String::new(), Vec::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let code = line.trim_start();
        if code.starts_with("#[cfg(test)]") || code.starts_with("#[cfg(all(test") {
            let indent = line.len() - code.len();
            let Some(item) = lines.next() else { break };
            if let Some(name) = item.trim_start().trim_start_matches("pub(crate) ").strip_prefix("mod ")
                && let Some(name) = name.strip_suffix(';')
            {
                for_tests.push(name.to_string());
                continue;
            }
            if item.trim_end().ends_with(';') || item.trim_end().ends_with(',') {
                continue;
            }
            // An item ends with the brace that stands where it began.
            let end = format!("{}}}", " ".repeat(indent));
            lines.by_ref().find(|line| *line == end);
            continue;
        }
        if !code.starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    (kept, for_tests)
}

/// The rooms that a source names.
fn named(code: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            // `use crate::{a, b::c}`.
            Some(several) => {
                let (mut depth, mut begins) = (0, true);
                for (at, c) in several.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => begins = true,
                        c if begins && !c.is_whitespace() => {
                            found.insert(word(&several[at..]));
                            begins = false;
                        }
                        _ => {}
                    }
                }
            }
            None => drop(found.insert(word(rest))),
        }
    }
    found
}

#[test]
fn each_room_knows_those_of_the_groups_above_it_only() {
    let rooms = rooms();
    assert!(rooms.len() > 20, "{rooms:?}");
    let group_of = |name: &str| rooms.iter().find(|(room, _)| room == name).map(|(_, group)| *group);
    let (mut looked_at, mut arrows, mut wrong) = (0, BTreeSet::new(), Vec::new());
    for (room, group) in &rooms {
        let mut files = Vec::new();
        sources(Path::new(&format!("src/{room}.rs")), &mut files);
        sources(Path::new(&format!("src/{room}")), &mut files);
        assert!(!files.is_empty(), "{room} has no source");
        let read: Vec<(PathBuf, String, Vec<String>)> = files
            .into_iter()
            .map(|path| {
                let (code, for_tests) = without_tests(&fs::read_to_string(&path).unwrap());
                (path, code, for_tests)
            })
            .collect();
        let for_tests: BTreeSet<&String> = read.iter().flat_map(|(_, _, names)| names).collect();
        let is_test = |path: &Path| {
            path.components().any(|part| for_tests.contains(&part.as_os_str().to_string_lossy().replace(".rs", "")))
        };
        for (path, code, _) in read.iter().filter(|(path, _, _)| !is_test(path)) {
            looked_at += 1;
            for other in named(code) {
                let Some(other_group) = group_of(&other).filter(|_| other != *room) else { continue };
                arrows.insert((room, other.clone()));
                if other_group >= *group {
                    wrong.push(format!("{} knows {other}, which stands no higher than {room}", path.display()));
                }
            }
        }
    }
    // What finds nothing proves nothing.
    assert!(looked_at > 300 && arrows.len() > 60, "{looked_at} sources, {} arrows", arrows.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_arrow_is_seen_however_it_is_written() {
    let all = |code: &str| named(&without_tests(code).0).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(all("use crate::sim::Plan;"), "sim");
    assert_eq!(all("use crate::{\n    cost::{self, Bill},\n    sim,\n};"), "cost sim");
    assert_eq!(all("fn f() { $crate::words::say() }"), "words");
    assert_eq!(all("// crate::sim\n#[cfg(test)]\nmod tests {\n    use crate::sim;\n}\nuse crate::cost::Bill;"), "cost");
    assert_eq!(all("#[cfg(test)]\nuse crate::sim;\nuse crate::cost::Bill;"), "cost");
}
