//! Transactions of a margin account or a pool.

use super::portfolio;
use crate::{
    args::history::HistoryArgs,
    context::{Context, PoolContext},
    failure::Incomplete,
    output::{self, date},
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{Dated, EventHistory, EventStream, Signature, Transaction},
    events::Event,
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
pub fn address(context: &Context, args: &HistoryArgs, pool: &PoolContext) -> Result<Pubkey> {
    Ok(if args.whole { pool.keys().pool } else { pool.account_key(&context.owner(args.owner)?, args.account) })
}

/// The newest transactions.
pub struct Newest {
    /// The oldest of them first, with the number of events asked for or a few more.
    pub transactions: Vec<Transaction>,
    /// The transaction to follow from.
    pub position: Option<Signature>,
    /// What was asked for and is not told.
    pub lacks: Option<Incomplete>,
}

impl Newest {
    /// Of transactions, where it is known whether older ones were asked for and are forgotten.
    fn of(transactions: VecDeque<Transaction>, position: Option<Signature>, is_cut: bool) -> Self {
        let first = transactions.front().and_then(|first| first.block_time);
        let before = first.map_or_else(|| "anything".into(), |first| format!("what was before {}", date(first)));
        let forgotten = is_cut.then(|| Incomplete::forgotten(format!("the network does not remember {before}")));
        let truncated = || {
            let cut = transactions.iter().find(|transaction| transaction.truncated)?;
            Some(Incomplete::forgotten(format!("the log of the transaction {} was cut off", cut.signature)))
        };
        let lacks = forgotten.or_else(truncated);
        Self { transactions: transactions.into(), position, lacks }
    }
}

/// Whether a history can begin with a transaction: it made what the history is of.
fn begins(transaction: &Transaction, address: Pubkey) -> bool {
    transaction.events.iter().any(|event| match event {
        Event::MarginAccountOpened(e) => e.account == address,
        Event::PoolCreated(e) => e.pool == address,
        _ => false,
    })
}

/// The newest transactions. It reads no further back than what is asked for needs.
///
/// # Errors
/// Failures of the network.
pub async fn read(context: &Context, args: &HistoryArgs, pool: &PoolContext, address: Pubkey) -> Result<Newest> {
    let past = || EventHistory::new(context.client.clone(), address);
    loop {
        let mut young = past().pages_of(PAGE.min(args.limit.max(1)));
        if let Some(since) = args.since {
            young = young.since(since.moment(pool.view.now));
        }
        let (mut found, mut newest, mut count, mut is_begun) = (VecDeque::new(), None, 0, false);
        // The place to follow from is needed even when nothing is shown.
        while count < args.limit || newest.is_none() {
            let Some(transaction) = young.next().await? else { break };
            newest = newest.or(Some(transaction.signature));
            // Where somebody has sent lamports there before, no event tells it.
            if !transaction.events.is_empty() || transaction.truncated {
                is_begun = begins(&transaction, address);
            }
            if is_after(args, pool, transaction.block_time) {
                continue;
            }
            count += transaction.events.len() + usize::from(transaction.truncated);
            found.push_front(transaction);
        }
        if newest.is_some() || !args.follow {
            let is_short = count < args.limit && young.is_exhausted() && !is_begun;
            // Of what was never there nothing can be forgotten.
            let is_cut = is_short && (newest.is_some() || context.raw(address).await?.is_some());
            return Ok(Newest::of(found, newest, is_cut));
        }
        // Nothing is young enough, so following starts at the newest of all. If that one is young, it has just come.
        let newest = past().pages_of(1).next().await?;
        let since = args.since.map_or(i64::MIN, |since| since.moment(pool.view.now));
        if newest.as_ref().is_none_or(|newest| newest.block_time.is_some_and(|time| time < since)) {
            return Ok(Newest::of(found, newest.map(|newest| newest.signature), false));
        }
    }
}

/// Whether something happened when `--until` was over; not where the node has forgotten when.
fn is_after(args: &HistoryArgs, pool: &PoolContext, time: Option<i64>) -> bool {
    let until = args.until.map(|until| until.moment(pool.view.now));
    until.zip(time).is_some_and(|(until, time)| time >= until)
}

/// Movements of an account with the carry in them, where that is known.
type Rows = Vec<(Dated, Option<i64>)>;

/// All movements of an account, or the young ones, the oldest first, and what is missing of them.
///
/// # Errors
/// Failures of the network.
pub async fn movements(
    context: &Context,
    args: &HistoryArgs,
    pool: &mut PoolContext,
    address: Pubkey,
) -> Result<(Rows, Option<Incomplete>)> {
    let read = async {
        let mut history = context.client.account_history(&address).await?;
        let account = context.client.account_of(&mut history).await?;
        anyhow::Ok((history, account))
    };
    let (history, account) = output::during("reading transactions", read).await?;
    let gap = match &account {
        Some(account) => history.statement.check(account).err(),
        None => history.statement.gap().filter(|_| history.statement.transactions() > 0),
    };
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
    Ok((rows, gap.map(|gap| Incomplete::forgotten(gap.to_string()))))
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
