//! The promises of the crate about money, checked by hand and on random inputs.
//!
//! `common::cases` sets the number of cases of a property, which is printed with `--nocapture`.

mod bursts;
mod carry;
mod common;
mod fees;
mod funding;
mod margin;
mod no_panic;
mod outlook;
mod pool;
mod quotes;
mod seizure;
mod shares;
mod smile;
mod trade;
mod units;
mod volatility;
