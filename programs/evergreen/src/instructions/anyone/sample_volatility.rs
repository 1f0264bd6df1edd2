//! Takes a price into the volatility estimate of an underlying.

use crate::{
    events::{SamplePassedOver, VolatilitySampled},
    instructions::common::open,
    oracle::{self, Publication},
    state::*,
};
use anchor_lang::prelude::*;
use evergreen_math::UnixTime;

/// Accounts of `sample_volatility`.
#[derive(Accounts)]
pub struct SampleVolatility<'info> {
    /// This underlying is sampled.
    #[account(mut)]
    pub underlying: AccountLoader<'info, Underlying>,
    /// CHECK: it is its price, checked by the oracle module.
    pub price: UncheckedAccount<'info>,
}

/// 1. The price must be the first one published after the last grid time, a multiple of the least interval. It may be far
///    from its average: a sample is cut, and a fast market is when volatility has to follow. One with a wide confidence is not sampled. That it is so is
///    noted, once, because trades wait for a sample that can be taken ([`oracle::sample_due`]).
/// 2. The estimate moves, within its guards. Whoever samples chooses neither price nor interval.
/// 3. The first sample of a half-hour sets the rates of funding.
///
/// Nobody can pause it: a rate of funding that the price has left is worth something to whoever holds it up.
pub(crate) fn sample_volatility(ctx: Context<SampleVolatility>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let mut underlying = open(&ctx.accounts.underlying)?;
    let wanted = Publication::FirstAfter(underlying.sampling_time(now));
    let price = oracle::read_account(&ctx.accounts.price, &underlying, wanted, UnixTime(now))?;
    let key = ctx.accounts.underlying.key();
    if !oracle::take_sample(&mut underlying, &price, now)? {
        emit!(SamplePassedOver {
            underlying: key,
            grid_time: underlying.unsampled_time,
            price: price.spot.to_bits(),
            confidence: price.confidence.to_bits(),
        });
        return Ok(());
    }
    emit!(VolatilitySampled {
        underlying: key,
        price: price.spot.to_bits(),
        fast_variance: underlying.fast_variance.get(),
        slow_variance: underlying.slow_variance.get(),
        front_sigma: underlying.front_sigma.get(),
        back_sigma: underlying.back_sigma.get(),
    });
    Ok(())
}
