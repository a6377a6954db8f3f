//! Calls put into the order of time: lines and files of a log overlap, where several hosts or Regions write them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Deref;

use crate::catalog::{Catalog, Model};
use crate::import::Call;
use crate::mock::{Marks, Prompt};

/// The most calls that wait, and the most blocks of their prompts.
const MOST_CALLS: usize = 65_536;
const MOST_BLOCKS: usize = 500_000;

/// A model, no larger than a pointer where the catalog has it.
#[derive(Debug)]
pub enum Kept<'a> {
    OfCatalog(&'a Model),
    Own(Box<Model>),
}

impl<'a> Kept<'a> {
    pub fn new(model: Cow<'a, Model>, catalog: &'a Catalog) -> Self {
        match model {
            Cow::Borrowed(model) => Kept::OfCatalog(model),
            Cow::Owned(model) => match catalog.get(&model.id) {
                Some(known) if *known == model => Kept::OfCatalog(known),
                _ => Kept::Own(Box::new(model)),
            },
        }
    }
}

impl Deref for Kept<'_> {
    type Target = Model;

    fn deref(&self) -> &Model {
        match self {
            Kept::OfCatalog(model) => model,
            Kept::Own(model) => model,
        }
    }
}

/// A call whose turn has not come: hashes and sums, no text of its request.
#[derive(Debug)]
pub struct Waiting<'a> {
    pub call: Call,
    pub at_us: i64,
    /// When its answer begins.
    pub begins_us: i64,
    /// A number of the cache it asks, and its name: of a model, in a Region, of an account.
    pub base: u64,
    pub cache: String,
    pub model: Kept<'a>,
    pub prompt: Prompt,
    pub marks: Marks,
    pub signs: Vec<u64>,
    pub place: String,
}

/// The last calls, by their times; of equal times by what they say, so that no order of lines matters.
#[derive(Debug, Default)]
pub struct Window<'a> {
    calls: BTreeMap<(i64, u64, u64), Waiting<'a>>,
    blocks: usize,
    number: u64,
}

impl<'a> Window<'a> {
    pub fn add(&mut self, waiting: Waiting<'a>) {
        self.number += 1;
        self.blocks += waiting.prompt.blocks.len();
        let says = waiting.prompt.blocks.last().map_or(0, |block| block.prefix);
        self.calls.insert((waiting.at_us, says, self.number), waiting);
    }

    /// The earliest call, where more wait than are kept.
    pub fn beyond(&mut self) -> Option<Waiting<'a>> {
        let full = self.calls.len() > MOST_CALLS || self.blocks > MOST_BLOCKS;
        if full { self.first() } else { None }
    }

    /// The earliest call.
    pub fn first(&mut self) -> Option<Waiting<'a>> {
        let (_, waiting) = self.calls.pop_first()?;
        self.blocks -= waiting.prompt.blocks.len();
        Some(waiting)
    }
}
