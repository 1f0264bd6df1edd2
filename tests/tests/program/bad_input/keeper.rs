//! Bad input to the instructions that anyone may call.

use super::{case, refuse_all, scene::Scene};
use evergreen_sdk::{
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{NoticeCause, Notices, SeriesId, SeriesSpec},
    },
    instruction as build,
};
use evergreen_tests::{BTC, CLASSIC, ETH, World, chain::actor, world::TOKEN};

const WEEK: u32 = 7 * 86_400;

#[test]
fn a50_series_off_the_grid_or_at_the_cap() {
    let mut world = World::flat();
    world.list(CLASSIC, BTC, false, 100_000);
    let keys = world.pools[CLASSIC];
    let list = |market: usize, put, strike, tenor| {
        build::list_series(&keys, &world.feeds[market].accounts, SeriesSpec { put, strike, tenor })
    };
    let mut cases = vec![
        case("3 days", list(BTC, false, 100_000, 3 * 86_400), EvergreenError::UnknownTenor),
        case("no tenor", list(BTC, false, 100_000, 0), EvergreenError::UnknownTenor),
        case("all tenors", list(BTC, false, 100_000, u32::MAX), EvergreenError::UnknownTenor),
        // Calls are capped at 120 % of the strike (99,600 here), puts at 80 % (100,000 here).
        case("a call at its cap", list(BTC, false, 83_000, WEEK), EvergreenError::SeriesAtCap),
        case("a put at its cap", list(BTC, true, 125_000, WEEK), EvergreenError::SeriesAtCap),
    ];
    for strike in [0, 1, 999, 100_001, 100_500, 49_000, 151_000, 1 << 40, u64::MAX] {
        let off = list(BTC, false, strike, WEEK);
        cases.push(case(format!("strike {strike}"), off, EvergreenError::StrikeOffGrid));
    }
    let huge = list(ETH, false, (i64::MAX as u64 / 50 + 1) * 50, WEEK);
    cases.push(case("a strike of 2^63", huge, EvergreenError::Overflow));
    refuse_all(&mut world, cases);
    world.list(CLASSIC, BTC, false, 150_000);
    world.list(CLASSIC, BTC, true, 50_000);
    world.list(CLASSIC, BTC, false, 84_000);
}

#[test]
fn a64_a_registry_full_of_unused_series_is_cleared_by_anyone() {
    // SETUP
    let mut world = World::flat();
    let keys = world.pools[CLASSIC];
    let all: Vec<SeriesId> =
        (0..64).map(|place| world.list(CLASSIC, BTC, place >= 32, 90_000 + 1_000 * (place % 32))).collect();
    let eth = world.feeds[ETH].accounts;
    let list = build::list_series(&keys, &eth, SeriesSpec { put: false, strike: 4_000, tenor: WEEK });

    // TEST
    world.refused(list.clone(), EvergreenError::RegistryFull);
    world.chain.pass(1);
    world.send(build::retire_series(&keys, all[17])).ok();
    world.chain.pass(1);
    world.refused(build::retire_series(&keys, all[17]), EvergreenError::UnknownSeries);
    world.edit_price(ETH, |_| {});
    world.send(list).ok();
    // a52: the slot now has another generation.
    let reused = SeriesId { slot: 17, generation: all[17].generation + 1 };
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.chain.pass(1);
    world.refused(build::retire_series(&keys, all[17]), EvergreenError::UnknownSeries);
    world.edit_price(ETH, |_| {});
    world.trade_refused("alice", CLASSIC, &[(all[17], 1_000)], EvergreenError::OptionNotListed);
    world.trade("alice", CLASSIC, &[(reused, 1_000)]).ok();
}

#[test]
fn series_in_use_are_not_retired_and_unknown_ones_not_touched() {
    let mut scene = Scene::new();
    let (keys, btc, call) = (scene.world.pools[CLASSIC], scene.world.feeds[BTC].accounts, scene.call[CLASSIC]);
    let feeds = scene.world.markets();
    let bob = scene.account("bob");
    // Their funding is settled up to where their series were last touched.
    scene.world.send(build::settle_positions(&keys, bob));
    let mut cases = vec![
        case("in use", build::retire_series(&keys, call), EvergreenError::SeriesInUse),
        case("below the cap", build::exercise_series(&keys, call, &btc), EvergreenError::SeriesNotAtCap),
        case("nothing more to settle", build::settle_positions(&keys, bob), EvergreenError::NothingToSettle),
        case(
            "nothing at all",
            build::settle_positions(&keys, scene.account("keeper")),
            EvergreenError::NothingToSettle,
        ),
        case("no debt", build::absorb_bad_debt(&keys, bob), EvergreenError::NoBadDebt),
        case(
            "no debt, no positions",
            build::absorb_bad_debt(&keys, scene.account("keeper")),
            EvergreenError::NoBadDebt,
        ),
    ];
    let strange = [
        SeriesId { slot: 63, generation: 0 },
        SeriesId { slot: 64, generation: 1 },
        SeriesId { slot: 255, generation: 1 },
        SeriesId { generation: call.generation + 1, ..call },
        SeriesId { generation: 0, ..call },
    ];
    for id in strange {
        let close = build::auto_deleverage(actor("keeper"), &keys, bob, id, 1, &feeds);
        cases.push(case(format!("retire {id:?}"), build::retire_series(&keys, id), EvergreenError::UnknownSeries));
        cases.push(case(
            format!("exercise {id:?}"),
            build::exercise_series(&keys, id, &btc),
            EvergreenError::UnknownSeries,
        ));
        cases.push(case(format!("close {id:?}"), close, EvergreenError::UnknownSeries));
    }
    refuse_all(&mut scene.world, cases);
}

#[test]
fn a48_exercise_and_settlement_happen_once() {
    // SETUP
    let mut scene = Scene::new();
    let (keys, btc, call) = (scene.world.pools[CLASSIC], scene.world.feeds[BTC].accounts, scene.call[CLASSIC]);
    scene.world.pass(60);
    scene.world.give_notice(CLASSIC, call, NoticeCause::Excess);
    scene.world.pass(Notices::PERIOD);
    scene.world.set_price(BTC, 120_000);
    let (exercise, alice) = (build::exercise_series(&keys, call, &btc), scene.account("alice"));
    scene.world.send(exercise.clone()).ok();
    scene.world.pass(1);

    // TEST
    let feeds = scene.world.markets();
    let bob = scene.account("bob");
    let close = build::auto_deleverage(actor("keeper"), &keys, bob, call, 1, &feeds);
    let cases = vec![
        case("exercised again", exercise.clone(), EvergreenError::SeriesExercised),
        case("bought", scene.commit(&[scene.leg(1_000)]), EvergreenError::OptionNotListed),
        case("deleveraged", close, EvergreenError::SeriesExercised),
        case("retired", build::retire_series(&keys, call), EvergreenError::SeriesInUse),
    ];
    refuse_all(&mut scene.world, cases);
    let settle = build::settle_positions(&keys, alice);
    scene.world.send(settle.clone()).ok();
    scene.world.pass(1);
    scene.world.refused(settle, EvergreenError::NothingToSettle);
    let of_bob = build::settle_positions(&keys, scene.account("bob"));
    scene.world.send(of_bob).ok();
    scene.world.pass(1);
    // Liquidity of the minute still needs the slot, and then nobody does.
    scene.world.refused(exercise.clone(), EvergreenError::SeriesExercised);
    scene.world.pass(60);
    scene.world.send(build::retire_series(&keys, call)).ok();
    scene.world.refused(exercise, EvergreenError::UnknownSeries);
}

#[test]
fn auto_deleverage_keeps_to_its_bounds() {
    let mut scene = Scene::new();
    scene.pass_notice();
    let (keys, feeds, call) = (scene.world.pools[CLASSIC], scene.world.markets(), scene.call[CLASSIC]);
    let close = |who, points| build::auto_deleverage(actor("keeper"), &keys, scene.account(who), call, points, &feeds);
    let cases = vec![
        case("nothing", close("bob", 0), EvergreenError::LegZero),
        case("more than the excess", close("bob", 1_000_001), EvergreenError::NothingToDeleverage),
        case("a45 2^63 - 1", close("bob", i64::MAX as u64), EvergreenError::NothingToDeleverage),
        case("a45 2^63", close("bob", 1 << 63), EvergreenError::Overflow),
        case("a45 2^64 - 1", close("bob", u64::MAX), EvergreenError::Overflow),
        case("a buyer", close("alice", 1_000), EvergreenError::LegNotReducing),
        case("nobody", close("mallory", 1_000), EvergreenError::LegNotReducing),
    ];
    refuse_all(&mut scene.world, cases);
}

#[test]
fn liquidations_of_the_wrong_account_or_by_the_wrong_legs() {
    // SETUP
    let mut scene = Scene::new();
    let call = scene.walter_writes();
    let other = scene.leg(1_000);
    let leg = |points| Leg { series: call, points };
    let healthy = scene.liquidate_whom("walter", vec![leg(1_000)]);
    scene.world.refused(healthy, EvergreenError::NotLiquidatable);

    // TEST
    scene.world.set_price(BTC, 119_500);
    let of = |legs| scene.liquidate_whom("walter", legs);
    let unknown = Leg { series: SeriesId { slot: 63, generation: 0 }, points: 1_000 };
    let next = Leg { series: SeriesId { generation: call.generation + 1, ..call }, points: 1_000 };
    let cases = vec![
        case("no legs", of(vec![]), EvergreenError::LegCount),
        case("zero", of(vec![leg(0)]), EvergreenError::LegZero),
        case("twice", of(vec![leg(1), leg(2)]), EvergreenError::LegRepeated),
        case(
            "five",
            of((0..5).map(|i| Leg { series: SeriesId { slot: i, generation: 1 }, points: 1 }).collect()),
            EvergreenError::LegCount,
        ),
        case("further written", of(vec![leg(-1_000)]), EvergreenError::LegNotReducing),
        case("through zero", of(vec![leg(33_333_334)]), EvergreenError::LegNotReducing),
        case("a45 i64::MAX", of(vec![leg(i64::MAX)]), EvergreenError::LegNotReducing),
        case("a45 i64::MIN", of(vec![leg(i64::MIN)]), EvergreenError::LegNotReducing),
        case("not held", of(vec![other]), EvergreenError::LegNotReducing),
        case("no such series", of(vec![unknown]), EvergreenError::LegNotReducing),
        case("a03 other generation", of(vec![next]), EvergreenError::LegNotReducing),
    ];
    refuse_all(&mut scene.world, cases);
    let good = scene.liquidate_whom("walter", vec![leg(33_333_333)]);
    scene.world.send(good).ok();
}

#[test]
fn a27_samples_come_no_faster_than_allowed() {
    let mut world = World::flat();
    let sample = build::sample_volatility(&world.feeds[BTC].accounts);
    world.pass_to(2);
    world.refused(sample.clone(), EvergreenError::SampleTooEarly);
    world.pass(60);
    world.send(sample.clone()).ok();
    world.chain.pass(57);
    world.refused(sample.clone(), EvergreenError::SampleTooEarly);
    world.pass(3);
    world.send(sample).ok();
}

#[test]
fn nothing_to_collect_sweep_or_deposit_is_refused() {
    let mut world = World::flat();
    let keys = world.pools[CLASSIC];
    world.fund("fees", CLASSIC, 1);
    let cases = vec![
        case("fees", build::collect_fees(&keys, keys.wallet(&actor("fees"))), EvergreenError::ZeroAmount),
        case("income of insurance", build::sweep_insurance(&keys), EvergreenError::ZeroAmount),
        case(
            "shares",
            build::request_deposit(actor("lp"), &keys, evergreen_sdk::evergreen::state::ShareClass::Main, 9, 0, 0),
            EvergreenError::ZeroAmount,
        ),
    ];
    refuse_all(&mut world, cases);
}
