//! `evergreen price`.

use clap::{Args, Subcommand};

/// What to do.
#[derive(Subcommand)]
pub enum PriceCommand {
    /// Price, its age and quality, volatility, tenors of every underlying
    Show,
    /// Fetch signed prices from Pyth's price service and post those that are newer to the push feeds of --shard, once
    Post(Post),
    /// Make a lookup table for --table: with it a trade's price is posted and the trade filled in one transaction
    Table(MakeTable),
}

/// What to post.
#[derive(Args)]
pub struct Post {
    /// Symbols of underlyings, such as BTC ETH; all of the protocol otherwise
    pub symbols: Vec<String>,
}

/// Whose addresses a table gets.
#[derive(Args)]
pub struct MakeTable {
    /// Pool: its name in the market file, collateral mint or address
    #[arg(long, short = 'p')]
    pub pool: String,
}
