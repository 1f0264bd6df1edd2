//! What shares have cost and returned.

use super::Provided;
use crate::{
    args::lp::Show,
    context::{Context, PoolContext},
    output,
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{EventHistory, Signature, Transaction},
    events::Event,
    evergreen::state::ShareClass,
    portfolio::{Provider, Provision, ShareHistory},
};

/// The past of an owner's shares and of the class.
pub struct Past {
    /// What the owner has paid and got.
    pub provider: Provider,
    /// Prices of the main class's shares; none of insurance, whose worth at other times no event tells.
    pub shares: Option<ShareHistory>,
    /// Whether the history begins with the pool, and no log was cut off.
    pub complete: bool,
}

/// Reads all transactions of a pool.
///
/// # Errors
/// Failures of the network.
pub async fn past(context: &Context, args: &Show, provided: &Provided) -> Result<Past> {
    let (pool, class) = (&provided.pool, provided.class.share_class());
    let key = pool.keys().pool;
    let (transactions, complete) = transactions(context, key).await?;
    let mut provider = Provider::new(key, context.owner(args.owner)?, class);
    for transaction in &transactions {
        provider.take(&transaction.events);
    }
    let value = pool.view.net_asset_value(class)?;
    let shares = matches!(class, ShareClass::Main)
        .then(|| ShareHistory::of(&dated(transactions), value.shares, value.mark, pool.view.now));
    Ok(Past { provider, shares, complete })
}

/// Prices of the main class's shares of a pool, out of all its transactions, and whether the network remembers all of them.
///
/// # Errors
/// Failures of the network; a price that is missing.
pub async fn share_history(context: &Context, pool: &PoolContext) -> Result<(ShareHistory, bool)> {
    let (transactions, complete) = transactions(context, pool.keys().pool).await?;
    let value = pool.view.net_asset_value(ShareClass::Main)?;
    Ok((ShareHistory::of(&dated(transactions), value.shares, value.mark, pool.view.now), complete))
}

/// A payment into or out of an owner's liquidity.
pub struct Paid {
    /// The class.
    pub class: ShareClass,
    /// What was paid.
    pub payment: Provision,
    /// The transaction that executed it.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
    /// Time of its block, unix seconds, if known.
    pub time: Option<i64>,
}

/// All payments into and out of an owner's liquidity in classes of a pool, the oldest first, and whether these are all.
///
/// # Errors
/// Failures of the network.
pub async fn payments(
    context: &Context,
    pool: Pubkey,
    owner: Pubkey,
    classes: impl Iterator<Item = ShareClass>,
) -> Result<(Vec<Paid>, bool)> {
    let mut providers: Vec<(ShareClass, Provider)> =
        classes.map(|class| (class, Provider::new(pool, owner, class))).collect();
    if providers.is_empty() {
        return Ok((Vec::new(), true));
    }
    let (transactions, complete) = transactions(context, pool).await?;
    let mut found = Vec::new();
    for Transaction { signature, slot, block_time: time, events, .. } in transactions {
        for (class, provider) in &mut providers {
            let of = |payment| Paid { class: *class, payment, signature, slot, time };
            found.extend(provider.take(&events).into_iter().map(of));
        }
    }
    Ok((found, complete))
}

fn dated(transactions: Vec<Transaction>) -> Vec<(Option<i64>, Vec<Event>)> {
    transactions.into_iter().map(|transaction| (transaction.block_time, transaction.events)).collect()
}

/// All transactions of a pool, the oldest first, and whether they begin with the pool and no log was cut off.
async fn transactions(context: &Context, key: Pubkey) -> Result<(Vec<Transaction>, bool)> {
    let mut history = EventHistory::new(context.client.clone(), key);
    let read = async {
        let mut found = Vec::new();
        while let Some(transaction) = history.next().await? {
            found.push(transaction);
        }
        anyhow::Ok(found)
    };
    let mut found = output::during("reading transactions of the pool", read).await?;
    found.reverse();
    let begins = |event: &Event| matches!(event, Event::PoolCreated(e) if e.pool == key);
    let complete = found.iter().any(|t| t.events.iter().any(begins)) && !found.iter().any(|t| t.truncated);
    Ok((found, complete))
}
