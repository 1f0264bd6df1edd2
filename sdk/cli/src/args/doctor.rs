//! `evergreen doctor`.

use clap::Args;

/// Check configuration, network, program, prices and balances, and say what to do next
#[derive(Args)]
pub struct Doctor {
    /// Look at this pool only
    #[arg(long, short)]
    pub pool: Option<String>,
}
