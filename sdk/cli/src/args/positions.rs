//! `evergreen positions`.

use super::parse::address;
use clap::Args;
use evergreen_sdk::anchor_lang::prelude::Pubkey;

/// What an owner holds and has written
#[derive(Args)]
pub struct Positions {
    /// The pool: name, mint or address; all pools of the owner otherwise
    #[arg(long, short)]
    pub pool: Option<String>,
    /// The owner; the keypair's otherwise
    #[arg(long, value_parser = address)]
    pub owner: Option<Pubkey>,
    /// Do not read the history, which tells what positions have cost
    #[arg(long)]
    pub no_cost: bool,
}
