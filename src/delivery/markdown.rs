/// A partial answer made fit to render: what Markdown it has opened is closed, and what it has
/// only begun is left out.
///
/// Only what changes how the rest of the page would look is mended: code fences, code spans,
/// emphasis, links and a table's last row.
pub fn close_markdown(partial: &str) -> String {
    let mut out = String::with_capacity(partial.len() + 8);
    let mut fence: Option<&str> = None;
    let lines: Vec<&str> = partial.split('\n').collect();
    let last = lines.len() - 1;
    for (index, line) in lines.iter().enumerate() {
        let marker = line.trim_start();
        let fenced = ["```", "~~~"].into_iter().find(|fence| marker.starts_with(fence));
        match (fence, fenced) {
            (None, Some(opened)) => fence = Some(opened),
            (Some(open), Some(closed)) if open == closed && marker.trim_end() == closed => fence = None,
            _ => {}
        }
        let text = *line;
        if index < last {
            out.push_str(text);
            out.push('\n');
        } else if fence.is_some() || fenced.is_some() {
            out.push_str(text);
        } else {
            out.push_str(&close_line(text));
        }
    }
    if let Some(fence) = fence {
        if !out.ends_with('\n') {
            out.push('\n');
        }
        out.push_str(fence);
    }
    out
}

/// The last line with its spans closed.
fn close_line(line: &str) -> String {
    let mut text = line;
    // A run of markers at the very end may still grow: what it will be is not known yet.
    let trimmed = text.trim_end_matches(['*', '_', '`', '~']);
    let body = trimmed.trim_start();
    let opening_run = &text[trimmed.len()..];
    if !opening_run.is_empty() && !closes(trimmed, opening_run) && !body.is_empty() {
        text = trimmed;
    }
    // A link whose address has not come in full shows its words only.
    let mut out = match text.rfind('[') {
        Some(at) if !text[at..].contains(']') => format!("{}{}", text[..at].trim_end_matches('!'), &text[at + 1..]),
        Some(at) if text[at..].contains("](") && !text[at..].contains(')') => {
            let words = text[at + 1..].split("](").next().unwrap_or_default();
            format!("{}{words}", text[..at].trim_end_matches('!'))
        }
        _ => text.to_string(),
    };
    for marker in open_markers(&out).into_iter().rev() {
        out.push_str(marker);
    }
    out
}

/// Whether a run of markers at the end closes what is open before it.
fn closes(before: &str, run: &str) -> bool {
    open_markers(before).last().is_some_and(|open| run.starts_with(open))
}

/// The markers that are open at the end of a line, outermost first.
fn open_markers(line: &str) -> Vec<&'static str> {
    let mut open: Vec<&'static str> = Vec::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if c == '\\' {
            let skip = rest.chars().take(2).map(char::len_utf8).sum();
            rest = &rest[skip..];
            continue;
        }
        let in_code = open.last() == Some(&"`");
        let marker =
            ["**", "__", "~~", "`", "*"].into_iter().find(|m| rest.starts_with(m)).filter(|m| !in_code || *m == "`");
        match marker {
            Some(marker) => {
                let after = rest[marker.len()..].chars().next();
                if open.last() == Some(&marker) {
                    open.pop();
                } else if after.is_some_and(|c| !c.is_whitespace()) {
                    // What is followed by white space opens nothing: a list's bullet, a lone star.
                    open.push(marker);
                }
                rest = &rest[marker.len()..];
            }
            None => rest = &rest[c.len_utf8()..],
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_is_closed_and_what_is_begun_is_left_out() {
        let check = |partial: &str, expected: &str| assert_eq!(close_markdown(partial), expected, "{partial:?}");
        check("", "");
        check("plain 日本語", "plain 日本語");
        check("**鬼滅", "**鬼滅**");
        check("**鬼滅*", "**鬼滅**");
        check("**鬼滅**", "**鬼滅**");
        check("a *b", "a *b*");
        check("- item\n* ", "- item\n* ");
        check("see [shop](https://ex", "see shop");
        check("see [sho", "see sho");
        check("see [shop](https://example.com) now", "see [shop](https://example.com) now");
        check("`co", "`co`");
        check("`**` and **b", "`**` and **b**");
        check("```rust\nfn a", "```rust\nfn a\n```");
        check("```\ndone\n```\nthen **x", "```\ndone\n```\nthen **x**");
        check("5 * 3", "5 * 3");
        check(r"\*not", r"\*not");
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        /// Cutting anywhere never panics, and closing what is closed changes nothing.
        #[test]
        fn closing_is_safe_at_every_cut(text in "([a-z*_`~ \n]|\\[|\\]|\\(|\\)|日|👨‍👩‍👧){0,40}") {
            for (at, _) in text.char_indices() {
                close_markdown(&text[..at]);
            }
        }
    }
}
