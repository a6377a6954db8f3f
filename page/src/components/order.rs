//! The order of a table's rows: as they come, or by one of its columns.

use std::cmp::Ordering;

use yew::prelude::*;

/// What a row has in a column that can be sorted by.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    Figure(f64),
    Name(String),
}

/// A figure to sort by; one that is not known comes last.
pub fn figure(value: Option<f64>) -> Option<Key> {
    value.filter(|value| !value.is_nan()).map(Key::Figure)
}

/// A name to sort by, whatever its capitals; an empty one comes last.
pub fn name(text: &str) -> Option<Key> {
    Some(text.to_lowercase()).filter(|text| !text.is_empty()).map(Key::Name)
}

fn compare(a: &Key, b: &Key) -> Ordering {
    match (a, b) {
        (Key::Figure(a), Key::Figure(b)) => a.total_cmp(b),
        (Key::Name(a), Key::Name(b)) => a.cmp(b),
        // A column has figures or names; in one that had both, figures would come first.
        (Key::Figure(_), Key::Name(_)) => Ordering::Less,
        (Key::Name(_), Key::Figure(_)) => Ordering::Greater,
    }
}

/// By which column rows are sorted, and whether the largest comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Order(Option<(usize, bool)>);

impl Order {
    /// The order after a press on the head of a column: by it, then the other way round, then as they come. Of
    /// figures the largest comes first, of names the first of the alphabet.
    fn pressed(self, column: usize, largest_first: bool) -> Self {
        Order(match self.0 {
            Some((by, down)) if by == column && down == largest_first => Some((column, !down)),
            Some((by, _)) if by == column => None,
            _ => Some((column, largest_first)),
        })
    }

    /// The places of so many rows in this order; what has no value comes last, either way. Rows that are equal stay
    /// as they come.
    fn of<'a>(self, rows: usize, key: impl Fn(usize, usize) -> Option<&'a Key>) -> Vec<usize> {
        let Some((column, down)) = self.0 else { return (0..rows).collect() };
        let mut places: Vec<usize> = Vec::with_capacity(rows);
        let comes_first = |a: usize, b: usize| match (key(a, column), key(b, column)) {
            (Some(a), Some(b)) if down => compare(a, b) != Ordering::Less,
            (Some(a), Some(b)) => compare(a, b) != Ordering::Greater,
            (a, b) => a.is_some() || b.is_none(),
        };
        // One row after the other: tables are short, and the first program is to be small.
        for row in 0..rows {
            let at = places.partition_point(|place| comes_first(*place, row));
            places.insert(at, row);
        }
        places
    }
}

/// How a column is sorted by.
#[derive(Clone, Copy, Debug, PartialEq)]
enum By {
    Figure,
    Name,
}

/// The head of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    name: Html,
    class: Option<&'static str>,
    by: Option<By>,
}

impl Head {
    /// A column that is not sorted by.
    pub fn plain(name: impl Into<Html>) -> Self {
        Head { name: name.into(), class: None, by: None }
    }

    /// A column of figures.
    pub fn figure(name: impl Into<Html>) -> Self {
        Head { name: name.into(), class: Some("n"), by: Some(By::Figure) }
    }

    /// A column of names.
    pub fn name(name: impl Into<Html>) -> Self {
        Head { name: name.into(), class: None, by: Some(By::Name) }
    }

    /// The same with another look.
    pub fn class(self, class: &'static str) -> Self {
        Head { class: Some(class), ..self }
    }
}

/// The order of a table, and what changes it.
pub struct Sort {
    order: UseStateHandle<Order>,
}

/// The order of a table; at first its rows stand as they come.
#[hook]
pub fn use_sort() -> Sort {
    Sort { order: use_state_eq(Order::default) }
}

impl Sort {
    /// The places of rows in this order, by what each has in each column.
    pub fn places(&self, keys: &[Vec<Option<Key>>]) -> Vec<usize> {
        self.order.of(keys.len(), |row, column| keys.get(row)?.get(column)?.as_ref())
    }

    /// The heads of the columns; those that sort the table are buttons.
    pub fn heads(&self, heads: &[Head]) -> Html {
        html! {
            <thead><tr>
                for (column, head) in heads.iter().enumerate() {
                    { self.head(column, head) }
                }
            </tr></thead>
        }
    }

    fn head(&self, column: usize, head: &Head) -> Html {
        let Some(by) = head.by else {
            return html! { <th scope="col" class={head.class}>{ head.name.clone() }</th> };
        };
        let order = *self.order;
        let (sorted, mark) = match order.0 {
            Some((by, true)) if by == column => ("descending", " ▾"),
            Some((by, false)) if by == column => ("ascending", " ▴"),
            _ => ("none", ""),
        };
        let press = {
            let state = self.order.clone();
            Callback::from(move |_: MouseEvent| state.set(order.pressed(column, by == By::Figure)))
        };
        html! {
            <th scope="col" class={head.class} aria-sort={sorted}>
                <button class="sort" data-sort={column.to_string()} onclick={press}>{ head.name.clone() }<span aria-hidden="true">{ mark }</span></button>
            </th>
        }
    }
}

/// A row of a table with what it is sorted by in each column.
#[derive(Clone, Debug, PartialEq)]
pub struct SortRow {
    pub keys: Vec<Option<Key>>,
    pub html: Html,
    /// What tells the row from others while rows come and go; without it its place before anyone sorts.
    pub id: Option<u64>,
}

impl SortRow {
    pub fn new(keys: Vec<Option<Key>>, html: Html) -> Self {
        SortRow { keys, html, id: None }
    }
}

#[derive(Properties, PartialEq)]
pub struct Props {
    pub heads: Vec<Head>,
    /// In the order that they have before anyone sorts.
    pub rows: Vec<SortRow>,
    /// What stays last, whatever the order.
    #[prop_or_default]
    pub foot: Html,
    /// A change of the rows is announced.
    #[prop_or_default]
    pub live: bool,
}

/// What stands in a table whose heads sort its rows.
#[component]
pub fn Sortable(props: &Props) -> Html {
    let sort = use_sort();
    let keys: Vec<_> = props.rows.iter().map(|row| row.keys.clone()).collect();
    html! {
        <>
            { sort.heads(&props.heads) }
            <tbody role={props.live.then_some("status")}>
                for (place, row) in sort.places(&keys).into_iter().filter_map(|place| Some((place as u64, props.rows.get(place)?))) {
                    // A row takes with it what is being typed in it, and whether it is open.
                    <key={row.id.unwrap_or(place)}>{ row.html.clone() }</>
                }
            </tbody>
            { props.foot.clone() }
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keys: &[Option<Key>], largest_first: bool, expected: [Vec<usize>; 3]) {
        let mut order = Order::default();
        for expected in expected {
            order = order.pressed(4, largest_first);
            assert_eq!(order.of(keys.len(), |row, _| keys[row].as_ref()), expected);
        }
    }

    #[test]
    fn figures_are_sorted_down_then_up_then_not_and_the_unknown_comes_last() {
        let keys = [Some(2.0), None, Some(3.0), Some(1.0), Some(f64::NAN), Some(2.0), Some(f64::INFINITY)].map(figure);
        check(&keys, true, [vec![6, 2, 0, 5, 3, 1, 4], vec![3, 0, 5, 2, 6, 1, 4], vec![0, 1, 2, 3, 4, 5, 6]]);
    }

    #[test]
    fn names_are_sorted_up_then_down_then_not() {
        check(&["b", "", "A", "C"].map(name), false, [vec![2, 0, 3, 1], vec![3, 0, 2, 1], vec![0, 1, 2, 3]]);
    }

    #[test]
    fn another_column_begins_anew() {
        let first = Order::default().pressed(5, true);
        assert_eq!(Order::default().pressed(4, true).pressed(5, true), first);
    }
}
