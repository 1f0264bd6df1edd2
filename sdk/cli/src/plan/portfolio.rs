//! The accounts of an owner with their histories.

use super::{
    accounts::{self, FoundAccounts},
    positions::Holdings,
};
use crate::{
    args::portfolio::PortfolioArgs,
    context::{Context, PoolContext},
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::AccountHistory,
    evergreen::state::SeriesId,
    portfolio::{HoldingValue, PastCarry},
};

/// Accounts of an owner in all pools, or in the one that was asked about, open and closed, with what they hold.
///
/// # Errors
/// Failures of the network; a pool that is not there.
pub async fn read(context: &Context, args: &PortfolioArgs, owner: Pubkey) -> Result<FoundAccounts> {
    let wanted = match &args.pool {
        Some(name) => Some(context.pool_address(name).await?),
        None => None,
    };
    let mut found = accounts::read(context, owner, wanted).await?;
    for Holdings { pool, accounts } in &mut found.holdings {
        // Prices of the moment at which the accounts were read, or later.
        refresh(context, pool).await?;
        for kept in accounts {
            let Some(history) = &kept.history else { continue };
            context.name_gone(pool, history.statement.holdings().map(|(id, _)| id)).await?;
            if args.carry {
                let values = match &kept.account {
                    Some(account) => pool.view.holdings(account).unwrap_or_default(),
                    None => Vec::new(),
                };
                kept.carry = Some(carry(context, pool, history, &values).await?);
            }
        }
    }
    Ok(found)
}

/// The carry in the past funding of an account, and in that since the last settlements of what it holds.
///
/// # Errors
/// Failures of the network.
pub(super) async fn carry(
    context: &Context,
    pool: &mut PoolContext,
    history: &AccountHistory,
    values: &[HoldingValue],
) -> Result<PastCarry> {
    let ids: Vec<SeriesId> = history.statement.holdings().map(|(id, _)| id).collect();
    let since = history.movements.iter().filter(|row| row.movement.series.is_some()).find_map(|row| row.time);
    if let Some(since) = since {
        context.read_past(pool, ids.into_iter(), since).await?;
    }
    let rows: Vec<_> = history.movements.iter().map(|row| (row.time, row.movement)).collect();
    Ok(pool.past.carry(&pool.view, &rows, values))
}

/// Reads a pool anew.
async fn refresh(context: &Context, pool: &mut PoolContext) -> Result<()> {
    *pool = context.pool(&pool.keys().pool.to_string()).await?;
    Ok(())
}
