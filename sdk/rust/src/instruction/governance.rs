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
    /// The protocol, pool or underlying.
    pub target: Pubkey,
    /// Accounts that the check reads: for a pool's parameters its underlyings in order, for a price source a price account of it.
    pub others: Vec<Pubkey>,
}

impl ChangeAccounts {
    /// Returns the accounts of a change of roles or timelock.
    pub fn protocol() -> Self {
        Self { target: address::protocol(), others: Vec::new() }
    }

    /// Returns the accounts of a change of a pool on these underlyings.
    pub const fn pool(pool: Pubkey, underlyings: Vec<Pubkey>) -> Self {
        Self { target: pool, others: underlyings }
    }

    /// Returns the accounts of a change of an underlying; `price` is a price account of a new price source.
    pub fn underlying(underlying: Pubkey, price: Option<Pubkey>) -> Self {
        Self { target: underlying, others: price.into_iter().collect() }
    }

    fn append(&self, mut instruction: Instruction, writable: bool) -> Instruction {
        let target = if writable { AccountMeta::new } else { AccountMeta::new_readonly };
        instruction.accounts.push(target(self.target, false));
        instruction.accounts.extend(self.others.iter().map(|key| AccountMeta::new_readonly(*key, false)));
        instruction
    }
}

/// Proposes a change under number `id`, which must be the protocol's next one.
pub fn propose(payer: Pubkey, admin: Pubkey, id: u64, change: Change, changed: &ChangeAccounts) -> Instruction {
    let accounts = accounts::Propose {
        payer,
        admin,
        protocol: address::protocol(),
        proposal: address::proposal(id),
        system_program: anchor_lang::system_program::ID,
    };
    changed.append(build(accounts, args::Propose { id, change }, &[]), false)
}

/// Executes proposal `id`; `payer` is the account that has paid its rent.
pub fn execute_proposal(id: u64, payer: Pubkey, changed: &ChangeAccounts) -> Instruction {
    let accounts = accounts::ExecuteProposal { protocol: address::protocol(), payer, proposal: address::proposal(id) };
    changed.append(build(accounts, args::ExecuteProposal {}, &[]), true)
}

/// Cancels proposal `id`; `payer` is the account that has paid its rent.
pub fn cancel_proposal(guardian: Pubkey, id: u64, payer: Pubkey) -> Instruction {
    let accounts =
        accounts::CancelProposal { guardian, protocol: address::protocol(), payer, proposal: address::proposal(id) };
    build(accounts, args::CancelProposal {}, &[])
}

/// Makes the pending admin the admin.
pub fn accept_admin(admin: Pubkey) -> Instruction {
    build(accounts::AcceptAdmin { admin, protocol: address::protocol() }, args::AcceptAdmin {}, &[])
}

/// Lowers caps of a pool.
pub fn tighten_pool(guardian: Pubkey, pool: Pubkey, caps: PoolCaps) -> Instruction {
    build(accounts::TightenPool { guardian, protocol: address::protocol(), pool }, args::TightenPool { caps }, &[])
}

/// Stops new risk, liquidity and series of a pool.
pub fn halt_pool(guardian: Pubkey, pool: Pubkey) -> Instruction {
    build(accounts::TightenPool { guardian, protocol: address::protocol(), pool }, args::HaltPool {}, &[])
}
