//! Governance: proposals, and what tightens at once.

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

/// What a change changes, and what else its check reads.
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
    /// For parameters of a pool its underlyings in order, for a price source a price account of it.
    pub others: Vec<Pubkey>,
}

/// One constructor for each kind of account that a change can be of:
///
/// ```
/// use evergreen_sdk::{
///     anchor_lang::prelude::Pubkey,
///     evergreen::state::Change,
///     instruction::{ChangeAccounts, PriceFeed},
///     quote::PoolView,
/// };
///
/// /// What goes with a change of a pool, or of the first underlying.
/// fn accounts_of(change: &Change, view: &PoolView, new_price: Pubkey) -> ChangeAccounts {
///     let PriceFeed { underlying, .. } = view.markets[0].feed;
///     match change {
///         Change::PoolParams(_) => {
///             ChangeAccounts::pool(view.keys.pool, view.markets.iter().map(|market| market.feed.underlying).collect())
///         }
///         Change::ResumePool => ChangeAccounts::pool(view.keys.pool, Vec::new()),
///         Change::UnderlyingParams(_) => ChangeAccounts::underlying(underlying, None),
///         Change::PriceSource { .. } => ChangeAccounts::underlying(underlying, Some(new_price)),
///         Change::Guardian(_) | Change::FeeOwner(_) | Change::Admin(_) | Change::Timelock(_) => ChangeAccounts::protocol(),
///     }
/// }
/// ```
impl ChangeAccounts {
    /// Of a change of roles or timelock.
    ///
    /// ```
    /// use evergreen_sdk::{address, evergreen::state::Change, instruction::{self as build, ChangeAccounts}};
    /// # use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
    /// # let keys = evergreen_sdk::instruction::PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token_2022::ID);
    /// # let [owner, payer, admin, guardian, keeper] = [2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
    /// # let account = evergreen_sdk::address::margin_account(&keys.pool, &owner, 0);
    ///
    /// let propose = build::propose(payer, admin, 0, Change::Guardian(guardian), &ChangeAccounts::protocol());
    /// assert_eq!(propose.accounts.last().map(|meta| meta.pubkey), Some(address::protocol()));
    /// ```
    pub fn protocol() -> Self {
        Self { target: address::protocol(), others: Vec::new() }
    }

    /// Of a change of a pool on these underlyings.
    ///
    /// ```
    /// use evergreen_sdk::{evergreen::state::Change, instruction::{self as build, ChangeAccounts}};
    /// # use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
    /// # let keys = evergreen_sdk::instruction::PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token_2022::ID);
    /// # let [owner, payer, admin, guardian, keeper] = [2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
    /// # let account = evergreen_sdk::address::margin_account(&keys.pool, &owner, 0);
    ///
    /// // Ending a halt reads no underlyings.
    /// let resume = build::propose(payer, admin, 0, Change::ResumePool, &ChangeAccounts::pool(keys.pool, Vec::new()));
    /// assert_eq!(resume.accounts.last().map(|meta| meta.pubkey), Some(keys.pool));
    /// ```
    pub const fn pool(pool: Pubkey, underlyings: Vec<Pubkey>) -> Self {
        Self { target: pool, others: underlyings }
    }

    /// Of a change of an underlying; `price` is an account of a new price source.
    ///
    /// ```
    /// use evergreen_sdk::{
    ///     address,
    ///     evergreen::state::{Change, PriceSource},
    ///     instruction::{self as build, ChangeAccounts},
    ///     presets::{BTC_FEED, PYTH_RECEIVER_PREVIOUS},
    ///     price::PushFeeds,
    /// };
    /// # use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
    /// # let keys = evergreen_sdk::instruction::PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token_2022::ID);
    /// # let [owner, payer, admin, guardian, keeper] = [2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
    /// # let account = evergreen_sdk::address::margin_account(&keys.pool, &owner, 0);
    ///
    /// // To the other generation of Pyth: a price of it has to be there, fresh, when proposed and when executed.
    /// let change = Change::PriceSource { source: PriceSource::PythUpdate, price_owner: PYTH_RECEIVER_PREVIOUS };
    /// let price = PushFeeds::PREVIOUS.address(&BTC_FEED);
    /// let changed = ChangeAccounts::underlying(address::underlying(&BTC_FEED), Some(price));
    /// let propose = build::propose(payer, admin, 0, change, &changed);
    /// assert_eq!(propose.accounts.last().map(|meta| meta.pubkey), Some(price));
    /// ```
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
///
/// ```
/// use evergreen_sdk::{
///     evergreen::state::Change,
///     instruction::{self as build, ChangeAccounts},
/// };
/// # use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
/// # let keys = evergreen_sdk::instruction::PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token_2022::ID);
/// # let [owner, payer, admin, guardian, keeper] = [2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # let account = evergreen_sdk::address::margin_account(&keys.pool, &owner, 0);
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// // Three days instead of two between a proposal and its execution. The number is `next_proposal` of the protocol's account.
/// let change = Change::Timelock(3 * 86_400);
/// assert!(change.check().is_ok());
/// let propose = build::propose(payer, admin, 7, change, &ChangeAccounts::protocol());
/// assert_eq!(signers(&propose), [payer, admin]);
/// ```
pub fn propose(payer: Pubkey, admin: Pubkey, id: u64, change: Change, changed: &ChangeAccounts) -> Instruction {
    let accounts = accounts::Propose {
        payer,
        admin,
        protocol: address::protocol(),
        proposal: address::proposal(id),
        system_program: anchor_lang::system_program::ID,
    };
    changed.append(build(accounts, args::Propose { change }, &[]), false)
}

/// Makes the change of proposal `id`, which `payer` has paid for.
///
/// ```
/// use evergreen_sdk::{address, instruction::{self as build, ChangeAccounts}};
/// # use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
/// # let keys = evergreen_sdk::instruction::PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token_2022::ID);
/// # let [owner, payer, admin, guardian, keeper] = [2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # let account = evergreen_sdk::address::margin_account(&keys.pool, &owner, 0);
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// // Anyone may, from `ready_at` on until `expires_at`; the rent goes back to who had paid it.
/// let execute = build::execute_proposal(7, payer, &ChangeAccounts::protocol());
/// assert!(signers(&execute).is_empty());
/// assert!(execute.accounts.iter().any(|meta| meta.pubkey == address::protocol() && meta.is_writable));
/// ```
pub fn execute_proposal(id: u64, payer: Pubkey, changed: &ChangeAccounts) -> Instruction {
    let accounts = accounts::ExecuteProposal { payer, proposal: address::proposal(id) };
    changed.append(build(accounts, args::ExecuteProposal {}, &[]), true)
}

/// Withdraws proposal `id`, which `payer` has paid for.
///
/// ```
/// use evergreen_sdk::instruction as build;
/// # use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
/// # let keys = evergreen_sdk::instruction::PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token_2022::ID);
/// # let [owner, payer, admin, guardian, keeper] = [2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # let account = evergreen_sdk::address::margin_account(&keys.pool, &owner, 0);
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// // Guardian or admin, at any time.
/// let cancel = build::cancel_proposal(guardian, 7, payer);
/// assert_eq!(signers(&cancel), [guardian]);
/// ```
pub fn cancel_proposal(guardian: Pubkey, id: u64, payer: Pubkey) -> Instruction {
    let accounts =
        accounts::CancelProposal { guardian, protocol: address::protocol(), payer, proposal: address::proposal(id) };
    build(accounts, args::CancelProposal {}, &[])
}

/// Makes the pending admin the admin.
///
/// ```
/// use evergreen_sdk::{evergreen::state::Change, instruction::{self as build, ChangeAccounts}};
/// # use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
/// # let keys = evergreen_sdk::instruction::PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token_2022::ID);
/// # let [owner, payer, admin, guardian, keeper] = [2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # let account = evergreen_sdk::address::margin_account(&keys.pool, &owner, 0);
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// // A new admin takes three steps: proposed, executed after the timelock, accepted by the new key itself.
/// # let successor = owner;
/// let steps = [
///     build::propose(payer, admin, 7, Change::Admin(successor), &ChangeAccounts::protocol()),
///     build::execute_proposal(7, payer, &ChangeAccounts::protocol()),
///     build::accept_admin(successor),
/// ];
/// assert_eq!(steps.map(|step| signers(&step)), [vec![payer, admin], vec![], vec![successor]]);
/// ```
pub fn accept_admin(admin: Pubkey) -> Instruction {
    build(accounts::AcceptAdmin { admin, protocol: address::protocol() }, args::AcceptAdmin {}, &[])
}

/// Lowers caps of a pool.
///
/// ```
/// use evergreen_sdk::{evergreen::state::PoolCaps, instruction as build};
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// let (view, guardian) = (&scene.view, keeper);
/// let now = &view.pool.params;
/// // Half of the size of a series and no more deposits, at once; the account's cap stays. Raising takes a proposal.
/// let caps = PoolCaps {
///     max_series_points: now.max_series_points / 2,
///     max_account_points: now.max_account_points,
///     max_pool_cash: view.pool.pool_cash.unsigned_abs(),
/// };
/// assert!(view.pool.clone().tighten(&caps).is_ok());
/// let tighten = build::tighten_pool(guardian, view.keys.pool, caps);
/// assert_eq!(signers(&tighten), [guardian]);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn tighten_pool(guardian: Pubkey, pool: Pubkey, caps: PoolCaps) -> Instruction {
    build(accounts::TightenPool { guardian, protocol: address::protocol(), pool }, args::TightenPool { caps }, &[])
}

/// Stops new risk, liquidity and series of a pool.
///
/// ```
/// use evergreen_sdk::{evergreen::state::Change, instruction::{self as build, ChangeAccounts}};
/// # use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
/// # let keys = evergreen_sdk::instruction::PoolKeys::new(Pubkey::new_from_array([1; 32]), anchor_spl::token_2022::ID);
/// # let [owner, payer, admin, guardian, keeper] = [2, 3, 4, 5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # let account = evergreen_sdk::address::margin_account(&keys.pool, &owner, 0);
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// // At once by the guardian; ended by nothing but a proposal.
/// let halt = build::halt_pool(guardian, keys.pool);
/// let resume = build::propose(payer, admin, 7, Change::ResumePool, &ChangeAccounts::pool(keys.pool, Vec::new()));
/// assert_eq!((signers(&halt), signers(&resume)), (vec![guardian], vec![payer, admin]));
/// ```
pub fn halt_pool(guardian: Pubkey, pool: Pubkey) -> Instruction {
    build(accounts::TightenPool { guardian, protocol: address::protocol(), pool }, args::HaltPool {}, &[])
}
