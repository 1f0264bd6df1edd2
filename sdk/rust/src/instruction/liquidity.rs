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
        share_mint: keys.share_mint(class),
        shares_to: keys.shares(&provider, class),
        share_program: anchor_spl::token::ID,
    };
    build(accounts, args::DepositLiquidity { class, amount, min_shares }, feeds)
}

/// Burns shares into a withdrawal, which is executed for no less than `least` native units. `id` is any number that the owner has not used
/// for another open withdrawal; a random one never collides with that of another device.
pub fn request_withdrawal(
    owner: Pubkey,
    keys: &PoolKeys,
    class: ShareClass,
    id: u64,
    shares: u64,
    least: u64,
) -> Instruction {
    let accounts = accounts::RequestWithdrawal {
        owner,
        protocol: address::protocol(),
        pool: keys.pool,
        vaults: keys.vaults(),
        withdrawal: address::withdrawal(&keys.pool, class, &owner, id),
        share_mint: keys.share_mint(class),
        shares_from: keys.shares(&owner, class),
        share_program: anchor_spl::token::ID,
        system_program: anchor_lang::system_program::ID,
    };
    build(accounts, args::RequestWithdrawal { class, id, shares, least }, &[])
}

/// Executes the withdrawal at this address, the first of its queue, or passes it.
pub fn execute_withdrawal(keys: &PoolKeys, withdrawal: Pubkey, feeds: &[PriceFeed]) -> Instruction {
    let accounts = accounts::ExecuteWithdrawal {
        protocol: address::protocol(),
        pool: keys.pool,
        registry: keys.registry,
        vaults: keys.vaults(),
        withdrawal,
    };
    build(accounts, args::ExecuteWithdrawal {}, feeds)
}

/// Cancels the withdrawal at this address: the shares go back to the owner. For one of an earlier generation of shares the keys are those
/// of that generation ([`PoolKeys::at`]).
pub fn cancel_withdrawal(owner: Pubkey, keys: &PoolKeys, class: ShareClass, withdrawal: Pubkey) -> Instruction {
    let accounts = accounts::CancelWithdrawal {
        owner,
        pool: keys.pool,
        vaults: keys.vaults(),
        withdrawal,
        share_mint: keys.share_mint(class),
        shares_to: keys.shares(&owner, class),
        share_program: anchor_spl::token::ID,
    };
    build(accounts, args::CancelWithdrawal {}, &[])
}

/// Pays the executed part of the withdrawal at this address to the owner's wallet.
pub fn claim_withdrawal(owner: Pubkey, keys: &PoolKeys, class: ShareClass, withdrawal: Pubkey) -> Instruction {
    let accounts = accounts::ClaimWithdrawal {
        owner,
        pool: keys.pool,
        withdrawal,
        tokens: keys.tokens(class, keys.wallet(&owner)),
    };
    build(accounts, args::ClaimWithdrawal {}, &[])
}

/// Retires the shares of a class whose capital is spent, and begins the generation after that of the keys.
pub fn renew_shares(payer: Pubkey, keys: &PoolKeys, class: ShareClass) -> Instruction {
    let generation = keys.generations[class as usize];
    let accounts = accounts::RenewShares {
        payer,
        pool: keys.pool,
        registry: keys.registry,
        vaults: keys.vaults(),
        retired: address::retired(&keys.pool, class, generation),
        share_mint: address::share_mint(&keys.pool, class, generation.saturating_add(1)),
        share_program: anchor_spl::token::ID,
        system_program: anchor_lang::system_program::ID,
    };
    build(accounts, args::RenewShares { class }, &[])
}

/// Burns shares of the generation of the keys, an earlier one ([`PoolKeys::at`]), for their part of what is left, which is paid to the
/// owner's wallet. `payer` is the one who paid for the account of that generation; it is stored there.
pub fn redeem_retired(owner: Pubkey, keys: &PoolKeys, class: ShareClass, payer: Pubkey, shares: u64) -> Instruction {
    let accounts = accounts::RedeemRetired {
        owner,
        pool: keys.pool,
        retired: address::retired(&keys.pool, class, keys.generations[class as usize]),
        payer,
        share_mint: keys.share_mint(class),
        shares_from: keys.shares(&owner, class),
        tokens: keys.tokens(class, keys.wallet(&owner)),
        share_program: anchor_spl::token::ID,
    };
    build(accounts, args::RedeemRetired { shares }, &[])
}
