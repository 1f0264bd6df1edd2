//! Nobody's transaction makes a party worse off that has no part in it.
//!
//! The bound is one native unit for each position, because funding is rounded by position, and one for the whole.

use super::{Change, Check};
use anchor_lang::prelude::Pubkey;
use anchor_spl::{
    token,
    token_2022::{
        self,
        spl_token_2022::{extension::StateWithExtensions, state::Account},
    },
};
use evergreen_sdk::{address, events::Event};
use std::collections::BTreeSet;

/// Asserts that each margin account that no instruction names is worth as much as before at the present marks. What an account holds in series that have ended in the
/// transaction is left out: it is paid what they end at. A seizure that is assigned, and new parameters, are everybody's.
pub(super) fn accounts(change: &Change, check: &Check) {
    let (before, after) = (change.before, change.after);
    let events = change.outcome.events();
    let seized = |event: &Event| matches!(event, Event::VaultSynced(e) if e.pool == after.key);
    let decreed = before.pool.params != after.pool.params || before.pool.buyback_at != after.pool.buyback_at;
    if decreed || events.iter().any(seized) {
        return;
    }
    let ended = |event: &Event| match event {
        Event::SeriesExercised(e) if e.pool == after.key => Some(e.series.slot),
        Event::SeriesEnded(e) if e.pool == after.key => Some(e.series.slot),
        _ => None,
    };
    let ended: BTreeSet<u8> = events.iter().filter_map(ended).collect();
    let named: BTreeSet<Pubkey> = check.instructions.iter().flat_map(|i| &i.accounts).map(|meta| meta.pubkey).collect();
    for (key, account) in before.accounts.iter().filter(|(key, _)| !named.contains(key)) {
        let mut account = account.clone();
        for position in account.positions.iter_mut().filter(|p| ended.contains(&p.slot)) {
            position.points = 0;
        }
        let open = account.positions.iter().filter(|p| p.points != 0).count() as i64;
        if open == 0 {
            continue;
        }
        let (was, now) = (change.earlier.equity(&account), change.markets.equity(&account));
        assert!(now + open + 1 >= was, "{key} has no part in a transaction that took its equity from {was} to {now}");
    }
}

/// Asserts that no token account is debited of which nobody signs who owns it, unless it is a vault.
pub(super) fn wallets(check: &Check) {
    if check.instructions.iter().any(|i| i.program_id != address::PROGRAM) {
        return;
    }
    let metas = || check.instructions.iter().flat_map(|i| &i.accounts);
    let signers: BTreeSet<Pubkey> = metas().filter(|meta| meta.is_signer).map(|meta| meta.pubkey).collect();
    let written: BTreeSet<Pubkey> = metas().filter(|meta| meta.is_writable).map(|meta| meta.pubkey).collect();
    for key in written {
        let Some(stored) = check.before.accounts.get(&key) else { continue };
        if ![token::ID, token_2022::ID].contains(&stored.owner) {
            continue;
        }
        let Ok(account) = StateWithExtensions::<Account>::unpack(&stored.data) else { continue };
        // A vault is its pool's.
        let owner = account.base.owner;
        let of_pool = check.before.accounts.get(&owner).is_some_and(|found| found.owner == address::PROGRAM);
        if signers.contains(&owner) || of_pool {
            continue;
        }
        let now = check.after.balance(&key);
        assert!(now >= account.base.amount, "{now} of {} are left to {owner}, who has not signed", account.base.amount);
    }
}
