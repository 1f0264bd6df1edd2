//! Execution of orders: when it happens, and what owners and keepers get.

use super::{DOLLAR, TENTH, TIP, cancelled, execute, exists, place, place_plain, refuse, scene, terms, trigger};
use evergreen_math::{Dollars, Points, Rounding};
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{CancelReason, OrderTerms},
    },
};
use evergreen_tests::{BTC, CLASSIC, STOCK, World, world::TOKEN};

#[test]
fn a_limit_order_waits_for_its_price_and_pays_its_keeper() {
    for pool in [CLASSIC, STOCK] {
        // SETUP: alice's limit is what the option costs when BTC is 5,000 dollars lower.
        let (mut world, call) = scene(pool);
        world.set_price(BTC, 95_000);
        let before = world.cash("alice", pool);
        world.trade("alice", pool, &[(call, TENTH)]).ok();
        let cost = before - world.cash("alice", pool);
        world.trade("alice", pool, &[(call, -TENTH)]).ok();
        world.set_price(BTC, 100_000);
        let order = OrderTerms { min_net: -cost, trigger: None, ..terms(&world, call, TENTH) };
        let cash = world.cash("alice", pool);
        let number = place(&mut world, pool, "alice", order);
        assert_eq!(world.cash("alice", pool), cash - TIP as i64, "the tip is set aside");
        assert_eq!(world.view(pool).pool.tips_due, TIP);

        // TEST: the order waits while the option costs more than the limit.
        world.pass(1);
        refuse(&mut world, pool, number, EvergreenError::LimitExceeded);
        world.set_price(BTC, 95_000);
        let lamports = |world: &World| world.chain.account(&world.chain.payer).expect("the payer").lamports;
        let poorer = lamports(&world);
        let done = execute(&mut world, pool, "alice", number).ok();

        // CHECK
        let net = done.event(|e| if let Event::Traded(e) = e { Some(e.net) } else { None });
        assert!(net >= -cost, "{net} for a limit of {}", -cost);
        assert_eq!(world.cash("alice", pool), cash - TIP as i64 + net);
        assert_eq!(world.view(pool).held(&world.account_key("alice", pool), call), TENTH);
        assert_eq!(world.cash("keeper", pool), TIP as i64, "the keeper has the tip");
        assert_eq!(world.view(pool).pool.tips_due, 0);
        assert!(!exists(&world, pool, "alice", number), "an order is executed once");
        assert!(lamports(&world) > poorer, "the payer has the rent of the order back");
    }
}

#[test]
fn stops_and_take_profits_go_off_at_their_price_and_not_before() {
    let (mut world, call) = scene(CLASSIC);
    world.trade("alice", CLASSIC, &[(call, 2 * TENTH)]).ok();
    let stop = OrderTerms { trigger: trigger(false, 97_000), reduce_only: true, ..terms(&world, call, -TENTH) };
    let profit = OrderTerms { trigger: trigger(true, 103_000), reduce_only: true, ..terms(&world, call, -TENTH) };
    let (stop, profit) = (place(&mut world, CLASSIC, "alice", stop), place(&mut world, CLASSIC, "alice", profit));
    world.pass(1);
    for dollars in [97_001, 102_999] {
        world.set_price(BTC, dollars);
        refuse(&mut world, CLASSIC, stop, EvergreenError::OrderNotTriggered);
        refuse(&mut world, CLASSIC, profit, EvergreenError::OrderNotTriggered);
    }
    world.set_price(BTC, 103_000);
    execute(&mut world, CLASSIC, "alice", profit).ok();
    world.set_price(BTC, 97_000);
    execute(&mut world, CLASSIC, "alice", stop).ok();
    assert!(world.account("alice", CLASSIC).is_flat());
    assert_eq!(world.cash("keeper", CLASSIC), 2 * TIP as i64);
}

#[test]
fn a_price_from_before_the_order_does_not_execute_it() {
    let (mut world, call) = scene(CLASSIC);
    let number = place_plain(&mut world, call, TENTH);
    // The price was published in the second in which the order was placed, and stays too early when time passes.
    refuse(&mut world, CLASSIC, number, EvergreenError::OrderPriceTooEarly);
    world.chain.pass(2);
    refuse(&mut world, CLASSIC, number, EvergreenError::OrderPriceTooEarly);
    world.edit_price(BTC, |_| {});
    // ETH's price is not needed by the order, but it is passed, and is as old.
    refuse(&mut world, CLASSIC, number, EvergreenError::OrderPriceTooEarly);
    world.pass(1);
    execute(&mut world, CLASSIC, "alice", number).ok();
}

#[test]
fn a_reducing_order_closes_what_is_there_with_its_limit_in_proportion() {
    // SETUP: two orders close three times the position; one limit is just above the mark of that size, one is below.
    let (mut world, call) = scene(CLASSIC);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let value = world.valued(CLASSIC, |view, markets| {
        let series = view.series().find(|(id, _)| *id == call).unwrap().1;
        let mark: Dollars = markets.mark(series);
        view.pool.scale().unwrap().native(Points(3 * TENTH), mark, Rounding::Floor).unwrap().0
    });
    let order = |min_net| OrderTerms { min_net, reduce_only: true, ..terms(&world, call, -3 * TENTH) };
    let (dear, fair) = (order(value + 3), order(value - value / 50));
    let dear = place(&mut world, CLASSIC, "alice", dear);
    let fair = place(&mut world, CLASSIC, "alice", fair);
    world.pass(1);

    // TEST
    refuse(&mut world, CLASSIC, dear, EvergreenError::LimitExceeded);
    let done = execute(&mut world, CLASSIC, "alice", fair).ok();
    let points = done.event(|e| if let Event::LegFilled(e) = e { Some(e.points) } else { None });
    assert_eq!(points, -TENTH, "the order closes only what the position has");
    assert!(world.account("alice", CLASSIC).is_flat());
    let empty = cancelled(&execute(&mut world, CLASSIC, "alice", dear).ok());
    assert_eq!((empty.reason, empty.tip), (CancelReason::NothingToReduce, TIP));
    assert_eq!(world.cash("keeper", CLASSIC), 2 * TIP as i64, "the keeper is paid for both");
}

#[test]
fn what_the_pool_cannot_do_now_leaves_the_order_open() {
    let (mut world, call) = scene(CLASSIC);
    world.trader("bob", CLASSIC, 1_000 * TOKEN);
    let number = place_plain(&mut world, call, -TENTH);
    world.pass(1);
    refuse(&mut world, CLASSIC, number, EvergreenError::ShortExceedsLong);
    world.trade("bob", CLASSIC, &[(call, TENTH)]).ok();
    execute(&mut world, CLASSIC, "alice", number).ok();
    // The reserve limit is below the cap payoff of this size, even with the premium that the pool receives.
    let most = (800 * TOKEN / 20) as i64;
    let number = place_plain(&mut world, call, most + most / 3);
    world.fund("alice", CLASSIC, 10_000 * TOKEN);
    world.deposit("alice", CLASSIC, 10_000 * TOKEN).ok();
    world.pass(1);
    refuse(&mut world, CLASSIC, number, EvergreenError::ReserveLimit);
    assert!(exists(&world, CLASSIC, "alice", number));
}

#[test]
fn at_an_uncertain_price_an_order_that_would_lower_health_waits() {
    // SETUP: alice holds a straddle, and an order sells its put above 107,000; the call keeps her equity positive.
    let (mut world, call) = scene(CLASSIC);
    let put = world.list(CLASSIC, BTC, true, 100_000);
    world.trade("alice", CLASSIC, &[(call, TENTH), (put, TENTH)]).ok();
    let order = OrderTerms { trigger: trigger(true, 107_000), reduce_only: true, ..terms(&world, put, -TENTH) };
    let number = place(&mut world, CLASSIC, "alice", order);
    world.pass(1);

    // TEST: far above the EMA price a sale may not lower health, so the order waits and keeps its tip.
    world.edit_price(BTC, |price| price.price = 108_000 * DOLLAR as i64);
    refuse(&mut world, CLASSIC, number, EvergreenError::HealthLowered);
    assert!(exists(&world, CLASSIC, "alice", number));
    world.set_price(BTC, 108_000);
    execute(&mut world, CLASSIC, "alice", number).ok();
    assert_eq!(world.view(CLASSIC).held(&world.account_key("alice", CLASSIC), put), 0);
}
