//! `evergreen`: trade options on BTC and ETH with tokenized stocks, provide liquidity, look, and run a local market.
//!
//! Nothing here decides about money: quotes, plans and rules are the client library's. One file per command under
//! `commands`; [`context`] knows the network and the keys, [`act`] shows a plan, asks, and sends it.

mod act;
mod amount;
mod commands;
mod context;
mod failure;
mod interrupts;
mod known;
mod market;
mod option;
mod output;
mod report;
mod trade_spec;

use clap::{Args, CommandFactory, Parser};
use evergreen_sdk::client::{PriorityFee, SendOptions};
use std::{path::PathBuf, process::ExitCode};

/// The command line.
#[derive(Parser)]
#[command(name = "evergreen", version, about = "Options on BTC and ETH, paid and settled in tokenized stocks")]
#[command(
    after_help = "Begin with `evergreen localnet` for a market on this machine, or `evergreen doctor` to see what is missing.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the program refuses, 4 the network fails, 5 not confirmed."
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: commands::Command,
}

/// What every command takes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Solana's configuration file (json_rpc_url, keypair_path); ~/.config/solana/cli/config.yml otherwise
    #[arg(long, short = 'C', global = true, env = "EVERGREEN_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// URL of the network's JSON-RPC, or mainnet, devnet, localhost
    #[arg(long, short = 'u', global = true, value_name = "URL")]
    pub url: Option<String>,
    /// File of the keypair that signs and pays
    #[arg(long, short = 'k', global = true, value_name = "FILE")]
    pub keypair: Option<PathBuf>,
    /// Names of pools and display prices of stocks; market.json beside the configuration file otherwise
    #[arg(long, global = true, value_name = "FILE")]
    pub market: Option<PathBuf>,
    /// What one token of the stock is worth in dollars: sizes trades and shows dollars, no ledger depends on it
    #[arg(long, global = true, value_name = "DOLLARS")]
    pub stock_price: Option<evergreen_sdk::convert::Decimal>,
    /// Where prices are read
    #[arg(long, global = true, value_enum, default_value_t = context::Prices::Upgraded)]
    pub prices: context::Prices,
    /// Which set of Pyth's push feeds: 0 is what sponsors keep fresh, others are kept by whoever posts to them
    #[arg(long, global = true, value_name = "NUMBER", default_value_t = 0)]
    pub shard: u16,
    /// Priority fee in micro-lamports a compute unit; otherwise the median of recent transactions that wrote to the same
    /// accounts, at most 100,000
    #[arg(long, global = true, value_name = "MICROLAMPORTS")]
    pub priority_fee: Option<u64>,
    /// One JSON document a line instead of tables
    #[arg(long, global = true)]
    pub json: bool,
    /// Show plan, quote and simulation; send nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Do not ask before something is sent
    #[arg(long, short = 'y', global = true)]
    pub yes: bool,
}

impl Global {
    /// What a transaction pays beyond the base fee.
    pub fn priority(&self) -> PriorityFee {
        self.priority_fee.map_or(SendOptions::default().priority, PriorityFee::Fixed)
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let commands::Command::Completions { shell } = cli.command {
        clap_complete::generate(shell, &mut Cli::command(), "evergreen", &mut std::io::stdout());
        return ExitCode::SUCCESS;
    }
    let json = cli.global.json;
    match commands::run(cli.global, cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let report = failure::Report::of(&error);
            eprintln!("{}", if json { report.json() } else { report.text() });
            ExitCode::from(report.exit_code)
        }
    }
}
