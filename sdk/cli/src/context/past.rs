//! What transactions of the past tell of a pool: options that are no longer listed, and samples of its underlyings.

use super::{Context, PoolContext};
use crate::output;
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{EventHistory, Transaction},
    events::Event,
    evergreen::state::{SeriesId, SeriesSpec},
    math::{Seconds, option::OptionKind},
    strategy::{Contract, ContractTerms},
};
use std::collections::BTreeSet;

/// Seconds before the first movement of an account in which the sample that was in force is looked for.
const BEFORE: i64 = 86_400;
/// Most transactions of an underlying that are read for that, the newest ones: a market that is busy for years has millions.
const MOST: usize = 20_000;

impl PoolContext {
    /// The contract of a series, also of one that is no longer listed if the past tells of it.
    pub fn contract(&self, id: SeriesId) -> Option<Contract> {
        Contract::of(&self.view.registry, id).or_else(|| {
            let (underlying, SeriesSpec { put, strike, tenor }) = self.past.listed(&self.keys().pool, id)?;
            let kind = if put { OptionKind::Put } else { OptionKind::Call };
            Some(Contract { terms: ContractTerms { underlying, tenor: Seconds(tenor) }, kind, strike })
        })
    }

    /// An option in words, where its contract is known.
    pub fn option(&self, id: SeriesId) -> Option<String> {
        self.contract(id).map(|contract| self.words(&contract))
    }
}

impl Context {
    /// Learns what series are that the registry no longer has: from the listings among the pool's transactions, read back as far as that needs. One that the network has
    /// forgotten stays without a name.
    ///
    /// # Errors
    /// Failures of the network.
    pub async fn name_gone(&self, pool: &mut PoolContext, ids: impl Iterator<Item = SeriesId>) -> Result<()> {
        let mut unknown: BTreeSet<(u8, u32)> =
            ids.filter(|id| pool.contract(*id).is_none()).map(|id| (id.slot, id.generation)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let mut history = EventHistory::new(self.client.clone(), pool.keys().pool);
        while !unknown.is_empty() {
            let read = output::during("looking for options that are no longer listed", history.next());
            let Some(transaction) = read.await? else { break };
            let listed = transaction.events.iter().filter(|event| {
                matches!(event, Event::SeriesListed(e) if e.pool == pool.keys().pool && unknown.remove(&(e.series.slot, e.series.generation)))
            });
            let listed: Vec<Event> = listed.cloned().collect();
            pool.past.take(&listed, transaction.block_time);
        }
        Ok(())
    }

    /// Reads the transactions of the underlyings of these series since a moment, unix seconds, and a day before it: samples, refreshes, ends. Of more than 20,000 it reads the newest, and says so: the carry
    /// of what was held before them is not told.
    ///
    /// # Errors
    /// Failures of the network.
    pub async fn read_past(
        &self,
        pool: &mut PoolContext,
        ids: impl Iterator<Item = SeriesId>,
        since: i64,
    ) -> Result<()> {
        let places: BTreeSet<u8> =
            ids.filter_map(|id| pool.contract(id)).map(|contract| contract.terms.underlying).collect();
        for place in places {
            let Some(market) = pool.view.markets.get(usize::from(place)) else { continue };
            let read = self.transactions_of(market.feed.underlying, since.saturating_sub(BEFORE));
            let read = output::during("reading the samples of the past", read).await?;
            for transaction in read.iter().rev() {
                pool.past.take(&transaction.events, transaction.block_time);
            }
        }
        Ok(())
    }

    /// The transactions of an address since a moment, the newest first, up to the most that are read.
    async fn transactions_of(&self, address: Pubkey, since: i64) -> Result<Vec<Transaction>> {
        let (mut history, mut found) = (EventHistory::new(self.client.clone(), address).since(since), Vec::new());
        while let Some(transaction) = history.next().await? {
            if found.len() == MOST {
                output::aside(&format!(
                    "more than {MOST} transactions of {address} have come since: carry is not told of what was held before the newest {MOST}"
                ));
                break;
            }
            found.push(transaction);
        }
        Ok(found)
    }
}
