//! A market in floating point, fast enough for thousands of years of it: prices, the protocol's contract and pricing, agents, and
//! rules for the price of direction.
//!
//! Amounts are in tokens of the collateral; one option on one unit of the index pays one token a dollar.

pub mod arbitrage;
pub mod contract;
pub mod crowd;
pub mod params;
pub mod paths;
pub mod pool;
pub mod random;
pub mod report;
pub mod rule;
pub mod run;
pub mod search;
pub mod statistics;
pub mod strategies;
pub mod volatility;
pub mod writers;
