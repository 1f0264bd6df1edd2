//! Transactions of a margin account or a pool.

use super::{
    accounts,
    lp::{self, Paid},
    portfolio,
    positions::Kept,
};
use crate::{
    args::history::HistoryArgs,
    context::{Context, PoolContext},
    failure::Incomplete,
    output::{self, date},
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{Dated, EventHistory, EventStream, Signature, Transaction, Untraced},
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
    Ok(if args.whole {
        pool.keys().pool
    } else {
        pool.account_key(&context.owner(args.owner)?, args.account.unwrap_or(0))
    })
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
            let is_cut = is_short && (newest.is_some() || context.raw(address).await?.is_some());
            let mut read = Newest::of(found, newest, is_cut);
            if is_short && !is_cut {
                read.lacks = unremembered(context).await?;
            }
            return Ok(read);
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

/// A row of a table.
pub enum TableRow {
    /// A movement of an account's wealth.
    Account {
        /// Number of the account.
        number: u16,
        /// The movement.
        dated: Dated,
        /// The carry in it, where that was asked for and is known.
        carry: Option<i64>,
    },
    /// A payment into or out of liquidity.
    Liquidity(Paid),
}

impl TableRow {
    const fn slot(&self) -> u64 {
        match self {
            Self::Account { dated, .. } => dated.slot,
            Self::Liquidity(paid) => paid.slot,
        }
    }

    const fn time(&self) -> Option<i64> {
        match self {
            Self::Account { dated, .. } => dated.time,
            Self::Liquidity(paid) => paid.time,
        }
    }
}

/// Movements of an owner's money.
pub struct Movements {
    /// The oldest first.
    pub rows: Vec<TableRow>,
    /// What is missing.
    pub lacks: Option<Incomplete>,
    /// Whether there has ever been an account or liquidity.
    pub is_found: bool,
}

/// All movements of an owner's accounts and liquidity in a pool, or of one account, or the young ones.
///
/// # Errors
/// Failures of the network.
pub async fn movements(context: &Context, args: &HistoryArgs, pool: &mut PoolContext) -> Result<Movements> {
    let owner = context.owner(args.owner)?;
    let (accounts, liquidity, mut lacks) = match args.account {
        Some(number) => {
            let (accounts, lacks) = one(context, pool.account_key(&owner, number), number).await?;
            (accounts, Vec::new(), lacks)
        }
        None => {
            let found = accounts::read(context, owner, Some(pool.keys().pool)).await?;
            let accounts: Vec<Kept> = found.holdings.into_iter().flat_map(|holdings| holdings.accounts).collect();
            let key = pool.keys().pool;
            let classes = found.traces.provided.iter().filter(|(of, _)| *of == key).map(|(_, class)| *class);
            let (liquidity, is_whole) = lp::payments(context, key, owner, classes).await?;
            let forgotten = || Incomplete::forgotten("the network does not remember all transactions of the pool");
            (accounts, liquidity, found.lacks.or_else(|| (!is_whole).then(forgotten)))
        }
    };
    let is_found = !accounts.is_empty() || !liquidity.is_empty();
    let mut rows: Vec<TableRow> = liquidity.into_iter().map(TableRow::Liquidity).collect();
    for Kept { number, history, account, .. } in accounts {
        let Some(history) = history else { continue };
        let gap = match &account {
            Some(account) => history.statement.check(account).err(),
            None => history.statement.gap(),
        };
        lacks = gap.map(|gap| Incomplete::forgotten(gap.to_string()).within(&format!("account {number}"))).or(lacks);
        context.name_gone(pool, history.statement.holdings().map(|(id, _)| id)).await?;
        let carries = match args.carry {
            true => portfolio::carry(context, pool, &history, &[]).await?.rows,
            false => vec![None; history.movements.len()],
        };
        let dated = history.movements.into_iter().zip(carries);
        rows.extend(dated.map(|(dated, carry)| TableRow::Account { number, dated, carry }));
    }
    // Those of each account are in order already, and stay so.
    rows.sort_by_key(TableRow::slot);
    if let Some(since) = args.since {
        let since = since.moment(pool.view.now);
        rows.retain(|row| row.time().is_none_or(|time| time >= since));
    }
    rows.retain(|row| !is_after(args, pool, row.time()));
    Ok(Movements { rows, lacks, is_found })
}

/// One account, unless it was never opened; where that is not known, what is missing.
async fn one(context: &Context, key: Pubkey, number: u16) -> Result<(Vec<Kept>, Option<Incomplete>)> {
    let history = output::during("reading transactions", context.client.account_history(&key)).await?;
    let mut kept = Kept { number, history: Some(history), account: None, carry: None };
    kept.meet(context).await?;
    let is_known = kept.account.is_some() || kept.statement().is_some_and(|statement| statement.transactions() > 0);
    if is_known {
        return Ok((vec![kept], None));
    }
    Ok((Vec::new(), unremembered(context).await?))
}

/// What is missing where nothing is remembered, unless the network remembers everything.
///
/// # Errors
/// Failures of the network.
async fn unremembered(context: &Context) -> Result<Option<Incomplete>> {
    let all = output::during("reading transactions", context.client.remembers_all()).await?;
    Ok((!all).then(|| Incomplete::forgotten(Untraced::Forgotten.to_string())))
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
