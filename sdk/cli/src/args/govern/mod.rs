//! `evergreen govern`.

mod at_once;
mod propose;
mod upkeep;

pub use at_once::{Halt, Pause, Tighten, Unpause};
pub use propose::{Key, PoolParams, ProposeCommand, Setting, Timelock, UnderlyingParams};
pub use upkeep::{OfPool, VerifyProgram};

use clap::{Args, Subcommand};

/// What to do.
#[derive(Subcommand)]
pub enum GovernCommand {
    /// Roles, timelock, pauses, and the proposals on their way
    Show(Show),
    /// Propose a change (admin); anyone executes it after the timelock
    #[command(subcommand)]
    Propose(ProposeCommand),
    /// Make a proposed change whose time has come (anyone)
    Execute(Numbered),
    /// Withdraw a proposal (guardian or admin)
    Cancel(Numbered),
    /// Take over as admin (the pending admin)
    AcceptAdmin,
    /// Stop an action for a while (guardian or admin)
    Pause(Pause),
    /// End the pause of an action (guardian; the admin ends its own)
    Unpause(Unpause),
    /// Lower caps of a pool at once (guardian or admin)
    Tighten(Tighten),
    /// Stop new risk, liquidity and series of a pool at once (guardian or admin)
    Halt(Halt),
    /// Pay a pool's protocol fees to the fee owner (anyone)
    CollectFees(OfPool),
    /// Compare a pool's vaults and mint with its ledgers and the policy, and assign what was seized (anyone)
    SyncVault(OfPool),
    /// Compare the deployed bytecode with a compiled program
    VerifyProgram(VerifyProgram),
}

/// Which proposal.
#[derive(Args)]
pub struct Numbered {
    /// Its number
    pub number: u64,
}

/// Nothing to say.
#[derive(Args)]
pub struct Show {}
