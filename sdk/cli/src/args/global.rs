//! What every command takes.

use super::parse::{address, dollars, priority_fee};
use crate::failure::Usage;
use anyhow::Result;
use clap::{Args, ValueEnum};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{PriorityFee, SendOptions},
    convert::Decimal,
    price::{LegacyAccounts, PriceProvider, PythGeneration, PythPrograms},
};
use std::{path::PathBuf, sync::Arc};

/// What every command takes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Solana's configuration file (json_rpc_url, keypair_path); ~/.config/solana/cli/config.yml otherwise
    #[arg(hide_short_help = true, long, short = 'C', global = true, env = "EVERGREEN_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// URL of the network's JSON-RPC, or mainnet, devnet, localhost
    #[arg(long, short = 'u', global = true, value_name = "URL")]
    pub url: Option<String>,
    /// File with nodes to ask where --url fails, one a line: the URL of JSON-RPC, and after a blank that of its websocket if that is not beside it
    #[arg(hide_short_help = true, long, global = true, value_name = "FILE")]
    pub nodes: Option<PathBuf>,
    /// File of the keypair that signs and pays
    #[arg(long, short = 'k', global = true, value_name = "FILE")]
    pub keypair: Option<PathBuf>,
    /// Names of pools and display prices of stocks; market.json beside the configuration file otherwise
    #[arg(hide_short_help = true, long, global = true, value_name = "FILE")]
    pub market: Option<PathBuf>,
    /// What one token of the stock is worth in dollars: sizes trades and shows dollars, no ledger depends on it
    #[arg(hide_short_help = true, long, global = true, value_name = "DOLLARS", value_parser = dollars)]
    pub stock_price: Option<Decimal>,
    /// Where prices are read
    #[arg(hide_short_help = true, long, global = true, value_enum, ignore_case = true, default_value_t = Prices::Upgraded)]
    pub prices: Prices,
    /// Which set of Pyth's push feeds: 0 is what sponsors keep fresh, others are kept by whoever posts to them
    #[arg(hide_short_help = true, long, global = true, value_name = "NUMBER", default_value_t = 0)]
    pub shard: u16,
    /// Base URL of Pyth's price service (Hermes); of the service for --prices otherwise, where a command needs one
    #[arg(hide_short_help = true, long, global = true, value_name = "URL")]
    pub hermes: Option<String>,
    /// Environment variable with the key of the price service
    #[arg(hide_short_help = true, long, global = true, value_name = "VARIABLE")]
    pub hermes_token_env: Option<String>,
    /// Lookup table of `evergreen price table`: a trade whose price nobody has posted after a second is filled with a price
    /// from the price service, in one transaction
    #[arg(hide_short_help = true, long, global = true, value_name = "ADDRESS", value_parser = address)]
    pub table: Option<Pubkey>,
    /// Priority fee in micro-lamports a compute unit; otherwise the median of recent transactions that wrote to the same
    /// accounts, at most 100,000
    #[arg(hide_short_help = true, long, global = true, value_name = "MICROLAMPORTS", value_parser = priority_fee)]
    pub priority_fee: Option<u64>,
    /// The number that a deposit, withdrawal, request, trade or order takes, as receipts tell it (`number`): of equal commands that name the same
    /// one, only one is done
    #[arg(hide_short_help = true, long = "number", global = true, value_name = "NUMBER")]
    pub take_number: Option<u64>,
    /// One JSON document a line instead of tables
    #[arg(long, global = true)]
    pub json: bool,
    /// Show plan, quote and simulation; send nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Do not ask before something is sent
    #[arg(long, short = 'y', global = true)]
    pub yes: bool,
    /// Which command it is, see [`super::identity`].
    #[arg(skip)]
    pub identity: String,
}

impl Global {
    /// What a transaction pays beyond the base fee.
    pub fn priority(&self) -> PriorityFee {
        self.priority_fee.map_or(SendOptions::default().priority, PriorityFee::Fixed)
    }
}

/// Where prices are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Prices {
    /// Pyth's push feeds, upgraded generation
    Upgraded,
    /// Pyth's push feeds, previous generation
    Previous,
    /// Pyth's legacy price accounts
    Legacy,
}

impl Prices {
    /// The generation of push feeds; `None` for legacy accounts.
    pub const fn generation(self) -> Option<PythGeneration> {
        match self {
            Self::Upgraded => Some(PythGeneration::Upgraded),
            Self::Previous => Some(PythGeneration::Previous),
            Self::Legacy => None,
        }
    }

    /// As the client library knows it, with the number of a set of push feeds.
    ///
    /// # Errors
    /// [`Usage`] for a set's number with legacy accounts, which have no sets.
    pub fn source(self, shard: u16) -> Result<Arc<dyn PriceProvider>> {
        Ok(match self.generation() {
            Some(generation) => Arc::new(generation.push_feeds(shard)),
            None if shard == 0 => Arc::new(LegacyAccounts),
            None => {
                return Err(Usage("--shard is a number of push feeds; --prices legacy has none".into()).into());
            }
        })
    }

    /// The programs that prices are posted with, and the price service that has updates for them.
    ///
    /// # Errors
    /// [`Usage`] for prices that only their oracle can post.
    pub fn posting(self) -> Result<(PythPrograms, &'static str)> {
        let generation = self.generation();
        let generation = generation.ok_or_else(|| Usage("prices cannot be posted to --prices legacy".into()))?;
        let service = match generation {
            PythGeneration::Upgraded => "https://pyth.dourolabs.app/hermes",
            PythGeneration::Previous => "https://hermes.pyth.network",
        };
        Ok((generation.programs(), service))
    }
}
