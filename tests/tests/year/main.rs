//! A year of a market on each underlying, played through the compiled program with real transactions, beside books that are kept from the rules alone.
//!
//! Each half-hour has a determined price and a sample. People buy, write and close by rule; caps are exercised, accounts liquidated, funding and carry
//! accrue, liquidity comes and goes, fees are collected. At each month's end every balance, position, index and volatility of the chain equals the
//! [books](model), to the unit. One buyer's year is also priced in floating point by the simulator's formulas.

mod driver;
mod model;
mod path;
mod people;
mod simulated;

use driver::Year;
use evergreen_tests::{BTC, ETH};

/// The least number of times that things must happen in a year of both; without them it would show little.
const LEAST: [(&str, u32); 12] = [
    ("samples", 17_519),
    ("valuations", 4_000),
    ("trades", 1_200),
    ("series", 300),
    ("exercises", 10),
    ("payoffs", 10),
    ("liquidations", 3),
    ("liquidations in part", 1),
    ("deposits of liquidity", 12),
    ("withdrawals of liquidity", 10),
    ("compared months", 12),
    ("checked transactions", 300),
];

fn play(market: usize, seed: u64) {
    let mut year = Year::new(market, seed);
    year.live();
    year.leave();
    println!("{:#?}\n{:?}", year.books.counts, year.earned);
    for (what, least) in LEAST {
        let count = year.books.counts.get(what).copied().unwrap_or(0);
        assert!(count >= least, "{what}: {count}, at least {least}");
    }
    year.check_simulated();
}

#[test]
fn a_year_of_btc_agrees_to_the_unit() {
    play(BTC, 11);
}

#[test]
fn a_year_of_eth_agrees_to_the_unit() {
    play(ETH, 12);
}
