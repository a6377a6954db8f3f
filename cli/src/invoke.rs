use std::path::PathBuf;

use rehearsal::bedrock::event_stream::decode_all;
use rehearsal::bedrock::{Block, Headers, Operation, Request};
use rehearsal::catalog::HAIKU;
use rehearsal::doors::decode::{answer_in_body, answer_in_events, answer_in_frames};
use rehearsal::doors::{Asking, Host, data_events, operation_of, path_for, usual_model_at};
use rehearsal::mock::{CallRecord, Config, Mock, StreamEnd};
use rehearsal::words::{English, Locale};
use serde_json::{Value, json};

use super::{Failure, json as print_json};

/// Sends one call to the mock and prints what comes back.
#[derive(clap::Args)]
pub struct Arguments {
    /// The prompt; `-` is standard input.
    prompt: Option<String>,
    /// The model; one that the operation or the door serves when it is not given.
    #[arg(long)]
    model: Option<String>,
    /// One of the newer doors instead of an operation: messages, chat or responses.
    #[arg(long, value_name = "NAME", conflicts_with = "operation")]
    door: Option<String>,
    /// With a door: ask for a stream.
    #[arg(long, requires = "door")]
    stream: bool,
    /// With a door: runtime or mantle; the one that the model's id belongs to when it is not given.
    #[arg(long, value_name = "NAME", requires = "door")]
    host: Option<String>,
    /// InvokeModel, InvokeModelWithResponseStream, Converse, ConverseStream or CountTokens.
    #[arg(long, default_value = "Converse")]
    operation: String,
    /// The request body itself, instead of a prompt; `-` is standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "prompt")]
    body: Option<String>,
    #[arg(long, default_value_t = 1024)]
    max_tokens: u64,
    /// A folder of fixtures instead of those that come with the product.
    #[arg(long, value_name = "DIR")]
    fixtures: Option<PathBuf>,
    /// A configuration file of the mock.
    #[arg(long, value_name = "FILE")]
    config: Option<String>,
    /// What answers when nothing matches: strict, hash, random or echo.
    #[arg(long, value_name = "NAME")]
    fallback: Option<String>,
    /// Print the whole exchange as one JSON document.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: Arguments) -> Result<String, Failure> {
    if let Some(door) = &arguments.door {
        return through(&arguments, door);
    }
    let model = arguments.model.as_deref().unwrap_or(HAIKU);
    let operation = Operation::from_name(&arguments.operation).ok_or_else(|| {
        let names: Vec<_> = Operation::ALL.iter().map(|operation| operation.name()).collect();
        Failure::input(format!("there is no operation `{}`; choose one of: {}", arguments.operation, names.join(", ")))
    })?;
    let body = match (&arguments.body, &arguments.prompt) {
        (Some(file), _) => body_of(file)?,
        (None, Some(prompt)) => {
            let prompt = if prompt == "-" { super::input::read_text("-")? } else { prompt.clone() };
            Asking::new(model, &prompt, arguments.max_tokens).body(operation).to_string()
        }
        (None, None) => return Err(Failure::input("give a prompt, or a body with --body FILE")),
    };
    let mut mock = mock_of(&arguments)?;
    let request = Request {
        method: "POST".to_string(),
        path: format!("/model/{}/{}", model.replace('/', "%2F"), operation.segment()),
        headers: Headers::from([("content-type", "application/json")]),
        body: body.into_bytes(),
    };
    let reply = mock.handle(&request, 0.0);
    let bytes = reply.bytes();
    let frames = decode_all(&bytes).ok().filter(|_| operation.is_stream() && reply.status == 200);
    let record = mock.ledger().last();
    if arguments.json {
        let headers: serde_json::Map<String, Value> =
            reply.headers.0.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
        let events = frames.as_ref().map(|frames| {
            let event = |frame: &rehearsal::bedrock::event_stream::Frame| {
                let name = frame.text(":event-type").or(frame.text(":exception-type")).unwrap_or_default();
                json!({"type": name, "payload": serde_json::from_slice::<Value>(&frame.payload).unwrap_or_default()})
            };
            frames.iter().map(event).collect::<Vec<_>>()
        });
        return print_json(&json!({
            "status": reply.status,
            "headers": headers,
            "body": serde_json::from_slice::<Value>(&bytes).ok(),
            "events": events,
            "call": record,
        }));
    }
    let answer = match &frames {
        Some(frames) => answer_in_frames(frames),
        None => serde_json::from_slice::<Value>(&bytes).ok().and_then(|body| answer_in_body(&body)),
    };
    let told = frames.iter().flatten().last().and_then(|frame| {
        let payload: Value = serde_json::from_slice(&frame.payload).unwrap_or_default();
        payload["message"].as_str().or(frame.text(":error-message")).map(str::to_string)
    });
    let broken = record.as_ref().and_then(|record| broken(record, told));
    let said = match answer {
        Some(answer) => answer.content.iter().map(say).collect::<Vec<_>>().join("\n"),
        None => String::from_utf8_lossy(&bytes).into_owned(),
    };
    if let Some(record) = record {
        eprintln!(
            "{} | {} in, {} out | {} | {} | {}",
            reply.status,
            record.input_tokens,
            record.output_tokens,
            record.cost_usd.map_or("price unknown".to_string(), |usd| English.usd(usd.dollars())),
            English.ms(record.latency_ms),
            record.reason,
        );
    }
    ended(reply.status, broken, said)
}

/// What is printed of an answer: one whose stream broke is no success, whatever came of it.
fn ended(status: u16, broken: Option<String>, said: String) -> Result<String, Failure> {
    match broken {
        None if status == 200 => Ok(said + "\n"),
        None => Err(Failure { code: 1, message: said, output: String::new() }),
        Some(message) => Err(Failure { code: 1, message, output: said + "\n" }),
    }
}

/// How a stream broke that began as an answer. `told` is the message that its last event has.
fn broken(record: &CallRecord, told: Option<String>) -> Option<String> {
    let how = match record.stream_end? {
        StreamEnd::Complete => return None,
        StreamEnd::Exception => {
            let name = record.error.as_deref().unwrap_or("an error");
            return Some(match told {
                Some(told) => format!("the stream broke with {name}: {told}"),
                None => format!("the stream broke with {name}"),
            });
        }
        StreamEnd::Truncated => "the stream ended before its last event",
        StreamEnd::Damaged => "the stream has a frame that cannot be read",
        StreamEnd::Left => "the caller left before the last event",
    };
    Some(how.to_string())
}

/// The mock that was asked for.
/// The body in a file. One that is no JSON is the service's to refuse; of a key that stands twice nobody knows which
/// is meant.
fn body_of(file: &str) -> Result<String, Failure> {
    let text = super::input::read_text(file)?;
    match rehearsal::document::parse(&text) {
        Err(problem) if problem.code() == "key_twice" => Err(Failure::in_file(file, problem)),
        _ => Ok(text),
    }
}

fn mock_of(arguments: &Arguments) -> Result<Mock, Failure> {
    let mut config = match &arguments.config {
        None => Config::default(),
        Some(file) => super::input::read_config(file)?,
    };
    if let Some(name) = &arguments.fallback {
        config.fallback = super::input::fallback(name)?;
    }
    Ok(Mock::new(super::fixtures::load(arguments.fixtures.as_deref())?, super::input::catalog().clone(), config))
}

/// One call through a door.
fn through(arguments: &Arguments, door: &str) -> Result<String, Failure> {
    let unknown = || Failure::input(format!("there is no door `{door}`; choose one of: messages, chat, responses"));
    let operation = operation_of(door, arguments.stream).ok_or_else(unknown)?;
    let host = match arguments.host.as_deref().map(|name| (name, Host::from_key(name))) {
        None => None,
        Some((_, Some(host))) => Some(host),
        Some((other, None)) => {
            return Err(Failure::input(format!("there is no host `{other}`; choose runtime or mantle")));
        }
    };
    let model = arguments.model.as_deref().unwrap_or_else(|| usual_model_at(operation, host));
    let path = path_for(door, model).ok_or_else(unknown)?;
    let body = match (&arguments.body, &arguments.prompt) {
        (Some(file), _) => body_of(file)?,
        (None, Some(prompt)) => {
            let prompt = if prompt == "-" { super::input::read_text("-")? } else { prompt.clone() };
            Asking::new(model, &prompt, arguments.max_tokens).body(operation).to_string()
        }
        (None, None) => return Err(Failure::input("give a prompt, or a body with --body FILE")),
    };
    let mut headers = Headers::from([("content-type", "application/json")]);
    match host {
        None => {}
        Some(Host::Runtime) => headers = headers.with("host", "bedrock-runtime.us-east-1.amazonaws.com"),
        Some(Host::Mantle) => headers = headers.with("host", "bedrock-mantle.us-east-1.api.aws"),
    }
    let mut mock = mock_of(arguments)?;
    let reply = mock.handle(&Request { method: "POST".to_string(), path, headers, body: body.into_bytes() }, 0.0);
    let bytes = reply.bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let whole = rehearsal::document::bounded(text.as_bytes()).ok();
    let events = if whole.is_none() { data_events(&text).0 } else { Vec::new() };
    let record = mock.ledger().last();
    if arguments.json {
        let headers: serde_json::Map<String, Value> =
            reply.headers.0.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
        let events = whole.is_none().then_some(events);
        let exchange =
            json!({"status": reply.status, "headers": headers, "body": whole, "events": events, "call": record});
        return print_json(&exchange);
    }
    let answer = match &whole {
        Some(body) => answer_in_body(body),
        None => answer_in_events(&events),
    };
    let told = events.last().and_then(|last| {
        let places = [&last["error"]["message"], &last["response"]["error"]["message"]];
        places.into_iter().find_map(|message| message.as_str().map(str::to_string))
    });
    let broken = record.as_ref().and_then(|record| broken(record, told));
    let said = match answer.filter(|_| reply.status == 200) {
        Some(answer) => answer.content.iter().map(say).collect::<Vec<_>>().join("\n"),
        None => text,
    };
    if let Some(record) = record {
        eprintln!("{} | {} in, {} out | {}", reply.status, record.input_tokens, record.output_tokens, record.reason);
    }
    ended(reply.status, broken, said)
}

fn say(block: &Block) -> String {
    match block {
        Block::Text(text) | Block::Cited { text, .. } => text.clone(),
        Block::BrokenToolUse { name, json, .. } => format!("(tool use, broken off) {name} {json}"),
        Block::Thinking { text, .. } => format!("(thinking) {text}"),
        Block::RedactedThinking(_) => "(thinking, redacted)".to_string(),
        Block::ToolUse { name, input, .. } => format!("(tool use) {name} {input}"),
    }
}
