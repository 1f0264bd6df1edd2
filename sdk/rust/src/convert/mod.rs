//! Between what people say and what the program counts: sizes in coins and points, amounts in tokens and native units,
//! dollars, and the scaled-UI multiplier of Token-2022.
//!
//! Everything is exact: decimals ([`Decimal`]) and integers, one rounding at the end, its direction named. No float takes
//! part.
//!
//! ```
//! use evergreen_sdk::{convert::{self, Decimal}, math::{PointScale, Points}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // 0.1 BTC, paid in a stock of 300 dollars with 8 decimals; a point pays a thousandth of a native unit per dollar.
//! let scale = PointScale::new(3)?;
//! let points = convert::points_of_size("0.1".parse()?, "300".parse()?, 8, scale)?;
//! assert_eq!(points, Points(33_333_333));
//! assert_eq!(convert::size_of_points(points, Decimal::from(300), 8, scale)?.to_string(), "0.099999999");
//!
//! assert_eq!(convert::native("1.5".parse()?, 8)?, 150_000_000);
//! assert_eq!(convert::tokens(-150_000_000, 8).to_string(), "-1.50000000");
//! # Ok(())
//! # }
//! ```

mod amount;
mod multiplier;

pub use amount::{
    dollars, dollars_from_published, dollars_of, native, points, points_of_size, size_of_points, tokens, worth,
};
pub use multiplier::{Multiplier, ScaledUiAmount};
pub use rust_decimal::Decimal;

/// Why a conversion is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// A price or size that has to be above zero is not.
    #[error("a price or size must be above zero")]
    NotPositive,
    /// More places after the point than the unit has.
    #[error("{places} places after the point, the token has {decimals}")]
    TooPrecise {
        /// Places given, trailing zeros aside.
        places: u32,
        /// Places of the unit.
        decimals: u8,
    },
    /// The result does not fit its type.
    #[error("the result does not fit its type")]
    Overflow,
    /// More than 28 decimals.
    #[error("{0} decimals, at most 28 are supported")]
    Decimals(u8),
    /// The bits of a multiplier are zero, negative, subnormal, infinite or no number.
    #[error("multiplier bits {0:#018x} are no positive normal number")]
    Multiplier(u64),
    /// The mint's bytes cannot be read.
    #[error("not a mint of either token program")]
    NotAMint,
}

/// Result of a conversion.
pub type Result<T> = core::result::Result<T, ConvertError>;
