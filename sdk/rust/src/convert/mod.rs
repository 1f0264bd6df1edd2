//! Conversions between the units people use and those of the program: sizes in coins and points, amounts in tokens and native
//! units, dollars, and the scaled-UI multiplier of Token-2022.
//!
//! All conversions use decimals ([`Decimal`]) and integers. Each rounds at most once, at the end, in the direction that it
//! names. None uses floating-point numbers.
//!
//! ```
//! use evergreen_sdk::{convert::{self, Decimal}, math::{PointScale, Points}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The trade is of 0.1 BTC, and the collateral is a stock of 300 dollars with 8 decimals.
//! // A point pays a thousandth of a native unit per dollar.
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
pub mod number;
mod plain;

pub use amount::{
    dollars, dollars_from_published, dollars_of, native, points, points_of_size, size_of_points, tokens, worth,
};
pub use multiplier::{Multiplier, ScaledUiAmount};
pub use plain::{NumberError, plain};
pub use rust_decimal::{Decimal, RoundingStrategy};

/// Lamports of one SOL.
pub const SOL: u64 = 1_000_000_000;
/// One dollar in hundred-millionths of a dollar, the unit of published prices.
pub const DOLLAR: i64 = 100_000_000;

/// Reason why a conversion is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// A price is zero or negative, or a size or an amount is negative.
    #[error("a price or size must be above zero")]
    NotPositive,
    /// The number has more decimal places than the unit.
    #[error("{places} places after the point, the token has {decimals}")]
    TooPrecise {
        /// Decimal places of the number, without trailing zeros.
        places: u32,
        /// Decimal places of the unit.
        decimals: u8,
    },
    /// The result does not fit its type.
    #[error("it is too large")]
    Overflow,
    /// More decimals are asked for than are supported.
    #[error("{0} decimals, at most 28 are supported")]
    Decimals(u8),
    /// A multiplier is zero, negative, subnormal, infinite or NaN; these are its bits.
    #[error("multiplier bits {0:#018x} are no positive normal number")]
    Multiplier(u64),
    /// The mint's bytes cannot be read.
    #[error("not a mint of either token program")]
    NotAMint,
}

/// Result of a conversion.
pub type Result<T> = core::result::Result<T, ConvertError>;
