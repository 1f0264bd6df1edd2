//! A committed trade, until it is filled or over: what the chain says came of it, whoever has filled it.

use super::{
    options,
    outcome::{Ended, FillReport},
    quoted::QuotedTrade,
};
use crate::{
    context::{Context, service},
    failure::{Usage, advised},
    output,
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{ClientError, EventHistory, FillPosting, FillRequest, Filled, Signature, Transaction},
    events::Event,
    instruction::PoolKeys,
    price::{Hermes, PythPrograms},
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::time::{Duration, Instant};

/// Transactions of an account that are read at a time.
const PAGE: usize = 20;
/// How long the network may take to show the transaction of somebody else.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// How long the network may not answer at all.
const SILENCE: Duration = Duration::from_secs(60);
/// How often it is asked.
const INTERVAL: Duration = Duration::from_millis(400);

/// A trade to fill.
#[derive(Clone, Copy, Debug)]
pub struct Trade {
    /// The pool.
    pub keys: PoolKeys,
    /// The account that trades.
    pub account: Pubkey,
    /// Margin account that the tip goes to; otherwise it goes back.
    pub tip_to: Option<Pubkey>,
    /// Whether to leave filling it to others.
    pub commits_only: bool,
    /// What its quote has said, where this command has quoted it.
    pub quoted: Option<QuotedTrade>,
    /// Whether the command has several submissions.
    pub one_of_several: bool,
}

/// The transaction that made a commitment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    /// Its signature.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
}

impl Trade {
    /// The trade of an account, to be filled for nothing.
    pub const fn of(keys: PoolKeys, account: Pubkey) -> Self {
        Self { keys, account, tip_to: None, commits_only: false, quoted: None, one_of_several: false }
    }
}

/// Fills a commitment or finds what somebody else has made of it. `commitment` is the transaction that made it, if that is known;
/// `look_first` says that it may have ended long ago.
///
/// # Errors
/// Failures of the network; a price that is not posted.
pub(super) async fn outcome(
    context: &Context,
    key: &(dyn Signer + Sync),
    trade: &Trade,
    commitment: Option<Made>,
    look_first: bool,
) -> Result<FillReport> {
    let account = &trade.account;
    let before = if look_first { patiently(|| ended(context, account, commitment)).await? } else { None };
    let ended = match before {
        Some(ended) => ended,
        None => {
            output::during("waiting for the first price after the commitment", filled(context, key, trade, commitment))
                .await?
        }
    };
    // A series that was listed for the trade is only in the registry of now.
    let name = trade.keys.pool.to_string();
    let pool = patiently(|| context.pool(&name)).await?;
    Ok(FillReport::of(&pool, account, trade.quoted, &ended))
}

/// Asks until the network answers, because money is under way. It is for reading only.
///
/// # Errors
/// Those of the last attempt, when it was an answer or the network has been silent for a minute.
pub(super) async fn patiently<T, F: Future<Output = Result<T>>>(ask: impl Fn() -> F) -> Result<T> {
    let begun = Instant::now();
    loop {
        match ask().await {
            Err(error) if is_passing(&error) && begun.elapsed() < SILENCE => tokio::time::sleep(INTERVAL).await,
            answer => return answer,
        }
    }
}

fn is_passing(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<ClientError>().is_some_and(ClientError::is_passing))
}

async fn filled(
    context: &Context,
    key: &(dyn Signer + Sync),
    trade: &Trade,
    commitment: Option<Made>,
) -> Result<Ended> {
    let Trade { keys, account, tip_to, .. } = *trade;
    let since = commitment.map_or(0, |made| made.slot);
    let own = OwnPrice::of(context)?;
    let posting = own.as_ref().map(OwnPrice::posting);
    let request = FillRequest {
        filler_account: tip_to,
        since,
        posting: posting.as_ref(),
        ..FillRequest::new(keys, account, context.source())
    };
    let filled = context.client.fill(key, &request, &options(context)).await?;
    let sent = match filled {
        Filled::Here(confirmed) => {
            let events = confirmed.events();
            if events.iter().any(|event| ends(event, &account)) {
                return Ok(Ended { signature: confirmed.signature, slot: confirmed.slot, events, here: true });
            }
            Some(confirmed.signature)
        }
        Filled::Elsewhere => None,
    };
    // Confirmed transactions take a moment to show up in lists.
    let begun = Instant::now();
    while begun.elapsed() < LONGEST_WAIT {
        if let Some(ended) = patiently(|| ended(context, &account, commitment)).await? {
            return Ok(Ended { here: sent == Some(ended.signature), ..ended });
        }
        tokio::time::sleep(INTERVAL).await;
    }
    let next = "`evergreen history` and `evergreen positions` show what the account holds now";
    Err(advised("the commitment is over, and the network keeps no record of what came of it", next))
}

/// Checks, before anything is committed, that the table and the price service are there with which this command fills by itself where
/// nobody else does. Without `--table` nothing is asked.
///
/// # Errors
/// [`Usage`] for a table that is none or lacks addresses of the pool, and for a price service that cannot be opened; failures of the network.
pub async fn check_table(context: &Context, of_pool: &[Pubkey]) -> Result<()> {
    let Some(table) = context.global.table else { return Ok(()) };
    let (_, programs) = service::open(&context.global)?;
    let make = "`evergreen price table` makes one";
    let found = match context.client.lookup_tables(&[table]).await {
        Ok(found) => found,
        Err(ClientError::Missing(_)) => {
            return Err(Usage(format!("--table {table}: there is no such account; {make}")).into());
        }
        Err(ClientError::Answer(why)) => return Err(Usage(format!("--table {table}: {why}; {make}")).into()),
        Err(error) => return Err(error.into()),
    };
    let posting = [programs.config(), programs.treasury(service::TREASURY)];
    let lacks = of_pool.iter().chain(&posting).find(|key| !found.iter().any(|table| table.addresses.contains(key)));
    match lacks {
        Some(key) => Err(Usage(format!(
            "--table {table} lacks {key}, so no fill with its price would fit: {make} for this pool"
        ))
        .into()),
        None => Ok(()),
    }
}

/// How this command posts the price of a fill itself.
struct OwnPrice {
    service: Hermes,
    programs: PythPrograms,
    /// Key of the account that holds the price for the moment of the transaction.
    account: Keypair,
    tables: [Pubkey; 1],
}

impl OwnPrice {
    /// With a table; `None` without one.
    fn of(context: &Context) -> Result<Option<Self>> {
        let Some(table) = context.global.table else { return Ok(None) };
        let (hermes, programs) = service::open(&context.global)?;
        Ok(Some(Self { service: hermes, programs, account: Keypair::new(), tables: [table] }))
    }

    fn posting(&self) -> FillPosting<'_> {
        FillPosting {
            service: &self.service,
            programs: self.programs,
            account: &self.account,
            tables: &self.tables,
            treasury: service::TREASURY,
            patience: Duration::from_secs(1),
        }
    }
}

/// The transaction that ended a commitment: of those after the one that made it, the first one that ends one. Without a signature
/// it is the account's newest commitment.
async fn ended(context: &Context, account: &Pubkey, commitment: Option<Made>) -> Result<Option<Ended>> {
    let mut past = EventHistory::new(context.client.clone(), *account).pages_of(PAGE);
    let mut found = None;
    while let Some(transaction) = past.next().await? {
        let Transaction { signature, slot, events, .. } = transaction;
        // Only the instructions after a commitment in its own transaction come after it.
        let made = events.iter().any(|event| matches!(event, Event::TradeCommitted(made) if made.account == *account));
        // A list may lack its newest entries; what is older than the commitment ended another one.
        let reached = commitment.map_or(made, |made| made.signature == signature || slot < made.slot);
        if reached {
            break;
        }
        if events.iter().any(|event| ends(event, account)) {
            found = Some(Ended { signature, slot, events, here: false });
        }
    }
    Ok(found)
}

/// Whether an event ends the commitment of an account.
fn ends(event: &Event, account: &Pubkey) -> bool {
    match event {
        Event::CommitmentFilled(filled) => filled.account == *account,
        Event::CommitmentCancelled(cancelled) => cancelled.account == *account,
        _ => false,
    }
}
