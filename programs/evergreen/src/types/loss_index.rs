//! The factor by which losses scale claims on a vault.

use crate::errors::MathContext;
use anchor_lang::prelude::*;
use evergreen_math::{Native, seizure};

/// The factor that scales a claim on a vault for losses by seizure that nothing else could bear.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct LossIndex {
    /// Share that is left of a claim made at the beginning of this epoch, in units of 2^−63. It lies between 2^31 and 2^63.
    pub factor: u64,
    /// It is the number of times that 2^−32 was taken out of the factor. A loss of everything counts twice.
    pub epoch: u32,
    /// It is zero.
    pub padding: u32,
}

const _: () = assert!(size_of::<LossIndex>() == 16);

impl LossIndex {
    /// The index of a vault that has lost nothing.
    pub const NONE: Self = Self { factor: 1 << 63, epoch: 0, padding: 0 };

    /// Returns the index as a value of the math crate.
    pub(crate) const fn math(self) -> seizure::LossIndex {
        seizure::LossIndex { factor: self.factor, epoch: self.epoch }
    }

    /// Returns the index as accounts store it.
    pub(crate) const fn stored(loss_index: seizure::LossIndex) -> Self {
        Self { factor: loss_index.factor, epoch: loss_index.epoch, padding: 0 }
    }

    /// Returns what is left at `now` of a claim that has borne all losses up to `self`, in native units, rounded down.
    pub fn claim(self, amount: u64, now: Self) -> Result<u64> {
        self.math().claim(Native(amount), now.math()).map(|left| left.0).program()
    }
}
