//! `evergreen portfolio`.

use super::parse::address;
use clap::Args;
use evergreen_sdk::anchor_lang::prelude::Pubkey;

/// What an owner's accounts have made, in all pools where they have any, and in all pools of the market file
#[derive(Args)]
pub struct PortfolioArgs {
    /// The pool: name, mint or address; all pools otherwise
    #[arg(long, short)]
    pub pool: Option<String>,
    /// The owner; the keypair's otherwise
    #[arg(long, value_parser = address)]
    pub owner: Option<Pubkey>,
    /// Break-even prices also after so many days of funding at today's
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// Also positions that are over, each with its entry and exit
    #[arg(long)]
    pub closed: bool,
    /// Tell the carry in past funding apart: reads the transactions of the underlyings, too
    #[arg(long)]
    pub carry: bool,
}
