//! What shares have cost and returned.

use super::Provided;
use crate::{args::lp::Show, context::Context, output};
use anyhow::Result;
use evergreen_sdk::{
    client::EventHistory,
    events::Event,
    portfolio::{Provider, ShareHistory},
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
    let mut provider = Provider::new(key, context.owner(args.owner)?, class);
    let transactions: Vec<_> = found.into_iter().map(|t| (t.block_time, t.events)).collect();
    transactions.iter().for_each(|(_, events)| provider.take(events));
    let value = pool.view.net_asset_value(class)?;
    let shares = matches!(class, evergreen_sdk::evergreen::state::ShareClass::Main)
        .then(|| ShareHistory::of(&transactions, value.shares, value.mark, pool.view.now));
    Ok(Past { provider, shares, complete })
}
