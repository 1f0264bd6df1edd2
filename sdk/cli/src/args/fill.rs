//! `evergreen fill`.

use super::parse::address;
use clap::Args;
use evergreen_sdk::anchor_lang::prelude::Pubkey;

/// Fill a committed trade, whoever has committed it: filling needs no signature of the trader
#[derive(Args)]
pub struct FillArgs {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pub pool: String,
    /// Number of the margin account whose trade is filled
    #[arg(long, default_value_t = 0)]
    pub account: u16,
    /// Its owner; the keypair's otherwise
    #[arg(long, value_parser = address)]
    pub owner: Option<Pubkey>,
    /// Number of the keypair's own margin account that gets the tip; otherwise it goes back to the trader
    #[arg(long, value_name = "NUMBER")]
    pub tip_to: Option<u16>,
}
