//! Opening and closing at one price never yields a profit, neither in one step nor in two.

use crate::{
    chain::Chain,
    outcome::Outcome,
    snapshot::{PoolView, Snapshot},
};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    accounts,
    events::Event,
    evergreen::{Leg, state::SeriesId},
    instruction::{self as build, PoolKeys, PriceFeed},
};
use std::collections::BTreeMap;

/// What the legs of a transaction did to one account.
#[derive(Default)]
struct Traded {
    legs: BTreeMap<(u8, u32), i64>,
    cash: i64,
}

/// Simulates, for every account that added risk, the reverse of what it traded: at once, and in two parts. `chain` stands after
/// the transaction and is not changed. Returns how many reverse trades succeeded.
///
/// # Panics
/// If a reverse trade leaves more cash than the account had before the transaction, or fails without an error code.
pub fn check(chain: &Chain, before: &Snapshot, after: &Snapshot, outcome: &Outcome, feeds: &[PriceFeed]) -> u32 {
    let earlier: BTreeMap<Pubkey, PoolView> = before.pools().into_iter().map(|v| (v.key, v)).collect();
    let mut tried = 0;
    for view in after.pools() {
        let Some(earlier) = earlier.get(&view.key) else { continue };
        for (key, _) in super::risk::grown(earlier, &view) {
            tried += reverse(chain, &view, key, outcome, feeds);
        }
    }
    tried
}

fn reverse(chain: &Chain, view: &PoolView, key: &Pubkey, outcome: &Outcome, feeds: &[PriceFeed]) -> u32 {
    let mut traded = Traded::default();
    for event in outcome.events() {
        let Event::LegFilled(e) = event else { continue };
        if e.account == *key {
            *traded.legs.entry((e.series.slot, e.series.generation)).or_default() += e.points;
            traded.cash += e.premium - e.fee as i64;
        }
    }
    let account = &view.accounts[key];
    let at_first = account.cash - traded.cash;
    let keys = PoolKeys::new(view.pool.mint, view.pool.token_program);
    let known = |feed: &&PriceFeed| view.pool.underlyings.iter().any(|u| u.key == feed.underlying);
    let feeds: Vec<PriceFeed> = feeds.iter().filter(known).copied().collect();
    let back = |part: &dyn Fn(i64) -> i64| {
        let legs = traded.legs.iter().map(|((slot, generation), points)| {
            let series = SeriesId { slot: *slot, generation: *generation };
            Leg { series, points: -part(*points) }
        });
        let legs: Vec<Leg> = legs.filter(|leg| leg.points != 0).collect();
        build::trade(account.owner, &keys, *key, legs, 0, i64::MIN, &feeds)
    };
    let whole = vec![back(&|points| points)];
    let halves = vec![back(&|points| points / 2), back(&|points| points - points / 2)];
    let mut tried = 0;
    for (instructions, how) in [(whole, "at once"), (halves, "in two parts")] {
        let (result, accounts_after) = chain.preview(&instructions);
        let Some(data) = accounts_after.get(key).filter(|_| result.succeeded()) else {
            // The program may refuse it for a reason: cash, health, or written options that nobody holds any more.
            let refused = result.code.is_some();
            assert!(refused, "the reverse trade failed without an error code: {:?}\n{}", result.failure, result.log());
            continue;
        };
        let at_last = accounts::margin_account(&data.data).expect("an account").cash;
        assert!(at_last <= at_first, "{key} opened and closed {how} with a profit: {at_first}, then {at_last}");
        tried += 1;
    }
    tried
}
