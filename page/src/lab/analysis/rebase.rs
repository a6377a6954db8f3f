//! An edit of a scenario that is no longer the newest one.
//!
//! Panels make a whole scenario of the one that they show. Theirs may be behind by a moment: what was changed between
//! stays, and of the panel only what it changed is taken.

use rehearsal::problem::Problems;
use rehearsal::scenario::Scenario;
use serde_json::Value;

/// The newest scenario with what was changed from `from` to `to`.
///
/// # Errors
/// Why both together make none that can be used.
pub fn rebased(from: &Scenario, to: Scenario, newest: &Scenario) -> Result<Scenario, Problems> {
    if from == newest {
        return Ok(to);
    }
    // What a scenario wrote is JSON.
    let value = |scenario: &Scenario| serde_json::from_str::<Value>(&scenario.to_json()).unwrap_or_default();
    let mut changed = value(newest);
    apply(&value(from), &value(&to), &mut changed);
    Scenario::load(&changed.to_string()).map(|read| read.output)
}

/// Takes over what differs, member by member; lists of one length element by element, others whole.
fn apply(from: &Value, to: &Value, into: &mut Value) {
    match (from, to, into) {
        (from, to, _) if from == to => {}
        (Value::Object(from), Value::Object(to), Value::Object(into)) => {
            into.retain(|name, _| to.contains_key(name) || !from.contains_key(name));
            for (name, to) in to {
                let from = from.get(name).unwrap_or(&Value::Null);
                apply(from, to, into.entry(name.clone()).or_insert(Value::Null));
            }
        }
        (Value::Array(from), Value::Array(to), Value::Array(into))
            if from.len() == to.len() && to.len() == into.len() =>
        {
            for ((from, to), into) in from.iter().zip(to).zip(into) {
                apply(from, to, into);
            }
        }
        (_, to, into) => into.clone_from(to),
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    fn scenario(change: impl FnOnce(&mut Scenario)) -> Scenario {
        let mut scenario = Scenario::load("{}").expect("the reference").output;
        change(&mut scenario);
        scenario
    }

    #[test]
    fn what_changed_between_stays() {
        let from = scenario(|_| {});
        let to = scenario(|scenario| {
            scenario.billing.discount_pct = 10.0;
            scenario.types[1].share_pct = 7.0;
        });
        let newest = scenario(|scenario| {
            scenario.daily_messages = 5.0;
            scenario.types[0].share_pct = 9.0;
            scenario.slo_ms = 1_234.0;
        });
        let both = rebased(&from, to.clone(), &newest).expect("a scenario");
        let expected = scenario(|scenario| {
            scenario.daily_messages = 5.0;
            scenario.slo_ms = 1_234.0;
            scenario.types[0].share_pct = 9.0;
            scenario.types[1].share_pct = 7.0;
            scenario.billing.discount_pct = 10.0;
        });
        assert_eq!(both, expected);
        // Nothing between: exactly what the panel made.
        assert_eq!(rebased(&from, to.clone(), &from).expect("a scenario"), to);
        // What the panel took away goes, what is new elsewhere stays.
        assert_eq!(rebased(&to, from.clone(), &both).expect("a scenario"), newest);
    }

    /// Lists of another length are no edit of each other: the panel's is taken whole. What is no scenario is refused.
    #[test]
    fn another_list_of_types_is_taken_whole() {
        let from = scenario(|_| {});
        let alone = |scenario: &mut Scenario| {
            scenario.types.truncate(1);
            scenario.types[0].share_pct = 100.0;
        };
        let newest = scenario(|scenario| {
            scenario.slo_ms = 1_234.0;
            scenario.types[1].share_pct = 12.0;
        });
        let both = rebased(&from, scenario(alone), &newest).expect("a scenario");
        assert_eq!((both.types.len(), both.types[0].share_pct, both.slo_ms), (1, 100.0, 1_234.0));
        assert!(rebased(&from, scenario(|scenario| scenario.slo_ms = -1.0), &scenario(alone)).is_err());
    }
}
