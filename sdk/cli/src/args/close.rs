//! `evergreen close`.

use super::parse::{address, basis_points, series_id};
use clap::{ArgGroup, Args};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, evergreen::state::SeriesId};

/// Close positions
#[derive(Args)]
#[command(group(ArgGroup::new("what").required(true).args(["series", "all"])))]
pub struct Close {
    /// The pool: name, mint or address
    #[arg(long, short, env = "EVERGREEN_POOL", hide_env_values = true)]
    pub pool: String,
    /// The positions, as `evergreen positions` names them: SLOT:GENERATION; up to four
    #[arg(long, value_name = "SERIES", num_args = 1..=4, value_parser = series_id)]
    pub series: Vec<SeriesId>,
    /// Close everything and withdraw all cash
    #[arg(long)]
    pub all: bool,
    /// Number of the margin account
    #[arg(long, default_value_t = 0)]
    pub account: u16,
    /// The account's owner, of whom the keypair is the delegate
    #[arg(long, conflicts_with = "all", value_parser = address)]
    pub owner: Option<Pubkey>,
    /// How much worse than its quote the result may be at the price that fills it
    #[arg(long, default_value = "1%", value_parser = basis_points)]
    pub slippage: u16,
    /// Only commit the trade and leave filling it to keepers, or to `evergreen fill`
    #[arg(long, conflicts_with = "all")]
    pub no_fill: bool,
}
