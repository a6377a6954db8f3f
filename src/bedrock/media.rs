//! Images, documents, video and audio of a request, as far as an answer, a check or a count depends on them.

use std::hash::{DefaultHasher, Hash, Hasher};

use data_encoding::BASE64;
use serde_json::Value;

/// A medium of a message.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Media {
    pub kind: MediaKind,
    /// `png`, `pdf`, `txt`; empty where the request does not say.
    pub format: String,
    /// A document's name.
    pub name: Option<String>,
    pub source: MediaSource,
    /// Bytes, decoded; 0 for what is not in the request.
    pub bytes: u64,
    /// A number of its content, or of the place where that is: two that share it have the same.
    pub content: u64,
    /// Width and height of an image whose head could be read.
    pub pixels: Option<(u32, u32)>,
    /// A document's text, where it is one.
    pub text: Option<String>,
    /// Pages of a PDF, as far as they can be counted.
    pub pages: Option<u64>,
    /// Whether citations are asked for.
    pub cited: bool,
    /// Why it is no medium of its kind, where that can be seen.
    pub fault: Option<MediaFault>,
}

/// Why an image or a PDF is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaFault {
    /// The service takes no images of this format.
    Format,
    NotBase64,
    /// The bytes are of no format that the service takes.
    Unreadable,
    /// The bytes are an image of another format than the request says.
    Is(&'static str),
}

/// Formats of images that the service takes.
const IMAGES: [&str; 4] = ["png", "jpeg", "gif", "webp"];

/// The format of an image by its first bytes.
fn image_format(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some("png"),
        [0xFF, 0xD8, 0xFF, ..] => Some("jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("webp"),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaKind {
    Image,
    Document,
    Video,
    Audio,
}

/// Where a medium's content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaSource {
    Bytes,
    Text,
    /// Blocks of text.
    Blocks,
    S3,
    Url,
    /// A file uploaded before.
    File,
    Missing,
}

impl MediaKind {
    /// Its name in both dialects.
    pub fn key(self) -> &'static str {
        match self {
            MediaKind::Image => "image",
            MediaKind::Document => "document",
            MediaKind::Video => "video",
            MediaKind::Audio => "audio",
        }
    }

    /// The kind of this name.
    pub fn from_key(key: &str) -> Option<Self> {
        [MediaKind::Image, MediaKind::Document, MediaKind::Video, MediaKind::Audio].into_iter().find(|k| k.key() == key)
    }
}

/// Formats of documents that are text as they stand.
const TEXTS: [&str; 5] = ["txt", "md", "csv", "html", "text"];

impl Media {
    /// A medium of Converse.
    pub fn converse(kind: MediaKind, value: &Value) -> Self {
        let source = &value["source"];
        let mut media = Media::empty(kind, value["format"].as_str().unwrap_or_default());
        media.name = value["name"].as_str().map(str::to_string);
        media.cited = value["citations"]["enabled"].as_bool().unwrap_or(false);
        media.content = content_of(source, "bytes");
        if let Some(encoded) = source["bytes"].as_str() {
            media.fill(encoded);
        } else if let Some(text) = source["text"].as_str() {
            media.say(MediaSource::Text, text.to_string());
        } else if let Some(blocks) = source["content"].as_array() {
            media.say(MediaSource::Blocks, blocks.iter().filter_map(|block| block["text"].as_str()).collect());
        } else if source["s3Location"].is_object() {
            media.source = MediaSource::S3;
        }
        media
    }

    /// A medium of Anthropic's own body.
    pub fn anthropic(kind: MediaKind, value: &Value) -> Self {
        let source = &value["source"];
        let media_type = source["media_type"].as_str().unwrap_or_default();
        let mut media = Media::empty(kind, media_type.rsplit('/').next().unwrap_or_default());
        media.name = value["title"].as_str().map(str::to_string);
        media.cited = value["citations"]["enabled"].as_bool().unwrap_or(false);
        media.content = content_of(source, "data");
        match source["type"].as_str() {
            Some("base64") => media.fill(source["data"].as_str().unwrap_or_default()),
            Some("text") => media.say(MediaSource::Text, source["data"].as_str().unwrap_or_default().to_string()),
            Some("content") => {
                let text = match &source["content"] {
                    Value::String(text) => text.clone(),
                    blocks => {
                        let blocks = blocks.as_array().into_iter().flatten();
                        blocks.filter_map(|block| block["text"].as_str()).collect()
                    }
                };
                media.say(MediaSource::Blocks, text);
            }
            Some("url") => media.source = MediaSource::Url,
            Some("file") => media.source = MediaSource::File,
            _ => {}
        }
        media
    }

    fn empty(kind: MediaKind, format: &str) -> Self {
        Media {
            kind,
            format: format.to_string(),
            name: None,
            source: MediaSource::Missing,
            bytes: 0,
            content: 0,
            pixels: None,
            text: None,
            pages: None,
            cited: false,
            fault: None,
        }
    }

    fn say(&mut self, source: MediaSource, text: String) {
        self.source = source;
        self.bytes = text.len() as u64;
        self.text = Some(text);
    }

    fn fill(&mut self, encoded: &str) {
        self.source = MediaSource::Bytes;
        // Lines of base64 are taken, too.
        let joined: Vec<u8> = encoded.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let decoded = BASE64.decode(&joined);
        self.fault = self.fault_of(decoded.as_deref().ok());
        let bytes = decoded.unwrap_or_default();
        self.bytes = if bytes.is_empty() { encoded.len() as u64 * 3 / 4 } else { bytes.len() as u64 };
        match self.kind {
            MediaKind::Image => self.pixels = image_size(&bytes),
            MediaKind::Document if TEXTS.contains(&self.format.as_str()) => {
                self.text = Some(String::from_utf8_lossy(&bytes).into_owned());
            }
            MediaKind::Document if self.format == "pdf" => self.pages = pdf_pages(&bytes),
            _ => {}
        }
    }
}

/// A number of what a source holds in a field, or of the whole source, which says where it is.
fn content_of(source: &Value, field: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    match source[field].as_str() {
        Some(encoded) => encoded.trim_end().hash(&mut hasher),
        None => source.to_string().hash(&mut hasher),
    }
    hasher.finish()
}

impl Media {
    /// Why these bytes are none of what the request says; `None` bytes were no base64.
    fn fault_of(&self, bytes: Option<&[u8]>) -> Option<MediaFault> {
        let said = if self.format == "jpg" { "jpeg" } else { self.format.as_str() };
        match self.kind {
            MediaKind::Image if !said.is_empty() && !IMAGES.contains(&said) => Some(MediaFault::Format),
            MediaKind::Video | MediaKind::Audio => None,
            _ if bytes.is_none() => Some(MediaFault::NotBase64),
            MediaKind::Image => match image_format(bytes.unwrap_or_default()) {
                None => Some(MediaFault::Unreadable),
                Some(found) if !said.is_empty() && found != said => Some(MediaFault::Is(found)),
                Some(_) => None,
            },
            // Readers look for the mark within the first kilobyte.
            MediaKind::Document if said == "pdf" => {
                let head = bytes.unwrap_or_default();
                let head = head.get(..1024).unwrap_or(head);
                memchr::memmem::find(head, b"%PDF-").is_none().then_some(MediaFault::Unreadable)
            }
            MediaKind::Document => None,
        }
    }
}

/// Width and height from the head of a PNG, GIF, JPEG or WebP.
fn image_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let size = imagesize::blob_size(bytes).ok()?;
    Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?))
}

/// Pages of a PDF by its page objects; `None` where they are compressed.
fn pdf_pages(bytes: &[u8]) -> Option<u64> {
    const PAGE: &[u8] = b"/Type";
    let mut pages = 0;
    for at in memchr::memmem::find_iter(bytes, PAGE) {
        let rest = bytes.get(at + PAGE.len()..).unwrap_or_default();
        let rest = rest.trim_ascii_start();
        if rest.starts_with(b"/Page") && rest.get(5).is_none_or(|byte| !byte.is_ascii_alphabetic()) {
            pages += 1;
        }
    }
    (pages > 0).then_some(pages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn content_has_a_number_wherever_it_is() {
        let of = |source: Value| Media::converse(MediaKind::Image, &json!({"format": "png", "source": source})).content;
        let own = |source: Value| Media::anthropic(MediaKind::Image, &json!({"source": source})).content;
        assert_eq!(of(json!({"bytes": "AAAA"})), own(json!({"type": "base64", "data": "AAAA"})));
        assert_ne!(of(json!({"bytes": "AAAA"})), of(json!({"bytes": "AAAB"})));
        let s3 = |uri: &str| of(json!({"s3Location": {"uri": uri}}));
        assert!(s3("s3://a/1.png") == s3("s3://a/1.png") && s3("s3://a/1.png") != s3("s3://a/2.png"));
        let url = |url: &str| own(json!({"type": "url", "url": url}));
        assert_ne!(url("https://a/1.png"), url("https://a/2.png"));
    }

    #[test]
    fn heads_of_files_are_read() {
        // The signature and the header chunk of a PNG of 300 by 200 pixels.
        let png = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x2c\0\0\0\xc8\x08\x06\0\0\0".as_slice()].concat();
        let image =
            Media::converse(MediaKind::Image, &json!({"format": "png", "source": {"bytes": BASE64.encode(&png)}}));
        assert_eq!((image.pixels, image.bytes), (Some((300, 200)), png.len() as u64));
        let pdf = b"%PDF-1.4 1 0 obj <</Type /Pages /Kids []>> 2 0 obj <</Type/Page>> 3 0 obj << /Type /Page >>";
        assert_eq!(pdf_pages(pdf), Some(2));
        let broken = Media::converse(MediaKind::Image, &json!({"source": {"bytes": "not base64"}}));
        assert_eq!((broken.source, broken.pixels), (MediaSource::Bytes, None));
        let text = json!({"source": {"type": "text", "media_type": "text/plain", "data": "abc"}, "title": "t"});
        assert_eq!(Media::anthropic(MediaKind::Document, &text).text.as_deref(), Some("abc"));
        // A document of Anthropic's own blocks, which may be a text as well.
        for content in [json!("abc"), json!([{"type": "text", "text": "ab"}, {"type": "text", "text": "c"}])] {
            let blocks =
                Media::anthropic(MediaKind::Document, &json!({"source": {"type": "content", "content": content}}));
            assert_eq!((blocks.source, blocks.text.as_deref()), (MediaSource::Blocks, Some("abc")));
        }
    }
}
