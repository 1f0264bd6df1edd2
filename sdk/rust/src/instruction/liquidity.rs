//! Instructions that deposit and withdraw liquidity.

use super::{PoolKeys, PriceFeed, build};
use crate::address;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::{accounts, instruction as args, state::ShareClass};

/// Deposits `amount` native units from the provider's wallet, for at least `min_shares` shares. For the main class, `feeds` are
/// those of all underlyings with open interest.
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
        vaults: keys.vaults(),
        tokens: keys.tokens(class, keys.wallet(&provider)),
        share_mint: address::share_mint(&keys.pool, class),
        shares_to: keys.shares(&provider, class),
        share_program: anchor_spl::token::ID,
    };
    build(accounts, args::DepositLiquidity { class, amount, min_shares }, feeds)
}

/// Burns shares into withdrawal `number`, which must be the class's next one.
pub fn request_withdrawal(owner: Pubkey, keys: &PoolKeys, class: ShareClass, shares: u64, number: u64) -> Instruction {
    let accounts = accounts::RequestWithdrawal {
        owner,
        protocol: address::protocol(),
        pool: keys.pool,
        vaults: keys.vaults(),
        withdrawal: address::withdrawal(&keys.pool, class, number),
        share_mint: address::share_mint(&keys.pool, class),
        shares_from: keys.shares(&owner, class),
        share_program: anchor_spl::token::ID,
        system_program: anchor_lang::system_program::ID,
    };
    build(accounts, args::RequestWithdrawal { class, number, shares }, &[])
}

/// Executes withdrawal `number`, the first of its queue.
pub fn execute_withdrawal(keys: &PoolKeys, class: ShareClass, number: u64, feeds: &[PriceFeed]) -> Instruction {
    let accounts = accounts::ExecuteWithdrawal {
        protocol: address::protocol(),
        pool: keys.pool,
        registry: keys.registry,
        vaults: keys.vaults(),
        withdrawal: address::withdrawal(&keys.pool, class, number),
    };
    build(accounts, args::ExecuteWithdrawal {}, feeds)
}

/// Pays the executed part of withdrawal `number` to the owner's wallet.
pub fn claim_withdrawal(owner: Pubkey, keys: &PoolKeys, class: ShareClass, number: u64) -> Instruction {
    let accounts = accounts::ClaimWithdrawal {
        owner,
        pool: keys.pool,
        withdrawal: address::withdrawal(&keys.pool, class, number),
        tokens: keys.tokens(class, keys.wallet(&owner)),
    };
    build(accounts, args::ClaimWithdrawal {}, &[])
}
