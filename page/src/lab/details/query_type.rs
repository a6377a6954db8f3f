use rehearsal::scenario::{CacheKind, CacheTtl, PromptCache, QueryType, RouteShare, Scenario};
use rehearsal::words::Word;
use yew::prelude::*;

use super::editor::{Editor, MS, PERCENT, TOKENS, count, name_of};

/// The most branches of a route that can be edited here.
const MAX_BRANCHES: usize = 8;

/// How many answers are given again, to begin with.
const ESCALATED_PCT: f64 = 5.0;

/// Everything about one query type that the mix has no field for.
pub fn fields(editor: &Editor, index: usize) -> Html {
    let Some(kind) = editor.scenario.types.get(index) else { return html! {} };
    let at = move |change: fn(&mut QueryType, f64)| {
        move |scenario: &mut Scenario, value: f64| with(scenario, index, |kind| change(kind, value))
    };
    // What a type has that says nothing of it.
    let none = QueryType::default();
    let heading = |word: Word| html! { <h3>{ editor.speech.word(word) }</h3> };
    html! {
        <>
            { editor.spread("type-input", (Word::ui_input_tokens, Word::why_spread), TOKENS, &kind.input_tokens,
                move |scenario, law| with(scenario, index, |kind| kind.input_tokens = law)) }
            { editor.spread("type-output", (Word::ui_output_tokens, Word::why_spread), TOKENS, &kind.output_tokens,
                move |scenario, law| with(scenario, index, |kind| kind.output_tokens = law)) }
            { heading(Word::det_route) }
            { route(editor, index, kind) }
            { heading(Word::det_prompt) }
            { editor.number("system-tokens", (Word::det_system_tokens, Word::why_system), TOKENS, (kind.prompt.system_tokens, none.prompt.system_tokens), at(|kind, tokens| kind.prompt.system_tokens = tokens)) }
            { editor.number("turns", (Word::det_turns, Word::why_turns), count(1.0, rehearsal::scenario::MAX_TURNS), (kind.prompt.turns, none.prompt.turns), at(|kind, turns| kind.prompt.turns = turns)) }
            { editor.flag("prompt-cache", (Word::det_prompt_cache, Word::why_prompt_cache), kind.prompt.cache.is_some(), move |scenario, on| with(scenario, index, |kind| {
                kind.prompt.cache = on.then(PromptCache::default);
            })) }
            if let Some(cache) = kind.prompt.cache {
                { editor.choice("prompt-ttl", (Word::det_ttl, Word::why_ttl),
                    CacheTtl::ALL.map(|ttl| (ttl.key().to_string(), ttl.key().to_string())).to_vec(), cache.ttl.key().to_string(),
                    move |scenario, key| prompt_cache(scenario, index, |cache| cache.ttl = CacheTtl::from_key(key).unwrap_or_default())) }
                { editor.number("prompt-hits", (Word::det_prompt_hits, Word::why_prompt_hits), PERCENT, (cache.hit_rate * 100.0, PromptCache::default().hit_rate * 100.0),
                    move |scenario, pct| prompt_cache(scenario, index, |cache| cache.hit_rate = pct / 100.0)) }
                { editor.flag("prompt-history", (Word::det_history, Word::why_history), cache.history,
                    move |scenario, on| prompt_cache(scenario, index, |cache| cache.history = on)) }
            }
            { heading(Word::det_response_cache) }
            { editor.choice("cache-kind", (Word::det_cache_kind, Word::why_cache_kind),
                vec![("exact".to_string(), editor.speech.word(Word::det_exact)), ("semantic".to_string(), editor.speech.word(Word::det_semantic))],
                kind.cache.kind.key().to_string(),
                move |scenario, key| with(scenario, index, |kind| kind.cache.kind = CacheKind::from_key(key).unwrap_or_default())) }
            { editor.number("cache-ms", (Word::det_hit_ms, Word::why_hit_ms), MS, (kind.cache.latency_ms, none.cache.latency_ms), at(|kind, ms| kind.cache.latency_ms = ms)) }
            { editor.number("miss-ms", (Word::det_miss_ms, Word::why_miss_ms), MS, (kind.cache.miss_ms, none.cache.miss_ms), at(|kind, ms| kind.cache.miss_ms = ms)) }
            { editor.number("lookup-usd", (Word::det_lookup, Word::why_lookup), count(0.0, 1e6), (kind.cache.lookup_usd_per_1k, none.cache.lookup_usd_per_1k), at(|kind, usd| kind.cache.lookup_usd_per_1k = usd)) }
            { heading(Word::det_tiers) }
            { editor.number("batch", (Word::det_batch, Word::why_tiers), PERCENT, (kind.tiers.batch_pct, 0.0), at(|kind, pct| kind.tiers.batch_pct = pct)) }
            { editor.number("flex", (Word::det_flex, Word::why_tiers), PERCENT, (kind.tiers.flex_pct, 0.0), at(|kind, pct| kind.tiers.flex_pct = pct)) }
            { editor.number("priority", (Word::det_priority, Word::why_tiers), PERCENT, (kind.tiers.priority_pct, 0.0), at(|kind, pct| kind.tiers.priority_pct = pct)) }
        </>
    }
}

/// The models that answer, each with its share, and the one that answers again.
fn route(editor: &Editor, index: usize, kind: &QueryType) -> Html {
    let models = editor.models("");
    let shares = kind.route.clone().unwrap_or_default();
    let first = models.first().map(|(id, _)| id.clone()).unwrap_or_default();
    let second = models.get(1).map(|(id, _)| id.clone()).unwrap_or_else(|| first.clone());
    let escalation = kind.escalation.as_ref();
    html! {
        <>
            if shares.is_empty() {
                { editor.button("split-route", Word::det_split, {
                    let second = second.clone();
                    move |scenario| with(scenario, index, |kind| {
                        let model = kind.model.take().unwrap_or_default();
                        kind.route = Some(vec![
                            RouteShare { model, share_pct: 80.0 },
                            RouteShare { model: second.clone(), share_pct: 20.0 },
                        ]);
                    })
                }) }
            } else {
                for (branch, share) in shares.iter().enumerate() {
                    <div class="row three">
                        { editor.choice(&format!("route-model-{branch}"), (Word::ui_model, Word::why_branch), editor.models(&share.model), share.model.clone(),
                            move |scenario, id| branches(scenario, index, |route| route[branch].model = id.to_string(), branch)) }
                        // Somewhere to begin is nothing to go back to.
                        { editor.number(&format!("route-share-{branch}"), (Word::det_share, Word::why_branch), PERCENT, (share.share_pct, share.share_pct),
                            move |scenario, pct| branches(scenario, index, |route| move_share(route, branch, pct), branch)) }
                        { editor.button(&format!("route-remove-{branch}"), Word::ui_delete, move |scenario| remove_branch(scenario, index, branch)) }
                    </div>
                }
                if shares.len() < MAX_BRANCHES {
                    { editor.button("route-add", Word::det_add_branch, {
                        let first = first.clone();
                        move |scenario| with(scenario, index, |kind| {
                            kind.route.get_or_insert_default().push(RouteShare { model: first.clone(), share_pct: 0.0 });
                        })
                    }) }
                }
            }
            { editor.flag("escalation", (Word::det_escalation, Word::why_escalation), escalation.is_some(), {
                let second = second.clone();
                move |scenario, on| with(scenario, index, |kind| {
                    kind.escalation = on.then(|| RouteShare { model: second.clone(), share_pct: ESCALATED_PCT });
                })
            }) }
            if let Some(next) = escalation {
                { editor.choice("escalation-model", (Word::det_escalates_to, Word::why_escalates_to), editor.models(&next.model), next.model.clone(),
                    move |scenario, id| with(scenario, index, |kind| kind.escalation.iter_mut().for_each(|next| next.model = id.to_string()))) }
                { editor.number("escalation-share", (Word::det_share, Word::why_escalated), PERCENT, (next.share_pct, ESCALATED_PCT),
                    move |scenario, pct| with(scenario, index, |kind| kind.escalation.iter_mut().for_each(|next| next.share_pct = pct))) }
                <p class="hint">{ name_of(&models, &next.model) }</p>
            }
        </>
    }
}

fn with(scenario: &mut Scenario, index: usize, change: impl FnOnce(&mut QueryType)) {
    if let Some(kind) = scenario.types.get_mut(index) {
        change(kind);
    }
}

fn prompt_cache(scenario: &mut Scenario, index: usize, change: impl FnOnce(&mut PromptCache)) {
    with(scenario, index, |kind| {
        if let Some(cache) = &mut kind.prompt.cache {
            change(cache);
        }
    });
}

/// Changes a route that still has the branch it is about.
fn branches(scenario: &mut Scenario, index: usize, change: impl FnOnce(&mut [RouteShare]), branch: usize) {
    with(scenario, index, |kind| {
        if let Some(route) = kind.route.as_mut().filter(|route| branch < route.len()) {
            change(route);
        }
    });
}

/// Sets a branch's share; the others give or take, so that all add up to 100 %.
fn move_share(route: &mut [RouteShare], branch: usize, pct: f64) {
    let shares: Vec<_> =
        route.iter().map(|share| rehearsal::scenario::Shared { pct: share.share_pct, locked: false }).collect();
    for (share, pct) in route.iter_mut().zip(rehearsal::scenario::share_out(&shares, Some((branch, pct)))) {
        share.share_pct = pct;
    }
}

/// Takes a branch away; the last one left is the type's only model.
fn remove_branch(scenario: &mut Scenario, index: usize, branch: usize) {
    with(scenario, index, |kind| {
        let Some(route) = &mut kind.route else { return };
        if branch < route.len() {
            route.remove(branch);
        }
        if let [only] = route.as_slice() {
            kind.model = Some(only.model.clone());
            kind.route = None;
        } else if let Some(first) = route.first().map(|first| first.share_pct) {
            let rest: f64 = route.iter().map(|share| share.share_pct).sum();
            move_share(route, 0, first + (100.0 - rest) * first / rest.max(1e-9));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routed(shares: &[f64]) -> Scenario {
        let mut scenario = Scenario::default();
        scenario.types[0].model = None;
        let branch = |(index, pct): (usize, &f64)| RouteShare { model: format!("m{index}"), share_pct: *pct };
        scenario.types[0].route = Some(shares.iter().enumerate().map(branch).collect());
        scenario
    }

    fn shares(scenario: &Scenario) -> Vec<f64> {
        scenario.types[0].route.iter().flatten().map(|share| share.share_pct).collect()
    }

    #[test]
    fn the_shares_of_a_route_hang_together() {
        let mut scenario = routed(&[50.0, 30.0, 20.0]);
        branches(&mut scenario, 0, |route| move_share(route, 0, 75.0), 0);
        assert_eq!(shares(&scenario), [75.0, 15.0, 10.0]);
        remove_branch(&mut scenario, 0, 1);
        assert_eq!(shares(&scenario).iter().sum::<f64>(), 100.0);
        remove_branch(&mut scenario, 0, 1);
        assert_eq!((scenario.types[0].model.as_deref(), scenario.types[0].route.as_ref()), (Some("m0"), None));
        remove_branch(&mut scenario, 0, 9);
        branches(&mut scenario, 9, |_| unreachable!(), 0);
    }
}
