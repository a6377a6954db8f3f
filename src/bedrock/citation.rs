//! A citation in the two forms that go over the wire: Anthropic's and Converse's.

use serde_json::{Value, json};

use super::answer::{Citation, CitedPlace};

impl Citation {
    /// As Anthropic's body has it; `None` for a form that is not known.
    pub fn from_anthropic(value: &Value) -> Option<Self> {
        let range = |from: &str, to: &str| Some((value[from].as_u64()?, value[to].as_u64()?));
        let place = match value["type"].as_str()? {
            "char_location" => range("start_char_index", "end_char_index").map(|(a, b)| CitedPlace::Characters(a, b)),
            "page_location" => range("start_page_number", "end_page_number").map(|(a, b)| CitedPlace::Pages(a, b)),
            "content_block_location" => {
                range("start_block_index", "end_block_index").map(|(a, b)| CitedPlace::Blocks(a, b))
            }
            _ => None,
        }?;
        Some(Citation {
            cited_text: value["cited_text"].as_str().unwrap_or_default().to_string(),
            document: value["document_index"].as_u64().unwrap_or(0),
            title: value["document_title"].as_str().map(str::to_string),
            place,
        })
    }

    /// As Anthropic's body has it.
    pub fn anthropic(&self) -> Value {
        let (kind, from, to, (start, end)) = match self.place {
            CitedPlace::Characters(a, b) => ("char_location", "start_char_index", "end_char_index", (a, b)),
            CitedPlace::Pages(a, b) => ("page_location", "start_page_number", "end_page_number", (a, b)),
            CitedPlace::Blocks(a, b) => ("content_block_location", "start_block_index", "end_block_index", (a, b)),
        };
        json!({
            "type": kind,
            "cited_text": self.cited_text,
            "document_index": self.document,
            "document_title": self.title,
            (from): start,
            (to): end,
        })
    }

    /// As Converse has it; `None` for a form that is not known.
    pub fn from_converse(value: &Value) -> Option<Self> {
        let (kind, place) = value["location"].as_object()?.iter().next()?;
        let range = (place["start"].as_u64()?, place["end"].as_u64()?);
        let texts = value["sourceContent"].as_array().into_iter().flatten();
        Some(Citation {
            cited_text: texts.filter_map(|part| part["text"].as_str()).collect(),
            document: place["documentIndex"].as_u64().unwrap_or(0),
            title: value["title"].as_str().map(str::to_string),
            place: match kind.as_str() {
                "documentChar" => CitedPlace::Characters(range.0, range.1),
                "documentPage" => CitedPlace::Pages(range.0, range.1),
                "documentChunk" => CitedPlace::Blocks(range.0, range.1),
                _ => return None,
            },
        })
    }

    /// As Converse has it, its keys in alphabetical order.
    pub fn converse(&self) -> Value {
        let (kind, (start, end)) = match self.place {
            CitedPlace::Characters(a, b) => ("documentChar", (a, b)),
            CitedPlace::Pages(a, b) => ("documentPage", (a, b)),
            CitedPlace::Blocks(a, b) => ("documentChunk", (a, b)),
        };
        let mut value = json!({
            "location": {(kind): {"documentIndex": self.document, "end": end, "start": start}},
            "sourceContent": [{"text": self.cited_text}],
        });
        if let Some(title) = &self.title {
            value["title"] = json!(title);
        }
        value
    }
}

/// All citations of a list that have a known form.
pub(crate) fn all(list: &Value, read: impl Fn(&Value) -> Option<Citation>) -> Vec<Citation> {
    list.as_array().into_iter().flatten().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let place = [CitedPlace::Characters(0, 5), CitedPlace::Pages(1, 2), CitedPlace::Blocks(3, 4)];
        for place in place {
            let citation = Citation { cited_text: "Hello".into(), document: 1, title: Some("t".into()), place };
            assert_eq!(Citation::from_anthropic(&citation.anthropic()), Some(citation.clone()));
            assert_eq!(Citation::from_converse(&citation.converse()), Some(citation));
        }
        assert_eq!(Citation::from_anthropic(&json!({"type": "web_search_result_location"})), None);
    }
}
