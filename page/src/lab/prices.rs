//! The prices that this page bills by: the product's own, or those of a file laid over them.

use std::cell::Cell;

use rehearsal::catalog::{Catalog, OwnPrices, Place, read_prices};
use rehearsal::problem::Problems;
use rehearsal::scenario::Scenario;

thread_local! {
    static LAID_OVER: Cell<Option<&'static Catalog>> = const { Cell::new(None) };
}

/// The catalog that bills and imports use.
pub fn catalog() -> &'static Catalog {
    LAID_OVER.get().unwrap_or_else(|| Catalog::full())
}

/// Lays the prices of a file over the catalog, until the page is closed; tells what was not taken. A catalog stays in
/// memory when another file replaces it: views hold on to what they were drawn with.
///
/// # Errors
/// What is wrong with the file.
pub fn lay_over(text: &str) -> Result<Vec<String>, Problems> {
    let (catalog, not_taken) = read_prices(Catalog::full(), text)?;
    LAID_OVER.set(Some(Box::leak(Box::new(catalog))));
    Ok(not_taken)
}

/// The scenario with the catalog's prices of these of its models that a file changed, as its own: the first view, which
/// knows no file, then gives the same bill. And how many those are.
pub fn repriced<'a>(scenario: &Scenario, used: impl Iterator<Item = &'a str>) -> (Scenario, usize) {
    let mut changed = scenario.clone();
    let mut count = 0;
    for id in used {
        let place = Place::of_model(id, scenario.region.as_deref());
        let Some(model) = catalog().get(id).map(|model| model.placed(place)) else { continue };
        let was = Catalog::full().get(id).map(|model| model.placed(place));
        if was.is_none_or(|was| was.prices != model.prices || was.min_cache_tokens != model.min_cache_tokens) {
            changed.billing.prices.insert(id.to_string(), OwnPrices::of(&model));
            count += 1;
        }
    }
    (changed, count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rehearsal::cost::estimate;

    #[test]
    fn a_file_reprices_what_is_used() {
        let id = "amazon.nova-micro-v1:0";
        let text = format!(r#"{{"daily_messages":1000,"types":[{{"name":"a","share_pct":100,"model":"{id}"}}]}}"#);
        let scenario = Scenario::load(&text).unwrap().output;
        let not_taken = lay_over(&format!(r#"{{"{id}":{{"input":10,"output":20}}}}"#)).unwrap();
        let (changed, count) = repriced(&scenario, [id].into_iter());
        assert_eq!((not_taken.len(), count), (0, 1));
        // 100 in and 100 out by default: 1,000 times 0.003.
        let bill = estimate(&changed, &Catalog::reference()).unwrap().total_daily_cost_usd;
        assert_eq!(bill.map(|usd| usd.to_string()).as_deref(), Some("3"));
        assert_eq!(repriced(&scenario, ["amazon.nova-pro-v1:0"].into_iter()).1, 0);
        assert!(lay_over("{}").is_err());
    }
}
