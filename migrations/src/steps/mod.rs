//! The steps. Each compares the file with the chain and says what is to be done; none of them sends transactions.

mod bytecode;
mod changes;
mod layout;
mod parameters;
mod pools;
mod protocol;
mod roles;
#[cfg(test)]
mod tests;
mod underlyings;

pub use changes::changed_accounts;

use crate::{Chain, Cluster, describe};
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    evergreen::state::{LAYOUT_VERSION, Protocol},
};

/// Input of a step.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The wanted state.
    pub cluster: &'a Cluster,
    /// The present state.
    pub chain: &'a Chain,
    /// Address of the operator, who pays and is admin until step 10.
    pub operator: Pubkey,
    /// Whether a key is at hand.
    pub holds: &'a dyn Fn(&Pubkey) -> bool,
}

impl Scene<'_> {
    /// Returns who pays for what an authority signs: the operator if the authority's key is at hand, otherwise the authority itself, so
    /// that a wallet of several signers needs no other signature.
    fn payer(&self, authority: &Pubkey) -> Pubkey {
        if (self.holds)(authority) { self.operator } else { *authority }
    }
}

/// A transaction that a step needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Description of what it does, which begins with a verb: "create the protocol".
    pub what: String,
    /// Instructions of the transaction.
    pub instructions: Vec<Instruction>,
}

impl Task {
    fn new(what: impl Into<String>, instructions: Vec<Instruction>) -> Self {
        Self { what: what.into(), instructions }
    }

    /// Returns the addresses that the instructions need signatures of, each once.
    pub fn signers(&self) -> Vec<Pubkey> {
        describe::signers(&self.instructions)
    }
}

/// State of an item, with the next transaction if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The chain agrees with the file.
    Done,
    /// This transaction is to be sent next.
    ToDo(Task),
    /// No transaction can be sent before this time, in unix seconds.
    Waiting(i64),
    /// The chain cannot come to agree with the file, for this reason; where two values differ, it has both.
    Blocked(String),
    /// Another item or step, which this text names, comes first.
    Later(String),
}

/// A part of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Description of the item.
    pub what: String,
    /// State of the item.
    pub standing: Standing,
}

impl Item {
    fn new(what: impl Into<String>, standing: Standing) -> Self {
        Self { what: what.into(), standing }
    }
}

/// A numbered step.
pub struct Step {
    /// Number of the step.
    pub number: u16,
    /// Name of the step.
    pub name: &'static str,
    /// What holds once the step is done.
    pub about: &'static str,
    assess: fn(&Scene) -> Vec<Item>,
}

impl Step {
    /// Returns the items of the step with their states.
    pub fn assess(&self, scene: &Scene) -> Vec<Item> {
        (self.assess)(scene)
    }
}

/// All steps, in order.
pub const STEPS: &[Step] = &[
    Step {
        number: 1,
        name: "bytecode",
        about: "the program is deployed, and is the one reviewed",
        assess: bytecode::deployed,
    },
    Step { number: 2, name: "layout", about: "all accounts have this version's layout", assess: layout::upgraded },
    Step { number: 3, name: "protocol", about: "the protocol exists, with its roles", assess: protocol::created },
    Step { number: 4, name: "underlyings", about: "underlyings exist", assess: underlyings::created },
    Step { number: 5, name: "pools", about: "pools exist, with their first liquidity", assess: pools::created },
    Step { number: 6, name: "liquidity", about: "pools that were there have liquidity", assess: pools::provided },
    Step { number: 7, name: "parameters", about: "parameters are those of the file", assess: parameters::changed },
    Step { number: 8, name: "timelock", about: "the timelock is that of the file", assess: roles::timelock },
    Step { number: 9, name: "roles", about: "guardian and fee owner are those of the file", assess: roles::helpers },
    Step { number: 10, name: "admin", about: "the admin is that of the file", assess: roles::admin },
    Step {
        number: 11,
        name: "upgrade-authority",
        about: "the program's upgrade authority is that of the file",
        assess: bytecode::handed_over,
    },
];

/// Returns the protocol if it exists in this version's layout, otherwise the step that comes first.
fn protocol<'a>(scene: &Scene<'a>) -> Result<&'a Protocol, Standing> {
    match &scene.chain.protocol {
        None => Err(Standing::Later("the protocol (step 3) comes first".into())),
        Some(protocol) if protocol.version != LAYOUT_VERSION => {
            Err(Standing::Later("accounts of an earlier layout (step 2) come first".into()))
        }
        Some(protocol) => Ok(protocol),
    }
}
