//! The conversation of a body: its system prompt and its turns.

use serde_json::Value;

use crate::bedrock::ask::{AskBlock, CacheTtl, Role, Turn};
use crate::bedrock::exception::Exception;
use crate::bedrock::media::{Media, MediaKind};

/// The blocks of the system prompt.
pub fn system(value: &Value) -> Result<Vec<AskBlock>, Exception> {
    let blocks = value.as_array().into_iter().flatten().enumerate().map(|(index, block)| {
        if let Some(text) = block["text"].as_str() {
            if text.trim().is_empty() {
                return Err(Exception::validation(format!(
                    "The text field in the SystemContentBlock object at system.{index} is blank. Add text to the text field, and try again."
                )));
            }
            return Ok(AskBlock::Text(text.to_string()));
        }
        Ok(common(block))
    });
    blocks.collect()
}

/// What the system prompt and messages share: guarded text and cache points.
fn common(block: &Value) -> AskBlock {
    if let Some(text) = block["guardContent"]["text"]["text"].as_str() {
        return AskBlock::Guarded(text.to_string());
    }
    if block["cachePoint"].is_object() {
        return AskBlock::CachePoint(CacheTtl::of(&block["cachePoint"]["ttl"]));
    }
    let kind = block.as_object().and_then(|block| block.keys().next()).map_or("", String::as_str);
    AskBlock::Other(kind.to_string())
}

/// The turns of a conversation, each by itself.
pub fn turns(messages: &[Value]) -> Result<Vec<Turn>, Exception> {
    messages.iter().enumerate().map(|(index, message)| turn(index, message)).collect()
}

fn turn(index: usize, message: &Value) -> Result<Turn, Exception> {
    let role = match message["role"].as_str() {
        Some("assistant") => Role::Assistant,
        Some("system") => Role::System,
        _ => Role::User,
    };
    let blocks = message["content"].as_array().filter(|blocks| !blocks.is_empty()).ok_or_else(|| {
        Exception::validation(format!(
            "The content field in the Message object at messages.{index} is empty. Add a ContentBlock object to the content field and try again."
        ))
    })?;
    let blocks =
        blocks.iter().enumerate().map(|(at, block)| content_block(&format!("messages.{index}.content.{at}"), block));
    Ok(Turn { role, blocks: blocks.collect::<Result<_, _>>()? })
}

fn content_block(path: &str, block: &Value) -> Result<AskBlock, Exception> {
    let mut members = block.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    let Some((kind, value)) = members.next() else { return Ok(AskBlock::Other(String::new())) };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    Ok(match kind.as_str() {
        "text" => match value.as_str() {
            // A line break alone is taken, as recorded; nothing and spaces are not.
            Some(text) if text.contains('\n') || !text.trim().is_empty() => AskBlock::Text(text.to_string()),
            _ => {
                return Err(Exception::validation(format!(
                    "The text field in the ContentBlock object at {path} is blank. Add text to the text field, and try again."
                )));
            }
        },
        "toolUse" => AskBlock::ToolUse {
            id: text(&value["toolUseId"]),
            name: text(&value["name"]),
            input: value["input"].clone(),
            server: value["type"] == "server_tool_use",
        },
        "toolResult" => tool_result(value),
        "reasoningContent" => AskBlock::Reasoning {
            text: text(&value["reasoningText"]["text"]),
            signed: value["reasoningText"]["signature"].is_string() || value["redactedContent"].is_string(),
        },
        "searchResult" => AskBlock::SearchResult(search_result(value)),
        "citationsContent" => {
            let parts = value["content"].as_array().into_iter().flatten();
            AskBlock::Text(parts.filter_map(|part| part["text"].as_str()).collect())
        }
        other => match MediaKind::from_key(other) {
            Some(kind) => AskBlock::Media(Media::converse(kind, value)),
            None => common(block),
        },
    })
}

fn tool_result(value: &Value) -> AskBlock {
    let parts = value["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut text = String::new();
    let mut media = Vec::new();
    let mut blank = None;
    for (at, part) in parts.iter().enumerate() {
        if let Some(said) = part["text"].as_str() {
            blank = blank.or(said.trim().is_empty().then_some(at));
            text.push_str(said);
        } else if part["searchResult"].is_object() {
            text.push_str(&search_result(&part["searchResult"]));
        } else if let Some(json) = part.get("json").filter(|json| !json.is_null()) {
            text.push_str(&json.to_string());
        } else if let Some((kind, value)) = part.as_object().and_then(|part| part.iter().next())
            && let Some(kind) = MediaKind::from_key(kind)
        {
            media.push(Media::converse(kind, value));
        }
    }
    let id = value["toolUseId"].as_str().unwrap_or_default().to_string();
    AskBlock::ToolResult { id, text, media, blank, server: value["type"].is_string() }
}

/// A search result as text: where it is from, its title, what it says.
pub fn search_result(value: &Value) -> String {
    let texts = value["content"].as_array().into_iter().flatten().filter_map(|part| part["text"].as_str());
    let head = ["source", "title"].into_iter().filter_map(|name| value[name].as_str());
    head.chain(texts).collect::<Vec<_>>().join("\n")
}
