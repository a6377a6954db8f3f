//! What a model's prompt takes beside its texts: the frame of a conversation, the model's own words about
//! tools, the wrapping of tool uses and their results.

use std::sync::OnceLock;

use super::{base_id, table};

const FRAMES: &str = include_str!("frames.csv");

/// Tokens that a prompt takes beside its texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Of every conversation.
    pub base: u64,
    /// Of every message.
    pub message: u64,
    /// Of tools, whatever they are: the model's own words, by the tool choice.
    pub tools_auto: u64,
    pub tools_forced: u64,
    /// Of every tool beside its definition.
    pub tool: u64,
    /// Of every tool use and result beside its text.
    pub tool_use: u64,
    pub tool_result: u64,
    /// Of every document beside its text.
    pub document: u64,
    /// Of a request with thinking.
    pub thinking: u64,
    /// Of an answer by a schema, beside the schema.
    pub schema: u64,
    /// Of citations, where a document asks for them.
    pub citations: u64,
    /// Of a page of a PDF.
    pub page: u64,
    /// Pixels of an image that take a token.
    pub image_per_pixels: u64,
    /// The fewest tokens of an image.
    pub image_least: u64,
    /// Of an image whose size is not known.
    pub image_unknown: u64,
    pub source: &'static str,
    /// `YYYY-MM-DD`.
    pub date: &'static str,
}

impl Frame {
    /// The frame of a model: the row with the longest beginning of its id.
    pub fn of(id: &str) -> &'static Frame {
        static ROWS: OnceLock<Vec<(&'static str, Frame)>> = OnceLock::new();
        static NONE: OnceLock<Frame> = OnceLock::new();
        let rows = ROWS.get_or_init(|| {
            let mut lines = table(FRAMES);
            let names = lines.next().unwrap_or_default();
            lines.filter_map(|cells| Some((*cells.first()?, Frame::read(&names, &cells)))).collect()
        });
        let base = base_id(id);
        let fitting = rows.iter().filter(|(models, _)| base.starts_with(models));
        fitting.max_by_key(|(models, _)| models.len()).map_or_else(|| NONE.get_or_init(Frame::default), |(_, row)| row)
    }

    fn read(names: &[&str], cells: &[&'static str]) -> Self {
        let cell = |name: &str| {
            let at = names.iter().position(|known| *known == name);
            at.and_then(|at| cells.get(at).copied()).unwrap_or_default()
        };
        let number = |name: &str| cell(name).parse().unwrap_or(0);
        Frame {
            base: number("base"),
            message: number("message"),
            tools_auto: number("tools_auto"),
            tools_forced: number("tools_forced"),
            tool: number("tool"),
            tool_use: number("tool_use"),
            tool_result: number("tool_result"),
            document: number("document"),
            thinking: number("thinking"),
            schema: number("schema"),
            citations: number("citations"),
            page: number("page"),
            image_per_pixels: number("image_per_pixels"),
            image_least: number("image_least"),
            image_unknown: number("image_unknown"),
            source: cell("source"),
            date: cell("date"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every figure of the file is a number, and every model has a frame.
    #[test]
    fn the_file_is_read_whole() {
        let names = table(FRAMES).next().unwrap();
        for cells in table(FRAMES).skip(1) {
            assert_eq!(cells.len(), names.len(), "{}", cells[0]);
            for (name, cell) in names.iter().zip(&cells).skip(1) {
                let text = matches!(*name, "source" | "date");
                assert!(text || cell.parse::<u64>().is_ok(), "{} {name}: {cell}", cells[0]);
            }
        }
        assert_eq!(Frame::of("us.anthropic.claude-3-haiku-20240307-v1:0").tools_auto, 264);
        assert!(Frame::of("acme.model").base > 0);
    }
}
