/// A table of text: the first column to the left, the others to the right.
pub use rehearsal::bench::report::text::columns as table;
