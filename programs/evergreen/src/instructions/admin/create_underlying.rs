//! Creates an underlying with its price source and parameters.

use crate::{
    errors::MathContext,
    events::UnderlyingCreated,
    instructions::common::*,
    oracle::{self, PriceUse, Publication},
    seeds,
    state::*,
};
use anchor_lang::prelude::*;
use core::cell::RefMut;
use evergreen_math::{BasisPoints, UnixTime};

/// Accounts of `create_underlying`.
#[derive(Accounts)]
#[instruction(config: UnderlyingConfig)]
pub struct CreateUnderlying<'info> {
    /// It pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// This is the admin.
    pub admin: Signer<'info>,
    /// The protocol names the admin.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// It is created.
    /// CHECK: created by the handler at this address.
    #[account(mut, seeds = [seeds::UNDERLYING, config.feed_id.as_ref()], bump)]
    pub underlying: UncheckedAccount<'info>,
    /// CHECK: it is the price of the feed, checked by the oracle module.
    pub price: UncheckedAccount<'info>,
    /// It creates the account.
    pub system_program: Program<'info, System>,
}

/// The volatility estimate begins at `vol_start_bps` and at the price now, which must be fresh. A wrong feed, owner
/// or exponent therefore fails here and not in the first trade.
pub(crate) fn create_underlying(ctx: Context<CreateUnderlying>, config: UnderlyingConfig) -> Result<()> {
    ctx.accounts.protocol.load()?.check_admin(&ctx.accounts.admin.key())?;
    config.params.check()?;
    config.source.check_owner(&config.price_owner)?;
    let (accounts, bump) = (ctx.accounts, ctx.bumps.underlying);
    let seeds: &[&[u8]] = &[seeds::UNDERLYING, &config.feed_id, &[bump]];
    let mut underlying: RefMut<Underlying> =
        create_zeroed(&accounts.payer, &accounts.underlying, Underlying::SPACE, seeds)?;
    underlying.version = LAYOUT_VERSION;
    underlying.bump = bump;
    underlying.source = config.source as u8;
    underlying.feed_id = config.feed_id;
    underlying.price_owner = config.price_owner;
    underlying.symbol = config.symbol;
    underlying.params = config.params;
    let now = UnixTime(Clock::get()?.unix_timestamp);
    let price = oracle::read_account(&accounts.price, &underlying, Publication::Recent, now)?;
    price.band_for(PriceUse::AddRisk, BasisPoints(config.params.spread_conf_bps))?;
    let state = underlying.volatility_params().start(price.spot, now).program()?;
    underlying.set_volatility_state(state);
    underlying.set_funding_point();
    emit!(UnderlyingCreated { underlying: accounts.underlying.key(), config, price: price.spot.to_bits() });
    Ok(())
}
