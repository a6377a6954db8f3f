use rehearsal::bedrock::Operation;
use rehearsal::fixture::Fixture;
use rehearsal::mock::{Cadence, Player, Timeline};
use rehearsal::words::{Message, Word};
use yew::prelude::*;

use crate::components::{Choice, Tile, icon};
use crate::platform::clock::Frames;
use crate::speech::{Speech, use_speech};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub fixture: Fixture,
}

/// One fixture with its replay.
#[component]
pub fn FixturePlayer(props: &Props) -> Html {
    let speech = use_speech();
    let fixture = &props.fixture;
    let original = use_state(|| false);
    let operation = use_state(|| Timeline::own_operation(fixture));
    let timeline = use_memo((fixture.clone(), *original, *operation), |(fixture, original, operation)| {
        let cadence = if *original { Cadence::Original } else { Cadence::Model };
        Timeline::through(fixture, crate::lab::prices::catalog(), 42, cadence, *operation)
    });
    let choose_cadence = {
        let original = original.clone();
        Callback::from(move |key: String| original.set(key == "original"))
    };
    let operations = Timeline::OPERATIONS.map(|operation| (operation.name().to_string(), operation.name().to_string()));
    let cadences = vec![
        ("model".to_string(), speech.word(Word::ui_cadence_model)),
        ("original".to_string(), speech.word(Word::ui_cadence_original)),
    ];
    let player = use_state(Player::new);
    let choose_operation = {
        let (operation, player) = (operation.clone(), player.clone());
        Callback::from(move |name: String| {
            operation.set(Operation::from_name(&name).unwrap_or(*operation));
            player.set(player.restarted());
        })
    };
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
    let count = player.arrived.min(timeline.events.len());
    let arrived = &timeline.events[..count];
    let tokens = arrived.last().map_or(0.0, |event| event.tokens);
    let streaming_ms = player.now_ms - timeline.ttft_ms;
    let rate = (tokens > 0.0 && streaming_ms > 0.0).then(|| tokens * 1000.0 / streaming_ms);
    let text = player.text(&timeline);
    let error = fixture.error().filter(|_| count == timeline.events.len());
    let play = if player.playing { (Word::ui_pause, "pause") } else { (Word::ui_play, "play") };
    html! {
        <section class="card player" aria-labelledby="player-title">
            <h2 id="player-title">{ &fixture.id }</h2>
            <p class="model">{ fixture.model_id.clone().unwrap_or_default() }</p>
            <div class="controls">
                <button class="primary" data-action="play" onclick={on(|p, t| p.toggle(t))}>{ icon(play.1) }{ speech.word(play.0) }</button>
                <button data-action="step" onclick={on(|p, t| p.step(t))}>{ icon("step") }{ speech.word(Word::ui_step) }</button>
                <button data-action="restart" onclick={on(|p, _| p.restarted())}>{ icon("restart") }{ speech.word(Word::ui_restart) }</button>
                <Choice label={speech.word(Word::ui_operation)} labelled=true options={operations.to_vec()} chosen={operation.name()} on_choose={choose_operation} />
                <Choice label={speech.word(Word::ui_speed)} labelled=true options={speeds} chosen={player.speed.to_string()} on_choose={choose_speed} />
                <Choice label={speech.word(Word::ui_cadence)} labelled=true options={cadences} chosen={if *original { "original" } else { "model" }} on_choose={choose_cadence} />
            </div>
            <progress max={timeline.events.len().to_string()} value={count.to_string()} aria-label={speech.word(Word::ui_progress)} />
            <dl class="tiles small">
                <Tile label={speech.word(Word::ui_elapsed)} value={speech.ms(Some(player.now_ms))} />
                <Tile label={speech.word(Word::ui_ttft)} value={speech.ms(Some(timeline.ttft_ms))} />
                <Tile label={speech.word(Word::ui_rate)} value={rate.map_or("–".to_string(), |rate| speech.number(libm::round(rate)))} />
                <Tile label={speech.word(Word::ui_tokens_out)} value={format!("{} / {}", libm::round(tokens), timeline.output_tokens)} />
            </dl>
            <div class="dialogue">
                <p class="bubble user">{ fixture.prompt.clone().unwrap_or_default() }</p>
                if let Some(code) = error {
                    <p class="bubble error">{ &code.name }</p>
                } else if player.arrived > 0 {
                    <p class="bubble model" data-figure="answer">{ text }</p>
                }
            </div>
            { event_list(&speech, &timeline, count) }
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
            <div class="events" tabindex="0" role="group" aria-labelledby="events-title">
                <table>
                    <tbody>
                        for event in timeline.events[..arrived].iter().rev() {
                            <tr>
                                <td class="n">{ format!("{} ms", speech.number(event.at_ms)) }</td>
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
