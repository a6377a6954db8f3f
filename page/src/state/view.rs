/// The views of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    WhatIf,
    Fixtures,
    Client,
    Benchmarks,
    About,
}

impl View {
    /// The view's name in the second program; below the first program's own stands its analysis.
    pub fn lab_name(self) -> &'static str {
        match self {
            View::WhatIf => "analysis",
            View::Fixtures => "fixtures",
            View::Client => "client",
            View::Benchmarks => "benchmarks",
            View::About => "about",
        }
    }

    /// Its name in links and stored documents.
    pub fn key(self) -> &'static str {
        if self == View::WhatIf { "what-if" } else { self.lab_name() }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        [View::WhatIf, View::Fixtures, View::Client, View::Benchmarks, View::About]
            .into_iter()
            .find(|view| view.key() == key)
    }
}
