//! The blocks of the conversation: media, documents, reasoning, tool results.

use crate::bedrock::{Api, AskBlock, Media, MediaKind, MediaSource, Role};

use super::Checking;

/// The most documents of a request.
const MAX_DOCUMENTS: usize = 5;

impl Checking<'_> {
    pub(super) fn blocks(&mut self) {
        let ask = self.ask;
        for (message, at, turn, block) in ask.blocks() {
            let path = Self::block(message, at);
            match block {
                AskBlock::Media(media) => {
                    let refused = self.unsupported(&path, media);
                    self.of_assistant(message, &path, turn.role, media);
                    self.medium(&path, media, refused);
                }
                AskBlock::ToolResult { media, blank, .. } => {
                    if let Some(part) = blank.filter(|_| ask.api != Api::Messages) {
                        let message = format!(
                            "The text field in the ToolResultContentBlock object at {path}.toolResult.content.{part} is blank. Add text to the text field, and try again."
                        );
                        let path = format!("{path}.toolResult.content.{part}.text");
                        self.refuse("service-model", path, message, "Say that the tool gave nothing.");
                    }
                    for (part, medium) in media.iter().enumerate() {
                        let path = format!("{path}.toolResult.content.{part}");
                        // A tool gives documents to models that take none from the user.
                        let moving = matches!(medium.kind, MediaKind::Video | MediaKind::Audio);
                        let refused = moving && self.unsupported(&path, medium);
                        self.medium(&path, medium, refused);
                        self.inside_result(&path, medium);
                    }
                }
                AskBlock::Reasoning { .. } if turn.role != Role::Assistant => {
                    let message = format!("{path}: `thinking` blocks may only be in `assistant` messages");
                    self.model_refuses(
                        "service-model",
                        path,
                        message,
                        "Send reasoning back only in the assistant's messages.",
                    );
                }
                _ => {}
            }
        }
        if ask.api == Api::Converse {
            self.documents();
            if self.rules.cell("vendor") == "Writer" {
                self.statuses();
            }
            if self.rules.cell("tool_result_with") == "none" {
                self.alone();
            }
        }
    }

    /// How many documents a request may hold, and that each has a name of its own.
    ///
    /// # Source
    /// aws-samples/generative-ai-use-cases#1685, counted in a production log, 2026-08-25.
    fn documents(&mut self) {
        let mut names: Vec<&str> = Vec::new();
        let mut count = 0;
        let ask = self.ask;
        for (message, at, _, block) in ask.blocks() {
            let AskBlock::Media(media) = block else { continue };
            if media.kind != MediaKind::Document {
                continue;
            }
            count += 1;
            let path = format!("{}.document", Self::block(message, at));
            if count == MAX_DOCUMENTS + 1 {
                let words = format!("You can't include more than {MAX_DOCUMENTS} documents in a request.");
                self.refuse("service-model", path, words, "Send fewer documents, or their text.");
            } else if let Some(name) = media.name.as_deref() {
                if names.contains(&name) {
                    let words = "Messages can't contain duplicate document names.";
                    self.refuse(
                        "service-model",
                        format!("{path}.name"),
                        words,
                        "Give each document a name of its own.",
                    );
                }
                names.push(name);
            }
        }
    }

    /// Writer's models take no `status` of a tool's result.
    ///
    /// # Source
    /// pydantic-ai's live checks, up to 2026-10-30.
    fn statuses(&mut self) {
        let messages = self.ask.messages.as_array().map(Vec::as_slice).unwrap_or_default();
        for (message, sent) in messages.iter().enumerate() {
            for (at, block) in sent["content"].as_array().into_iter().flatten().enumerate() {
                if !block["toolResult"]["status"].is_null() {
                    let words = "This model doesn't support the status field. Remove status and try again.";
                    let path = format!("{}.toolResult.status", Self::block(message, at));
                    self.refuse("tool_result_with", path, words, "Leave the status out, and say in words what failed.");
                }
            }
        }
    }

    /// A kind of media that the model does not take.
    fn unsupported(&mut self, path: &str, media: &Media) -> bool {
        let kind = media.kind.key();
        let column = match media.kind {
            MediaKind::Image => "image_in",
            MediaKind::Document => "document_in",
            MediaKind::Video => "video_in",
            MediaKind::Audio => "audio_in",
        };
        if self.rules.refuses(column) {
            let message = format!(
                "This model doesn't support the {kind} content block that you provided. Update the content block and try again."
            );
            self.refuse(column, path, message, "Choose a model that takes it, or say it in words.");
        }
        self.rules.refuses(column)
    }

    /// An image that Claude is to have sent itself.
    ///
    /// # Source
    /// epam/ai-dial-adapter-bedrock#306, 2025-09-02.
    fn of_assistant(&mut self, message: usize, path: &str, role: Role, media: &Media) {
        if role == Role::Assistant && media.kind == MediaKind::Image && self.is_claude() {
            let words = format!("messages.{message}.content: 'image' blocks are not permitted within assistant turns.");
            let fix = "Send images in the user's messages.";
            self.model_refuses("service-model", path, words, fix);
        }
    }

    fn medium(&mut self, path: &str, media: &Media, refused: bool) {
        let kind = media.kind.key();
        if refused {
            return;
        }
        // Claude is given a document without a source then, and says so.
        let lost = media.source == MediaSource::S3 && media.kind == MediaKind::Document && self.is_claude();
        if media.source == MediaSource::S3 && !lost && self.rules.refuses("s3_location") {
            let message = "This model doesn't support the s3Uri field. Remove s3Uri and try again.";
            self.refuse("s3_location", format!("{path}.{kind}.source.s3Location"), message, "Send the bytes.");
        }
        if (lost || media.source == MediaSource::Missing) && self.is_claude() {
            let message = format!("{path}.{kind}.source.type: Field required");
            self.model_refuses(
                "service-model",
                format!("{path}.{kind}.source"),
                message,
                "Give bytes, text or content.",
            );
        }
        // The readers of the other bodies have looked for themselves.
        if media.fault.is_some() && matches!(self.ask.api, Api::Converse | Api::Nova) {
            let message = match media.kind {
                MediaKind::Image => "Invalid or unsupported image format".to_string(),
                _ => "The PDF specified was not valid.".to_string(),
            };
            let fix = "Send the bytes of a file in the format that is named.";
            self.model_refuses("service-model", format!("{path}.{kind}.source.bytes"), message, fix);
        }
        if media.cited && self.rules.refuses("citations") {
            let message = "This model doesn't support citations.";
            self.refuse("citations", format!("{path}.{kind}.citations"), message, "Leave citations out.");
        }
        let named =
            media.name.as_deref().filter(|_| self.ask.api == Api::Converse && media.kind == MediaKind::Document);
        if named.is_some_and(|name| !is_document_name(name)) {
            let message = "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character. Check that the file name conforms to these restrictions and retry your request.";
            let fix = "Use letters, digits, single spaces, -, _, (, ), [ and ]; leave the extension out.";
            self.refuse("service-model", format!("{path}.document.name"), message, fix);
        }
    }

    /// Media that a model takes from the user only.
    fn inside_result(&mut self, path: &str, media: &Media) {
        let taken = self.rules.cell("tool_result_media");
        let kind = media.kind.key();
        let refused = match media.kind {
            MediaKind::Image | MediaKind::Document => {
                (taken.starts_with("none") || !taken.is_empty()) && !taken.contains(kind)
            }
            MediaKind::Video | MediaKind::Audio => false,
        };
        if refused {
            let message =
                format!("This model doesn't support the {kind} field for user messages. Remove {kind} and try again.");
            self.refuse(
                "tool_result_media",
                path,
                message,
                "Put it beside the tool result, in the message of the user.",
            );
        }
    }

    /// Some models want a tool result alone in its message.
    fn alone(&mut self) {
        let ask = self.ask;
        for (index, turn) in ask.turns.iter().enumerate() {
            let result = |block: &AskBlock| matches!(block, AskBlock::ToolResult { .. } | AskBlock::CachePoint(_));
            let answers = turn.blocks.iter().any(|block| matches!(block, AskBlock::ToolResult { .. }));
            let results = turn.blocks.iter().filter(|block| result(block)).count();
            if answers && results < turn.blocks.len() && turn.role == Role::User {
                let message = format!(
                    "messages.{index}.content: Conversation blocks and tool result blocks cannot be provided in the same turn."
                );
                let path = format!("messages.{index}.content");
                self.model_refuses("tool_result_with", path, message, "Send the tool results alone.");
            }
        }
    }
}

/// Whether a document may be called so: letters, digits, single spaces and a few signs.
///
/// # Source
/// aws-samples/generative-ai-use-cases#1671, tried on the service on 2026-08-21: the underscore passes
/// though the message does not name it, the ideographic space does not.
fn is_document_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '(' | ')' | '[' | ']');
    !name.is_empty() && name.chars().all(fits) && !name.contains("  ")
}
