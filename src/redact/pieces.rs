//! Pieces of text and what they add up to. A secret may run over the borders of chunks, blocks and
//! frames: pieces that are read one after the other are joined before they are searched, and what is
//! found is cut out of every piece that it lies in.

use std::collections::{BTreeMap, BTreeSet};

use super::{Redactor, Span, numbers, placeholder, replaced, texts};

/// A text in a document: a string, the key of an object, or a number of many digits.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub text: String,
    kind: Kind,
    /// The key it stands under, or the nearest around it.
    name: String,
    /// Its way through the document; chunks of one form have it in common.
    path: String,
    /// The block, choice or output of the answer that it belongs to, as the objects around it say.
    pub block: String,
    pub changed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Key,
    Number,
}

/// Fields in which the services write what people read, in pieces, whatever stands around them.
const SAID: [&str; 16] = [
    "text",
    "generation",
    "outputText",
    "completion",
    "content",
    "output_text",
    "delta",
    "partial_json",
    "input",
    "thinking",
    "reasoning",
    "reasoning_content",
    "arguments",
    "message",
    "answer",
    "refusal",
];
/// What Claude's frames are padded with: a beginning of it stands under `p`.
const PADDING: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

impl Piece {
    pub fn text(name: &str, path: &str, text: String) -> Self {
        Piece {
            text,
            kind: Kind::Text,
            name: name.to_string(),
            path: path.to_string(),
            block: String::new(),
            changed: false,
        }
    }

    pub fn key(text: String) -> Self {
        Piece { kind: Kind::Key, ..Piece::text("", "", text) }
    }

    /// A whole number of twelve digits or more.
    pub fn number(digits: String) -> Self {
        Piece { kind: Kind::Number, ..Piece::text("", "", digits) }
    }

    fn is_said(&self) -> bool {
        self.kind == Kind::Text && SAID.contains(&self.name.as_str())
    }

    pub fn is_under(&self, key: &str) -> bool {
        self.kind == Kind::Text && self.name == key
    }

    fn is_padding(&self) -> bool {
        self.name == "p" && PADDING.starts_with(&self.text)
    }

    fn set(&mut self, text: String) {
        self.text = text;
        self.changed = true;
    }
}

impl Redactor {
    /// Redacts pieces in the order in which they are read; gives how often something was removed.
    pub(super) fn pieces(&self, pieces: &mut [Piece]) -> usize {
        // What is said, block by block; then as one text, where blocks follow one another and do not
        // come in turns; then what has the same place in every chunk. Each piece by itself comes last:
        // half of an address may look like one, too.
        let mut count = self.joined(pieces, |piece| piece.is_said().then(|| format!("{} {}", piece.name, piece.block)));
        let in_turns = in_turns(pieces);
        count += self
            .joined(pieces, |piece| (piece.is_said() && !in_turns.contains(&piece.name)).then(|| piece.name.clone()));
        count +=
            self.joined(pieces, |piece| (piece.kind == Kind::Text && !piece.is_said()).then(|| piece.path.clone()));
        count + pieces.iter_mut().map(|piece| self.piece(piece)).sum::<usize>()
    }

    /// Removes what a stream that was cut breaks off in: the beginning of an address or a number, which no rule
    /// knows without its end.
    pub(super) fn broken_off(&self, pieces: &mut [Piece]) -> usize {
        let mut blocks: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, piece) in pieces.iter().enumerate().filter(|(_, piece)| piece.is_said()) {
            blocks.entry(format!("{} {}", piece.name, piece.block)).or_default().push(index);
        }
        let mut count = 0;
        for members in blocks.into_values() {
            let (mut text, mut starts) = (String::new(), Vec::new());
            for index in &members {
                starts.push(text.len());
                text.push_str(pieces.get(*index).map_or("", |piece| &piece.text));
            }
            let begin = text.rfind(char::is_whitespace).map_or(0, |space| space + 1);
            let last = text.get(begin..).unwrap_or_default();
            let digits = last.bytes().filter(u8::is_ascii_digit).count();
            if (last.contains('@') || digits >= 4) && is_secret(last) {
                cut_out(pieces, &members, &starts, Span { start: begin, end: text.len(), name: "CUT" });
                count += 1;
            }
        }
        count
    }

    /// One piece by itself.
    fn piece(&self, piece: &mut Piece) -> usize {
        match piece.kind {
            Kind::Number => {
                let Some(name) = numbers::whole(&piece.text) else { return 0 };
                piece.set(placeholder(name));
                1
            }
            Kind::Text if piece.is_padding() => 0,
            Kind::Text if texts::is_secret_key(&piece.name) && is_secret(&piece.text) => {
                piece.set(placeholder("SECRET"));
                1
            }
            _ => {
                let spans = self.find(&piece.text);
                if !spans.is_empty() {
                    let text = replaced(&piece.text, &spans);
                    let count = spans.len();
                    piece.set(text);
                    return count;
                }
                0
            }
        }
    }

    /// The pieces of each group, joined.
    fn joined(&self, pieces: &mut [Piece], group: impl Fn(&Piece) -> Option<String>) -> usize {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, piece) in pieces.iter().enumerate().filter(|(_, piece)| !piece.is_padding()) {
            if let Some(name) = group(piece) {
                groups.entry(name).or_default().push(index);
            }
        }
        let mut count = 0;
        for members in groups.into_values().filter(|members| members.len() > 1) {
            count += self.run(pieces, &runs(pieces, members));
        }
        count
    }

    fn run(&self, pieces: &mut [Piece], runs: &[Vec<usize>]) -> usize {
        let mut count = 0;
        for members in runs.iter().filter(|members| members.len() > 1) {
            let (mut text, mut starts) = (String::new(), Vec::new());
            for index in members {
                starts.push(text.len());
                text.push_str(pieces.get(*index).map_or("", |piece| &piece.text));
            }
            // From the end, so that places before stay where they are.
            for span in self.find(&text).into_iter().rev() {
                cut_out(pieces, members, &starts, span);
                count += 1;
            }
        }
        count
    }
}

/// Whether a value under the key of a secret is one: not empty, and not removed already.
fn is_secret(text: &str) -> bool {
    let removed = text.starts_with('{') && text.ends_with('}');
    !removed && !text.trim().is_empty()
}

/// The fields whose blocks come in turns: one goes on after another has begun.
fn in_turns(pieces: &[Piece]) -> BTreeSet<String> {
    let mut blocks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for piece in pieces.iter().filter(|piece| piece.is_said()) {
        let seen = blocks.entry(&piece.name).or_default();
        if seen.last() == Some(&piece.block.as_str()) {
            continue;
        }
        if seen.contains(&piece.block.as_str()) {
            found.insert(piece.name.clone());
        } else if seen.len() < MAX_BLOCKS {
            seen.push(&piece.block);
        }
    }
    found
}

/// The most blocks of a field that are told apart.
const MAX_BLOCKS: usize = 1000;
/// Where an object says which block, choice or output of an answer it belongs to.
const INDEXES: [&str; 5] = ["index", "contentBlockIndex", "content_index", "output_index", "summary_index"];

/// Whether a key says which block its object belongs to.
pub(super) fn is_index(key: &str) -> bool {
    INDEXES.contains(&key)
}

/// Says of the pieces of an object which block they belong to.
pub(super) fn within(pieces: &mut [Piece], index: &str) {
    for piece in pieces.iter_mut().filter(|piece| piece.kind == Kind::Text) {
        piece.block.insert_str(0, index);
    }
}

/// Members that are read on from one another. The same id or type in every chunk is no text that
/// goes on.
fn runs(pieces: &[Piece], members: Vec<usize>) -> Vec<Vec<usize>> {
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for index in members {
        let repeated = |last: &usize| {
            let (Some(before), Some(piece)) = (pieces.get(*last), pieces.get(index)) else { return true };
            !piece.is_said() && before.text == piece.text
        };
        match runs.last_mut().filter(|run| !run.last().is_some_and(repeated)) {
            Some(run) => run.push(index),
            None => runs.push(vec![index]),
        }
    }
    runs
}

/// Cuts a span of the joined text out of its pieces; the first of them gets what stands for it. Also
/// what lies in one piece: what tells that it is a secret may stand in the one before.
fn cut_out(pieces: &mut [Piece], members: &[usize], starts: &[usize], span: Span<'_>) {
    let parts: Vec<(usize, usize, usize)> = members
        .iter()
        .zip(starts)
        .filter_map(|(index, start)| {
            let length = pieces.get(*index)?.text.len();
            let (from, to) = (span.start.max(*start), span.end.min(start + length));
            (from < to).then(|| (*index, from - start, to - start))
        })
        .collect();
    for (order, (index, from, to)) in parts.into_iter().enumerate() {
        let Some(piece) = pieces.get_mut(index) else { continue };
        let (before, after) = (piece.text.get(..from).unwrap_or_default(), piece.text.get(to..).unwrap_or_default());
        let middle = if order == 0 { placeholder(span.name) } else { String::new() };
        let text = format!("{before}{middle}{after}");
        piece.set(text);
    }
}
