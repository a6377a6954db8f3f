//! Three questions to a team's logs: will my requests survive the next model, why is my prompt cache not hit, what
//! quota do I need. One reading of the files answers all of them; the answers are the core's own reports.

mod answer;
mod asking;
mod picture;
mod scenario;
mod view;

pub use view::QuestionsView;
