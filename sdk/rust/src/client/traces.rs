//! What a key has ever opened and provided, out of the transactions that it has signed: closed accounts are no longer on the chain.

use super::{AccountHistory, Client, ClientError, EventHistory, Signature, trace::Trace};
use crate::{address, events::Event};
use anchor_lang::prelude::Pubkey;
use evergreen::types::ShareClass;
use std::collections::BTreeSet;

/// Why a network may not know of all that a key has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untraced {
    /// It does not remember the protocol's first transaction, so others may be forgotten, too.
    #[error(
        "the network does not remember transactions back to the protocol's first one, so accounts that were closed before are not known"
    )]
    Forgotten,
    /// The log of a transaction that the key has signed is not whole.
    #[error("the log of the owner's transaction {0} was cut off, so an account that it opened is not known")]
    Cut(Signature),
}

/// What a key has opened and provided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// Margin accounts that it has opened, open or closed by now: their pools and numbers.
    pub accounts: BTreeSet<(Pubkey, u16)>,
    /// Pools and classes in which it has asked for a deposit or a withdrawal of liquidity, or has redeemed shares.
    pub provided: Vec<(Pubkey, ShareClass)>,
    /// Why there may be more; `None` where this is all.
    pub lacks: Option<Untraced>,
}

impl Traces {
    /// Takes what transactions tell, in any order and as often as they come.
    fn take(&mut self, owner: &Pubkey, told: impl Iterator<Item = (Pubkey, Trace)>) {
        for (_, trace) in told.filter(|(of, _)| of == owner) {
            match trace {
                Trace::Account(pool, number) => drop(self.accounts.insert((pool, number))),
                Trace::Provided(pool, class) if self.provided.contains(&(pool, class)) => {}
                Trace::Provided(pool, class) => self.provided.push((pool, class)),
            }
        }
    }
}

impl Client {
    /// Finds what an owner has ever opened and provided. The owner signs every opening and every request, so the transactions that name the owner tell of
    /// all of them. Those that are among the histories `known` are not read again.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn traces_of(&self, owner: &Pubkey, known: &[&AccountHistory]) -> Result<Traces, ClientError> {
        let mut traces = Traces::default();
        for history in known {
            traces.take(owner, history.traces());
        }
        let read = known.iter().flat_map(|history| history.signatures()).collect();
        let mut past = EventHistory::new(self.clone(), *owner).without(read);
        while let Some(transaction) = past.next().await? {
            traces.take(owner, transaction.events.iter().filter_map(Trace::of));
            if transaction.truncated {
                traces.lacks = Some(Untraced::Cut(transaction.signature));
            }
        }
        if !self.remembers_all().await? {
            traces.lacks = Some(Untraced::Forgotten);
        }
        Ok(traces)
    }

    /// Whether the network remembers all transactions of the program: the first one initialises the protocol, and names an account that hardly any other does.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn remembers_all(&self) -> Result<bool, ClientError> {
        let mut past = EventHistory::new(self.clone(), address::program_data());
        while let Some(transaction) = past.next().await? {
            if transaction.events.iter().any(|event| matches!(event, Event::ProtocolInitialized(_))) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evergreen::events;

    #[test]
    fn openings_and_requests_of_the_owner_alone_count_once() {
        let [pool, owner, other] = [1, 2, 3].map(|byte| Pubkey::new_from_array([byte; 32]));
        let opened = |owner, sub_account| {
            let account = address::margin_account(&pool, &owner, sub_account);
            Event::MarginAccountOpened(events::MarginAccountOpened {
                pool,
                account,
                owner,
                sub_account,
                referrer: owner,
            })
        };
        let asked = |owner, class| {
            Event::WithdrawalRequested(events::WithdrawalRequested {
                pool,
                class,
                number: 0,
                id: 0,
                owner,
                shares: 1,
                least: 0,
            })
        };
        let mut traces = Traces::default();
        for _ in 0..2 {
            let events = [opened(owner, 1), opened(other, 2), opened(owner, 7)];
            traces.take(&owner, events.iter().filter_map(Trace::of));
            let events = [asked(owner, ShareClass::Main), asked(other, ShareClass::Insurance)];
            traces.take(&owner, events.iter().filter_map(Trace::of));
        }
        assert_eq!(traces.accounts, BTreeSet::from([(pool, 1), (pool, 7)]));
        assert_eq!(traces.provided, [(pool, ShareClass::Main)]);
    }
}
