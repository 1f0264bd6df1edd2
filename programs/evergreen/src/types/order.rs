//! The terms of an order, and the reasons for its cancellation.

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
    /// This is the place of the underlying in the pool's list.
    pub underlying: u8,
    /// This says whether spot has to be at or above the price; otherwise it has to be at or below it.
    pub above: bool,
    /// This is the price, in hundred-millionths of a dollar.
    pub price: u64,
}

impl Trigger {
    /// Returns the price in dollars, rounded down by less than 2^−64. Errors: `Overflow`.
    pub fn dollars(&self) -> Result<Dollars> {
        let price = i64::try_from(self.price).map_err(crate::errors::too_large)?;
        Dollars::from_int(price).div_int(100_000_000).program()
    }

    /// Returns whether this spot price triggers the order. Errors: `Overflow`.
    pub fn is_met(&self, spot: Dollars) -> Result<bool> {
        let price = self.dollars()?;
        Ok(if self.above { spot >= price } else { spot <= price })
    }
}

/// The terms of an order.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Debug, PartialEq, Eq)]
pub struct OrderTerms {
    /// There are one to four legs. They name options, so an order waits while one of its options is not listed.
    #[max_len(MAX_LEGS)]
    pub legs: Vec<OptionLeg>,
    /// This is the least change of cash accepted, fees included, in native units. A negative number is the most to pay; `i64::MIN` accepts any.
    pub min_net: i64,
    /// This is the price that a stop or a take-profit waits for. Without one only the limit decides.
    pub trigger: Option<Trigger>,
    /// This says whether the order only closes a position, up to its full size. Such an order has one leg.
    pub reduce_only: bool,
    /// These are the unix seconds from which the order can no longer be committed.
    pub expires_at: i64,
    /// Tip of whoever fills the trade of the order, in native units. It is set aside when the order is placed.
    pub tip: u64,
}

impl OrderTerms {
    /// Longest life of an order, in seconds: 90 days.
    pub const MAX_LIFE: i64 = 90 * 86_400;

    /// Checks the terms without their options. Errors: `LegCount` for a reducing order that has not exactly one leg,
    /// `OrderUnconditional` without limit and trigger, `OrderExpiry`.
    pub fn check(&self, now: i64) -> Result<()> {
        ensure!(!self.reduce_only || self.legs.len() == 1, LegCount, "{} legs in a reducing order", self.legs.len());
        ensure!(self.trigger.is_some() || self.min_net != i64::MIN, OrderUnconditional);
        let life = self.expires_at.saturating_sub(now);
        ensure!(life > 0 && life <= Self::MAX_LIFE, OrderExpiry, "expires at {}, now {}", self.expires_at, now);
        Ok(())
    }
}

/// Why an order was cancelled, or a commitment ended without a fill.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelReason {
    /// The owner or the delegate cancelled it.
    Requested,
    /// The order had expired.
    Expired,
    /// The series of one of its options has been exercised.
    Exercised,
    /// There was no position left to reduce.
    NothingToReduce,
    /// Cash would be negative.
    Cash,
    /// Initial health would be negative, or a reducing trade would lower maintenance health.
    Health,
    /// The trade would break another rule, for example a size limit, the reserve limit or the number of positions.
    Rules,
    /// The price was beyond the limit.
    Limit,
    /// The price was at the cap of an option, which only closing and exercise are possible at.
    AtCap,
    /// The first price after the commitment was published too late.
    PriceTooLate,
    /// The price was uncertain.
    PriceUncertain,
    /// The pool was halted meanwhile.
    Stopped,
    /// The commitment lapsed: nobody filled it in time.
    Lapsed,
    /// Nobody passed a price for the commitment within ten minutes.
    Abandoned,
    /// A former delegate had placed the order.
    DelegateDismissed,
    /// The account could not bear the trade, after a change of parameters between the commitment and its price.
    RulesChanged,
    /// The pool became distressed meanwhile.
    Distressed,
}

impl CancelReason {
    /// Returns whether a commitment that ends for this reason costs its bond; a trade without one pays twice its fee. These are the reasons that the trader
    /// could have brought about, also with another account, when the price was known. The price or other people decide the rest.
    pub const fn costs_fee(self) -> bool {
        matches!(self, Self::Cash | Self::Health | Self::Rules | Self::Lapsed | Self::Abandoned | Self::NothingToReduce)
    }

    /// Returns whether whoever ends a commitment without a stake for this reason earns its tip, that of its order if it `is_of_order`: what costs the trader something is work for somebody else, and capacity stays
    /// reserved until it is done. Who withholds the price that would show it, so that it lapses, earns no more. The tip of an order is its owner's choice, and an exercise is anybody's act: who brings it about just before the fill earns nothing by it there.
    pub const fn pays_filler(self, is_of_order: bool) -> bool {
        self.costs_fee() || (self.is_in_vain() && !(is_of_order && matches!(self, Self::Exercised)))
    }

    /// Returns whether a commitment that ends for this reason costs an eighth of its bond: nobody could know the outcome, but the capacity was
    /// reserved in vain, and whoever chose the moment could choose one at which that was likely. An exercise is one of these reasons: a price has
    /// reached the cap, as it may at the first price (`AtCap`), and anybody may have shown it. So is distress, which the issuer of the token can bring about and end.
    pub const fn is_in_vain(self) -> bool {
        matches!(
            self,
            Self::Limit
                | Self::AtCap
                | Self::PriceTooLate
                | Self::PriceUncertain
                | Self::Exercised
                | Self::RulesChanged
                | Self::Distressed
        )
    }

    /// Returns whether whoever commits an order chooses this reason with the moment, or by filling nothing: a lapse costs all of their stake.
    pub const fn is_of_moment(self) -> bool {
        self.is_in_vain() || matches!(self, Self::Lapsed | Self::Abandoned)
    }

    /// Returns whether an order stays open when its commitment ends for this reason. The price or the state of the pool did not
    /// allow the trade, or nobody filled it, and a later price may.
    pub const fn lets_order_wait(self) -> bool {
        matches!(
            self,
            Self::Limit
                | Self::PriceTooLate
                | Self::PriceUncertain
                | Self::Stopped
                | Self::Lapsed
                | Self::Abandoned
                | Self::RulesChanged
                | Self::Distressed
        )
    }

    /// Returns the reason if an error says that the account cannot bear the trade. Other errors return `None`.
    pub fn of(error: &Error) -> Option<Self> {
        let Error::AnchorError(error) = error else { return None };
        let is = |code: EvergreenError| error.error_code_number == u32::from(code);
        if is(EvergreenError::InsufficientCash) || is(EvergreenError::InArrears) {
            Some(Self::Cash)
        } else if is(EvergreenError::InsufficientHealth) || is(EvergreenError::HealthLowered) {
            Some(Self::Health)
        } else {
            None
        }
    }

    /// Returns the reason for ending a commitment whose fill fails with this error at its price.
    pub fn of_fill(error: &Error) -> Self {
        let Error::AnchorError(anchor) = error else { return Self::Rules };
        let is = |code: EvergreenError| anchor.error_code_number == u32::from(code);
        if is(EvergreenError::LimitExceeded) {
            Self::Limit
        } else if is(EvergreenError::SeriesAtCap) {
            Self::AtCap
        } else {
            Self::of(error).unwrap_or(Self::Rules)
        }
    }
}
