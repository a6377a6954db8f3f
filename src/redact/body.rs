//! Bodies of requests and answers: unpacked down to their strings, redacted, and packed again. Every
//! byte outside what was removed stays: numbers keep their digits, objects their order and spaces.

use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::bedrock::event_stream::{Decoder, Frame, HeaderValue};

use super::Redactor;
use super::pieces::{Piece, is_index, within};

/// A body without what was removed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RedactedBody {
    pub bytes: Vec<u8>,
    /// How often something was removed.
    pub count: usize,
    /// What could not be decoded and is not kept, in a sentence.
    pub left_out: Option<String>,
}

/// Why a body is not kept: nobody could look into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable(pub String);

impl Redactor {
    /// A body of any form: an event stream, server-sent events, JSON, lines of JSON, text.
    ///
    /// # Errors
    /// That it is none of them, so that no one can know what is in it.
    pub fn body(&self, content_type: &str, bytes: &[u8]) -> Result<RedactedBody, Undecodable> {
        if bytes.is_empty() {
            return Ok(RedactedBody { bytes: Vec::new(), count: 0, left_out: None });
        }
        if content_type.contains("vnd.amazon.eventstream") || bytes.first() == Some(&0) {
            return self.frames(bytes);
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err(Undecodable(format!(
                "its body of {} bytes is neither text nor an event stream (packed, or binary): what cannot be looked into is not kept",
                bytes.len()
            )));
        };
        Ok(self.lines(text))
    }

    /// A text that is JSON, has JSON on its lines or behind `data:`, or neither. What begins as JSON
    /// and is none, an event that was cut, hides how it goes on: it is not kept.
    fn lines(&self, text: &str) -> RedactedBody {
        let mut lost = 0;
        let mut parts: Vec<Part> = match Json::scan(text) {
            Some(json) => vec![Part::Json(json)],
            None => parts_of_lines(text, &mut lost),
        };
        let (text, count) = self.searched(text, &mut parts, lost > 0);
        let left_out = (lost > 0).then(|| {
            format!("{lost} bytes that begin as JSON and end before it does could not be read and are not kept")
        });
        RedactedBody { bytes: text.into_bytes(), count, left_out }
    }

    fn searched(&self, text: &str, parts: &mut Vec<Part>, cut: bool) -> (String, usize) {
        // Plain text that goes over many lines is one text.
        if !parts
            .iter()
            .any(|part| matches!(part, Part::Json(json) if json.text.starts_with(['{', '[', ' ', '\u{feff}'])))
        {
            let redaction = self.text(text);
            return (redaction.text, redaction.count);
        }
        let count = self.parts(parts, cut);
        (parts.drain(..).map(|part| part.written()).collect(), count)
    }

    /// Redacts the pieces of all parts together; of a text that was cut also what it breaks off in.
    fn parts(&self, parts: &mut [Part], cut: bool) -> usize {
        let mut all: Vec<Piece> = Vec::new();
        for part in parts.iter_mut() {
            all.append(part.pieces());
        }
        let mut count = self.pieces(&mut all);
        if cut {
            count += self.broken_off(&mut all);
        }
        let mut all = all.into_iter();
        for part in parts {
            let own = part.size();
            part.pieces().extend(all.by_ref().take(own));
        }
        count
    }

    /// Frames as far as they can be read.
    fn frames(&self, bytes: &[u8]) -> Result<RedactedBody, Undecodable> {
        let mut decoder = Decoder::new();
        decoder.push(bytes);
        let (mut frames, mut used) = (Vec::new(), 0);
        let broken = loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => {
                    used += frame.encode().map_or(0, |bytes| bytes.len());
                    frames.push(Unpacked::of(frame)?);
                }
                Ok(None) => break None,
                Err(error) => break Some(error.to_string()),
            }
        };
        if frames.is_empty() {
            return Err(Undecodable(format!("its body of {} bytes has no frame that can be read", bytes.len())));
        }
        let mut parts: Vec<Part> = frames.iter_mut().flat_map(|frame| std::mem::take(&mut frame.parts)).collect();
        let rest = bytes.len().saturating_sub(used);
        let mut count = self.parts(&mut parts, rest > 0);
        let mut parts = parts.into_iter();
        let mut out = Vec::with_capacity(bytes.len());
        for frame in frames {
            let own: Vec<Part> = parts.by_ref().take(frame.size).collect();
            let (packed, headers) = frame.packed(own, self);
            count += headers;
            let encoded = packed.encode().map_err(|error| Undecodable(error.to_string()))?;
            out.extend(encoded);
        }
        let left_out = (rest > 0).then(|| {
            let why = broken.map_or_else(String::new, |error| format!(" ({error})"));
            format!("{rest} bytes behind the last whole frame could not be read and are not kept{why}")
        });
        Ok(RedactedBody { bytes: out, count, left_out })
    }
}

/// A frame, and the parts of its payload.
struct Unpacked {
    frame: Frame,
    parts: Vec<Part>,
    size: usize,
    /// Whether the payload carries another document in base64.
    wrapped: bool,
}

impl Unpacked {
    fn of(frame: Frame) -> Result<Self, Undecodable> {
        if frame.payload.is_empty() {
            return Ok(Unpacked { frame, parts: Vec::new(), size: 0, wrapped: false });
        }
        let opaque = || {
            Undecodable(
                "a frame's payload is neither JSON nor text: what cannot be looked into is not kept".to_string(),
            )
        };
        let text = std::str::from_utf8(&frame.payload).map_err(|_| opaque())?;
        let payload: Option<Value> = crate::document::bounded(text.as_bytes()).ok();
        let inner = payload.as_ref().and_then(|payload| BASE64.decode(payload["bytes"].as_str()?.as_bytes()).ok());
        let mut outer = Part::of(text);
        let wrapped = inner.is_some();
        if let (Part::Json(json), true) = (&mut outer, wrapped) {
            json.leave_out("bytes");
        }
        let mut parts = vec![outer];
        if let Some(inner) = inner {
            let inner = String::from_utf8(inner).map_err(|_| opaque())?;
            parts.insert(0, Part::of(&inner));
        }
        let size = parts.len();
        Ok(Unpacked { frame, parts, size, wrapped })
    }

    /// The frame with its parts as they are now, and how often something was removed of its headers.
    fn packed(self, parts: Vec<Part>, redactor: &Redactor) -> (Frame, usize) {
        let mut frame = self.frame;
        let mut count = 0;
        for (_, value) in &mut frame.headers {
            match value {
                HeaderValue::String(text) => {
                    let redaction = redactor.text(text);
                    count += redaction.count;
                    *text = redaction.text;
                }
                HeaderValue::Bytes(bytes) => {
                    let redaction = redactor.text(&String::from_utf8_lossy(bytes));
                    if redaction.count > 0 {
                        count += redaction.count;
                        *bytes = redaction.text.into_bytes();
                    }
                }
                _ => {}
            }
        }
        let changed = parts.iter().map(Part::is_changed).collect::<Vec<_>>();
        let mut texts = parts.into_iter().map(|part| part.written());
        match (self.wrapped, changed.as_slice()) {
            (true, [inner, outer]) if *inner || *outer => {
                let (inner, outer) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
                let mut payload: Value = serde_json::from_str(&outer).unwrap_or_else(|_| json!({}));
                payload["bytes"] = json!(BASE64.encode(inner.as_bytes()));
                frame.payload = payload.to_string().into_bytes();
            }
            (false, [true]) => frame.payload = texts.next().unwrap_or_default().into_bytes(),
            _ => {}
        }
        (frame, count)
    }
}

/// A part of a body: JSON, or text around it.
enum Part {
    Json(Json),
    /// What is searched as it stands.
    Plain(Vec<Piece>),
}

impl Part {
    fn of(text: &str) -> Part {
        Json::scan(text).map_or_else(|| Part::Plain(vec![Piece::text("", "", text.to_string())]), Part::Json)
    }

    /// What is nobody's words: `data: `, a line's end.
    fn fixed(text: &str) -> Part {
        Part::Json(Json { text: text.to_string(), places: Vec::new(), pieces: Vec::new() })
    }

    fn pieces(&mut self) -> &mut Vec<Piece> {
        match self {
            Part::Json(json) => &mut json.pieces,
            Part::Plain(pieces) => pieces,
        }
    }

    fn size(&self) -> usize {
        match self {
            Part::Json(json) => json.places.len(),
            Part::Plain(_) => 1,
        }
    }

    fn is_changed(&self) -> bool {
        match self {
            Part::Json(Json { pieces, .. }) | Part::Plain(pieces) => pieces.iter().any(|piece| piece.changed),
        }
    }

    fn written(self) -> String {
        match self {
            Part::Json(json) => json.written(),
            Part::Plain(pieces) => pieces.into_iter().map(|piece| piece.text).collect(),
        }
    }
}

/// The lines of a text with their ends: a line feed, a carriage return, or both.
fn lines_of(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest.find(['\n', '\r'])?;
        let length = if rest.get(end..end + 2) == Some("\r\n") { 2 } else { 1 };
        let (line, after) = rest.split_at(end + length);
        rest = after;
        Some(line)
    })
    .chain(std::iter::once_with(move || rest_of_lines(text)))
    .filter(|line| !line.is_empty())
}

/// What stands behind the last line's end.
fn rest_of_lines(text: &str) -> &str {
    text.rfind(['\n', '\r']).map_or(text, |end| text.get(end + 1..).unwrap_or_default())
}

/// A line without its end, and the end.
fn ended(line: &str) -> (&str, &str) {
    line.split_at(line.trim_end_matches(['\n', '\r']).len())
}

/// The parts of a text: of each line the JSON by itself or behind `data:`, or its text. An event may have its
/// JSON on several lines. `lost` counts what is not kept.
fn parts_of_lines(text: &str, lost: &mut usize) -> Vec<Part> {
    let lines: Vec<&str> = lines_of(text).collect();
    // Only a text that has JSON on its lines has JSON that was cut.
    let content = |line: &str| {
        let (body, _) = ended(line);
        body.strip_prefix("data:").map_or(body, str::trim_start).len()
    };
    let is_streamed = lines.iter().any(|line| {
        let (body, _) = ended(line);
        let content = body.get(body.len() - content(line)..).unwrap_or_default();
        Json::scan(content).is_some()
    });
    let mut parts = Vec::with_capacity(3 * lines.len());
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let (body, end) = ended(line);
        let inner = body.get(body.len() - content(line)..).unwrap_or_default();
        let before = body.get(..body.len() - inner.len()).unwrap_or_default();
        let cut = inner.starts_with(['{', '[']) && Json::scan(inner).is_none() && inner != "[DONE]";
        if cut && !before.is_empty() {
            // The lines of one event are one text; between two of them may be space only.
            let more = lines.get(at..).unwrap_or_default().iter().take_while(|line| line.starts_with("data:")).count();
            let rest: Vec<&str> = lines.get(at..at + more).unwrap_or_default().to_vec();
            let whole = rest.iter().fold(inner.to_string(), |whole, line| {
                let (body, _) = ended(line);
                whole + " " + body.get(body.len() - content(line)..).unwrap_or_default()
            });
            if more > 0
                && let Some(json) = Json::scan(&whole)
            {
                let end = rest.last().map_or(end, |line| ended(line).1);
                parts.extend([Part::fixed(before), Part::Json(json), Part::fixed(end)]);
                at += more;
                continue;
            }
        }
        if cut && (is_streamed || !before.is_empty()) {
            *lost += inner.len();
            parts.push(Part::fixed(end));
            continue;
        }
        parts.extend([Part::fixed(before), Part::of(inner), Part::fixed(end)]);
    }
    parts
}

/// A JSON text, and where its pieces stand in it.
struct Json {
    text: String,
    /// Start and end of each piece's token.
    places: Vec<(usize, usize)>,
    pieces: Vec<Piece>,
}

impl Json {
    /// The text of an object or a list; `None` for everything else.
    fn scan(text: &str) -> Option<Json> {
        let trimmed = text.trim_start_matches('\u{feff}').trim_start();
        if !trimmed.starts_with(['{', '[']) {
            return None;
        }
        // Whether it is JSON at all, without building it.
        serde_json::from_str::<serde::de::IgnoredAny>(text.trim_start_matches('\u{feff}')).ok()?;
        let mut scanner =
            Scanner { text, at: 0, json: Json { text: text.to_string(), places: Vec::new(), pieces: Vec::new() } };
        scanner.run();
        Some(scanner.json)
    }

    /// Looks at no piece under this key: it is looked into by itself.
    fn leave_out(&mut self, key: &str) {
        let mut kept = self.pieces.iter().map(|piece| !piece.is_under(key)).collect::<Vec<_>>().into_iter();
        self.places.retain(|_| kept.next().unwrap_or(true));
        self.pieces.retain(|piece| !piece.is_under(key));
    }

    fn written(self) -> String {
        if !self.pieces.iter().any(|piece| piece.changed) {
            return self.text;
        }
        let mut out = String::with_capacity(self.text.len());
        let mut at = 0;
        for (piece, (start, end)) in self.pieces.iter().zip(&self.places).filter(|(piece, _)| piece.changed) {
            out.push_str(self.text.get(at..*start).unwrap_or_default());
            out.push_str(&json!(piece.text).to_string());
            at = *end;
        }
        out + self.text.get(at..).unwrap_or_default()
    }
}

/// Goes through the tokens of a text that is known to be JSON.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
    json: Json,
}

/// A collection on the way: the key or the index of what comes next.
enum Around {
    /// The key, the first of the object's pieces, and which block it says to belong to.
    Object(String, usize, String),
    List(usize),
}

impl Scanner<'_> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        let mut around: Vec<Around> = Vec::new();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'{' => around.push(Around::Object(String::new(), self.json.pieces.len(), String::new())),
                b'[' => around.push(Around::List(0)),
                b'}' | b']' => {
                    if let Some(Around::Object(_, first, index)) = around.pop()
                        && !index.is_empty()
                    {
                        within(self.json.pieces.get_mut(first..).unwrap_or_default(), &index);
                    }
                }
                b',' => {
                    if let Some(Around::List(index)) = around.last_mut() {
                        *index += 1;
                    }
                }
                b'"' => {
                    let (start, end) = (self.at, self.string_end());
                    let token = self.text.get(start..end).unwrap_or_default();
                    let text: String = serde_json::from_str(token).unwrap_or_default();
                    self.at = end;
                    let key = bytes.get(end..).and_then(|rest| rest.iter().find(|byte| !byte.is_ascii_whitespace()))
                        == Some(&b':');
                    let piece = if key {
                        if let Some(Around::Object(name, ..)) = around.last_mut() {
                            name.clone_from(&text);
                        }
                        Piece::key(text)
                    } else {
                        Piece::text(nearest(&around), &path(&around), text)
                    };
                    self.json.places.push((start, end));
                    self.json.pieces.push(piece);
                    continue;
                }
                b'0'..=b'9' | b'-' => {
                    let length = bytes
                        .get(self.at..)
                        .unwrap_or_default()
                        .iter()
                        .take_while(|byte| b"0123456789+-.eE".contains(byte))
                        .count();
                    let token = self.text.get(self.at..self.at + length).unwrap_or_default();
                    if let Some(Around::Object(name, _, index)) = around.last_mut()
                        && is_index(name)
                    {
                        *index = format!("{index}{name} {token} ");
                    }
                    if (12..=19).contains(&length) && token.bytes().all(|byte| byte.is_ascii_digit()) {
                        self.json.places.push((self.at, self.at + length));
                        self.json.pieces.push(Piece::number(token.to_string()));
                    }
                    self.at += length.max(1);
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// The place behind the string that begins here.
    fn string_end(&self) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' => at += 1,
                b'"' => return at + 1,
                _ => {}
            }
            at += 1;
        }
        bytes.len()
    }
}

/// The key around a value.
fn nearest(around: &[Around]) -> &str {
    let keys = around
        .iter()
        .rev()
        .filter_map(|around| if let Around::Object(key, ..) = around { Some(key.as_str()) } else { None });
    keys.into_iter().next().unwrap_or_default()
}

/// The way to a value; the items of a list are chunks that follow each other.
fn path(around: &[Around]) -> String {
    let around = if let [Around::List(_), inner @ ..] = around { inner } else { around };
    around
        .iter()
        .map(|around| match around {
            Around::Object(key, ..) => format!(".{key}"),
            Around::List(index) => format!("[{index}]"),
        })
        .collect()
}
