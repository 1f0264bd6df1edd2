//! Applies points of funding to a part of the registry, so that the rest of the work fits a transaction.

use crate::{events::FundingAccrued, instructions::common::read, state::*};
use anchor_lang::prelude::*;
use evergreen_math::UnixTime;

/// Accounts of `accrue_funding`.
#[derive(Accounts)]
pub struct AccrueFunding<'info> {
    /// This is the pool.
    pub pool: AccountLoader<'info, Pool>,
    /// This is the series registry of the pool.
    #[account(mut, has_one = pool)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
    /// This is an underlying of the pool.
    pub underlying: AccountLoader<'info, Underlying>,
}

/// Whatever values all series at once applies all points to them, and of many series that nobody has touched for hours it could not pay for that. Nobody chooses
/// anything by the range: each point is applied at its own moment, nothing accrues beyond the newest, and no price is read, nor does a slope, a net delta or the
/// depth change ([`FundingPoints::replay`]). Errors: `UnknownUnderlying`, `WrongVersion`.
pub(crate) fn accrue_funding(ctx: Context<AccrueFunding>, first: u8, count: u8) -> Result<()> {
    let accounts = ctx.accounts;
    let now = UnixTime(Clock::get()?.unix_timestamp);
    let pool = read(&accounts.pool)?;
    let mut registry = accounts.registry.load_mut()?;
    registry.check(&accounts.pool.key())?;
    let underlying = read(&accounts.underlying)?;
    let place = pool.underlying_index(&accounts.underlying.key())?;
    let (points, rules) = (underlying.funding_points, underlying.funding_rules());
    let mut done = 0u8;
    for series in registry.series.iter_mut().skip(first.into()).take(count.into()) {
        let is_meant = usize::from(series.underlying) == place && series.has_interest();
        if series.status() == SeriesStatus::Live && is_meant {
            points.replay(series, &rules, &pool, now)?;
            done = done.saturating_add(1);
        }
    }
    let (pool, underlying) = (accounts.pool.key(), accounts.underlying.key());
    emit!(FundingAccrued { pool, underlying, first, count, series: done });
    Ok(())
}
