//! Whoever may choose legs, the moment of a touch, or what is sampled first, gains nothing by it.

use crate::attacks::{equity, withdraw_spare};
use evergreen_math::UnixTime;
use evergreen_sdk::{
    events::Event,
    evergreen::{Leg, errors::EvergreenError, state::PoolCarry},
    instruction as build, presets,
};
use evergreen_tests::{
    BTC, CLASSIC, ETH, HALF_HOUR, Setup, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// The presets, with the limit of direction that pools have.
fn presets() -> World {
    let mut setup = Setup::slow();
    setup.pool.direction_limit_bps = presets::pool_params().direction_limit_bps;
    let mut world = World::new(setup);
    world.round_trip_every = u32::MAX;
    world
}

fn carry(world: &World) -> PoolCarry {
    world.view(CLASSIC).pool.carry_at(0, UnixTime(world.chain.now())).unwrap()
}

/// Lets time pass to so many seconds after the next half-hour.
fn to_half_hour(world: &mut World, after: i64) {
    let now = world.chain.now();
    world.pass((after - now - 1).rem_euclid(HALF_HOUR) + 1);
}

/// A second after the next half-hour, with its sample taken.
fn next(world: &mut World) {
    to_half_hour(world, 1);
    let sample = world.sample_instruction(BTC);
    world.send(sample);
}

fn refresh(world: &mut World) {
    world.send(build::refresh_pool(&world.pools[CLASSIC], &world.markets())).ok();
}

/// Calls far out of the money, whose closing does next to nothing for health, are closed beside a put that does: the penalty is no fifth of what both do, whatever the order.
#[test]
fn audit_liquidation_useless_leg() {
    for far in [4, 6] {
        let mut world = World::new(Setup::slow());
        world.round_trip_every = u32::MAX;
        let put = world.list_tenor(CLASSIC, BTC, true, 95_000, 7);
        let call = world.list_tenor(CLASSIC, BTC, false, 115_000, 7);
        world.pass(HALF_HOUR);
        for _ in 0..2 {
            next(&mut world);
        }
        for who in ["crowd", "keeper", "victim"] {
            world.trader(who, CLASSIC, 300 * TOKEN);
        }
        world.trade("crowd", CLASSIC, &[(put, 6 * TENTH), (call, 30 * TENTH)]).ok();
        world.trade("victim", CLASSIC, &[(put, -6 * TENTH)]).ok();
        world.trade("victim", CLASSIC, &[(call, -far * TENTH)]).ok();
        withdraw_spare(&mut world, "victim", CLASSIC);
        world.set_price(BTC, 91_000);
        world.pass(1);
        let key = world.account_key("victim", CLASSIC);
        let leg = |series, tenths: i64| Leg { series, points: tenths * TENTH };
        let penalty = |legs: Vec<Leg>| {
            let mut fork = world.clone();
            let keeper = fork.account_key("keeper", CLASSIC);
            let close = build::liquidate(actor("keeper"), &fork.pools[CLASSIC], key, keeper, legs, &fork.markets());
            let before = equity(&fork, "victim");
            let done = fork.send(close).ok();
            let told = done.event(|e| if let Event::Liquidated(e) = e { Some(e.penalty) } else { None });
            (told, before - equity(&fork, "victim"))
        };
        let alone = penalty(vec![leg(put, 6)]);
        assert_eq!(penalty(vec![leg(put, 6), leg(call, far)]), alone, "the put suffices");
        let first = penalty(vec![leg(call, far), leg(put, 6)]);
        println!("{far} tenths of calls: the put alone {alone:?}, after the calls {first:?}");
        // What the calls do for health themselves earns a fifth of that; before, it was a fifth of what both do, seven times the penalty of the put.
        assert!(first.0 < 2 * alone.0, "penalty {} after the calls, {} for the put alone", first.0, alone.0);
    }
}

/// A put whose slope nobody has measured for an hour is no offset of calls: together they take no more room than the calls alone.
#[test]
fn audit_direction_stale_offset() {
    let mut world = presets();
    world.trader("mallory", CLASSIC, 900 * TOKEN);
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    let put = world.list_tenor(CLASSIC, BTC, true, 83_000, 1);
    world.pass(HALF_HOUR);
    for _ in 0..4 {
        next(&mut world);
    }
    // Only the calls are measured.
    world.trade("mallory", CLASSIC, &[(call, 1_000)]).ok();
    let legs = [(call, 80 * TENTH), (put, 50 * TENTH)];
    let commit = world.commit_within("mallory", CLASSIC, &legs, -(500 * TOKEN as i64));
    world.refused(commit, EvergreenError::DirectionLimit);
    // What is committed is released to the unit where only one side has taken room.
    let committed = |world: &World| (carry(world).committed_up, carry(world).committed_down);
    world.trade_within("mallory", CLASSIC, &[(call, 5 * TENTH), (put, TENTH)], -(500 * TOKEN as i64)).ok();
    assert_eq!(committed(&world), (0, 0));
    refresh(&mut world);
    let (net, depth) = (carry(&world).net_delta, world.view(CLASSIC).pool.depth);
    println!("net delta {net} of a depth of {depth}");
    assert!(net < (depth * 2 / 5) as i64);
}

/// Who holds a series alone sets the carry at both ends of a gap in which nobody touches it, and is not paid for it in between.
#[test]
fn audit_carry_gap() {
    for days in [1, 3] {
        let mut world = presets();
        world.replay = None;
        let call = world.list_tenor(CLASSIC, BTC, false, 95_000, 1);
        let put = world.list_tenor(CLASSIC, BTC, true, 107_000, 1);
        world.pass(HALF_HOUR);
        for _ in 0..3 {
            next(&mut world);
        }
        refresh(&mut world);
        for who in ["a", "b"] {
            world.trader(who, CLASSIC, 900 * TOKEN);
        }
        let worth = |world: &World| equity(world, "a") + equity(world, "b");
        let before = worth(&world);
        let n = 8 * TENTH;
        world.trade("b", CLASSIC, &[(put, n)]).ok();
        let up = |world: &mut World| world.trade("a", CLASSIC, &[(call, 2 * n)]).ok();
        up(&mut world);
        for _ in 0..2 {
            next(&mut world);
            refresh(&mut world);
        }
        world.trade("a", CLASSIC, &[(call, -2 * n)]).ok();
        for _ in 0..days * 48 {
            next(&mut world);
        }
        up(&mut world);
        for _ in 0..6 {
            next(&mut world);
        }
        refresh(&mut world);
        world.trade("a", CLASSIC, &[(call, -2 * n)]).ok();
        world.trade("b", CLASSIC, &[(put, -n)]).ok();
        let gained = worth(&world) - before;
        println!("{days} days: both accounts {gained}");
        assert!(gained < 0, "both accounts gained {gained}");
    }
}

/// A feed without a price holds up no other: series of the other underlying are brought up to date, and depth is left as it is.
#[test]
fn audit_refresh_without_a_feed() {
    let mut world = presets();
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    let eth = world.list_tenor(CLASSIC, ETH, false, 4_000, 1);
    world.trader("a", CLASSIC, 100 * TOKEN);
    world.trade("a", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("a", CLASSIC, &[(eth, TENTH / 100)]).ok();
    let depth = world.view(CLASSIC).pool.depth;
    world.chain.pass(HALF_HOUR);
    world.edit_price(BTC, |price| price.price = price.price / 100 * 101);
    let keys = world.pools[CLASSIC];
    world.refused(build::refresh_pool(&keys, &world.markets()), EvergreenError::PriceStale);
    let before = carry(&world).net_delta;
    let done = world.send(build::refresh_pool(&keys, &world.market(BTC))).ok();
    let told = done.event(|e| if let Event::PoolRefreshed(e) = e { Some((e.assets, e.net_deltas)) } else { None });
    let view = world.view(CLASSIC);
    assert_eq!((told.0, told.1[0]), (None, carry(&world).net_delta));
    assert!(carry(&world).net_delta > before, "the slope of a call rises with the price");
    assert_eq!(i64::from(view.registry.series[usize::from(call.slot)].funding_touched), world.chain.now());
    assert_eq!(view.pool.depth, depth);
}
