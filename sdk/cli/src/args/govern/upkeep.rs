//! What anybody may do: fees, vaults, the program's hash.

use clap::Args;
use std::path::PathBuf;

/// Which pool.
#[derive(Args)]
pub struct OfPool {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pub pool: String,
}

/// Which pool's, and whose.
#[derive(Args)]
pub struct FeesOf {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pub pool: String,
    /// Those of the curator, and not of the protocol
    #[arg(long)]
    pub of_curator: bool,
}

/// What to compare with.
#[derive(Args)]
pub struct VerifyProgram {
    /// The compiled program; `cargo xtask build` makes it
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
}
