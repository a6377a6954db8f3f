//! The views of the page, known to both of its programs.

/// The views of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The scenario, its bill and its day.
    #[default]
    WhatIf,
    /// What the bill is made of, hour by hour and on other models.
    Cost,
    /// The simulated day: its distribution, its hours, more load.
    Latency,
    /// What moves the bill, and what to do about it.
    Levers,
    Prices,
    /// A team's own logs.
    Logs,
    /// Will my requests survive the next model?
    Upgrade,
    /// Why is my prompt cache not hit?
    Cache,
    /// What quota do I need?
    Quota,
    Fixtures,
    Client,
    Benchmarks,
    About,
}

rehearsal::pack_choice!(View);

impl View {
    pub const ALL: [View; 13] = [
        View::WhatIf,
        View::Cost,
        View::Latency,
        View::Levers,
        View::Prices,
        View::Logs,
        View::Upgrade,
        View::Cache,
        View::Quota,
        View::Fixtures,
        View::Client,
        View::Benchmarks,
        View::About,
    ];

    /// Its name in links and stored documents.
    pub fn key(self) -> &'static str {
        [
            "what-if",
            "cost",
            "latency",
            "levers",
            "prices",
            "logs",
            "upgrade",
            "cache",
            "quota",
            "fixtures",
            "client",
            "benchmarks",
            "about",
        ][self as usize]
    }

    /// Whether it is about the scenario, which stands above it.
    pub fn is_about_scenario(self) -> bool {
        matches!(self, View::WhatIf | View::Cost | View::Latency | View::Levers | View::Prices | View::Logs)
    }

    /// Whether the page's own tables of the answer stand in it.
    pub fn has_results(self) -> bool {
        matches!(self, View::WhatIf | View::Cost | View::Latency)
    }

    /// Whether it is one of the three questions to a team's logs.
    pub fn is_question(self) -> bool {
        matches!(self, View::Upgrade | View::Cache | View::Quota)
    }

    /// The view whose tab it is under: the questions share one.
    pub fn tab(self) -> Self {
        if self.is_question() { View::Upgrade } else { self }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        View::ALL.into_iter().find(|view| view.key() == key)
    }
}
