//! `evergreen pool`.

use super::operator::CreatePool;
use clap::{Args, Subcommand};

/// What to do.
#[derive(Subcommand)]
pub enum PoolCommand {
    /// All pools side by side: worth, price of shares, how much is used, room, direction, fees, returns
    List(List),
    /// One pool: worth, reserves, fees, underlyings, state
    Show(Show),
    /// Collect the funding that accounts owe a pool, for whoever waits for its cash; anyone may
    Collect(Show),
    /// Create a pool: one of the protocol by the admin's key, otherwise one whose curator the keypair is
    Create(CreatePool),
}

/// How much of each pool.
#[derive(Args)]
pub struct List {
    /// Returns of a share over 7, 30 and 365 days, in parts, of the pools in the market file: reads all their transactions
    #[arg(long)]
    pub returns: bool,
}

/// Which pool.
#[derive(Args)]
pub struct Show {
    /// The pool: name, mint or address
    #[arg(long, short, env = "EVERGREEN_POOL", hide_env_values = true)]
    pub pool: String,
}
