//! Events as the store keeps them.

use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{address, events::Event};

include!(concat!(env!("OUT_DIR"), "/events.rs"));

/// Returns the addresses that an event names, each once, and the margin account whose loss it tells.
pub fn addresses(event: &Event) -> Vec<Pubkey> {
    let mut found: Vec<Pubkey> = named(event).into_iter().flatten().filter(|key| *key != Pubkey::default()).collect();
    if let Event::LossApplied(e) = event {
        found.push(address::margin_account(&e.pool, &e.owner, e.sub_account));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Returns the margin accounts whose wealth an event moves, perhaps some twice.
pub fn accounts(event: &Event) -> Vec<Pubkey> {
    let named = match event {
        Event::LossApplied(e) => vec![Some(address::margin_account(&e.pool, &e.owner, e.sub_account))],
        Event::MarginAccountOpened(e) => vec![Some(e.account)],
        Event::MarginAccountClosed(e) => vec![Some(e.account)],
        Event::MarginMoved(e) => vec![Some(e.account)],
        Event::FundingSettled(e) => vec![Some(e.account)],
        Event::PositionSettled(e) => vec![Some(e.account)],
        Event::LegFilled(e) => vec![Some(e.account)],
        Event::Traded(e) => vec![Some(e.account)],
        Event::Liquidated(e) => vec![Some(e.account), Some(e.liquidator)],
        Event::PaymentCut(e) => vec![Some(e.account)],
        Event::PaymentOwed(e) => vec![Some(e.account)],
        Event::BadDebtAbsorbed(e) => vec![Some(e.account)],
        Event::OrderPlaced(e) => vec![Some(e.account)],
        Event::OrderExecuted(e) => vec![Some(e.account), e.keeper_account],
        Event::OrderCancelled(e) => vec![Some(e.account), e.keeper_account],
        Event::TradeCommitted(e) => vec![Some(e.account), e.committer_account],
        Event::CommitmentFilled(e) => vec![Some(e.account), e.filler_account],
        Event::CommitmentCancelled(e) => vec![Some(e.account), e.filler_account],
        Event::ArrearsCollected(e) => vec![Some(e.account)],
        _ => Vec::new(),
    };
    named.into_iter().flatten().collect()
}
