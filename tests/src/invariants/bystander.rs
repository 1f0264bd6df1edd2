//! Nobody's transaction makes a party worse off that has no part in it.
//!
//! The bound is one native unit for each position, because funding is rounded by position, and one for the whole.

use super::{Change, Check};
use crate::{seizures, snapshot::PoolView};
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
        let (was, now) = (change.earlier.equity(&account), change.markets.equity(&account));
        assert!(now + open + 1 >= was, "{key} has no part in a transaction that took its equity from {was} to {now}");
    }
}

/// Asserts that each claim that no instruction names is as much as before, to the unit: cash and a referrer's share of accounts, what is set aside for them, what requests are paid or
/// have paid in, what is left for retired shares, and orders. A seizure that is assigned is everybody's.
pub(super) fn claims(change: &Change, check: &Check) {
    let (before, after) = (change.before, change.after);
    let seized = |event: &Event| matches!(event, Event::VaultSynced(e) if e.pool == after.key);
    if change.outcome.events().iter().any(seized) {
        return;
    }
    let named: BTreeSet<Pubkey> = check.instructions.iter().flat_map(|i| &i.accounts).map(|meta| meta.pubkey).collect();
    let unnamed = |key: &Pubkey| !named.contains(key);
    let views = [before, after];
    for (key, account) in before.accounts.iter().filter(|(key, _)| unnamed(key)) {
        let of = views.map(|view| {
            let cash = seizures::cash_left(account, &view.pool);
            let referral = seizures::referral_left(account, &view.pool);
            (cash, referral, account.unpaid, view.pool.payable_to(account).expect("a claim").0)
        });
        let [was, is] = of;
        assert_eq!((was.0, was.1, was.2), (is.0, is.1, is.2), "cash, a referrer's share and what is owed to {key}");
        assert!(is.3 + 1 >= was.3, "{} of what was set aside for {key}, {}, is left", is.3, was.3);
        assert!(after.accounts.contains_key(key), "{key} is not there");
    }
    let requests = |view: &'_ PoolView| {
        let all = view.withdrawals.iter().chain(&view.deposits);
        all.map(|(key, request)| (*key, request.clone())).collect::<Vec<_>>()
    };
    for (key, request) in requests(before).into_iter().filter(|(key, _)| unnamed(key)) {
        let [was, is] = views.map(|view| seizures::request_left(&request, &view.pool));
        assert_eq!(was, is, "what the request {key} is paid and has paid in");
    }
    for (key, retired) in before.retired.iter().filter(|(key, _)| unnamed(key)) {
        let [was, is] = views.map(|view| seizures::retired_left(retired, &view.pool));
        assert_eq!(was, is, "what is left for the shares {key}");
    }
    // The runtime lets nobody write what is not named, so these are the same where they are there.
    for key in
        before.orders.keys().chain(before.withdrawals.keys()).chain(before.deposits.keys()).filter(|key| unnamed(key))
    {
        let there =
            [after.orders.contains_key(key), after.withdrawals.contains_key(key), after.deposits.contains_key(key)];
        assert!(there.contains(&true), "{key} is not there");
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
