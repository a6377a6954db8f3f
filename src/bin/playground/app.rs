use std::cell::Cell;
use std::rc::Rc;

use rehearsal::scenario::Scenario;
use rehearsal::sim::Asked;
use rehearsal::words::Word;
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::components::{Choice, Icon, Tabs};
use crate::platform::intl::{self, Language};
use crate::platform::page::{self, Theme};
use crate::platform::simulator::Simulator;
use crate::platform::storage;
use crate::platform::{bridge, clock};
use crate::speech::Speech;
use crate::state::{Action, Model, View};
use crate::views::WhatIf;

/// The whole page: the state, the language and the frame around the views.
#[component]
pub fn App() -> Html {
    let model = use_reducer(Model::default);
    let theme = use_state(|| Theme::from_key(&storage::get(storage::THEME).unwrap_or_default()));
    let language = use_state(|| Language::from_tag(&storage::get(storage::LANGUAGE).unwrap_or_else(page::language)));
    let speech = use_state(|| Speech(intl::english(Word::first_table)));
    let cancel = use_simulation(&model);
    {
        let speech = speech.clone();
        use_effect_with(*language, move |language| {
            let language = *language;
            spawn_local(async move {
                // Without its file the page stays in the language it has.
                if let Ok(locale) = intl::load(language, Word::first_table).await {
                    speech.set(Speech(locale));
                }
            });
        });
    }
    {
        let title = speech.word(Word::ui_title);
        use_effect_with((*theme, *language, title), |(theme, language, title)| {
            page::dress(*theme, language.tag(), title)
        });
    }
    use_laboratory(&model, *language);
    let choose_theme = {
        let theme = theme.clone();
        Callback::from(move |key: String| {
            storage::set(storage::THEME, &key);
            theme.set(Theme::from_key(&key));
        })
    };
    let choose_language = {
        let language = language.clone();
        Callback::from(move |tag: String| {
            storage::set(storage::LANGUAGE, &tag);
            language.set(Language::from_tag(&tag));
        })
    };
    let show = {
        let dispatcher = model.dispatcher();
        Callback::from(move |view| dispatcher.dispatch(Action::Show(view)))
    };
    let act = |action: Action| {
        let dispatcher = model.dispatcher();
        Callback::from(move |_: MouseEvent| dispatcher.dispatch(action.clone()))
    };
    let speech = (*speech).clone();
    let themes = [
        (Theme::System, Word::ui_theme_system),
        (Theme::Light, Word::ui_theme_light),
        (Theme::Dark, Word::ui_theme_dark),
    ]
    .map(|(theme, word)| (theme.key().to_string(), speech.word(word)))
    .to_vec();
    let languages = [(Language::English, "English"), (Language::Japanese, "日本語")]
        .map(|(language, name)| (language.tag().to_string(), name.to_string()))
        .to_vec();
    let tabs = [
        (View::WhatIf, Word::ui_view_what_if),
        (View::Fixtures, Word::ui_view_fixtures),
        (View::Client, Word::ui_view_client),
        (View::Benchmarks, Word::ui_view_benchmarks),
    ]
    .map(|(view, word)| (view, speech.word(word)))
    .to_vec();
    html! {
        <ContextProvider<Speech> context={speech.clone()}>
            <a class="skip" href="#main">{ speech.word(Word::ui_skip) }</a>
            <header class="top">
                <div class="brand">
                    <Icon name="mark" />
                    <div>
                        <h1>{ "Rehearsal" }</h1>
                        <p>{ speech.word(Word::ui_promise) }</p>
                    </div>
                </div>
                <Tabs<View> label={speech.word(Word::ui_views)} {tabs} chosen={model.view} on_choose={show} />
                <div class="tools">
                    <button class="quiet icon" disabled={!model.can_undo()} onclick={act(Action::Undo)}
                        aria-label={speech.word(Word::ui_undo)} title={speech.word(Word::ui_undo)}><Icon name="undo" /></button>
                    <button class="quiet icon" disabled={!model.can_redo()} onclick={act(Action::Redo)}
                        aria-label={speech.word(Word::ui_redo)} title={speech.word(Word::ui_redo)}><Icon name="redo" /></button>
                    <Choice label={speech.word(Word::ui_language)} options={languages} chosen={language.tag()} on_choose={choose_language} />
                    <Choice label={speech.word(Word::ui_theme)} options={themes} chosen={theme.key()} on_choose={choose_theme} />
                </div>
            </header>
            <main id="main" tabindex="-1">
                if model.view == View::WhatIf {
                    <WhatIf model={Rc::new((*model).clone())} dispatch={dispatch(&model)} {cancel} />
                }
                // The second program lives here, below the first view or in its place.
                <div id="lab" class={(model.view == View::WhatIf).then_some("below")}></div>
            </main>
            <footer class="bottom">
                <p>{ speech.word(Word::ui_footer) }</p>
                <p>{ format!("Rehearsal {}", env!("CARGO_PKG_VERSION")) }</p>
            </footer>
        </ContextProvider<Speech>>
    }
}

fn dispatch(model: &UseReducerHandle<Model>) -> Callback<Action> {
    let dispatcher = model.dispatcher();
    Callback::from(move |action| dispatcher.dispatch(action))
}

/// Loads the second program when one of its views is opened, or else once the first view has its
/// result and the browser has time; tells it the scenario, and takes one from it.
#[hook]
fn use_laboratory(model: &UseReducerHandle<Model>, language: Language) {
    let settled = model.outcome.is_some() || model.simulator_dead || !model.simulation_problems.is_empty();
    use_effect_with((model.view, language, settled), |(view, language, settled)| {
        let asked = bridge::Asked { view: view.lab_name().to_string(), language: language.tag().to_string() };
        let (waits, given_up) = (*view == View::WhatIf, Rc::new(Cell::new(false)));
        if !waits {
            bridge::ask(&asked);
        } else if *settled {
            let given_up = given_up.clone();
            spawn_local(async move {
                clock::idle().await;
                if !given_up.get() {
                    bridge::ask(&asked);
                }
            });
        }
        move || given_up.set(true)
    });
    use_effect_with((model.generation, model.scenario.clone()), |(generation, scenario)| {
        bridge::tell(*generation, &scenario.to_json());
    });
    let dispatcher = model.dispatcher();
    use_effect_with((), move |()| {
        let listener = bridge::on_adopt(move |text| {
            // The second program hands over what it has read itself.
            if let Ok(read) = Scenario::load(&text) {
                dispatcher.dispatch(Action::Load(Rc::new(read.output)));
            }
        });
        move || drop(listener)
    });
}

/// Keeps the simulated day up with the scenario; what it gives cancels a long simulation.
#[hook]
fn use_simulation(model: &UseReducerHandle<Model>) -> Callback<()> {
    let simulator = {
        let dispatcher = model.dispatcher();
        use_memo((), move |()| Simulator::start(move |told| dispatcher.dispatch(Action::Told(told))))
    };
    {
        let simulator = simulator.clone();
        use_effect_with((model.generation, model.scenario.clone()), move |(generation, scenario)| {
            let curve = rehearsal::sim::LOAD_FACTORS.map(Asked::Load);
            let asked: Vec<Asked> = std::iter::once(Asked::Day).chain(curve).collect();
            simulator.request(*generation, scenario, &asked);
        });
    }
    let dispatcher = model.dispatcher();
    Callback::from(move |()| {
        simulator.cancel();
        dispatcher.dispatch(Action::Cancelled);
    })
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn the_page_before_any_simulation() {
        let html = pollster::block_on(yew::ServerRenderer::<App>::new().hydratable(false).render());
        insta::assert_snapshot!(html.replace("><", ">\n<"));
    }
}
