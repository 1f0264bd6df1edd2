//! Liquidity in and out.

use super::{PoolKeys, PriceFeed, build};
use crate::address;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::{accounts, instruction as args, state::ShareClass};

/// Deposits liquidity from the provider's associated accounts. `feeds`: those of all underlyings with open interest, for the
/// main class.
///
/// ```
/// use evergreen_sdk::{evergreen::state::ShareClass, instruction as build};
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// # let provider = owner;
/// let view = &scene.view;
/// let quote = view.deposit(ShareClass::Main, 100_000_000)?;
/// let feeds = view.feeds(&view.needed_for_registry());
/// // Not a share less than quoted; `&[]` of feeds would do for the insurance class. The share account has to exist.
/// let deposit = build::deposit_liquidity(provider, &view.keys, ShareClass::Main, 100_000_000, quote.shares, &feeds);
/// assert_eq!(signers(&deposit), [provider]);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn deposit_liquidity(
    provider: Pubkey,
    keys: &PoolKeys,
    class: ShareClass,
    amount: u64,
    min_shares: u64,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::DepositLiquidity {
        provider,
        protocol: address::protocol(),
        pool: keys.pool,
        registry: keys.registry,
        tokens: keys.tokens(class, keys.wallet(&provider)),
        share_mint: address::share_mint(&keys.pool, class),
        shares_to: keys.shares(&provider, class),
        share_program: anchor_spl::token::ID,
    };
    build(accounts, args::DepositLiquidity { class, amount, min_shares }, feeds)
}

/// Burns shares into withdrawal `number`, which must be the class's next one.
///
/// ```
/// use evergreen_sdk::{address, evergreen::state::ShareClass, instruction as build};
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
///
/// let (keys, class) = (scene.view.keys, ShareClass::Main);
/// let number = scene.view.pool.shares(class).next_withdrawal;
/// let request = build::request_withdrawal(owner, &keys, class, 1_000_000, number);
/// // It makes the withdrawal, which the owner pays for.
/// assert!(request.accounts.iter().any(|meta| meta.pubkey == address::withdrawal(&keys.pool, class, number)));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn request_withdrawal(owner: Pubkey, keys: &PoolKeys, class: ShareClass, shares: u64, number: u64) -> Instruction {
    let accounts = accounts::RequestWithdrawal {
        owner,
        protocol: address::protocol(),
        pool: keys.pool,
        withdrawal: address::withdrawal(&keys.pool, class, number),
        share_mint: address::share_mint(&keys.pool, class),
        shares_from: keys.shares(&owner, class),
        share_program: anchor_spl::token::ID,
        system_program: anchor_lang::system_program::ID,
    };
    build(accounts, args::RequestWithdrawal { class, shares }, &[])
}

/// Executes withdrawal `number`, the first of its queue.
///
/// ```
/// use evergreen_sdk::{evergreen::state::ShareClass, instruction as build};
/// # use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, testing::scene::Scene};
/// # let mut scene = Scene::new(1, 0)?;
/// # let [owner, payer, keeper] = [2, 3, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
/// # fn signers(of: &Instruction) -> Vec<Pubkey> {
/// #     of.accounts.iter().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect()
/// # }
///
/// let (view, class) = (&scene.view, ShareClass::Main);
/// // Anyone may, once the withdrawal is first and has cooled down; shares too many for now stay in it for the next time.
/// let first = view.pool.shares(class).first_withdrawal;
/// let execute = build::execute_withdrawal(&view.keys, class, first, &view.feeds(&view.needed_for_registry()));
/// assert!(signers(&execute).is_empty());
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub fn execute_withdrawal(keys: &PoolKeys, class: ShareClass, number: u64, feeds: &[PriceFeed]) -> Instruction {
    let accounts = accounts::ExecuteWithdrawal {
        protocol: address::protocol(),
        pool: keys.pool,
        registry: keys.registry,
        withdrawal: address::withdrawal(&keys.pool, class, number),
    };
    build(accounts, args::ExecuteWithdrawal {}, feeds)
}

/// Pays what withdrawal `number` has been executed for to its owner's associated account.
///
/// ```
/// use evergreen_sdk::{
///     anchor_lang::solana_program::instruction::Instruction,
///     evergreen::state::WithdrawalRequest,
///     instruction::{self as build, PoolKeys},
/// };
///
/// /// Pays every owner, who need not sign, what his withdrawal has been executed for.
/// fn pay(keys: &PoolKeys, withdrawals: &[WithdrawalRequest]) -> Vec<Instruction> {
///     let due = withdrawals.iter().filter(|withdrawal| withdrawal.payable > 0);
///     due.map(|withdrawal| build::claim_withdrawal(withdrawal.owner, keys, withdrawal.share_class(), withdrawal.number)).collect()
/// }
/// ```
pub fn claim_withdrawal(owner: Pubkey, keys: &PoolKeys, class: ShareClass, number: u64) -> Instruction {
    let accounts = accounts::ClaimWithdrawal {
        owner,
        pool: keys.pool,
        withdrawal: address::withdrawal(&keys.pool, class, number),
        tokens: keys.tokens(class, keys.wallet(&owner)),
    };
    build(accounts, args::ClaimWithdrawal {}, &[])
}
