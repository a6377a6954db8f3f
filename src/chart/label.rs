use super::Scale;

/// Pixels that a label takes in a chart's type of 11 pixels: full-width characters take twice as
/// much as others.
pub fn label_width(text: &str) -> f64 {
    text.chars().map(|c| if c < '\u{1100}' { 6.4 } else { 11.0 }).sum()
}

/// A tick of an axis with its label.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tick {
    /// The place of the tick.
    pub at: f64,
    /// The middle of its label, which may be moved to stay inside the chart.
    pub label_at: f64,
    pub label: String,
}

/// Pixels between neighbouring labels.
const GAP: f64 = 8.0;

/// Labelled places along an axis, with every second, third … left out until no two labels touch.
/// Labels that would leave `bounds` are moved inside.
pub fn thinned(places: &[(f64, String)], bounds: (f64, f64)) -> Vec<Tick> {
    let ticks: Vec<Tick> = places
        .iter()
        .map(|(at, label)| {
            let half = label_width(label) / 2.0;
            let label_at = at.min(bounds.1 - half).max(bounds.0 + half);
            Tick { at: *at, label_at, label: label.clone() }
        })
        .collect();
    let every = |stride: usize| ticks.iter().step_by(stride).cloned().collect::<Vec<_>>();
    (1..ticks.len()).map(every).find(|kept| apart(kept)).unwrap_or_else(|| every(ticks.len().max(1)))
}

/// As many round values of a scale as can be labelled without touching, at most `most`.
pub fn labelled_ticks(scale: &Scale, most: usize, bounds: (f64, f64), label: impl Fn(f64) -> String) -> Vec<Tick> {
    let places = |count: usize| -> Vec<(f64, String)> {
        scale.ticks(count).into_iter().map(|value| (scale.at(value), label(value))).collect()
    };
    let fitting = (2..=most).rev().map(places).find(|places| thinned(places, bounds).len() == places.len());
    fitting.map_or_else(|| thinned(&places(2), bounds), |places| thinned(&places, bounds))
}

fn apart(ticks: &[Tick]) -> bool {
    ticks.windows(2).all(|pair| {
        let halves = (label_width(&pair[0].label) + label_width(&pair[1].label)) / 2.0;
        (pair[1].label_at - pair[0].label_at).abs() >= halves + GAP
    })
}

/// For each span its row, so that no two of a row touch: each takes the first row with room.
pub fn rows_apart(spans: &[(f64, f64)]) -> Vec<usize> {
    let mut placed: Vec<(usize, (f64, f64))> = Vec::new();
    for span in spans {
        let free =
            |row: usize| placed.iter().all(|(other, (low, high))| *other != row || span.1 < *low || span.0 > *high);
        let row = (0..).find(|row| free(*row)).unwrap_or_default();
        placed.push((row, *span));
    }
    placed.into_iter().map(|(row, _)| row).collect()
}

/// The index of the place nearest to a position.
pub fn nearest(places: impl Iterator<Item = f64>, position: f64) -> Option<usize> {
    let distances = places.map(|at| (at - position).abs()).enumerate();
    distances.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn labels_are_left_out_evenly_until_none_touch() {
        let hours: Vec<(f64, String)> = (0..8).map(|i| (f64::from(i) * 30.0, format!("{}:00", i * 3))).collect();
        let check = |room: f64, expected: &[&str]| {
            let places: Vec<_> = hours.iter().map(|(at, label)| (at * room, label.clone())).collect();
            assert_eq!(labels(&thinned(&places, (0.0, 240.0 * room))), expected);
        };
        check(2.0, &["0:00", "3:00", "6:00", "9:00", "12:00", "15:00", "18:00", "21:00"]);
        check(1.0, &["0:00", "6:00", "12:00", "18:00"]);
        check(0.4, &["0:00", "15:00"]);
        assert_eq!(thinned(&[], (0.0, 1.0)), []);
    }

    #[test]
    fn labels_stay_inside() {
        let ticks = thinned(&[(0.0, "1,000 ms".into()), (300.0, "3,000 ms".into())], (0.0, 300.0));
        assert!(ticks[0].label_at - label_width("1,000 ms") / 2.0 >= 0.0);
        assert!(ticks[1].label_at + label_width("3,000 ms") / 2.0 <= 300.0);
        assert_eq!((ticks[0].at, ticks[1].at), (0.0, 300.0));
    }

    #[test]
    fn a_narrow_axis_has_fewer_round_values() {
        let say = |value: f64| format!("{value} ms");
        let count = |width: f64| {
            let scale = Scale::log(10.0, 5000.0, (0.0, width));
            let ticks = labelled_ticks(&scale, 12, (0.0, width), say);
            assert!(apart(&ticks), "{width}: {ticks:?}");
            ticks.len()
        };
        assert!(count(900.0) > count(240.0));
        assert!(count(240.0) >= 2);
        count(20.0);
    }

    #[test]
    fn spans_that_touch_take_other_rows() {
        assert_eq!(rows_apart(&[(0.0, 10.0), (20.0, 30.0), (25.0, 35.0), (5.0, 22.0)]), [0, 0, 1, 1]);
        assert!(rows_apart(&[]).is_empty());
    }

    #[test]
    fn the_nearest_place_is_found() {
        assert_eq!(nearest([0.0, 10.0, 30.0].into_iter(), 19.0), Some(1));
        assert_eq!(nearest([0.0, 10.0, 30.0].into_iter(), 1e9), Some(2));
        assert_eq!(nearest(std::iter::empty(), 0.0), None);
    }
}
