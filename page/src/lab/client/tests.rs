//! The Client view as it is drawn: the example, the prompt cache block by block, the way to the browser.

use std::cell::RefCell;

use rehearsal::bedrock::{CacheTtl, Operation};
use rehearsal::delivery::Transit;
use rehearsal::doors::PointAfter;
use rehearsal::fixture::Library;
use rehearsal::mock::{Config, Fallback, LatencyMode, Mock};
use rehearsal::words::{English, Locale, Word};

use super::answer::Exchange;
use super::cache::CacheProps;
use super::calls::answered;
use super::delivery::DeliveryProps;
use super::*;

fn form() -> Form {
    Form::example("Which volumes cost less than 500 yen?".to_string())
}

/// What is kept of a form is the form; what no form can be, and what a later release wrote, is the example.
#[test]
fn a_kept_form_is_read_again() {
    let mut edited = form();
    (edited.operation, edited.fallback, edited.point_ttl) = (Operation::Messages, Fallback::Strict, CacheTtl::Hour);
    (edited.point_after, edited.pause_min) = (None, 6.0);
    (edited.setup.words, edited.cache_label) = ("spoiler".to_string(), "hit".to_string());
    let read = |document: &serde_json::Value| Form::of_document(document);
    for form in [form(), edited.clone()] {
        assert!(read(&form.document()).is_some_and(|read| read == form), "{}", form.document());
    }
    for (key, wrong) in
        [("version", "2".into()), ("operation", "Chat".into()), ("speed", (-1).into()), ("prompt", 7.into())]
    {
        let mut document = edited.document();
        document[key] = wrong;
        assert!(read(&document).is_none(), "{key}");
    }
    assert!(read(&serde_json::Value::Null).is_none());
}

/// Minutes after the call before, and what is changed about the example.
type Call = (f64, fn(&mut Form));

/// What the last of some calls, each so many minutes after the one before, gets.
fn after(calls: &[Call]) -> Exchange {
    let config = Config { fallback: Fallback::Echo, latency: LatencyMode::Recorded, ..Config::default() };
    let mut mock = Mock::new(Library::default(), crate::lab::prices::catalog().clone(), config);
    let mut ask = |(minutes, change): &Call| {
        let mut form = form();
        change(&mut form);
        answered(&mut mock, form.request(), minutes * 60_000.0, false)
    };
    calls.iter().filter_map(&mut ask).last().expect("a call")
}

fn rendered<C: BaseComponent>(props: impl FnOnce() -> C::Properties + Send + 'static) -> String {
    let html = pollster::block_on(yew::ServerRenderer::<C>::with_props(props).hydratable(false).render());
    assert!(!html.contains(" style="), "the page's policy forbids inline styles");
    html.replace("><", ">\n<")
}

/// What is drawn by a function.
fn rendered_of(draw: impl Fn(&Speech) -> Html + Send + 'static) -> String {
    #[derive(Properties)]
    struct DrawnProps {
        draw: Rc<dyn Fn(&Speech) -> Html>,
    }
    impl PartialEq for DrawnProps {
        fn eq(&self, _: &Self) -> bool {
            false
        }
    }
    #[component]
    fn Drawn(props: &DrawnProps) -> Html {
        (props.draw)(&use_speech())
    }
    rendered::<Drawn>(move || DrawnProps { draw: Rc::new(draw) })
}

fn cache(calls: &'static [Call]) -> String {
    rendered::<CacheCard>(move || CacheProps { record: after(calls).record })
}

#[test]
fn the_view_opens_with_an_example_that_is_answered() {
    let html = rendered::<ClientView>(|| Props { shelf: Rc::default() });
    for part in ["data-figure=\"example\"", "data-state=\"written\"", "data-action=\"again\"", "[Mock claude]"] {
        assert!(html.contains(part), "{part} in {html}");
    }
    // What the cache took is of the prompt, too.
    let record = after(&[(0.0, |_| {})]).record;
    let whole = format!("{} / {}", record.prompt_tokens(), record.output_tokens);
    assert!(record.cache_write_tokens > 1_000 && html.contains(&whole), "{whole} in {html}");
}

/// What the mock of a form says of its request.
fn asked(change: impl Fn(&mut Form)) -> (u16, rehearsal::mock::CallRecord, String) {
    let mut form = form();
    change(&mut form);
    let ask = move || {
        let mut mock = calls::mock_of(&Shelf::default(), form.fallback, &form.setup);
        answered(&mut mock, form.request(), 0.0, false).expect("a call")
    };
    let exchange = ask();
    let shown = rendered_of(move |speech| answer_card(speech, &ask(), None, &Callback::noop()));
    (exchange.reply.status, exchange.record, shown)
}

#[test]
fn every_operation_has_a_model_that_answers() {
    let all = || Operation::ALL.into_iter().chain(Operation::AT_DOORS);
    for (before, operation) in all().flat_map(|before| all().map(move |operation| (before, operation))) {
        let model = composer::model_for(operation, &composer::model_for(before, &form().model));
        let (status, record, _) =
            asked(|form| (form.operation, form.model, form.point_after) = (operation, model.clone(), None));
        // Not every model counts tokens, and the view writes InvokeModel's body for Claude and Nova alone.
        let of_some = operation == Operation::CountTokens || (operation.is_invoke() && !model.contains("claude"));
        assert!(status == 200 || of_some, "{before:?}, then {operation:?}: {record:?}");
    }
    let (status, _, shown) = asked(|form| {
        (form.operation, form.model, form.point_after) =
            (Operation::Messages, "anthropic.claude-fable-5".to_string(), None);
    });
    assert_eq!(status, 400);
    for part in ["data retention mode", "/v1/data_retention", "provider_data_share"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
}

/// A page in Japanese: its words, and English formats.
struct Japanese(std::collections::BTreeMap<String, String>);

impl Locale for Japanese {
    fn template(&self, word: Word) -> &str {
        &self.0[word.key()]
    }
    fn number(&self, value: f64) -> String {
        English.number(value)
    }
    fn exact(&self, value: f64) -> String {
        English.exact(value)
    }
    fn percent(&self, fraction: f64) -> String {
        English.percent(fraction)
    }
    fn usd(&self, dollars: f64) -> String {
        English.usd(dollars)
    }
    fn ms(&self, milliseconds: f64) -> String {
        English.ms(milliseconds)
    }
    fn seconds(&self, milliseconds: f64) -> String {
        English.seconds(milliseconds)
    }
}

fn japanese() -> Speech {
    Speech(Rc::new(Japanese(serde_json::from_str(rehearsal::words::JAPANESE).expect("a table of texts"))))
}

#[test]
fn a_japanese_page_says_in_japanese_why_an_answer_is_this_one() {
    let shown = rendered_of(|_| answer_card(&japanese(), &after(&[(0.0, |_| {})]), None, &Callback::noop()));
    assert!(shown.contains("この応答が選ばれた理由: フォールバック: エコー。"), "{shown}");
    let logged = rendered_of(|_| {
        let config = Config { fallback: Fallback::Echo, ..Config::default() };
        let mut mock = Mock::new(Library::default(), crate::lab::prices::catalog().clone(), config);
        mock.force_error("ThrottlingException", "no", 1).expect("it is known");
        answered(&mut mock, form().request(), 0.0, false);
        log(&japanese(), &Rc::new(RefCell::new(mock)))
    });
    assert!(logged.contains("ThrottlingException 強制したエラー"), "{logged}");
    let ruled = rendered_of(|_| rules(&japanese(), rehearsal::catalog::HAIKU));
    assert!(ruled.contains("モデルの提供元") && !ruled.contains("who makes the model"), "{ruled}");
}

/// What a guardrail answers in place of what it blocks.
const BLOCKED: &str = "Sorry, the model cannot answer this question.";

#[test]
fn a_guardrail_quotas_and_the_cache_label_are_the_mock_s() {
    let (status, _, shown) = asked(|form| form.setup.words = "yen, dollars".to_string());
    assert!(status == 200 && shown.contains(BLOCKED), "{shown}");
    let (_, _, shown) = asked(|form| form.setup.topics = "cost less".to_string());
    assert!(shown.contains(BLOCKED), "{shown}");
    let (_, _, shown) = asked(|form| form.setup.words = "ye".to_string());
    assert!(!shown.contains(BLOCKED), "a word inside a word: {shown}");

    let mut form = form();
    form.setup =
        setup::Setup { words: "駅、 yen ,".into(), topics: "stock tips".into(), rpm: "1".into(), tpm: "100k".into() };
    insta::assert_snapshot!("config", serde_json::to_string_pretty(&form.setup.document(form.fallback)).unwrap());
    form.setup = setup::Setup { rpm: "1".into(), ..setup::Setup::default() };
    let mut mock = calls::mock_of(&Shelf::default(), form.fallback, &form.setup);
    let statuses: Vec<u16> =
        (0..3).filter_map(|_| answered(&mut mock, form.request(), 0.0, false)).map(|call| call.reply.status).collect();
    assert_eq!(statuses, [200, 429, 429]);

    for operation in Operation::ALL.into_iter().chain(Operation::AT_DOORS) {
        let place = setup::LabelPlace::of(operation);
        let (status, record, _) = asked(|form| {
            (form.operation, form.point_after) = (operation, None);
            form.model = composer::model_for(operation, &form.model);
            form.query_type = "faq".to_string();
            form.cache_label = "hit".to_string();
        });
        assert!(status == 200 || operation == Operation::CountTokens, "{record:?}");
        assert_eq!(record.cache.as_deref(), place.map(|_| "hit"), "{operation:?}");
        if operation.is_invoke() {
            assert_eq!(record.query_type.as_deref(), Some("faq"), "{operation:?}");
        }
    }
}

#[test]
fn what_is_no_quota_is_named_beside_the_field() {
    #[component]
    fn Typed() -> Html {
        let form = use_state(|| {
            let mut form = form();
            form.setup.rpm = "many".to_string();
            form
        });
        html! { <SetupControls {form} /> }
    }
    let html = rendered::<Typed>(|| ());
    insta::assert_snapshot!("setup", html);
    assert!(html.contains("class=\"problems error\""), "{html}");
    // The first screen has one line of it.
    assert!(rendered::<ClientView>(|| Props { shelf: Rc::default() }).contains("<details data-part=\"setup\">"));
}

#[test]
fn a_cache_is_written_read_and_missed() {
    insta::assert_snapshot!("written", cache(&[(0.0, |_| {})]));
    insta::assert_snapshot!("read", cache(&[(0.0, |_| {}), (4.0, |_| {})]));
    insta::assert_snapshot!("expired", cache(&[(0.0, |_| {}), (6.0, |_| {})]));
    let hour: fn(&mut Form) = |form| form.point_ttl = CacheTtl::Hour;
    assert!(
        rendered::<CacheCard>(move || CacheProps { record: after(&[(0.0, hour), (6.0, hour)]).record })
            .contains("data-state=\"read\"")
    );
    let changed = cache(&[(0.0, |_| {}), (0.0, |form| form.system.push('!'))]);
    assert!(changed.contains("From system.0 on, the prompt differs from call 0."), "{changed}");
    let unmarked = cache(&[(0.0, |form| form.point_after = None)]);
    assert!(unmarked.contains("No cache point stands behind it."), "{unmarked}");
    let prompt = cache(&[(0.0, |form| form.point_after = Some(PointAfter::Prompt))]);
    assert_eq!(prompt.matches("data-state=\"written\"").count(), 2, "{prompt}");
}

#[test]
fn an_answer_is_delivered_and_put_together() {
    let delivered = |transit: Transit| {
        rendered::<DeliveryPanel>(move || DeliveryProps { exchange: after(&[(0.0, |_| {})]), transit })
    };
    insta::assert_snapshot!("delivered", delivered(Transit::default()));
    let shuffled = delivered(Transit { shuffled: true, ..Transit::default() });
    assert!(shuffled.contains("Whole: every message is there"), "{shuffled}");
    let lost = delivered(Transit { shuffled: true, loss: 0.3, seed: 1 });
    assert!(lost.contains("It counts as truncated."), "{lost}");
    let nothing = delivered(Transit { loss: 1.0, ..Transit::default() });
    assert!(nothing.contains("No message came"), "{nothing}");
}
