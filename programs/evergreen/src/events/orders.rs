//! Events of orders and referrals.

use crate::types::{CancelReason, OrderTerms};
use anchor_lang::prelude::*;

/// An order was placed.
#[event]
#[derive(Clone, Debug)]
pub struct OrderPlaced {
    /// The order.
    pub order: Pubkey,
    /// The account.
    pub account: Pubkey,
    /// Number within the account.
    pub number: u64,
    /// What it asks for.
    pub terms: OrderTerms,
    /// Cash of the account after the tip was set aside.
    pub cash: i64,
}

/// An order was executed; the trade's own events precede this one.
#[event]
#[derive(Clone, Debug)]
pub struct OrderExecuted {
    /// The order.
    pub order: Pubkey,
    /// The account.
    pub account: Pubkey,
    /// Margin account of the keeper, if the order had a tip.
    pub keeper_account: Option<Pubkey>,
    /// Tip.
    pub tip: u64,
}

/// An order was cancelled.
#[event]
#[derive(Clone, Debug)]
pub struct OrderCancelled {
    /// The order.
    pub order: Pubkey,
    /// The account.
    pub account: Pubkey,
    /// Why.
    pub reason: CancelReason,
    /// Margin account that the tip went to; `None` when it went back to the account.
    pub keeper_account: Option<Pubkey>,
    /// Tip.
    pub tip: u64,
}

/// A referrer was paid.
#[event]
#[derive(Clone, Debug)]
pub struct ReferralClaimed {
    /// The account whose fees were shared.
    pub account: Pubkey,
    /// The referrer.
    pub referrer: Pubkey,
    /// Amount.
    pub amount: u64,
}
