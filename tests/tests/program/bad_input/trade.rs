//! Bad input to margin accounts and trades.

use super::{Case, Code, case, refuse_all, scene::Scene, with_remaining};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use evergreen_sdk::{
    evergreen::{Leg, errors::EvergreenError, state::SeriesId},
    instruction as build,
};
use evergreen_tests::world::TENTH;
use evergreen_tests::{BTC, CLASSIC, ETH, Setup, World, chain::actor, world::TOKEN};

#[test]
fn amounts_of_nothing_and_of_too_much() {
    let mut scene = Scene::new();
    let (keys, feeds) = (scene.world.pools[CLASSIC], scene.world.markets());
    let deposit = |amount| build::deposit_margin(actor("alice"), &keys, scene.account("alice"), amount);
    let keeper = scene.account("keeper");
    let flat = |amount| build::withdraw_margin(actor("keeper"), &keys, keeper, amount, &feeds);
    let cases = vec![
        case("deposit nothing", deposit(0), EvergreenError::ZeroAmount),
        case("deposit more than there is", deposit(2 * TOKEN), Insufficient),
        case("a45 deposit 2^64 - 1", deposit(u64::MAX), EvergreenError::Overflow),
        case("withdraw nothing", scene.withdraw(0), EvergreenError::ZeroAmount),
        case("withdraw too much", scene.withdraw(100 * TOKEN), EvergreenError::InsufficientCash),
        case("a45 withdraw 2^63", scene.withdraw(1 << 63), EvergreenError::InsufficientCash),
        // The greatest number withdraws all cash of accounts without positions only.
        case("a45 withdraw 2^64 - 1", scene.withdraw(u64::MAX), EvergreenError::InsufficientCash),
        case("nothing, without positions", flat(0), EvergreenError::ZeroAmount),
        case("too much, without positions", flat(10 * TOKEN + 1), EvergreenError::InsufficientCash),
        case("a45 2^63, without positions", flat(1 << 63), EvergreenError::InsufficientCash),
    ];
    refuse_all(&mut scene.world, cases);
    scene.world.send(flat(u64::MAX)).ok();
    scene.world.refused(flat(u64::MAX), EvergreenError::ZeroAmount);
}

/// The token program's error for insufficient funds.
#[derive(Debug)]
struct Insufficient;

impl From<Insufficient> for u32 {
    fn from(_: Insufficient) -> Self {
        1
    }
}

#[test]
fn an_account_with_money_or_positions_is_not_closed() {
    let mut scene = Scene::new();
    let (alice, keeper) = (scene.account("alice"), scene.account("keeper"));
    let keys = scene.world.pools[CLASSIC];
    let cases = vec![
        case("positions", build::close_margin_account(actor("alice"), &keys, alice), EvergreenError::AccountNotEmpty),
        case("cash", build::close_margin_account(actor("keeper"), &keys, keeper), EvergreenError::AccountNotEmpty),
    ];
    refuse_all(&mut scene.world, cases);
}

#[test]
fn a12_a_closed_account_is_not_used_again_in_the_same_transaction() {
    // SETUP
    let mut scene = Scene::new();
    let (keys, keeper) = (scene.world.pools[CLASSIC], scene.account("keeper"));
    scene.world.withdraw("keeper", CLASSIC, u64::MAX).ok();
    let close = build::close_margin_account(actor("keeper"), &keys, keeper);
    let revive = build::deposit_margin(actor("keeper"), &keys, keeper, 1_000);

    // TEST
    let outcome = scene.world.send_all(&[close, revive]);
    evergreen_tests::assert_error(&outcome, ErrorCode::AccountOwnedByWrongProgram);
}

#[test]
fn malformed_legs_are_refused() {
    let mut scene = Scene::new();
    let call = scene.call[CLASSIC];
    let leg = |slot, generation, points| Leg { series: SeriesId { slot, generation }, points };
    let good = scene.leg(1_000);
    let cases = vec![
        case("none", scene.trade(vec![]), EvergreenError::LegCount),
        case("five", scene.trade((0..5).map(|slot| leg(slot, 1, 1)).collect()), EvergreenError::LegCount),
        case("zero", scene.trade(vec![scene.leg(0)]), EvergreenError::LegZero),
        case("zero beside another", scene.trade(vec![good, leg(1, 1, 0)]), EvergreenError::LegZero),
        case("a07 twice", scene.trade(vec![good, scene.leg(-1_000)]), EvergreenError::LegRepeated),
        case("twice, other generation", scene.trade(vec![good, leg(call.slot, 99, 1)]), EvergreenError::LegRepeated),
        case("free slot", scene.trade(vec![leg(63, 0, 1)]), EvergreenError::UnknownSeries),
        case("beyond the registry", scene.trade(vec![leg(64, 1, 1)]), EvergreenError::UnknownSeries),
        case("last slot number", scene.trade(vec![leg(255, u32::MAX, 1)]), EvergreenError::UnknownSeries),
        case(
            "a03 next generation",
            scene.trade(vec![leg(call.slot, call.generation + 1, 1)]),
            EvergreenError::UnknownSeries,
        ),
        case("a03 generation 0", scene.trade(vec![leg(call.slot, 0, 1)]), EvergreenError::UnknownSeries),
    ];
    refuse_all(&mut scene.world, cases);
}

#[test]
fn a45_sizes_at_the_limits_of_their_type() {
    let mut scene = Scene::new();
    let size = |points| scene.trade(vec![scene.leg(points)]);
    let cases: Vec<Case> = vec![
        case("i64::MAX", size(i64::MAX), EvergreenError::Overflow),
        case("i64::MIN", size(i64::MIN), EvergreenError::Overflow),
        case("i64::MIN + 1", size(i64::MIN + 1), EvergreenError::Overflow),
        case("2^62", size(1 << 62), EvergreenError::Overflow),
        case("-2^62", size(-(1 << 62)), EvergreenError::Overflow),
    ];
    refuse_all(&mut scene.world, cases);
}

#[test]
fn size_limits_of_series_and_account() {
    // SETUP
    let mut setup = Setup::flat();
    setup.pool.max_series_points = 2_000_000;
    setup.pool.max_account_points = 1_500_000;
    let mut world = World::new(setup);
    let call = world.list(CLASSIC, BTC, false, 100_000);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 100 * TOKEN);
    }

    // TEST
    let buy = |world: &World, who, points| world.trade_instruction(who, CLASSIC, &[(call, points)]);
    let too_much = buy(&world, "alice", 1_500_001);
    world.refused(too_much, EvergreenError::AccountSizeLimit);
    world.trade("alice", CLASSIC, &[(call, 1_500_000)]).ok();
    let one_more = buy(&world, "alice", 1);
    world.refused(one_more, EvergreenError::AccountSizeLimit);
    let beyond = buy(&world, "bob", 500_001);
    world.refused(beyond, EvergreenError::SeriesSizeLimit);
    world.trade("bob", CLASSIC, &[(call, 500_000)]).ok();
    let through = buy(&world, "alice", -1_500_001 - 1_500_000);
    world.refused(through, EvergreenError::ShortExceedsLong);
}

#[test]
fn rules_of_a_trade() {
    let mut scene = Scene::new();
    let cheap = |points, min_net| {
        let (keys, feeds) = (scene.world.pools[CLASSIC], scene.world.markets());
        let legs = vec![scene.leg(points)];
        build::trade(actor("alice"), &keys, scene.account("alice"), legs, 0, min_net, &feeds)
    };
    let (keys, feeds) = (scene.world.pools[CLASSIC], scene.world.markets());
    let write = |points| {
        build::trade(actor("mallory"), &keys, scene.account("mallory"), vec![scene.leg(points)], 0, i64::MIN, &feeds)
    };
    let cases = vec![
        case("a buyer who wants money", cheap(1_000, 0), EvergreenError::LimitExceeded),
        case("a seller who wants too much", cheap(-1_000, i64::MAX), EvergreenError::LimitExceeded),
        case("more written than bought", write(-1_000), EvergreenError::ShortExceedsLong),
        case("more than the cash", cheap(100 * TENTH, i64::MIN), EvergreenError::InsufficientCash),
    ];
    refuse_all(&mut scene.world, cases);
}

#[test]
fn a_leg_that_must_close_never_opens() {
    // SETUP: alice holds the call and nothing of the other series.
    let mut scene = Scene::new();
    let (keys, feeds) = (scene.world.pools[CLASSIC], scene.world.markets());
    let other = scene.world.list(CLASSIC, BTC, false, 104_000);
    let leg = |series, points| Leg { series, points };
    let trade = |scene: &Scene, legs: Vec<Leg>, closing| {
        build::trade(actor("alice"), &keys, scene.account("alice"), legs, closing, i64::MIN, &feeds)
    };
    let call = scene.call[CLASSIC];
    let alice = scene.world.account("alice", CLASSIC);
    let held = alice.positions[alice.find(call).expect("alice holds it")].points;
    let cases = vec![
        case("more than is held", trade(&scene, vec![leg(call, -held - 1)], 1), EvergreenError::LegNotReducing),
        case("more of the same", trade(&scene, vec![leg(call, 1_000)], 1), EvergreenError::LegNotReducing),
        case("nothing held", trade(&scene, vec![leg(other, 1_000)], 1), EvergreenError::LegNotReducing),
        case(
            "the second of two",
            trade(&scene, vec![leg(call, -held), leg(other, 1_000)], 0b11),
            EvergreenError::LegNotReducing,
        ),
    ];
    refuse_all(&mut scene.world, cases);

    // TEST: one leg closes the whole position beside a leg that opens; the same trade again would open, and is refused.
    let roll = trade(&scene, vec![leg(call, -held), leg(other, 1_000)], 0b01);
    scene.world.send(roll.clone()).ok();
    scene.world.refused(roll, EvergreenError::LegNotReducing);
    // Bits of legs that do not exist have no effect.
    let rest = trade(&scene, vec![leg(other, -1_000)], u8::MAX);
    scene.world.send(rest).ok();
}

#[test]
fn health_and_reserves_bound_a_trade() {
    // SETUP: alice can pay any premium, and bob has too little margin to write.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10_000 * TOKEN);
    world.trader("bob", CLASSIC, TOKEN);

    // TEST: the pool has a thousand tokens of liquidity.
    let all = world.trade_instruction("alice", CLASSIC, &[(call, 200 * TENTH)]);
    world.refused(all, EvergreenError::ReserveLimit);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let write = world.trade_instruction("bob", CLASSIC, &[(call, -TENTH)]);
    world.refused(write, EvergreenError::InsufficientHealth);
}

#[test]
fn at_the_cap_nobody_opens() {
    let mut scene = Scene::new();
    for price in [120_000, 150_000] {
        scene.world.set_price(BTC, price);
        let buy = case("buy", scene.trade(vec![scene.leg(1_000)]), EvergreenError::SeriesAtCap);
        refuse_all(&mut scene.world, vec![buy]);
    }
    let through = scene.trade(vec![scene.leg(-2 * TENTH)]);
    scene.world.refused(through, EvergreenError::SeriesAtCap);
    scene.world.trade("alice", CLASSIC, &[(scene.call[CLASSIC], -1_000)]).ok();
}

#[test]
fn a14_remaining_accounts_missing_halved_repeated_unknown() {
    // SETUP
    let mut scene = Scene::new();
    let [btc, eth] = [BTC, ETH].map(|market| scene.world.feeds[market].accounts);
    let stranger = actor("stranger");
    let pool = scene.world.pools[CLASSIC].pool;
    let lists: [(&str, Vec<Pubkey>, EvergreenError); 8] = [
        ("none", vec![], EvergreenError::MarketAccountMissing),
        ("another", vec![eth.underlying, eth.price], EvergreenError::MarketAccountMissing),
        ("half", vec![btc.underlying], EvergreenError::MarketAccountMissing),
        ("half beside a pair", vec![btc.underlying, btc.price, eth.underlying], EvergreenError::MarketAccountMissing),
        ("twice", vec![btc.underlying, btc.price, btc.underlying, btc.price], EvergreenError::MarketAccountRepeated),
        ("turned round", vec![btc.price, btc.underlying], EvergreenError::UnknownUnderlying),
        ("unknown", vec![stranger, btc.price], EvergreenError::UnknownUnderlying),
        // a10: an account of another type.
        ("a pool", vec![pool, btc.price], EvergreenError::UnknownUnderlying),
    ];

    // TEST: each list is passed to every instruction that takes remaining accounts.
    let takes = [("trade", 5), ("withdraw_margin", 9), ("deposit_liquidity", 11), ("refresh_pool", 2)];
    let more = [("execute_withdrawal", 4), ("exercise_series", 3), ("auto_deleverage", 5), ("liquidate", 10)];
    let mut cases = Vec::new();
    for (name, named) in takes.into_iter().chain(more) {
        let good = scene.instructions().into_iter().find(|(n, _)| *n == name).expect("one").1;
        for (what, list, error) in &lists {
            let code = u32::from(*error);
            cases.push(case(format!("{name}: {what}"), with_remaining(&good, named, list), Code(code)));
        }
    }
    refuse_all(&mut scene.world, cases);
    // The pairs may be in another order.
    let order = [eth.underlying, eth.price, btc.underlying, btc.price];
    let turned = with_remaining(&scene.trade(vec![scene.leg(1_000)]), 5, &order);
    scene.world.send(turned).ok();
}
