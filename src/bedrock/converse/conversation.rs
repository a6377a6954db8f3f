//! The conversation of a body: its system prompt, its turns and their order.

use serde_json::Value;

use crate::bedrock::ask::{AskBlock, Role, Turn};
use crate::bedrock::exception::Exception;

use super::members::{BLOCKS, member, only};

/// The texts of the system prompt.
pub fn system(value: Option<&Value>) -> Result<Vec<String>, Exception> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(Vec::new()) };
    let blocks = value.as_array().ok_or_else(|| Exception::usual("ValidationException"))?;
    let mut texts = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let (kind, value) = member(block, &format!("#/system/{index}"), &["text", "guardContent", "cachePoint"])?;
        match value.as_str() {
            Some(text) if kind == "text" && !text.trim().is_empty() => texts.push(text.to_string()),
            _ if kind != "text" => {}
            _ => {
                return Err(Exception::validation(format!(
                    "The text field in the SystemContentBlock object at system.{index} is blank. Add text to the text field, and try again."
                )));
            }
        }
    }
    Ok(texts)
}

/// The turns of a conversation, checked one by one and in their order.
pub fn turns(messages: &[Value]) -> Result<Vec<Turn>, Exception> {
    let turns = messages.iter().enumerate().map(|(index, message)| turn(index, message));
    let turns = turns.collect::<Result<Vec<Turn>, _>>()?;
    order(&turns)?;
    Ok(turns)
}

fn turn(index: usize, message: &Value) -> Result<Turn, Exception> {
    only(message, &format!("#/messages/{index}"), &["role", "content"])?;
    let role = match message["role"].as_str() {
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("system") => Role::System,
        other => {
            return Err(Exception::validation(format!(
                "1 validation error detected: Value '{}' at 'messages.{}.member.role' failed to satisfy constraint: Member must satisfy enum value set: [user, assistant, system]",
                other.unwrap_or_default(),
                index + 1
            )));
        }
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
    let (kind, value) = member(block, &format!("#/{}", path.replace('.', "/")), &BLOCKS)?;
    match kind {
        "text" => match value.as_str() {
            Some(text) if !text.trim().is_empty() => Ok(AskBlock::Text(text.to_string())),
            _ => Err(Exception::validation(format!(
                "The text field in the ContentBlock object at {path} is blank. Add text to the text field, and try again."
            ))),
        },
        "toolUse" => Ok(AskBlock::ToolUse(tool_id(path, &value["toolUseId"])?)),
        "toolResult" => {
            let texts = value["content"].as_array().into_iter().flatten();
            let text = texts.map(|part| part["text"].as_str().map_or_else(|| part["json"].to_string(), str::to_string));
            Ok(AskBlock::ToolResult(tool_id(path, &value["toolUseId"])?, text.collect()))
        }
        other => Ok(AskBlock::Other(other.to_string())),
    }
}

fn tool_id(path: &str, value: &Value) -> Result<String, Exception> {
    let id = value.as_str().unwrap_or_default();
    let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '-');
    if id.is_empty() || id.len() > 64 || !id.chars().all(valid) {
        return Err(Exception::validation(format!(
            "1 validation error detected: Value '{id}' at '{path}.toolUseId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.:-]{{1,64}}"
        )));
    }
    Ok(id.to_string())
}

fn order(turns: &[Turn]) -> Result<(), Exception> {
    let speaking: Vec<&Turn> = turns.iter().filter(|turn| turn.role != Role::System).collect();
    if speaking.first().is_none_or(|turn| turn.role != Role::User) {
        return Err(Exception::validation(
            "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
        ));
    }
    if speaking.windows(2).any(|pair| pair[0].role == pair[1].role) {
        return Err(Exception::validation(
            "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
        ));
    }
    for (index, pair) in speaking.windows(2).enumerate() {
        let uses = pair[0].blocks.iter().filter(|block| matches!(block, AskBlock::ToolUse(_))).count();
        let answered =
            |id: &str| pair[1].blocks.iter().any(|block| matches!(block, AskBlock::ToolResult(of, _) if of == id));
        for block in &pair[0].blocks {
            if let AskBlock::ToolUse(id) = block
                && !answered(id)
            {
                return Err(Exception::validation(format!(
                    "Expected toolResult blocks at messages.{}.content for the following Ids: {id}",
                    index + 1
                )));
            }
        }
        let results = pair[1].blocks.iter().filter(|block| matches!(block, AskBlock::ToolResult(..))).count();
        if results > uses {
            return Err(Exception::validation(format!(
                "The number of toolResult blocks at messages.{}.content exceeds the number of toolUse blocks of previous turn.",
                index + 1
            )));
        }
    }
    Ok(())
}
