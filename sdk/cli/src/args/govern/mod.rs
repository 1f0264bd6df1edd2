//! `evergreen govern`.

mod at_once;
mod propose;
mod upkeep;

pub use at_once::{Halt, Pause, Tighten, Unpause};
pub use propose::{Key, PoolParams, ProposeCommand, Setting, Timelock, UnderlyingParams};
pub use upkeep::{FeesOf, OfPool, VerifyProgram};

use clap::{Args, Subcommand};

/// What to do.
#[derive(Subcommand)]
pub enum GovernCommand {
    /// Roles, timelock, pauses, and the proposals on their way
    Show(Show),
    /// Propose a change (admin, of a pool its curator); anyone executes it after the timelock
    #[command(subcommand)]
    Propose(ProposeCommand),
    /// Announce a proposed change whose time has come, and make it two minutes later (anyone)
    Execute(Numbered),
    /// Withdraw a proposal (guardian or admin, of a pool guardian or its curator)
    Cancel(Numbered),
    /// Take over as admin (the pending admin)
    AcceptAdmin,
    /// Take over as curator of a pool (the pending curator)
    AcceptCurator(OfPool),
    /// Stop an action for a while (guardian or admin)
    Pause(Pause),
    /// End the pause of an action (guardian; the admin ends its own)
    Unpause(Unpause),
    /// Lower caps of a pool at once (guardian, admin, the pool's curator)
    Tighten(Tighten),
    /// Stop new risk, liquidity and series of a pool at once (guardian, admin, the pool's curator)
    Halt(Halt),
    /// Announce that a private pool that is halted buys back what is left, in three days (its curator)
    AnnounceBuyback(OfPool),
    /// Pay a pool's protocol fees to the fee owner, or the curator's to the curator (anyone)
    CollectFees(FeesOf),
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
    /// The pool with a curator of its own that counts it; the protocol otherwise
    #[arg(long, short)]
    pub pool: Option<String>,
}

/// Nothing to say.
#[derive(Args)]
pub struct Show {}
