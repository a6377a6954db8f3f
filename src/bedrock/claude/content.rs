//! The messages and the system prompt of a body of Anthropic's own.

use serde_json::{Map, Value};

use crate::bedrock::ask::{AskBlock, Role, Turn};
use crate::bedrock::converse::search_result;
use crate::bedrock::exception::Exception;
use crate::bedrock::media::{Media, MediaFault, MediaKind};

use super::forms::{cache_mark, should_be, text_at};
use super::read::marked;

/// The system prompt: a text, or blocks of text.
pub(super) fn system(value: Option<&Value>) -> Result<Vec<AskBlock>, Exception> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![AskBlock::Text(text.clone())]),
        Some(Value::Array(blocks)) => {
            let read = |(index, block): (usize, &Value)| {
                let path = format!("system.{index}");
                let text = text_at(&block["text"], &format!("{path}.text"))?;
                Ok(marked(AskBlock::Text(text), block, &path)?.collect::<Vec<_>>())
            };
            let blocks: Result<Vec<Vec<AskBlock>>, Exception> = blocks.iter().enumerate().map(read).collect();
            Ok(blocks?.concat())
        }
        Some(_) => Err(Exception::validation("system: Input should be a valid string")),
    }
}

/// The messages, each by itself.
pub(super) fn turns(messages: &[Value], newest: bool) -> Result<Vec<Turn>, Exception> {
    messages
        .iter()
        .enumerate()
        .map(|(index, message)| turn(index, message, index + 1 == messages.len(), newest))
        .collect()
}

fn turn(index: usize, message: &Value, last: bool, newest: bool) -> Result<Turn, Exception> {
    no_more(message, &format!("messages.{index}"), &["role", "content", "effort"])?;
    let role = match message["role"].as_str() {
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("system") => Role::System,
        _ => {
            let message = format!("messages.{index}.role: Input should be 'user' or 'assistant'");
            return Err(Exception::validation(message));
        }
    };
    let mut blocks = Vec::new();
    match &message["content"] {
        Value::String(text) => blocks.push(AskBlock::Text(text.clone())),
        Value::Array(content) => {
            for (at, block) in content.iter().enumerate() {
                let path = format!("messages.{index}.content.{at}");
                let read = content_block(&path, role, block, newest)?;
                blocks.extend(marked(read, block, &path)?);
            }
        }
        Value::Null => return Err(Exception::validation(format!("messages.{index}.content: Field required"))),
        _ => return Err(should_be(&format!("messages.{index}.content"), "a valid list")),
    }
    let empty = AskBlock::Text(String::new());
    if (blocks.is_empty() || blocks == [empty.clone()]) && !(last && role == Role::Assistant) {
        return Err(Exception::validation(
            "messages: all messages must have non-empty content except for the optional final assistant message",
        ));
    }
    let blank = |block: &AskBlock| matches!(block, AskBlock::ToolResult { blank: Some(_), .. });
    if (blocks.len() > 1 && blocks.contains(&empty)) || blocks.iter().any(blank) {
        return Err(Exception::validation("messages: text content blocks must be non-empty"));
    }
    Ok(Turn { role, blocks })
}

/// Members of the content blocks whose form has long been the same.
const MEMBERS: [(&str, &[&str]); 5] = [
    ("text", &["type", "text", "citations", "cache_control"]),
    ("tool_use", &["type", "id", "name", "input", "caller", "cache_control"]),
    ("tool_result", &["type", "tool_use_id", "content", "is_error", "cache_control"]),
    ("thinking", &["type", "thinking", "signature"]),
    ("redacted_thinking", &["type", "data"]),
];

/// Refuses members that no one knows.
fn no_more(value: &Value, path: &str, allowed: &[&str]) -> Result<(), Exception> {
    let mut keys = value.as_object().into_iter().flat_map(Map::keys);
    match keys.find(|key| !allowed.contains(&key.as_str())) {
        None => Ok(()),
        Some(unknown) => Err(Exception::validation(format!("{path}.{unknown}: Extra inputs are not permitted"))),
    }
}

fn content_block(path: &str, role: Role, block: &Value, newest: bool) -> Result<AskBlock, Exception> {
    let kind = block["type"].as_str();
    let required = |name: &str| text_at(&block[name], &format!("{path}.{}.{name}", kind.unwrap_or("text")));
    if let Some((kind, members)) = MEMBERS.iter().find(|(known, _)| kind == Some(known)) {
        no_more(block, &format!("{path}.{kind}"), members)?;
    }
    match kind {
        Some("text") => {
            let cited = block["citations"].as_array().is_some_and(|citations| !citations.is_empty());
            if newest && role == Role::User && cited {
                return Err(Exception::validation(format!("{path}.text.citations: Extra inputs are not permitted")));
            }
            Ok(AskBlock::Text(required("text")?))
        }
        Some(kind @ ("tool_use" | "server_tool_use")) => {
            let (name, id, input) = (required("name")?, required("id")?, block["input"].clone());
            if !(input.is_object() || input.is_null()) {
                return Err(should_be(&format!("{path}.{kind}.input"), "a valid dictionary"));
            }
            Ok(AskBlock::ToolUse { name, id, input, server: kind == "server_tool_use" })
        }
        Some("tool_result") => tool_result(path, role, required("tool_use_id")?, &block["content"]),
        Some("thinking" | "redacted_thinking") if role != Role::Assistant => Err(Exception::validation(format!(
            "{path}: `{}` blocks may only be in `assistant` messages",
            kind.unwrap_or_default()
        ))),
        Some("thinking") => {
            let text = required("thinking")?;
            required("signature")?;
            Ok(AskBlock::Reasoning { text, signed: true })
        }
        Some("redacted_thinking") => Ok(AskBlock::Reasoning { text: String::new(), signed: true }),
        Some("document") if newest && role == Role::Assistant => {
            Err(Exception::validation(format!("{path}: document blocks are not permitted in assistant messages")))
        }
        Some(kind @ ("image" | "document")) => medium(path, kind, block),
        Some("search_result") => Ok(AskBlock::SearchResult(search_result(block))),
        Some(kind @ ("web_search_tool_result" | "container_upload")) => Ok(AskBlock::Other(kind.to_string())),
        Some(kind) => Err(Exception::validation(format!(
            "{path}: Input tag '{kind}' found using 'type' does not match any of the expected tags: 'document', 'image', 'redacted_thinking', 'search_result', 'server_tool_use', 'text', 'thinking', 'tool_result', 'tool_use', 'web_search_tool_result'"
        ))),
        None => Err(Exception::validation(format!("{path}.type: Field required"))),
    }
}

fn medium(path: &str, kind: &str, block: &Value) -> Result<AskBlock, Exception> {
    let media_kind = if kind == "image" { MediaKind::Image } else { MediaKind::Document };
    let path = format!("{path}.{kind}.source");
    let source = &block["source"];
    if source.is_null() {
        return Err(Exception::validation(format!("{path}: Field required")));
    }
    if !source.is_object() {
        return Err(should_be(&path, "a valid dictionary or object to extract fields from"));
    }
    let sources: &[&str] = if kind == "image" { &["base64", "url"] } else { &["base64", "content", "text", "url"] };
    let from = text_at(&source["type"], &format!("{path}.type"))?;
    if !sources.contains(&from.as_str()) {
        let tags: Vec<String> = sources.iter().map(|tag| format!("'{tag}'")).collect();
        return Err(Exception::validation(format!(
            "{path}: Input tag '{from}' found using 'type' does not match any of the expected tags: {}",
            tags.join(", ")
        )));
    }
    if from == "base64" {
        text_at(&source["data"], &format!("{path}.base64.data"))?;
        text_at(&source["media_type"], &format!("{path}.base64.media_type"))?;
    }
    let media = Media::anthropic(media_kind, block);
    match media.fault {
        None => Ok(AskBlock::Media(media)),
        Some(fault) => Err(Exception::validation(faulty(&path, &media, fault))),
    }
}

/// What the provider says of an image or a PDF that is none.
///
/// # Source
/// Of bytes that are no image, a notebook of samples on Bedrock, September 2026; the others are the first-party words.
fn faulty(path: &str, media: &Media, fault: MediaFault) -> String {
    let said = &media.format;
    match fault {
        MediaFault::Format => {
            format!("{path}.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'")
        }
        MediaFault::NotBase64 => format!("{path}.base64: invalid base64 data"),
        MediaFault::Is(found) => format!(
            "{path}.base64.data: The image was specified using the image/{said} media type, but the image appears to be a image/{found} image"
        ),
        MediaFault::Unreadable if media.kind == MediaKind::Image => "Invalid or unsupported image format".to_string(),
        MediaFault::Unreadable => format!("{path}.base64.data: The PDF specified was not valid."),
    }
}

fn tool_result(path: &str, role: Role, id: String, content: &Value) -> Result<AskBlock, Exception> {
    let mut text = String::new();
    let mut media = Vec::new();
    let mut blank = None;
    match content {
        Value::String(said) => text.clone_from(said),
        Value::Array(parts) => {
            for (at, part) in parts.iter().enumerate() {
                let path = format!("{path}.tool_result.content.{at}");
                cache_mark(part, &path)?;
                match content_block(&path, role, part, false)? {
                    AskBlock::Text(said) => {
                        blank = blank.or(said.is_empty().then_some(at));
                        text.push_str(&said);
                    }
                    AskBlock::SearchResult(said) => text.push_str(&said),
                    AskBlock::Media(medium) => media.push(medium),
                    _ => {}
                }
            }
        }
        _ => {}
    }
    Ok(AskBlock::ToolResult { id, text, media, blank, server: false })
}
