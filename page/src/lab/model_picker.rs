//! The choice of a model for one query type from the whole catalog: searched, narrowed by vendor and
//! region, each with its context and its prices.

use std::collections::BTreeSet;
use std::rc::Rc;

use rehearsal::catalog::{Mode, Model, PriceKind};
use rehearsal::scenario::Scenario;
use rehearsal::words::{Message, Word};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::analysis::on_model;
use crate::channel::ToFirst;
use crate::components::{Choice, Dialog, Head, Key, figure, name, use_sort};
use crate::platform::host;
use crate::speech::{Speech, use_speech};

/// Rows shown at once; whoever wants another one types a part of its name.
const MOST: usize = 60;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub scenario: Rc<Scenario>,
    /// The query type that it is for.
    pub index: usize,
    pub on_close: Callback<()>,
}

/// What narrows the list.
#[derive(Clone, Debug, Default, PartialEq)]
struct Filter {
    text: String,
    /// Empty for all.
    vendor: String,
    /// Where it may be called from; `None` for all.
    region: Option<String>,
    retired: bool,
}

impl Filter {
    fn takes(&self, model: &Model) -> bool {
        let parts = self.text.to_lowercase();
        let named = format!("{} {}", model.name, model.id).to_lowercase();
        model.mode == Mode::Chat
            && (self.retired || !model.retired)
            && (self.vendor.is_empty() || vendor(&model.id) == self.vendor)
            && self.region.as_ref().is_none_or(|wanted| region(&model.id) == wanted)
            && parts.split_whitespace().all(|part| named.contains(part))
    }
}

/// The regions that an id can begin with.
const REGIONS: [&str; 8] = ["global", "us", "eu", "apac", "jp", "au", "us-gov", "in"];

/// Where a model may be called from: its profile, or empty for the one region that is asked.
fn region(id: &str) -> &str {
    let first = id.split('.').next().unwrap_or_default();
    if REGIONS.contains(&first) { first } else { "" }
}

/// Who makes a model, as its id says.
fn vendor(id: &str) -> &str {
    let rest = id.strip_prefix(region(id)).map_or(id, |rest| rest.trim_start_matches('.'));
    rest.split('.').next().unwrap_or_default()
}

/// How vendors are written.
fn vendor_name(key: &str) -> String {
    let known = [
        ("ai21", "AI21"),
        ("openai", "OpenAI"),
        ("deepseek", "DeepSeek"),
        ("minimax", "MiniMax"),
        ("moonshotai", "Moonshot AI"),
        ("moonshot", "Moonshot AI"),
        ("nvidia", "NVIDIA"),
        ("xai", "xAI"),
        ("zai", "Z.AI"),
        ("twelvelabs", "TwelveLabs"),
    ];
    known.iter().find(|(known, _)| *known == key).map_or_else(
        || {
            let mut letters = key.chars();
            letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
        },
        |(_, name)| (*name).to_string(),
    )
}

/// The dialog.
#[component]
pub fn ModelPicker(props: &Props) -> Html {
    let speech = use_speech();
    let filter = use_state_eq(Filter::default);
    let sort = use_sort();
    let set = |change: fn(&mut Filter, String)| {
        let filter = filter.clone();
        Callback::from(move |value: String| {
            let mut next = (*filter).clone();
            change(&mut next, value);
            filter.set(next);
        })
    };
    let search = {
        let set = set(|filter, text| filter.text = text);
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                set.emit(input.value());
            }
        })
    };
    let retired = set(|filter, _| filter.retired = !filter.retired).reform(|_: MouseEvent| String::new());
    let chats = || crate::lab::prices::catalog().models().filter(|model| model.mode == Mode::Chat);
    let vendors: BTreeSet<&str> = chats().map(|model| vendor(&model.id)).collect();
    let mut makers = vec![(String::new(), speech.word(Word::pick_any_vendor))];
    makers.extend(vendors.into_iter().map(|key| (key.to_string(), vendor_name(key))));
    let found_regions: BTreeSet<&str> = chats().map(|model| region(&model.id)).collect();
    let mut regions = vec![("*".to_string(), speech.word(Word::pick_any_region))];
    regions.extend(found_regions.into_iter().map(|key| (key.to_string(), region_name(&speech, key))));
    let found: Vec<&Model> = chats().filter(|model| filter.takes(model)).collect();
    let keys: Vec<_> = found.iter().map(|model| keys(&speech, model)).collect();
    let choose = |id: &str| {
        let (scenario, index, id, on_close) =
            (props.scenario.clone(), props.index, id.to_string(), props.on_close.clone());
        Callback::from(move |_: MouseEvent| {
            let changed = on_model(&scenario, crate::lab::prices::catalog(), &id, Some(index));
            host::to_first(&ToFirst::Adopt { scenario: Rc::new(changed), instead_of: None });
            on_close.emit(());
        })
    };
    let count =
        Message::new(Word::pick_count).number("shown", found.len().min(MOST) as f64).number("all", found.len() as f64);
    let of_type = props.scenario.types.get(props.index).map(|kind| kind.name.clone()).unwrap_or_default();
    html! {
        <Dialog id="model-picker" title={speech.say(&Message::new(Word::pick_title).text("type", of_type))} close={speech.word(Word::ui_close)} on_close={props.on_close.clone()}>
            <div class="row">
                <label class="choice"><span class="label">{ speech.word(Word::ui_search) }</span>
                    <input type="search" value={filter.text.clone()} oninput={search} data-field="pick-model" /></label>
                <Choice label={speech.word(Word::pick_vendor)} labelled=true options={makers} chosen={filter.vendor.clone()} on_choose={set(|filter, key| filter.vendor = key)} />
                <Choice label={speech.word(Word::pick_region)} labelled=true options={regions} chosen={filter.region.clone().unwrap_or("*".to_string())}
                    on_choose={set(|filter, key| filter.region = (key != "*").then_some(key))} />
                <label class="toggle"><input type="checkbox" checked={filter.retired} onclick={retired} data-toggle="retired" />{ speech.word(Word::pick_retired) }</label>
            </div>
            <p class="hint" role="status">{ speech.say(&count) }</p>
            <div class="scroll" tabindex="0" role="group" aria-label={speech.word(Word::ui_model)}>
            <table class="figures">
                { sort.heads(&heads(&speech)) }
                <tbody>
                    for model in sort.places(&keys).into_iter().take(MOST).filter_map(|place| found.get(place)) {
                        { row(&speech, model, choose(&model.id)) }
                    }
                </tbody>
            </table>
            </div>
        </Dialog>
    }
}

fn region_name(speech: &Speech, key: &str) -> String {
    if key.is_empty() { speech.word(Word::pick_one_region) } else { key.to_string() }
}

fn heads(speech: &Speech) -> [Head; 7] {
    [
        Head::name(speech.word(Word::ui_model)),
        Head::name(speech.word(Word::pick_vendor)),
        Head::name(speech.word(Word::pick_region)),
        Head::figure(speech.word(Word::pick_context)),
        Head::figure(speech.word(Word::pick_input)),
        Head::figure(speech.word(Word::pick_output)),
        Head::plain(html! { <span class="sr">{ speech.word(Word::an_adopt) }</span> }),
    ]
}

/// What a model's row is sorted by.
fn keys(speech: &Speech, model: &Model) -> Vec<Option<Key>> {
    let million = |kind: PriceKind| figure(model.prices.get(kind).map(|price| price.usd_per_million()));
    vec![
        name(&model.name),
        name(&vendor_name(vendor(&model.id))),
        name(&region_name(speech, region(&model.id))),
        figure(model.max_input_tokens.map(|most| most as f64)),
        million(PriceKind::Input),
        million(PriceKind::Output),
    ]
}

fn row(speech: &Speech, model: &Model, choose: Callback<MouseEvent>) -> Html {
    let million = |price: Option<rehearsal::money::Price>| speech.usd(price.map(|price| price.usd_per_million()));
    let name = &model.name;
    let say = speech.say(
        &Message::new(Word::an_adopt_what).text("what", format!("{name} {}", region_name(speech, region(&model.id)))),
    );
    html! {
        <tr data-model={model.id.clone()}>
            <th scope="row">{ name }if model.retired { <small class="marks">{ speech.word(Word::an_retired) }</small> }</th>
            <td>{ vendor_name(vendor(&model.id)) }</td>
            <td>{ region_name(speech, region(&model.id)) }</td>
            <td class="n">{ model.max_input_tokens.map_or("–".to_string(), |most| speech.number(most as f64)) }</td>
            <td class="n">{ million(model.prices.get(PriceKind::Input)) }</td>
            <td class="n">{ million(model.prices.get(PriceKind::Output)) }</td>
            <td><button class="small quiet" onclick={choose} aria-label={say}>{ speech.word(Word::an_adopt) }</button></td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use rehearsal::catalog::Catalog;

    use super::*;

    #[test]
    fn an_id_says_region_and_vendor() {
        assert_eq!((region("us.anthropic.claude"), vendor("us.anthropic.claude")), ("us", "anthropic"));
        assert_eq!((region("deepseek.v3.2"), vendor("deepseek.v3.2")), ("", "deepseek"));
        assert_eq!((region("global.amazon.nova"), vendor("global.amazon.nova")), ("global", "amazon"));
    }

    #[test]
    fn only_chat_models_are_offered_and_none_by_a_bare_version() {
        let filter = Filter::default();
        let offered: Vec<&Model> = Catalog::full().models().filter(|model| filter.takes(model)).collect();
        assert!(offered.len() > 20);
        assert!(offered.iter().all(|model| model.mode == Mode::Chat && !model.retired));
        for model in offered {
            let name = &model.name;
            let first = name.chars().next().unwrap();
            assert!(
                !(first.is_ascii_digit()
                    || name.starts_with('V') && name.as_bytes().get(1).is_some_and(u8::is_ascii_digit)),
                "{name}"
            );
        }
    }

    #[test]
    fn search_takes_every_part_of_a_name() {
        let of = |text: &str| {
            let filter = Filter { text: text.into(), retired: true, ..Filter::default() };
            Catalog::full().models().filter(|model| filter.takes(model)).count()
        };
        assert!(of("claude haiku") > 0 && of("haiku claude") == of("claude haiku"));
        assert_eq!(of("no such model"), 0);
    }
}
