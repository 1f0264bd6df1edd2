//! What seizures leave of a claim.

use crate::errors::MathContext;
use anchor_lang::prelude::*;
use evergreen_math::{Native, seizure};

/// What is left of a claim on a vault after seizures that nothing else could bear.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct LossIndex {
    /// Share that is left of a claim made at the beginning of this epoch, 2^−63; from 2^31 to 2^63.
    pub factor: u64,
    /// How often 2^−32 was taken out of the factor; two at once when everything was lost.
    pub epoch: u32,
    /// Zero.
    pub padding: u32,
}

const _: () = assert!(size_of::<LossIndex>() == 16);

impl LossIndex {
    /// Nothing lost.
    pub const NONE: Self = Self { factor: 1 << 63, epoch: 0, padding: 0 };

    /// The index as the math crate sees it.
    pub(crate) const fn math(self) -> seizure::LossIndex {
        seizure::LossIndex { factor: self.factor, epoch: self.epoch }
    }

    /// The index as accounts hold it.
    pub(crate) const fn stored(loss_index: seizure::LossIndex) -> Self {
        Self { factor: loss_index.factor, epoch: loss_index.epoch, padding: 0 }
    }

    /// What is left at `now` of a claim that has borne all losses up to `self`, native units, rounded down.
    pub fn claim(self, amount: u64, now: Self) -> Result<u64> {
        self.math().claim(Native(amount), now.math()).map(|left| left.0).program()
    }
}
