//! Opening and closing at one price never yields a profit, neither in one step nor in two.

use crate::{
    chain::Chain,
    feed::Feed,
    outcome::Outcome,
    snapshot::{PoolView, Snapshot},
    trading,
};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    accounts,
    events::Event,
    evergreen::state::SeriesId,
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
pub fn check(chain: &Chain, before: &Snapshot, after: &Snapshot, outcome: &Outcome, feeds: &[Feed]) -> u32 {
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

fn reverse(chain: &Chain, view: &PoolView, key: &Pubkey, outcome: &Outcome, feeds: &[Feed]) -> u32 {
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
    let keys = PoolKeys::of(&view.pool);
    let back = |part: &dyn Fn(i64) -> i64| -> Vec<(SeriesId, i64)> {
        let legs = traded
            .legs
            .iter()
            .map(|((slot, generation), points)| (SeriesId { slot: *slot, generation: *generation }, -part(*points)));
        legs.filter(|(_, points)| *points != 0).collect()
    };
    let whole = vec![back(&|points| points)];
    let halves = vec![back(&|points| points / 2), back(&|points| points - points / 2)];
    let mut tried = 0;
    for (trades, how) in [(whole, "at once"), (halves, "in two parts")] {
        let mut fork = chain.clone();
        if !trades.iter().all(|legs| trade(&mut fork, view, &keys, key, legs, feeds)) {
            continue;
        }
        let at_last = accounts::margin_account(&fork.data(key)).expect("an account").cash;
        assert!(at_last <= at_first, "{key} opened and closed {how} with a profit: {at_first}, then {at_last}");
        tried += 1;
    }
    tried
}

/// Commits a trade on a fork of the chain, publishes the prices anew and fills it. Returns whether it was filled: the
/// program may refuse it for a reason, such as cash, health, or written options that nobody holds any more.
fn trade(
    fork: &mut Chain,
    view: &PoolView,
    keys: &PoolKeys,
    key: &Pubkey,
    legs: &[(SeriesId, i64)],
    feeds: &[Feed],
) -> bool {
    let account = accounts::margin_account(&fork.data(key)).expect("an account");
    let params = &view.pool.params;
    let terms = trading::at_any_price(&view.pool, &view.registry, &account, legs);
    let succeeds = |outcome: Outcome| {
        let refused = outcome.succeeded() || outcome.code.is_some();
        assert!(refused, "the reverse trade failed without an error code: {:?}\n{}", outcome.failure, outcome.log());
        outcome.succeeded()
    };
    // Committed just so long before that the price of now fills it: no funding accrues in between.
    let markets: Vec<PriceFeed> = feeds.iter().map(|feed| feed.accounts).collect();
    let delay = i64::from(params.fill_delay) + 1;
    fork.pass(-delay);
    if !succeeds(fork.send(&[build::commit_trade(account.owner, keys, *key, account.next_order, terms, &markets)])) {
        return false;
    }
    fork.pass(delay);
    trading::publish(fork, feeds);
    let fill = trading::fill(fork, keys, key, &markets);
    succeeds(trading::as_trade(fork.send(&[fill])))
}
