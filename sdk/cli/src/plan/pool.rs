//! Pools as they are on the chain.

use crate::context::{Context, PoolContext};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::Filter,
    convert::{Decimal, ScaledUiAmount},
    evergreen::state::Pool,
};

/// A pool and its name, if it has one.
pub struct KnownPool {
    /// Its name: that of the market file, for a pool of the protocol otherwise the symbol that its mint carries.
    pub name: Option<String>,
    /// What the mint calls itself.
    pub symbol: Option<String>,
    /// Whether the market file has it.
    pub verified: bool,
    /// Its address.
    pub address: Pubkey,
    /// The pool.
    pub pool: Box<Pool>,
}

/// All pools, by name.
///
/// # Errors
/// Failures of the network.
pub async fn all(context: &Context) -> Result<Vec<KnownPool>> {
    let mut found = Vec::new();
    for (address, pool) in context.client.find::<Pool>(Filter::ALL).await?.value {
        let (name, verified) = (context.name(&address, &pool).await?, context.market.named(&address).is_some());
        let symbol = context.symbol(&pool.mint).await?;
        found.push(KnownPool { name, symbol, verified, address, pool });
    }
    found.sort_by_key(|pool| (pool.name.is_none(), pool.name.clone(), pool.address.to_string()));
    Ok(found)
}

/// What wallets show for one token of a pool's collateral, if that is not one.
///
/// # Errors
/// For a mint that cannot be read; failures of the network.
pub async fn shown_for_one(context: &Context, pool: &PoolContext) -> Result<Option<Decimal>> {
    let state = &pool.view.pool;
    let mint = context.raw(state.mint).await?;
    let scaled = mint.map(|mint| ScaledUiAmount::of_mint(&mint.data)).transpose()?.flatten();
    let multiplier = scaled.map(|scaled| scaled.at(pool.view.now)).transpose()?;
    let one = 10u64.pow(u32::from(state.decimals));
    Ok(multiplier.map(|multiplier| multiplier.ui_amount(one, state.decimals)).transpose()?)
}
