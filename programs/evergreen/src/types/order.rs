//! What an order asks for, and why it ends.

use super::{Leg, MAX_LEGS, check_legs};
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
    /// One to four legs.
    #[max_len(MAX_LEGS)]
    pub legs: Vec<Leg>,
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

    /// Errors: `LegCount` (one leg if it only reduces), `LegZero`, `LegRepeated`, `OrderUnconditional` without limit and
    /// trigger, `OrderExpiry`.
    pub fn check(&self, now: i64) -> Result<()> {
        check_legs(&self.legs)?;
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
    /// A series of it is gone or exercised.
    SeriesGone,
    /// There is no position left to reduce.
    NothingToReduce,
    /// Cash would be negative.
    Cash,
    /// Health would be negative, or fall.
    Health,
}

impl CancelReason {
    /// Whether the keeper found out, and is paid for it.
    pub const fn pays_keeper(self) -> bool {
        !matches!(self, Self::Requested | Self::Expired)
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
}
