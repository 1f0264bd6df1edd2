//! The arithmetic of Evergreen: every computation about money, without Solana types. All parts of the product share
//! this crate, so that a quote equals its execution to the native unit.
#![no_std]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::float_arithmetic,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic
    )
)]

extern crate alloc;

pub mod bounds;
pub mod calendar;
pub mod carry;
pub mod elementary;
mod error;
pub mod fees;
mod fixed_point;
pub mod funding;
#[cfg(feature = "analytics")]
#[allow(clippy::float_arithmetic)]
pub mod greeks;
#[cfg(feature = "analytics")]
pub mod implied;
pub mod margin;
pub mod option;
pub mod pool;
pub mod reserve;
pub mod seizure;
pub mod shares;
mod smile;
pub mod trade;
pub mod units;
pub mod volatility;
mod wide;

pub use carry::CarryRate;
pub use error::{MathError, MathResult};
pub use funding::FundingIndex;
pub use units::{BasisPoints, Dollars, Native, NativeDelta, PointScale, Points, Ratio, Rounding, Seconds, UnixTime};
