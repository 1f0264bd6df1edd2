//! Direction is limited side by side: whatever closes, in whichever order, no side is left beyond four times the limit.

use crate::attacks::withdraw_spare;
use evergreen_math::{Rounding, UnixTime, carry::Sides};
use evergreen_sdk::{
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{NoticeCause, PoolCarry, SeriesId},
    },
    instruction as build, presets,
};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// A world without spread and smile, whose volatility stands, with the limit of direction of the presets.
fn world(people: &[&str]) -> (World, SeriesId, SeriesId) {
    let mut setup = Setup::flat();
    setup.pool.direction_limit_bps = presets::pool_params().direction_limit_bps;
    let mut world = World::new(setup);
    world.round_trip_every = u32::MAX;
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    let put = world.list_tenor(CLASSIC, BTC, true, 100_000, 7);
    for who in people {
        world.trader(who, CLASSIC, 2_000 * TOKEN);
    }
    (world, call, put)
}

fn carry(world: &World) -> PoolCarry {
    world.view(CLASSIC).pool.carry_at(0, UnixTime(world.chain.now())).unwrap()
}

fn refresh(world: &mut World) {
    world.send(build::refresh_pool(&world.pools[CLASSIC], &world.markets())).ok();
}

/// Both sides and the limit of one that stands alone, native units.
fn sides(world: &World) -> (u64, u64, u64) {
    let pool = world.view(CLASSIC).pool;
    let side = |up| carry(world).sides().side(up, pool.scale().unwrap(), Rounding::Ceil).unwrap().0;
    (side(true), side(false), pool.depth * 4 / 10)
}

/// How much room is left on a side, native units.
fn room(world: &World, up: bool) -> u64 {
    let (side, limit) = world.view(CLASSIC).pool.side_and_limit(0, up, 0).unwrap();
    limit.saturating_sub(side)
}

/// The most points of an option whose delta fits into so much room.
fn points_in(world: &World, series: SeriesId, room: u64) -> i64 {
    let view = world.view(CLASSIC);
    let slope = view.registry.series(series).unwrap().slope;
    let units = (i128::from(room) * 10i128.pow(view.pool.scale_exponent.into())) << 16;
    i64::try_from(units / i128::from(slope.unsigned_abs())).unwrap()
}

/// Somebody opens as much of an option as the room for direction takes, on whichever side that is, and not a thousandth more. Returns the points.
fn open_all(world: &mut World, who: &str, series: SeriesId, sign: i64) -> i64 {
    let rises = sign * world.view(CLASSIC).registry.series(series).unwrap().slope > 0;
    let most = points_in(world, series, room(world, rises));
    world.trade_refused(who, CLASSIC, &[(series, sign * most * 1_001 / 1_000)], EvergreenError::DirectionLimit);
    world.trade(who, CLASSIC, &[(series, sign * most)]).ok();
    sign * most
}

#[test]
fn audit_direction_gross_two_accounts_that_take_turns_end_below_four_times_the_limit() {
    // SETUP: one opens all that fits to one side, the other all to the other; the first leaves, and opens anew. Before, five rounds brought the skew to
    // 399 % of the depth.
    let (mut world, ..) = world(&["mallory", "friend"]);
    // Of a day, whose caps are so near that reserves do not end it before.
    let [call, put] = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    let start = world.cash("mallory", CLASSIC) + world.cash("friend", CLASSIC);
    let mut found = Vec::new();
    let mut held = 0;
    for _ in 0..5 {
        let puts = open_all(&mut world, "friend", put, 1);
        if held != 0 {
            world.trade("mallory", CLASSIC, &[(call, -held)]).ok();
        }
        let (_, down, limit) = sides(&world);
        found.push(down as f64 / limit as f64);
        held = open_all(&mut world, "mallory", call, 1);
        world.trade("friend", CLASSIC, &[(put, -puts)]).ok();
        let (up, down, limit) = sides(&world);
        assert_eq!(down, 0);
        found.push(up as f64 / limit as f64);
    }
    let paid = start - world.cash("mallory", CLASSIC) - world.cash("friend", CLASSIC);
    println!("sides over the limit: {found:.4?}; cash paid {paid} with what is held");

    // TEST: one, one and three quarters, two and five sixteenths: each leaves three quarters of the way to four.
    for (step, found) in found.iter().enumerate() {
        let expected = 4.0 - 4.0 * 0.75f64.powi(i32::try_from(step + 1).unwrap());
        assert!((found - expected).abs() < 0.01, "step {step}: {found}, expected {expected}");
    }
    let (net, depth) = (carry(&world).net_delta, world.view(CLASSIC).pool.depth);
    assert!(net.unsigned_abs() * 10 < depth * 16, "{net} of {depth}");
}

#[test]
fn audit_direction_gross_no_order_of_opening_and_closing_passes_four_times_the_limit() {
    // SETUP: four accounts, each of which takes one kind of position: long and short calls, long and short puts. In a fixed order of chances they open as much as
    // fits, or close everything.
    let (mut world, call, put) = world(&["a", "b", "c", "d"]);
    let people = [("a", call, 1), ("b", put, 1), ("c", call, -1), ("d", put, -1)];
    let mut held = [0i64; 4];
    let mut most = (0.0f64, 0.0f64);
    let mut seed = 7u64;
    for _ in 0..60 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let turn = (seed >> 33) as usize % 4;
        let (who, series, sign) = people[turn];
        if held[turn] == 0 {
            let rises = sign * world.view(CLASSIC).registry.series(series).unwrap().slope > 0;
            let mut points = points_in(&world, series, room(&world, rises));
            if sign < 0 {
                // No more is written than bought.
                let line = *world.view(CLASSIC).registry.series(series).unwrap();
                points = points.min(line.long_points - line.short_points);
            }
            if points > TENTH {
                world.trade(who, CLASSIC, &[(series, sign * points)]).ok();
                held[turn] = sign * points;
            }
        } else {
            world.trade(who, CLASSIC, &[(series, -held[turn])]).ok();
            held[turn] = 0;
        }
        // TEST: whoever closes next, neither side is beyond four times the limit.
        let (up, down, limit) = sides(&world);
        let of = |side: u64| side as f64 / limit as f64;
        most = (most.0.max(of(up)), most.1.max(of(down)));
        assert!(of(up) <= 4.001 && of(down) <= 4.001, "{up} and {down} of {limit}");
    }
    println!("largest sides over the limit: {most:.3?}");
    assert!(most.0 > 2.0 || most.1 > 2.0, "the orders come near the bound: {most:?}");
}

#[test]
fn audit_direction_gross_a_spread_takes_room_on_both_sides_and_what_it_opens_counts_three_quarters() {
    let (mut world, call, put) = world(&["alice", "bob"]);
    let held = open_all(&mut world, "alice", call, 1);

    // TEST: nothing more upward, also beside as much downward; four thirds as much downward makes room.
    let delta_of = |world: &World, series: SeriesId| world.view(CLASSIC).registry.series(series).unwrap().slope.abs();
    let (up, down) = (delta_of(&world, call), delta_of(&world, put));
    let beside = |share: i64| TENTH * share / 100 * up / down;
    world.trade_refused("bob", CLASSIC, &[(call, TENTH), (put, beside(100))], EvergreenError::DirectionLimit);
    world.trade_refused("bob", CLASSIC, &[(call, TENTH), (put, beside(132))], EvergreenError::DirectionLimit);
    world.trade("bob", CLASSIC, &[(call, TENTH), (put, beside(135))]).ok();
    // What somebody has committed on the other side, and may never be filled, makes no room.
    let commit = world.commit_instruction("alice", CLASSIC, &[(put, 2 * TENTH)]);
    world.send(commit).ok();
    let more = world.commit_instruction("bob", CLASSIC, &[(call, TENTH / 2)]);
    world.refused(more.clone(), EvergreenError::DirectionLimit);
    world.wait_for_fill();
    world.fill("alice", CLASSIC).ok();
    world.send(more).ok();
    world.wait_for_fill();
    world.fill("bob", CLASSIC).ok();

    // Closing always may, and gives its own side back to the unit.
    world.trade("alice", CLASSIC, &[(call, -held), (put, -2 * TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH - TENTH / 2), (put, -beside(135))]).ok();
    assert_eq!(carry(&world).sides(), Sides::ZERO);
}

#[test]
fn audit_direction_gross_a_liquidation_of_the_other_side_leaves_a_side_within_its_bound() {
    // SETUP: bob writes calls against alice's, which makes room for carol. Then the price rises, and they are liquidated.
    let (mut world, _, put) = world(&["alice", "bob", "carol", "keeper"]);
    // Of a tenor whose caps are so far that nobody covers them.
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    let held = open_all(&mut world, "alice", call, 1);
    let written = held / 2;
    world.trade("bob", CLASSIC, &[(call, -written)]).ok();
    let (before, ..) = sides(&world);
    let near = world.list_tenor(CLASSIC, BTC, false, 102_000, 7);
    let more = open_all(&mut world, "carol", near, 1);
    let (up, down, limit) = sides(&world);
    assert!(more > 0 && up > before && up <= limit + down * 3 / 4 + 2, "{up} of {limit} and {down}");
    withdraw_spare(&mut world, "bob", CLASSIC);
    world.set_price(BTC, 109_000);
    refresh(&mut world);
    let stood = sides(&world);
    let (keys, bob, keeper) =
        (world.pools[CLASSIC], world.account_key("bob", CLASSIC), world.account_key("keeper", CLASSIC));
    let legs = vec![Leg { series: call, points: written }];
    world.send(build::liquidate(actor("keeper"), &keys, bob, keeper, legs, &world.markets())).ok();

    // TEST: it takes what it closes off their side alone, and no more fits on the other until that is within its limit.
    let now = sides(&world);
    println!("sides before the liquidation {stood:?}, after {now:?}");
    assert!(now.0 == stood.0 && now.1 < stood.1, "{stood:?} and {now:?}");
    world.trade_refused("alice", CLASSIC, &[(call, TENTH)], EvergreenError::DirectionLimit);
    world.trade("alice", CLASSIC, &[(put, TENTH)]).ok();
    world.trade("carol", CLASSIC, &[(near, -more)]).ok();
}

#[test]
fn audit_direction_gross_an_exercise_of_the_other_side_leaves_a_side_within_its_bound() {
    // SETUP: puts and calls at their limits; the calls reach their cap and are exercised, so nothing offsets the puts.
    let (mut world, call, put) = world(&["alice", "bob", "carol"]);
    let far = world.list_tenor(CLASSIC, BTC, true, 130_000, 30);
    open_all(&mut world, "alice", call, 1);
    let puts = open_all(&mut world, "bob", put, 1);
    world.pass(60);
    let stood = sides(&world);
    world.set_price(BTC, 125_000);
    let feeds = world.market(BTC);
    world.send(build::exercise_series(&world.pools[CLASSIC], call, &feeds)).ok();

    // TEST: the exercised side is gone at once, settled or not, and the other stays; what opens there finds its limit alone.
    let (up, down, limit) = sides(&world);
    assert!(stood.0 > 0 && up == 0 && down == stood.1, "{stood:?}, then {up} and {down}");
    let alice = world.account_key("alice", CLASSIC);
    world.send(build::settle_positions(&world.pools[CLASSIC], alice)).ok();
    assert_eq!(sides(&world), (up, down, limit));
    assert!(down > limit && room(&world, false) == 0, "{down} of {limit}");
    world.trade_refused("carol", CLASSIC, &[(far, 100_000)], EvergreenError::DirectionLimit);
    world.trade("bob", CLASSIC, &[(put, -puts)]).ok();
    open_all(&mut world, "carol", far, 1);
    let (_, down, limit) = sides(&world);
    // The slope of what she buys is measured by her own fill.
    assert!(down > limit / 2 && down < limit * 102 / 100, "{down} of {limit}");
}

#[test]
fn audit_direction_gross_deleveraging_and_closing_for_a_place_take_off_one_side_alone() {
    // SETUP: alice buys, bob writes, alice leaves: bob's are too many.
    let (mut world, call, put) = world(&["alice", "bob", "carol", "keeper"]);
    let held = open_all(&mut world, "alice", call, 1);
    world.trade("bob", CLASSIC, &[(call, -held / 2)]).ok();
    let puts = open_all(&mut world, "carol", put, 1);
    world.trade("alice", CLASSIC, &[(call, -held)]).ok();
    let (up, before, limit) = sides(&world);
    assert!(up == 0 && before > limit, "{up} and {before} of {limit}");
    let moment = world.pass_notice(CLASSIC, call, NoticeCause::Excess);
    world.deleverage("bob", CLASSIC, call, held / 2, moment).ok();

    // TEST
    let (up, down, _) = sides(&world);
    assert!(up == 0 && down < before, "{up} and {down} after {before}");
    world.trade("carol", CLASSIC, &[(put, -puts)]).ok();
    assert_eq!(carry(&world).sides(), Sides::ZERO);
}
