//! What a person can do beside editing a field: one table that buttons, shortcuts, the palette and
//! the help are made from.

use rehearsal::words::Word;

macro_rules! commands {
    ($($name:ident = $key:literal $word:ident $shortcut:literal;)*) => {
        /// Something to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Command { $($name),* }

        impl Command {
            pub const ALL: &'static [Command] = &[$(Command::$name),*];

            /// Its name between the page's two programs.
            pub fn key(self) -> &'static str {
                match self { $(Command::$name => $key),* }
            }

            /// What it is called.
            pub fn word(self) -> Word {
                match self { $(Command::$name => Word::$word),* }
            }

            /// Its shortcut, empty without one. Ctrl is the command key on a Mac.
            pub fn shortcut(self) -> &'static str {
                match self { $(Command::$name => $shortcut),* }
            }
        }
    };
}

commands! {
    Undo = "undo" ui_undo "Ctrl+Z";
    Redo = "redo" ui_redo "Ctrl+Shift+Z";
    CopyLink = "copy-link" ui_copy_link "";
    CopyViewLink = "copy-view-link" ui_copy_view_link "";
    Save = "save" ui_save_here "";
    Scenarios = "scenarios" ui_scenarios "";
    OpenFile = "open-file" ui_open_file "";
    SaveFile = "save-file" ui_save_scenario_file "";
    Share = "share" ui_share_more "";
    Pin = "pin" ui_pin "";
    Swap = "swap" ui_swap "";
    Unpin = "unpin" ui_unpin "";
    AddType = "add-type" ui_add_type "";
    Begin = "begin" ui_begin_anew "";
    WhatIf = "view-what-if" ui_view_what_if "";
    Cost = "view-cost" ui_view_cost "";
    Latency = "view-latency" ui_view_latency "";
    Levers = "view-levers" ui_view_levers "";
    Prices = "view-prices" ui_view_prices "";
    Logs = "view-logs" ui_view_logs "";
    Upgrade = "view-upgrade" upgrade_title "";
    Cache = "view-cache" cache_q_title "";
    Quota = "view-quota" quota_q_title "";
    Fixtures = "view-fixtures" ui_view_fixtures "";
    Client = "view-client" ui_view_client "";
    Benchmarks = "view-benchmarks" ui_view_benchmarks "";
    OwnChatbot = "own-chatbot" own_open "";
    Tour = "tour" tour_start "";
    About = "view-about" about_link "";
    Light = "theme-light" ui_theme_light "";
    Dark = "theme-dark" ui_theme_dark "";
    System = "theme-system" ui_theme_system "";
    Palette = "palette" ui_commands "Ctrl+K";
    Help = "help" ui_help "?";
}

rehearsal::pack_choice!(Command);

impl Command {
    pub fn from_key(key: &str) -> Option<Self> {
        Command::ALL.iter().copied().find(|command| command.key() == key)
    }

    /// The command of a shortcut; redo has a second one, from Windows.
    pub fn of_shortcut(shortcut: &str) -> Option<Self> {
        let shortcut = if shortcut == "Ctrl+Y" { Command::Redo.shortcut() } else { shortcut };
        Command::ALL.iter().copied().find(|command| !shortcut.is_empty() && command.shortcut() == shortcut)
    }

    /// Whether its shortcut counts while someone types: what is typed has an undo of its own.
    pub fn while_typing(self) -> bool {
        self == Command::Palette
    }

    /// Whether it opens a dialog.
    pub fn opens_desk(self) -> bool {
        matches!(self, Command::Scenarios | Command::Share | Command::Palette | Command::Help)
    }

    /// Whether it changes the scenario, which a shared result does not allow.
    pub fn edits(self) -> bool {
        use Command::{AddType, Begin, Pin, Redo, Save, Swap, Undo, Unpin};
        matches!(self, Undo | Redo | Save | Pin | Swap | Unpin | AddType | Begin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_shortcuts_are_unique() {
        for (index, command) in Command::ALL.iter().enumerate() {
            assert_eq!(Command::from_key(command.key()), Some(*command));
            let shortcut = command.shortcut();
            assert!(Command::ALL[..index].iter().all(|other| shortcut.is_empty() || other.shortcut() != shortcut));
        }
        assert_eq!(Command::of_shortcut("Ctrl+Y"), Some(Command::Redo));
        assert_eq!(Command::of_shortcut(""), None);
    }
}
