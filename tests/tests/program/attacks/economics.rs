//! What an attacker can do with money and several keys: the attack earns no profit, and others lose no more than the rules say.

use super::{TENTH, equity};
use evergreen_sdk::{
    evergreen::{errors::EvergreenError, state::SeriesId},
    instruction as build,
};
use evergreen_tests::{BTC, CLASSIC, ETH, Setup, World, assert_error, world::TOKEN};

#[test]
fn a59_size_limits_are_not_evaded_by_splitting_or_reopening() {
    // SETUP
    let mut setup = Setup::flat();
    setup.pool.max_series_points = 2_000_000;
    setup.pool.max_account_points = 1_500_000;
    let mut world = World::new(setup);
    let call = world.list(CLASSIC, BTC, false, 100_000);
    for who in ["one", "two", "three"] {
        world.trader(who, CLASSIC, 100 * TOKEN);
    }

    // TEST: positions are opened in parts, closed and opened again, and spread over several accounts.
    for _ in 0..3 {
        world.trade("one", CLASSIC, &[(call, 500_000)]).ok();
    }
    world.trade_refused("one", CLASSIC, &[(call, 1)], EvergreenError::AccountSizeLimit);
    world.trade("one", CLASSIC, &[(call, -100_000)]).ok();
    world.trade("one", CLASSIC, &[(call, 100_000)]).ok();
    world.trade_refused("one", CLASSIC, &[(call, 1)], EvergreenError::AccountSizeLimit);
    world.trade("two", CLASSIC, &[(call, 400_000)]).ok();
    world.trade_refused("three", CLASSIC, &[(call, 100_001)], EvergreenError::SeriesSizeLimit);
    world.trade("three", CLASSIC, &[(call, 100_000)]).ok();
    world.trade_refused("two", CLASSIC, &[(call, 1)], EvergreenError::SeriesSizeLimit);
}

#[test]
fn a59_reserves_of_many_series_have_one_limit() {
    let mut world = World::flat();
    let series: Vec<SeriesId> = (0..10).map(|n| world.list(CLASSIC, BTC, n % 2 == 0, 100_000 + 1_000 * n)).collect();
    world.trader("alice", CLASSIC, 10_000 * TOKEN);
    let mut refused = 0;
    for (size, series) in [60, 30, 20, 10, 5, 4, 3, 2, 1, 1].into_iter().zip(series) {
        let outcome = world.trade("alice", CLASSIC, &[(series, size * TENTH)]);
        if !outcome.succeeded() {
            assert_error(&outcome, EvergreenError::ReserveLimit);
            refused += 1;
        }
        let pool = world.view(CLASSIC).pool;
        assert!(pool.reserved_collateral as i64 <= pool.pool_cash / 10 * 8 + 8);
    }
    assert!(refused > 0, "the reserve limit was never reached");
}

#[test]
fn a60_inventory_moved_around_a_victim_with_a_limit_costs_the_attacker() {
    // SETUP: quotes depend on inventory, and the victim limits the trade to the price that a simulation showed.
    let mut setup = Setup::flat();
    setup.pool.inventory_kappa_bps = 100;
    let mut world = World::new(setup);
    let call = world.list(CLASSIC, BTC, false, 130_000);
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
    world.send(refresh).ok();
    for who in ["mallory", "victim"] {
        world.trader(who, CLASSIC, 500 * TOKEN);
    }
    let legs = [(call, 20 * TENTH)];
    let seen = world.preview_trade("victim", CLASSIC, &legs);
    let price = seen.event(|e| if let evergreen_sdk::events::Event::Traded(e) = e { Some(e.net) } else { None });
    let before = equity(&world, "mallory");

    // TEST
    world.trade("mallory", CLASSIC, &[(call, 40 * TENTH)]).ok();
    assert_error(&world.trade_within("victim", CLASSIC, &legs, price), EvergreenError::LimitExceeded);
    world.trade("mallory", CLASSIC, &[(call, -40 * TENTH)]).ok();
    assert!(equity(&world, "mallory") < before, "mallory made a profit though the victim did not trade");
    world.trade_within("victim", CLASSIC, &legs, price).ok();
}

#[test]
fn a60_without_a_limit_the_victim_pays_more_and_the_attacker_still_loses() {
    // SETUP
    let mut setup = Setup::flat();
    setup.pool.inventory_kappa_bps = 100;
    let mut world = World::new(setup);
    let call = world.list(CLASSIC, BTC, false, 100_000);
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
    world.send(refresh).ok();
    for who in ["mallory", "victim"] {
        world.trader(who, CLASSIC, 500 * TOKEN);
    }
    let legs = [(call, 10 * TENTH)];
    let alone = world.preview_trade("victim", CLASSIC, &legs);
    let net = |outcome: &evergreen_tests::Outcome| {
        outcome.event(|e| if let evergreen_sdk::events::Event::Traded(e) = e { Some(e.net) } else { None })
    };
    let before = world.cash("mallory", CLASSIC);
    let assets = |world: &World| world.valued(CLASSIC, |_, markets| markets.net_assets_at_mark());
    let pool = assets(&world);

    // TEST: at the money, the fees of 40 units are more than what the moved quotes bring to the attacker.
    world.trade("mallory", CLASSIC, &[(call, 40 * TENTH)]).ok();
    let paid = world.trade("victim", CLASSIC, &legs).ok();
    world.trade("mallory", CLASSIC, &[(call, -40 * TENTH)]).ok();
    let gain = world.cash("mallory", CLASSIC) - before;
    let extra = net(&alone) - net(&paid);
    assert!(extra > 0 && gain < extra, "the victim paid {extra} more, the attacker gained {gain}");
    assert!(gain < 0, "the attacker made a profit of {gain}");
    assert!(assets(&world) >= pool, "the pool has lost assets");
}

#[test]
fn a61_one_account_that_holds_everything_is_paid_and_the_rest_can_leave() {
    // SETUP: one account holds nearly as many calls and puts as the reserve limit allows.
    let mut world = World::flat();
    let [call, put] = [false, true].map(|put| world.list(CLASSIC, BTC, put, 100_000));
    let other = world.list(CLASSIC, ETH, false, 4_000);
    world.trader("whale", CLASSIC, 2_000 * TOKEN);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(other, TENTH)]).ok();
    world.trade("whale", CLASSIC, &[(call, 60 * TENTH), (put, 55 * TENTH)]).ok();
    world.trade_refused("whale", CLASSIC, &[(call, 30 * TENTH)], EvergreenError::ReserveLimit);

    // TEST: others still sell and withdraw, and the whale is paid both cap payoffs to the unit.
    world.trade("alice", CLASSIC, &[(other, -TENTH)]).ok();
    world.withdraw("alice", CLASSIC, u64::MAX).ok();
    let (keys, btc) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    let cash = world.cash("whale", CLASSIC);
    for (series, price) in [(call, 120_000), (put, 80_000)] {
        world.set_price(BTC, price);
        world.send(build::exercise_series(&keys, series, &btc)).ok();
    }
    let whale = world.account_key("whale", CLASSIC);
    world.send(build::settle_positions(&keys, whale)).ok();
    assert_eq!(world.cash("whale", CLASSIC) - cash, 115 * TENTH * 20);
    world.everybody_leaves();
}

#[test]
fn a62_a_series_cannot_be_exercised_after_the_price_has_left_its_cap() {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.set_price(BTC, 121_000);
    world.set_price(BTC, 119_000);
    let (keys, btc) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    world.refused(build::exercise_series(&keys, call, &btc), EvergreenError::SeriesNotAtCap);
    world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
}
