//! The hand-kept list: models that price tables no longer carry.

use crate::money::Price;

use super::{Mode, Model, Prices};

/// Claude 3 Haiku, the original's cheap model; retired on Bedrock.
pub const HAIKU: &str = "anthropic.claude-3-haiku-20240307-v1:0";
/// Claude 3 Sonnet, the original's strong model; retired on Bedrock.
pub const SONNET: &str = "anthropic.claude-3-sonnet-20240229-v1:0";
/// Titan Text Embeddings v2, what embeds when nothing else is named.
pub const EMBEDDING_MODEL: &str = "amazon.titan-embed-text-v2:0";

/// The two models of the original document, with its prices.
pub(super) fn models() -> Vec<Model> {
    [(HAIKU, "Claude 3 Haiku", 250_000, 1_250_000), (SONNET, "Claude 3 Sonnet", 3_000_000, 15_000_000)]
        .map(|(id, name, input, output)| Model {
            name: name.to_string(),
            retired: true,
            prices: Prices::plain(Price::from_pico_per_token(input), Price::from_pico_per_token(output)),
            max_input_tokens: Some(200_000),
            max_output_tokens: Some(4_096),
            source: "the original MangaAssist document".to_string(),
            date: "2026-11-22".to_string(),
            ..Model::unpriced(id)
        })
        .into_iter()
        .chain([titan_embeddings()])
        .collect()
}

/// What embeds for a semantic cache and a search when nothing else is named.
fn titan_embeddings() -> Model {
    Model {
        id: EMBEDDING_MODEL.to_string(),
        name: "Titan Text Embeddings v2".to_string(),
        mode: Mode::Embedding,
        prices: Prices::plain(Price::from_pico_per_token(20_000), Price::from_pico_per_token(0)),
        max_input_tokens: Some(8_192),
        source: "LiteLLM 1.109.1 price table".to_string(),
        date: "2026-11-22".to_string(),
        ..Model::unpriced(EMBEDDING_MODEL)
    }
}
