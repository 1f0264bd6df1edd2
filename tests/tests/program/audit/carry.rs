//! Carry: who can move its rate, what that is worth, and what providers of liquidity are paid for direction.

use evergreen_math::{
    CarryRate, Dollars, Points, Seconds, UnixTime,
    bounds::slope_at_least,
    funding::{SeriesFunding, owed},
    option::{OptionPricer, PricePoint},
};
use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{PoolCarry, SeriesId, half_hour},
    },
    instruction as build, presets,
};
use evergreen_tests::{
    BTC, CLASSIC, HALF_HOUR, Setup, World, assert_error,
    valuation::{scale, terms},
    world::{DOLLAR, TENTH, TOKEN},
};

/// A world without spread and smile, with the carry and the limit of the presets.
fn world() -> World {
    let mut setup = Setup::flat();
    let preset = presets::pool_params();
    (setup.pool.carry_bps, setup.pool.direction_limit_bps) = (preset.carry_bps, preset.direction_limit_bps);
    let mut world = World::new(setup);
    world.round_trip_every = 1_000_000;
    world
}

/// Lets time pass until so many seconds after the next half-hour begins.
fn pass_to_half_hour(world: &mut World, after: i64) {
    let now = world.chain.now();
    // Never no time at all.
    world.pass((after - now - 1).rem_euclid(HALF_HOUR) + 1);
}

/// Samples the first price of the next half-hour.
fn next_point(world: &mut World) {
    pass_to_half_hour(world, 1);
    let price = world.feeds[BTC].price.price / DOLLAR;
    world.set_price(BTC, price);
    world.send(world.sample_instruction(BTC)).ok();
}

/// The carry of BTC, brought up to now.
fn carry(world: &World) -> PoolCarry {
    world.view(CLASSIC).pool.carry_at(0, UnixTime(world.chain.now())).unwrap()
}

/// The rate of this half-hour, in millionths a year.
fn rate(world: &World) -> i32 {
    carry(world).rate(half_hour(world.chain.now())).0
}

fn refresh(world: &mut World) {
    world.send(build::refresh_pool(&world.pools[CLASSIC], &world.markets())).ok();
}

/// Opens accounts with so many tokens each.
fn fund(world: &mut World, all: &[(&str, u64)]) {
    for (who, cash) in all {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
}

/// Brings somebody's funding up to now.
fn settled(world: &mut World, who: &str) -> i64 {
    world.withdraw(who, CLASSIC, 1).ok();
    world.cash(who, CLASSIC) + 1
}

/// A world in which the crowd is long half of what the limit allows, and the carry has followed.
fn one_sided() -> (World, SeriesId, SeriesId) {
    let mut world = world();
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    let put = world.list_tenor(CLASSIC, BTC, true, 100_000, 7);
    fund(&mut world, &[("crowd", 300), ("mallory", 500), ("friend", 500)]);
    next_point(&mut world);
    world.trade("crowd", CLASSIC, &[(call, 10 * TENTH)]).ok();
    for _ in 0..2 {
        next_point(&mut world);
    }
    assert!(rate(&world) > 900_000, "{}", rate(&world));
    (world, call, put)
}

#[test]
fn audit_carry_a_week_of_a_one_sided_crowd_pays_the_providers_to_the_unit() {
    // SETUP: a crowd that is long all the time. What it owes is worked out beside the program: the net delta stands between two trades, and at
    // each point the rate is time value and carry at its price.
    let (mut world, call, _) = one_sided();
    let (view, prices) = (world.view(CLASSIC), [101_000, 99_500, 103_000, 98_000, 100_000, 97_500, 102_000]);
    let scale = scale(&view);
    let cash = settled(&mut world, "crowd");
    let before = world.view(CLASSIC);
    let start = *before.registry.series(call).unwrap();
    let contract = terms(&start);
    let mut funding: SeriesFunding = start.funding();
    let mut snapshot = funding.index;
    let (mut due, mut of_carry) = (0, 0.0);
    for step in 0..7 * 48 {
        // TEST: the rate is that of the net delta which stood for the half-hour before.
        if step % 48 == 0 {
            world.set_price(BTC, prices[step / 48]);
            refresh(&mut world);
        }
        let stood = world.view(CLASSIC).pool;
        let (net, depth) = (stood.underlyings[0].carry.net_delta, stood.depth);
        next_point(&mut world);
        let underlying = world.underlying(BTC);
        let state = underlying.volatility_state();
        let point = underlying.funding_points.points[half_hour(state.last_time.0) as usize % 5];
        let (price, sigma) = (u64::from_le_bytes(point.price), evergreen_math::BasisPoints(point.sigma_bps).to_ratio());
        let spot = PricePoint::new(Dollars::from_bits(i128::from(price) << 48)).unwrap();
        let sigma = underlying.smile().of_tenor(sigma, contract.tenor()).unwrap().sigma(spot, &contract).unwrap();
        let priced = slope_at_least(&OptionPricer::new(&contract, sigma).unwrap(), spot).unwrap();
        // A refresh within the half-hour moves the average; without one it is the net delta itself.
        let found = rate(&world);
        if step % 48 != 0 {
            let expected = (i128::from(net) * 60_000 * 100 / i128::from(depth)).min(2_400_000);
            assert_eq!(i128::from(found), expected, "half-hour {step}");
        }
        let per_tenor = CarryRate(found).funding_rate(&priced, contract.tenor()).unwrap();
        funding = funding
            .advance(
                per_tenor,
                UnixTime(i64::from(half_hour(state.last_time.0)) * 1_800 + i64::from(point.late)),
                Seconds(start.tenor),
                Seconds(9_000),
            )
            .unwrap();
        of_carry += f64::from(found) / 1e6 * (priced.slope.to_bits() as f64 / 2f64.powi(64)) * 1_800.0 / 31_536_000.0;
        if step % 4 == 3 {
            let after = settled(&mut world, "crowd");
            let to_now = funding
                .advance(funding.rate, UnixTime(world.chain.now()), Seconds(start.tenor), Seconds(9_000))
                .unwrap();
            due += owed(Points(10 * TENTH), to_now.index, snapshot, scale).unwrap().0;
            (snapshot, funding) = (to_now.index, to_now);
            // Each settlement draws one native unit.
            assert_eq!(cash - after - due, (step as i64 + 1) / 4, "half-hour {step}");
        }
    }
    // All that the crowd owes is the pool's.
    let gained = world.view(CLASSIC).pool.pool_cash - before.pool.pool_cash;
    assert_eq!(gained, due);
    let carried = of_carry * (10 * TENTH) as f64 / 1_000.0;
    println!("in a week the pool got {gained} native units, {carried:.0} of them carry");
    assert!(carried > 0.003 * before.pool.depth as f64, "{carried}");
}

#[test]
fn audit_carry_touches_change_it_only_by_how_well_the_net_delta_follows() {
    // TEST: at a price that stands, or one that is shown for an instant, only by what the depth has changed since the last valuation.
    let played = |touches: i64, between: i64| {
        let (mut world, ..) = one_sided();
        let before = settled(&mut world, "crowd");
        let mut rates = Vec::new();
        for _ in 0..6 {
            for _ in 0..touches {
                world.pass(HALF_HOUR / (touches + 1));
                world.set_price(BTC, between);
                refresh(&mut world);
                world.set_price(BTC, 100_000);
                refresh(&mut world);
            }
            next_point(&mut world);
            rates.push(rate(&world));
        }
        (before - settled(&mut world, "crowd"), rates)
    };
    let alone = played(0, 100_000);
    for touches in [1, 2, 7] {
        for between in [100_000, 97_000] {
            let found = played(touches, between);
            assert!(
                (found.0 - alone.0).abs() * 2_000 < alone.0,
                "{touches} touches at {between}: {} and {}",
                found.0,
                alone.0
            );
            let near = found.1.iter().zip(&alone.1).all(|(found, alone)| (found - alone).abs() * 1_000 < *alone);
            assert!(near, "{touches} touches at {between}: {:?} and {:?}", found.1, alone.1);
        }
    }
}

#[test]
fn audit_carry_a_touch_at_a_chosen_price_just_before_a_boundary_is_worth_its_seconds() {
    // SETUP: a price from a few seconds before the boundary is still valid, and lower by half a per cent.
    let (world, ..) = one_sided();
    let played = |chosen: i64| {
        let mut world = world.clone();
        pass_to_half_hour(&mut world, HALF_HOUR - 5);
        world.set_price(BTC, chosen);
        refresh(&mut world);
        world.set_price(BTC, 100_000);
        next_point(&mut world);
        rate(&world)
    };

    // TEST: six seconds of 1,800 count, of a slope that moves by a few per cent, and the depth, which is measured there, moves by the skew times half
    // a per cent.
    let (plain, chosen) = (played(100_000), played(99_500));
    assert!(plain > chosen && (plain - chosen) * 500 < plain, "{plain} and {chosen}");
}

#[test]
fn audit_carry_a_round_trip_within_a_half_hour_gains_nothing() {
    // SETUP: the carry is as high as it gets by the crowd; who is short delta is paid.
    let (world, _, put) = one_sided();
    for seconds in [10, 900, HALF_HOUR - 10] {
        let mut world = world.clone();
        let start = world.cash("mallory", CLASSIC);
        world.trade("mallory", CLASSIC, &[(put, 9 * TENTH)]).ok();
        world.pass(seconds);
        world.trade("mallory", CLASSIC, &[(put, -9 * TENTH)]).ok();

        // TEST: a half-hour of carry on their delta is worth less than the fees of two trades.
        let change = world.cash("mallory", CLASSIC) - start;
        println!("{seconds} seconds change {change}");
        assert!(change < -(TOKEN as i64) / 5, "{seconds} seconds: {change}");
    }
}

#[test]
fn audit_carry_trading_with_oneself_moves_nothing() {
    // SETUP
    let (world, call, _) = one_sided();
    let next = |mut world: World| {
        next_point(&mut world);
        (rate(&world), carry(&world).net_delta)
    };
    let alone = next(world.clone());
    let mut both = world.clone();
    let before = both.cash("mallory", CLASSIC) + both.cash("friend", CLASSIC);
    both.trade("mallory", CLASSIC, &[(call, 5 * TENTH)]).ok();
    both.trade("friend", CLASSIC, &[(call, -5 * TENTH)]).ok();
    assert!(both.cash("mallory", CLASSIC) + both.cash("friend", CLASSIC) < before, "both pay fees");

    // TEST: what one buys the other writes, at the same price.
    let together = next(both);
    assert!((together.0 - alone.0).abs() * 1_000 < alone.0, "{together:?} and {alone:?}");
    assert!((together.1 - alone.1).abs() < 1_000, "{together:?} and {alone:?}");
}

#[test]
fn audit_carry_turning_the_sign_costs_more_than_it_saves() {
    // SETUP: mallory sells so much delta just before a boundary that the net delta changes its sign, and takes it back after.
    let (world, _, put) = one_sided();
    let after = |turns: bool| {
        let mut world = world.clone();
        let start = settled(&mut world, "mallory");
        refresh(&mut world);
        pass_to_half_hour(&mut world, HALF_HOUR - 8);
        if turns {
            world.trade("mallory", CLASSIC, &[(put, 17 * TENTH)]).ok();
            assert!(carry(&world).net_delta < 0);
        }
        next_point(&mut world);
        let found = rate(&world);
        if turns {
            world.trade("mallory", CLASSIC, &[(put, -17 * TENTH)]).ok();
        }
        let paid = start - settled(&mut world, "mallory");
        pass_to_half_hour(&mut world, HALF_HOUR - 1);
        (found, paid, settled(&mut world, "crowd"))
    };

    // TEST: the pool does not pay on the whole: the part of the skew is zero for a half-hour. It saves the crowd less than it costs.
    let ((plain, _, cash), (turned, paid, better)) = (after(false), after(true));
    assert!(plain > 900_000 && turned == 0, "{plain} and {turned}");
    let saved = better - cash;
    println!("turning the sign cost {paid} and saved the crowd {saved} native units");
    assert!(saved > 0 && paid > 4 * saved, "{paid} and {saved}");
}

#[test]
fn audit_carry_no_trade_raises_the_skew_beyond_its_limit() {
    // SETUP
    let mut world = world();
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    let far = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    let put = world.list_tenor(CLASSIC, BTC, true, 100_000, 7);
    fund(&mut world, &[("alice", 700), ("bob", 700), ("carol", 700)]);
    let limit = world.view(CLASSIC).pool.depth * 4 / 10;
    let slope = world.view(CLASSIC).registry.series(call).unwrap().slope();
    let most = (limit as f64 * 1_000.0 * 2f64.powi(64) / slope.to_bits() as f64) as i64;

    // TEST: what one commits counts for the next, before and after it is filled.
    let more = most / 2 + 1_000_000;
    world.trade_refused("alice", CLASSIC, &[(call, most + 1_000_000)], EvergreenError::DirectionLimit);
    let first = world.commit_instruction("alice", CLASSIC, &[(call, most / 2)]);
    world.send(first).ok();
    let second = world.commit_instruction("bob", CLASSIC, &[(call, more)]);
    world.refused(second, EvergreenError::DirectionLimit);
    let other_side = world.commit_instruction("carol", CLASSIC, &[(put, TENTH)]);
    world.send(other_side).ok();
    world.wait_for_fill();
    world.fill("alice", CLASSIC).ok();
    world.trade_refused("bob", CLASSIC, &[(call, most / 2 + TENTH)], EvergreenError::DirectionLimit);
    world.fill("carol", CLASSIC).ok();
    world.trade("bob", CLASSIC, &[(call, most / 2 - 1_000)]).ok();

    // Beyond the limit by the price, the crowd may leave, spread, and take the other side, and nobody adds to it.
    world.set_price(BTC, 106_000);
    refresh(&mut world);
    assert!(carry(&world).net_delta.unsigned_abs() > world.view(CLASSIC).pool.depth * 4 / 10);
    world.trade_refused("carol", CLASSIC, &[(far, 1_000_000)], EvergreenError::DirectionLimit);
    world.trade("carol", CLASSIC, &[(far, -TENTH)]).code.expect("more written than bought");
    world.trade("carol", CLASSIC, &[(call, -TENTH), (put, TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
    next_point(&mut world);
    next_point(&mut world);
    assert_eq!(rate(&world), 2_400_000, "the carry grows no further");
}

#[test]
fn audit_carry_what_is_committed_is_filled_whatever_others_and_prices_do() {
    // SETUP: alice commits within the limit. Then others leave the other side, and the price moves.
    let mut world = world();
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    let put = world.list_tenor(CLASSIC, BTC, true, 100_000, 7);
    fund(&mut world, &[("alice", 700), ("bob", 700)]);
    world.trade("bob", CLASSIC, &[(put, 10 * TENTH)]).ok();
    let slope = world.view(CLASSIC).registry.series(call).unwrap().slope();
    let room = world.view(CLASSIC).pool.side_and_limit(0, true, 0).map(|(side, limit)| (limit - side) as i64).unwrap();
    let points = (room as f64 * 1_000.0 * 2f64.powi(64) / slope.to_bits() as f64) as i64 - 1_000;
    let leave = world.commit_instruction("bob", CLASSIC, &[(put, -10 * TENTH)]);
    world.send(leave).ok();
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, points)]);
    world.send(commit).ok();
    let committed = carry(&world);
    assert!(committed.committed_up.abs_diff(room as u64) < 100_000 && committed.committed_down == 0);
    world.wait_for_fill();
    world.set_price(BTC, 102_000);
    world.fill("bob", CLASSIC).ok();
    refresh(&mut world);

    // TEST: the fill finds a skew beyond the limit, and is done; what was reserved is released to the unit.
    world.fill("alice", CLASSIC).ok();
    let now = carry(&world);
    assert!(now.net_delta as u64 > world.view(CLASSIC).pool.depth * 9 / 20, "{now:?}");
    assert_eq!((now.committed_up, now.committed_down), (0, 0));
}

#[test]
fn audit_carry_a_slope_that_nobody_has_measured_for_an_hour_counts_as_the_strike() {
    // SETUP: calls far out of the money are listed while their slope is all but nothing; the price comes near, and nobody touches them.
    let mut world = world();
    let call = world.list_tenor(CLASSIC, BTC, false, 120_000, 1);
    fund(&mut world, &[("mallory", 4_000)]);
    let points = 100 * TENTH;
    let fork = |world: &World| {
        let mut fork = world.clone();
        let commit = fork.commit_within("mallory", CLASSIC, &[(call, points)], -(1_000 * TOKEN as i64));
        fork.send(commit)
    };
    // Their room is that of ten bitcoins with hardly any delta.
    fork(&world).ok();
    for _ in 0..3 {
        next_point(&mut world);
    }

    // TEST
    assert_error(&fork(&world), EvergreenError::DirectionLimit);
    refresh(&mut world);
    fork(&world).ok();
    world.set_price(BTC, 119_000);
    refresh(&mut world);
    assert_error(&fork(&world), EvergreenError::DirectionLimit);
}

#[test]
fn audit_carry_a_holder_whose_cash_it_has_used_up_is_closed_for_cash() {
    // SETUP: alice holds calls deep in the money and no cash, in a pool with the largest carry. Carry is all that she owes to speak of.
    let mut setup = Setup::flat();
    (setup.pool.carry_bps, setup.pool.direction_limit_bps) = (60_000, [4_000; 4]);
    let mut world = World::new(setup);
    world.round_trip_every = 1_000_000;
    let call = world.list_tenor(CLASSIC, BTC, false, 95_000, 1);
    fund(&mut world, &[("alice", 500), ("keeper", 1)]);
    world.trade("alice", CLASSIC, &[(call, 11 * TENTH)]).ok();
    let spare = world.cash("alice", CLASSIC) as u64;
    world.withdraw("alice", CLASSIC, spare).ok();
    for _ in 0..8 {
        next_point(&mut world);
    }
    assert!(rate(&world) > 2_000_000);

    // TEST: her debt is made good at the mark by anyone; nobody loses anything.
    world.close_for_cash("alice", CLASSIC, call).ok();
    let view = world.view(CLASSIC);
    assert!(world.cash("alice", CLASSIC) >= 0 && view.held(&world.account_key("alice", CLASSIC), call) > 0);
    assert_eq!((view.pool.debts, view.pool.bad_debts), (0, 0));
}
