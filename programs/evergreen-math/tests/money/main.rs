//! What the crate promises about money, checked on random inputs.
//!
//! Every property runs on as many cases as `common::cases` says and prints that number with `--nocapture`.

mod common;
mod fees;
mod funding;
mod inventory;
mod margin;
mod no_panic;
mod pool;
mod seizure;
mod shares;
mod trade;
mod units;
mod volatility;
