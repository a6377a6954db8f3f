//! An answer as it is read: its sentence, what else is to be said, tables, and how it was computed. The command
//! line, Markdown and the page show the same one, each in its language.

use crate::bench::report::markdown_text;
use crate::bench::report::text::{columns, plain};
use crate::words::{Arg, Locale, Message, Word};

/// An answer in sentences and tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The question it answers.
    pub title: Word,
    /// The answer.
    pub sentence: Message,
    /// What stands beside it.
    pub more: Vec<Message>,
    pub tables: Vec<Table>,
    /// Lists under a heading: what was found, what is not known or assumed, how it was computed.
    pub lists: Vec<(Word, Vec<Message>)>,
}

/// A table of figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub title: Word,
    pub heading: Vec<Word>,
    pub rows: Vec<Vec<Arg>>,
}

impl Table {
    pub fn new(title: Word, heading: &[Word]) -> Self {
        Table { title, heading: heading.to_vec(), rows: Vec::new() }
    }

    /// The cells as a person reads them, the heading first.
    pub fn cells(&self, locale: &dyn Locale) -> Vec<Vec<String>> {
        let heading = self.heading.iter().map(|word| locale.template(*word).to_string()).collect();
        let rows = self.rows.iter().map(|row| row.iter().map(|cell| cell.say(locale)).collect());
        std::iter::once(heading).chain(rows).collect()
    }
}

/// A figure, or that it is not known.
pub fn known(value: Option<f64>, arg: impl Fn(f64) -> Arg) -> Arg {
    value.map_or(Arg::Word(Word::question_unknown), arg)
}

impl Report {
    /// For a terminal.
    pub fn text(&self, locale: &dyn Locale) -> String {
        let mut out = format!("{}\n", plain(&self.sentence.say(locale)));
        for message in &self.more {
            out.push_str(&format!("{}\n", plain(&message.say(locale))));
        }
        for table in self.tables.iter().filter(|table| !table.rows.is_empty()) {
            out.push_str(&format!("\n{}\n{}", locale.template(table.title), columns(&table.cells(locale))));
        }
        for (title, messages) in self.lists() {
            out.push_str(&format!("\n{}\n", locale.template(*title)));
            messages.iter().for_each(|message| out.push_str(&format!("- {}\n", plain(&message.say(locale)))));
        }
        out
    }

    /// As Markdown.
    pub fn markdown(&self, locale: &dyn Locale) -> String {
        let mut out =
            format!("## {}\n\n**{}**\n", locale.template(self.title), markdown_text(&self.sentence.say(locale)));
        for message in &self.more {
            out.push_str(&format!("\n{}\n", markdown_text(&message.say(locale))));
        }
        for table in self.tables.iter().filter(|table| !table.rows.is_empty()) {
            out.push_str(&format!("\n### {}\n\n", locale.template(table.title)));
            for (index, row) in table.cells(locale).iter().enumerate() {
                let cells: Vec<String> = row.iter().map(|cell| markdown_text(cell)).collect();
                out.push_str(&format!("| {} |\n", cells.join(" | ")));
                if index == 0 {
                    let right = vec!["---:"; row.len().saturating_sub(1)].join(" | ");
                    out.push_str(&format!("| --- | {right} |\n"));
                }
            }
        }
        for (title, messages) in self.lists() {
            out.push_str(&format!("\n### {}\n\n", locale.template(*title)));
            messages.iter().for_each(|message| out.push_str(&format!("- {}\n", markdown_text(&message.say(locale)))));
        }
        out
    }

    fn lists(&self) -> impl Iterator<Item = &(Word, Vec<Message>)> {
        self.lists.iter().filter(|(_, messages)| !messages.is_empty())
    }
}
