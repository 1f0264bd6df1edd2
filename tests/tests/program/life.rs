//! The life of an option, in numbers that can be worked out by hand: a strike of 100,000 dollars, volatility 60 %, 7 days,
//! a cap 20 % above the strike, and 0.1 BTC on a stock of 300 dollars with 8 decimals.
//!
//! 0.1 / 300 · 10^8 · 10^3 points would be 33,333,333⅓. The third of a point that is missing makes every amount smaller
//! by a hundred-millionth of itself: less than one native unit of premium and funding, 6⅔ units of the cap payoff.

use evergreen_math::{PointScale, Points, Rounding};
use evergreen_sdk::{convert, events::Event, evergreen::errors::EvergreenError, instruction as build};
use evergreen_tests::world::TENTH;
use evergreen_tests::{BTC, CLASSIC, DAY, Outcome, STOCK, World, chain::actor, valuation::cap_payoff, world::TOKEN};

/// Returns premium and fee of the first leg of a trade, in native units. A premium that is paid is negative.
pub fn premium_and_fee(outcome: &Outcome) -> (i64, u64) {
    outcome.event(|e| if let Event::LegFilled(e) = e { Some((e.premium, e.fee)) } else { None })
}

#[test]
fn the_size_of_a_tenth_of_a_bitcoin() {
    let scale = PointScale::new(3).unwrap();
    assert_eq!(convert::points(100_000_000, 300_000_000_000, 8, scale).unwrap(), Points(TENTH));
}

#[test]
fn a_call_is_bought_held_and_sold_higher() {
    for pool in [CLASSIC, STOCK] {
        // SETUP
        let mut world = World::flat();
        let call = world.list(pool, BTC, false, 100_000);
        world.trader("alice", pool, 10 * TOKEN);

        // TEST: the premium is 0.976845436 tokens, and the fee is 5 bps of a notional of 33.3 tokens.
        let bought = world.trade("alice", pool, &[(call, TENTH)]).ok();
        let (premium, fee) = premium_and_fee(&bought);
        assert_eq!((premium, fee), (-97_684_543, 1_666_667));
        let paid = 97_684_543 + 1_666_667;
        assert_eq!(world.cash("alice", pool), 10 * TOKEN as i64 - paid);
        // The reserve is the cap payoff: 0.1 times 20,000 dollars, which is 6.666666667 tokens.
        let view = world.view(pool);
        assert_eq!(view.pool.reserved_collateral, 666_666_660);

        // A day of funding costs 0.139549348 tokens.
        for _ in 0..24 {
            world.pass(3_600);
        }
        let feeds = world.markets();
        let refresh = build::refresh_pool(&world.pools[pool], &feeds);
        world.send(refresh).ok();
        let owed = world.valued(pool, |view, markets| markets.owed(&view.accounts[&world.account_key("alice", pool)]));
        assert_eq!(owed, 13_954_935, "13,954,934.7 rounded up");

        // At 110,000 the call is worth 3.525444515 tokens; the closing fee is 3 bps.
        world.set_price(BTC, 110_000);
        let sold = world.trade("alice", pool, &[(call, -TENTH)]).ok();
        let (premium, fee) = premium_and_fee(&sold);
        assert_eq!((premium, fee), (352_544_447, 1_100_000));
        assert_eq!(world.cash("alice", pool), 10 * TOKEN as i64 - paid - 13_954_935 + 352_544_447 - 1_100_000);
        assert_eq!(world.view(pool).pool.reserved_collateral, 0);

        // All cash can be withdrawn, and the account can be closed.
        let cash = world.cash("alice", pool) as u64;
        let before = world.wallet("alice", pool);
        world.withdraw("alice", pool, u64::MAX).ok();
        assert_eq!(world.wallet("alice", pool), before + cash);
        let close = build::close_margin_account(actor("alice"), &world.pools[pool], world.account_key("alice", pool));
        world.send(close).ok();
        assert!(world.view(pool).accounts.is_empty());
    }
}

#[test]
fn at_the_cap_a_call_is_exercised_and_settled_by_anyone() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trader("bob", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH)]).ok();
    let (alice, bob) = (world.cash("alice", CLASSIC), world.cash("bob", CLASSIC));

    // TEST: a dollar below the cap the series cannot be exercised.
    let (keys, feed) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    let exercise = build::exercise_series(&keys, call, &feed);
    let settle = |world: &World, who: &str| build::settle_positions(&keys, world.account_key(who, CLASSIC));
    world.set_price(BTC, 119_999);
    world.refused(exercise.clone(), EvergreenError::SeriesNotAtCap);
    let early = settle(&world, "alice");
    world.refused(early, EvergreenError::NothingToSettle);
    world.set_price(BTC, 120_000);
    world.send(exercise.clone()).ok();
    world.refused(exercise, EvergreenError::SeriesExercised);

    // The price falls back and then becomes stale, but the payoff is fixed.
    world.set_price(BTC, 90_000);
    world.chain.pass(DAY);
    let (pay_alice, pay_bob) = (settle(&world, "alice"), settle(&world, "bob"));
    world.send(pay_alice.clone()).ok();
    assert_eq!(world.cash("alice", CLASSIC), alice + 666_666_660);
    world.refused(pay_alice, EvergreenError::NothingToSettle);
    world.send(pay_bob).ok();
    assert_eq!(world.cash("bob", CLASSIC), bob - 666_666_660);

    // Nobody holds the series any more, so its slot is free and is used again under another generation.
    assert_eq!(world.view(CLASSIC).series().count(), 0);
    world.pass(0);
    let next = world.list(CLASSIC, BTC, false, 100_000);
    assert_eq!((next.slot, next.generation), (call.slot, call.generation + 1));
    world.trade_refused("alice", CLASSIC, &[(call, TENTH)], EvergreenError::OptionNotListed);
}

#[test]
fn a_put_pays_at_its_lower_cap() {
    // SETUP
    let mut world = World::flat();
    let put = world.list(STOCK, BTC, true, 100_000);
    world.trader("alice", STOCK, 10 * TOKEN);
    world.trade("alice", STOCK, &[(put, TENTH)]).ok();
    let cash = world.cash("alice", STOCK);

    // TEST
    let (keys, feed) = (world.pools[STOCK], world.feeds[BTC].accounts);
    world.set_price(BTC, 79_000);
    world.send(build::exercise_series(&keys, put, &feed)).ok();
    let account = world.account_key("alice", STOCK);
    world.send(build::settle_positions(&keys, account)).ok();
    assert_eq!(world.cash("alice", STOCK), cash + 666_666_660);
}

#[test]
fn at_the_cap_closing_pays_the_cap_without_fee_and_opening_is_refused() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();

    // TEST
    world.set_price(BTC, 125_000);
    world.trade_refused("alice", CLASSIC, &[(call, 1)], EvergreenError::SeriesAtCap);
    let sold = world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
    assert_eq!(premium_and_fee(&sold), (666_666_660, 0));
}

#[test]
fn the_reserve_is_the_cap_payoff_of_bought_points() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trader("bob", CLASSIC, 10 * TOKEN);

    // TEST: written points do not change the reserve.
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH / 2)]).ok();
    let view = world.view(CLASSIC);
    let series = &view.registry.series[usize::from(call.slot)];
    let scale = PointScale::new(3).unwrap();
    let expected = scale.native(Points(TENTH), cap_payoff(series), Rounding::Ceil).unwrap();
    assert_eq!(view.pool.reserved_collateral as i64, expected.0);
}
