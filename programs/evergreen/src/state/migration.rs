//! Accounts of earlier layout versions, brought to this one in place.
//!
//! Version 1 had no governance versions, referrals, orders, seizures and no least position; all of its accounts are as
//! large as those of version 2. A position, a balance or a claim never changes by a migration.

use super::*;
use crate::{ensure, errors::EvergreenError};
use anchor_lang::{Discriminator, prelude::*};
use bytemuck::Pod;

/// Version that is migrated from.
const FROM: u8 = 1;
/// Bytes of `PoolParams` in version 1, which had no `min_account_points`.
const OLD_PARAMS: usize = size_of::<PoolParams>() - 8;
/// Where the new parameter stands among them.
const NEW_PARAM: usize = core::mem::offset_of!(PoolParams, min_account_points);

/// Upgrades the account with these bytes, discriminator included. A pool needs its underlyings, in order.
///
/// Errors: `NothingToMigrate` for an account of this version, or of a type that version 1 did not have,
/// `MarketAccountMissing`.
#[inline(never)]
pub fn migrate<'info>(data: &mut [u8], underlyings: &'info [AccountInfo<'info>]) -> Result<()> {
    let Some((discriminator, body)) = data.split_at_mut_checked(8) else {
        return err!(EvergreenError::NothingToMigrate);
    };
    let discriminator: &[u8] = discriminator;
    ensure!(body.first() == Some(&FROM), NothingToMigrate, "version {}", body.first().copied().unwrap_or(0));
    if discriminator == Protocol::DISCRIMINATOR {
        let protocol = of_type::<Protocol>(body)?;
        protocol.timelock = timelock::DEFAULT;
    } else if discriminator == Pool::DISCRIMINATOR {
        upgrade_pool(body, underlyings)?;
    } else if discriminator == SeriesRegistry::DISCRIMINATOR {
        upgrade_registry(of_type::<SeriesRegistry>(body)?)?;
    } else if discriminator == MarginAccount::DISCRIMINATOR {
        of_type::<MarginAccount>(body)?.loss_index = LossIndex::NONE;
    } else if discriminator == WithdrawalRequest::DISCRIMINATOR {
        upgrade_withdrawal(body)?;
    } else {
        ensure!(discriminator == Underlying::DISCRIMINATOR, NothingToMigrate);
    }
    if let Some(version) = body.first_mut() {
        *version = LAYOUT_VERSION;
    }
    Ok(())
}

fn of_type<T: Pod>(body: &mut [u8]) -> Result<&mut T> {
    bytemuck::try_from_bytes_mut(body).map_err(|_| error!(EvergreenError::NothingToMigrate))
}

/// Parameters get room for the new one; the oldest price that the fees cover was the underlyings' own.
#[inline(never)]
fn upgrade_pool<'info>(body: &mut [u8], underlyings: &'info [AccountInfo<'info>]) -> Result<()> {
    let params = core::mem::offset_of!(Pool, params);
    let old = params.saturating_add(NEW_PARAM)..params.saturating_add(OLD_PARAMS);
    ensure!(body.len() == size_of::<Pool>(), NothingToMigrate);
    body.copy_within(old, params.saturating_add(NEW_PARAM).saturating_add(8));
    let pool = of_type::<Pool>(body)?;
    pool.params.min_account_points = 0;
    pool.loss_index = LossIndex::NONE;
    pool.insurance_loss_index = LossIndex::NONE;
    let listed = pool.underlyings.iter().take(usize::from(pool.underlying_count));
    for (entry, (place, max_age)) in listed.zip(pool.max_ages.iter_mut().enumerate()) {
        let info = underlyings.get(place).filter(|info| *info.key == entry.key);
        let info = info.ok_or(EvergreenError::MarketAccountMissing)?;
        *max_age = AccountLoader::<Underlying>::try_from(info)?.load()?.params.max_age;
    }
    Ok(())
}

fn upgrade_registry(registry: &mut SeriesRegistry) -> Result<()> {
    for series in registry.series.iter_mut().filter(|series| series.status() != SeriesStatus::Free) {
        series.complete()?;
    }
    Ok(())
}

fn upgrade_withdrawal(body: &mut [u8]) -> Result<()> {
    let mut withdrawal = WithdrawalRequest::deserialize(&mut &*body)?;
    withdrawal.loss_factor = LossIndex::NONE.factor;
    withdrawal.loss_epoch = LossIndex::NONE.epoch;
    // Of the time of the request no cooldown is known: the present one counts.
    withdrawal.ready_at = i64::MAX;
    withdrawal.serialize(&mut &mut *body)?;
    Ok(())
}
