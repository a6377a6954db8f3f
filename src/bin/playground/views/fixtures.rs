use std::rc::Rc;

use rehearsal::catalog::Catalog;
use rehearsal::fixture::{Fixture, Kind, Library};
use rehearsal::mock::{Cadence, Player, Timeline};
use rehearsal::words::{Message, Word};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::components::{Choice, Icon, Tile};
use crate::platform::{clock::Frames, files};
use crate::speech::{Speech, use_speech};

/// The library of answers, and each replayed as the model would send it.
#[component]
pub fn Fixtures() -> Html {
    let speech = use_speech();
    let library = use_state(|| None::<Result<Rc<Library>, String>>);
    let chosen = use_state(|| None::<String>);
    {
        let library = library.clone();
        use_effect_with((), move |()| {
            spawn_local(async move { library.set(Some(load().await)) });
        });
    }
    let library = match &*library {
        None => return html! { <p class="loading" role="status">{ speech.word(Word::ui_loading) }</p> },
        Some(Err(error)) => return html! { <p class="problems error" role="alert">{ error }</p> },
        Some(Ok(library)) => library.clone(),
    };
    let fixture = chosen.as_ref().and_then(|id| library.get(id)).or_else(|| library.iter().next());
    html! {
        <div class="panes fixtures">
            <section class="editor" aria-labelledby="fixtures-title">
                <h2 id="fixtures-title">{ speech.word(Word::ui_view_fixtures) }</h2>
                <ul class="library">
                    for entry in library.iter() {
                        <li>
                            <button aria-pressed={(Some(&entry.id) == fixture.map(|fixture| &fixture.id)).to_string()} data-fixture={entry.id.clone()}
                                onclick={
                                    let (chosen, id) = (chosen.clone(), entry.id.clone());
                                    Callback::from(move |_: MouseEvent| chosen.set(Some(id.clone())))
                                }>
                                <span class="id">{ &entry.id }</span>
                                <span class={format!("kind {}", entry.kind.key())}>{ speech.word(kind_name(entry.kind)) }</span>
                                <span class="prompt">{ entry.prompt.as_deref().unwrap_or_default() }</span>
                            </button>
                        </li>
                    }
                </ul>
            </section>
            <div class="results">
                if let Some(fixture) = fixture {
                    <FixturePlayer key={fixture.id.clone()} fixture={fixture.clone()} />
                }
            </div>
        </div>
    }
}

async fn load() -> Result<Rc<Library>, String> {
    let text = files::text("fixtures.json").await?;
    let files: std::collections::BTreeMap<String, String> =
        serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let files = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    Library::read(files).map(Rc::new).map_err(|problems| problems.to_string())
}

fn kind_name(kind: Kind) -> Word {
    match kind {
        Kind::Edge => Word::ui_kind_edge,
        Kind::Error => Word::ui_kind_error,
        Kind::Japanese => Word::ui_kind_japanese,
        Kind::Recorded => Word::ui_kind_recorded,
        Kind::Golden => Word::ui_kind_golden,
    }
}

#[derive(Properties, PartialEq)]
struct PlayerProps {
    fixture: Fixture,
}

/// One fixture with its replay.
#[component]
fn FixturePlayer(props: &PlayerProps) -> Html {
    let speech = use_speech();
    let fixture = &props.fixture;
    let timeline =
        use_memo(fixture.clone(), |fixture| Timeline::new(fixture, &Catalog::reference(), 42, Cadence::Model));
    let player = use_state(Player::new);
    {
        let (player, timeline) = (player.clone(), timeline.clone());
        use_effect_with(*player, move |now| {
            // Each frame starts the next: the state the frame closes over is always the newest.
            let now = *now;
            let frames = now.playing.then(|| Frames::start(move |ms| player.set(now.advance(&timeline, ms))));
            move || drop(frames)
        });
    }
    let on = |change: fn(Player, &Timeline) -> Player| {
        let (player, timeline) = (player.clone(), timeline.clone());
        Callback::from(move |_: MouseEvent| player.set(change(*player, &timeline)))
    };
    let choose_speed = {
        let player = player.clone();
        Callback::from(move |text: String| {
            let speed = text.parse().unwrap_or(1.0);
            player.set(Player { speed, ..*player });
        })
    };
    let speeds: Vec<_> = Player::SPEEDS.iter().map(|speed| (speed.to_string(), format!("{speed}×"))).collect();
    let arrived = &timeline.events[..player.arrived];
    let tokens = arrived.last().map_or(0.0, |event| event.tokens);
    let streaming_ms = player.now_ms - timeline.ttft_ms;
    let rate = (tokens > 0.0 && streaming_ms > 0.0).then(|| tokens * 1000.0 / streaming_ms);
    let text = player.text(&timeline);
    let error = fixture.error().filter(|_| player.arrived == timeline.events.len());
    let play = if player.playing { (Word::ui_pause, "pause") } else { (Word::ui_play, "play") };
    html! {
        <section class="card player" aria-labelledby="player-title">
            <h2 id="player-title">{ &fixture.id }</h2>
            <p class="model">{ fixture.model_id.clone().unwrap_or_default() }</p>
            <div class="controls">
                <button class="primary" data-action="play" onclick={on(|p, t| p.toggle(t))}><Icon name={play.1} />{ speech.word(play.0) }</button>
                <button data-action="step" onclick={on(|p, t| p.step(t))}><Icon name="step" />{ speech.word(Word::ui_step) }</button>
                <button data-action="restart" onclick={on(|p, _| p.restarted())}><Icon name="restart" />{ speech.word(Word::ui_restart) }</button>
                <Choice label={speech.word(Word::ui_speed)} labelled=true options={speeds} chosen={player.speed.to_string()} on_choose={choose_speed} />
            </div>
            <progress max={timeline.events.len().to_string()} value={player.arrived.to_string()} aria-label={speech.word(Word::ui_progress)} />
            <dl class="tiles small">
                <Tile label={speech.word(Word::ui_elapsed)} value={speech.ms(Some(player.now_ms))} />
                <Tile label={speech.word(Word::ui_ttft)} value={speech.ms(Some(timeline.ttft_ms))} />
                <Tile label={speech.word(Word::ui_rate)} value={rate.map_or("–".to_string(), |rate| speech.number(libm::round(rate)))} />
                <Tile label={speech.word(Word::ui_tokens_out)} value={format!("{} / {}", libm::round(tokens), fixture.usage().output_tokens)} />
            </dl>
            <div class="dialogue">
                <p class="bubble user">{ fixture.prompt.clone().unwrap_or_default() }</p>
                if let Some(code) = error {
                    <p class="bubble error">{ &code.name }</p>
                } else if player.arrived > 0 {
                    <p class="bubble model" data-figure="answer">{ text }</p>
                }
            </div>
            { event_list(&speech, &timeline, player.arrived) }
        </section>
    }
}

/// The events that have arrived, the newest first.
fn event_list(speech: &Speech, timeline: &Timeline, arrived: usize) -> Html {
    let heading = speech.say(
        &Message::new(Word::ui_events).number("arrived", arrived as f64).number("all", timeline.events.len() as f64),
    );
    html! {
        <>
            <h3 id="events-title">{ heading }</h3>
            <div class="events" tabindex="0" role="region" aria-labelledby="events-title">
                <table>
                    <tbody>
                        for event in timeline.events[..arrived].iter().rev() {
                            <tr>
                                <td class="n">{ speech.ms(Some(event.at_ms)) }</td>
                                <td><code>{ &event.kind }</code></td>
                                <td class="payload"><code>{ event.payload.to_string() }</code></td>
                            </tr>
                        }
                    </tbody>
                </table>
            </div>
        </>
    }
}
