//! Instructions that deposit and withdraw liquidity.

use super::{PoolKeys, PriceFeed, build};
use crate::address;
use anchor_lang::{
    prelude::Pubkey,
    solana_program::instruction::{AccountMeta, Instruction},
};
use evergreen::{
    accounts, instruction as args,
    state::{LiquidityRequest, ShareClass},
};

/// What every request needs.
fn request_accounts(owner: Pubkey, keys: &PoolKeys, class: ShareClass, id: u64) -> accounts::RequestAccounts {
    accounts::RequestAccounts {
        owner,
        protocol: address::protocol(),
        pool: keys.pool,
        vaults: keys.vaults(),
        counter: address::counter(&owner),
        request: address::request(&keys.pool, class, &owner, id),
        system_program: anchor_lang::system_program::ID,
    }
}

/// Pays `amount` native units of the owner's wallet in for shares of a class, which are minted after the next full minute, for at least
/// `min_shares` shares. `id` is the owner's next number ([`Client::next_number`](crate::client::Client::next_number)).
pub fn request_deposit(
    owner: Pubkey,
    keys: &PoolKeys,
    class: ShareClass,
    id: u64,
    amount: u64,
    min_shares: u64,
) -> Instruction {
    let accounts = accounts::RequestDeposit {
        common: request_accounts(owner, keys, class, id),
        tokens: keys.tokens(class, keys.wallet(&owner)),
        share_mint: keys.share_mint(class),
        shares_to: keys.shares(&owner, class),
    };
    build(accounts, args::RequestDeposit { id, class, amount, min_shares }, &[])
}

/// A [`request_deposit`] into a private pool by somebody whom its curator names, by signing it, too.
pub fn named_by(curator: Pubkey, mut request: Instruction) -> Instruction {
    request.accounts.push(AccountMeta::new_readonly(curator, true));
    request
}

/// A deposit that is requested and executed in one transaction: the first one of a class while no option is in use.
pub fn deposit_at_once(
    owner: Pubkey,
    keys: &PoolKeys,
    class: ShareClass,
    id: u64,
    amount: u64,
    min_shares: u64,
) -> [Instruction; 2] {
    let execute = accounts::ExecuteDeposit {
        owner,
        pool: keys.pool,
        registry: keys.registry,
        request: address::request(&keys.pool, class, &owner, id),
        vaults: keys.vaults(),
        share_mint: keys.share_mint(class),
        shares_to: keys.shares(&owner, class),
        share_program: anchor_spl::token::ID,
    };
    [request_deposit(owner, keys, class, id, amount, min_shares), build(execute, args::ExecuteDeposit {}, &[])]
}

/// Mints the shares of a deposit, or sets its tokens aside for its owner. `feeds` are those of the underlyings that a valuation needs, with
/// the first prices published after the request's minute; one of the insurance class and one that has lapsed need none.
pub fn execute_deposit(keys: &PoolKeys, request: &LiquidityRequest, feeds: &[PriceFeed]) -> Instruction {
    let class = request.share_class();
    let accounts = accounts::ExecuteDeposit {
        owner: request.owner,
        pool: keys.pool,
        registry: keys.registry,
        request: address::request(&keys.pool, class, &request.owner, request.id),
        vaults: keys.vaults(),
        share_mint: keys.share_mint(class),
        shares_to: request.shares_to,
        share_program: anchor_spl::token::ID,
    };
    build(accounts, args::ExecuteDeposit {}, feeds)
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
        common: request_accounts(owner, keys, class, id),
        share_mint: keys.share_mint(class),
        shares_from: keys.shares(&owner, class),
        share_program: anchor_spl::token::ID,
    };
    build(accounts, args::RequestWithdrawal { id, class, shares, least }, &[])
}

/// Executes the withdrawal at this address, the first of its queue, or passes it. In the main class `feeds` are those of the underlyings that a
/// valuation needs, with the first prices published after the last full minute.
pub fn execute_withdrawal(keys: &PoolKeys, withdrawal: Pubkey, feeds: &[PriceFeed]) -> Instruction {
    execute_withdrawals(keys, (withdrawal, &[]), feeds)
}

/// Executes the first withdrawal of a queue and those that follow it, as far as they can be, as [`execute_withdrawal`] would one after the other; the shares are valued once. No more than 255
/// follow.
pub fn execute_withdrawals(
    keys: &PoolKeys,
    (withdrawal, others): (Pubkey, &[Pubkey]),
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::ExecuteWithdrawal {
        protocol: address::protocol(),
        pool: keys.pool,
        registry: keys.registry,
        vaults: keys.vaults(),
        withdrawal,
    };
    let more = u8::try_from(others.len()).unwrap_or(u8::MAX);
    let mut execute = build(accounts, args::ExecuteWithdrawal { more }, feeds);
    execute.accounts.extend(others.iter().take(more.into()).map(|key| AccountMeta::new(*key, false)));
    execute
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

/// Pays what the request at this address has set aside to the owner's wallet: the executed part of a withdrawal, or a deposit that was given
/// back.
pub fn claim_liquidity(owner: Pubkey, keys: &PoolKeys, class: ShareClass, request: Pubkey) -> Instruction {
    let accounts =
        accounts::ClaimLiquidity { owner, pool: keys.pool, request, tokens: keys.tokens(class, keys.wallet(&owner)) };
    build(accounts, args::ClaimLiquidity {}, &[])
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
