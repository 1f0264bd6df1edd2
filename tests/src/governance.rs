//! Governance of a world in one call each. The admin proposes; the payer pays and gets the rent back.

use crate::{chain::actor, outcome::Outcome, world::World};
use anchor_lang::solana_program::instruction::Instruction;
use evergreen_sdk::{
    accounts, address,
    evergreen::state::{Change, Proposal, Protocol, Underlying},
    instruction::{self as build, ChangeAccounts},
};

impl World {
    /// The protocol account.
    ///
    /// # Panics
    /// If there is none.
    pub fn protocol(&self) -> Box<Protocol> {
        accounts::protocol(&self.chain.data(&address::protocol())).expect("the protocol")
    }

    /// An underlying.
    ///
    /// # Panics
    /// If there is none.
    pub fn underlying(&self, market: usize) -> Box<Underlying> {
        accounts::underlying(&self.chain.data(&self.feeds[market].accounts.underlying)).expect("an underlying")
    }

    /// A proposal that has been neither executed nor cancelled.
    pub fn proposal(&self, id: u64) -> Option<Proposal> {
        accounts::proposal(&self.chain.data(&address::proposal(id))).ok().map(|proposal| *proposal)
    }

    /// What changes of a pool name.
    pub fn of_pool(&self, pool: usize) -> ChangeAccounts {
        ChangeAccounts::pool(self.pools[pool].pool, self.feeds.iter().map(|feed| feed.accounts.underlying).collect())
    }

    /// What changes of an underlying name; its present price account is the one of a new source.
    pub fn of_market(&self, market: usize) -> ChangeAccounts {
        let feed = &self.feeds[market].accounts;
        ChangeAccounts::underlying(feed.underlying, Some(feed.price))
    }

    /// The admin's proposal, with the next number.
    pub fn propose_instruction(&self, change: Change, changed: &ChangeAccounts) -> Instruction {
        build::propose(self.chain.payer, actor("admin"), self.protocol().next_proposal, change, changed)
    }

    /// Proposes and returns the number.
    #[track_caller]
    pub fn propose(&mut self, change: Change, changed: &ChangeAccounts) -> u64 {
        let id = self.protocol().next_proposal;
        self.send(self.propose_instruction(change, changed)).ok();
        id
    }

    /// Lets the timelock pass, in which nothing else happens.
    pub fn pass_timelock(&mut self) {
        self.pass(self.protocol().timelock.into());
    }

    /// Executes a proposal.
    #[track_caller]
    pub fn execute_proposal(&mut self, id: u64, changed: &ChangeAccounts) -> Outcome {
        self.send(build::execute_proposal(id, self.chain.payer, changed))
    }

    /// Proposes, waits and executes.
    #[track_caller]
    pub fn enact(&mut self, change: Change, changed: &ChangeAccounts) -> Outcome {
        let id = self.propose(change, changed);
        self.pass_timelock();
        self.execute_proposal(id, changed).ok()
    }
}
