//! What others close waits for a volatility sample that is due: whoever closes them does not choose whether the bid counts it.

use anchor_lang::solana_program::instruction::Instruction;
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{NoticeCause, Notices, SeriesId},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, HALF_HOUR, Setup, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// Straddles that are written too many, in tenths of a bitcoin.
const SIZE: i64 = 30;

/// Bob has written straddles of a day that nobody holds, and the moment of their notices is two seconds after a half-hour. For its first two seconds the price is 3 %
/// higher; then it is back. Returns the straddle and the moment. Nobody has sampled the half-hour.
fn wick() -> (World, [SeriesId; 2], i64) {
    let mut world = World::new(Setup::slow());
    world.round_trip_every = u32::MAX;
    world.pass(HALF_HOUR);
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    for who in ["alice", "bob", "keeper"] {
        world.trader(who, CLASSIC, 3_000 * TOKEN);
    }
    for (who, tenths) in [("alice", SIZE), ("bob", -SIZE), ("alice", -SIZE)] {
        world.trade(who, CLASSIC, &both.map(|series| (series, tenths * TENTH))).ok();
    }
    for _ in 0..2 {
        let now = world.chain.now();
        world.pass(HALF_HOUR + 1 - now.rem_euclid(HALF_HOUR));
        let sample = world.sample_instruction(BTC);
        world.send(sample).ok();
    }
    let now = world.chain.now();
    world.pass(HALF_HOUR - now.rem_euclid(HALF_HOUR) + 2 - Notices::PERIOD);
    for series in both {
        world.give_notice(CLASSIC, series, NoticeCause::Excess);
    }
    let moment = world.chain.now() + Notices::PERIOD;
    world.sampled = false;
    world.pass(Notices::PERIOD - 2);
    for dollars in [103_000, 103_000, 100_000, 100_000] {
        world.chain.pass(1);
        world.set_price(BTC, dollars);
    }
    (world, both, moment)
}

fn deleverage(world: &World, series: SeriesId, moment: i64) -> Instruction {
    let feeds = [world.first_after(BTC, moment).expect("the first price after the moment")];
    let (keys, bob) = (world.pools[CLASSIC], world.account_key("bob", CLASSIC));
    build::auto_deleverage(actor("keeper"), &keys, bob, series, (SIZE * TENTH).unsigned_abs(), &feeds)
}

/// Whoever deleveraged bob could leave the sample out, and bob paid some 19.5 tokens: what options of a day were sold at before the wick.
#[test]
fn audit_sample_forced_whoever_deleverages_takes_it_first() {
    let (mut world, both, moment) = wick();
    let [call, put] = both.map(|series| deleverage(&world, series, moment));

    // TEST: not without it, nor before it in one transaction; whoever is closed pays what it leaves.
    let sample = world.sample_instruction(BTC);
    world.refused(call.clone(), EvergreenError::SampleDue);
    let behind = world.chain.simulate(&[call.clone(), sample.clone()]);
    assert_eq!(behind.code, Some(EvergreenError::SampleDue.into()));
    let before = world.cash("bob", CLASSIC);
    world.send_all(&[sample, call, put]).ok();
    let paid = before - world.cash("bob", CLASSIC);
    println!("bob pays {:.2} tokens", paid as f64 / TOKEN as f64);
    assert!(world.account("bob", CLASSIC).is_flat());
    assert!((0..16 * TOKEN as i64).contains(&paid), "{paid}");
}

/// A price is chosen there, so one from before the half-hour waits as well.
#[test]
fn audit_sample_forced_what_is_sold_for_cash_waits_at_any_price() {
    // SETUP: carol owes cash, because the written leg of her spread was exercised. Nobody samples the next half-hour.
    let mut world = World::new(Setup::slow());
    world.round_trip_every = u32::MAX;
    let [low, high] = [97_000, 102_000].map(|strike| world.list_tenor(CLASSIC, BTC, false, strike, 7));
    for (who, cash) in [("dave", 300), ("carol", 42)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    world.trade("dave", CLASSIC, &[(low, 25 * TENTH)]).ok();
    world.trade("carol", CLASSIC, &[(low, -25 * TENTH), (high, 25 * TENTH)]).ok();
    world.set_price(BTC, 97_000 * 121 / 100);
    let (keys, carol) = (world.pools[CLASSIC], world.account_key("carol", CLASSIC));
    world.send(build::exercise_series(&keys, low, &world.feeds[BTC].accounts)).ok();
    world.send(build::settle_positions(&keys, carol)).ok();
    assert!(world.cash("carol", CLASSIC) < 0, "she owes");
    let now = world.chain.now();
    world.pass(2 * HALF_HOUR - 1 - now.rem_euclid(HALF_HOUR));
    world.sampled = false;
    let close = |world: &World| build::close_for_cash(actor("keeper"), &keys, carol, high, &world.market(BTC));

    // TEST: it waits from the half-hour on, at a price from before it and at one from after it, until the sample is taken.
    let early = world.clone().send(close(&world));
    assert!(early.succeeded(), "before the half-hour: {:?}", early.failure);
    world.chain.pass(2);
    world.refused(close(&world), EvergreenError::SampleDue);
    world.pass(1);
    world.refused(close(&world), EvergreenError::SampleDue);
    let sample = world.sample_instruction(BTC);
    world.send_all(&[sample, close(&world)]).ok();
}

/// A loss grows while a liquidation waits, and a sample may be such as one person alone can show.
#[test]
fn audit_sample_forced_a_liquidation_waits_for_none() {
    let (mut world, both, _) = wick();
    let (keys, bob, keeper) =
        (world.pools[CLASSIC], world.account_key("bob", CLASSIC), world.account_key("keeper", CLASSIC));
    let spare = world.valued(CLASSIC, |view, markets| markets.health(&view.accounts[&bob], HealthLevel::Initial));
    world.withdraw("bob", CLASSIC, spare.unsigned_abs() - TOKEN / 10).ok();
    world.chain.pass(1);
    world.set_price(BTC, 112_000);
    let legs = both.map(|series| Leg { series, points: SIZE * TENTH }).to_vec();
    world.send(build::liquidate(actor("keeper"), &keys, bob, keeper, legs, &world.market(BTC))).ok();
}
