//! What waits for a price: committed trades, and orders.

use crate::{option::Contract, real::Real, state::Params};
use anchor_lang::prelude::Pubkey;

/// A trade that waits for its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// Unix seconds.
    pub at: i64,
    /// Least change of cash.
    pub min_net: i128,
    /// Set aside for the filler.
    pub tip: i128,
    /// Set aside in case that it is not filled.
    pub bond: i128,
    /// What has come in since beside funding and options.
    pub added: i128,
    /// Legs.
    pub legs: Vec<Leg>,
    /// Delay and window of its time, seconds.
    pub wait: [i64; 2],
    /// Least size of a position.
    pub least_points: i128,
    /// Number of the order that it comes from.
    pub order: Option<i128>,
    /// What somebody else has set aside who has committed that order.
    pub stake: Option<i128>,
}

/// An order that waits, or whose trade is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Number.
    pub number: i128,
    /// The margin account.
    pub account: Pubkey,
    /// Only later prices commit it, unix seconds.
    pub at: i64,
    /// Whether its trade is committed.
    pub committed: bool,
    /// The account with the stake of whoever has committed it.
    pub committer: Option<Pubkey>,
    /// Place of the underlying, option and points of its legs: it names options, and no slots.
    pub legs: Vec<(u8, Contract, i128)>,
    /// Least change of cash.
    pub min_net: i128,
    /// Whether it only reduces.
    pub reduce_only: bool,
    /// Place of an underlying, whether it has to be at or above the price, and that in dollars.
    pub trigger: Option<(u8, bool, Real)>,
    /// Unix seconds from which it is over.
    pub expires: i64,
    /// Set aside for the filler.
    pub tip: i128,
}

impl Commitment {
    /// Makes a commitment without a tip of its own.
    pub const fn of(at: i64, min_net: i128, bond: i128, legs: Vec<Leg>, params: &Params) -> Self {
        let (wait, least_points) = ([params.fill_delay, params.fill_window], params.min_account_points);
        Self { at, min_net, tip: 0, bond, added: 0, legs, wait, least_points, order: None, stake: None }
    }

    /// Returns the last second at which it can be filled, and its price be published.
    pub const fn last(&self) -> i64 {
        self.at + self.wait[0] + self.wait[1]
    }
}

/// A leg of a commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Slot of its series.
    pub slot: u8,
    /// Points bought, negative where sold.
    pub points: i128,
    /// Whether it must only close.
    pub closing: bool,
    /// Points of it that open something.
    pub opening: i128,
    /// What it has reserved on its side, native units, positive upward.
    pub delta: i128,
}
