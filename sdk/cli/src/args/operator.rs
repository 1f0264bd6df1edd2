//! `evergreen init`, `underlying create`, `pool create`.

use super::{
    govern::Setting,
    known,
    parse::{address, tokens},
};
use clap::{Args, Subcommand};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, convert::Decimal, presets::Asset};

/// Create the protocol; the keypair is the program's upgrade authority
#[derive(Args)]
pub struct Init {
    /// Lists collateral and underlyings, proposes changes; the keypair's otherwise
    #[arg(long, value_parser = address)]
    pub admin: Option<Pubkey>,
    /// Pauses, tightens, cancels proposals; the admin otherwise
    #[arg(long, value_parser = address)]
    pub guardian: Option<Pubkey>,
    /// Owns the accounts that protocol fees are paid to; the admin otherwise
    #[arg(long, value_parser = address)]
    pub fee_owner: Option<Pubkey>,
}

/// What to do.
#[derive(Subcommand)]
pub enum UnderlyingCommand {
    /// Create an underlying from its preset; its price has to be fresh
    Create(CreateUnderlying),
}

/// Which underlying.
#[derive(Args)]
pub struct CreateUnderlying {
    /// Which
    #[arg(value_parser = known::asset(), ignore_case = true)]
    pub symbol: Asset,
}

/// Which pool.
#[derive(Args)]
pub struct CreatePool {
    /// Collateral mint
    #[arg(long, value_parser = address)]
    pub mint: Pubkey,
    /// Underlyings, in the pool's order for ever
    #[arg(long, value_parser = known::asset(), ignore_case = true, value_delimiter = ',', default_value = "btc,eth")]
    pub underlyings: Vec<Asset>,
    /// A point pays 10^-e native units a dollar
    #[arg(long, value_name = "E", default_value_t = 3)]
    pub scale: u8,
    /// The first deposit of a pool of your own, in tokens, which stays for good; a thousandth of a token otherwise
    #[arg(long, value_name = "TOKENS", value_parser = tokens)]
    pub first: Option<Decimal>,
    /// Take liquidity from the curator alone, and from whom it signs for
    #[arg(long)]
    pub private: bool,
    /// A parameter that is not the preset's; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub values: Vec<Setting>,
}
