use std::rc::Rc;

use rehearsal::bedrock::event_stream::Frame;
use rehearsal::bedrock::{Body, Reply, Request};
use rehearsal::mock::CallRecord;
use rehearsal::words::{Message, Word};
use serde_json::Value;
use yew::prelude::*;

use crate::components::{Tile, icon};
use crate::speech::Speech;

/// What lets the models answer that keep what they are asked.
const DATA_RETENTION: &str = r#"curl -X PUT "$URL/v1/data_retention" -d '{"mode": "provider_data_share"}'"#;

/// One exchange with the mock.
#[derive(Clone, PartialEq)]
pub(super) struct Exchange {
    pub request: Request,
    pub reply: Rc<Reply>,
    pub frames: Rc<Vec<Frame>>,
    pub record: CallRecord,
    /// Nobody sent it: it was answered when the view opened.
    pub example: bool,
}

/// The answer as it arrives, why it is this one, and what it cost.
pub(super) fn answer_card(speech: &Speech, exchange: &Exchange, clock: Option<f64>, again: &Callback<()>) -> Html {
    let now = clock.unwrap_or(f64::INFINITY);
    let record = &exchange.record;
    let text = arrived_text(exchange, now);
    let failed = exchange.reply.status != 200;
    let cost = record.cost_usd.map(|usd| usd.dollars());
    let why = Message::new(Word::ui_why).text("reason", reason(speech, record));
    html! {
        <section class="card" aria-labelledby="answer-title">
            <h2 id="answer-title">{ format!("{} {}", exchange.reply.status, record.error.clone().unwrap_or_default()) }</h2>
            if exchange.example {
                <p class="finding" data-figure="example">{ speech.word(Word::ui_client_example) }</p>
            }
            <dl class="tiles small">
                <Tile label={speech.word(Word::ui_ttft)} value={speech.ms(Some(record.ttft_ms))} />
                <Tile label={speech.word(Word::ui_elapsed)} value={speech.ms(Some(now.min(record.latency_ms)))} />
                <Tile label={speech.word(Word::ui_tokens_in_out)} value={format!("{} / {}", record.prompt_tokens(), record.output_tokens)} />
                <Tile id="call_cost" label={speech.word(Word::ui_cost)} value={speech.usd(cost)} />
            </dl>
            <div class="dialogue">
                if failed {
                    <p class="bubble error" data-figure="answer">{ text.clone() }</p>
                } else {
                    <p class="bubble model" data-figure="answer" aria-live="polite">{ text.clone() }</p>
                }
            </div>
            if record.reason.is(Word::reason_data_retention) {
                <p class="finding" data-figure="data-retention">
                    { speech.word(Word::ui_data_retention) }{ " " }<code>{ DATA_RETENTION }</code>
                </p>
            }
            <p class="finding" data-figure="reason">{ speech.say(&why) }</p>
            <div class="controls">
                <button class="small" onclick={again.reform(|_: MouseEvent| ())} data-action="again">
                    { icon("restart") }{ speech.word(Word::ui_send_again) }
                </button>
            </div>
        </section>
    }
}

/// Why an answer is this one, in the reader's language.
pub(super) fn reason(speech: &Speech, record: &CallRecord) -> String {
    record.reason.message().map_or_else(|| record.reason.to_string(), |message| speech.say(message))
}

/// The answer as far as it has arrived.
fn arrived_text(exchange: &Exchange, now: f64) -> String {
    let reply = &exchange.reply;
    if now < reply.at_ms {
        return String::new();
    }
    let Body::Stream(pieces, _) = &reply.body else {
        let body: Value = serde_json::from_slice(&reply.bytes()).unwrap_or_default();
        let answer = rehearsal::doors::decode::answer_in_body(&body);
        let other = || body["message"].as_str().or(body["error"]["message"].as_str()).map(str::to_string);
        let other = || other().unwrap_or_else(|| body.to_string());
        return answer.map_or_else(other, |answer| answer.plain_text());
    };
    let arrived = pieces.iter().take_while(|piece| piece.at_ms <= now).count();
    if reply.headers.get("content-type").is_some_and(|kind| kind.starts_with("text/event-stream")) {
        let bytes: Vec<u8> = pieces.iter().take(arrived).flat_map(|piece| piece.bytes.iter().copied()).collect();
        let (events, _) = rehearsal::doors::data_events(&String::from_utf8_lossy(&bytes));
        let answer = rehearsal::doors::decode::answer_in_events(&events);
        return answer.map(|answer| answer.plain_text()).unwrap_or_default();
    }
    let frames = exchange.frames.get(..arrived.min(exchange.frames.len())).unwrap_or_default();
    let mut text =
        rehearsal::doors::decode::answer_in_frames(frames).map(|answer| answer.plain_text()).unwrap_or_default();
    if let Some(exception) = frames.iter().find_map(|frame| frame.text(":exception-type").or(frame.text(":error-code")))
    {
        text.push_str(&format!("\n⚠ {exception}"));
    }
    text
}
