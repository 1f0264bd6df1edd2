//! Lists a series on the strike grid.

use crate::{
    engine::MarketContext, ensure, errors::MathContext, events::SeriesListed, instructions::common::read,
    oracle::PriceUse, seeds, state::*,
};
use anchor_lang::prelude::*;
use evergreen_math::{
    BasisPoints, Dollars, Seconds,
    option::{OptionKind, Terms},
};

/// Accounts of `list_series`.
#[derive(Accounts)]
pub struct ListSeries<'info> {
    /// The protocol stores the pauses.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// This is the pool.
    pub pool: AccountLoader<'info, Pool>,
    /// This is the series registry of the pool.
    #[account(mut, has_one = pool)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
    /// This is the underlying.
    pub underlying: AccountLoader<'info, Underlying>,
    /// CHECK: it is its price, checked by the oracle module.
    pub price: UncheckedAccount<'info>,
}

/// 1. The price must be fresh, and the underlying not reported as silent.
/// 2. The pool must offer this kind and tenor. The strike must be on the grid and near spot, the tenor the underlying's, and spot short of the cap.
/// 3. The series is listed, or it is listed already, so that two who list it at once both succeed. Its funding accrues, so that it is known what it would pay for its place.
pub(crate) fn list_series<'info>(ctx: Context<'info, ListSeries<'info>>, request: SeriesSpec) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    accounts.protocol.load()?.check_running(Action::List, now)?;
    let pool = read(&accounts.pool)?;
    pool.check_open_for_risk()?;
    let underlying = accounts.underlying.load()?;
    let place = pool.underlying_index(&accounts.underlying.key())?;
    let mut market = MarketContext::without_prices(now);
    market.read(&pool, &underlying, place, (&accounts.price, None), PriceUse::AddRisk)?;
    market.check_sampled(i64::MAX)?;
    let listed_in = u8::try_from(place).map_err(crate::errors::too_large)?;
    let spot = market.get(listed_in)?.price.spot;
    underlying.check_strike(request.strike, spot)?;
    let tenor = underlying.tenor(request.tenor)?;
    pool.params.check_offered(request.put, request.tenor)?;
    let (kind, cap) =
        if request.put { (OptionKind::Put, tenor.put_cap_bps) } else { (OptionKind::Call, tenor.call_cap_bps) };
    let strike = Dollars::from_int(i64::try_from(request.strike).map_err(crate::errors::too_large)?);
    let terms = Terms::new(kind, strike, Seconds(request.tenor), Some(BasisPoints(cap).to_ratio())).program()?;
    ensure!(!terms.is_capped_at(spot), SeriesAtCap);
    let valued = market.valued(listed_in, &terms)?;
    let mut registry = accounts.registry.load_mut()?;
    registry.check(&accounts.pool.key())?;
    let SeriesSpec { put, strike, tenor: seconds } = request;
    let listed = registry.list(Listing {
        underlying: listed_in,
        kind,
        strike,
        tenor: Seconds(seconds),
        cap_bps: cap,
        slope: valued.slope,
        now: evergreen_math::UnixTime(now),
    })?;
    let series = match listed {
        Some(series) => series,
        None => registry.find(&OptionId { underlying: listed_in, put, strike, tenor: seconds, cap_bps: cap })?,
    };
    market.accrue(registry.live_mut(series)?, &pool)?;
    if listed.is_none() {
        return Ok(());
    }
    emit!(SeriesListed {
        pool: accounts.pool.key(),
        series,
        underlying: listed_in,
        kind: kind as u8,
        strike: request.strike,
        tenor: request.tenor,
    });
    Ok(())
}
