//! What is said of the price rows that a bill rests on: which was chosen, who says otherwise, how old it is, and
//! what a model cannot take.

use crate::catalog::{Catalog, IN_REGION, Model, PriceKind, Prices, Staleness};
use crate::rules::{Age, age};
use crate::scenario::{INFRASTRUCTURE_DATE, INFRASTRUCTURE_REGION, QueryType, Scenario};
use crate::words::{Arg, Message, Word};

use super::Estimate;
use super::sheet::place;

/// A share of messages that is not worth a word.
const SOME: f64 = 0.0005;

/// The shares of a query type's prompts and answers that a model cannot take: too long for it.
pub(super) fn beyond_limits(scenario: &Scenario, kind: &QueryType, model: &Model) -> (f64, f64) {
    // Each turn of a conversation has a prompt of its own length.
    let prompts = model.max_input_tokens.map_or(0.0, |most| {
        let (mut share, mut turns) = (0.0, 0.0);
        scenario.sizes_of(kind).each_turn(None, 0.0, |turn| {
            share += turn.weight * kind.input_tokens.above(most as f64 - turn.before()).0;
            turns += turn.weight;
        });
        if turns > 0.0 { share / turns } else { 0.0 }
    });
    let answers = model.max_output_tokens.map_or(0.0, |most| kind.output_tokens.above(most as f64).0);
    (prompts, answers)
}

/// Prompts and answers that a model cannot take.
pub(super) fn too_long(scenario: &Scenario, catalog: &Catalog) -> Vec<Message> {
    let mut said = Vec::new();
    for kind in &scenario.types {
        let next = kind.escalation.as_ref().map(|next| next.model.as_str());
        for model in kind.branches().map(|(id, _)| id).chain(next).filter_map(|id| catalog.get(id)) {
            let (prompts, answers) = beyond_limits(scenario, kind, model);
            let each = [
                (Word::finding_prompt_too_long, prompts, model.max_input_tokens),
                (Word::finding_answer_too_long, answers, model.max_output_tokens),
            ];
            for (word, share, most) in each.into_iter().filter(|(_, share, _)| *share > SOME) {
                let message = Message::new(word).text("type", &kind.name).text("model", &model.name);
                said.push(message.number("most", most.unwrap_or(0) as f64).with("share", Arg::Percent(share)));
            }
        }
    }
    said
}

/// What is to be known of the rows of a bill. `today` is the day that they are judged by.
pub(super) fn about_rows(
    scenario: &Scenario,
    catalog: &Catalog,
    estimate: &Estimate,
    today: Option<&str>,
) -> Vec<Message> {
    let mut said = Vec::new();
    for used in &estimate.by_model {
        let Some(model) = catalog.get(&used.model) else { continue };
        let own = &scenario.billing.prices;
        if !own.contains_key(&used.model) && !own.contains_key(&model.id) {
            said.extend(about_place(scenario, model, &used.model));
        }
        said.extend(about_age(model, today));
    }
    if scenario.infrastructure.uses_list_prices() {
        said.push(match scenario.region.as_deref() {
            Some(region) if region != INFRASTRUCTURE_REGION => {
                Message::new(Word::finding_services_region).text("region", region)
            }
            _ => Message::new(Word::finding_services_list).text("date", INFRASTRUCTURE_DATE),
        });
    }
    said
}

/// Which of a model's rows is paid, and who says otherwise.
fn about_place(scenario: &Scenario, model: &Model, id: &str) -> Option<Message> {
    let place = place(scenario, id);
    let (chosen, region) = (model.at(place), place.region);
    if let Some((region, row)) = region.zip(chosen.region) {
        let source = if row == IN_REGION { format!("{row}, {}", chosen.source) } else { chosen.source.to_string() };
        let message = Message::new(Word::finding_in_region).text("model", &model.name).text("region", region);
        return Some(priced(message, "input", "output", chosen.prices).text("source", source));
    }
    if let Some(region) = region.filter(|_| chosen.fell_back) {
        return Some(Message::new(Word::finding_region_unlisted).text("model", &model.name).text("region", region));
    }
    let other = chosen.other?;
    let message =
        Message::new(Word::finding_sources_differ).text("model", &model.name).text("source", source(chosen.source));
    let message = priced(message, "input", "output", chosen.prices);
    let place = other.region.as_ref().map_or(String::new(), |region| format!(" ({region})"));
    let message = message.text("other", format!("{}{place}", other.source));
    Some(priced(message, "other_input", "other_output", &other.prices))
}

/// The first price list, by its name: its rows name AWS's pages.
fn source(source: &str) -> String {
    if source.starts_with("https://") { "LiteLLM".to_string() } else { source.to_string() }
}

fn priced(message: Message, input: &'static str, output: &'static str, prices: &Prices) -> Message {
    let price = |kind| match prices.get(kind) {
        Some(price) => Arg::Usd(price.usd_per_million()),
        None => Arg::Word(Word::ui_unknown),
    };
    message.with(input, price(PriceKind::Input)).with(output, price(PriceKind::Output))
}

fn about_age(model: &Model, today: Option<&str>) -> Vec<Message> {
    let mut said = Vec::new();
    match age(model, today) {
        Some(Age::Retired) => said.push(Message::new(Word::finding_retired).text("model", &model.name)),
        Some(Age::Ending { date, days }) => {
            let message = Message::new(Word::finding_retires).text("model", &model.name);
            said.push(message.text("date", date).number("days", days as f64));
        }
        None => {}
    }
    if let Some(Staleness::Stale { days }) = today.map(|today| model.staleness(today)) {
        said.push(
            Message::new(Word::finding_stale)
                .text("model", &model.name)
                .text("date", &model.date)
                .number("days", f64::from(days)),
        );
    }
    said
}

#[cfg(test)]
mod tests {
    use crate::catalog::Catalog;
    use crate::cost::answers;
    use crate::scenario::Scenario;
    use crate::words::English;

    fn said(scenario: &str, today: &str) -> Vec<String> {
        let scenario = Scenario::load(scenario).unwrap().output;
        let answers = answers(&scenario, Catalog::full(), Some(today)).unwrap();
        answers.findings.iter().map(|finding| finding.say(&English)).collect()
    }

    fn on(model: &str, more: &str) -> String {
        format!(r#"{{"types":[{{"name":"a","share_pct":100,"model":"{model}"{more}}}]}}"#)
    }

    #[track_caller]
    fn check(said: &[String], expected: &str) {
        assert!(said.iter().any(|finding| finding.starts_with(expected)), "{expected}: {said:#?}");
    }

    #[test]
    fn what_a_model_cannot_take_is_told() {
        let micro = |more: &str| said(&on("amazon.nova-micro-v1:0", more), "2026-11-29");
        let long = micro(r#","input_tokens":128001,"output_tokens":20000"#);
        check(&long, "“a”: Nova Micro takes prompts of at most 128,000 tokens; 100.0 % of them are longer.");
        check(&long, "“a”: Nova Micro writes at most 10,000 tokens; 100.0 % of the answers are longer.");
        let some = micro(r#","input_tokens":{"kind":"exponential","mean":40000}"#);
        check(&some, "“a”: Nova Micro takes prompts of at most 128,000 tokens; 4.1 % of them are longer.");
        assert!(
            micro(r#","input_tokens":128000,"output_tokens":10000"#).iter().all(|finding| !finding.contains("at most"))
        );
    }

    #[test]
    fn every_turn_of_a_conversation_is_held_against_the_context() {
        let micro = |turns: u32| {
            let kind = format!(r#","input_tokens":1000,"output_tokens":9000,"prompt":{{"turns":{turns}}}"#);
            said(&on("amazon.nova-micro-v1:0", &kind), "2026-11-29")
        };
        // Turn t has 1,000 + 10,000 t tokens: from t = 13 on more than 128,000, which are 7 of 20 and 17 of 30.
        check(&micro(20), "“a”: Nova Micro takes prompts of at most 128,000 tokens; 35.0 % of them are longer.");
        check(&micro(30), "“a”: Nova Micro takes prompts of at most 128,000 tokens; 56.7 % of them are longer.");
        assert!(micro(13).iter().all(|finding| !finding.contains("at most")));
    }

    #[test]
    fn a_model_that_the_service_calls_active_is_not_retired() {
        // The list's day, 2026-10-15, is the first that it may end on.
        let said = said(&on("eu.anthropic.claude-haiku-4-5-20251001-v1:0", ""), "2026-11-30");
        assert!(said.iter().all(|finding| !finding.contains("retired")), "{said:?}");
    }

    #[test]
    fn a_retirement_is_judged_by_the_day() {
        let mut scenario = Scenario::load(&on("ai21.jamba-1-5-large-v1:0", "")).unwrap().output;
        scenario.daily_messages = 1.0;
        let text = scenario.to_json();
        check(&said(&text, "2026-11-20"), "Jamba 1.5 Large is to be retired on 2026-11-26, in 6 days.");
        check(&said(&text, "2026-11-26"), "Jamba 1.5 Large is retired: new traffic cannot use it.");
        assert!(said(&text, "2026-01-01").iter().all(|finding| !finding.contains("retired")));
    }

    #[test]
    fn the_row_that_is_paid_is_told() {
        let haiku = on("anthropic.claude-haiku-4-5-20251001-v1:0", "");
        check(
            &said(&haiku, "2026-11-29"),
            "Price lists differ on Claude Haiku 4.5: LiteLLM says $1.00 in and $5.00 out, genai-prices",
        );
        let tokyo = haiku.replacen('{', r#"{"region":"ap-northeast-1","#, 1);
        check(
            &said(&tokyo, "2026-11-29"),
            "Claude Haiku 4.5 in ap-northeast-1 is paid at $1.10 in and $5.50 out (in-region, genai-prices",
        );
        let deepseek = on("deepseek.v3.2", "").replacen(
            '{',
            r#"{"region":"ap-northeast-1","infrastructure":{"fargate":true},"#,
            1,
        );
        check(&said(&deepseek, "2026-11-29"), "DeepSeek V3.2 in ap-northeast-1 is paid at $0.740 in and $2.22 out");
        check(
            &said(&deepseek, "2026-11-29"),
            "The services around the model are billed at us-east-1's list prices, not at ap-northeast-1's.",
        );
    }

    #[test]
    fn what_is_assumed_of_a_cache_is_told() {
        let cached = |model: &str| said(&on(model, r#","prompt":{"system_tokens":3000,"cache":{}}"#), "2026-11-29");
        check(&cached("us.openai.gpt-6-sol"), "Nobody publishes from how many tokens on");
        check(&cached("amazon.nova-pro-v1:0"), "Nova Pro has no price for writing its cache");
        assert!(cached("amazon.nova-pro-v1:0").iter().all(|finding| !finding.contains("Nobody")));
    }
}
