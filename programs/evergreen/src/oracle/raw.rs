//! A price as sources publish it: integers and a power of ten.

use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    state::UnderlyingParams,
};
use anchor_lang::prelude::*;
use evergreen_math::{BasisPoints, Dollars, volatility::within_band};

/// A price before judgement: `price · 10^exponent` dollars.
pub(super) struct RawPrice {
    pub price: i64,
    pub confidence: u64,
    pub ema_price: i64,
    pub exponent: i32,
    pub publish_time: i64,
    /// Publish time of the previous price, if the source names it.
    pub prev_publish_time: Option<i64>,
}

impl RawPrice {
    /// Smallest exponent accepted.
    const LEAST_EXPONENT: i32 = -12;

    /// 10^−exponent. Errors: `PriceExponent`.
    fn divisor(&self) -> Result<u64> {
        let places = self.exponent.checked_neg().and_then(|e| u32::try_from(e).ok());
        let accepted = self.exponent >= Self::LEAST_EXPONENT;
        let divisor = places.filter(|_| accepted).and_then(|e| 10u64.checked_pow(e));
        ensure!(divisor.is_some(), PriceExponent, "exponent {}", self.exponent);
        divisor.ok_or_else(|| error!(EvergreenError::PriceExponent))
    }

    /// Checks that this is the first price published after `moment`, in unix seconds, by the publish time of the previous price. A
    /// source that does not name that time has to publish within [`UNPROVEN_WINDOW`](super::UNPROVEN_WINDOW) seconds.
    ///
    /// Errors: `PriceNotFirst`.
    pub fn check_first_after(&self, moment: i64) -> Result<()> {
        let first = match self.prev_publish_time {
            Some(before) => before <= moment,
            None => self.publish_time.saturating_sub(moment) <= super::UNPROVEN_WINDOW,
        };
        ensure!(
            first && moment < self.publish_time,
            PriceNotFirst,
            "published {}, wanted is the first after {}",
            self.publish_time,
            moment
        );
        Ok(())
    }

    /// Returns the price in dollars, and whether its confidence is narrow. Errors: as [`Self::dollars`], `Overflow`.
    pub fn spot(&self, params: &UnderlyingParams) -> Result<(Dollars, bool)> {
        let spot = self.dollars(self.price)?;
        let upper = spot.checked_add(self.confidence_dollars()?).program()?;
        Ok((spot, within_band(upper, spot, BasisPoints(params.max_conf_bps)).program()?))
    }

    /// Returns a published number in dollars, rounded down by less than 2^−64. Errors: `PriceNotPositive`, `PriceExponent`.
    pub fn dollars(&self, published: i64) -> Result<Dollars> {
        ensure!(published > 0, PriceNotPositive, "price {}", published);
        self.scaled(published.unsigned_abs(), 0)
    }

    /// Returns the confidence in dollars, rounded up. Errors: `PriceExponent`, `Overflow`.
    pub fn confidence_dollars(&self) -> Result<Dollars> {
        self.scaled(self.confidence, 1)
    }

    fn scaled(&self, number: u64, round_up: i128) -> Result<Dollars> {
        let divisor = self.divisor()?;
        // number · 2^64 / divisor in two 64-bit steps: whole part, then fraction.
        let whole = number.checked_div(divisor).ok_or(EvergreenError::DivisionByZero)?;
        let rest = number.checked_rem(divisor).ok_or(EvergreenError::DivisionByZero)?;
        let fraction =
            (u128::from(rest) << 64).checked_div(u128::from(divisor)).ok_or(EvergreenError::DivisionByZero)?;
        let bits = i128::try_from((u128::from(whole) << 64) | fraction).map_err(crate::errors::too_large)?;
        let up = if rest == 0 { 0 } else { round_up };
        Ok(Dollars::from_bits(bits.checked_add(up).ok_or(EvergreenError::Overflow)?))
    }
}
