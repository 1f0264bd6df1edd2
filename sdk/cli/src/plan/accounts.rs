//! The margin accounts that an owner has or has had, with their histories.

use super::positions::{Holdings, Kept};
use crate::{context::Context, failure::Incomplete, output};
use anyhow::Result;
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::{AccountHistory, Filter, Traces},
    evergreen::state::MarginAccount,
};
use std::collections::{BTreeMap, btree_map::Entry};

/// What an owner has and has had.
pub struct FoundAccounts {
    /// Accounts by pool, open and closed.
    pub holdings: Vec<Holdings>,
    /// Liquidity that was provided, of whichever pool.
    pub traces: Traces,
    /// What may be missing.
    pub lacks: Option<Incomplete>,
}

/// Accounts of an owner in all pools, or in one, with the history of each. Those that are closed by now are found by the transactions that the owner has signed.
///
/// # Errors
/// Failures of the network.
pub async fn read(context: &Context, owner: Pubkey, pool: Option<Pubkey>) -> Result<FoundAccounts> {
    let open = context.find_all::<MarginAccount>("reading accounts", Filter::of_owner(owner)).await?;
    let is_meant = |(key, _): &(Pubkey, u16)| pool.is_none_or(|pool| pool == *key);
    let mut histories: BTreeMap<(Pubkey, u16), AccountHistory> = BTreeMap::new();
    for place in open.iter().map(|(_, account)| (account.pool, account.sub_account)).filter(is_meant) {
        histories.insert(place, history(context, owner, place).await?);
    }
    let known: Vec<&AccountHistory> = histories.values().collect();
    let traces = output::during("looking for closed accounts", context.client.traces_of(&owner, &known)).await?;
    for place in traces.accounts.iter().copied().filter(is_meant) {
        if let Entry::Vacant(unread) = histories.entry(place) {
            unread.insert(history(context, owner, place).await?);
        }
    }
    let mut holdings: Vec<Holdings> = Vec::new();
    for ((pool, number), history) in histories {
        if holdings.last().is_none_or(|last| last.pool.keys().pool != pool) {
            holdings.push(Holdings { pool: context.pool(&pool.to_string()).await?, accounts: Vec::new() });
        }
        let mut kept = Kept { number, history: Some(history), account: None, carry: None };
        kept.meet(context).await?;
        if let Some(last) = holdings.last_mut() {
            last.accounts.push(kept);
        }
    }
    let lacks = traces.lacks.map(|lacks| Incomplete::forgotten(lacks.to_string()));
    Ok(FoundAccounts { holdings, traces, lacks })
}

async fn history(context: &Context, owner: Pubkey, (pool, number): (Pubkey, u16)) -> Result<AccountHistory> {
    let key = address::margin_account(&pool, &owner, number);
    Ok(output::during("reading transactions", context.client.account_history(&key)).await?)
}
