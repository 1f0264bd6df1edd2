//! Instructions of governance: proposals, and changes that take effect at once because they only tighten.

use super::build;
use crate::address;
use anchor_lang::{
    prelude::Pubkey,
    solana_program::instruction::{AccountMeta, Instruction},
};
use evergreen::{
    accounts, instruction as args,
    state::{Change, PoolCaps},
};

/// The account that a change modifies, and the accounts that its check reads.
///
/// ```
/// use evergreen_sdk::{address, instruction::ChangeAccounts, presets::{BTC_FEED, ETH_FEED}};
/// # use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
/// # let keys = evergreen_sdk::instruction::PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token_2022::ID);
/// # let [owner, payer, admin, guardian, keeper] = [2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # let account = evergreen_sdk::address::margin_account(&keys.pool, &owner, 0);
///
/// // Parameters of a pool are checked against its underlyings: fees have to cover the age of their prices.
/// let underlyings = [BTC_FEED, ETH_FEED].map(|feed| address::underlying(&feed)).to_vec();
/// let changed = ChangeAccounts::pool(keys.pool, underlyings);
/// assert_eq!((changed.target, changed.others.len()), (keys.pool, 2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeAccounts {
    /// What counts the proposals: the protocol, or the pool where that is curated.
    pub queue: Pubkey,
    /// The protocol, pool or underlying.
    pub target: Pubkey,
    /// Accounts that the check reads: for a pool's parameters its underlyings in order; for parameters of an underlying its price account, for a price source one of the new source.
    pub others: Vec<Pubkey>,
}

impl ChangeAccounts {
    /// Returns the accounts of a change of roles or timelock.
    pub fn protocol() -> Self {
        Self { queue: address::protocol(), target: address::protocol(), others: Vec::new() }
    }

    /// Returns the accounts of a change of a pool of the protocol on these underlyings.
    pub fn pool(pool: Pubkey, underlyings: Vec<Pubkey>) -> Self {
        Self { queue: address::protocol(), target: pool, others: underlyings }
    }

    /// Returns the accounts of a change of a pool that has a curator of its own, and so counts its own proposals.
    pub const fn curated(pool: Pubkey, underlyings: Vec<Pubkey>) -> Self {
        Self { queue: pool, target: pool, others: underlyings }
    }

    /// Returns the accounts of a change of an underlying; `price` is its price account, or one of a new price source. Its price has to be young when the
    /// change is announced and when it is made, of parameters at most [`Proposal::PRICE_AGE`](evergreen::state::Proposal::PRICE_AGE) seconds.
    pub fn underlying(underlying: Pubkey, price: Pubkey) -> Self {
        Self { queue: address::protocol(), target: underlying, others: vec![price] }
    }

    fn append(&self, mut instruction: Instruction, writable: bool) -> Instruction {
        let target = if writable { AccountMeta::new } else { AccountMeta::new_readonly };
        instruction.accounts.push(target(self.target, false));
        instruction.accounts.extend(self.others.iter().map(|key| AccountMeta::new_readonly(*key, false)));
        instruction
    }
}

/// Proposes a change under number `id`, which must be the queue's next one; `proposer` is the admin, or the curator of the pool.
pub fn propose(payer: Pubkey, proposer: Pubkey, id: u64, change: Change, changed: &ChangeAccounts) -> Instruction {
    let accounts = accounts::Propose {
        payer,
        proposer,
        protocol: address::protocol(),
        queue: changed.queue,
        proposal: address::proposal_in(&changed.queue, id),
        system_program: anchor_lang::system_program::ID,
    };
    changed.append(build(accounts, args::Propose { id, change }, &[]), changed.queue == changed.target)
}

/// Announces proposal `id`, or makes its change where it was announced [`Proposal::NOTICE`](evergreen::state::Proposal::NOTICE) seconds ago and not
/// [`Proposal::TURN`](evergreen::state::Proposal::TURN) seconds before that; `payer` is the account that has paid its rent.
pub fn execute_proposal(id: u64, payer: Pubkey, changed: &ChangeAccounts) -> Instruction {
    let proposal = address::proposal_in(&changed.queue, id);
    let accounts = accounts::ExecuteProposal { protocol: address::protocol(), payer, proposal };
    changed.append(build(accounts, args::ExecuteProposal {}, &[]), true)
}

/// Cancels proposal `id` of those that the protocol counts; `payer` is the account that has paid its rent.
pub fn cancel_proposal(guardian: Pubkey, id: u64, payer: Pubkey) -> Instruction {
    cancel_proposal_in(&address::protocol(), guardian, id, payer)
}

/// As [`cancel_proposal`], of those that a queue counts: the protocol, or a curated pool, whose proposer signs or the guardian.
pub fn cancel_proposal_in(queue: &Pubkey, by: Pubkey, id: u64, payer: Pubkey) -> Instruction {
    let proposal = address::proposal_in(queue, id);
    let accounts = accounts::CancelProposal { guardian: by, protocol: address::protocol(), payer, proposal };
    build(accounts, args::CancelProposal {}, &[])
}

/// Makes the pending admin the admin.
pub fn accept_admin(admin: Pubkey) -> Instruction {
    build(accounts::AcceptAdmin { admin, protocol: address::protocol() }, args::AcceptAdmin {}, &[])
}

fn of_pool(by: Pubkey, pool: Pubkey) -> accounts::TightenPool {
    accounts::TightenPool { by, protocol: address::protocol(), pool }
}

/// Makes the pending curator of a pool its curator.
pub fn accept_curator(curator: Pubkey, pool: Pubkey) -> Instruction {
    build(of_pool(curator, pool), args::AcceptCurator {}, &[])
}

/// Announces that a private pool that is halted buys back what is left; its curator signs.
pub fn announce_buyback(curator: Pubkey, pool: Pubkey) -> Instruction {
    build(of_pool(curator, pool), args::AnnounceBuyback {}, &[])
}

/// Lowers caps of a pool; the guardian or its curator signs.
pub fn tighten_pool(by: Pubkey, pool: Pubkey, caps: PoolCaps) -> Instruction {
    build(of_pool(by, pool), args::TightenPool { caps }, &[])
}

/// Stops new risk, liquidity and series of a pool; the guardian or its curator signs.
pub fn halt_pool(by: Pubkey, pool: Pubkey) -> Instruction {
    build(of_pool(by, pool), args::HaltPool {}, &[])
}
