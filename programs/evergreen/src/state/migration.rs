//! Accounts of earlier layout versions, brought to this one in place.
//!
//! Version 1 is the layout before commitments: its margin accounts lack the bytes after their orders, and are enlarged by them. All
//! other accounts have the bytes of version 2. A migration never changes a position, a balance or a claim.

use super::*;
use crate::ensure;
use anchor_lang::{Discriminator, error::ErrorCode, prelude::*};

/// Layout version that is upgraded.
const FROM: u8 = 1;
/// Bytes of a margin account in version 1, discriminator included.
pub const OLD_MARGIN_ACCOUNT: usize = 8 + core::mem::offset_of!(MarginAccount, commitment);

/// Upgrades an account and enlarges a margin account.
///
/// Errors: `NothingToMigrate` for an account of this version, or whose type or size version 1 did not have,
/// `ConstraintRentExempt` where the balance is too small for an account that is enlarged.
pub fn migrate(account: &AccountInfo) -> Result<()> {
    check(&account.try_borrow_data()?)?;
    if account.try_borrow_data()?.starts_with(MarginAccount::DISCRIMINATOR) {
        let (balance, needed) = (account.lamports(), Rent::get()?.minimum_balance(MarginAccount::SPACE));
        require_gte!(balance, needed, ErrorCode::ConstraintRentExempt);
        // The new bytes are zeros: nothing is committed.
        account.resize(MarginAccount::SPACE)?;
    }
    if let Some(version) = account.try_borrow_mut_data()?.get_mut(8) {
        *version = LAYOUT_VERSION;
    }
    Ok(())
}

/// Checks that this is an account of version 1. Errors: `NothingToMigrate`.
fn check(data: &[u8]) -> Result<()> {
    let version = data.get(8).copied().unwrap_or(0);
    ensure!(version == FROM, NothingToMigrate, "version {}", version);
    let sizes: [(&[u8], usize); 7] = [
        (Protocol::DISCRIMINATOR, Protocol::SPACE),
        (Underlying::DISCRIMINATOR, Underlying::SPACE),
        (Pool::DISCRIMINATOR, Pool::SPACE),
        (SeriesRegistry::DISCRIMINATOR, SeriesRegistry::SPACE),
        (MarginAccount::DISCRIMINATOR, OLD_MARGIN_ACCOUNT),
        (WithdrawalRequest::DISCRIMINATOR, WithdrawalRequest::SPACE),
        (Order::DISCRIMINATOR, Order::SPACE),
    ];
    let known = sizes.iter().any(|(kind, size)| data.starts_with(kind) && data.len() == *size);
    ensure!(known, NothingToMigrate, "type or size of no account of version {}", FROM);
    Ok(())
}
