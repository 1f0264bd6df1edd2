//! `evergreen chain`.

use super::{
    option::Size,
    parse::{address, seconds},
};
use clap::Args;
use evergreen_sdk::anchor_lang::prelude::Pubkey;

/// The options of a tenor by strike: calls to the left, puts to the right, with what a size costs to buy and brings when sold
#[derive(Args)]
pub struct ChainArgs {
    /// The pool: name, mint or address
    #[arg(long, short, env = "EVERGREEN_POOL", hide_env_values = true)]
    pub pool: String,
    /// BTC or ETH
    #[arg(long, short = 'U')]
    pub underlying: String,
    /// The tenor
    #[arg(long, default_value = "7d", value_parser = seconds)]
    pub tenor: u32,
    /// Calls alone, with more columns
    #[arg(long, conflicts_with = "put")]
    pub call: bool,
    /// Puts alone, with more columns
    #[arg(long)]
    pub put: bool,
    /// Coins that are bought or sold: 0.1, or 0.1BTC; needs the stock's price
    #[arg(long, default_value = "0.1", conflicts_with = "points")]
    pub size: Size,
    /// The same in points, the program's own unit
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
    pub points: Option<i64>,
    /// About so many strikes around the price, beside those that are listed
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub strikes: u16,
    /// Number of the margin account whose positions are shown
    #[arg(long, default_value_t = 0)]
    pub account: u16,
    /// Its owner; the keypair's otherwise, if there is one
    #[arg(long, value_parser = address)]
    pub owner: Option<Pubkey>,
}
