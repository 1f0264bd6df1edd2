//! Proposals, one kind of change a command.

use crate::args::{
    known,
    parse::{address, invalid, seconds},
};
use clap::{Args, Subcommand};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, presets::Asset, price::PythGeneration};
use std::str::FromStr;

/// What to change.
#[derive(Subcommand)]
pub enum ProposeCommand {
    /// Parameters of a pool: --set fee_open_bps=8 --set max_pool_cash=1000000
    PoolParams(PoolParams),
    /// Parameters of an underlying: --set max_age=4
    UnderlyingParams(UnderlyingParams),
    /// Where the price of an underlying comes from
    PriceSource(Source),
    /// End the halt of a pool
    Resume(Resume),
    /// Who may become curator of a pool, by accepting
    Curator(Curator),
    /// Who tightens at once
    Guardian(Key),
    /// Who fees are paid to
    FeeOwner(Key),
    /// Who may become admin, by accepting
    Admin(Key),
    /// Time between a proposal and its execution: 48h, 3d
    Timelock(Timelock),
}

/// Which pool, which parameters.
#[derive(Args)]
pub struct PoolParams {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pub pool: String,
    /// A parameter and its new value; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", required = true)]
    pub values: Vec<Setting>,
}

/// Which underlying, which parameters.
#[derive(Args)]
pub struct UnderlyingParams {
    /// Which
    #[arg(value_parser = known::asset(), ignore_case = true)]
    pub underlying: Asset,
    /// A parameter and its new value; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", required = true)]
    pub values: Vec<Setting>,
}

/// Which underlying, which accounts.
#[derive(Args)]
pub struct Source {
    /// Which
    #[arg(value_parser = known::asset(), ignore_case = true)]
    pub underlying: Asset,
    /// Generation of price accounts
    #[arg(value_parser = known::generation())]
    pub generation: PythGeneration,
}

/// Which pool.
#[derive(Args)]
pub struct Resume {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pub pool: String,
}

/// Which pool, and who.
#[derive(Args)]
pub struct Curator {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pub pool: String,
    /// Address
    #[arg(value_parser = address)]
    pub key: Pubkey,
}

/// Who.
#[derive(Args)]
pub struct Key {
    /// Address
    #[arg(value_parser = address)]
    pub key: Pubkey,
}

/// How long.
#[derive(Args)]
pub struct Timelock {
    /// 24 hours to 30 days
    #[arg(value_parser = seconds)]
    pub seconds: u32,
}

/// A parameter and its new value: `NAME=VALUE`, a line of a cluster file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting(pub String);

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !text.contains('=') || text.contains('\n') {
            return Err(invalid("parameter", text, "NAME=VALUE"));
        }
        Ok(Self(text.to_owned()))
    }
}
