//! Prices together with their logarithms, so that many options are valued at one price for a single logarithm.

use crate::elementary::{LOG2_BITS, Log2};
use crate::error::{MathError, MathResult};
use crate::fixed_point::{Scaled, mul_bits};
use crate::units::{Dollars, Ratio};

/// A price and its logarithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PricePoint {
    price: Dollars,
    log: Log2,
}

impl PricePoint {
    /// Makes the point of a positive price; this computes one logarithm. Errors: `MoneynessOutOfRange` for any other price.
    pub fn new(price: Dollars) -> MathResult<Self> {
        if !price.is_positive() {
            return Err(MathError::MoneynessOutOfRange);
        }
        Ok(Self { price, log: Log2::of(Scaled::from_bits(price.to_bits().unsigned_abs())) })
    }

    /// Returns the price, in dollars.
    pub const fn price(self) -> Dollars {
        self.price
    }

    /// Returns the binary logarithm of the price.
    pub(crate) const fn log(self) -> Log2 {
        self.log
    }

    /// Returns this price after a shock, rounded down by less than 2^−64 dollars; this computes no logarithm.
    /// Errors: `Overflow`.
    pub fn shifted(self, shock: &Shock) -> MathResult<Self> {
        let bits = mul_bits(self.price.to_bits().unsigned_abs(), shock.factor).ok_or(MathError::Overflow)?;
        let price = Dollars::from_bits(i128::try_from(bits).map_err(|_| MathError::Overflow)?);
        // Both logarithms lie within ±64, and the type holds ±128.
        Ok(Self { price, log: Log2(self.log.0.saturating_add(shock.log.0)) })
    }
}

/// A relative move of a price with its logarithm, computed once for many prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shock {
    factor: u128,
    log: Log2,
}

impl Shock {
    /// No move.
    pub const NONE: Self = Self { factor: 1 << 64, log: Log2(0) };

    /// Makes the move to `1 + change` times the price; this computes one logarithm.
    /// Errors: `Domain` unless `1 + change` is positive and at most 2^20, `Overflow`.
    pub fn new(change: Ratio) -> MathResult<Self> {
        const LARGEST: Ratio = Ratio::from_int(1 << 20);
        let factor = change.checked_add(Ratio::ONE)?;
        if !factor.is_positive() || factor > LARGEST {
            return Err(MathError::Domain);
        }
        let factor = factor.to_bits().unsigned_abs();
        Ok(Self { factor, log: Log2::of(Scaled::from_bits(factor)) })
    }
}

// A logarithm of a 64.64 number lies within ±64 and fits its type with one bit to spare.
const _: () = assert!(LOG2_BITS + 7 < 64);
