//! What a pool and an owner's shares gain or lose where prices and volatilities move.

use crate::{
    args::lp::{Class, Show},
    context::{Context, PoolContext, sought::Sign},
};
use anyhow::Result;
use evergreen_sdk::{
    convert::{self, Decimal},
    evergreen::state::ShareClass,
    quote::{CoinExposure, Exposure},
};

/// The exposure of a pool and of shares of it.
pub struct SharedExposure {
    /// The pool.
    pub pool: PoolContext,
    /// Share class.
    pub class: Class,
    /// Shares held, native units.
    pub shares: u64,
    /// What they are worth at the mark, native units; `None` where that is not known.
    pub worth: Option<u64>,
    /// Of the whole pool, by underlying.
    pub whole: Vec<Exposure>,
    /// Of the shares, in the same order.
    pub part: Vec<Exposure>,
}

/// Reads a pool and the shares that an owner holds. Shares in a withdrawal that waits are burnt, and none of them.
///
/// # Errors
/// A missing price; failures of the network.
pub async fn read(context: &Context, args: &Show) -> Result<SharedExposure> {
    // Whoever asks about the pool alone needs no key.
    let owner = context.owner(args.owner).ok();
    let signs: Vec<Sign<'_>> = owner.into_iter().map(Sign::Shares).collect();
    let pool = context.pool_for(args.which.pool.as_deref(), &signs).await?;
    let class = args.which.class;
    let shares = match owner {
        Some(owner) => context.token_balance(pool.keys().shares(&owner, class.share_class())).await?,
        None => 0,
    };
    of(pool, class, shares)
}

/// The exposure of a pool and of so many shares of it.
///
/// # Errors
/// A missing price.
pub fn of(pool: PoolContext, class: Class, shares: u64) -> Result<SharedExposure> {
    let worth = pool.view.net_asset_value(class.share_class())?.worth_at_mark(shares);
    let whole = pool.view.exposure()?;
    let total = pool.view.pool.shares(ShareClass::Main).total;
    let held = if class == Class::Main { shares } else { 0 };
    let part = whole.iter().map(|line| line.of_shares(held, total)).collect();
    Ok(SharedExposure { pool, class, shares, worth, whole, part })
}

impl SharedExposure {
    /// An exposure in coins, where the stock's price is known.
    pub fn coins(&self, exposure: &Exposure) -> Option<CoinExposure> {
        exposure.in_coins(self.pool.stock_price?, self.pool.view.pool.decimals).ok()
    }

    /// What the shares are worth at the mark in dollars, where both are known.
    pub fn dollars(&self) -> Option<Decimal> {
        let worth = i64::try_from(self.worth?).ok()?;
        convert::worth(worth, self.pool.stock_price?, self.pool.view.pool.decimals).ok()
    }
}
