//! The views of the page, known to both of its programs.

/// The views of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The scenario, its bill and its day; the analysis stands below it.
    #[default]
    WhatIf,
    Fixtures,
    Client,
    Benchmarks,
    About,
}

rehearsal::pack_choice!(View);

impl View {
    pub const ALL: [View; 5] = [View::WhatIf, View::Fixtures, View::Client, View::Benchmarks, View::About];

    /// Its name in links and stored documents.
    pub fn key(self) -> &'static str {
        ["what-if", "fixtures", "client", "benchmarks", "about"][self as usize]
    }

    pub fn from_key(key: &str) -> Option<Self> {
        View::ALL.into_iter().find(|view| view.key() == key)
    }
}
