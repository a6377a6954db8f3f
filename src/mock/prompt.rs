//! A request as the prompt that a model reads: block by block in the order tools, system, messages, each
//! with its tokens by estimate. Usage, CountTokens, quotas, cost, caching and the longest prompt all come
//! from this one list.

use std::hash::{Hash, Hasher};

use crate::bedrock::{Api, Ask, AskBlock, CacheTtl, Media, MediaKind, Role, Thinking, Tool};
use crate::catalog::{TextWeights, TokenizerFamily};
use crate::rules::Frame;

/// The part of a prompt that a block stands in, in the order they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Tools,
    System,
    Messages,
}

/// One block of a prompt.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PromptBlock {
    pub part: Part,
    /// Where it stands in the request: `messages.0.content.1`.
    pub path: String,
    /// Thousandths of a token, by estimate.
    pub weight: u64,
    /// A number of what it says: two blocks that share it say the same.
    pub own: u64,
    /// A number of everything before and in it: two prompts that share it share the prefix.
    pub prefix: u64,
    /// A cache point behind it.
    pub point: Option<CacheTtl>,
}

impl PromptBlock {
    /// The numbers of its path.
    fn places(&self) -> impl Iterator<Item = usize> {
        self.path.split('.').filter_map(|part| part.parse().ok())
    }
}

/// A whole prompt.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Prompt {
    pub blocks: Vec<PromptBlock>,
    /// Thousandths of a token that the frame of the conversation takes beside its blocks.
    frame: u64,
    /// Thousandths of a token of its texts alone.
    texts: u64,
    /// Media whose tokens no formula tells: they count nothing.
    pub uncounted: Vec<&'static str>,
}

/// How long a prompt is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PromptSize {
    pub tokens: u64,
    /// Thousandths of a token of its texts alone: what frames, media and the conversation take is in none.
    pub texts: u64,
}

impl Prompt {
    /// The prompt of a request.
    pub fn of(ask: &Ask, family: TokenizerFamily, frame: &Frame) -> Self {
        Prompt::weighed(ask, family, frame, &mut TextWeights::default())
    }

    /// The same, with the weights of texts that were seen before.
    pub fn weighed(ask: &Ask, family: TokenizerFamily, frame: &Frame, weights: &mut TextWeights) -> Self {
        let cited = |block: &AskBlock| matches!(block, AskBlock::Media(media) if media.cited);
        let mut own = frame.base;
        own += if ask.blocks().any(|(_, _, _, block)| cited(block)) { frame.citations } else { 0 };
        own += if ask.thinking.as_ref().is_some_and(Thinking::is_on) { frame.thinking } else { 0 };
        let mut weight_of_frame = own * 1000;
        if let Some(schema) = ask.schema.as_ref().filter(|_| frame.schema > 0) {
            weight_of_frame += frame.schema * 1000 + weights.weight(&schema.to_string(), family);
        }
        let mut prompt = Prompt { frame: weight_of_frame, ..Prompt::default() };
        let prefix = std::hash::DefaultHasher::new();
        let mut writer = Writer { prompt: &mut prompt, family, frame, ask, prefix, weights };
        writer.tools();
        writer.system();
        writer.messages();
        prompt
    }

    /// All its tokens.
    pub fn tokens(&self) -> u64 {
        rounded(self.frame + self.blocks.iter().map(|block| block.weight).sum::<u64>())
    }

    /// All its tokens, and what its texts have of them.
    pub fn size(&self) -> PromptSize {
        PromptSize { tokens: self.tokens(), texts: self.texts }
    }

    /// What a block says as the model reads it; nothing for media and what has no text.
    pub fn said(ask: &Ask, block: &PromptBlock) -> String {
        if block.part == Part::Tools {
            let tool = block.places().next().and_then(|at| ask.tools.get(at));
            return tool.map(tool_text).unwrap_or_default();
        }
        match Prompt::block_of(ask, block) {
            Some(AskBlock::Text(text) | AskBlock::Guarded(text) | AskBlock::SearchResult(text)) => text.clone(),
            Some(AskBlock::ToolResult { text, .. }) => text.clone(),
            Some(AskBlock::ToolUse { id, name, input, .. }) => format!("{id} {name} {input}"),
            _ => String::new(),
        }
    }

    /// The block of the request that one of the prompt is; `None` for a tool.
    pub fn block_of<'a>(ask: &'a Ask, block: &PromptBlock) -> Option<&'a AskBlock> {
        let mut places = block.places();
        match block.part {
            Part::Tools => None,
            Part::System => ask.system.get(places.next()?),
            Part::Messages => ask.turns.get(places.next()?)?.blocks.get(places.next()?),
        }
    }

    /// Its tokens up to and with a block.
    pub fn tokens_to(&self, block: usize) -> u64 {
        rounded(self.blocks.iter().take(block + 1).map(|block| block.weight).sum())
    }
}

fn rounded(weight: u64) -> u64 {
    (weight + 500) / 1000
}

struct Writer<'a> {
    prompt: &'a mut Prompt,
    family: TokenizerFamily,
    frame: &'a Frame,
    ask: &'a Ask,
    prefix: std::hash::DefaultHasher,
    weights: &'a mut TextWeights,
}

impl Writer<'_> {
    fn text(&mut self, text: &str) -> u64 {
        let weight = self.weights.weight(text, self.family);
        self.prompt.texts += weight;
        weight
    }

    /// Adds a block; what it says makes the prefix.
    fn push(&mut self, part: Part, path: String, weight: u64, said: &impl Hash) {
        let mut own = std::hash::DefaultHasher::new();
        said.hash(&mut own);
        let own = own.finish();
        (part as u8).hash(&mut self.prefix);
        own.hash(&mut self.prefix);
        let prefix = self.prefix.finish();
        self.prompt.blocks.push(PromptBlock { part, path, weight, own, prefix, point: None });
    }

    fn mark(&mut self, ttl: CacheTtl) {
        if let Some(last) = self.prompt.blocks.last_mut() {
            last.point = Some(ttl);
        }
    }

    fn tools(&mut self) {
        let ask = self.ask;
        let prompt = if ask.tool_choice.is_forced() { self.frame.tools_forced } else { self.frame.tools_auto };
        for (index, tool) in ask.tools.iter().enumerate() {
            let own = if index == 0 { prompt * 1000 } else { 0 };
            let said = tool_text(tool);
            let weight = own + self.frame.tool * 1000 + self.text(&said);
            let place = if ask.api == Api::Messages { "tools" } else { "toolConfig.tools" };
            self.push(Part::Tools, format!("{place}.{index}"), weight, &said);
            if let Some(ttl) = tool.cache {
                self.mark(ttl);
            }
        }
    }

    fn system(&mut self) {
        let ask = self.ask;
        for (index, block) in ask.system.iter().enumerate() {
            self.block(Part::System, format!("system.{index}"), block, 0);
        }
    }

    fn messages(&mut self) {
        let ask = self.ask;
        let last_user = ask.turns.iter().rposition(|turn| turn.role == Role::User && !answers_tools(&turn.blocks));
        for (index, turn) in ask.turns.iter().enumerate() {
            (turn.role as u8).hash(&mut self.prefix);
            let mut own = self.frame.message * 1000;
            for (at, block) in turn.blocks.iter().enumerate() {
                // Thinking of turns before the last question is dropped.
                if matches!(block, AskBlock::Reasoning { .. }) && last_user.is_some_and(|last| index < last) {
                    continue;
                }
                self.block(Part::Messages, format!("messages.{index}.content.{at}"), block, own);
                own = 0;
            }
        }
    }

    fn block(&mut self, part: Part, path: String, block: &AskBlock, own: u64) {
        match block {
            AskBlock::CachePoint(ttl) => self.mark(*ttl),
            AskBlock::Text(text) | AskBlock::Guarded(text) | AskBlock::SearchResult(text) => {
                let weight = own + self.text(text);
                self.push(part, path, weight, text);
            }
            AskBlock::Reasoning { text, .. } => {
                let weight = own + self.text(text);
                self.push(part, path, weight, text);
            }
            AskBlock::ToolUse { id, name, input, .. } => {
                let said = format!("{name}{input}");
                let weight = own + self.frame.tool_use * 1000 + self.text(&said);
                self.push(part, path, weight, &(id, said));
            }
            AskBlock::ToolResult { id, text, media, .. } => {
                let mut weight = own + self.frame.tool_result * 1000 + self.text(text);
                for medium in media {
                    weight += self.medium(medium);
                }
                let contents: Vec<(u64, &str)> = media.iter().map(|m| (m.content, m.format.as_str())).collect();
                self.push(part, path, weight, &(id, text, contents));
            }
            AskBlock::Media(media) => {
                let weight = own + self.medium(media);
                self.push(part, path, weight, &(media.content, &media.format, &media.name, &media.text));
            }
            AskBlock::Other(kind) => self.push(part, path, own, kind),
        }
    }

    /// # Source
    /// Anthropic, vision: width × height / 750 after the image is fitted into 1,568 pixels a side and about
    /// 1.15 megapixels. Amazon Nova, vision: about 800 tokens for 900 × 450 to 2,600 for 1,300 × 1,300.
    /// A page of a PDF by the recorded counts of one document: it is read and seen.
    fn medium(&mut self, media: &Media) -> u64 {
        let named = media.name.as_deref().map_or(0, |name| self.text(name));
        match media.kind {
            MediaKind::Image => self.image(media.pixels) * 1000,
            MediaKind::Document => match (&media.text, media.pages) {
                (Some(text), _) => named + self.text(text) + self.frame.document * 1000,
                (None, pages) => {
                    let pages = pages.unwrap_or_else(|| media.bytes.div_ceil(50_000).max(1));
                    named + pages * self.frame.page * 1000
                }
            },
            MediaKind::Video | MediaKind::Audio => {
                let kind = media.kind.key();
                if !self.prompt.uncounted.contains(&kind) {
                    self.prompt.uncounted.push(kind);
                }
                0
            }
        }
    }

    fn image(&self, pixels: Option<(u32, u32)>) -> u64 {
        let Some((width, height)) = pixels.filter(|(width, height)| *width > 0 && *height > 0) else {
            return self.frame.image_unknown;
        };
        // No model takes an image of more than 8,000 pixels a side, whatever its header says.
        let (width, height) = (f64::from(width.min(8_000)), f64::from(height.min(8_000)));
        if self.frame.image_per_pixels == 800 {
            return (300 + (width * height / 800.0) as u64).max(self.frame.image_least);
        }
        let side = (1568.0 / width.max(height)).min(1.0);
        let area = libm::sqrt(1_150_000.0 / (width * height)).min(1.0);
        let scale = side.min(area);
        libm::ceil(width * scale * height * scale / 750.0) as u64
    }
}

fn answers_tools(blocks: &[AskBlock]) -> bool {
    blocks.iter().any(|block| matches!(block, AskBlock::ToolResult { .. }))
}

/// A tool as a model reads it.
fn tool_text(tool: &Tool) -> String {
    let kind = tool.kind.as_deref().unwrap_or_default();
    format!("{}{kind}{}{}", tool.name, tool.description, tool.schema)
}
