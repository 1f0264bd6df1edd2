//! `evergreen close`.

use super::{
    option::{Portion, Strike},
    parse::{address, basis_points, seconds, series_id},
};
use clap::{ArgGroup, Args};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, evergreen::state::SeriesId, math::option::OptionKind};

/// Close positions
#[derive(Args)]
#[command(group(ArgGroup::new("what").required(true).args(["series", "underlying", "all"])))]
pub struct Close {
    /// The pool: name, mint or address. Without it the only one of the market file where that is held
    #[arg(long, short, env = "EVERGREEN_POOL", hide_env_values = true)]
    pub pool: Option<String>,
    /// The positions, as `evergreen positions` names them: SLOT:GENERATION; up to four
    #[arg(long, value_name = "SERIES", num_args = 1..=4, value_parser = series_id)]
    pub series: Vec<SeriesId>,
    /// The one position on BTC or ETH, as it is held; --call, --put, --strike and --tenor say which where there are several
    #[arg(long, short = 'U')]
    pub underlying: Option<String>,
    /// It is a call
    #[arg(long, requires = "underlying", conflicts_with = "put")]
    pub call: bool,
    /// It is a put
    #[arg(long, requires = "underlying")]
    pub put: bool,
    /// Its strike: dollars, or atm, or a distance from the price
    #[arg(long, requires = "underlying", allow_hyphen_values = true)]
    pub strike: Option<Strike>,
    /// Its tenor
    #[arg(long, requires = "underlying", value_parser = seconds)]
    pub tenor: Option<u32>,
    /// How much of it: 0.1, 0.1BTC, 50% or half; all of it otherwise
    #[arg(long, conflicts_with = "all", value_name = "SIZE|SHARE")]
    pub size: Option<Portion>,
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

impl Close {
    /// Call or put, where it was said.
    pub const fn kind(&self) -> Option<OptionKind> {
        match (self.call, self.put) {
            (true, _) => Some(OptionKind::Call),
            (_, true) => Some(OptionKind::Put),
            _ => None,
        }
    }
}
