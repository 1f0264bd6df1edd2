//! Sequences whose every call should succeed in a market where nothing stands in the way: each reaches an instruction that random calls rarely do.

use crate::{draws::Draws, market::Market};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    address,
    evergreen::state::{Change, NoticeCause, Notices, OrderTerms, Pool, Proposal, SeriesId, ShareClass, Trigger},
    instruction::{self as build, ChangeAccounts},
};
use evergreen_tests::{
    BTC, DAY,
    chain::actor,
    trading::{at_any_price, named},
    world::{TENTH, TOKEN},
};

/// A series of the pool that is live, on the first underlying if there is one.
fn live(market: &Market, pool: usize) -> Option<SeriesId> {
    let view = market.world.view(pool);
    view.series().find(|(_, s)| s.status == 1 && s.underlying == 0).map(|(id, _)| id)
}

/// Commits a trade of an account and fills it.
fn trade(market: &mut Market, pool: usize, owner: Pubkey, account: Pubkey, legs: &[(SeriesId, i64)]) -> bool {
    let (view, keys) = (market.world.view(pool), market.world.pools[pool]);
    let Some(state) = view.accounts.get(&account) else { return false };
    let terms = at_any_price(&view.pool, &view.registry, state, legs);
    let feeds = if legs.iter().any(|(_, points)| *points < 0) { market.world.markets() } else { Vec::new() };
    market.send(&[build::commit_trade(owner, &keys, account, state.next_order, terms, &feeds)]);
    market.world.wait_for_fill();
    for sample in market.world.due_samples() {
        market.send(&[sample]);
    }
    let all = market.world.markets_to_fill(pool, &account);
    let view = market.world.view(pool);
    let underlyings = view.pool.underlyings.map(|u| u.key);
    let feeds = evergreen_tests::trading::feeds_to_fill(&view.registry, &underlyings, &view.accounts[&account], &all);
    let filled = market.send(&[build::fill_trade(&keys, account, None, None, &feeds)]);
    filled.is_some_and(|outcome| outcome.succeeded())
}

/// Admin and curator are handed over, and a proposal is cancelled.
pub fn succession(market: &mut Market, _: &mut Draws) {
    let (payer, protocol) = (market.world.chain.payer, market.world.protocol());
    let heir = if protocol.admin == actor("admin") { actor("heir") } else { actor("admin") };
    let of_protocol = ChangeAccounts::protocol();
    let [first, second] = [protocol.next_proposal, protocol.next_proposal + 1];
    market.send(&[build::propose(payer, protocol.admin, first, Change::Admin(heir), &of_protocol)]);
    market.send(&[build::propose(payer, protocol.admin, second, Change::FeeOwner(actor("fees")), &of_protocol)]);
    market.send(&[build::cancel_proposal(protocol.guardian, second, payer)]);
    let curated: Vec<usize> =
        (0..market.world.pools.len()).filter(|pool| market.world.view(*pool).pool.is_curated()).collect();
    let mut named = Vec::new();
    for pool in curated {
        let state = market.world.view(pool).pool;
        let curator = state.curator_of(&protocol);
        let next = if curator == actor("curator") { actor("dora") } else { actor("curator") };
        let changed = ChangeAccounts { others: Vec::new(), ..market.world.of_curated(pool) };
        let id = state.next_proposal;
        market.send(&[build::propose(payer, curator, id, Change::Curator(next), &changed)]);
        named.push((pool, id, next, changed));
    }
    market.world.pass(i64::from(protocol.timelock).max(10 * DAY));
    for notice in [Proposal::NOTICE, 0] {
        market.send(&[build::execute_proposal(first, payer, &of_protocol)]);
        for (_, id, _, changed) in &named {
            market.send(&[build::execute_proposal(*id, payer, changed)]);
        }
        market.world.pass(notice);
    }
    market.send(&[build::accept_admin(heir)]);
    for (pool, _, next, _) in named {
        market.send(&[build::accept_curator(next, market.world.pools[pool].pool)]);
    }
}

/// Somebody writes what somebody else then sells, and is closed.
pub fn excess(market: &mut Market, draws: &mut Draws) {
    let pool = draws.below(2) as usize;
    let Some(id) = live(market, pool) else { return };
    let (keys, size) = (market.world.pools[pool], TENTH / 50);
    let [carol, dave] = ["carol", "dave"].map(|who| market.world.account_key(who, pool));
    trade(market, pool, actor("carol"), carol, &[(id, 2 * size)]);
    trade(market, pool, actor("dave"), dave, &[(id, -size)]);
    for (owner, account) in [("carol", carol), ("alice", market.world.account_key("alice", pool))] {
        let held = market.world.view(pool).held(&account, id);
        if held > 0 {
            trade(market, pool, actor(owner), account, &[(id, -held)]);
        }
    }
    let notice = market.world.notice_instruction(pool, id, NoticeCause::Excess);
    market.send(&[notice]);
    let moment = market.world.chain.now() + Notices::PERIOD;
    market.world.pass(Notices::PERIOD + 1);
    let feeds = market.world.markets_after(moment);
    market.send(&[build::auto_deleverage(actor("keeper"), &keys, dave, id, 1_000, &feeds)]);
}

/// Liquidity leaves, and is claimed.
pub fn withdrawal(market: &mut Market, draws: &mut Draws) {
    let pool = draws.below(2) as usize;
    let (keys, owner, class) = (market.world.pools[pool], actor("lp"), ShareClass::Main);
    let shares = market.world.shares("lp", pool, class) / 20;
    let number = market.world.next_number("lp");
    market.send(&[build::request_withdrawal(owner, &keys, class, number, shares, 1)]);
    market.world.pass(2 * DAY);
    market.world.pass_to(1);
    for sample in market.world.due_samples() {
        market.send(&[sample]);
    }
    let first = market.world.view(pool).pool.main.first_withdrawal;
    let execute = market.world.execute_instruction(pool, class, first);
    market.send(&[execute]);
    market.send(&[build::claim_liquidity(owner, &keys, class, address::request(&keys.pool, class, &owner, number))]);
}

/// An account with a referrer pays fees, of which they get their share; then it places an order and takes it back.
pub fn referral(market: &mut Market, draws: &mut Draws) {
    let pool = draws.below(2) as usize;
    let Some(id) = live(market, pool) else { return };
    let (keys, owner, payer) = (market.world.pools[pool], actor("alice"), market.world.chain.payer);
    let account = address::margin_account(&keys.pool, &owner, 1);
    trade(market, pool, owner, account, &[(id, TENTH / 20)]);
    market.send(&[build::claim_referral(actor("rita"), &keys, account)]);
    let view = market.world.view(pool);
    let Some(state) = view.accounts.get(&account) else { return };
    let terms = OrderTerms {
        legs: named(&view.registry, &[(id, 1_000)]),
        min_net: i64::MIN,
        trigger: Some(Trigger { underlying: 0, above: true, price: u64::MAX }),
        reduce_only: false,
        expires_at: market.world.chain.now() + DAY,
        tip: 1_000,
    };
    let (number, feeds) = (state.next_order, market.world.markets());
    market.send(&[build::place_order(payer, owner, &keys, account, number, terms, &feeds)]);
    market.send(&[build::cancel_order(owner, &keys, account, number, payer)]);
}

/// The curator of a private pool winds it down, and positions are bought back.
pub fn buyback(market: &mut Market, draws: &mut Draws) {
    let private: Vec<usize> =
        (0..market.world.pools.len()).filter(|pool| market.world.view(*pool).pool.is_private()).collect();
    let Some(pool) = draws.pick(&private).copied() else { return };
    let keys = market.world.pools[pool];
    let curator = market.world.view(pool).pool.curator_of(&market.world.protocol());
    market.send(&[build::halt_pool(curator, keys.pool), build::announce_buyback(curator, keys.pool)]);
    let moment = market.world.chain.now() + Pool::BUYBACK_NOTICE;
    market.world.pass(Pool::BUYBACK_NOTICE + 1);
    let held: Vec<_> = market.world.view(pool).positions().map(|(key, p)| (*key, p.series())).collect();
    for (account, id) in held {
        let feeds = market.world.markets_after(moment);
        let named = (id, NoticeCause::Buyback);
        market.send(&[build::close_for_place(actor("keeper"), &keys, account, named, &feeds)]);
    }
}

/// Whoever has retired shares redeems them.
pub fn redeem(market: &mut Market, _: &mut Draws) {
    for pool in 0..market.world.pools.len() {
        for retired in market.world.view(pool).retired.into_values() {
            let class = retired.share_class();
            let keys = market.world.pools[pool].at(class, retired.generation);
            for owner in ["lp", "vera", "insurer", "curator"].map(actor) {
                let held = market.world.chain.balance(&keys.shares(&owner, class));
                if held > 0 {
                    market.send(&[build::redeem_retired(owner, &keys, class, retired.payer, held)]);
                }
            }
        }
    }
}

/// Somebody writes a call beside a higher one that they hold; the first is exercised, and the second is sold for what they owe.
pub fn owing(market: &mut Market, _: &mut Draws) {
    let pool = 0;
    let keys = market.world.pools[pool];
    let spot = market.world.feeds[BTC].price.price / evergreen_tests::world::DOLLAR;
    let step = 1_000;
    let [low, high] = [spot / step * step - 3 * step, spot / step * step + 2 * step];
    let feed = market.world.feeds[BTC].accounts;
    for strike in [low, high] {
        let request = evergreen_sdk::evergreen::state::SeriesSpec {
            put: false,
            strike: strike.unsigned_abs(),
            tenor: 7 * 86_400,
        };
        market.send(&[build::list_series(&keys, &feed, request)]);
    }
    let view = market.world.view(pool);
    let of = |strike: i64| {
        let found = view.series().find(|(_, s)| {
            s.strike == strike.unsigned_abs()
                && s.kind == 0
                && s.tenor == 7 * 86_400
                && s.underlying == 0
                && s.status == 1
        });
        found.map(|(id, _)| id)
    };
    let (Some(low_id), Some(high_id)) = (of(low), of(high)) else { return };
    market.world.fund("dave", pool, 200 * TOKEN);
    market.world.fund("carol", pool, 60 * TOKEN);
    let [carol, dave] = ["carol", "dave"].map(|who| market.world.account_key(who, pool));
    market.send(&[build::deposit_margin(actor("dave"), &keys, dave, 200 * TOKEN)]);
    market.send(&[build::deposit_margin(actor("carol"), &keys, carol, 30 * TOKEN)]);
    trade(market, pool, actor("dave"), dave, &[(low_id, 25 * TENTH)]);
    trade(market, pool, actor("carol"), carol, &[(low_id, -25 * TENTH), (high_id, 25 * TENTH)]);
    market.world.set_price(BTC, low * 121 / 100);
    market.send(&[build::exercise_series(&keys, low_id, &feed)]);
    market.send(&[build::settle_positions(&keys, carol)]);
    let feeds = market.world.markets();
    market.send(&[build::close_for_cash(actor("keeper"), &keys, carol, high_id, &feeds)]);
}
