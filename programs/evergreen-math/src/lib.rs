//! Everything Evergreen computes about money, without Solana types: the program, the client library and the
//! simulator share this crate, so that a quote equals its execution to the unit.
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

pub mod elementary;
mod error;
mod fixed_point;
pub mod option;
pub mod units;

pub use error::{MathError, MathResult};
pub use units::{BasisPoints, Dollars, Native, NativeDelta, PointScale, Points, Ratio, Rounding, Seconds, UnixTime};
