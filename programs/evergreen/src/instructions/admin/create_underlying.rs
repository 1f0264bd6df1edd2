//! Creates an underlying with its price source and parameters.

use crate::{
    errors::MathContext,
    events::UnderlyingCreated,
    oracle::{self, PriceUse, Publication},
    seeds,
    state::*,
};
use anchor_lang::prelude::*;
use evergreen_math::{BasisPoints, UnixTime};

/// Accounts of `create_underlying`.
#[derive(Accounts)]
#[instruction(config: UnderlyingConfig)]
pub struct CreateUnderlying<'info> {
    /// Pays for the account.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Admin.
    pub admin: Signer<'info>,
    /// The protocol, which names the admin.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// The account that is created.
    #[account(
        init,
        payer = payer,
        space = Underlying::SPACE,
        seeds = [seeds::UNDERLYING, config.feed_id.as_ref()],
        bump
    )]
    pub underlying: AccountLoader<'info, Underlying>,
    /// CHECK: price of the feed, checked by the oracle module.
    pub price: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

/// The volatility estimate begins at its long-run level and at the price now, which must be fresh. A wrong feed, owner
/// or exponent therefore fails here and not in the first trade.
pub(crate) fn create_underlying(ctx: Context<CreateUnderlying>, config: UnderlyingConfig) -> Result<()> {
    ctx.accounts.protocol.load()?.check_admin(&ctx.accounts.admin.key())?;
    config.params.check()?;
    config.source.check_owner(&config.price_owner)?;
    let mut underlying = ctx.accounts.underlying.load_init()?;
    underlying.version = LAYOUT_VERSION;
    underlying.bump = ctx.bumps.underlying;
    underlying.source = config.source as u8;
    underlying.feed_id = config.feed_id;
    underlying.price_owner = config.price_owner;
    underlying.symbol = config.symbol;
    underlying.params = config.params;
    let now = UnixTime(Clock::get()?.unix_timestamp);
    let price = oracle::read_account(&ctx.accounts.price, &underlying, Publication::Recent, now)?;
    price.band_for(PriceUse::AddRisk, BasisPoints(config.params.spread_conf_bps))?;
    let state = underlying.volatility_params().start(price.spot, now).program()?;
    underlying.set_volatility_state(state);
    underlying.set_funding_point();
    emit!(UnderlyingCreated { underlying: ctx.accounts.underlying.key(), config, price: price.spot.to_bits() });
    Ok(())
}
