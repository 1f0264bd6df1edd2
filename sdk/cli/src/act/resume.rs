//! Going on where an interrupted run of the same command has ended.

use super::{Entries, Receipt, Trade, fill::patiently, interrupted, journaled, own, receipt::ONLY_COMMITTED};
use crate::{
    context::{Context, PoolContext},
    failure::{Unknown, advised},
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    events::{self, Event},
    evergreen::state::MarginAccount,
    instruction::PoolKeys,
};
use solana_signer::Signer;

/// What an interrupted run of the same command had done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumed {
    /// Nothing, or it is not known to have landed.
    Nothing,
    /// It had committed a trade, whose outcome has been told now.
    Trade,
    /// It had done something else, which has been told now.
    Other,
}

/// Goes on with what an interrupted run of the same command has committed: it is filled, or what came of it is found. This comes
/// before a new plan is made, which would be made of an account that holds the commitment, or what it was filled with.
/// `pool` is the one that was named, if one was; `trade` makes the trade of an account, as the command would fill it.
///
/// # Errors
/// As [`Receipt::conclude`].
pub async fn resume(
    context: &Context,
    key: &(dyn Signer + Sync),
    pool: Option<&str>,
    trade: impl Fn(PoolKeys, Pubkey) -> Trade,
) -> Result<Resumed> {
    if context.global.dry_run {
        return Ok(Resumed::Nothing);
    }
    let own = own(context, key);
    let client = journaled(context)?;
    let mut resumed = Resumed::Nothing;
    for earlier in interrupted(&client, |label| label.contains(&own)).await? {
        if !earlier.is_done() {
            earlier.told();
            continue;
        }
        let mut receipt = Receipt::<()>::of(context, String::new(), Vec::new());
        receipt.done_before(&earlier, &own);
        let read = || async { Ok(client.record(&earlier.signature).await?) };
        let unknown = Unknown::committed(&receipt)?;
        let record = patiently(read).await.map_err(|error| error.context(unknown.clone()))?;
        let events = events::from_logs(&record.logs);
        receipt.events = events.iter().map(super::event_name).collect();
        let committed = events.iter().find_map(|event| match event {
            Event::TradeCommitted(committed) => Some(committed.account),
            _ => None,
        });
        let entries = Entries::of(vec![earlier]);
        match committed {
            Some(account) => {
                let read = patiently(|| pool_of(context, pool, account)).await;
                let keys = *read.map_err(|error| error.context(unknown))?.keys();
                let trade = trade(keys, account);
                if trade.commits_only {
                    receipt.note = Some(ONLY_COMMITTED.into());
                    receipt.print(context)?;
                    entries.told();
                } else {
                    receipt.conclude(context, key, &trade, entries, true).await?;
                }
                resumed = Resumed::Trade;
            }
            None => {
                receipt.print(context)?;
                entries.told();
                resumed = Resumed::Other;
            }
        }
    }
    Ok(resumed)
}

/// The pool that was named, or that of a margin account; the chain keeps it as long as the account is open.
async fn pool_of(context: &Context, named: Option<&str>, account: Pubkey) -> Result<PoolContext> {
    if let Some(named) = named {
        return context.pool(named).await;
    }
    let found = context.find::<MarginAccount>(&account).await?;
    let next = "`evergreen history` tells what came of its trade";
    let found = found.ok_or_else(|| advised(format!("the margin account {account} is closed"), next))?;
    context.pool(&found.pool.to_string()).await
}
