//! Rerank of the agent runtime: `POST /rerank`, by the same order as InvokeModel's rerankers.
//!
//! # Source
//! Requests of two clients, and the answers that both take: no `nextToken` beside the results.

use serde_json::{Value, json};

use crate::bedrock::{Body, Exception, Headers, Reply, Request, Usage, arn};
use crate::catalog::Tier;
use crate::words::Word;

use super::charged::charge;
use super::embedding::{nearest, tokens};
use super::failed::Failed;
use super::handle::{Mock, find_model};
use super::latency::Paced;
use super::ledger::CallRecord;

/// Whether a request is one for an order of documents.
pub(super) fn is_rerank(request: &Request) -> bool {
    request.method == "POST" && request.path.split('?').next() == Some("/rerank")
}

/// What is asked.
struct Asked<'a> {
    query: &'a str,
    documents: Vec<String>,
    model: &'a str,
    most: Option<u64>,
}

fn read(body: &Value) -> Result<Asked<'_>, Exception> {
    let missing = |what: &str| {
        let message = format!(
            "1 validation error detected: Value at '{what}' failed to satisfy constraint: Member must not be null"
        );
        Exception::validation(message)
    };
    let length = |what: &str, least: usize, most: usize| {
        let message = format!(
            "1 validation error detected: Value at '{what}' failed to satisfy constraint: Member must have length between {least} and {most}"
        );
        Exception::validation(message)
    };
    let list = |name: &str| body[name].as_array().ok_or_else(|| missing(name));
    let (queries, sources) = (list("queries")?, list("sources")?);
    let settings = &body["rerankingConfiguration"];
    if !settings.is_object() {
        return Err(missing("rerankingConfiguration"));
    }
    if queries.len() != 1 {
        return Err(length("queries", 1, 1));
    }
    if sources.is_empty() || sources.len() > 1_000 {
        return Err(length("sources", 1, 1_000));
    }
    let query = queries[0]["textQuery"]["text"].as_str().ok_or_else(|| missing("queries.1.member.textQuery.text"))?;
    let said = |(at, source): (usize, &Value)| {
        let document = &source["inlineDocumentSource"];
        let text = document["textDocument"]["text"].as_str().map(str::to_string);
        let other = || document["jsonDocument"].is_object().then(|| document["jsonDocument"].to_string());
        text.or_else(other).ok_or_else(|| missing(&format!("sources.{}.member.inlineDocumentSource", at + 1)))
    };
    let documents = sources.iter().enumerate().map(said).collect::<Result<_, _>>()?;
    let settings = &settings["bedrockRerankingConfiguration"];
    let model = settings["modelConfiguration"]["modelArn"]
        .as_str()
        .ok_or_else(|| missing("rerankingConfiguration.bedrockRerankingConfiguration.modelConfiguration.modelArn"))?;
    let most = match &settings["numberOfResults"] {
        Value::Null => None,
        most => Some(most.as_u64().filter(|most| (1..=1_000).contains(most)).ok_or_else(|| {
            let what = "rerankingConfiguration.bedrockRerankingConfiguration.numberOfResults";
            let message = format!(
                "1 validation error detected: Value at '{what}' failed to satisfy constraint: Member must be between 1 and 1000"
            );
            Exception::validation(message)
        })?),
    };
    Ok(Asked { query, documents, model, most })
}

impl Mock {
    /// Rerank.
    pub(super) fn rerank(
        &mut self,
        forced: Option<Exception>,
        request: &Request,
        record: &mut CallRecord,
        unknown: &mut Vec<String>,
    ) -> Result<Reply, Failed> {
        record.operation = "Rerank".to_string();
        if let Some(exception) = forced {
            return Err(Failed::because(exception, Word::reason_forced));
        }
        let body: Value =
            crate::document::bounded(&request.body).map_err(|_| Exception::usual("ValidationException"))?;
        let asked = read(&body)?;
        record.model_id = asked.model.to_string();
        let id = arn::resource(asked.model).map_or(asked.model, |(_, name)| name);
        let catalog = self.catalog.clone();
        let model = find_model(&catalog, self.config.stands_for(id)).filter(|model| model.id.contains("rerank"));
        let model = model.ok_or_else(|| arn::unknown_model(asked.model, id))?;
        let scores = nearest(asked.query, &asked.documents, self.config.seed);
        let most = asked.most.and_then(|most| usize::try_from(most).ok()).unwrap_or(scores.len());
        let result = |(index, score): &(usize, f64)| json!({"index": index, "relevanceScore": score});
        let results: Vec<Value> = scores.iter().take(most).map(result).collect();
        let input = tokens(asked.query) + asked.documents.iter().map(|text| tokens(text)).sum::<u64>();
        let usage = Usage { input_tokens: input, ..Usage::default() };
        charge(record, &model, &usage, Tier::Standard, unknown);
        record.reason = Word::reason_vectors.into();
        let pace = self.paces.pace(Paced {
            config: &self.config,
            fixture: None,
            model: &model,
            input_tokens: input,
            output_tokens: 0,
            call: record.call,
        });
        let headers =
            Headers::from([("content-type", "application/json")]).with("x-amzn-requestid", record.request_id.clone());
        let body = Body::Whole(json!({"results": results}).to_string().into_bytes());
        let reply = Reply { status: 200, headers, at_ms: pace.whole_ms, body };
        record.sent(&reply);
        Ok(reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::fixture::Library;
    use crate::mock::Config;

    #[test]
    fn documents_come_in_the_order_of_the_query_and_bad_requests_are_refused() {
        let source = |text: &str| json!({"type": "INLINE", "inlineDocumentSource": {"type": "TEXT", "textDocument": {"text": text}}});
        let arn = "arn:aws:bedrock:us-east-1::foundation-model/cohere.rerank-v3-5:0";
        let asked = json!({"queries": [{"type": "TEXT", "textQuery": {"text": "space manga"}}],
            "sources": [source("a cake recipe"), source("manga about space"), source("space brothers")],
            "rerankingConfiguration": {"type": "BEDROCK_RERANKING_MODEL", "bedrockRerankingConfiguration":
                {"numberOfResults": 2, "modelConfiguration": {"modelArn": arn}}}});
        let mut mock = Mock::new(Library::default(), Catalog::full().clone(), Config::default());
        let mut send = |host: &str, change: Value| {
            let mut body = asked.clone();
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let headers = Headers::from([("host", host)]);
            let body = body.to_string().into_bytes();
            let reply = mock.handle(&Request { method: "POST".into(), path: "/rerank".into(), headers, body }, 0.0);
            (reply.status, String::from_utf8(reply.bytes()).unwrap())
        };
        let here = "bedrock-agent-runtime.us-east-1.amazonaws.com";
        let (status, said) = send(here, json!({}));
        let answer: Value = serde_json::from_str(&said).unwrap();
        assert_eq!((status, answer.as_object().unwrap().len()), (200, 1), "{said}");
        let order: Vec<_> = answer["results"].as_array().unwrap().iter().map(|one| one["index"].as_u64()).collect();
        assert_eq!(order, [Some(1), Some(2)]);
        assert!(answer["results"][0]["relevanceScore"].as_f64().unwrap() > 0.0 && !said.contains("relevance_score"));
        assert_eq!(send(here, json!({"queries": []})).0, 400);
        assert_eq!(send(here, json!({"sources": []})).0, 400);
        assert_eq!(send(here, json!({"rerankingConfiguration": null})).0, 400);
        let unknown = json!({"rerankingConfiguration": {"bedrockRerankingConfiguration": {"modelConfiguration": {"modelArn": "nope"}}}});
        assert_eq!(send(here, unknown).0, 400);
        assert_eq!(send("bedrock-mantle.us-east-1.api.aws", json!({})).0, 404);
    }
}
