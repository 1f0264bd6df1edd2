//! Orders and referrals.

use super::{PoolKeys, PriceFeed, build};
use crate::address;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::{
    accounts, instruction as args,
    state::{OrderTerms, ShareClass},
};

/// Places an order; `number` is the account's next one (`MarginAccount::next_order`). `feeds`: only for a tip out of an
/// account with open positions, those of their underlyings.
pub fn place_order(
    payer: Pubkey,
    trader: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    number: u64,
    terms: OrderTerms,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::PlaceOrder {
        payer,
        trader,
        market: keys.market(account),
        order: address::order(&account, number),
        system_program: anchor_lang::system_program::ID,
    };
    build(accounts, args::PlaceOrder { number, terms }, feeds)
}

/// Cancels an order. `payer` is the account that has paid its rent.
pub fn cancel_order(trader: Pubkey, keys: &PoolKeys, account: Pubkey, number: u64, payer: Pubkey) -> Instruction {
    let order = address::order(&account, number);
    build(accounts::CancelOrder { trader, pool: keys.pool, account, order, payer }, args::CancelOrder {}, &[])
}

/// Commits the trade of an order whose condition holds, or cancels one that is over. `payer`: who paid for it; `keeper_account`: a margin account of the keeper in the same pool, for an
/// order with a tip; `feeds`: those of the underlyings of legs, trigger and positions.
pub fn commit_order(
    keeper: Pubkey,
    keys: &PoolKeys,
    account: Pubkey,
    number: u64,
    payer: Pubkey,
    keeper_account: Option<Pubkey>,
    feeds: &[PriceFeed],
) -> Instruction {
    let accounts = accounts::CommitOrder {
        keeper,
        market: keys.market(account),
        order: address::order(&account, number),
        payer,
        keeper_account,
    };
    build(accounts, args::CommitOrder {}, feeds)
}

/// Pays what is due to an account's referrer to the referrer's wallet.
pub fn claim_referral(referrer: Pubkey, keys: &PoolKeys, account: Pubkey) -> Instruction {
    let accounts = accounts::ClaimReferral {
        referrer,
        pool: keys.pool,
        account,
        tokens: keys.tokens(ShareClass::Main, keys.wallet(&referrer)),
    };
    build(accounts, args::ClaimReferral {}, &[])
}
