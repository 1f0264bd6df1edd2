//! Whoever may choose legs, the moment of a touch, or what is sampled first, gains nothing by it.

use crate::attacks::{equity, withdraw_spare};
use evergreen_sdk::{events::Event, evergreen::Leg, instruction as build};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

const HALF_HOUR: i64 = 1_800;

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
