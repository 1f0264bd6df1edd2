//! Everything Evergreen computes about money, without Solana types: the program, the client library and the
//! simulator share this crate, so that a quote equals its execution to the unit.
#![no_std]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod error;
pub mod units;

pub use error::{MathError, MathResult};
pub use units::{BasisPoints, Dollars, Native, NativeDelta, PointScale, Points, Ratio, Rounding, Seconds, UnixTime};
