//! Takes a price into the volatility estimate of an underlying.

use crate::{
    errors::MathContext,
    events::VolatilitySampled,
    oracle::{self, PriceUse, Publication},
    seeds,
    state::*,
};
use anchor_lang::prelude::*;
use evergreen_math::{BasisPoints, UnixTime, volatility};

/// Accounts of `sample_volatility`.
#[derive(Accounts)]
pub struct SampleVolatility<'info> {
    /// The protocol, which stores the pauses.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// Underlying that is sampled.
    #[account(mut)]
    pub underlying: AccountLoader<'info, Underlying>,
    /// CHECK: its price, checked by the oracle module.
    pub price: UncheckedAccount<'info>,
}

/// 1. The price must be fresh, and the last sample old enough.
/// 2. The estimate moves, within its guards.
pub(crate) fn sample_volatility(ctx: Context<SampleVolatility>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    ctx.accounts.protocol.load()?.check_running(Action::SampleVolatility, now)?;
    let mut underlying = ctx.accounts.underlying.load_mut()?;
    underlying.check()?;
    let price = oracle::read_account(&ctx.accounts.price, &underlying, Publication::Recent, UnixTime(now))?;
    price.band_for(PriceUse::AddRisk, BasisPoints(underlying.params.spread_conf_bps))?;
    let state =
        volatility::sample(&underlying.volatility_params(), &underlying.volatility_state(), price.spot, UnixTime(now))
            .program()?;
    underlying.set_volatility_state(state);
    emit!(VolatilitySampled {
        underlying: ctx.accounts.underlying.key(),
        price: price.spot.to_bits(),
        ewma_variance: state.ewma_variance.to_bits(),
        sigma: state.sigma.to_bits(),
    });
    Ok(())
}
