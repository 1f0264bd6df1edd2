//! Prices together with their logarithms, so that many options are valued at many prices for one logarithm each.

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
    /// A positive price. Costs one logarithm. Errors: `MoneynessOutOfRange`.
    pub fn new(price: Dollars) -> MathResult<Self> {
        if !price.is_positive() {
            return Err(MathError::MoneynessOutOfRange);
        }
        Ok(Self { price, log: Log2::of(Scaled::from_bits(price.to_bits().unsigned_abs())) })
    }

    /// The price.
    pub const fn price(self) -> Dollars {
        self.price
    }

    /// Its binary logarithm.
    pub(crate) const fn log(self) -> Log2 {
        self.log
    }

    /// This price after a shock, rounded down by less than 2^−64 dollars: a product and a sum, no logarithm.
    /// Errors: `Overflow`.
    pub fn shifted(self, shock: &Shock) -> MathResult<Self> {
        let bits = mul_bits(self.price.to_bits().unsigned_abs(), shock.factor).ok_or(MathError::Overflow)?;
        let price = Dollars::from_bits(i128::try_from(bits).map_err(|_| MathError::Overflow)?);
        // Both logarithms lie within ±64, a range of 128 units of the type.
        Ok(Self { price, log: Log2(self.log.0.saturating_add(shock.log.0)) })
    }
}

/// A relative move of a price with its logarithm, worked out once for many prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shock {
    factor: u128,
    log: Log2,
}

impl Shock {
    /// No move.
    pub const NONE: Self = Self { factor: 1 << 64, log: Log2(0) };

    /// The move to `1 + change` times the price; the change above −1 and at most 2^20. Costs one logarithm.
    /// Errors: `Domain`.
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
