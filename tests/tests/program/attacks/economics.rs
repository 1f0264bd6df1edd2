//! What an attacker can do with money and several keys: the attack earns no profit, and others lose no more than the rules say.

use super::TENTH;
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
fn a60_nobody_moves_quotes_around_a_victim() {
    // SETUP: what others trade moves carry, which is paid by time, and no quote.
    let mut setup = Setup::flat();
    setup.pool.carry_bps = 60_000;
    let mut world = World::new(setup);
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.send(build::refresh_pool(&world.pools[CLASSIC], &world.markets())).ok();
    for who in ["mallory", "victim"] {
        world.trader(who, CLASSIC, 500 * TOKEN);
    }
    let legs = [(call, 10 * TENTH)];
    let net = |outcome: &evergreen_tests::Outcome| {
        outcome.event(|e| if let evergreen_sdk::events::Event::Traded(e) = e { Some(e.net) } else { None })
    };
    let seen = net(&world.preview_trade("victim", CLASSIC, &legs));
    let before = world.cash("mallory", CLASSIC);

    // TEST: mallory buys before and sells after; the victim's limit is the price that a simulation showed, to the unit.
    world.trade("mallory", CLASSIC, &[(call, 40 * TENTH)]).ok();
    assert_eq!(net(&world.trade_within("victim", CLASSIC, &legs, seen).ok()), seen);
    world.trade("mallory", CLASSIC, &[(call, -40 * TENTH)]).ok();
    assert!(world.cash("mallory", CLASSIC) < before, "mallory made a profit");
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
