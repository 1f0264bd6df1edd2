//! The numbers of one key's transfers.

use crate::{ensure, errors::EvergreenError};
use anchor_lang::prelude::*;

/// Number of the next transfer of a key. Seeds: `counter`, owner. It is never closed, so no number is ever taken twice.
#[cfg_attr(feature = "idl-build", account)]
#[cfg_attr(not(feature = "idl-build"), derive(AnchorSerialize, AnchorDeserialize, Clone))]
#[derive(InitSpace, Debug)]
pub struct Counter {
    /// This is the layout version.
    pub version: u8,
    /// This is the bump of this address.
    pub bump: u8,
    /// It says whose numbers these are.
    pub owner: Pubkey,
    /// This is the number of the next transfer.
    pub next_number: u64,
    /// It is zero, for later versions.
    pub reserved: [u8; 6],
}
super::stored::stored!(Counter, [255, 176, 4, 245, 188, 253, 124, 25]);

impl Counter {
    /// Bytes of the account, discriminator included.
    pub const SPACE: usize = 8 + Self::INIT_SPACE;

    /// Takes a number. Errors: `WrongVersion`, `WrongNumber` unless it is the next one.
    pub fn take(&mut self, number: u64) -> Result<()> {
        super::check_version(self.version)?;
        ensure!(number == self.next_number, WrongNumber, "number {}, the next is {}", number, self.next_number);
        self.next_number = number.checked_add(1).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }
}
