//! Events of orders and referrals.

use crate::types::{CancelReason, Leg, OrderTerms};
use anchor_lang::prelude::*;

/// An order was placed.
#[event]
#[derive(Clone, Debug)]
pub struct OrderPlaced {
    /// This is the order.
    pub order: Pubkey,
    /// This is the account.
    pub account: Pubkey,
    /// This is the number within the account.
    pub number: u64,
    /// These are the terms of the order.
    pub terms: OrderTerms,
    /// It is the cash of the account after the tip was set aside.
    pub cash: i64,
}

/// A trade was committed: by its trader, or by an order whose condition was met. The first price after it fills it.
#[event]
#[derive(Clone, Debug)]
pub struct TradeCommitted {
    /// This is the account.
    pub account: Pubkey,
    /// This is who committed the trade, or placed its order.
    pub trader: Pubkey,
    /// This is its number within the account.
    pub number: u64,
    /// It is the order that it comes from.
    pub order: Option<Pubkey>,
    /// These are the legs.
    pub legs: Vec<Leg>,
    /// It is the bit of each leg that must only make a position smaller.
    pub closing: u8,
    /// This is the least change of cash accepted.
    pub min_net: i64,
    /// This is the tip set aside for the filler; zero for an order, whose tip was set aside when it was placed.
    pub tip: u64,
    /// It is set aside, and lost if the trade is not filled.
    pub bond: u64,
    /// It is set aside by somebody else who has committed an order, out of an account of their own.
    pub stake: u64,
    /// This is that account.
    pub committer_account: Option<Pubkey>,
    /// This is the cash of the account afterwards.
    pub cash: i64,
}

/// A committed trade was filled; the trade's own events precede this one.
#[event]
#[derive(Clone, Debug)]
pub struct CommitmentFilled {
    /// This is the account.
    pub account: Pubkey,
    /// It is the margin account that the tip went to; `None` when it went back to the account.
    pub filler_account: Option<Pubkey>,
    /// This is the tip of the trade; that of an order is told by the order's own event.
    pub tip: u64,
    /// It is the bond that went back to the account.
    pub bond: u64,
    /// It is the stake that went back to whoever committed an order.
    pub stake: u64,
}

/// A committed trade was not filled; no position has changed.
#[event]
#[derive(Clone, Debug)]
pub struct CommitmentCancelled {
    /// This is the account.
    pub account: Pubkey,
    /// This says why.
    pub reason: CancelReason,
    /// Number of the error that says which rule of a trade would have been broken; zero where none.
    pub error: u32,
    /// Bond that went back to the account before the fee was paid.
    pub bond: u64,
    /// This is the stake of whoever committed an order.
    pub stake: u64,
    /// How much of it has paid the fee; the account has paid the rest.
    pub forfeited: u64,
    /// Fee paid, which is the main class's whole.
    pub fee: u64,
    /// What the account could not pay of twice the fee of its trade and is in arrears with, beside `fee`.
    pub arrears: u64,
    /// It is the margin account that the tip went to; `None` when it went back to the account.
    pub filler_account: Option<Pubkey>,
    /// This is the tip of the trade; that of an order is told by the order's own event.
    pub tip: u64,
    /// This is the cash of the account afterwards.
    pub cash: i64,
}

/// Arrears of an account were collected, like a fee.
#[event]
#[derive(Clone, Debug)]
pub struct ArrearsCollected {
    /// This is the account.
    pub account: Pubkey,
    /// It is what was collected, which is the main class's whole.
    pub fee: u64,
    /// Arrears that are left.
    pub arrears: u64,
}

/// An order was executed; the trade's own events precede this one.
#[event]
#[derive(Clone, Debug)]
pub struct OrderExecuted {
    /// This is the order.
    pub order: Pubkey,
    /// This is the account.
    pub account: Pubkey,
    /// It is the margin account that the tip went to; `None` when it went back to the account or was zero.
    pub keeper_account: Option<Pubkey>,
    /// This is the tip.
    pub tip: u64,
}

/// An order was cancelled.
#[event]
#[derive(Clone, Debug)]
pub struct OrderCancelled {
    /// This is the order.
    pub order: Pubkey,
    /// This is the account.
    pub account: Pubkey,
    /// This says why.
    pub reason: CancelReason,
    /// It is the margin account that the tip went to; `None` when it went back to the account.
    pub keeper_account: Option<Pubkey>,
    /// This is the tip.
    pub tip: u64,
}

/// A referrer was paid.
#[event]
#[derive(Clone, Debug)]
pub struct ReferralClaimed {
    /// It is the account whose fees were shared.
    pub account: Pubkey,
    /// This is the referrer.
    pub referrer: Pubkey,
    /// This is the amount.
    pub amount: u64,
}
