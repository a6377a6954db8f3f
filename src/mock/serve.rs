use serde_json::{Value, json};

use crate::bedrock::{Body, Exception, Headers, Reply, Request};
use crate::document::{self, Fields, Findings};
use crate::problem::Problems;

use super::config::{exception_name, members, retry_after, status};
use super::handle::Mock;
use super::log_page::log_page;

/// Answers a request to the mock itself, below `/_rehearsal/`; `None` for every other path.
///
/// `POST force-error` takes `{"code", "message", "count", "retry_after_s", "fields", "status"}`, `POST faults` a list of faults, `POST
/// overrides` `{"prompt_hash", "response"}`, `POST reset` nothing; `GET log` (in pages, by `from` and
/// `limit`) and `GET report` give the calls and the usage, `GET models` how each chat model behaves.
pub fn control(mock: &mut Mock, request: &Request) -> Option<Reply> {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let verb = path.strip_prefix("/_rehearsal/")?;
    let body = || {
        if request.body.is_empty() {
            Ok(json!({}))
        } else {
            document::parse_bytes(&request.body).map_err(Problems::from)
        }
    };
    let done = |result: Result<(), Problems>| match result {
        Ok(()) => reply(200, &json!({"ok": true})),
        Err(problems) => reply(400, &json!({"error": problems.to_string()})),
    };
    Some(match (request.method.as_str(), verb) {
        ("POST", "force-error") => done(body().and_then(|body| force_error(mock, &body))),
        ("POST", "faults") => match body().and_then(|body| mock.set_faults(&body)) {
            Ok(()) if mock.faults_without_time().is_empty() => reply(200, &json!({"ok": true})),
            Ok(()) => {
                let idle = mock.faults_without_time().join(", ");
                let warning = format!("{idle}: does nothing, for the speed makes time 0; start with --speed 1");
                reply(200, &json!({"ok": true, "warnings": [warning]}))
            }
            Err(problems) => done(Err(problems)),
        },
        ("POST", "overrides") => done(body().and_then(|body| set_override(mock, &body))),
        ("POST", "reset") => {
            mock.reset();
            done(Ok(()))
        }
        ("GET", "models") => {
            let rows = mock.config().models_of(mock.catalog()).into_iter().map(|(id, own)| (id, own.to_json()));
            reply(200, &Value::Object(rows.collect()))
        }
        ("GET", "log") => log_page(mock.ledger(), query),
        ("GET", "report") => reply(200, &json!(mock.ledger().report())),
        _ => reply(
            404,
            &json!({"error": "expected POST force-error, faults, overrides or reset, or GET log, report or models, below /_rehearsal/"}),
        ),
    })
}

fn force_error(mock: &mut Mock, body: &Value) -> Result<(), Problems> {
    let findings = Findings::default();
    let read = Fields::of(body, "", &findings).map(Fields::strictly).and_then(|fields| {
        let own_status = status(&fields);
        let code = exception_name(&fields, own_status);
        let (message, count) = (fields.text("message"), fields.count("count"));
        let (retry_after_s, more) = (retry_after(&fields), members(&fields));
        let mut exception = Exception::usual(&fields.required("code", code)?);
        if let Some(message) = message {
            exception.message = message;
        }
        exception.retry_after_s = retry_after_s;
        exception.fields = more;
        exception.own_status = own_status;
        Some((exception, count.unwrap_or(1)))
    });
    let problems = findings.into_problems();
    match read {
        Some((exception, count)) if problems.is_empty() => {
            mock.force(exception, count.min(1_000_000) as usize);
            Ok(())
        }
        _ => Err(Problems(problems)),
    }
}

fn set_override(mock: &mut Mock, body: &Value) -> Result<(), Problems> {
    let findings = Findings::default();
    let read = Fields::of(body, "", &findings).map(Fields::strictly).and_then(|fields| {
        let (hash, response) = (fields.text("prompt_hash"), fields.text("response"));
        fields.required("prompt_hash", hash).zip(fields.required("response", response))
    });
    let problems = findings.into_problems();
    match read {
        Some((hash, response)) if problems.is_empty() => mock.set_response_override(&hash, &response),
        _ => Err(Problems(problems)),
    }
}

fn reply(status: u16, body: &Value) -> Reply {
    let headers = Headers::from([("content-type", "application/json")]);
    Reply { status, headers, at_ms: 0.0, body: Body::Whole(body.to_string().into_bytes()) }
}
