//! Differential tests: the quick engine beside the reference, and each stage beside a slow, obvious one.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::catalog::Catalog;
use crate::scenario::{Arrivals, Capacity, Curve, Distribution, Faults, Preset, Retry, RetryMode, Scenario};

use super::arrivals;
use super::draw::{BLOCK, Chance, Drawer, Drawings, Draws};
use super::fast::Fast;
use super::fast_forward::Unhindered;
use super::memory::{Arrived, Kept, Memory, Messages, Span};
use super::plan::{Plan, Way};
use super::run::run;
use super::tally::Tally;
use super::{Engine, Fast as FastEngine, Reference, fast_forward, throttled, uncontended};
use super::{simulate, simulate_plan};
use crate::random::{Purpose, Stream};

fn plan(edit: impl Fn(&mut Scenario), messages: u64) -> Plan {
    let mut scenario = Preset::WithGeneration.scenario();
    scenario.traffic.curve = Curve::named("evening").unwrap();
    edit(&mut scenario);
    Plan::new(&scenario, &Catalog::reference(), Some(messages)).unwrap()
}

/// When the messages of a plan come, in microseconds.
pub(super) fn arrival_times(plan: &Plan) -> Vec<u64> {
    let mut process = arrivals::Arrivals::of(plan).unwrap();
    let mut times = vec![0; plan.messages as usize];
    for times in times.chunks_mut(BLOCK) {
        process.fill(None, &mut [0; BLOCK], times);
    }
    times
}

/// Everything that began: message, start, end.
fn begun(plan: &Plan) -> Vec<(u64, u64, u64)> {
    let mut tally = Tally::new(plan);
    let mut day = Fast::new(plan, Kept::default());
    day.run(&mut tally, &mut Messages::new(plan, Kept::default()), plan.messages);
    day.drain(&mut tally);
    day.events.begun
}

/// The reference's day, and the quick engine's without a memory and with one.
fn three_ways(plan: &Plan, memory: &mut Memory) -> [super::Outcome; 3] {
    let mut on = |_: f64| -> ControlFlow<()> { ControlFlow::Continue(()) };
    let reference = Reference.run(plan, &mut on).unwrap();
    let fast = FastEngine.run(plan, &mut on).unwrap();
    memory.of(plan, Span::Day);
    [reference, fast, run(plan, memory.of(plan, Span::Day), &mut on).unwrap()]
}

/// Every preset to the last bit: its first messages, and a slice of each of its hours.
#[test]
fn every_preset_is_the_references() {
    for preset in Preset::ALL {
        let scenario = preset.scenario();
        let mut shapes = Memory::default().shapes;
        for plan in [
            Plan::new(&scenario, Catalog::full(), Some(20_000)).unwrap(),
            Plan::of_valid(&scenario, Catalog::full(), None, 0.04, &mut shapes).unwrap(),
        ] {
            let [reference, fast, kept] = three_ways(&plan, &mut Memory::default());
            assert!(reference == fast && fast == kept, "{} {}", preset.key(), plan.messages());
        }
    }
}

/// Every quick path on plans by chance: of messages that wait, are throttled, or meet nothing, and of every field that
/// a quick path leaves to the event loop.
#[test]
fn any_plan_is_the_references() {
    let mut applied = [0; 3];
    for case in 0..60 {
        let random = Stream::new(case, Purpose::Message);
        let mut scenario = scenario_by_chance(random, Stream::new(case, Purpose::Jitter));
        match case % 4 {
            0 => scenario.faults = Faults { throttle_rate: 0.02, error_rate: 0.03 },
            1 => {
                scenario.retry.mode = one_of(random, 60, &[RetryMode::Adaptive, RetryMode::Adaptive2025]);
                scenario.patience_ms =
                    one_of(random, 61, &[None, Some(Distribution::Constant(2_500.0))].each_ref()).clone();
                scenario.capacity.tpm = Some(scenario.daily_messages);
                scenario.capacity.max_tokens = Some(300.0);
            }
            _ => {}
        }
        let messages = 400 + random.word(4) % one_of(random, 5, &[300, 1_500, 6_000]);
        let Ok(plan) = Plan::new(&scenario, &Catalog::reference(), Some(messages)) else { continue };
        let paths = [uncontended::applies(&plan), throttled::applies(&plan), fast_forward::applies(&plan)];
        applied.iter_mut().zip(paths).for_each(|(count, applies)| *count += u32::from(applies));
        let [reference, fast, kept] = three_ways(&plan, &mut Memory::default());
        assert!(reference == fast && fast == kept, "{case}");
    }
    assert!(applied.iter().all(|count| *count >= 6), "{applied:?} of the plans took each quick path");
}

/// A run with a memory is the run without one, whatever was run before.
#[test]
fn a_memory_changes_nothing() {
    let mut memory = Memory::default();
    let limit = |s: &mut Scenario, servers: f64, rpm: f64, retry: RetryMode| {
        let timeout = Some(1_500.0);
        s.capacity =
            Capacity { concurrency: Some(servers), queue_timeout_ms: timeout, rpm: Some(rpm), ..Capacity::default() };
        s.retry = Retry { mode: retry, max_attempts: Some(6), clients: 1 };
    };
    let edits: [&dyn Fn(&mut Scenario); 16] = [
        &|_| {},
        &|s| s.capacity.concurrency = Some(30.0),
        &|s| s.capacity = Capacity { concurrency: Some(30.0), rpm: Some(150.0), ..Capacity::default() },
        &|s| limit(s, 20.0, 4_000.0, RetryMode::Legacy),
        &|s| limit(s, 14.0, 300.0, RetryMode::Legacy),
        &|s| limit(s, 200.0, 150.0, RetryMode::Standard),
        &|s| limit(s, 200.0, 215.0, RetryMode::Legacy),
        &|s| {
            limit(s, 12.0, 260.0, RetryMode::Standard2025);
            s.slo_ms = 900.0;
        },
        &|s| {
            s.models.values_mut().zip([7.0, 25.0]).for_each(|(model, own)| model.concurrency = Some(own));
            s.slo_ms = 900.0;
        },
        &|s| s.models.values_mut().take(1).for_each(|model| model.concurrency = Some(20.0)),
        &|s| {
            limit(s, 1.0, 2.0, RetryMode::Legacy);
            s.daily_messages = 4_000.0;
        },
        &|s| {
            s.capacity.concurrency = Some(18.0);
            s.traffic.arrivals = Arrivals::Bursts;
            s.traffic.cv = 3.0;
        },
        &|s| s.types[0].cache.hit_rate = 0.6,
        &|s| s.daily_messages *= 1.5,
        &|s| s.seed = 7,
        &|s| s.patience_ms = Some(Distribution::Constant(2_000.0)),
    ];
    for (i, edit) in edits.iter().chain(&edits).enumerate() {
        let plan = plan(edit, 30_000 + 1_000 * (i as u64 % 3));
        let run = |kept| run(&plan, kept, &mut |_| ControlFlow::Continue(())).unwrap();
        let (with, without) = (run(memory.of(&plan, Span::Day)), run(Kept::default()));
        assert!(with == without, "{i}");
    }
}

/// One of some values, decided by chance.
fn one_of<T: Copy>(random: Stream, number: u64, values: &[T]) -> T {
    values[(random.word(number) >> 8) as usize % values.len()]
}

/// A scenario whose messages are decided by one stream, and its limits, retries and service level by
/// another.
fn scenario_by_chance(random: Stream, moved: Stream) -> Scenario {
    let mut scenario = one_of(random, 6, &[Preset::WithGeneration, Preset::Reference]).scenario();
    scenario.traffic.curve = Curve::named(one_of(random, 0, &["flat", "evening"])).unwrap();
    scenario.traffic.arrivals = one_of(random, 1, &[Arrivals::Poisson, Arrivals::Bursts, Arrivals::Gamma]);
    scenario.traffic.cv = 3.0;
    scenario.daily_messages = one_of(random, 2, &[2_000.0, 60_000.0, 1e6, 1e7]);
    scenario.seed = random.word(3);
    let busy = scenario.daily_messages * 1e-4;
    let parts = [None, None, Some(0.02), Some(0.2), Some(0.4), Some(0.6), Some(1.0), Some(2.0), Some(10.0), Some(1e3)];
    let servers = |number| one_of(moved, number, &parts).map(|part| f64::ceil(part * busy));
    scenario.capacity = Capacity {
        concurrency: servers(0),
        queue_timeout_ms: one_of(moved, 1, &[None, None, Some(1.0), Some(900.0), Some(20_000.0)]),
        rpm: one_of(moved, 2, &parts).map(|part| 6.0 * part * busy),
        ..Capacity::default()
    };
    for (number, model) in (10..).zip(scenario.models.values_mut()) {
        model.rpm =
            one_of(moved, number, &[None, None, Some(0.005), Some(0.02), Some(0.2)]).map(|part| 6.0 * part * busy);
        // Whether it has a pool of its own decides what the messages are like.
        let own = one_of(random, number, &[false, false, true]);
        model.concurrency = own.then(|| servers(10 + number).unwrap_or(3.0));
    }
    for (number, kind) in (30..).zip(&mut scenario.types) {
        kind.share_pct *= one_of(random, number, &[1.0, 0.01]);
    }
    scenario.slo_ms = one_of(moved, 3, &[3_000.0, 3_000.0, 800.0, 12_000.0]);
    let modes = [RetryMode::Legacy, RetryMode::Standard, RetryMode::Standard2025, RetryMode::None];
    scenario.retry.mode = one_of(moved, 4, &modes);
    scenario.retry.max_attempts = one_of(moved, 5, &[None, Some(2), Some(6), Some(25)]);
    scenario
}

/// A quota on a day of which is known where its places suffice.
#[test]
fn a_quota_is_met_on_a_day_that_had_none() {
    let mut memory = Memory::default();
    for rpm in [None, Some(40.0), None, Some(15.0)] {
        let plan = plan(|s| s.capacity = Capacity { concurrency: Some(100.0), rpm, ..Capacity::default() }, 30_000);
        let run = |kept| run(&plan, kept, &mut |_| ControlFlow::Continue(())).unwrap();
        let (with, without) = (run(memory.of(&plan, Span::Day)), run(Kept::default()));
        assert!(with == without && (with.counts.throttled > 0) == rpm.is_some(), "{rpm:?}");
    }
}

/// A retry that comes when a block is over that nothing hindered, and finds its last call still in
/// progress: before the next block, and after the last one.
#[test]
fn a_retry_meets_the_calls_of_a_block_that_was_not_followed() {
    const SECOND: u64 = 1_000_000;
    for blocks in [3, 2] {
        let count = blocks * BLOCK;
        let mut scenario = Preset::Reference.scenario();
        scenario.daily_messages = count as f64;
        scenario.capacity.concurrency = Some(1.0);
        scenario.models.values_mut().next().unwrap().rpm = Some(1.0);
        scenario.retry = Retry { mode: RetryMode::Legacy, max_attempts: Some(9), clients: 1 };
        let plan = Plan::new(&scenario, &Catalog::reference(), Some(count as u64)).unwrap();
        let way = |wanted: &dyn Fn(&Way) -> bool| plan.ways.iter().position(wanted).unwrap() as u8;
        let limited = |way: &Way| plan.limits.quotas[usize::from(way.model)].rpm.is_some();
        let free = way(&|way| way.called && !limited(way));
        let held = way(&|way| way.called && limited(way));
        // Two calls of the model with a quota, of which the second has to try again and again.
        let mut route = vec![way(&|way| !way.called); count];
        let mut whole_us = vec![1_000; count];
        let mut times_us: Vec<u64> = (0..count as u64).map(|i| i / BLOCK as u64 * 40 * SECOND + i).collect();
        (route[0], route[1]) = (held, held);
        let day = |route: &[u8], whole_us: &[u32], times_us: &[u64], skips: bool| {
            let draws = Draws { route, whole_us, ..Draws::default() };
            let hours = vec![0; count];
            let arrived = Arrived { first: 0, hours: &hours, times_us, draws };
            let known = Unhindered::new(&plan, &arrived);
            let kept = Kept {
                draws: Some(draws),
                times: Some((&hours, times_us)),
                unhindered: skips.then_some((arrived, &known)),
                hindered: None,
            };
            let (mut tally, mut messages) = (Tally::new(&plan), Messages::new(&plan, kept));
            let mut day = Fast::new(&plan, kept);
            day.run(&mut tally, &mut messages, BLOCK as u64);
            let retry_us = day.next_comes_us();
            day.run(&mut tally, &mut messages, (count - BLOCK) as u64);
            let followed = day.fast_forward.as_ref().map(|skipped| skipped.followed.clone());
            drop(day);
            (retry_us, followed, run(&plan, kept, &mut |_| ControlFlow::Continue(())).unwrap())
        };
        // The other model's call begins just before the retry that comes after the second block's begin.
        let (mut retry_us, ..) = day(&route, &whole_us, &times_us, false);
        while retry_us < 45 * SECOND {
            times_us[BLOCK - 1] = retry_us;
            (retry_us, ..) = day(&route, &whole_us, &times_us, false);
        }
        let last = 2 * BLOCK - 1;
        (route[last], whole_us[last], times_us[last]) = (free, 900 * SECOND as u32, retry_us - 1);
        times_us[2 * BLOCK..].iter_mut().for_each(|us| *us += 2_000 * SECOND);
        let (_, followed, with) = day(&route, &whole_us, &times_us, true);
        assert!(with == day(&route, &whole_us, &times_us, false).2, "{blocks}");
        assert_eq!(followed.as_deref(), Some(&[0, 2][..blocks - 1]));
        assert!(with.overall.queue_wait_ms.max.unwrap() > 899_000.0, "it waits for its place");
    }
}

/// The same of limits, retries and service levels moved by chance, several times on the same day, and
/// of its previews.
#[test]
fn a_memory_changes_nothing_whatever_is_moved() {
    let mut memory = Memory::default();
    let mut known = 0;
    for case in 0..90 {
        let random = Stream::new(case / 6, Purpose::Message);
        let scenario = scenario_by_chance(random, Stream::new(case, Purpose::Jitter));
        let messages = 400 + random.word(4) % one_of(random, 5, &[300, 1_500, 9_000]);
        for (span, slice) in [(Span::Preview, 0.3), (Span::Day, 1.0)] {
            let plan =
                Plan::of_valid(&scenario, &Catalog::reference(), Some(messages), slice, &mut memory.shapes).unwrap();
            let run = |kept| run(&plan, kept, &mut |_| ControlFlow::Continue(())).unwrap();
            let kept = memory.of(&plan, span);
            known += u32::from(kept.unhindered.is_some());
            let (with, without) = (run(kept), run(Kept::default()));
            assert!(with == without, "{case} {span:?}");
        }
    }
    assert!(known > 60, "{known} of 180 runs knew their day");
}

/// Calls that quotas refuse, followed slot by slot, fare as they do when followed one by one.
#[test]
fn a_slot_is_its_calls_one_by_one() {
    let mut memory = Memory::default();
    let mut throttled = 0;
    for case in 0..80 {
        let random = Stream::new(case, Purpose::Message);
        let mut scenario = scenario_by_chance(random, Stream::new(case, Purpose::Jitter));
        scenario.retry.mode = one_of(random, 6, &[RetryMode::Legacy, RetryMode::Legacy, RetryMode::None]);
        scenario.retry.max_attempts = one_of(random, 7, &[Some(1), Some(6), Some(50)]);
        let part = one_of(random, 8, &[0.01, 0.2, 0.5, 1.0]);
        scenario.capacity.rpm = Some(f64::max(part * scenario.daily_messages / 1_440.0, 1.0));
        if one_of(random, 9, &[false, false, true]) {
            for model in scenario.models.values_mut() {
                (model.latency, model.ttft, model.tokens_per_s) = (Some(Distribution::Constant(0.0)), None, None);
            }
        }
        let messages = 400 + random.word(4) % one_of(random, 5, &[300, 1_500, 9_000]);
        let plan = Plan::of_valid(&scenario, &Catalog::reference(), Some(messages), 1.0, &mut memory.shapes).unwrap();
        let run = |kept| run(&plan, kept, &mut |_| ControlFlow::Continue(())).unwrap();
        let (with, without) = (run(memory.of(&plan, Span::Day)), run(Kept::default()));
        assert!(with == without, "{case}");
        throttled += u32::from(with.counts.throttled > 0);
    }
    assert!(throttled > 40, "{throttled} of 80 days met a closed quota");
}

#[test]
fn a_block_is_its_messages() {
    for edit in [
        |_: &mut Scenario| {},
        |s: &mut Scenario| {
            for (kind, sd) in s.types.iter_mut().zip([10.0, 50.0, 0.0, 20.0, 300.0]) {
                kind.output_tokens = Distribution::LogNormal { mean: 200.0, sd };
            }
            s.models.values_mut().for_each(|model| model.ttft_ms_per_1k_input = Some(40.0));
            s.types[1].prompt.system_tokens = 2_000.0;
            s.capacity.max_tokens = Some(300.0);
        },
    ] {
        let plan = plan(edit, 10_000);
        assert!(plan.plain);
        let chance = Chance::new(plan.seed);
        let (mut drawer, mut block) = (Drawer::new(&plan), Drawings::one_block(&plan));
        for from in [0, 256, 9_000] {
            drawer.draw(&plan, &chance, from, block.block_mut(0));
            for i in 0..BLOCK {
                let drawn = chance.draw(&plan, from + i as u64);
                let route = &plan.routes[drawn.route];
                let (whole, first) = drawn.unhindered_us(route.first.is_some(), false);
                let of_block = block.all().get(&plan, i);
                assert_eq!(of_block.unhindered_us(route.first.is_some(), false), (whole, first));
                assert_eq!((of_block.route, of_block.output_tokens), (drawn.route, drawn.output_tokens));
            }
        }
    }
}

/// Kiefer and Wolfowitz's recursion, customer by customer: whoever comes takes the server that is
/// free first.
#[test]
fn the_queue_is_the_plain_recursion() {
    for servers in [1_u32, 7, 40] {
        let plan = plan(|s| s.capacity.concurrency = Some(f64::from(servers)), 30_000);
        let chance = Chance::new(plan.seed);
        let times = arrival_times(&plan);
        let mut free = vec![0_u64; servers as usize];
        let mut expected = Vec::new();
        for message in 0..plan.messages {
            let at_us = times[message as usize];
            let drawn = chance.draw(&plan, message);
            if plan.routes[drawn.route].first.is_none() {
                continue;
            }
            free.sort_unstable();
            let start = at_us.max(free[0]);
            free[0] = start + u64::from(drawn.first.whole_us);
            expected.push((message, start, free[0]));
        }
        assert!(expected == begun(&plan), "{servers} servers");
    }
}

/// A plain simulation by events: one list of everything to come, servers counted, a line in front
/// of them. Gives what began, and how often a call was throttled.
fn by_events(plan: &Plan) -> (Vec<(u64, u64, u64)>, u32) {
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    enum Event {
        Ends,
        Asks,
    }
    let chance = Chance::new(plan.seed);
    let jitter = crate::random::Stream::new(plan.seed, crate::random::Purpose::Jitter);
    let times = arrival_times(plan);
    // Time, kind, message -> attempt, and for an end the model and what comes back.
    let mut events: BTreeMap<(u64, Event, u64, u32), (usize, f64)> = BTreeMap::new();
    for message in 0..plan.messages {
        let at_us = times[message as usize];
        if plan.routes[chance.draw(plan, message).route].first.is_some() {
            events.insert((at_us, Event::Asks, message, 1), (0, 0.0));
        }
    }
    let quotas = &plan.limits.quotas;
    let mut levels: Vec<(f64, f64, u64)> =
        quotas.iter().map(|q| (q.rpm.unwrap_or(f64::INFINITY), q.tpm.unwrap_or(f64::INFINITY), 0)).collect();
    let refill = |level: &mut (f64, f64, u64), model: usize, now: u64| {
        let minutes = (now - level.2) as f64;
        for (amount, rate) in [(&mut level.0, quotas[model].rpm), (&mut level.1, quotas[model].tpm)] {
            if let Some(rate) = rate {
                *amount = (*amount + minutes * (rate / 60e6)).min(rate);
            }
        }
        level.2 = now;
    };
    let mut busy = 0_u32;
    let servers = plan.limits.pools.first().copied().unwrap_or(u32::MAX);
    let mut line: std::collections::VecDeque<(u64, u32)> = std::collections::VecDeque::new();
    let (mut begun, mut throttled) = (Vec::new(), 0);
    while let Some(((now, event, message, attempt), (model, back))) = events.pop_first() {
        match event {
            Event::Ends => {
                busy -= 1;
                refill(&mut levels[model], model, now);
                if let Some(rate) = quotas[model].tpm {
                    levels[model].1 = (levels[model].1 + back).min(rate);
                }
            }
            Event::Asks => line.push_back((message, attempt)),
        }
        // Everything of this instant first: an end frees a place for whoever asks now.
        if events.first_key_value().is_some_and(|(key, _)| key.0 == now && key.1 == Event::Ends) {
            continue;
        }
        while busy < servers
            && let Some((message, attempt)) = line.pop_front()
        {
            let drawn = chance.draw(plan, message);
            let model = plan.routes[drawn.route].first.unwrap().model;
            let reserved = drawn.carried[0].processed() as f64 + quotas[model].reserved_output;
            refill(&mut levels[model], model, now);
            if levels[model].0 >= 1.0 && levels[model].1 >= reserved {
                levels[model].0 -= 1.0;
                levels[model].1 -= reserved;
                busy += 1;
                let end = now + u64::from(drawn.first.whole_us);
                let back = quotas[model].reserved_output - f64::from(drawn.output_tokens) * quotas[model].burndown;
                events.insert((end, Event::Ends, message, attempt), (model, back));
                begun.push((message, now, end));
                continue;
            }
            throttled += 1;
            if attempt < plan.retry.attempts {
                let word = jitter.of_call(u64::from(attempt)).word(message);
                let delay = (word >> 11) as f64 / 9_007_199_254_740_992.0 * f64::from(1_u32 << (attempt - 1)) * 1e6;
                events.insert((now + delay as u64, Event::Asks, message, attempt + 1), (0, 0.0));
            }
        }
    }
    (begun, throttled)
}

/// Quotas, retries and the queue together, call by call.
#[test]
fn throttling_is_the_plain_simulation_by_events() {
    let check = |capacity: Capacity, attempts: u32| {
        let plan = plan(
            |s| {
                s.traffic.curve = Curve::named("flat").unwrap();
                s.capacity = capacity;
                s.retry = Retry { mode: RetryMode::Legacy, max_attempts: Some(attempts), clients: 1 };
            },
            20_000,
        );
        let (fast, (slow, throttled)) = (begun(&plan), by_events(&plan));
        let differs = fast.iter().zip(&slow).position(|(a, b)| a != b);
        assert!(fast.len() == slow.len() && differs.is_none(), "{capacity:?}: {differs:?} of {}", slow.len());
        assert!(throttled > 100, "{capacity:?}: throttled {throttled} times");
    };
    let none = Capacity::default();
    check(Capacity { rpm: Some(200.0), ..none }, 5);
    check(Capacity { rpm: Some(60.0), concurrency: Some(9.0), ..none }, 4);
    check(Capacity { tpm: Some(90_000.0), max_tokens: Some(500.0), burndown: Some(5.0), ..none }, 3);
    check(Capacity { tpm: Some(90_000.0), max_tokens: Some(500.0), concurrency: Some(30.0), ..none }, 3);
}

/// The day does not depend on how the work is split or reported.
#[test]
fn stopping_and_reporting_change_nothing() {
    let plan = plan(|s| s.capacity.rpm = Some(250.0), 300_000);
    let mut reports = 0;
    let outcome = simulate_plan(&plan, &mut |_| {
        reports += 1;
        ControlFlow::Continue(())
    });
    assert!(reports > 1);
    assert_eq!(outcome, simulate_plan(&plan, &mut |_| ControlFlow::Continue(())));
    assert_eq!(simulate_plan(&plan, &mut |_| ControlFlow::Break(())), None);
}

/// A moved slider changes the messages it must and no others: a higher hit rate turns some calls
/// into hits and leaves every other time as it was.
#[test]
fn a_slider_changes_only_the_messages_it_must() {
    let (before, after) = (plan(|_| {}, 50_000), plan(|s| s.types[1].cache.hit_rate = 0.45, 50_000));
    let (a, b) = (Chance::new(before.seed), Chance::new(after.seed));
    let changed = (0..50_000).filter(|message| {
        let (x, y) = (a.draw(&before, *message), b.draw(&after, *message));
        (x.route, x.first) != (y.route, y.first)
    });
    let share = changed.count() as f64 / 50_000.0;
    assert!((share - 0.3 * 0.05).abs() < 0.003, "{share}");
}

#[test]
fn bad_rates_are_refused_not_hung() {
    let daily = |daily_messages| Scenario { daily_messages, ..Scenario::default() };
    let run = |scenario: &Scenario| simulate(scenario, &Catalog::reference(), None);
    assert!(run(&daily(1e12)).unwrap_err().to_string().contains("messages"));
    assert!(run(&daily(f64::NAN)).is_err());
    assert!(run(&daily(-1.0)).is_err());
    assert_eq!(run(&daily(0.0)).unwrap().counts.arrived, 0);
    let mut scenario;
    scenario = Scenario::default();
    scenario.capacity.concurrency = Some(0.0);
    assert!(simulate(&scenario, &Catalog::reference(), None).unwrap_err().to_string().contains("concurrency"));
    scenario = Scenario::default();
    scenario.faults = Faults { throttle_rate: 1.0, error_rate: 0.0 };
    let outcome = simulate(&scenario, &Catalog::reference(), Some(10_000)).unwrap();
    assert_eq!(outcome.counts.failed, outcome.counts.arrived - outcome.counts.cache_hits);
    assert_eq!(outcome.by_model.values().next().unwrap().e2e_ms.p95, None);
}
