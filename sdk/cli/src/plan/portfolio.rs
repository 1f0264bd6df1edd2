//! The accounts of an owner with their histories.

use super::positions::{Holdings, Kept};
use crate::{
    args::portfolio::PortfolioArgs,
    context::{Context, PoolContext},
    output,
};
use anyhow::Result;
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::{AccountHistory, Filter},
    evergreen::state::{MarginAccount, SeriesId},
    portfolio::{HoldingValue, PastCarry},
};
use std::collections::BTreeSet;

/// Pools in which an owner has accounts, or the one that was asked about, with the history of each account. Of pools of the market file their account 0 is told also where it
/// is closed by now.
///
/// # Errors
/// Failures of the network; a pool that is not there.
pub async fn read(context: &Context, args: &PortfolioArgs, owner: Pubkey) -> Result<Vec<Holdings>> {
    let open = context.find_all::<MarginAccount>("reading accounts", Filter::of_owner(owner)).await?;
    let mut wanted: BTreeSet<(Pubkey, u16)> =
        open.iter().map(|(_, account)| (account.pool, account.sub_account)).collect();
    match &args.pool {
        Some(name) => {
            let pool = context.pool_address(name).await?;
            wanted.retain(|(key, _)| *key == pool);
            wanted.insert((pool, 0));
        }
        None => {
            let named = context.market.pools.iter().filter_map(|named| named.address().ok());
            wanted.extend(named.map(|pool| (pool, 0)));
        }
    }
    let mut found: Vec<Holdings> = Vec::new();
    for (pool, number) in wanted {
        let key = address::margin_account(&pool, &owner, number);
        let is_open = open.iter().any(|(address, _)| *address == key);
        let read = context.client.account_history(&key);
        let history = output::during("reading transactions", read).await?;
        if !is_open && history.statement.transactions() == 0 {
            continue;
        }
        if found.last().is_none_or(|last| last.pool.keys().pool != pool) {
            // A pool of the file that is not on this network has no accounts either.
            found.push(Holdings { pool: context.pool(&pool.to_string()).await?, accounts: Vec::new() });
        }
        let mut kept = Kept { number, history: Some(history), account: None, carry: None };
        kept.meet(context).await?;
        if let Some(holdings) = found.last_mut() {
            holdings.accounts.push(kept);
        }
    }
    for Holdings { pool, accounts } in &mut found {
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
