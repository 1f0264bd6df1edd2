//! Sequences that reach states which single calls rarely reach. Others act in between.

use crate::{draws::Draws, market::Market, refusals::check_named, rites};
use evergreen_sdk::{
    address,
    evergreen::{
        Leg,
        state::{LAYOUT_VERSION, Notices, Pool, Proposal, Roles, ShareClass},
    },
    instruction as build, presets,
};
use evergreen_tests::{DAY, STOCK, Setup, World, chain::actor, seizures::Seizure};

/// A sequence.
pub type Play = fn(&mut Market, &mut Draws);

/// All sequences, each with its name in reproducers and how often it is chosen.
pub const ALL: &[(&str, u64, Play)] = &[
    ("trade", 12, trade),
    ("deposit", 4, deposit),
    ("withdrawal", 4, withdrawal),
    ("order", 3, order),
    ("crash", 4, crash),
    ("caps", 2, caps),
    ("excess", 2, excess),
    ("capital", 2, capital),
    ("silence", 1, silence),
    ("wipe-out", 1, wipe_out),
    ("buyback", 1, buyback),
    ("govern", 2, govern),
    ("migrate", 1, migrate),
    ("begin", 1, begin),
    ("rite-succession", 1, rites::succession),
    ("rite-excess", 1, rites::excess),
    ("rite-withdrawal", 2, rites::withdrawal),
    ("rite-referral", 1, rites::referral),
    ("rite-buyback", 1, rites::buyback),
    ("rite-redeem", 1, rites::redeem),
    ("rite-owing", 1, rites::owing),
];

/// Now and then somebody does something else.
fn between(market: &mut Market, draws: &mut Draws) {
    if draws.percent(15) {
        market.any_call(draws);
    }
}

fn pool_of(market: &Market, draws: &mut Draws) -> usize {
    draws.below(market.world.pools.len() as u64) as usize
}

/// Takes the samples that are due.
fn samples(market: &mut Market) {
    for sample in market.world.due_samples() {
        market.send(&[sample]);
    }
}

/// Fills what waits in a pool.
fn fills(market: &mut Market, draws: &mut Draws, pool: usize) {
    let delay = market.world.view(pool).pool.params.fill_delay;
    market.world.pass(i64::from(delay) + 1);
    if !draws.percent(15) {
        samples(market);
    }
    let open = market.world.view(pool).accounts.values().filter(|a| a.commitment.is_open()).count();
    for _ in 0..open {
        market.call_at("fill", draws, pool);
        between(market, draws);
    }
}

fn trade(market: &mut Market, draws: &mut Draws) {
    let pool = pool_of(market, draws);
    for _ in 0..=draws.below(3) {
        market.call_at("commit", draws, pool);
        between(market, draws);
    }
    fills(market, draws, pool);
}

fn deposit(market: &mut Market, draws: &mut Draws) {
    let pool = pool_of(market, draws);
    market.world.pass_to(52);
    for _ in 0..=draws.below(2) {
        market.call_at("request-deposit", draws, pool);
        between(market, draws);
    }
    market.world.pass_to(1);
    if !draws.percent(20) {
        samples(market);
    }
    for _ in 0..3 {
        market.call_at("execute-deposit", draws, pool);
        between(market, draws);
    }
    market.call_at("claim", draws, pool);
}

fn withdrawal(market: &mut Market, draws: &mut Draws) {
    let pool = pool_of(market, draws);
    for _ in 0..=draws.below(2) {
        market.call_at("request-withdrawal", draws, pool);
    }
    market.world.pass(draws.within(1, 5) * DAY);
    market.world.pass_to(1);
    samples(market);
    for _ in 0..3 {
        market.call_at("execute-withdrawal", draws, pool);
        between(market, draws);
        market.call_at("claim", draws, pool);
    }
}

fn order(market: &mut Market, draws: &mut Draws) {
    let pool = pool_of(market, draws);
    market.call_at("order", draws, pool);
    market.world.pass(31);
    between(market, draws);
    market.call_at("commit-order", draws, pool);
    between(market, draws);
    fills(market, draws, pool);
}

/// Accounts withdraw all they can, a price jumps, and who is below maintenance is liquidated.
fn crash(market: &mut Market, draws: &mut Draws) {
    let pool = pool_of(market, draws);
    for _ in 0..3 {
        market.call_at("withdraw", draws, pool);
    }
    market.step("world.jump", draws);
    market.tally.steps -= 1;
    liquidate_all(market, draws, pool);
}

fn liquidate_all(market: &mut Market, draws: &mut Draws, pool: usize) {
    let keys = market.world.pools[pool];
    let keeper = market.world.account_key("keeper", pool);
    let accounts: Vec<_> = market.world.view(pool).accounts.keys().copied().filter(|key| *key != keeper).collect();
    for account in accounts {
        let Some(state) = market.world.view(pool).accounts.remove(&account) else { continue };
        let open: Vec<_> = state.positions.iter().filter(|p| p.points != 0).copied().collect();
        for chunk in open.chunks(2) {
            let legs = chunk.iter().map(|p| Leg { series: p.series(), points: -p.points }).collect();
            let feeds = market.world.markets();
            let close = build::liquidate(actor("keeper"), &keys, account, keeper, legs, &feeds);
            if !market.send(&[close]).is_some_and(|outcome| outcome.succeeded()) {
                break;
            }
            between(market, draws);
        }
        let owes = market.world.view(pool).accounts.get(&account).is_some_and(|a| a.cash < 0);
        if owes {
            market.send(&[build::absorb_bad_debt(&keys, account)]);
        }
    }
}

/// A price passes caps, series are exercised, writers pay, and who owes is sold out.
fn caps(market: &mut Market, draws: &mut Draws) {
    let pool = pool_of(market, draws);
    let which = draws.below(2) as usize;
    let basis_points = if draws.percent(50) { draws.within(800, 2_600) } else { -draws.within(800, 2_600) };
    market.world.edit_price(which, |price| {
        price.price += price.price / 10_000 * basis_points;
        price.ema_price = price.price;
        price.conf = 0;
    });
    for _ in 0..4 {
        market.call_at("exercise", draws, pool);
    }
    let accounts: Vec<_> = market.world.view(pool).accounts.keys().copied().collect();
    let keys = market.world.pools[pool];
    for account in accounts {
        if !draws.percent(25) {
            market.send(&[build::settle_positions(&keys, account)]);
        }
    }
    market.call_at("close-for-cash", draws, pool);
    market.call_at("close-for-cash", draws, pool);
    between(market, draws);
}

fn excess(market: &mut Market, draws: &mut Draws) {
    let pool = pool_of(market, draws);
    market.call_at("notice", draws, pool);
    market.world.pass(Notices::PERIOD + 1);
    for _ in 0..3 {
        market.call_at("deleverage", draws, pool);
        between(market, draws);
    }
}

/// Everybody buys until the capital is used up; then what pays too little gives way.
fn capital(market: &mut Market, draws: &mut Draws) {
    let pool = pool_of(market, draws);
    for _ in 0..4 {
        for _ in 0..3 {
            market.call_at("commit", draws, pool);
        }
        fills(market, draws, pool);
    }
    for _ in 0..3 {
        market.call_at("notice", draws, pool);
    }
    market.world.pass(Notices::PERIOD + 1);
    for _ in 0..4 {
        market.call_at("close-for-place", draws, pool);
        between(market, draws);
    }
}

/// A feed dies, its series end and are settled, and it comes back.
fn silence(market: &mut Market, draws: &mut Draws) {
    let (pool, dead) = (pool_of(market, draws), draws.below(2) as usize);
    market.world.chain.pass(DAY);
    market.world.edit_price(1 - dead, |_| {});
    let report = build::report_silence(&market.world.feeds[dead].accounts);
    market.send(&[report]);
    for _ in 0..draws.below(4) {
        market.any_call(draws);
    }
    market.world.chain.pass(7 * DAY);
    market.world.edit_price(1 - dead, |_| {});
    for _ in 0..3 {
        market.call_at("end", draws, pool);
        market.call_at("settle", draws, pool);
    }
    if draws.percent(70) {
        market.world.edit_price(dead, |_| {});
    }
}

/// The issuer takes nearly everything of the stock's pool, its losses are assigned, and its shares begin anew.
fn wipe_out(market: &mut Market, draws: &mut Draws) {
    crate::edits::issuer_relents(&mut market.world);
    let keys = market.world.pools[STOCK];
    let left = *draws.pick(&[0, 1, 1_000]).expect("some");
    for vault in [keys.vault, keys.insurance_vault] {
        let held = market.world.chain.balance(&vault);
        if held > left {
            market.world.seize(STOCK, vault, held - left, Seizure::Burn);
        }
    }
    between(market, draws);
    for _ in 0..3 {
        market.send(&[build::sync_vault(&keys)]);
        between(market, draws);
    }
    for class in [ShareClass::Main, ShareClass::Insurance] {
        let keys = market.world.pools[STOCK];
        let renew = build::renew_shares(market.world.chain.payer, &keys, class);
        market.send(&[renew]);
    }
    for _ in 0..3 {
        market.call_at("redeem", draws, STOCK);
        market.call_at("deposit-at-once", draws, STOCK);
    }
}

/// The curator of a private pool winds it down.
fn buyback(market: &mut Market, draws: &mut Draws) {
    let private: Vec<usize> =
        (0..market.world.pools.len()).filter(|pool| market.world.view(*pool).pool.is_private()).collect();
    let Some(pool) = draws.pick(&private).copied() else { return };
    let key = market.world.pools[pool].pool;
    let curator = market.world.view(pool).pool.curator_of(&market.world.protocol());
    market.send(&[build::halt_pool(curator, key)]);
    market.send(&[build::announce_buyback(curator, key)]);
    for _ in 0..draws.below(4) {
        market.any_call(draws);
    }
    market.world.pass(Pool::BUYBACK_NOTICE);
    for _ in 0..3 {
        market.call_at("notice", draws, pool);
    }
    market.world.pass(Notices::PERIOD + 1);
    for _ in 0..3 {
        market.call_at("close-for-place", draws, pool);
        between(market, draws);
    }
}

/// A change is proposed, waits, is announced and made.
fn govern(market: &mut Market, draws: &mut Draws) {
    market.call("propose", draws);
    for _ in 0..draws.below(3) {
        market.any_call(draws);
    }
    let timelock = market.world.protocol().timelock;
    market.world.pass(i64::from(timelock).max(10 * DAY));
    market.call("step-proposal", draws);
    market.world.pass(Proposal::NOTICE);
    market.call("step-proposal", draws);
    market.call("accept-admin", draws);
    for pool in 0..market.world.pools.len() {
        market.call_at("accept-curator", draws, pool);
    }
}

/// An account is as the layout before had it; nobody can use it until somebody migrates it.
fn migrate(market: &mut Market, draws: &mut Draws) {
    let pool = pool_of(market, draws);
    let keys = market.world.pools[pool];
    let key = *draws.pick(&[keys.pool, address::protocol(), market.world.feeds[0].accounts.underlying]).expect("one");
    let present = market.world.chain.data(&key);
    let mut old = present.clone();
    old[8] = LAYOUT_VERSION - 1;
    market.world.chain.write(key, address::PROGRAM, old);
    let refresh = build::sync_vault(&keys);
    if key == keys.pool {
        let refused = market.world.chain.send(&[refresh]);
        assert!(!refused.succeeded(), "an account of another layout was used");
    }
    let migrate = build::migrate_account(key);
    let outcome = market.world.chain.send(core::slice::from_ref(&migrate));
    market.tally.count(&[migrate], &outcome);
    assert!(outcome.succeeded(), "an account of the layout before is not migrated: {:?}", outcome.failure);
    assert!(market.world.chain.data(&key) == present, "a migration changed more than the version");
}

/// A protocol begins on another chain: somebody tries to be its admin first, then it is created with an underlying and a pool.
fn begin(market: &mut Market, draws: &mut Draws) {
    let mut world = World::bare();
    let roles = |who: &str| Roles { admin: actor(who), guardian: actor("guardian"), fee_owner: actor("fees") };
    let mut calls = Vec::new();
    if draws.percent(50) {
        calls.push(build::initialize_protocol(world.chain.payer, actor("mallory"), roles("mallory")));
    }
    calls.push(build::initialize_protocol(world.chain.payer, world.chain.upgrade_authority, roles("admin")));
    let config = Setup::preset().btc;
    let feed = world.new_feed(&config, 100_000);
    let (price, payer, keys) = (feed.accounts.price, world.chain.payer, world.pools[0]);
    let underlying = feed.accounts.underlying;
    world.feeds.push(feed);
    calls.push(build::create_underlying(payer, actor("admin"), price, config));
    calls.push(build::create_pool(payer, actor("admin"), &keys, 3, presets::pool_params(), &[underlying]));
    for call in calls {
        let outcome = world.chain.send(core::slice::from_ref(&call));
        market.tally.count(&[call], &outcome);
        check_named(&outcome);
    }
    assert!(world.protocol().admin == actor("admin"), "a stranger became admin");
}
