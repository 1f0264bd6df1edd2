//! Accounts of earlier layout versions, brought to this one in place.
//!
//! Version 1 had no governance versions, referrals, orders, loss indices, commitments or least position. Its accounts are as
//! large as those of version 2, except margin accounts: they had no commitment and are enlarged by its size. A migration never
//! changes a position, a balance or a claim.

use super::*;
use crate::{ensure, errors::EvergreenError};
use anchor_lang::{Discriminator, error::ErrorCode, prelude::*};
use bytemuck::Pod;

/// Layout version that is upgraded.
const FROM: u8 = 1;
/// Bytes of `PoolParams` in version 1, which had neither `min_account_points` nor the parameters of commitments.
const OLD_PARAMS: usize = core::mem::offset_of!(PoolParams, fill_tip) - 8;
/// Offset of `min_account_points` in `PoolParams`.
const NEW_PARAM: usize = core::mem::offset_of!(PoolParams, min_account_points);
/// `fill_tip` in native units, and `fill_delay` and `fill_window` in seconds, of a migrated pool until its parameters change.
const FILL: (u64, u32, u32) = (0, 3, 10);
/// Bytes of a margin account in version 1, discriminator included. It had no commitment.
const OLD_MARGIN_ACCOUNT: usize = MarginAccount::SPACE - size_of::<Commitment>();

/// Upgrades an account and enlarges a margin account. A pool needs its underlyings, in order.
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

/// Upgrades the account with these bytes, discriminator included. Their number is that of the present version.
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

/// Makes room for the new parameter and takes the greatest price ages from the underlyings, where version 1 kept them. No
/// account has a cover yet, so all debts count as bad debts until the accounts trade.
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
    // The cooldown at the time of the request is unknown, so the pool's present one counts.
    withdrawal.ready_at = i64::MAX;
    withdrawal.serialize(&mut &mut *body)?;
    Ok(())
}
