//! Parts of the page that know nothing of its state: props in, callbacks out.

mod bar;
mod chart_frame;
mod chart_marker;
mod choice;
mod delta;
mod icon;
mod latency_chart;
mod line_chart;
mod notices;
mod number_field;
mod optional_field;
mod percentile_chart;
mod problems;
mod progress;
mod tabs;
mod tile;
mod why;
mod width;

pub use bar::Bar;
pub use chart_frame::{Canvas, ChartFrame, Stop};
pub use chart_marker::ChartMarker;
pub use choice::Choice;
pub use delta::{Delta, Measure};
pub use icon::Icon;
pub use latency_chart::LatencyChart;
pub use line_chart::{Line, LineChart};
pub use notices::Notice;
pub use number_field::{NumberField, Slider};
pub use optional_field::OptionalField;
pub use percentile_chart::{PercentileChart, PercentilePoint};
pub use problems::ProblemList;
pub use progress::Progress;
pub use tabs::Tabs;
pub use tile::Tile;
pub use why::Why;
pub use width::use_width;
