//! `evergreen pool`.

use super::operator::CreatePool;
use clap::{Args, Subcommand};

/// What to do.
#[derive(Subcommand)]
pub enum PoolCommand {
    /// All pools
    List,
    /// One pool: worth, reserves, fees, underlyings, state
    Show(Show),
    /// Collect the funding that accounts owe a pool, for whoever waits for its cash; anyone may
    Collect(Show),
    /// Create a pool: one of the protocol by the admin's key, otherwise one whose curator the keypair is
    Create(CreatePool),
}

/// Which pool.
#[derive(Args)]
pub struct Show {
    /// The pool: name, mint or address
    #[arg(long, short, env = "EVERGREEN_POOL", hide_env_values = true)]
    pub pool: String,
}
