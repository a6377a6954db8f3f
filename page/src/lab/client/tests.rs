//! The Client view as it is drawn: the example, the prompt cache block by block, the way to the browser.

use rehearsal::bedrock::CacheTtl;
use rehearsal::delivery::Transit;
use rehearsal::doors::PointAfter;
use rehearsal::fixture::Library;
use rehearsal::mock::{Config, Fallback, LatencyMode, Mock};

use super::answer::Exchange;
use super::cache::CacheProps;
use super::calls::answered;
use super::delivery::DeliveryProps;
use super::*;

fn form() -> Form {
    Form::example("Which volumes cost less than 500 yen?".to_string())
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
