use std::rc::Rc;

use rehearsal::scenario::{Distribution, QueryType, Scenario, Shared, share_out};
use rehearsal::words::Word;

/// A change to the scenario.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    DailyMessages(f64),
    Name {
        index: usize,
        name: String,
    },
    Share {
        index: usize,
        pct: f64,
    },
    /// All tokens that a call sends; what comes with every message stays as it is, as far as there is room.
    PromptTokens {
        index: usize,
        tokens: f64,
    },
    /// How many of them the prompt cache holds: they come with every message.
    CachedTokens {
        index: usize,
        tokens: f64,
    },
    OutputTokens {
        index: usize,
        tokens: f64,
    },
    Model {
        index: usize,
        model: String,
    },
    HitRate {
        index: usize,
        fraction: f64,
    },
    SloMs(f64),
    /// A number that is only known to lie between two others; `middle` sets it to their middle.
    Range {
        path: String,
        low: f64,
        high: f64,
        middle: Box<Edit>,
    },
    /// Scales all shares so that they add up to 100 %.
    Normalise,
    AddType {
        name: String,
    },
    /// Puts a copy of a type behind it; both have half of its messages.
    DuplicateType {
        index: usize,
    },
    /// Moves a type towards the beginning or the end.
    MoveType {
        index: usize,
        up: bool,
    },
    RemoveType {
        index: usize,
    },
    /// Another scenario in which one field is different, by its name.
    Whole {
        scenario: Rc<Scenario>,
        field: Rc<str>,
    },
}

/// The names of the types whose shares are locked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Locks(pub Rc<Vec<String>>);

impl Locks {
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|locked| locked == name)
    }

    pub fn toggle(&mut self, name: &str) {
        let names = Rc::make_mut(&mut self.0);
        match names.iter().position(|locked| locked == name) {
            Some(at) => drop(names.remove(at)),
            None => names.push(name.to_string()),
        }
    }

    pub fn rename(&mut self, from: &str, to: &str) {
        for locked in Rc::make_mut(&mut self.0).iter_mut().filter(|locked| *locked == from) {
            *locked = to.to_string();
        }
    }
}

/// What a drag moves: the steps of one drag are one entry of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    DailyMessages,
    Share(usize),
    InputTokens(usize),
    CachedTokens(usize),
    OutputTokens(usize),
    HitRate(usize),
    SloMs,
    Named(Rc<str>),
}

impl Field {
    /// The label beside it; none for what only the second program shows.
    pub fn word(&self) -> Option<Word> {
        Some(match self {
            Field::DailyMessages => Word::ui_daily_messages,
            Field::Share(_) => Word::ui_share,
            Field::InputTokens(_) => Word::ui_prompt_tokens,
            Field::CachedTokens(_) => Word::ui_cached_tokens,
            Field::OutputTokens(_) => Word::ui_output_tokens,
            Field::HitRate(_) => Word::ui_hit_rate,
            Field::SloMs => Word::ui_slo,
            Field::Named(_) => return None,
        })
    }

    /// The query type it is of.
    pub fn of_type(&self) -> Option<usize> {
        match self {
            Field::Share(index)
            | Field::InputTokens(index)
            | Field::CachedTokens(index)
            | Field::OutputTokens(index)
            | Field::HitRate(index) => Some(*index),
            Field::DailyMessages | Field::SloMs | Field::Named(_) => None,
        }
    }
}

impl Edit {
    /// The field a drag would move; `None` for changes that happen at once.
    pub fn field(&self) -> Option<Field> {
        Some(match self {
            Edit::DailyMessages(_) => Field::DailyMessages,
            Edit::Share { index, .. } => Field::Share(*index),
            Edit::PromptTokens { index, .. } => Field::InputTokens(*index),
            Edit::CachedTokens { index, .. } => Field::CachedTokens(*index),
            Edit::OutputTokens { index, .. } => Field::OutputTokens(*index),
            Edit::HitRate { index, .. } => Field::HitRate(*index),
            Edit::SloMs(_) => Field::SloMs,
            Edit::Range { middle, .. } => return middle.field(),
            Edit::Whole { field, .. } => Field::Named(field.clone()),
            _ => return None,
        })
    }

    pub fn apply(&self, scenario: &mut Scenario, locks: &Locks) {
        match self {
            Edit::DailyMessages(count) => scenario.daily_messages = *count,
            Edit::Name { index, name } => with_type(scenario, *index, |t| t.name = name.clone()),
            Edit::Share { index, pct } => share(scenario, locks, Some((*index, *pct))),
            Edit::SloMs(ms) => scenario.slo_ms = *ms,
            Edit::Range { path, low, high, middle } => {
                middle.apply(scenario, locks);
                scenario.set_range(path, *low, *high);
            }
            Edit::PromptTokens { index, tokens } => with_type(scenario, *index, |t| {
                let system = t.prompt.system_tokens.min(*tokens);
                t.prompt.system_tokens = system;
                t.input_tokens = of_mean(&t.input_tokens, *tokens - system);
            }),
            Edit::CachedTokens { index, tokens } => with_type(scenario, *index, |t| {
                let all = t.prompt.system_tokens + t.input_tokens.mean();
                let cached = libm::round(*tokens).min(all);
                t.prompt.system_tokens = cached;
                t.input_tokens = of_mean(&t.input_tokens, all - cached);
                t.prompt.cache = (cached > 0.0).then(|| t.prompt.cache.take().unwrap_or_default());
            }),
            Edit::OutputTokens { index, tokens } => {
                with_type(scenario, *index, |t| t.output_tokens = of_mean(&t.output_tokens, *tokens));
            }
            Edit::Model { index, model } => with_type(scenario, *index, |t| {
                t.model = Some(model.clone());
                t.route = None;
            }),
            Edit::HitRate { index, fraction } => with_type(scenario, *index, |t| t.cache.hit_rate = *fraction),
            // Asked for, so locks do not stand in its way.
            Edit::Normalise => share(scenario, &Locks::default(), None),
            Edit::AddType { name } => {
                let share_pct = (100.0 - scenario.share_sum_pct()).clamp(0.0, 100.0);
                let model = scenario.types.iter().find_map(|t| t.model.clone());
                scenario.types.push(QueryType {
                    name: free_name(scenario, name),
                    share_pct,
                    input_tokens: Distribution::Constant(100.0),
                    output_tokens: Distribution::Constant(100.0),
                    model: model.or_else(|| Some(rehearsal::catalog::HAIKU.to_string())),
                    ..QueryType::default()
                });
            }
            Edit::DuplicateType { index } => {
                let Some(kind) = scenario.types.get_mut(*index) else { return };
                let half = libm::floor(kind.share_pct * 50.0) / 100.0;
                let mut copy = kind.clone();
                kind.share_pct -= half;
                copy.share_pct = half;
                copy.name = free_name(scenario, &copy.name);
                scenario.types.insert(index + 1, copy);
                scenario.move_type_ranges(|at| Some(if at > *index { at + 1 } else { at }));
            }
            Edit::MoveType { index, up } => {
                let other = if *up { index.wrapping_sub(1) } else { index + 1 };
                if *index < scenario.types.len() && other < scenario.types.len() {
                    scenario.types.swap(*index, other);
                    scenario.move_type_ranges(|at| {
                        Some(if at == *index {
                            other
                        } else if at == other {
                            *index
                        } else {
                            at
                        })
                    });
                }
            }
            Edit::RemoveType { index } => {
                if *index < scenario.types.len() && scenario.types.len() > 1 {
                    scenario.types.remove(*index);
                    scenario.move_type_ranges(|at| match at.cmp(index) {
                        std::cmp::Ordering::Less => Some(at),
                        std::cmp::Ordering::Equal => None,
                        std::cmp::Ordering::Greater => Some(at - 1),
                    });
                    share(scenario, locks, None);
                }
            }
            Edit::Whole { scenario: other, .. } => *scenario = (**other).clone(),
        }
    }
}

/// A distribution like another, with this mean: its spread stays in proportion.
fn of_mean(before: &Distribution, mean: f64) -> Distribution {
    let was = before.mean();
    match before {
        Distribution::Constant(_) => Distribution::Constant(mean),
        other if was > 0.0 && mean > 0.0 => other.scaled(mean / was),
        _ => Distribution::Constant(mean),
    }
}

/// Moves a share, or none, so that all add up to 100 %.
fn share(scenario: &mut Scenario, locks: &Locks, moved: Option<(usize, f64)>) {
    if moved.is_some_and(|(index, _)| index >= scenario.types.len()) {
        return;
    }
    let shares: Vec<Shared> =
        scenario.types.iter().map(|kind| Shared { pct: kind.share_pct, locked: locks.has(&kind.name) }).collect();
    for (kind, pct) in scenario.types.iter_mut().zip(share_out(&shares, moved)) {
        kind.share_pct = pct;
    }
}

fn with_type(scenario: &mut Scenario, index: usize, change: impl FnOnce(&mut QueryType)) {
    if let Some(query_type) = scenario.types.get_mut(index) {
        change(query_type);
    }
}

/// `name`, or `name_2`, `name_3` … if it is taken.
fn free_name(scenario: &Scenario, name: &str) -> String {
    let taken = |candidate: &str| scenario.types.iter().any(|t| t.name == candidate);
    if !taken(name) {
        return name.to_string();
    }
    (2..).map(|n| format!("{name}_{n}")).find(|candidate| !taken(candidate)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_added_type_takes_the_rest_and_a_free_name() {
        let mut scenario = Scenario::default();
        scenario.types[0].share_pct = 5.0;
        for _ in 0..2 {
            Edit::AddType { name: "new_type".into() }.apply(&mut scenario, &Locks::default());
        }
        let added: Vec<_> = scenario.types[5..].iter().map(|t| (t.name.as_str(), t.share_pct)).collect();
        assert_eq!(added, [("new_type", 15.0), ("new_type_2", 0.0)]);
    }

    #[test]
    fn an_edit_of_a_type_that_is_gone_changes_nothing() {
        let mut scenario = Scenario::default();
        Edit::Share { index: 99, pct: 1.0 }.apply(&mut scenario, &Locks::default());
        Edit::RemoveType { index: 99 }.apply(&mut scenario, &Locks::default());
        assert_eq!(scenario, Scenario::default());
    }

    #[test]
    fn what_is_cached_is_a_part_of_the_prompt() {
        let mut scenario = Scenario::default();
        let locks = Locks::default();
        let mut apply = |edit: Edit| {
            edit.apply(&mut scenario, &locks);
            let kind = &scenario.types[0];
            (kind.prompt.system_tokens, kind.input_tokens.mean(), kind.prompt.cache.is_some())
        };
        assert_eq!(apply(Edit::PromptTokens { index: 0, tokens: 6_000.0 }), (0.0, 6_000.0, false));
        assert_eq!(apply(Edit::CachedTokens { index: 0, tokens: 4_000.0 }), (4_000.0, 2_000.0, true));
        assert_eq!(apply(Edit::PromptTokens { index: 0, tokens: 5_000.0 }), (4_000.0, 1_000.0, true));
        assert_eq!(apply(Edit::PromptTokens { index: 0, tokens: 3_000.0 }), (3_000.0, 0.0, true));
        assert_eq!(apply(Edit::CachedTokens { index: 0, tokens: 9_000.0 }), (3_000.0, 0.0, true));
        assert_eq!(apply(Edit::CachedTokens { index: 0, tokens: 0.0 }), (0.0, 3_000.0, false));
    }

    #[test]
    fn types_are_copied_and_moved_with_their_ranges() {
        let mut scenario = Scenario::default();
        let mut apply = |edit: Edit| {
            edit.apply(&mut scenario, &Locks::default());
            let names: Vec<_> = scenario.types.iter().map(|kind| kind.name.clone()).collect();
            let ranges: Vec<_> = scenario.ranges.iter().map(|range| range.path.clone()).collect();
            let shares: f64 = scenario.types.iter().map(|kind| kind.share_pct).sum();
            assert!((shares - 100.0).abs() < 1e-9);
            (names[..3].join(" "), ranges.join(" "))
        };
        let middle = Box::new(Edit::PromptTokens { index: 1, tokens: 150.0 });
        let range = Edit::Range { path: "types[1].input_tokens".into(), low: 100.0, high: 200.0, middle };
        assert_eq!(apply(range).1, "types[1].input_tokens");
        let check = |(names, ranges): (String, String), expected_names: &str, expected_ranges: &str| {
            assert_eq!((names.as_str(), ranges.as_str()), (expected_names, expected_ranges));
        };
        check(
            apply(Edit::DuplicateType { index: 0 }),
            "greeting_faq greeting_faq_2 product_lookup",
            "types[2].input_tokens",
        );
        check(
            apply(Edit::MoveType { index: 2, up: true }),
            "greeting_faq product_lookup greeting_faq_2",
            "types[1].input_tokens",
        );
        check(
            apply(Edit::RemoveType { index: 0 }),
            "product_lookup greeting_faq_2 recommendation",
            "types[0].input_tokens",
        );
        check(apply(Edit::RemoveType { index: 0 }), "greeting_faq_2 recommendation order_status", "");
        check(apply(Edit::MoveType { index: 0, up: true }), "greeting_faq_2 recommendation order_status", "");
    }

    #[test]
    fn a_mean_keeps_the_spread_of_its_distribution() {
        let mut scenario = Scenario::default();
        scenario.types[0].input_tokens = Distribution::LogNormal { mean: 100.0, sd: 40.0 };
        Edit::PromptTokens { index: 0, tokens: 200.0 }.apply(&mut scenario, &Locks::default());
        assert_eq!(scenario.types[0].input_tokens, Distribution::LogNormal { mean: 200.0, sd: 80.0 });
    }
}
