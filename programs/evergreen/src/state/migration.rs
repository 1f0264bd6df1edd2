//! Accounts of earlier layout versions, brought to this one in place.
//!
//! Version 1 is the layout before commitments and notices: its margin accounts lack the bytes after their orders, and its registries as many as
//! notices take. They are enlarged by zeros. All other accounts have the bytes of version 2. A migration never changes a position, a balance or a claim.

use super::*;
use crate::ensure;
use anchor_lang::{Discriminator, error::ErrorCode, prelude::*};

/// Layout version that is upgraded.
const FROM: u8 = 1;
/// Bytes of a margin account in version 1, discriminator included.
pub const OLD_MARGIN_ACCOUNT: usize = 8 + core::mem::offset_of!(MarginAccount, commitment);

/// Bytes of a series registry in version 1, discriminator included. Its reserved bytes are zeros, as notices that nobody has given are.
pub const OLD_REGISTRY: usize = SeriesRegistry::SPACE - size_of::<[Notices; MAX_SERIES]>();

/// Upgrades an account and enlarges a margin account or a series registry.
///
/// Errors: `NothingToMigrate` for an account of this version, or whose type or size version 1 did not have,
/// `ConstraintRentExempt` where the balance is too small for an account that is enlarged.
pub fn migrate(account: &AccountInfo) -> Result<()> {
    let size = size_of_upgraded(&account.try_borrow_data()?)?;
    if account.data_len() < size {
        let (balance, needed) = (account.lamports(), super::rent::rent_exempt(size)?);
        require_gte!(balance, needed, ErrorCode::ConstraintRentExempt);
        // The new bytes are zeros: nothing is committed, and no notice is given.
        account.resize(size)?;
    }
    if let Some(version) = account.try_borrow_mut_data()?.get_mut(8) {
        *version = LAYOUT_VERSION;
    }
    Ok(())
}

/// Returns the bytes that an account of version 1 has in this one. Errors: `NothingToMigrate`.
fn size_of_upgraded(data: &[u8]) -> Result<usize> {
    let version = data.get(8).copied().unwrap_or(0);
    ensure!(version == FROM, NothingToMigrate, "version {}", version);
    let sizes: [(&[u8], usize, usize); 7] = [
        (Protocol::DISCRIMINATOR, Protocol::SPACE, Protocol::SPACE),
        (Underlying::DISCRIMINATOR, Underlying::SPACE, Underlying::SPACE),
        (Pool::DISCRIMINATOR, Pool::SPACE, Pool::SPACE),
        (SeriesRegistry::DISCRIMINATOR, OLD_REGISTRY, SeriesRegistry::SPACE),
        (MarginAccount::DISCRIMINATOR, OLD_MARGIN_ACCOUNT, MarginAccount::SPACE),
        (LiquidityRequest::DISCRIMINATOR, LiquidityRequest::SPACE, LiquidityRequest::SPACE),
        (Order::DISCRIMINATOR, Order::SPACE, Order::SPACE),
    ];
    let known = sizes.iter().find(|(kind, size, _)| data.starts_with(kind) && data.len() == *size);
    ensure!(known.is_some(), NothingToMigrate, "type or size of no account of version {}", FROM);
    Ok(known.map_or(0, |(.., size)| *size))
}
