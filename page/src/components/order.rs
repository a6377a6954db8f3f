//! The order of a table's rows: as they come, or by one of its columns.

use yew::prelude::*;

/// By which column rows are sorted, and whether the largest comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Order(Option<(usize, bool)>);

impl Order {
    /// The order after a press on the head of a column: the largest first, then the smallest, then as they come.
    pub fn pressed(self, column: usize) -> Self {
        Order(match self.0 {
            Some((by, true)) if by == column => Some((column, false)),
            Some((by, false)) if by == column => None,
            _ => Some((column, true)),
        })
    }

    /// The places of so many rows in this order; what has no value comes last.
    pub fn of(self, rows: usize, value: impl Fn(usize, usize) -> Option<f64>) -> Vec<usize> {
        let mut places: Vec<usize> = (0..rows).collect();
        if let Some((column, down)) = self.0 {
            places.sort_by(|a, b| match (value(*a, column), value(*b, column)) {
                (Some(a), Some(b)) if down => b.total_cmp(&a),
                (Some(a), Some(b)) => a.total_cmp(&b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            });
        }
        places
    }

    /// The head of a column of figures, which sorts by it.
    pub fn head(self, column: usize, name: &str, on_order: &Callback<Order>) -> Html {
        let (sorted, mark) = match self.0 {
            Some((by, true)) if by == column => ("descending", " ▾"),
            Some((by, false)) if by == column => ("ascending", " ▴"),
            _ => ("none", ""),
        };
        let press = on_order.reform(move |_: MouseEvent| self.pressed(column));
        html! {
            <th scope="col" class="n" aria-sort={sorted}>
                <button class="sort" data-sort={column.to_string()} onclick={press}>{ name }<span aria-hidden="true">{ mark }</span></button>
            </th>
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_sorted_down_then_up_then_not() {
        let values = [Some(2.0), None, Some(3.0), Some(1.0)];
        let places = |order: Order| order.of(values.len(), |row, _| values[row]);
        let mut order = Order::default();
        for expected in [[2, 0, 3, 1], [3, 0, 2, 1], [0, 1, 2, 3]] {
            order = order.pressed(4);
            assert_eq!(places(order), expected);
        }
        assert_eq!(Order::default().pressed(4).pressed(5), Order::default().pressed(5), "another column begins anew");
    }
}
