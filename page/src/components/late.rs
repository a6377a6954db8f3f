//! Who got no answer waited for ever: quantiles over everyone who came.

use rehearsal::sim::{PopulationFigures, Quantiles};

/// A quantile of the time to the answer, in milliseconds, over everyone who came: without end where it
/// lies among those who got no answer, `None` where nobody came.
pub fn late(figures: &PopulationFigures, of: fn(&Quantiles) -> Option<f64>) -> Option<f64> {
    of(&figures.with_unanswered).or((figures.messages > 0).then_some(f64::INFINITY))
}
