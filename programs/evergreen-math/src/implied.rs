//! Implied volatility, for clients (feature `analytics`; never in the program).

use crate::error::MathError;
use crate::option::{OptionPricer, PricePoint, Terms};
use crate::units::{Dollars, Ratio};
use core::fmt;

/// The reason why a value has no implied volatility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImpliedError {
    /// The value is below what exercise pays, so no volatility gives it.
    BelowIntrinsic {
        /// What exercise pays at this spot, in dollars.
        intrinsic: Dollars,
    },
    /// The value is below that at the lowest volatility, 5 %.
    BelowLowest {
        /// The value at the lowest volatility, in dollars.
        lowest: Dollars,
    },
    /// The value is above that at the highest volatility, 400 %.
    AboveHighest {
        /// The value at the highest volatility, in dollars.
        highest: Dollars,
    },
    /// The value is the same at every volatility: the spot has reached the cap, or lies so far out of the money that
    /// the option is worth less than 2^−64 dollars.
    Insensitive,
    /// The value at a volatility cannot be computed: the spot is outside the domain.
    Math(MathError),
}

impl From<MathError> for ImpliedError {
    fn from(error: MathError) -> Self {
        Self::Math(error)
    }
}

impl fmt::Display for ImpliedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BelowIntrinsic { intrinsic } => {
                write!(f, "value below the intrinsic value of {} dollars", intrinsic.0)
            }
            Self::BelowLowest { lowest } => {
                write!(f, "value below {} dollars, that at the lowest volatility of 5 %", lowest.0)
            }
            Self::AboveHighest { highest } => {
                write!(f, "value above {} dollars, that at the highest volatility of 400 %", highest.0)
            }
            Self::Insensitive => f.write_str("value does not depend on volatility here"),
            Self::Math(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ImpliedError {}

/// Returns the volatility per √year at which an option is worth `value` dollars: the highest one, to 2^−64, whose value does not
/// exceed it. Errors: [`ImpliedError`].
///
/// It bisects [5 %, 400 %] over the integer values themselves, in some 66 valuations. The value at the result differs from
/// `value` by at most the error bound of [`OptionPricer`]. Far out of the money many volatilities round to one value.
pub fn implied_volatility(terms: &Terms, spot: Dollars, value: Dollars) -> Result<Ratio, ImpliedError> {
    let point = PricePoint::new(spot)?;
    let value_at = |sigma: i128| -> Result<Dollars, MathError> {
        OptionPricer::new(terms, Ratio::from_bits(sigma))?.at_point(point)?.value()
    };
    let (mut low, mut high) = (OptionPricer::MIN_VOLATILITY.to_bits(), OptionPricer::MAX_VOLATILITY.to_bits());
    let (lowest, highest) = (value_at(low)?, value_at(high)?);
    if lowest == highest {
        return Err(ImpliedError::Insensitive);
    }
    let intrinsic = terms.intrinsic(spot);
    if value < intrinsic {
        return Err(ImpliedError::BelowIntrinsic { intrinsic });
    }
    if value < lowest {
        return Err(ImpliedError::BelowLowest { lowest });
    }
    if value > highest {
        return Err(ImpliedError::AboveHighest { highest });
    }
    if value == highest {
        return Ok(OptionPricer::MAX_VOLATILITY);
    }
    // value(low) ≤ value < value(high); low and high are below 2^67.
    while high.wrapping_sub(low) > 1 {
        let middle = low.wrapping_add(high) >> 1;
        if value_at(middle)? <= value {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(Ratio::from_bits(low))
}
