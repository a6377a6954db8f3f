//! InvokeModel of models that answer with vectors or with an order: Titan, Cohere, Nova embeddings, and
//! both rerankers.
//!
//! # Source
//! Recorded answers of pydantic-ai's tests (July 2026) for forms, key order and headers; the Bedrock user
//! guide for limits and for rerank.

use serde_json::{Value, json};

use crate::bedrock::{Body, Dialect, Exception, Headers, ModelRules, Reply, Request, Usage};
use crate::catalog::{TokenizerFamily, weight};
use crate::words::Word;

use super::charged::charge;
use super::failed::Failed;
use super::handle::{Accepted, Mock};
use super::latency::Paced;
use super::ledger::CallRecord;
use super::vectors::{embed, nearness};

/// An answer without a conversation.
#[derive(Debug)]
pub(super) struct Vectors {
    pub body: Value,
    pub input_tokens: u64,
}

/// Answers a body of an embedding or a rerank model.
///
/// # Errors
/// What the service refuses.
pub(super) fn answer(
    body: &[u8],
    model_id: &str,
    rules: &ModelRules,
    seed: u64,
    call: u64,
) -> Result<Vectors, Exception> {
    let body: Value = crate::document::bounded(body).map_err(|_| Exception::usual("ValidationException"))?;
    if !body.is_object() {
        return Err(malformed("#: expected type: JSONObject"));
    }
    if rules.dialect == Dialect::Rerank {
        return rerank(&body, model_id, seed);
    }
    let base = crate::rules::base_id(model_id);
    match base {
        base if base.starts_with("cohere.") => cohere(&body, base, seed, call),
        base if base.starts_with("amazon.nova") => nova(&body, seed),
        base if base.starts_with("amazon.titan") => titan(&body, base, seed),
        _ => Err(Exception::validation(format!(
            "Answers for {model_id} are replayed from recordings, and none matches; record one."
        ))),
    }
}

fn malformed(what: &str) -> Exception {
    Exception::validation(format!("Malformed input request: {what}, please reformat your input and try again."))
}

/// Tokens of a text by the estimate of no family in particular, and the mark that ends it.
pub(super) fn tokens(text: &str) -> u64 {
    (weight(text, TokenizerFamily::Claude3) + 500) / 1000 + 1
}

/// A whole number of the body that must be one of a few; the first where it is absent.
fn one_of(value: &Value, path: &str, allowed: &[usize]) -> Result<usize, Exception> {
    if value.is_null() {
        return Ok(allowed.first().copied().unwrap_or(1));
    }
    let asked = value.as_u64().and_then(|number| usize::try_from(number).ok());
    let found = asked.filter(|asked| allowed.contains(asked));
    found.ok_or_else(|| malformed(&format!("#/{path}: {value} is not a valid enum value")))
}

fn only(body: &Value, allowed: &[&str]) -> Result<(), Exception> {
    let unknown =
        body.as_object().into_iter().flatten().map(|(key, _)| key).find(|key| !allowed.contains(&key.as_str()));
    unknown.map_or(Ok(()), |key| Err(malformed(&format!("#: extraneous key [{key}] is not permitted"))))
}

fn text<'a>(value: &'a Value, path: &str) -> Result<&'a str, Exception> {
    value
        .as_str()
        .filter(|text| !text.is_empty())
        .ok_or_else(|| malformed(&format!("#: required key [{path}] not found")))
}

/// Single precision, as services send it.
fn floats(vector: &[f64]) -> Value {
    Value::Array(vector.iter().map(|x| json!(libm::round(x * 1e8) / 1e8)).collect())
}

fn signs(vector: &[f64]) -> Value {
    Value::Array(vector.iter().map(|x| json!(i32::from(*x > 0.0))).collect())
}

fn titan(body: &Value, base: &str, seed: u64) -> Result<Vectors, Exception> {
    let image = base.contains("embed-image");
    let second = base.contains("embed-text-v2");
    let (allowed, dimensions): (&[&str], usize) = if image {
        let asked = one_of(
            &body["embeddingConfig"]["outputEmbeddingLength"],
            "embeddingConfig/outputEmbeddingLength",
            &[1024, 384, 256],
        )?;
        (&["inputText", "inputImage", "embeddingConfig"], asked)
    } else if second {
        (
            &["inputText", "dimensions", "normalize", "embeddingTypes"],
            one_of(&body["dimensions"], "dimensions", &[1024, 512, 256])?,
        )
    } else {
        (&["inputText"], 1536)
    };
    only(body, allowed)?;
    let said = match (image, body["inputText"].as_str(), body["inputImage"].as_str()) {
        (true, None, Some(encoded)) => encoded,
        _ => text(&body["inputText"], "inputText")?,
    };
    let input_tokens = tokens(body["inputText"].as_str().unwrap_or_default());
    if input_tokens > 8_192 || said.chars().count() > 50_000 && !image {
        return Err(Exception::validation(format!(
            "400 Bad Request: Too many input tokens. Max input tokens: 8192, request input token count: {input_tokens} "
        )));
    }
    let vector = embed(said, dimensions, seed);
    let types: Vec<&str> = body["embeddingTypes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut answer = json!({});
    if types.is_empty() || types.contains(&"float") {
        answer["embedding"] = floats(&vector);
    }
    if second {
        let mut by_type = json!({});
        if types.contains(&"binary") {
            by_type["binary"] = signs(&vector);
        }
        if types.is_empty() || types.contains(&"float") {
            by_type["float"] = floats(&vector);
        }
        answer["embeddingsByType"] = by_type;
    }
    answer["inputTextTokenCount"] = json!(input_tokens);
    Ok(Vectors { body: answer, input_tokens })
}

/// One embedding in one of Cohere's types.
fn typed(vector: &[f64], kind: &str) -> Option<Value> {
    // A unit vector's members are small: the whole range of a byte is theirs.
    let most = vector.iter().fold(1e-9_f64, |most, x| most.max(x.abs()));
    let bits = |offset: i32| {
        let byte = |chunk: &[f64]| {
            let byte = chunk.iter().enumerate().fold(0, |byte, (at, x)| byte | (i32::from(*x > 0.0) << (7 - at)));
            json!(byte + offset)
        };
        Value::Array(vector.chunks(8).map(byte).collect())
    };
    Some(match kind {
        "float" => floats(vector),
        "int8" => Value::Array(vector.iter().map(|x| json!(libm::round(x / most * 127.0) as i64)).collect()),
        "uint8" => Value::Array(vector.iter().map(|x| json!(libm::round(x / most * 127.0) as i64 + 128)).collect()),
        "binary" => bits(-128),
        "ubinary" => bits(0),
        _ => return None,
    })
}

fn cohere(body: &Value, base: &str, seed: u64, call: u64) -> Result<Vectors, Exception> {
    let fourth = base.contains("embed-v4");
    only(
        body,
        &["texts", "input_type", "truncate", "embedding_types", "images", "inputs", "output_dimension", "max_tokens"],
    )?;
    let input_type = body["input_type"].as_str().ok_or_else(|| malformed("#: required key [input_type] not found"))?;
    let known = ["search_document", "search_query", "classification", "clustering", "image"];
    if !known.contains(&input_type) {
        return Err(malformed(&format!("#/input_type: {input_type} is not a valid enum value")));
    }
    let dimensions =
        if fourth { one_of(&body["output_dimension"], "output_dimension", &[1536, 256, 512, 1024])? } else { 1024 };
    let mut texts: Vec<String> =
        body["texts"].as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_string)).collect();
    for input in body["inputs"].as_array().into_iter().flatten() {
        let parts = input["content"].as_array().into_iter().flatten();
        texts.push(parts.filter_map(|part| part["text"].as_str()).collect());
    }
    let images: Vec<&str> = body["images"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if texts.is_empty() && images.is_empty() {
        return Err(malformed("#: required key [texts] not found"));
    }
    if texts.len() > 96 {
        return Err(malformed("#/texts: expected maximum item count: 96"));
    }
    let said = texts.iter().map(String::as_str).chain(images.iter().copied());
    let vectors: Vec<Vec<f64>> = said.map(|said| embed(said, dimensions, seed)).collect();
    let input_tokens = texts.iter().map(|text| tokens(text)).sum();
    let types: Vec<&str> = body["embedding_types"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let by_type = fourth || !types.is_empty();
    let embeddings = if by_type {
        let mut all = json!({});
        for kind in if types.is_empty() { vec!["float"] } else { types } {
            let typed: Option<Vec<Value>> = vectors.iter().map(|vector| typed(vector, kind)).collect();
            all[kind] =
                json!(typed.ok_or_else(|| malformed(&format!("#/embedding_types: {kind} is not a valid enum value")))?);
        }
        all
    } else {
        Value::Array(vectors.iter().map(|vector| floats(vector)).collect())
    };
    // The English model of the third version folds its texts.
    let echoed: Vec<String> =
        texts.iter().map(|text| if base.contains("english-v3") { text.to_lowercase() } else { text.clone() }).collect();
    let mut answer = json!({
        "embeddings": embeddings,
        "id": crate::bedrock::Identity::new(seed, call).request_id(),
        "response_type": if by_type { "embeddings_by_type" } else { "embeddings_floats" },
    });
    if !texts.is_empty() {
        answer["texts"] = json!(echoed);
    }
    Ok(Vectors { body: answer, input_tokens })
}

fn nova(body: &Value, seed: u64) -> Result<Vectors, Exception> {
    only(body, &["schemaVersion", "taskType", "singleEmbeddingParams", "segmentedEmbeddingParams"])?;
    if body["taskType"] != "SINGLE_EMBEDDING" {
        return Err(malformed("#/taskType: only SINGLE_EMBEDDING is answered by InvokeModel"));
    }
    let params = &body["singleEmbeddingParams"];
    let dimensions =
        one_of(&params["embeddingDimension"], "singleEmbeddingParams/embeddingDimension", &[3072, 1024, 384, 256])?;
    let (kind, said) = match (params["text"]["value"].as_str(), params["image"]["source"]["bytes"].as_str()) {
        (Some(text), _) => ("TEXT", text),
        (None, Some(bytes)) => ("IMAGE", bytes),
        _ => return Err(malformed("#/singleEmbeddingParams: required key [text] not found")),
    };
    let purpose = params["embeddingPurpose"].as_str().unwrap_or("GENERIC_INDEX");
    // A query carries its purpose as a prompt of its own.
    let own = if purpose.contains("INDEX") { 1 } else { 15 };
    let input_tokens = if kind == "TEXT" { tokens(said) - 1 + own } else { 0 };
    let answer = json!({"embeddings": [{"embedding": floats(&embed(said, dimensions, seed)), "embeddingType": kind}]});
    Ok(Vectors { body: answer, input_tokens })
}

fn rerank(body: &Value, model_id: &str, seed: u64) -> Result<Vectors, Exception> {
    only(
        body,
        &["query", "documents", "top_n", "api_version", "rank_fields", "return_documents", "max_tokens_per_doc"],
    )?;
    let query = text(&body["query"], "query")?;
    let documents = body["documents"].as_array().filter(|documents| !documents.is_empty());
    let documents = documents.ok_or_else(|| malformed("#: required key [documents] not found"))?;
    if crate::rules::base_id(model_id).starts_with("cohere.")
        && body["api_version"].as_u64().is_none_or(|version| version < 2)
    {
        return Err(malformed("#: required key [api_version] not found"));
    }
    if documents.len() > 1_000 {
        return Err(malformed("#/documents: expected maximum item count: 1000"));
    }
    let said = |document: &Value| match document {
        Value::String(text) => text.clone(),
        other => other["text"].as_str().map_or_else(|| other.to_string(), str::to_string),
    };
    let documents: Vec<String> = documents.iter().map(said).collect();
    let scores = nearest(query, &documents, seed);
    let most = body["top_n"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(scores.len());
    let results: Vec<Value> =
        scores.iter().take(most).map(|(index, score)| json!({"index": index, "relevance_score": score})).collect();
    let input_tokens = tokens(query) + documents.iter().map(|text| tokens(text)).sum::<u64>();
    Ok(Vectors { body: json!({"results": results}), input_tokens })
}

/// Documents with their scores, the nearest to the query first.
pub(super) fn nearest(query: &str, documents: &[String], seed: u64) -> Vec<(usize, f64)> {
    let score = |text: &String| libm::round(nearness(query, text, seed) * 1e6) / 1e6;
    let mut scores: Vec<(usize, f64)> = documents.iter().map(score).enumerate().collect();
    scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    scores
}

impl Mock {
    /// Vectors, or an order: models that say nothing.
    pub(super) fn vectors(
        &mut self,
        accepted: &Accepted<'_>,
        request: &Request,
        record: &mut CallRecord,
        unknown: &mut Vec<String>,
    ) -> Result<Reply, Failed> {
        let Accepted { model, rules, ask, .. } = accepted;
        let (seed, call) = (self.config.seed, record.call);
        let answered = answer(&request.body, &model.id, rules, seed, call)?;
        let usage = Usage { input_tokens: answered.input_tokens, ..Usage::default() };
        charge(record, model, &usage, ask.tier, unknown);
        record.reason = Word::reason_vectors.into();
        let input_tokens = usage.input_tokens;
        let pace =
            self.paces.pace(Paced { config: &self.config, fixture: None, model, input_tokens, output_tokens: 0, call });
        let headers = Headers::from([("content-type", "application/json")])
            .with("x-amzn-requestid", record.request_id.clone())
            .with("x-amzn-bedrock-input-token-count", usage.input_tokens.to_string())
            .with("x-amzn-bedrock-invocation-latency", (libm::round(pace.whole_ms) as u64).to_string());
        let body = Body::Whole(answered.body.to_string().into_bytes());
        let reply = Reply { status: 200, headers, at_ms: pace.whole_ms, body };
        record.sent(&reply);
        Ok(reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Model};

    fn ask(id: &str, body: &Value) -> Result<Value, String> {
        let model = Catalog::full().get(id).cloned().unwrap_or_else(|| Model::unpriced(id));
        let answered = answer(body.to_string().as_bytes(), id, &ModelRules::of(&model), 42, 0);
        answered.map(|vectors| vectors.body).map_err(|exception| exception.message)
    }

    #[test]
    fn every_model_has_its_form() {
        let titan = ask("amazon.titan-embed-text-v2:0", &json!({"inputText": "hi", "dimensions": 256})).unwrap();
        assert_eq!(titan["embedding"].as_array().unwrap().len(), 256);
        assert_eq!(titan["embedding"], titan["embeddingsByType"]["float"]);
        let binary =
            ask("amazon.titan-embed-text-v2:0", &json!({"inputText": "hi", "embeddingTypes": ["binary"]})).unwrap();
        assert!(
            binary.get("embedding").is_none() && binary["embeddingsByType"]["binary"].as_array().unwrap().len() == 1024
        );
        let third =
            ask("cohere.embed-english-v3", &json!({"texts": ["Hi There"], "input_type": "search_query"})).unwrap();
        assert_eq!((&third["response_type"], &third["texts"]), (&json!("embeddings_floats"), &json!(["hi there"])));
        let fourth = ask("cohere.embed-v4:0", &json!({"texts": ["a", "b"], "input_type": "search_document", "output_dimension": 512, "embedding_types": ["int8", "ubinary"]})).unwrap();
        assert_eq!(fourth["embeddings"]["int8"][1].as_array().unwrap().len(), 512);
        assert_eq!(fourth["embeddings"]["ubinary"][0].as_array().unwrap().len(), 64);
        let nova = ask("amazon.nova-2-multimodal-embeddings-v1:0", &json!({"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {"embeddingPurpose": "GENERIC_INDEX", "embeddingDimension": 384, "text": {"value": "hi", "truncationMode": "END"}}})).unwrap();
        assert_eq!(nova["embeddings"][0]["embedding"].as_array().unwrap().len(), 384);
        let ranked = ask("cohere.rerank-v3-5:0", &json!({"api_version": 2, "query": "return a book", "documents": ["opening hours", "how to return a book"], "top_n": 1})).unwrap();
        assert_eq!((ranked["results"].as_array().unwrap().len(), &ranked["results"][0]["index"]), (1, &json!(1)));
    }

    #[test]
    fn wrong_bodies_are_refused() {
        let check = |id: &str, body: Value, expected: &str| {
            let said = ask(id, &body).unwrap_err();
            assert!(said.contains(expected), "{said}");
        };
        check(
            "amazon.titan-embed-text-v2:0",
            json!({"inputText": "a", "dimensions": 100}),
            "#/dimensions: 100 is not a valid enum value",
        );
        check("amazon.titan-embed-text-v2:0", json!({}), "required key [inputText] not found");
        check("cohere.embed-english-v3", json!({"texts": ["a"]}), "required key [input_type] not found");
        check("cohere.rerank-v3-5:0", json!({"query": "a", "documents": ["b"]}), "required key [api_version]");
        check("amazon.rerank-v1:0", json!({"query": "a", "documents": []}), "required key [documents]");
    }
}
