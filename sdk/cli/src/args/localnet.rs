//! `evergreen localnet`.

use super::{
    global::Global,
    known,
    parse::{address, dollars, seconds, tokens},
};
use clap::{Args, Subcommand};
use evergreen_localnet::{Columns, PriceFile};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, convert::Decimal, presets::Asset};
use std::path::{Path, PathBuf};

/// A market on this machine: network, program, stocks, pools, users with keys, moving prices
#[derive(Args)]
pub struct Localnet {
    #[command(subcommand)]
    pub action: Option<Action>,
    #[command(flatten)]
    pub start: Start,
}

/// How to start.
#[derive(Args)]
pub struct Start {
    /// Keys, configuration and market file are written here
    #[arg(long, default_value = "evergreen-localnet", value_name = "FOLDER")]
    pub dir: PathBuf,
    /// Port of JSON-RPC; 0 takes a free one
    #[arg(long, default_value_t = 8899)]
    pub rpc_port: u16,
    /// Port of the websocket; 0 takes a free one
    #[arg(long, default_value_t = 8900)]
    pub ws_port: u16,
    /// The compiled program; `cargo xtask build` makes it
    #[arg(long, env = "EVERGREEN_PROGRAM", default_value = "target/deploy/evergreen.so", value_name = "FILE")]
    pub program: PathBuf,
    /// Prices out of a file instead of a made path: candles of Binance, Coinbase, Kraken, Yahoo, or a table with a header; BTC=FILE or
    /// ETH=FILE where nothing in it says whose prices they are; may be given again
    #[arg(long, value_name = "[ASSET=]FILE", value_parser = price_file)]
    pub path: Vec<PriceFile>,
    /// Columns of the files, where their form is not known: time=1,price=5 or time=Time,btc=BTC,eth=ETH
    #[arg(long, value_name = "COLUMNS", requires = "path")]
    pub columns: Option<Columns>,
    /// Begin anew, with new keys, where the folder has a market that was ended
    #[arg(long)]
    pub fresh: bool,
    /// Begin with a market that `evergreen localnet save` has written: its accounts, program, clock, prices and keys
    #[arg(long, value_name = "FILE", conflicts_with_all = ["bare", "curated", "pools", "accounts"])]
    pub load: Option<PathBuf>,
    /// Seed of the made path, and of the stocks and traders of --pools
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Seconds that pass on the chain in one second
    #[arg(long, default_value_t = 1)]
    pub speed: u32,
    /// Let the clock jump to what is waited for: the price that fills a trade, the minute of a deposit of liquidity
    #[arg(long)]
    pub hurry: bool,
    /// Also a pool of lena's own on CRCLx, which the market file names CRCLx-lena
    #[arg(long, conflicts_with = "bare")]
    pub curated: bool,
    /// Number of pools, 2 otherwise: beyond the first two of stocks made from the seed, of both token programs, two pools in ten a curator's own
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=2_000), conflicts_with = "bare")]
    pub pools: Option<u16>,
    /// Margin accounts with positions in each of the pools beyond the first two; one that buys and one that writes otherwise
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=500), requires = "pools")]
    pub accounts: Option<u16>,
    /// Network, program, stocks and prices only: no protocol, no pools
    #[arg(long)]
    pub bare: bool,
    /// Also the web app, with a keeper that fills what is committed there
    #[arg(long, conflicts_with = "bare")]
    pub app: bool,
    /// Port of the web app; 0 takes a free one
    #[arg(long, default_value_t = 8787, requires = "app")]
    pub app_port: u16,
    #[command(flatten)]
    pub files: super::app::Files,
}

/// What to do with a market that runs.
#[derive(Subcommand)]
pub enum Action {
    /// Move the clock of a running local market forward: 12h, 7d; prices follow their path
    Advance {
        /// By so much
        #[arg(value_parser = seconds)]
        by: u32,
    },
    /// The chain's clock: show it, pause it, let it run
    #[command(subcommand)]
    Clock(ClockAction),
    /// Prices of the underlyings: show them, set one, let them follow their path
    #[command(subcommand)]
    Price(PriceAction),
    /// Give somebody SOL and tokens of every stock
    Fund(Fund),
    /// Make a fresh stock on Token-2022, with the extensions of an xStock, and give tokens of it: it has no pool yet
    Issue(Issue),
    /// Write the market as it is now into a file, keys included, for `evergreen localnet --load`: what a report of a fault needs
    Save {
        /// The file
        file: PathBuf,
    },
}

/// What to do with the clock.
#[derive(Clone, Copy, Subcommand)]
pub enum ClockAction {
    /// What it shows, and whether it runs
    Show,
    /// Let it stand still; transactions work all the same, and prices stay fresh
    Pause,
    /// Let it go on from where it stands
    Resume,
}

/// What to do with prices.
#[derive(Clone, Copy, Subcommand)]
pub enum PriceAction {
    /// What is published
    Show,
    /// Set a price, at once and until `follow`: it jumps there, its EMA price too
    Set {
        /// BTC or ETH
        #[arg(value_parser = known::symbol(), ignore_case = true)]
        underlying: Asset,
        /// Dollars
        #[arg(value_parser = dollars)]
        dollars: Decimal,
    },
    /// Let one price, or all, follow the path again
    Follow {
        /// BTC or ETH; both otherwise
        #[arg(value_parser = known::symbol(), ignore_case = true)]
        underlying: Option<Asset>,
    },
}

/// Whom to give what.
#[derive(Args)]
pub struct Fund {
    /// Who gets it
    #[arg(value_parser = address)]
    pub address: Pubkey,
    /// Tokens of every stock of the market
    #[arg(long, default_value = "100", value_parser = tokens)]
    pub tokens: Decimal,
    /// SOL
    #[arg(long, default_value_t = 10)]
    pub sol: u32,
}

/// Which stock to make, and whom to give it.
#[derive(Args)]
pub struct Issue {
    /// Its symbol
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub symbol: String,
    /// Who gets tokens; once for each
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub to: Vec<Pubkey>,
    /// Tokens for each
    #[arg(long, default_value = "100", value_parser = tokens)]
    pub tokens: Decimal,
}

/// Reads `BTC=FILE`, `ETH=FILE` or `FILE`.
fn price_file(text: &str) -> Result<PriceFile, String> {
    let named = text.split_once('=').and_then(|(asset, file)| Some((asset.parse::<Asset>().ok()?, file)));
    let (asset, file) = named.map_or((None, text), |(asset, file)| (Some(asset), file));
    if file.is_empty() { Err("a file is missing".into()) } else { Ok(PriceFile { path: file.into(), asset }) }
}

impl Start {
    /// The folder of a market that runs: where the configuration is, otherwise where it would be written.
    pub fn folder(&self, global: &Global) -> PathBuf {
        match global.config.as_deref().and_then(Path::parent) {
            Some(folder) => folder.to_owned(),
            None => self.dir.clone(),
        }
    }
}
