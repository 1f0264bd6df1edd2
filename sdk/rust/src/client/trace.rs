//! What single events tell of the accounts and the liquidity of whoever signed their transaction.

use crate::events::Event;
use anchor_lang::prelude::Pubkey;
use evergreen::types::ShareClass;

/// What an event tells of its owner's accounts and liquidity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    Account(Pubkey, u16),
    Provided(Pubkey, ShareClass),
}

impl Trace {
    /// Out of an event, with the owner, whose signature the transaction has.
    pub fn of(event: &Event) -> Option<(Pubkey, Self)> {
        Some(match event {
            Event::MarginAccountOpened(e) => (e.owner, Self::Account(e.pool, e.sub_account)),
            Event::DepositRequested(e) => (e.owner, Self::Provided(e.pool, e.class)),
            Event::WithdrawalRequested(e) => (e.owner, Self::Provided(e.pool, e.class)),
            Event::RetiredRedeemed(e) => (e.owner, Self::Provided(e.pool, e.class)),
            _ => return None,
        })
    }
}
