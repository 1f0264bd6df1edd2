//! 128-bit fixed-point numbers in accounts.

use anchor_lang::prelude::*;
use evergreen_math::{Dollars, Ratio};

/// A signed 128-bit number as little-endian bytes. `i128` has another alignment on the host than on chain, so
/// accounts never hold one directly.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Bits128 {
    /// These are little-endian bytes.
    pub bytes: [u8; 16],
}

impl Bits128 {
    /// Returns the number.
    pub const fn get(self) -> i128 {
        i128::from_le_bytes(self.bytes)
    }

    /// Stores a number.
    pub const fn new(value: i128) -> Self {
        Self { bytes: value.to_le_bytes() }
    }

    /// Returns the number as dollars in 64.64 fixed point.
    pub const fn dollars(self) -> Dollars {
        Dollars::from_bits(self.get())
    }

    /// Returns the number as a pure number in 64.64 fixed point.
    pub const fn ratio(self) -> Ratio {
        Ratio::from_bits(self.get())
    }
}

impl From<Dollars> for Bits128 {
    fn from(value: Dollars) -> Self {
        Self::new(value.to_bits())
    }
}

impl From<Ratio> for Bits128 {
    fn from(value: Ratio) -> Self {
        Self::new(value.to_bits())
    }
}
