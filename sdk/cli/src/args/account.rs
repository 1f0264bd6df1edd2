//! `evergreen account`.

use super::parse::{address, tokens};
use clap::{Args, Subcommand};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, convert::Decimal};

/// What to do.
#[derive(Subcommand)]
pub enum AccountCommand {
    /// Cash, equity, health, funding, and at which prices it is liquidated
    Show(Anyones),
    /// Open an account
    Open(Open),
    /// Close an empty account and get its rent back
    Close(Which),
    /// Give up what the pool owes the account and cannot pay
    Forgo(Which),
    /// Name a key that may trade for the account and never withdraw, or nobody
    Delegate(Delegate),
}

/// Which account.
#[derive(Args)]
pub struct Which {
    /// The pool: name, mint or address. Without it the only one of the market file that it can be
    #[arg(long, short, env = "EVERGREEN_POOL", hide_env_values = true)]
    pub pool: Option<String>,
    /// Number of the account
    #[arg(long, default_value_t = 0)]
    pub account: u16,
}

/// Which account, and whose.
#[derive(Args)]
pub struct Anyones {
    #[command(flatten)]
    pub which: Which,
    /// Its owner; the keypair's otherwise
    #[arg(long, value_parser = address)]
    pub owner: Option<Pubkey>,
}

/// Open an account.
#[derive(Args)]
pub struct Open {
    #[command(flatten)]
    pub which: Which,
    /// Who gets a part of the protocol's share of its fees
    #[arg(long, value_parser = address)]
    pub referrer: Option<Pubkey>,
}

/// Who may trade for it.
#[derive(Args)]
pub struct Delegate {
    #[command(flatten)]
    pub which: Which,
    /// The key: it may trade, place and cancel orders; it cannot withdraw, and promises no tips
    #[arg(required_unless_present = "none", conflicts_with = "none", requires = "allowance", value_parser = address)]
    pub key: Option<Pubkey>,
    /// What its trades may cost in tips, fees and penalties, in tokens, until you say otherwise
    #[arg(long, value_name = "TOKENS", conflicts_with = "none", value_parser = tokens)]
    pub allowance: Option<Decimal>,
    /// Nobody any more
    #[arg(long)]
    pub none: bool,
}
