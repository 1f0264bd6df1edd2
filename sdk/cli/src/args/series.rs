//! `evergreen series`.

use super::{option::ContractArgs, parse::series_id};
use clap::{Args, Subcommand};
use evergreen_sdk::evergreen::state::SeriesId;

/// What to do.
#[derive(Subcommand)]
pub enum SeriesCommand {
    /// All series of a pool with their open interest; others are listed by the first trade
    List(List),
    /// List a series, so that it can be traded; anyone may
    Add(Add),
    /// Free the slot of a series without open interest; anyone may
    Retire(OneSeries),
    /// Report that nobody has sampled the underlying of a series for a day; anyone may
    Silent(OneSeries),
    /// End a series seven days after that report, at its value at the last sample; anyone may
    End(OneSeries),
}

/// Which pool.
#[derive(Args)]
pub struct List {
    /// The pool: name, mint or address
    #[arg(
        long,
        short,
        required_unless_present = "all",
        conflicts_with = "all",
        env = "EVERGREEN_POOL",
        hide_env_values = true
    )]
    pub pool: Option<String>,
    /// Those of all pools
    #[arg(long)]
    pub all: bool,
}

/// A series to list.
#[derive(Args)]
pub struct Add {
    /// The pool: name, mint or address
    #[arg(long, short, env = "EVERGREEN_POOL", hide_env_values = true)]
    pub pool: String,
    #[command(flatten)]
    pub contract: ContractArgs,
}

/// A series of a pool.
#[derive(Args)]
pub struct OneSeries {
    /// Slot and generation, as `evergreen series list` names it: 0:1
    #[arg(value_parser = series_id)]
    pub series: SeriesId,
    /// The pool: name, mint or address
    #[arg(long, short, env = "EVERGREEN_POOL", hide_env_values = true)]
    pub pool: String,
}
