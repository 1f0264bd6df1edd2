//! Numbers at their limits, and sums that must not grow.

use super::TENTH;
use evergreen_math::{
    BasisPoints, Dollars, Native, NativeDelta, PointScale, Points, Seconds,
    fees::FeeParams,
    inventory::Inventory,
    option::{OptionKind, PricePoint, Terms},
    shares::{amount_for_shares, shares_for_deposit},
    trade::{LegPricing, PriceBand},
};
use evergreen_sdk::{
    evergreen::{errors::EvergreenError, state::ShareClass},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, STOCK, Setup, World, assert_error, chain::actor, random::Random, world::TOKEN,
};

#[test]
fn a43_nothing_is_worth_nothing() {
    // SETUP: a pool whose only provider has one unit in it, and loses it.
    let mut setup = Setup::flat();
    setup.liquidity = 0;
    let mut world = World::new(setup);
    world.provide("vera", CLASSIC, ShareClass::Main, 1).ok();
    assert_eq!(world.shares("vera", CLASSIC, ShareClass::Main), 1_000);
    let pool = world.pools[CLASSIC].pool;
    let mut lost = world.snapshot().accounts[&pool].data.clone();
    let cash = 8 + core::mem::offset_of!(evergreen_sdk::evergreen::state::Pool, pool_cash);
    assert_eq!(i64::from_le_bytes(lost[cash..cash + 8].try_into().expect("eight bytes")), 1);

    // TEST: shares of nothing cannot be priced. (No transaction makes a loss of exactly this, so it is written.)
    for left in [0i64, -1, -1_000_000] {
        lost[cash..cash + 8].copy_from_slice(&left.to_le_bytes());
        world.chain.write(pool, evergreen_sdk::address::PROGRAM, lost.clone());
        world.fund("mallory", CLASSIC, TOKEN);
        let mint = evergreen_sdk::address::share_mint(&pool, ShareClass::Main);
        world.chain.create_token_account(&actor("mallory"), &mint, &anchor_spl::token::ID);
        let (keys, feeds) = (world.pools[CLASSIC], world.markets());
        let deposit = build::deposit_liquidity(actor("mallory"), &keys, ShareClass::Main, TOKEN, 0, &feeds);
        assert_error(&world.chain.simulate(&[deposit]), EvergreenError::NoNetAssetValue);
    }
}

#[test]
fn a44_a_million_deposits_and_withdrawals_of_one_unit_never_gain() {
    // The mathematics that the program uses, a million times at random sizes of the pool: what comes back for the shares of a
    // unit is never more than that unit.
    let mut random = Random(44);
    let (mut paid, mut received) = (0u64, 0u64);
    for _ in 0..1_000_000 {
        let assets = random.range(1, 1 << 50);
        let supply = random.range(1, 1 << 62) as u64;
        let amount = random.range(1, 3) as u64;
        let Ok(minted) = shares_for_deposit(Native(amount), supply, NativeDelta(assets)) else { continue };
        let after = NativeDelta(assets + amount as i64);
        let back = amount_for_shares(minted, supply + minted, after).unwrap();
        assert!(back.0 <= amount, "{amount} of {assets} for {supply} shares gave {} back", back.0);
        paid += amount;
        received += back.0;
    }
    assert!(received < paid && paid > 0);
}

#[test]
fn a44_many_trades_of_a_point_never_gain() {
    let terms = |kind, cap| {
        let cap = BasisPoints(cap).to_ratio();
        Terms::new(kind, Dollars::from_int(100_000), Seconds(604_800), Some(cap)).unwrap()
    };
    let contracts = [terms(OptionKind::Call, 12_000), terms(OptionKind::Put, 8_000)];
    let mut random = Random(45);
    for round in 0..50_000 {
        let terms = &contracts[round % 2];
        let price = PricePoint::new(Dollars::from_int(random.range(81_000, 119_000))).unwrap();
        let net = random.range(-1_000_000, 1_000_000);
        let quote = |held: i64, change: i64, before: i64, after: i64| {
            let leg = LegPricing {
                terms,
                held: Points(held),
                change: Points(change),
                sigma: BasisPoints(6_000).to_ratio(),
                prices: PriceBand::at_mark(price),
                fees: FeeParams::default(),
                inventory: Inventory { kappa: BasisPoints(100), depth: Native(1_000_000) },
                net_short_before: NativeDelta(before),
                net_short_after: NativeDelta(after),
                scale: PointScale::new(3).unwrap(),
            };
            let quote = leg.quote().unwrap();
            quote.cash_change.0 - quote.fee.0 as i64
        };
        let (size, cap_payoff) = (random.range(1, 3), 20);
        let (up, down) = (net + size * cap_payoff, net - size * cap_payoff);
        let long = quote(0, size, net, up) + quote(size, -size, up, net);
        let short = quote(0, -size, net, down) + quote(-size, size, down, net);
        assert!(long < 0 && short < 0, "{size} points: {long} and {short}");
    }
}

#[test]
fn a44_a_thousand_one_unit_movements_gain_nothing() {
    // SETUP
    let mut world = World::flat();
    world.trader("alice", CLASSIC, 1_000);
    world.provide("alice", CLASSIC, ShareClass::Main, 1_000).ok();
    world.fund("alice", CLASSIC, 1_000);
    world.chain.give_lamports(&actor("alice"), 100_000_000_000);
    let (keys, feeds, alice) = (world.pools[CLASSIC], world.markets(), actor("alice"));
    let account = world.account_key("alice", CLASSIC);
    let wealth = |world: &World| {
        let shares = world.shares("alice", CLASSIC, ShareClass::Main);
        world.wallet("alice", CLASSIC) + world.cash("alice", CLASSIC) as u64 + shares / 1_000
    };
    let before = wealth(&world);

    // TEST
    let [into, out] =
        [build::deposit_margin(alice, &keys, account, 1), build::withdraw_margin(alice, &keys, account, 1, &feeds)];
    let provide = build::deposit_liquidity(alice, &keys, ShareClass::Main, 1, 0, &feeds);
    for _ in 0..100 {
        world
            .send_all(&[
                into.clone(),
                out.clone(),
                into.clone(),
                out.clone(),
                provide.clone(),
                into.clone(),
                out.clone(),
            ])
            .ok();
        assert!(wealth(&world) <= before);
    }
    assert_eq!(wealth(&world), before, "at one price a unit is a unit");
}

#[test]
fn a45_everything_at_its_limit() {
    // SETUP: as much liquidity as a pool takes, a buyer and a writer with as much as they need.
    let mut setup = Setup::flat();
    setup.liquidity = 1 << 53;
    let mut world = World::new(setup);
    let most = world.view(CLASSIC).pool.params.max_account_points as i64;
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 1 << 56);
    }

    // TEST: the largest position of an account that locks leave room for, a month of funding, and out again.
    let size = most / 2;
    world.trade("alice", CLASSIC, &[(call, size)]).ok();
    world.trade("bob", CLASSIC, &[(call, -size)]).ok();
    let (keys, btc) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    for _ in 0..30 {
        world.pass(DAY);
        world.send(build::refresh_pool(&keys, &world.markets())).ok();
    }
    for points in [most, i64::MAX, i64::MIN] {
        let outcome = world.trade("alice", CLASSIC, &[(call, points)]);
        assert!(outcome.code.is_some() && !outcome.succeeded(), "{points}: {:?}", outcome.failure);
    }
    world.set_price(BTC, 140_000);
    world.send(build::exercise_series(&keys, call, &btc)).ok();
    let before = world.cash("alice", CLASSIC);
    world.send(build::settle_positions(&keys, world.account_key("alice", CLASSIC))).ok();
    world.send(build::settle_positions(&keys, world.account_key("bob", CLASSIC))).ok();
    // Forty dollars a point less a month of funding.
    let paid = world.cash("alice", CLASSIC) - before;
    assert!(paid > size * 30 && paid <= size * 40, "{paid} for {size} points");
    world.withdraw("alice", CLASSIC, u64::MAX).ok();
    world.withdraw("bob", CLASSIC, u64::MAX).ok();
}

#[test]
fn a46_no_amount_loses_its_upper_bits() {
    let mut world = World::flat();
    let account = world.trader("alice", STOCK, 0);
    let keys = world.pools[STOCK];
    world.fund("alice", STOCK, (1 << 63) + (1 << 34));
    let into = |amount| build::deposit_margin(actor("alice"), &keys, account, amount);
    for amount in [1 << 63, (1 << 63) + 7, (1 << 63) + (1 << 32)] {
        world.refused(into(amount), EvergreenError::Overflow);
    }
    for amount in [(1 << 32) + 5, 1 << 33] {
        world.send(into(amount)).ok();
        assert_eq!(world.cash("alice", STOCK), amount as i64);
        world.withdraw("alice", STOCK, amount).ok();
        assert_eq!(world.cash("alice", STOCK), 0);
    }
    // Points as well, and numbers of sub-accounts.
    world.deposit("alice", STOCK, 1 << 40).ok();
    let call = world.list(STOCK, BTC, false, 150_000);
    world.provide("vera", STOCK, ShareClass::Main, 1 << 40).ok();
    let size = (1 << 32) + 3;
    world.trade("alice", STOCK, &[(call, size)]).ok();
    assert_eq!(world.view(STOCK).held(&account, call), size);
}

#[test]
fn a47_no_crank_for_a_month_costs_what_cranks_cost() {
    let mut paid = Vec::new();
    for cranks in [0, 30] {
        let mut world = World::flat();
        let call = world.list(CLASSIC, BTC, false, 100_000);
        world.trader("alice", CLASSIC, 10 * TOKEN);
        world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
        let (keys, feeds, before) = (world.pools[CLASSIC], world.markets(), world.cash("alice", CLASSIC));
        for _ in 0..30 {
            world.pass(DAY);
            if cranks > 0 {
                world.send(build::refresh_pool(&keys, &feeds)).ok();
            }
        }
        world.withdraw("alice", CLASSIC, 1).ok();
        paid.push(before - 1 - world.cash("alice", CLASSIC));
    }
    // Thirty days at one price.
    assert!((30 * 13_954_934..=30 * 13_954_935).contains(&paid[0]), "{paid:?}");
    assert!(paid[0] - paid[1] <= 30 && paid[1] <= paid[0], "{paid:?}");
}

#[test]
fn a47_a_thousand_cranks_in_a_minute_do_not_round_funding_away() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let (keys, feeds, before) = (world.pools[CLASSIC], world.markets(), world.cash("alice", CLASSIC));

    // TEST: the clock of a chain shows whole seconds.
    let refresh = build::refresh_pool(&keys, &feeds);
    for _ in 0..60 {
        world.pass(1);
        world.send_all(&vec![refresh.clone(); 17]).ok();
    }
    world.withdraw("alice", CLASSIC, 1).ok();
    let paid = before - 1 - world.cash("alice", CLASSIC);
    // 13,954,934.8 a day.
    assert!((9_690..=9_692).contains(&paid), "{paid} for a minute");
}

#[test]
fn a48_a_position_settled_by_a_liquidation_is_not_settled_again() {
    // SETUP: bob's option is exercised, and leaves him in debt.
    let mut world = World::flat();
    let [call, other] = [110_000, 112_000].map(|strike| world.list(CLASSIC, BTC, false, strike));
    world.trader("alice", CLASSIC, 100 * TOKEN);
    world.trader("bob", CLASSIC, 20 * TOKEN);
    world.trader("keeper", CLASSIC, 0);
    world.trade("alice", CLASSIC, &[(call, TENTH), (other, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH), (other, -TENTH)]).ok();
    super::withdraw_spare(&mut world, "bob", CLASSIC);
    world.set_price(BTC, 132_500);
    let (keys, btc, bob) = (world.pools[CLASSIC], world.feeds[BTC].accounts, world.account_key("bob", CLASSIC));
    world.send(build::exercise_series(&keys, call, &btc)).ok();

    // TEST
    crate::stories::liquidate(&mut world, CLASSIC, "bob", &[(other, TENTH)]).ok();
    assert_eq!(world.view(CLASSIC).held(&bob, call), 0, "settled on the way");
    let cash = world.cash("bob", CLASSIC);
    world.refused(build::settle_positions(&keys, bob), EvergreenError::SeriesNotExercised);
    assert_eq!(world.cash("bob", CLASSIC), cash);
    world.send(build::settle_positions(&keys, world.account_key("alice", CLASSIC))).ok();
    world.send(build::absorb_bad_debt(&keys, bob)).ok();
    world.refused(build::absorb_bad_debt(&keys, bob), EvergreenError::NoBadDebt);
}

#[test]
fn a50_at_the_strike_at_the_cap_and_one_unit_around_each() {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    let put = world.list(CLASSIC, BTC, true, 100_000);
    world.trader("alice", CLASSIC, 100 * TOKEN);
    let dollar = evergreen_tests::world::DOLLAR;
    for (price, open) in [
        (100_000 * dollar - 1, [true, true]),
        (100_000 * dollar, [true, true]),
        (100_000 * dollar + 1, [true, true]),
        (120_000 * dollar - 1, [true, true]),
        (120_000 * dollar, [false, true]),
        (120_000 * dollar + 1, [false, true]),
        (80_000 * dollar + 1, [true, true]),
        (80_000 * dollar, [true, false]),
        (80_000 * dollar - 1, [true, false]),
    ] {
        world.edit_price(BTC, |p| {
            p.price = price;
            p.ema_price = price;
        });
        for (series, open) in [call, put].into_iter().zip(open) {
            let outcome = world.trade("alice", CLASSIC, &[(series, 1_000)]);
            if open {
                outcome.ok();
                world.trade("alice", CLASSIC, &[(series, -1_000)]).ok();
            } else {
                assert_error(&outcome, EvergreenError::SeriesAtCap);
            }
        }
    }
}

#[test]
fn a50_a_price_of_almost_nothing_traps_nobody() {
    for price in [1, 100] {
        // SETUP
        let mut world = World::flat();
        let call = world.list(CLASSIC, BTC, false, 100_000);
        let put = world.list(CLASSIC, BTC, true, 100_000);
        world.trader("alice", CLASSIC, 100 * TOKEN);
        world.trade("alice", CLASSIC, &[(call, TENTH), (put, TENTH)]).ok();
        world.edit_price(BTC, |p| {
            p.price = price;
            p.ema_price = price;
        });

        // TEST: the call is sold for nothing, the put pays its cap.
        world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
        let (keys, btc) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
        world.send(build::exercise_series(&keys, put, &btc)).ok();
        let before = world.cash("alice", CLASSIC);
        world.send(build::settle_positions(&keys, world.account_key("alice", CLASSIC))).ok();
        assert_eq!(world.cash("alice", CLASSIC) - before, 666_666_660);
        world.withdraw("alice", CLASSIC, u64::MAX).ok();
    }
}

#[test]
fn a51_a_fee_above_the_amount_is_not_paid_by_others() {
    // SETUP: one point of an option worth less than a unit, and no cash.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 150_000);
    world.trader("alice", CLASSIC, 2);
    world.trade("alice", CLASSIC, &[(call, 1)]).ok();
    assert_eq!(world.cash("alice", CLASSIC), 0, "one unit of premium, one of fee");

    // TEST: what it brings does not pay the fee of selling it.
    let sell = world.trade_instruction("alice", CLASSIC, &[(call, -1)]);
    world.refused(sell, EvergreenError::InsufficientCash);
    world.fund("alice", CLASSIC, 1);
    world.deposit("alice", CLASSIC, 1).ok();
    world.trade("alice", CLASSIC, &[(call, -1)]).ok();
    assert_eq!(world.cash("alice", CLASSIC), 0);
}

#[test]
fn a51_at_the_cap_closing_costs_no_fee() {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.set_price(BTC, 125_000);
    let before = world.cash("alice", CLASSIC);
    world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
    assert_eq!(world.cash("alice", CLASSIC) - before, 666_666_660);
}

#[test]
fn a52_a_slot_is_not_reused_while_a_position_points_at_it() {
    // SETUP: two holders of an exercised series, of whom one is paid.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 10 * TOKEN);
        world.trade(who, CLASSIC, &[(call, TENTH)]).ok();
    }
    let (keys, btc) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    world.set_price(BTC, 120_000);
    world.send(build::exercise_series(&keys, call, &btc)).ok();
    world.send(build::settle_positions(&keys, world.account_key("alice", CLASSIC))).ok();

    // TEST
    world.refused(build::retire_series(&keys, call), EvergreenError::SeriesInUse);
    world.set_price(BTC, 110_000);
    let next = world.list(CLASSIC, BTC, false, 110_000);
    assert_ne!(next.slot, call.slot, "another slot");
    world.send(build::settle_positions(&keys, world.account_key("bob", CLASSIC))).ok();
    let reused = world.list(CLASSIC, BTC, false, 112_000);
    assert_eq!((reused.slot, reused.generation), (call.slot, call.generation + 1));
    // Neither by its old name nor by an old position can the next series be reached.
    let old = world.trade_instruction("alice", CLASSIC, &[(call, 1_000)]);
    world.refused(old, EvergreenError::UnknownSeries);
    world
        .refused(build::settle_positions(&keys, world.account_key("bob", CLASSIC)), EvergreenError::SeriesNotExercised);
}

#[test]
fn a44_a_thousand_one_unit_round_trips_never_gain() {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, TOKEN);
    for round in 0..250 {
        let points = 1 + round % 7;
        let before = world.cash("alice", CLASSIC);
        world.trade("alice", CLASSIC, &[(call, points)]).ok();
        world.trade("alice", CLASSIC, &[(call, -points)]).ok();
        assert!(world.cash("alice", CLASSIC) < before);
    }
}

#[test]
fn a47_a_clock_that_stands_still_or_goes_back_traps_nobody() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.pass(100);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let cash = world.cash("alice", CLASSIC);

    // TEST: two seconds back, which prices may be as well.
    world.pass(-2);
    world.withdraw("alice", CLASSIC, 1).ok();
    assert_eq!(world.cash("alice", CLASSIC), cash - 1, "no funding");
    world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
}

#[test]
fn a49_a_whipsaw_is_paid_on_both_sides() {
    // SETUP
    let mut world = World::flat();
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    let put = world.list_tenor(CLASSIC, BTC, true, 100_000, 1);
    world.trader("alice", CLASSIC, 300 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, 100 * TENTH), (put, 100 * TENTH)]).ok();
    let (keys, btc, account) = (world.pools[CLASSIC], world.feeds[BTC].accounts, world.account_key("alice", CLASSIC));
    let cash = world.cash("alice", CLASSIC);

    // TEST
    world.set_price(BTC, 110_000);
    world.send(build::exercise_series(&keys, call, &btc)).ok();
    world.set_price(BTC, 90_000);
    world.send(build::exercise_series(&keys, put, &btc)).ok();
    world.send(build::settle_positions(&keys, account)).ok();
    // Ten thousand dollars a bitcoin on each side.
    assert_eq!(world.cash("alice", CLASSIC) - cash, 2 * 33_333_333_000);
    world.withdraw("alice", CLASSIC, u64::MAX).ok();
}
