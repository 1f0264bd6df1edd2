//! Transactions of a margin account or a pool.

use super::portfolio;
use crate::{
    args::history::History,
    context::{Context, PoolContext},
    output,
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{Dated, EventHistory, EventStream, Signature, Transaction},
    portfolio::Gap,
};
use std::{collections::VecDeque, time::Duration};

/// How often a network without websocket is asked for what is new.
const INTERVAL: Duration = Duration::from_secs(1);

/// Signatures of a page: most questions are answered by one.
const PAGE: usize = 100;

/// What the history is of: an account, or the whole pool.
///
/// # Errors
/// When no owner is named and there is no keypair.
pub fn address(context: &Context, args: &History, pool: &PoolContext) -> Result<Pubkey> {
    Ok(if args.whole { pool.keys().pool } else { pool.account_key(&context.owner(args.owner)?, args.account) })
}

/// The newest transactions, the oldest of them first, with the number of events asked for or a few more, and the
/// transaction to follow from. It reads no further back than that needs.
///
/// # Errors
/// Failures of the network.
pub async fn read(
    context: &Context,
    args: &History,
    pool: &PoolContext,
    address: Pubkey,
) -> Result<(Vec<Transaction>, Option<Signature>)> {
    let past = || EventHistory::new(context.client.clone(), address);
    loop {
        let mut young = past().pages_of(PAGE.min(args.limit.max(1)));
        if let Some(since) = args.since {
            young = young.since(since.moment(pool.view.now));
        }
        let (mut found, mut newest, mut count) = (VecDeque::new(), None, 0);
        // The place to follow from is needed even when nothing is shown.
        while count < args.limit || newest.is_none() {
            let Some(transaction) = young.next().await? else { break };
            newest = newest.or(Some(transaction.signature));
            if is_after(args, pool, transaction.block_time) {
                continue;
            }
            count += transaction.events.len() + usize::from(transaction.truncated);
            found.push_front(transaction);
        }
        if newest.is_some() || !args.follow {
            return Ok((found.into(), newest));
        }
        // Nothing is young enough, so following starts at the newest of all. If that one is young, it has just come.
        let newest = past().pages_of(1).next().await?;
        let since = args.since.map_or(i64::MIN, |since| since.moment(pool.view.now));
        if newest.as_ref().is_none_or(|newest| newest.block_time.is_some_and(|time| time < since)) {
            return Ok((found.into(), newest.map(|newest| newest.signature)));
        }
    }
}

/// Whether something happened when `--until` was over; not where the node has forgotten when.
fn is_after(args: &History, pool: &PoolContext, time: Option<i64>) -> bool {
    let until = args.until.map(|until| until.moment(pool.view.now));
    until.zip(time).is_some_and(|(until, time)| time >= until)
}

/// Movements of an account with the carry in them, where that is known.
type Rows = Vec<(Dated, Option<i64>)>;

/// All movements of an account, or the young ones, the oldest first, and why they are not all.
///
/// # Errors
/// Failures of the network.
pub async fn movements(
    context: &Context,
    args: &History,
    pool: &mut PoolContext,
    address: Pubkey,
) -> Result<(Rows, Option<Gap>)> {
    let history = output::during("reading transactions", context.client.account_history(&address)).await?;
    let gap = history.statement.gap().filter(|_| history.statement.transactions() > 0);
    context.name_gone(pool, history.statement.holdings().map(|(id, _)| id)).await?;
    let carries = match args.carry {
        true => portfolio::carry(context, pool, &history, &[]).await?.rows,
        false => vec![None; history.movements.len()],
    };
    let mut rows: Rows = history.movements.into_iter().zip(carries).collect();
    if let Some(since) = args.since {
        let since = since.moment(pool.view.now);
        rows.retain(|(row, _)| row.time.is_none_or(|time| time >= since));
    }
    rows.retain(|(row, _)| !is_after(args, pool, row.time));
    Ok((rows, gap))
}

/// A stream of the events of an address after a position.
///
/// # Errors
/// [`Usage`](crate::failure::Usage) for an invalid URL.
pub fn stream(context: &Context, address: Pubkey, position: Option<Signature>) -> Result<EventStream> {
    // The websocket only wakes the stream; without one it asks at its interval.
    let stream = EventStream::new(context.client.clone(), address, position).every(INTERVAL);
    Ok(stream.wake_by(&context.ws_url()?))
}
