use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use rehearsal::bedrock::event_stream::{Frame, decode_all};
use rehearsal::bedrock::{Body, EXCEPTIONS, Headers, Operation, Reply, Request, SnippetKind, snippet};
use rehearsal::catalog::{Catalog, Mode, claude_version};
use rehearsal::fixture::Library;
use rehearsal::mock::{CallRecord, Config, Fallback, LatencyMode, Mock};
use rehearsal::scenario::HAIKU;
use rehearsal::words::{Message, Word};
use serde_json::{Value, json};
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::platform::spawn_local;
use yew::prelude::*;

use super::shelf::Shelf;
use crate::components::{Choice, Icon, Tabs, Tile};
use crate::platform::clipboard;
use crate::platform::clock::Frames;
use crate::speech::{Speech, use_speech};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub shelf: Rc<Shelf>,
}

/// What a person composes.
#[derive(Clone, PartialEq)]
struct Form {
    operation: Operation,
    model: String,
    system: String,
    prompt: String,
    max_tokens: String,
    temperature: String,
    query_type: String,
    fallback: Fallback,
    speed: f64,
}

/// One exchange with the mock.
#[derive(Clone, PartialEq)]
struct Exchange {
    request: Request,
    reply: Rc<Reply>,
    frames: Rc<Vec<Frame>>,
    record: CallRecord,
}

/// The parts of an exchange to look at.
#[derive(Clone, Copy, PartialEq)]
enum Panel {
    Exchange,
    Frames,
    Log,
    Usage,
    Code,
}

impl Form {
    fn new() -> Self {
        Form {
            operation: Operation::ConverseStream,
            model: HAIKU.to_string(),
            system: String::new(),
            prompt: "こんにちは".to_string(),
            max_tokens: "1024".to_string(),
            temperature: String::new(),
            query_type: String::new(),
            fallback: Fallback::Echo,
            speed: 1.0,
        }
    }

    /// The body that the operation and the model take.
    fn body(&self) -> Value {
        let max_tokens: u64 = self.max_tokens.trim().parse().unwrap_or(1024);
        let temperature: Option<f64> = self.temperature.trim().parse().ok();
        let mut converse = json!({"messages": [{"role": "user", "content": [{"text": self.prompt}]}]});
        if !self.system.is_empty() {
            converse["system"] = json!([{"text": self.system}]);
        }
        match self.operation {
            Operation::CountTokens => return json!({"input": {"converse": converse}}),
            Operation::Converse | Operation::ConverseStream => {
                converse["inferenceConfig"] = json!({"maxTokens": max_tokens});
                if let Some(temperature) = temperature {
                    converse["inferenceConfig"]["temperature"] = json!(temperature);
                }
                if !self.query_type.is_empty() {
                    converse["requestMetadata"] = json!({"query_type": self.query_type});
                }
                return converse;
            }
            _ => {}
        }
        if claude_version(&self.model).is_none() {
            converse["inferenceConfig"] = json!({"max_new_tokens": max_tokens});
            return converse;
        }
        let mut body = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": max_tokens,
            "messages": [{"role": "user", "content": self.prompt}]});
        if !self.system.is_empty() {
            body["system"] = json!(self.system);
        }
        if let Some(temperature) = temperature {
            body["temperature"] = json!(temperature);
        }
        body
    }

    fn request(&self) -> Request {
        let mut headers = Headers::from([("content-type", "application/json")]);
        if self.operation.is_invoke() && !self.query_type.is_empty() {
            headers =
                headers.with("x-amzn-bedrock-request-metadata", json!({"query_type": self.query_type}).to_string());
        }
        Request {
            method: "POST".to_string(),
            path: format!("/model/{}/{}", self.model.replace(':', "%3A"), self.operation.segment()),
            headers,
            body: self.body().to_string().into_bytes(),
        }
    }
}

/// A client of the mock: compose a request, send it, see everything that goes over the wire.
#[component]
pub fn ClientView(props: &Props) -> Html {
    let speech = use_speech();
    let form = use_state(Form::new);
    let mock = use_mut_ref(|| Mock::new(Library::default(), Catalog::full().clone(), config(Fallback::Echo)));
    let exchange = use_state(|| None::<Exchange>);
    // Virtual milliseconds since the request was sent; `None` when everything has arrived.
    let clock = use_state(|| None::<f64>);
    let panel = use_state(|| Panel::Exchange);
    let faults = use_state(Vec::<Value>::new);
    {
        let (mock, shelf, fallback) = (mock.clone(), props.shelf.clone(), form.fallback);
        use_effect_with((shelf, fallback), move |(shelf, fallback)| {
            let texts = shelf.files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
            let readable = texts.filter(|(name, text)| rehearsal::fixture::read_file(name, text).is_ok());
            if let Ok(library) = Library::read(readable) {
                *mock.borrow_mut() = Mock::new(library, Catalog::full().clone(), config(*fallback));
            }
        });
    }
    {
        let (clock, end) = (clock.clone(), exchange.as_ref().map_or(0.0, |exchange| exchange.reply.end_ms()));
        let speed = form.speed;
        use_effect_with((*clock, end), move |(now, end)| {
            let (now, end) = (*now, *end);
            let frames = now.map(|now| {
                Frames::start(move |ms| {
                    let next = now + ms * speed;
                    clock.set((next < end).then_some(next));
                })
            });
            move || drop(frames)
        });
    }
    let send = {
        let (form, mock, exchange, clock, faults) =
            (form.clone(), mock.clone(), exchange.clone(), clock.clone(), faults.clone());
        Callback::from(move |()| {
            let request = form.request();
            let mut mock = mock.borrow_mut();
            if !faults.is_empty() && mock.set_faults(&Value::Array((*faults).clone())).is_ok() {
                faults.set(Vec::new());
            }
            let at_ms = mock.ledger().records().last().map_or(0.0, |last| last.at_ms + last.latency_ms + 1000.0);
            let reply = mock.handle(&request, at_ms);
            let frames = decode_all(&reply.bytes()).unwrap_or_default();
            let Some(record) = mock.ledger().records().last().cloned() else { return };
            clock.set((form.speed > 0.0).then_some(0.0));
            exchange.set(Some(Exchange { request, reply: Rc::new(reply), frames: Rc::new(frames), record }));
        })
    };
    let onkeydown = {
        let send = send.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                send.emit(());
            }
        })
    };
    let reset = {
        let (mock, exchange, clock) = (mock.clone(), exchange.clone(), clock.clone());
        Callback::from(move |_: MouseEvent| {
            mock.borrow_mut().reset();
            exchange.set(None);
            clock.set(None);
        })
    };
    let panels = [
        (Panel::Exchange, Word::ui_panel_exchange),
        (Panel::Frames, Word::ui_panel_frames),
        (Panel::Log, Word::ui_panel_log),
        (Panel::Usage, Word::ui_panel_usage),
        (Panel::Code, Word::ui_panel_code),
    ]
    .map(|(panel, word)| (panel, speech.word(word)))
    .to_vec();
    let choose_panel = {
        let panel = panel.clone();
        Callback::from(move |chosen| panel.set(chosen))
    };
    html! {
        <div class="panes fixtures client">
            <section class="editor" aria-labelledby="client-title" {onkeydown}>
                <h2 id="client-title">{ speech.word(Word::ui_view_client) }</h2>
                <Composer form={form.clone()} shelf={props.shelf.clone()} />
                <FaultQueue faults={faults.clone()} />
                <div class="controls">
                    <button class="primary" data-action="send" onclick={let send = send.clone(); Callback::from(move |_: MouseEvent| send.emit(()))}>
                        <Icon name="play" />{ speech.word(Word::ui_send) }
                    </button>
                    <button onclick={reset}><Icon name="restart" />{ speech.word(Word::ui_reset_mock) }</button>
                </div>
                <p class="hint">{ speech.word(Word::ui_client_hint) }</p>
            </section>
            <div class="results">
                if let Some(exchange) = &*exchange {
                    { answer_card(&speech, exchange, *clock) }
                } else {
                    <section class="card"><p class="finding">{ speech.word(Word::ui_client_empty) }</p></section>
                }
                <section class="card">
                    <Tabs<Panel> label={speech.word(Word::ui_panels)} tabs={panels} chosen={*panel} on_choose={choose_panel} />
                    { panel_of(&speech, *panel, exchange.as_ref(), &mock, &form) }
                </section>
            </div>
        </div>
    }
}

fn config(fallback: Fallback) -> Config {
    Config { fallback, latency: LatencyMode::Recorded, ..Config::default() }
}

#[derive(Properties, PartialEq)]
struct ComposerProps {
    form: UseStateHandle<Form>,
    shelf: Rc<Shelf>,
}

/// The request as it is composed.
#[component]
fn Composer(props: &ComposerProps) -> Html {
    let speech = use_speech();
    let form = &props.form;
    let change = |set: fn(&mut Form, String)| {
        let form = form.clone();
        Callback::from(move |value: String| {
            let mut next = (*form).clone();
            set(&mut next, value);
            form.set(next);
        })
    };
    let typed = |set: fn(&mut Form, String)| {
        let change = change(set);
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                change.emit(area.value());
            } else if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                change.emit(input.value());
            }
        })
    };
    let operations =
        Operation::ALL.map(|operation| (operation.name().to_string(), operation.name().to_string())).to_vec();
    let models: Vec<_> = Catalog::full()
        .models()
        .filter(|model| model.mode == Mode::Chat)
        .map(|model| (model.id.clone(), model.id.clone()))
        .collect();
    let fallbacks = [
        (Fallback::Strict, Word::ui_fallback_strict),
        (Fallback::Hash, Word::ui_fallback_hash),
        (Fallback::Random, Word::ui_fallback_random),
        (Fallback::Echo, Word::ui_fallback_echo),
    ]
    .map(|(fallback, word)| (fallback.key().to_string(), speech.word(word)))
    .to_vec();
    let speeds = ["0", "1", "4", "16"]
        .map(|speed| {
            (speed.to_string(), if speed == "0" { speech.word(Word::ui_at_once) } else { format!("{speed}×") })
        })
        .to_vec();
    let prompts: BTreeSet<String> = props.shelf.library.iter().filter_map(|fixture| fixture.prompt.clone()).collect();
    let library_prompt = use_node_ref();
    {
        // A prompt that is typed over is none of the library's any more.
        let select = library_prompt.clone();
        let chosen = prompts.get(&form.prompt).cloned().unwrap_or_default();
        use_effect_with((chosen, prompts.len()), move |(chosen, _)| {
            if let Some(select) = select.cast::<web_sys::HtmlSelectElement>() {
                select.set_value(chosen);
            }
        });
    }
    html! {
        <>
            <Choice label={speech.word(Word::ui_operation)} labelled=true options={operations} chosen={form.operation.name()}
                on_choose={change(|form, name| form.operation = Operation::from_name(&name).unwrap_or(form.operation))} />
            <Choice label={speech.word(Word::ui_model)} labelled=true options={models} chosen={form.model.clone()} on_choose={change(|form, id| form.model = id)} />
            <label class="stack"><span class="label">{ speech.word(Word::ui_system) }</span>
                <textarea rows="2" value={form.system.clone()} oninput={typed(|form, text| form.system = text)} data-field="system" /></label>
            <label class="stack"><span class="label">{ speech.word(Word::ui_prompt) }</span>
                <textarea rows="3" value={form.prompt.clone()} oninput={typed(|form, text| form.prompt = text)} data-field="prompt" /></label>
            <label class="stack"><span class="label">{ speech.word(Word::ui_prompt_example) }</span>
                <select ref={library_prompt} onchange={
                    let change = change(|form, text| form.prompt = text);
                    Callback::from(move |event: Event| {
                        if let Some(select) = event.target_dyn_into::<web_sys::HtmlSelectElement>() {
                            change.emit(select.value());
                        }
                    })
                }>
                    <option value="">{ "–" }</option>
                    for prompt in prompts {
                        <option value={prompt.clone()}>{ prompt.chars().take(60).collect::<String>() }</option>
                    }
                </select></label>
            <div class="row three">
                <label class="stack"><span class="label">{ "max tokens" }</span><input type="text" inputmode="numeric" value={form.max_tokens.clone()} oninput={typed(|form, text| form.max_tokens = text)} data-field="max_tokens" /></label>
                <label class="stack"><span class="label">{ "temperature" }</span><input type="text" inputmode="decimal" value={form.temperature.clone()} oninput={typed(|form, text| form.temperature = text)} /></label>
                <label class="stack"><span class="label">{ "query_type" }</span><input type="text" value={form.query_type.clone()} oninput={typed(|form, text| form.query_type = text)} /></label>
            </div>
            <Choice label={speech.word(Word::ui_fallback)} labelled=true options={fallbacks} chosen={form.fallback.key()}
                on_choose={change(|form, key| form.fallback = Fallback::from_key(&key).unwrap_or(form.fallback))} />
            <Choice label={speech.word(Word::ui_speed)} labelled=true options={speeds} chosen={form.speed.to_string()}
                on_choose={change(|form, text| form.speed = text.parse().unwrap_or(1.0))} />
        </>
    }
}

#[derive(Properties, PartialEq)]
struct FaultProps {
    faults: UseStateHandle<Vec<Value>>,
}

/// Faults that wait for the next requests.
#[component]
fn FaultQueue(props: &FaultProps) -> Html {
    let speech = use_speech();
    let faults = &props.faults;
    let mut options = vec![(String::new(), speech.word(Word::ui_add_fault))];
    options.extend(
        EXCEPTIONS.iter().map(|kind| (format!("http {}", kind.name), format!("{} {}", kind.status, kind.name))),
    );
    let in_stream = [
        "exception_frame",
        "error_frame",
        "cut_frame",
        "cut_character",
        "early_end",
        "crc_flip",
        "unknown_event",
        "stall",
        "slow_first_token",
    ];
    options.extend(in_stream.map(|kind| (kind.to_string(), kind.replace('_', " "))));
    let add = {
        let faults = faults.clone();
        Callback::from(move |key: String| {
            let fault = match key.split_once(' ') {
                Some((kind, code)) => json!({"kind": kind, "code": code}),
                None if key.is_empty() => return,
                None => json!({"kind": key, "after_events": 3, "ms": 3000}),
            };
            faults.set((*faults).iter().cloned().chain([fault]).collect());
        })
    };
    html! {
        <div class="faults">
            <Choice label={speech.word(Word::ui_faults)} labelled=true {options} chosen="" menu=true on_choose={add} />
            if !faults.is_empty() {
                <ul>
                    for (index, fault) in faults.iter().enumerate() {
                        <li>
                            <code>{ format!("{} {}", fault["kind"].as_str().unwrap_or_default(), fault["code"].as_str().unwrap_or_default()) }</code>
                            <button class="quiet icon" aria-label={speech.word(Word::ui_discard)} onclick={
                                let faults = faults.clone();
                                Callback::from(move |_: MouseEvent| {
                                    let mut rest = (*faults).clone();
                                    rest.remove(index);
                                    faults.set(rest);
                                })
                            }><Icon name="remove" /></button>
                        </li>
                    }
                </ul>
            }
        </div>
    }
}

/// The answer as it arrives, why it is this one, and what it cost.
fn answer_card(speech: &Speech, exchange: &Exchange, clock: Option<f64>) -> Html {
    let now = clock.unwrap_or(f64::INFINITY);
    let record = &exchange.record;
    let text = arrived_text(exchange, now);
    let failed = exchange.reply.status != 200;
    let cost = record.cost_usd.map(|usd| usd.dollars());
    let why = Message::new(Word::ui_why).text("reason", &record.reason);
    html! {
        <section class="card" aria-labelledby="answer-title">
            <h2 id="answer-title">{ format!("{} {}", exchange.reply.status, record.error.clone().unwrap_or_default()) }</h2>
            <dl class="tiles small">
                <Tile label={speech.word(Word::ui_ttft)} value={speech.ms(Some(record.ttft_ms))} />
                <Tile label={speech.word(Word::ui_elapsed)} value={speech.ms(Some(now.min(record.latency_ms)))} />
                <Tile label={speech.word(Word::ui_tokens_in_out)} value={format!("{} / {}", record.input_tokens, record.output_tokens)} />
                <Tile id="call_cost" label={speech.word(Word::ui_cost)} value={speech.usd(cost)} />
            </dl>
            <div class="dialogue">
                if failed {
                    <p class="bubble error" data-figure="answer">{ text }</p>
                } else {
                    <p class="bubble model" data-figure="answer" aria-live="polite">{ text }</p>
                }
            </div>
            <p class="finding" data-figure="reason">{ speech.say(&why) }</p>
        </section>
    }
}

/// The answer as far as it has arrived.
fn arrived_text(exchange: &Exchange, now: f64) -> String {
    let reply = &exchange.reply;
    if now < reply.at_ms {
        return String::new();
    }
    let Body::Stream(pieces, _) = &reply.body else {
        let body: Value = serde_json::from_slice(&reply.bytes()).unwrap_or_default();
        let answer = rehearsal::bedrock::decode::answer_in_body(&body);
        let other = || body["message"].as_str().map_or_else(|| body.to_string(), str::to_string);
        return answer.map_or_else(other, |answer| answer.plain_text());
    };
    let arrived = pieces.iter().take_while(|piece| piece.at_ms <= now).count();
    let frames = exchange.frames.get(..arrived.min(exchange.frames.len())).unwrap_or_default();
    let mut text =
        rehearsal::bedrock::decode::answer_in_frames(frames).map(|answer| answer.plain_text()).unwrap_or_default();
    if let Some(exception) = frames.iter().find_map(|frame| frame.text(":exception-type").or(frame.text(":error-code")))
    {
        text.push_str(&format!("\n⚠ {exception}"));
    }
    text
}

fn panel_of(speech: &Speech, panel: Panel, exchange: Option<&Exchange>, mock: &Rc<RefCell<Mock>>, form: &Form) -> Html {
    match (panel, exchange) {
        (Panel::Exchange, Some(exchange)) => {
            html! { <>{ http(&exchange.request.path, &exchange.request.headers, &exchange.request.body, true) }{ response(exchange) }</> }
        }
        (Panel::Frames, Some(exchange)) => frame_list(speech, exchange),
        (Panel::Log, _) => log(speech, mock),
        (Panel::Usage, _) => {
            let report = serde_json::to_string_pretty(&mock.borrow().ledger().report()).unwrap_or_default();
            html! { <pre class="code" data-figure="usage">{ report }</pre> }
        }
        (Panel::Code, _) => html! { <Code operation={form.operation} model={form.model.clone()} body={form.body()} /> },
        (_, None) => html! { <p class="finding">{ speech.word(Word::ui_client_empty) }</p> },
    }
}

fn http(first: &str, headers: &Headers, body: &[u8], request: bool) -> Html {
    let headers: String = headers.0.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let body = match serde_json::from_slice::<Value>(body) {
        Ok(value) => serde_json::to_string_pretty(&value).unwrap_or_default(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let first = if request { format!("POST {first}") } else { first.to_string() };
    html! { <pre class="code">{ format!("{first}\n{headers}\n{body}") }</pre> }
}

fn response(exchange: &Exchange) -> Html {
    let reply = &exchange.reply;
    let status = format!("HTTP/1.1 {}", reply.status);
    match &reply.body {
        Body::Whole(bytes) => http(&status, &reply.headers, bytes, false),
        Body::Stream(pieces, _) => {
            let note = format!("({} frames, {} bytes)", pieces.len(), reply.bytes().len());
            http(&status, &reply.headers, note.as_bytes(), false)
        }
    }
}

/// Every frame, decoded and as bytes.
fn frame_list(speech: &Speech, exchange: &Exchange) -> Html {
    let Body::Stream(pieces, _) = &exchange.reply.body else {
        return html! { <p class="finding">{ speech.word(Word::ui_no_frames) }</p> };
    };
    html! {
        <ol class="frames">
            for (index, piece) in pieces.iter().enumerate() {
                <li>
                    <details>
                        <summary>
                            <span class="n">{ speech.ms(Some(piece.at_ms)) }</span>
                            <code>{ frame_name(exchange.frames.get(index)) }</code>
                            <span>{ format!("{} B", piece.bytes.len()) }</span>
                        </summary>
                        <pre class="code">{ frame_text(exchange.frames.get(index)) }</pre>
                        <pre class="code hex">{ hex_dump(&piece.bytes) }</pre>
                    </details>
                </li>
            }
        </ol>
    }
}

fn frame_name(frame: Option<&Frame>) -> String {
    let name = frame
        .and_then(|frame| frame.text(":event-type").or(frame.text(":exception-type")).or(frame.text(":error-code")));
    name.unwrap_or("damaged").to_string()
}

fn frame_text(frame: Option<&Frame>) -> String {
    let Some(frame) = frame else { return String::new() };
    let events = rehearsal::bedrock::decode::chunk_events(std::slice::from_ref(frame));
    let payload = events.first().map_or_else(|| String::from_utf8_lossy(&frame.payload).into_owned(), Value::to_string);
    let headers: String =
        frame.headers.iter().map(|(name, _)| format!("{name}: {}\n", frame.text(name).unwrap_or_default())).collect();
    format!("{headers}\n{payload}")
}

/// Bytes in rows of sixteen: offset, hexadecimal, ASCII.
fn hex_dump(bytes: &[u8]) -> String {
    let row = |(index, row): (usize, &[u8])| {
        let hex: String = row.iter().map(|byte| format!("{byte:02x} ")).collect();
        let ascii: String =
            row.iter().map(|byte| if (0x20..0x7F).contains(byte) { char::from(*byte) } else { '·' }).collect();
        format!("{:06x}  {hex:<48} {ascii}\n", index * 16)
    };
    bytes.chunks(16).enumerate().map(row).collect()
}

/// Every call, the newest first.
fn log(speech: &Speech, mock: &Rc<RefCell<Mock>>) -> Html {
    let mock = mock.borrow();
    let findings = mock.ledger().findings();
    html! {
        <>
            <div class="scroll" tabindex="0" role="region" aria-label={speech.word(Word::ui_panel_log)}>
                <table class="figures">
                    <thead><tr>
                        <th scope="col">{ "#" }</th><th scope="col">{ speech.word(Word::ui_operation) }</th><th scope="col">{ speech.word(Word::ui_model) }</th>
                        <th scope="col" class="n">{ "HTTP" }</th><th scope="col" class="n">{ speech.word(Word::ui_tokens_in_out) }</th>
                        <th scope="col" class="n">{ speech.word(Word::ui_cost) }</th><th scope="col" class="n">{ speech.word(Word::ui_elapsed) }</th>
                        <th scope="col">{ speech.word(Word::ui_reason) }</th>
                    </tr></thead>
                    <tbody>
                        for record in mock.ledger().records().iter().rev().take(200) {
                            <tr>
                                <td class="n">{ record.call }</td><td>{ &record.operation }</td><td>{ &record.model_id }</td>
                                <td class="n">{ record.status }</td><td class="n">{ format!("{} / {}", record.input_tokens, record.output_tokens) }</td>
                                <td class="n">{ speech.usd(record.cost_usd.map(|usd| usd.dollars())) }</td><td class="n">{ speech.ms(Some(record.latency_ms)) }</td>
                                <td>{ record.error.clone().unwrap_or_default() }{ " " }{ &record.reason }</td>
                            </tr>
                        }
                    </tbody>
                </table>
            </div>
            <ul class="lints">
                for finding in findings {
                    <li><strong>{ finding.rule }</strong>{ " " }{ finding.message }</li>
                }
            </ul>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct CodeProps {
    operation: Operation,
    model: String,
    body: Value,
}

/// The call as code, to be copied.
#[component]
fn Code(props: &CodeProps) -> Html {
    let speech = use_speech();
    let kind = use_state(|| SnippetKind::JavaScript);
    let copied = use_state(|| None::<bool>);
    let kinds = SnippetKind::ALL.map(|kind| (kind.name().to_string(), kind.name().to_string())).to_vec();
    let text = snippet(*kind, props.operation, &props.model, &props.body);
    let choose = {
        let kind = kind.clone();
        Callback::from(move |name: String| {
            if let Some(chosen) = SnippetKind::ALL.into_iter().find(|kind| kind.name() == name) {
                kind.set(chosen);
            }
        })
    };
    let copy = {
        let (text, copied) = (text.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            let (text, copied) = (text.clone(), copied.clone());
            spawn_local(async move {
                copied.set(Some(clipboard::copy(&text).await));
                gloo_timers::future::TimeoutFuture::new(2_000).await;
                copied.set(None);
            });
        })
    };
    let label = match *copied {
        None => Word::ui_copy,
        Some(true) => Word::ui_copied,
        Some(false) => Word::ui_copy_failed,
    };
    html! {
        <>
            <div class="controls">
                <Choice label={speech.word(Word::ui_panel_code)} options={kinds} chosen={kind.name()} on_choose={choose} />
                <button class="small" onclick={copy} data-action="copy">{ speech.word(label) }</button>
                <span class="sr" role="status">{ copied.map(|_| speech.word(label)).unwrap_or_default() }</span>
            </div>
            <pre class="code" data-figure="code">{ text }</pre>
        </>
    }
}
