//! Exercise: a series ends where its price is past its cap for certain, and not before.

use super::prices::reason;
use evergreen_math::option::OptionKind;
use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{CancelReason, SeriesStatus},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    valuation::terms,
    world::{DOLLAR, TENTH, TOKEN},
};

/// Publishes a price of BTC in hundred-millionths of a dollar, with its confidence, near its average.
fn publish(world: &mut World, price: i64, confidence: i64) {
    world.chain.pass(1);
    world.edit_price(BTC, |p| {
        (p.price, p.ema_price, p.conf) = (price, price, confidence.unsigned_abs());
    });
}

#[test]
fn audit_a1_one_tick_of_a_wide_confidence_exercises_nothing() {
    for put in [false, true] {
        // SETUP: a call and a put of a day; the price comes as near to the cap as it can be for certain.
        let mut world = World::flat();
        let series = world.list_tenor(CLASSIC, BTC, put, 100_000, 1);
        world.trader("holder", CLASSIC, 100 * TOKEN);
        world.trade("holder", CLASSIC, &[(series, TENTH)]).ok();
        let found = world.view(CLASSIC).registry.series[usize::from(series.slot)];
        assert_eq!(terms(&found).kind() == OptionKind::Put, put);
        let dollars = terms(&found).cap_price().expect("a cap").to_bits() >> 64;
        let (cap, side) = (i64::try_from(dollars).expect("a price") * DOLLAR, if put { -1 } else { 1 });
        let exercise = build::exercise_series(&world.pools[CLASSIC], series, &world.feeds[BTC].accounts);

        // TEST: a price at the cap that is fresh, with the widest confidence that is, and with one of two basis points; then one that
        // is a hundred-millionth of a dollar short of being certain.
        for confidence in [cap / 1_000 * 4, cap / 10_000 * 2] {
            for beyond in [0, confidence - 1] {
                publish(&mut world, cap + side * beyond, confidence);
                world.refused(exercise.clone(), EvergreenError::SeriesNotAtCap);
            }
        }
        publish(&mut world, cap + side * cap / 1_000 * 4, cap / 1_000 * 4);
        world.send(exercise).ok();
        let status = world.view(CLASSIC).registry.series[usize::from(series.slot)].status();
        assert_eq!(status, SeriesStatus::Exercised);
    }
}

#[test]
fn audit_a1_out_by_exercise_takes_a_price_that_is_certain() {
    // SETUP: mallory buys 12 basis points below the cap; the next price is at the cap, give or take 30 dollars.
    let mut world = World::flat();
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    let found = world.view(CLASSIC).registry.series[usize::from(call.slot)];
    let dollars = terms(&found).cap_price().expect("a cap").to_bits() >> 64;
    let cap = i64::try_from(dollars).expect("a price") * DOLLAR;
    for who in ["mallory", "late"] {
        world.trader(who, CLASSIC, 100 * TOKEN);
    }
    publish(&mut world, cap - cap / 10_000 * 12, 30 * DOLLAR);
    world.trade("mallory", CLASSIC, &[(call, TENTH)]).ok();
    let exercise = build::exercise_series(&world.pools[CLASSIC], call, &world.feeds[BTC].accounts);

    // TEST: between the cap and the cap plus the confidence nothing ends, nobody opens, and who holds can close.
    for beyond in [0, 29] {
        publish(&mut world, cap + beyond * DOLLAR, 30 * DOLLAR);
        world.refused(exercise.clone(), EvergreenError::SeriesNotAtCap);
        let commit = world.commit_instruction("late", CLASSIC, &[(call, TENTH)]);
        world.send(commit).ok();
        world.wait_for_fill();
        let fill = world.fill_instruction("late", CLASSIC);
        assert_eq!(reason(&world.send(fill)), CancelReason::AtCap);
        world.trade("mallory", CLASSIC, &[(call, -TENTH / 4)]).ok();
    }

    // CHECK: the series ends as soon as the price is certain.
    publish(&mut world, cap + 30 * DOLLAR, 30 * DOLLAR);
    world.send(exercise).ok();
    let key = world.account_key("mallory", CLASSIC);
    world.send(build::settle_positions(&world.pools[CLASSIC], key)).ok();
    assert!(world.account("mallory", CLASSIC).find(call).is_none());
}
