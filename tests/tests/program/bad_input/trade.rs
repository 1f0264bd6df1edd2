//! Bad input to margin accounts and trades.

use super::{Code, case, refuse_all, scene::Scene, with_remaining};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use evergreen_sdk::{
    evergreen::{
        Leg, OptionLeg, TradeTerms,
        errors::EvergreenError,
        state::{NoticeCause, Notices, OptionId, SeriesId},
    },
    instruction as build,
};
use evergreen_tests::{BTC, CLASSIC, ETH, Setup, World, chain::actor, world::TOKEN};
use evergreen_tests::{trading::named, world::TENTH};

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
    let other = scene.world.list(CLASSIC, BTC, false, 104_000);
    let leg = |slot, generation, points| Leg { series: SeriesId { slot, generation }, points };
    let (good, other) = (scene.leg(1_000), Leg { series: other, points: 1_000 });
    let cases = vec![
        case("none", scene.commit(&[]), EvergreenError::LegCount),
        case("five", scene.commit(&[good; 5]), EvergreenError::LegCount),
        case("zero", scene.commit(&[scene.leg(0)]), EvergreenError::LegZero),
        case("zero beside another", scene.commit(&[good, Leg { points: 0, ..other }]), EvergreenError::LegZero),
        case("a07 twice", scene.commit(&[good, scene.leg(-1_000)]), EvergreenError::LegRepeated),
        case("another generation", scene.commit(&[leg(call.slot, 99, 1)]), EvergreenError::OptionNotListed),
        case("free slot", scene.commit(&[leg(63, 0, 1)]), EvergreenError::OptionNotListed),
    ];
    refuse_all(&mut scene.world, cases);
    // Every part of an option's name counts.
    let named = scene.world.view(CLASSIC).registry.option(call).expect("the call");
    let OptionId { underlying, put, strike, tenor, cap_bps } = named;
    let wrong = [
        OptionId { underlying: underlying + 1, ..named },
        OptionId { underlying: u8::MAX, ..named },
        OptionId { put: !put, ..named },
        OptionId { strike: strike + 1_000, ..named },
        OptionId { strike: u64::MAX, ..named },
        OptionId { tenor: tenor + 1, ..named },
        OptionId { cap_bps: cap_bps + 1, ..named },
    ];
    for option in wrong {
        let terms = TradeTerms { legs: vec![OptionLeg { option, points: 1_000 }], closing: 0, min_net: -1_000_000 };
        let commit = scene.world.commit_terms("alice", CLASSIC, terms);
        scene.world.refused(commit, EvergreenError::OptionNotListed);
    }
}

#[test]
fn a45_sizes_at_the_limits_of_their_type() {
    let cases = [
        (i64::MAX, EvergreenError::Overflow),
        (i64::MIN, EvergreenError::Overflow),
        (i64::MIN + 1, EvergreenError::Overflow),
        (1 << 62, EvergreenError::SeriesSizeLimit),
        (-(1 << 62), EvergreenError::ShortExceedsLong),
    ];
    for (points, error) in cases {
        let mut scene = Scene::new();
        let leg = scene.leg(points);
        let outcome = scene.trade(leg);
        evergreen_tests::assert_error(&outcome, error);
    }
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
    world.trade_refused("alice", CLASSIC, &[(call, 1_500_001)], EvergreenError::AccountSizeLimit);
    world.trade("alice", CLASSIC, &[(call, 1_500_000)]).ok();
    world.trade_refused("alice", CLASSIC, &[(call, 1)], EvergreenError::AccountSizeLimit);
    world.trade_refused("bob", CLASSIC, &[(call, 500_001)], EvergreenError::SeriesSizeLimit);
    world.trade("bob", CLASSIC, &[(call, 500_000)]).ok();
    world.trade_refused("alice", CLASSIC, &[(call, -1_500_001 - 1_500_000)], EvergreenError::ShortExceedsLong);
}

#[test]
fn rules_of_a_trade() {
    let mut scene = Scene::new();
    let call = scene.call[CLASSIC];
    let cash = scene.world.cash("alice", CLASSIC);
    let cases = [
        ("a buyer who wants money", "alice", 1_000, 0, EvergreenError::LimitExceeded),
        ("a seller who wants too much", "alice", -1_000, i64::MAX, EvergreenError::LimitExceeded),
        ("more written than bought", "mallory", -1_000, 0, EvergreenError::ShortExceedsLong),
        ("more than the cash", "alice", 100 * TENTH, i64::MIN, EvergreenError::InsufficientCash),
        ("a limit one unit beyond the cash", "alice", 1_000, -cash - 1, EvergreenError::InsufficientCash),
    ];
    for (name, who, points, min_net, error) in cases {
        let outcome = scene.world.trade_within(who, CLASSIC, &[(call, points)], min_net);
        assert_eq!(outcome.code, Some(u32::from(error)), "{name}: {:?}\n{}", outcome.failure, outcome.log());
    }
}

#[test]
fn a_leg_that_must_close_never_opens() {
    // SETUP: alice holds the call and nothing of the other series.
    let mut scene = Scene::new();
    let other = scene.world.list(CLASSIC, BTC, false, 104_000);
    let call = scene.call[CLASSIC];
    let commit = |scene: &Scene, legs: &[(SeriesId, i64)], closing| {
        let legs = named(&scene.world.view(CLASSIC).registry, legs);
        let min_net = -scene.world.cash("alice", CLASSIC) / 2;
        scene.world.commit_terms("alice", CLASSIC, TradeTerms { legs, closing, min_net })
    };
    let alice = scene.world.account("alice", CLASSIC);
    let held = alice.positions[alice.find(call).expect("alice holds it")].points;
    let both = [(call, -held), (other, 1_000)];
    let cases = vec![
        case("more than is held", commit(&scene, &[(call, -held - 1)], 1), EvergreenError::LegNotReducing),
        case("more of the same", commit(&scene, &[(call, 1_000)], 1), EvergreenError::LegNotReducing),
        case("nothing held", commit(&scene, &[(other, 1_000)], 1), EvergreenError::LegNotReducing),
        case("the second of two", commit(&scene, &both, 0b11), EvergreenError::LegNotReducing),
    ];
    refuse_all(&mut scene.world, cases);

    // TEST: one leg closes the whole position beside a leg that opens; the same trade again would open, and is refused.
    let roll = commit(&scene, &both, 0b01);
    scene.world.commit_and_fill("alice", CLASSIC, roll).ok();
    let again = commit(&scene, &both, 0b01);
    scene.world.refused(again, EvergreenError::LegNotReducing);
    // Bits of legs that do not exist have no effect.
    let rest = commit(&scene, &[(other, -1_000)], u8::MAX);
    scene.world.commit_and_fill("alice", CLASSIC, rest).ok();
}

#[test]
fn health_and_reserves_bound_a_trade() {
    // SETUP: alice can pay any premium, and bob has too little margin to write.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10_000 * TOKEN);
    world.trader("bob", CLASSIC, TOKEN);

    // TEST: the pool has a thousand tokens of liquidity.
    world.trade_refused("alice", CLASSIC, &[(call, 200 * TENTH)], EvergreenError::ReserveLimit);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade_refused("bob", CLASSIC, &[(call, -TENTH)], EvergreenError::InsufficientHealth);
}

#[test]
fn at_the_cap_nobody_opens() {
    let mut scene = Scene::new();
    for price in [120_000, 150_000] {
        scene.world.set_price(BTC, price);
        let buy = scene.leg(1_000);
        evergreen_tests::assert_error(&scene.trade(buy), EvergreenError::SeriesAtCap);
    }
    let through = scene.leg(-2 * TENTH);
    evergreen_tests::assert_error(&scene.trade(through), EvergreenError::ShortExceedsLong);
    scene.world.trade("alice", CLASSIC, &[(scene.call[CLASSIC], -1_000)]).ok();
}

#[test]
fn a14_remaining_accounts_missing_halved_repeated_unknown() {
    // SETUP
    let mut scene = Scene::new();
    let [btc, eth] = [BTC, ETH].map(|market| scene.world.feeds[market].accounts);
    let stranger = actor("stranger");
    let pool = scene.world.pools[CLASSIC].pool;
    let lists: [(&str, Vec<Pubkey>, EvergreenError); 9] = [
        ("none", vec![], EvergreenError::MarketAccountMissing),
        ("another", vec![eth.underlying, eth.price], EvergreenError::MarketAccountMissing),
        ("half", vec![btc.underlying], EvergreenError::MarketAccountMissing),
        ("half beside a pair", vec![btc.underlying, btc.price, eth.underlying], EvergreenError::MarketAccountMissing),
        // A second pair holds an earlier price of the feed.
        ("thrice", [btc.underlying, btc.price].repeat(3), EvergreenError::MarketAccountRepeated),
        (
            "another's before",
            vec![btc.underlying, btc.price, btc.underlying, eth.price],
            EvergreenError::PriceWrongFeed,
        ),
        ("turned round", vec![btc.price, btc.underlying], EvergreenError::UnknownUnderlying),
        ("unknown", vec![stranger, btc.price], EvergreenError::UnknownUnderlying),
        // a10: an account of another type.
        ("a pool", vec![pool, btc.price], EvergreenError::UnknownUnderlying),
    ];

    // TEST: each list is passed to every instruction that takes remaining accounts.
    scene.world.give_notice(CLASSIC, scene.call[CLASSIC], NoticeCause::Excess);
    scene.world.pass(Notices::PERIOD);
    let fill = scene.committed(&[scene.leg(1_000)]);
    let takes = [("fill_trade", 9), ("withdraw_margin", 12), ("refresh_pool", 2)];
    let more = [("exercise_series", 2), ("auto_deleverage", 7), ("liquidate", 8)];
    let mut cases = Vec::new();
    for (name, named) in takes.into_iter().chain(more) {
        let known = scene.instructions().into_iter().find(|(n, _)| *n == name);
        let good = known.map_or_else(|| fill.clone(), |(_, instruction)| instruction);
        for (what, list, error) in &lists {
            // While a commitment is open its account pays nothing out, whatever else is wrong.
            let error = if name == "withdraw_margin" { &EvergreenError::CommitmentOpen } else { error };
            // A liquidation needs no price of what it does not close, and closes nobody whom such a price could save.
            let missing = name == "liquidate" && ["none", "another"].contains(what);
            let error = if missing { &EvergreenError::NotLiquidatable } else { error };
            // The series of an underlying that was passed are brought up to date without the others.
            if (name, *what) == ("refresh_pool", "another") {
                continue;
            }
            let code = u32::from(*error);
            cases.push(case(format!("{name}: {what}"), with_remaining(&good, named, list), Code(code)));
        }
    }
    refuse_all(&mut scene.world, cases);
    // A price that nothing needs would let whoever fills choose what the others are judged by.
    let more = with_remaining(&fill, 9, &[btc.underlying, btc.price, eth.underlying, eth.price]);
    scene.world.refused(more, EvergreenError::MarketAccountUnneeded);
    scene.world.send(fill).ok();
    // The pairs may be in another order.
    let order = [eth.underlying, eth.price, btc.underlying, btc.price];
    let turned = with_remaining(&scene.withdraw(1_000), 12, &order);
    scene.world.send(turned).ok();
}
