//! A pool that has lost everything while it owes its writers funding.

use evergreen_sdk::{evergreen::state::ShareClass, instruction as build};
use evergreen_tests::{
    BTC, CLASSIC, DAY, STOCK, World,
    chain::actor,
    seizures::Seizure,
    world::{TENTH, TOKEN},
};

#[test]
fn audit_emptied_a_pool_that_owes_its_writers_funding_stays_distressed() {
    // SETUP: bob has written what nobody holds any more, and nobody has settled their funding for three weeks. The issuer takes everything.
    let mut world = World::flat();
    let call = world.list(STOCK, BTC, false, 100_000);
    for who in ["alice", "bob"] {
        world.trader(who, STOCK, 100 * TOKEN);
    }
    world.trade("alice", STOCK, &[(call, 10 * TENTH)]).ok();
    world.trade("bob", STOCK, &[(call, -5 * TENTH)]).ok();
    world.trade("alice", STOCK, &[(call, -10 * TENTH)]).ok();
    world.pass(21 * DAY);
    let keys = world.pools[STOCK];
    for vault in [keys.vault, keys.insurance_vault] {
        let held = world.chain.balance(&vault);
        world.seize(STOCK, vault, held, Seizure::Burn);
    }
    for _ in 0..3 {
        world.sync(STOCK).ok();
    }

    // TEST
    let pool = world.view(STOCK).pool;
    let owed = world.valued(STOCK, |view, markets| markets.owed(&view.accounts[&world.account_key("bob", STOCK)]));
    println!("pool cash {}, reserves {}, bob owes {owed}", pool.pool_cash, pool.reserved_collateral);
    assert!(owed < 0, "the pool owes bob {owed}");
    assert!(pool.is_distressed(), "the pool has {} and owes bob {}", pool.pool_cash, -owed);
}

/// Before, distress ended beside a debt that nobody pays, and the writer was credited 9.2 tokens, which were paid out of the margin of whoever came next.
#[test]
fn audit_emptied_a_debt_that_nobody_pays_is_no_cash() {
    // SETUP: alice holds calls and bob has written half of them. Nobody settles them for six weeks, in which the issuer takes everything. Then the calls are exercised, and alice, who has nothing
    // left, owes more funding than her payoff.
    let mut world = World::flat();
    let call = world.list(STOCK, BTC, false, 100_000);
    for who in ["alice", "bob"] {
        world.trader(who, STOCK, 30 * TOKEN);
    }
    world.trade("alice", STOCK, &[(call, TENTH)]).ok();
    world.trade("bob", STOCK, &[(call, -TENTH / 2)]).ok();
    let keys = world.pools[STOCK];
    for vault in [keys.vault, keys.insurance_vault] {
        let held = world.chain.balance(&vault);
        world.seize(STOCK, vault, held, Seizure::Burn);
    }
    world.sync(STOCK).ok();
    for _ in 0..12 {
        world.pass(15 * DAY);
        world.send(build::refresh_pool(&keys, &world.markets())).ok();
    }
    world.set_price(BTC, 121_000);
    world.send(build::exercise_series(&keys, call, &world.feeds[BTC].accounts)).ok();
    world.send(build::settle_positions(&keys, world.account_key("alice", STOCK))).ok();
    let pool = world.view(STOCK).pool;
    println!("pool cash {}, debts {}", pool.pool_cash, pool.debts);
    assert!(pool.pool_cash > 0 && pool.debts > 0, "all that the pool has is what alice owes");

    // TEST: the pool has nothing to pay bob with, so its distress goes on, and they take nothing of carol's.
    world.sync(STOCK).ok();
    assert!(world.view(STOCK).pool.is_distressed(), "distress has ended beside a debt that nobody pays");
    world.trader("carol", STOCK, TOKEN);
    world.send(build::settle_for_less(actor("bob"), &keys, world.account_key("bob", STOCK))).ok();
    assert_eq!(world.cash("bob", STOCK), 0, "there is nothing for them");
    world.send(build::withdraw_margin(actor("carol"), &keys, world.account_key("carol", STOCK), TOKEN, &[])).ok();
}

/// Before, providers left with the funding that was owed to a writer, and they were paid out of others' margin once the pool had nothing left: 2.0 tokens after two weeks, 8 after two months.
#[test]
fn audit_emptied_who_leaves_leaves_what_is_owed_to_writers_and_others_pay_none_of_it() {
    // SETUP: bob has written what nobody holds any more, and all providers leave.
    let mut world = World::flat();
    world.round_trip_every = u32::MAX;
    let call = world.list(CLASSIC, BTC, false, 100_000);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 300 * TOKEN);
    }
    for (who, tenths) in [("alice", 10), ("bob", -10), ("alice", -10)] {
        world.trade(who, CLASSIC, &[(call, tenths * TENTH)]).ok();
    }
    let (shares, bob) = (world.shares("lp", CLASSIC, ShareClass::Main), world.account_key("bob", CLASSIC));
    let number = world.request("lp", CLASSIC, ShareClass::Main, shares);
    let owed = |world: &World| -world.valued(CLASSIC, |view, markets| markets.owed(&view.accounts[&bob]));
    let refresh = |world: &mut World| {
        let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
        world.send(refresh).ok();
    };

    // TEST: what is owed to them stays when they leave.
    for _ in 0..25 {
        world.pass(DAY);
        refresh(&mut world);
        world.pass_to_grid(CLASSIC);
        if world.execute(CLASSIC, ShareClass::Main, number).succeeded() {
            let cash = world.view(CLASSIC).pool.pool_cash;
            assert!(cash >= owed(&world), "{cash} is left, {} is owed", owed(&world));
        }
    }
    // Later on it is more than the pool has. They get that, and nothing of alice's margin.
    for _ in 0..4 {
        world.pass(15 * DAY);
        refresh(&mut world);
    }
    let (owed, has, before) = (owed(&world), world.view(CLASSIC).pool.pool_cash, world.cash("bob", CLASSIC));
    assert!(owed > has, "{owed} is owed, the pool has {has}");
    world.withdraw("bob", CLASSIC, TOKEN).ok();
    let paid = world.cash("bob", CLASSIC) + TOKEN as i64 - before;
    println!("{owed} is owed, the pool has {has}, bob is paid {paid}");
    let left = world.view(CLASSIC).pool.pool_cash;
    assert!(paid + left == has && (0..=1).contains(&left), "{left} is left, a rounding");
    let cash = world.cash("alice", CLASSIC);
    world.withdraw("alice", CLASSIC, cash.unsigned_abs()).ok();
}

/// Before, the funding of an excess was paid out of what is reserved for others: of 66.7 tokens that bob's calls pay at their cap 8.4 were left.
#[test]
fn audit_emptied_an_excess_is_paid_nothing_that_is_reserved() {
    // SETUP: bob holds calls and pays their funding. Alice has sold what walter has written, and the only provider leaves as far as she may.
    let mut world = World::flat();
    world.round_trip_every = u32::MAX;
    let call = world.list(CLASSIC, BTC, false, 100_000);
    let straddle = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    for (who, cash) in [("bob", 400), ("alice", 400), ("walter", 1_600)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    world.trade("bob", CLASSIC, &[(call, 10 * TENTH)]).ok();
    for (who, sign) in [("alice", 1), ("walter", -1), ("alice", -1)] {
        world.trade(who, CLASSIC, &straddle.map(|id| (id, 10 * sign * TENTH))).ok();
    }
    let number = world.request("lp", CLASSIC, ShareClass::Main, world.shares("lp", CLASSIC, ShareClass::Main));
    let keys = world.pools[CLASSIC];
    let mut cut = false;
    for day in 0..50 {
        world.pass(DAY);
        world.send(build::refresh_pool(&keys, &world.markets())).ok();
        world.pass_to_grid(CLASSIC);
        world.execute(CLASSIC, ShareClass::Main, number);
        for who in ["bob", "walter"] {
            let before = (
                world.cash(who, CLASSIC),
                world.valued(CLASSIC, |view, m| m.owed(&view.accounts[&world.account_key(who, CLASSIC)])),
            );
            world.withdraw(who, CLASSIC, 1).ok();
            cut |= who == "walter" && day > 20 && world.cash(who, CLASSIC) - before.0 < -before.1 - 10;
        }
        let pool = world.view(CLASSIC).pool;
        assert!(
            !pool.is_distressed() && pool.pool_cash >= pool.reserved_collateral as i64,
            "{} is left for {}",
            pool.pool_cash,
            pool.reserved_collateral
        );
    }
    assert!(cut, "the pool had all that walter was owed");

    // TEST: bob is paid all of it.
    let before = world.cash("bob", CLASSIC);
    let reserved = world.view(CLASSIC).pool.reserved_collateral;
    world.set_price(BTC, 121_000);
    world.send(build::exercise_series(&keys, call, &world.feeds[BTC].accounts)).ok();
    world.send(build::settle_positions(&keys, world.account_key("bob", CLASSIC))).ok();
    let paid = world.cash("bob", CLASSIC) - before;
    assert!(paid > reserved as i64 * 99 / 100, "{paid} of {reserved}");
}
