use std::rc::Rc;

use rehearsal::words::Word;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::about::AboutView;
use super::analysis::AnalysisView;
use super::benchmarks::BenchmarksView;
use super::charts::Charts;
use super::client::ClientView;
use super::desk::Desk;
use super::details::Details;
use super::fixtures::FixturesView;
use super::newest::use_newest;
use super::own_chatbot::OwnChatbot;
use super::shelf::{Shelf, ShelfAction};
use super::tour::Tour;
use crate::platform::intl::Language;
use crate::platform::request::{self, Request};
use crate::platform::{bridge, files};
use crate::speech::{Speech, Spoken, use_language};
use crate::turns::use_turns;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub spoken: Spoken,
}

/// The later views: which one, and in which language, the first program says.
#[component]
pub fn LabApp(props: &Props) -> Html {
    let asked = use_newest(bridge::asked, bridge::on_asked);
    let speech = use_language(Language::from_tag(&asked.language), &props.spoken, Word::table);
    let turn = use_turns(3);
    let shelf = use_reducer(Shelf::default);
    {
        let dispatcher = shelf.dispatcher();
        let needed = !shelf.loaded && matches!(asked.view.as_str(), "fixtures" | "client");
        use_effect_with(needed, move |needed| {
            if *needed {
                spawn_local(async move {
                    dispatcher.dispatch(match files::text("fixtures.json").await {
                        Ok(text) => ShelfAction::Stock(text),
                        Err(error) => ShelfAction::Fail(error),
                    });
                });
            }
        });
    }
    let above = use_state_eq(String::new);
    {
        let above = above.clone();
        use_effect_with((), move |()| {
            let listener = request::take(Request::Open, move |name| above.set(name));
            move || drop(listener)
        });
    }
    let dispatch = {
        let dispatcher = shelf.dispatcher();
        Callback::from(move |action| dispatcher.dispatch(action))
    };
    // These views need no fixtures.
    let content = match (&shelf.error, shelf.loaded) {
        _ if asked.view == "about" => html! { <AboutView /> },
        _ if asked.view == "analysis" => html! {},
        _ if asked.view == "benchmarks" => html! { <BenchmarksView /> },
        (Some(error), _) => html! { <p class="problems error" role="alert">{ error }</p> },
        (None, false) => html! { <p class="loading" role="status">{ speech.word(Word::ui_loading) }</p> },
        (None, true) if asked.view == "client" => html! { <ClientView shelf={Rc::new((*shelf).clone())} /> },
        (None, true) => html! { <FixturesView shelf={Rc::new((*shelf).clone())} {dispatch} /> },
    };
    let close = {
        let above = above.clone();
        Callback::from(move |()| above.set(String::new()))
    };
    html! {
        <ContextProvider<Speech> context={speech}>
            <Desk />
            <Charts shown={asked.view == "analysis"} />
            if turn >= 2 {
                // It keeps what was computed and imported while another view is shown.
                <AnalysisView shown={asked.view == "analysis"} />
            }
            if turn >= 3 {
                <Details shown={asked.view == "analysis"} />
            }
            { content }
            { match above.as_str() {
                "tour" => html! { <Tour on_close={close} /> },
                "own-chatbot" => html! { <OwnChatbot on_close={close} /> },
                _ => html! {},
            } }
        </ContextProvider<Speech>>
    }
}
