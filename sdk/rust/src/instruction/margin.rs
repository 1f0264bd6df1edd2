//! Instructions of margin accounts and their trades.

use super::{PoolKeys, PriceFeed, build};
use crate::address;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::{TradeTerms, accounts, instruction as args, state::ShareClass};

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
pub fn set_delegate(owner: Pubkey, account: Pubkey, delegate: Option<Pubkey>, allowance: u64) -> Instruction {
    build(accounts::SetDelegate { owner, account }, args::SetDelegate { delegate, allowance }, &[])
}

/// Takes a number of the owner's counter; `number` is the next one ([`Client::next_number`](crate::client::Client::next_number)).
/// In front of a deposit or a withdrawal it makes the transaction one that happens once.
pub fn take_number(payer: Pubkey, owner: Pubkey, number: u64) -> Instruction {
    let accounts = accounts::TakeNumber {
        payer,
        owner,
        counter: address::counter(&owner),
        system_program: anchor_lang::system_program::ID,
    };
    build(accounts, args::TakeNumber { number }, &[])
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

/// Commits a trade, which the first price published after it fills; `number` is the account's next one
/// (`MarginAccount::next_order`). `feeds`: only for a trade that adds risk to an account with written options, those of its positions.
pub fn commit_trade(
    trader: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    number: u64,
    terms: TradeTerms,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::CommitTrade { trader, market: keys.market(account) };
    build(accounts, args::CommitTrade { number, terms }, feeds)
}

/// Fills the commitment of an account. `filler_account`: a margin account in the same pool that receives the tip; `order`: number
/// and payer of the order that the commitment comes from; `feeds`: those of the underlyings of legs and live positions, no other,
/// each with the first price published after the commitment.
pub fn fill_trade(
    keys: &PoolKeys,
    account: Pubkey,
    filler_account: Option<Pubkey>,
    order: Option<(u64, Pubkey)>,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::FillTrade {
        market: keys.market(account),
        filler_account,
        order: order.map(|(number, _)| address::order(&account, number)),
        payer: order.map(|(_, payer)| payer),
    };
    build(accounts, args::FillTrade {}, feeds)
}
