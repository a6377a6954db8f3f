//! Bars that begin where others end: spans of a common axis, as fractions of its length.

use super::Scale;

/// The stretch of a bar, from 0 to 1.
pub type Span = (f64, f64);

/// A start, changes one after the other, and where they lead: a span for each of them, in this order.
pub fn waterfall(start: f64, changes: &[f64]) -> Vec<Span> {
    let mut reached = start;
    let mut bars = vec![(0.0, start)];
    for change in changes {
        bars.push((reached.min(reached + change), reached.max(reached + change)));
        reached += change;
    }
    bars.push((0.0, reached));
    let least = bars.iter().fold(0.0, |least: f64, (low, _)| least.min(*low));
    let most = bars.iter().fold(0.0, |most: f64, (_, high)| most.max(*high));
    let scale = Scale::linear(least, most, (0.0, 1.0));
    bars.into_iter().map(|(low, high)| (scale.clamped(low.min(high)), scale.clamped(high.max(low)))).collect()
}

/// Swings to both sides of a base: where the base is, and for each pair of ends a span on either side.
pub fn tornado(base: f64, swings: &[(f64, f64)]) -> (f64, Vec<[Span; 2]>) {
    let ends = || swings.iter().flat_map(|(a, b)| [*a, *b]).chain([base]);
    let (least, most) = (ends().fold(f64::INFINITY, f64::min), ends().fold(f64::NEG_INFINITY, f64::max));
    let scale = Scale::linear(least, most, (0.0, 1.0));
    let centre = scale.clamped(base);
    let span = |end: f64| (scale.clamped(end).min(centre), scale.clamped(end).max(centre));
    (centre, swings.iter().map(|(low, high)| [span(*low), span(*high)]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_begins_where_the_last_one_ended() {
        let spans = waterfall(200.0, &[-50.0, -100.0, 25.0]);
        assert_eq!(spans, [(0.0, 1.0), (0.75, 1.0), (0.25, 0.75), (0.25, 0.375), (0.0, 0.375)]);
        assert_eq!(waterfall(0.0, &[]), [(0.0, 0.0), (0.0, 0.0)]);
        assert_eq!(waterfall(10.0, &[10.0])[1], (0.5, 1.0), "a rise is drawn beyond the start");
    }

    #[test]
    fn swings_stand_on_both_sides_of_the_base() {
        let (centre, spans) = tornado(100.0, &[(50.0, 150.0), (120.0, 80.0)]);
        assert_eq!(centre, 0.5);
        assert_eq!(spans[0], [(0.0, 0.5), (0.5, 1.0)]);
        let near = |a: Span, b: Span| assert!((a.0 - b.0).abs() < 1e-12 && (a.1 - b.1).abs() < 1e-12, "{a:?} {b:?}");
        near(spans[1][0], (0.5, 0.7));
        near(spans[1][1], (0.3, 0.5));
    }
}
