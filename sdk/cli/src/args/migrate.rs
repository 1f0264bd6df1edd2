//! `evergreen migrate`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What to do.
#[derive(Subcommand)]
pub enum MigrateCommand {
    /// Where each step stands
    Status(Options),
    /// What would be sent now, with every instruction, simulated where that is possible
    Plan(Options),
    /// Do it, step by step; run again after a wait or an interruption
    Run(Options),
}

/// Which cluster, by which keys, how far.
#[derive(Args)]
pub struct Options {
    /// What the cluster is to become; migrations/README.md describes the fields
    #[arg(long, value_name = "FILE")]
    pub cluster: PathBuf,
    /// Where it is noted what was done; beside the cluster file otherwise
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// File of a further keypair that may sign; may be repeated
    #[arg(long = "signer", value_name = "FILE")]
    pub signers: Vec<PathBuf>,
    /// Number of the last step
    #[arg(long, value_name = "N")]
    pub to: Option<u16>,
}
