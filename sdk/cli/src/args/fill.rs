//! `evergreen fill`.

use super::account::Anyones;
use clap::Args;

/// Fill a committed trade, whoever has committed it: filling needs no signature of the trader
#[derive(Args)]
pub struct FillArgs {
    /// Whose trade is filled.
    #[command(flatten)]
    pub of: Anyones,
    /// Number of the keypair's own margin account that gets the tip; otherwise it goes back to the trader
    #[arg(long, value_name = "NUMBER")]
    pub tip_to: Option<u16>,
}
