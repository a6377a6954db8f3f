//! The views of the page, known to both of its programs.

/// The views of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The scenario, its bill and its day.
    #[default]
    WhatIf,
    /// What moves the bill, and what to do about it.
    Levers,
    Prices,
    /// A team's own logs.
    Logs,
    Fixtures,
    Client,
    Benchmarks,
    About,
}

rehearsal::pack_choice!(View);

impl View {
    pub const ALL: [View; 8] = [
        View::WhatIf,
        View::Levers,
        View::Prices,
        View::Logs,
        View::Fixtures,
        View::Client,
        View::Benchmarks,
        View::About,
    ];

    /// Its name in links and stored documents.
    pub fn key(self) -> &'static str {
        ["what-if", "levers", "prices", "logs", "fixtures", "client", "benchmarks", "about"][self as usize]
    }

    /// Whether it is about the scenario, which stands above it.
    pub fn is_about_scenario(self) -> bool {
        matches!(self, View::WhatIf | View::Levers | View::Prices | View::Logs)
    }

    pub fn from_key(key: &str) -> Option<Self> {
        View::ALL.into_iter().find(|view| view.key() == key)
    }
}
