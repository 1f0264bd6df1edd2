//! The accounts of an owner, by pool.

use crate::{
    args::positions::Positions,
    context::{Context, PoolContext},
};
use anyhow::Result;
use evergreen_sdk::{anchor_lang::prelude::Pubkey, client::Filter, evergreen::state::MarginAccount};

/// Accounts of an owner in a pool.
pub struct Holdings {
    /// The pool.
    pub pool: PoolContext,
    /// The owner's accounts in it.
    pub accounts: Vec<MarginAccount>,
}

/// Pools in which an owner has accounts, or the one that was asked about.
///
/// # Errors
/// Failures of the network; a pool that is not there.
pub async fn read(context: &Context, args: &Positions, owner: Pubkey) -> Result<Vec<Holdings>> {
    let accounts = context.find_all::<MarginAccount>("reading accounts", Filter::of_owner(owner)).await?;
    let mut pools: Vec<Pubkey> = accounts.iter().map(|(_, account)| account.pool).collect();
    pools.sort_unstable();
    pools.dedup();
    let wanted = match &args.pool {
        Some(name) => Some(context.pool(name).await?.keys().pool),
        None => None,
    };
    let mut found = Vec::new();
    for key in pools.iter().filter(|key| wanted.is_none_or(|wanted| wanted == **key)) {
        let pool = context.pool(&key.to_string()).await?;
        let accounts = accounts.iter().filter(|(_, account)| account.pool == *key);
        found.push(Holdings { pool, accounts: accounts.map(|(_, account)| **account).collect() });
    }
    Ok(found)
}
