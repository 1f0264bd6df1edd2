//! Accounts of earlier layout versions, brought to this one in place.
//!
//! Version 1 had no governance versions, referrals, orders, seizures, commitments and no least position. Its accounts are as
//! large as those of version 2, except margin accounts, which had no commitment and grow by it. A position, a balance or a claim
//! never changes by a migration.

use super::*;
use crate::{ensure, errors::EvergreenError};
use anchor_lang::{Discriminator, error::ErrorCode, prelude::*};
use bytemuck::Pod;

/// Version that is migrated from.
const FROM: u8 = 1;
/// Bytes of `PoolParams` in version 1, which had no `min_account_points`, and nothing about commitments.
const OLD_PARAMS: usize = core::mem::offset_of!(PoolParams, fill_tip) - 8;
/// Where the new parameter stands among them.
const NEW_PARAM: usize = core::mem::offset_of!(PoolParams, min_account_points);
/// Tip in native units, delay and window in seconds with which commitments are filled in a migrated pool, until its parameters
/// are changed.
const FILL: (u64, u32, u32) = (0, 3, 10);
/// Bytes of a margin account in version 1, discriminator included: it had no commitment, and zeros where that lies now.
const OLD_MARGIN_ACCOUNT: usize = MarginAccount::SPACE - size_of::<Commitment>();

/// Upgrades an account; a margin account is enlarged. A pool needs its underlyings, in order.
///
/// Errors: `NothingToMigrate` for an account of this version, or of a type that version 1 did not have,
/// `MarketAccountMissing`, `ConstraintRentExempt` where the balance is too small for an account that is enlarged.
pub fn migrate<'info>(account: &AccountInfo<'info>, underlyings: &'info [AccountInfo<'info>]) -> Result<()> {
    let enlarged = is_old_margin_account(&account.try_borrow_data()?);
    if enlarged {
        let (balance, needed) = (account.lamports(), Rent::get()?.minimum_balance(MarginAccount::SPACE));
        require_gte!(balance, needed, ErrorCode::ConstraintRentExempt);
        // The new bytes are zeros, as the reserved ones before them are.
        account.resize(MarginAccount::SPACE)?;
    }
    upgrade(&mut account.try_borrow_mut_data()?, underlyings)
}

fn is_old_margin_account(data: &[u8]) -> bool {
    data.starts_with(MarginAccount::DISCRIMINATOR) && data.len() == OLD_MARGIN_ACCOUNT && data.get(8) == Some(&FROM)
}

/// Upgrades the account with these bytes, discriminator included, as many as it has in this version.
#[inline(never)]
fn upgrade<'info>(data: &mut [u8], underlyings: &'info [AccountInfo<'info>]) -> Result<()> {
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

/// Parameters get room for the new one; the oldest price that the fees cover was the underlyings' own. No account has any cover
/// yet, so all that accounts owe counts as bad debt until they trade.
#[inline(never)]
fn upgrade_pool<'info>(body: &mut [u8], underlyings: &'info [AccountInfo<'info>]) -> Result<()> {
    let params = core::mem::offset_of!(Pool, params);
    let old = params.saturating_add(NEW_PARAM)..params.saturating_add(OLD_PARAMS);
    ensure!(body.len() == size_of::<Pool>(), NothingToMigrate);
    body.copy_within(old, params.saturating_add(NEW_PARAM).saturating_add(8));
    let pool = of_type::<Pool>(body)?;
    pool.params.min_account_points = 0;
    (pool.params.fill_tip, pool.params.fill_delay, pool.params.fill_window) = FILL;
    pool.bad_debts = pool.debts;
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
