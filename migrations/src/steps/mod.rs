//! The steps. Each compares the file with the chain and says what is to be done; none of them sends.

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

/// What a step looks at.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// What is wanted.
    pub cluster: &'a Cluster,
    /// What is there.
    pub chain: &'a Chain,
    /// Who pays, and is admin until the end.
    pub operator: Pubkey,
    /// Which keys can sign.
    pub holds: &'a dyn Fn(&Pubkey) -> bool,
}

impl Scene<'_> {
    /// Who pays for what an authority signs: the operator, or, where the authority signs elsewhere, the authority itself,
    /// so that a wallet of several signers needs nobody else.
    fn payer(&self, authority: &Pubkey) -> Pubkey {
        if (self.holds)(authority) { self.operator } else { *authority }
    }
}

/// One transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// What it does, as a question would end.
    pub what: String,
    /// Its instructions.
    pub instructions: Vec<Instruction>,
}

impl Task {
    fn new(what: impl Into<String>, instructions: Vec<Instruction>) -> Self {
        Self { what: what.into(), instructions }
    }

    /// Who has to sign beside the payer.
    pub fn signers(&self) -> Vec<Pubkey> {
        describe::signers(&self.instructions)
    }
}

/// Where something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is as it is to be.
    Done,
    /// This transaction is next.
    ToDo(Task),
    /// Nothing can be done before this time, unix seconds.
    Waiting(i64),
    /// It cannot be as it is to be: why, with both values.
    Blocked(String),
    /// Something else comes first: what.
    Later(String),
}

/// One thing of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is, with its state.
    pub what: String,
    /// Where it stands.
    pub standing: Standing,
}

impl Item {
    fn new(what: impl Into<String>, standing: Standing) -> Self {
        Self { what: what.into(), standing }
    }
}

/// A numbered step.
pub struct Step {
    /// Its number.
    pub number: u16,
    /// Its name.
    pub name: &'static str,
    /// What it brings about.
    pub about: &'static str,
    assess: fn(&Scene) -> Vec<Item>,
}

impl Step {
    /// Where it stands.
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

/// The protocol if later steps can build on it, otherwise what comes first.
fn protocol<'a>(scene: &Scene<'a>) -> Result<&'a Protocol, Standing> {
    match &scene.chain.protocol {
        None => Err(Standing::Later("the protocol (step 3) comes first".into())),
        Some(protocol) if protocol.version != LAYOUT_VERSION => {
            Err(Standing::Later("accounts of an earlier layout (step 2) come first".into()))
        }
        Some(protocol) => Ok(protocol),
    }
}
