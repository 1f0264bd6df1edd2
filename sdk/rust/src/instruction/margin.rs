//! Instructions of margin accounts and their trades.

use super::{PoolKeys, PriceFeed, build};
use crate::address;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::{Leg, accounts, instruction as args, state::ShareClass};

/// Opens a margin account.
pub fn open_margin_account(
    payer: Pubkey,
    owner: Pubkey,
    keys: &PoolKeys,
    sub_account: u16,
    referrer: Option<Pubkey>,
) -> Instruction {
    let accounts = accounts::OpenMarginAccount {
        payer,
        owner,
        pool: keys.pool,
        account: address::margin_account(&keys.pool, &owner, sub_account),
        system_program: anchor_lang::system_program::ID,
    };
    build(accounts, args::OpenMarginAccount { sub_account, referrer }, &[])
}

/// Closes an empty margin account.
pub fn close_margin_account(owner: Pubkey, keys: &PoolKeys, account: Pubkey) -> Instruction {
    build(accounts::CloseMarginAccount { owner, pool: keys.pool, account }, args::CloseMarginAccount {}, &[])
}

/// Sets or removes the delegate of a margin account.
pub fn set_delegate(owner: Pubkey, account: Pubkey, delegate: Option<Pubkey>) -> Instruction {
    build(accounts::SetDelegate { owner, account }, args::SetDelegate { delegate }, &[])
}

/// Deposits `amount` native units from the depositor's wallet.
pub fn deposit_margin(depositor: Pubkey, keys: &PoolKeys, account: Pubkey, amount: u64) -> Instruction {
    let accounts = accounts::DepositMargin {
        depositor,
        protocol: address::protocol(),
        pool: keys.pool,
        account,
        tokens: keys.tokens(ShareClass::Main, keys.wallet(&depositor)),
    };
    build(accounts, args::DepositMargin { amount }, &[])
}

/// Withdraws margin to the owner's associated account. `feeds`: those of the underlyings of open positions.
pub fn withdraw_margin(
    owner: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    amount: u64,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::WithdrawMargin {
        owner,
        market: keys.market(account),
        tokens: keys.tokens(ShareClass::Main, keys.wallet(&owner)),
    };
    build(accounts, args::WithdrawMargin { amount }, feeds)
}

/// Trades. `closing`: the bit of each leg that must only make a position smaller. `feeds`: those of the underlyings of legs and
/// positions. `min_net`: least change of cash accepted.
pub fn trade(
    trader: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    legs: Vec<Leg>,
    closing: u8,
    min_net: i64,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::Trade { trader, market: keys.market(account) };
    build(accounts, args::Trade { legs, closing, min_net }, feeds)
}
