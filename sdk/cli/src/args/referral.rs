//! `evergreen referral`.

use super::parse::address;
use clap::{Args, Subcommand};
use evergreen_sdk::anchor_lang::prelude::Pubkey;

/// What to do.
#[derive(Subcommand)]
pub enum ReferralCommand {
    /// Accounts that a referrer has brought to a pool, and what each owes the referrer
    Show(Which),
    /// Pay a referrer what all referred accounts in a pool owe; anyone may
    Claim(Which),
}

/// Whose, and where.
#[derive(Args)]
pub struct Which {
    /// The pool: name, mint or address
    #[arg(long, short, env = "EVERGREEN_POOL", hide_env_values = true)]
    pub pool: String,
    /// The referrer; the keypair's otherwise
    #[arg(long, value_parser = address)]
    pub referrer: Option<Pubkey>,
}
