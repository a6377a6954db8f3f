use super::Scale;

/// The `d` of an SVG path, in tenths of a pixel.
#[derive(Clone, Debug, Default)]
pub struct Path {
    d: String,
}

impl Path {
    pub fn new() -> Self {
        Path::default()
    }

    #[must_use]
    pub fn to(mut self, x: f64, y: f64) -> Self {
        self.push(if self.d.is_empty() { 'M' } else { 'L' }, x, y);
        self
    }

    #[must_use]
    pub fn close(mut self) -> Self {
        self.d.push('Z');
        self
    }

    fn push(&mut self, command: char, x: f64, y: f64) {
        self.d.push(command);
        push_tenths(&mut self.d, x);
        self.d.push(' ');
        push_tenths(&mut self.d, y);
    }

    pub fn d(self) -> String {
        self.d
    }
}

/// Writes a coordinate with at most one decimal; without float formatting, which is large in wasm.
fn push_tenths(out: &mut String, value: f64) {
    let tenths = libm::round(value.clamp(-1e7, 1e7) * 10.0) as i64;
    if tenths < 0 {
        out.push('-');
    }
    let (whole, tenth) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    out.push_str(&whole.to_string());
    if tenth > 0 {
        out.push('.');
        out.push(char::from(b'0' + tenth as u8));
    }
}

/// The outline of adjoining columns `(low, high, value)` standing on the scale's zero.
pub fn step_area(columns: impl IntoIterator<Item = (f64, f64, f64)>, x: &Scale, y: &Scale) -> String {
    let ground = y.at(0.0);
    let mut path = Path::new();
    let mut end = None;
    for (low, high, value) in columns {
        let (left, right, top) = (x.clamped(low), x.clamped(high), y.at(value));
        if end.is_none() {
            path = path.to(left, ground);
        }
        path = path.to(left, top).to(right, top);
        end = Some(right);
    }
    match end {
        Some(right) => path.to(right, ground).close().d(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_on_the_ground() {
        let (x, y) = (Scale::linear(0.0, 10.0, (0.0, 100.0)), Scale::linear(0.0, 4.0, (40.0, 0.0)));
        let d = step_area([(0.0, 5.0, 4.0), (5.0, 10.0, 1.25)], &x, &y);
        assert_eq!(d, "M0 40L0 0L50 0L50 27.5L100 27.5L100 40Z");
        assert_eq!(step_area([], &x, &y), "");
    }

    #[test]
    fn coordinates_have_one_decimal() {
        assert_eq!(Path::new().to(-0.26, 1e99).d(), "M-0.3 10000000");
    }
}
