//! The later program: which of its views is open, and what stands above the page.

use std::rc::Rc;

use rehearsal::words::Word;
use yew::prelude::*;

use super::about::AboutView;
use super::analysis::AnalysisView;
use super::benchmarks::BenchmarksView;
use super::charts::Charts;
use super::client::ClientView;
use super::compare::Compare;
use super::details::Details;
use super::dialogs::Dialogs;
use super::fixtures::FixturesView;
use super::heard::{Event, Heard};
use super::model_picker::ModelPicker;
use super::own_chatbot::OwnChatbot;
use super::questions::QuestionsView;
use super::report::Report;
use super::shelf_store::use_shelf;
use super::tour::Tour;
use crate::channel::Above;
use crate::platform::host;
use crate::speech::{Speech, Spoken, use_language};
use crate::turns::use_turns;
use crate::view::View;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub spoken: Spoken,
}

/// The later views: which one, and in which language, the first program says.
#[component]
pub fn LabApp(props: &Props) -> Html {
    let heard = {
        let language = props.spoken.language;
        use_reducer(move || Heard::new(language))
    };
    {
        let dispatcher = heard.dispatcher();
        use_effect_with((), move |()| {
            host::on_later(move |message| dispatcher.dispatch(Event::Said(message)));
        });
    }
    let (view, is_first) = (heard.view, heard.view == View::WhatIf);
    let speech = use_language(heard.language, &props.spoken, Word::table);
    let turn = use_turns(3);
    let shelf = use_shelf(matches!(view, View::Fixtures | View::Client));
    let dispatch = {
        let dispatcher = shelf.dispatcher();
        Callback::from(move |action| dispatcher.dispatch(action))
    };
    let visited = use_mut_ref(|| [false; 2]);
    let [client, benchmarks] = {
        let mut visited = visited.borrow_mut();
        *visited = [visited[0] || view == View::Client, visited[1] || view == View::Benchmarks];
        *visited
    };
    // About needs no fixtures.
    let content = match (view, &shelf.error, shelf.loaded) {
        (View::About, ..) => html! { <AboutView /> },
        (View::Client | View::Fixtures, Some(error), _) => {
            html! { <p class="problems error" role="alert">{ error }</p> }
        }
        (View::Client | View::Fixtures, None, false) => {
            html! { <p class="loading" role="status">{ speech.word(Word::ui_loading) }</p> }
        }
        (View::Fixtures, None, true) => html! { <FixturesView shelf={Rc::new((*shelf).clone())} {dispatch} /> },
        _ => html! {},
    };
    let close = |event: fn() -> Event| {
        let dispatcher = heard.dispatcher();
        Callback::from(move |()| dispatcher.dispatch(event()))
    };
    html! {
        <ContextProvider<Speech> context={speech}>
            if let Some(opened) = &heard.dialog {
                <Dialogs opened={opened.clone()} period={heard.period} results={heard.results.clone()} on_close={close(|| Event::CloseDialog)} />
            }
            <Charts {view} period={heard.period} results={heard.results.clone()} scenario={heard.scenario.clone()} />
            <Compare results={heard.results.clone().filter(|_| view.has_results())} scenario={heard.scenario.clone()} period={heard.period} />
            if turn >= 2 {
                // It keeps what was computed and imported while another view is shown.
                <AnalysisView {view} period={heard.period} told={heard.scenario.clone()} />
                <QuestionsView {view} scenario={heard.scenario.clone()} />
            }
            if turn >= 3 {
                <Details shown={is_first} scenario={heard.scenario.clone()} />
                <Report scenario={heard.scenario.clone().filter(|_| is_first)} />
            }
            { content }
            // What was composed and measured there stays while another view is shown.
            if client && shelf.error.is_none() && shelf.loaded {
                <div hidden={view != View::Client}><ClientView shelf={Rc::new((*shelf).clone())} /></div>
            }
            if benchmarks {
                <div hidden={view != View::Benchmarks}><BenchmarksView /></div>
            }
            if let Some((index, scenario)) = heard.picking.zip(heard.scenario.clone()) {
                <ModelPicker {index} {scenario} on_close={close(|| Event::ClosePicker)} />
            }
            { match heard.above {
                // It points at the charts, too: it begins once there are any.
                Some(Above::Tour) if heard.results.as_ref().is_none_or(|results| results.day.is_none()) => html! {},
                Some(Above::Tour) => html! { <Tour on_close={close(|| Event::CloseAbove)} /> },
                Some(Above::OwnChatbot) => html! { <OwnChatbot on_close={close(|| Event::CloseAbove)} /> },
                None => html! {},
            } }
        </ContextProvider<Speech>>
    }
}
