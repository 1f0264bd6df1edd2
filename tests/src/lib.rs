//! Helpers for tests of the compiled programs.
//!
//! [`World`] is a chain with the program, its underlyings and two pools, one on each token program. Everything in it is
//! made by real instructions, except prices, which an oracle would write. After every transaction, whether it succeeded or
//! not, [`invariants`] checks all accounts of every pool.

pub mod chain;
mod client_view;
#[cfg(feature = "coverage")]
mod coverage;
mod dear;
pub mod feed;
pub mod governance;
pub mod invariants;
pub mod leaving;
pub mod liquidity;
pub mod mints;
mod notices;
pub mod outcome;
mod prices;
pub mod probe;
pub mod replay;
pub mod seizures;
mod setup;
pub mod snapshot;
pub mod tokens;
pub mod trading;
pub mod valuation;
pub mod world;

pub use evergreen_test_support::{average, elf, random};
pub use outcome::{Outcome, assert_error, assert_refused};
pub use world::{BTC, CLASSIC, DAY, ETH, HALF_HOUR, HOUR, STOCK, Setup, World};
