//! Governance of a world, with one method for each step. The admin proposes; the payer pays and gets the rent back.

use crate::{chain::actor, outcome::Outcome, world::World};
use anchor_lang::{AccountSerialize, solana_program::instruction::Instruction};
use evergreen_sdk::{
    accounts, address,
    evergreen::{
        state::{Change, PoolCaps, PoolParams, Proposal, Protocol, Underlying},
        types::timelock,
    },
    instruction::{self as build, ChangeAccounts},
};

/// Returns the caps of these parameters, as they are tightened.
pub const fn caps(params: &PoolParams) -> PoolCaps {
    PoolCaps {
        max_series_points: params.max_series_points,
        max_account_points: params.max_account_points,
        max_pool_cash: params.max_pool_cash,
    }
}

impl World {
    /// Returns the protocol account.
    ///
    /// # Panics
    /// If there is none.
    pub fn protocol(&self) -> Box<Protocol> {
        accounts::protocol(&self.chain.data(&address::protocol())).expect("the protocol")
    }

    /// Returns an underlying.
    ///
    /// # Panics
    /// If there is none.
    pub fn underlying(&self, market: usize) -> Box<Underlying> {
        accounts::underlying(&self.chain.data(&self.feeds[market].accounts.underlying)).expect("an underlying")
    }

    /// Returns a proposal, or `None` if it has been executed or cancelled.
    pub fn proposal(&self, id: u64) -> Option<Proposal> {
        accounts::proposal(&self.chain.data(&address::proposal(id))).ok().map(|proposal| *proposal)
    }

    /// Returns the accounts that the change of a pool names.
    pub fn of_pool(&self, pool: usize) -> ChangeAccounts {
        ChangeAccounts::pool(self.pools[pool].pool, self.feeds.iter().map(|feed| feed.accounts.underlying).collect())
    }

    /// Returns the accounts that a change of a curated pool's parameters names.
    pub fn of_curated(&self, pool: usize) -> ChangeAccounts {
        let ChangeAccounts { target, others, .. } = self.of_pool(pool);
        ChangeAccounts::curated(target, others)
    }

    /// Returns the accounts that the change of an underlying names, with its present price account.
    pub fn of_market(&self, market: usize) -> ChangeAccounts {
        let feed = &self.feeds[market].accounts;
        ChangeAccounts::underlying(feed.underlying, feed.price)
    }

    /// Makes the instruction by which the admin proposes a change under the next number.
    pub fn propose_instruction(&self, change: Change, changed: &ChangeAccounts) -> Instruction {
        build::propose(self.chain.payer, actor("admin"), self.protocol().next_proposal, change, changed)
    }

    /// Proposes a change and returns the number of the proposal.
    #[track_caller]
    pub fn propose(&mut self, change: Change, changed: &ChangeAccounts) -> u64 {
        let id = self.protocol().next_proposal;
        self.send(self.propose_instruction(change, changed)).ok();
        id
    }

    /// Lets the time pass after which any proposal is ready; nothing else happens meanwhile.
    pub fn pass_until_ready(&mut self) {
        self.pass(timelock::with_time_to_leave(self.protocol().timelock));
    }

    /// Makes a proposal ready now, where a test is about what a change is worth, and not about what the market does while it waits.
    ///
    /// # Panics
    /// If there is no such proposal.
    pub fn make_ready(&mut self, id: u64) {
        let key = address::proposal(id);
        let mut proposal = self.proposal(id).expect("a proposal");
        proposal.ready_at = self.chain.now();
        let mut data = self.chain.data(&key);
        proposal.try_serialize(&mut &mut data[..]).expect("a proposal");
        self.chain.write(key, address::PROGRAM, data);
    }

    /// Takes the next step of a proposal's execution: announces it, or makes the change.
    #[track_caller]
    pub fn step_proposal(&mut self, id: u64, changed: &ChangeAccounts) -> Outcome {
        self.send(build::execute_proposal(id, self.chain.payer, changed))
    }

    /// Announces the execution of a proposal and lets the time until the change pass; nothing else happens meanwhile.
    #[track_caller]
    pub fn announce_proposal(&mut self, id: u64, changed: &ChangeAccounts) {
        self.step_proposal(id, changed).ok();
        self.pass(Proposal::NOTICE);
    }

    /// Executes a proposal in both steps; where the first one fails, returns its outcome.
    #[track_caller]
    pub fn execute_proposal(&mut self, id: u64, changed: &ChangeAccounts) -> Outcome {
        let announced = self.step_proposal(id, changed);
        if !announced.succeeded() {
            return announced;
        }
        self.pass(Proposal::NOTICE);
        self.step_proposal(id, changed)
    }

    /// Proposes a change, waits until it is ready and executes the proposal.
    #[track_caller]
    pub fn enact(&mut self, change: Change, changed: &ChangeAccounts) -> Outcome {
        let id = self.propose(change, changed);
        self.pass(self.protocol().wait_for(&change));
        self.execute_proposal(id, changed).ok()
    }
}
