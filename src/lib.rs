//! Rehearsal: test, price and time a chatbot on Amazon Bedrock without calling it.
//!
//! In the order a reader needs it:
//!
//! - [`scenario`] is the document everything starts from: a query mix, the models that answer it,
//!   what a team wants of them; [`workspace`] is what is kept and shared around it. [`document`] reads such
//!   documents, [`problem`] is how they are refused, [`pack`] how results leave a worker.
//! - [`catalog`] knows the models, [`money`] is exact, and [`cost`] is the bill.
//! - [`sim`] draws a day of messages and [`stats`] says what their times mean; [`frontier`] sets cost against them.
//! - [`rules`] is what each model takes and refuses, as data, and [`checks`] holds a request against it; [`bedrock`]
//!   is the wire an answer is sent over, [`doors`] the other APIs it is sent through, [`fixture`] what a model
//!   answered, found by its [`hash`], [`mock`] the client that sends it.
//! - [`bench`] measures a client and says whether it became worse.
//! - [`testing`] helps a team's own tests.
//! - [`compat`] keeps the behaviour of the Python document the product started from.
//! - [`delivery`] brings an answer to the browser; [`import`] turns what a team has into fixtures,
//!   [`redact`] removes what must not be kept.
//! - [`chart`] is where a figure stands on paper, [`spreadsheet`] a table that others open.
//! - [`words`] is everything the product says, in one table.
//!
//! The core has no clock, randomness, storage, locale or browser in it: they are arguments. The
//! same input and seed give the same bits natively and in WebAssembly.

// The order of who may know whom: a room knows those of the groups above it only (`tests/rooms.rs`).

pub mod money;
pub mod random;
pub mod spreadsheet;
pub mod stats;

pub mod pack;

pub mod words;

pub mod chart;
pub mod problem;

pub mod document;

pub mod catalog;
pub mod hash;

pub mod rules;
pub mod scenario;

pub mod bedrock;
pub mod compat;
pub mod cost;
pub mod workspace;

pub mod checks;
pub mod redact;
pub mod sim;

pub mod doors;
pub mod frontier;

pub mod delivery;
pub mod fixture;

pub mod import;
pub mod mock;

pub mod bench;
pub mod testing;

pub mod questions;
