//! What an order asks for, and why it ends.

use super::{MAX_LEGS, OptionLeg};
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
};
use anchor_lang::prelude::*;
use evergreen_math::Dollars;

/// A price of an underlying that an order waits for.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// Place of the underlying in the pool's list.
    pub underlying: u8,
    /// At or above the price; otherwise at or below it.
    pub above: bool,
    /// Hundred-millionths of a dollar.
    pub price: u64,
}

impl Trigger {
    /// The price in dollars, rounded down by less than 2^−64. Errors: `Overflow`.
    pub fn dollars(&self) -> Result<Dollars> {
        let price = i64::try_from(self.price).map_err(crate::errors::too_large)?;
        Dollars::from_int(price).div_int(100_000_000).program()
    }

    /// Whether this spot price sets the order off. Errors: `Overflow`.
    pub fn is_met(&self, spot: Dollars) -> Result<bool> {
        let price = self.dollars()?;
        Ok(if self.above { spot >= price } else { spot <= price })
    }
}

/// What an order asks for.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Debug, PartialEq, Eq)]
pub struct OrderTerms {
    /// One to four legs; an order names options, so it waits where one is not listed.
    #[max_len(MAX_LEGS)]
    pub legs: Vec<OptionLeg>,
    /// Least change of cash accepted, fees included (negative: the most to pay), native units; `i64::MIN` for any.
    pub min_net: i64,
    /// A price to wait for: a stop or a take-profit. Without one the limit alone decides.
    pub trigger: Option<Trigger>,
    /// Never more than closes the position; one leg only.
    pub reduce_only: bool,
    /// Unix seconds from which it can no longer be executed.
    pub expires_at: i64,
    /// What whoever executes it gets, native units, set aside when it is placed.
    pub tip: u64,
}

impl OrderTerms {
    /// Longest life of an order: 90 days.
    pub const MAX_LIFE: i64 = 90 * 86_400;

    /// Errors: `LegCount` (one leg if it only reduces), `OrderUnconditional` without limit and trigger, `OrderExpiry`.
    pub fn check(&self, now: i64) -> Result<()> {
        ensure!(!self.reduce_only || self.legs.len() == 1, LegCount, "{} legs in a reducing order", self.legs.len());
        ensure!(self.trigger.is_some() || self.min_net != i64::MIN, OrderUnconditional);
        let life = self.expires_at.saturating_sub(now);
        ensure!(life > 0 && life <= Self::MAX_LIFE, OrderExpiry, "expires at {}, now {}", self.expires_at, now);
        Ok(())
    }
}

/// Why an order was cancelled.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelReason {
    /// Owner or delegate asked for it.
    Requested,
    /// Its time was over.
    Expired,
    /// An option of it has been exercised.
    Exercised,
    /// There is no position left to reduce.
    NothingToReduce,
    /// Cash would be negative.
    Cash,
    /// Health would be negative, or fall.
    Health,
    /// Another rule of the trade would have been broken: sizes, reserves, places for positions.
    Rules,
    /// The price was beyond the limit.
    Limit,
    /// The first price after the commitment was published too late.
    PriceTooLate,
    /// The price was uncertain.
    PriceUncertain,
    /// The pool takes no such trade now.
    Stopped,
    /// Nobody filled it in time.
    Lapsed,
    /// Nobody had a price for it within ten minutes.
    Abandoned,
    /// It was placed by a delegate who is none any more.
    DelegateDismissed,
}

impl CancelReason {
    /// Whether the keeper found out, and is paid for it.
    pub const fn pays_keeper(self) -> bool {
        !matches!(self, Self::Requested | Self::Expired | Self::DelegateDismissed)
    }

    /// Whether a commitment that ends so costs the fee of its trade: what its trader, or another account of theirs, could have
    /// brought about when the price was known. The price alone decides the others, or somebody else.
    pub const fn costs_fee(self) -> bool {
        matches!(self, Self::Cash | Self::Health | Self::Rules | Self::Lapsed | Self::Abandoned)
    }

    /// Whether the order of a commitment that ends so waits on: the price, or the pool, was not what it asks for.
    pub const fn lets_order_wait(self) -> bool {
        matches!(self, Self::Limit | Self::PriceTooLate | Self::PriceUncertain | Self::Stopped)
    }

    /// The reason if an error says that the account cannot bear the trade; other errors leave the order open.
    pub fn of(error: &Error) -> Option<Self> {
        let Error::AnchorError(error) = error else { return None };
        let is = |code: EvergreenError| error.error_code_number == u32::from(code);
        if is(EvergreenError::InsufficientCash) {
            Some(Self::Cash)
        } else if is(EvergreenError::InsufficientHealth) || is(EvergreenError::HealthLowered) {
            Some(Self::Health)
        } else {
            None
        }
    }

    /// Why a commitment cannot be filled that fails with this error at its price.
    pub fn of_fill(error: &Error) -> Self {
        let Error::AnchorError(anchor) = error else { return Self::Rules };
        let is = |code: EvergreenError| anchor.error_code_number == u32::from(code);
        if is(EvergreenError::LimitExceeded) {
            Self::Limit
        } else if is(EvergreenError::SeriesAtCap) || is(EvergreenError::SeriesExercised) {
            Self::Exercised
        } else if is(EvergreenError::PoolExhausted) {
            Self::Stopped
        } else {
            Self::of(error).unwrap_or(Self::Rules)
        }
    }
}
