//! `evergreen keeper`.

use super::parse::{address, dollars, seconds, tokens};
use clap::{Args, Subcommand, ValueEnum, builder::RangedU64ValueParser};
use evergreen_keeper::{Job, Ladder};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, convert::Decimal};
use std::{net::SocketAddr, path::PathBuf};

/// What to do.
#[derive(Subcommand)]
pub enum KeeperCommand {
    /// Work until Ctrl-C (or a polite kill)
    Run(RunArgs),
    /// Do all that there is to do now, and end
    Once(KeeperArgs),
    /// List the jobs
    Jobs,
}

/// A keeper and its supervision.
#[derive(Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub keeper: KeeperArgs,
    /// Address of /metrics and /health; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9187")]
    pub metrics: SocketAddr,
}

/// What a keeper does, and how.
#[derive(Args)]
pub struct KeeperArgs {
    /// Serve this pool only (name, mint or address); may be given again
    #[arg(long, short)]
    pub pool: Vec<String>,
    /// Serve pools of strangers, too, that the market file does not name
    #[arg(long, conflicts_with = "pool")]
    pub strangers: bool,
    /// Do this job only; may be given again
    #[arg(long = "job")]
    pub jobs: Vec<Job>,
    /// Do all but this job; may be given again
    #[arg(long = "without", conflicts_with = "jobs")]
    pub without: Vec<Job>,
    /// URL of the websocket; that of the configuration file otherwise, or the one beside the network's URL
    #[arg(long = "ws", value_name = "URL")]
    pub ws_url: Option<String>,
    /// Warn while the key has less SOL
    #[arg(long, value_name = "SOL", default_value = "0.1", value_parser = tokens)]
    pub low_sol: Decimal,
    /// What a SOL is worth: with it, and the stocks' prices of the market file, log and metrics tell the profit of each job
    #[arg(long, value_name = "DOLLARS", value_parser = dollars)]
    pub sol_price: Option<Decimal>,
    /// Tell in the metrics the delta, gamma and vega of this owner's shares; may be given again
    #[arg(long = "provider", value_name = "OWNER", value_parser = address)]
    pub providers: Vec<Pubkey>,
    /// Folder for the journal of transactions under way
    #[arg(long, value_name = "FOLDER")]
    pub state: Option<PathBuf>,
    /// Longest time between two ticks, milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub interval: u64,
    /// Most transactions under way at a time; what can wait takes half of them
    #[arg(long, default_value_t = 32, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000))]
    pub parallel: usize,
    /// Number of the keeper's own margin account in every pool, which rewards are paid to
    #[arg(long, default_value_t = 0)]
    pub account: u16,
    /// Leave orders that pay the keeper less to others, native units
    #[arg(long, value_name = "UNITS", default_value_t = 0)]
    pub min_tip: u64,
    /// List calls and puts around the price before anybody trades them: UNDERLYING:TENOR:STEP:STRIKES, for instance BTC:7d:2%:3; may be given again
    #[arg(long = "ladder", value_name = "LADDER", requires = "pool")]
    pub ladders: Vec<Ladder>,
    /// Report an underlying as silent that nobody has sampled for so long, a day at least
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = seconds)]
    pub report_silence_after: u32,
    /// Post prices to the push feeds of --shard when they are older than so many seconds; a bit below the smallest age that
    /// the underlyings allow otherwise
    #[arg(long, value_name = "SECONDS", requires = "hermes", value_parser = clap::value_parser!(i64).range(0..))]
    pub post_when_older: Option<i64>,
    /// How the log is written, to standard error; RUST_LOG says how much
    #[arg(long, value_enum, ignore_case = true, default_value_t = Log::Text)]
    pub log: Log,
}

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Log {
    /// Lines for people
    Text,
    /// One JSON document a line
    Json,
}
