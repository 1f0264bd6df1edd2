//! Trading: several legs, both sides, two underlyings, funding, delegates, liquidations and bad debt.

use crate::life::premium_and_fee;
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        Leg, TradeTerms,
        errors::EvergreenError,
        events::{BadDebtAbsorbed, Liquidated},
        state::{NoticeCause, Notices, SeriesId},
    },
    instruction as build,
};
use evergreen_tests::world::TENTH;
use evergreen_tests::{
    BTC, CLASSIC, DAY, ETH, HOUR, Outcome, STOCK, World, chain::actor, trading::named, world::TOKEN,
};

fn liquidated(outcome: &Outcome) -> Liquidated {
    outcome.event(|e| if let Event::Liquidated(e) = e { Some(e.clone()) } else { None })
}

/// Lets the keeper liquidate somebody's account by these legs; the reward goes to the keeper's margin account.
pub fn liquidate(world: &mut World, pool: usize, who: &str, legs: &[(SeriesId, i64)]) -> Outcome {
    let legs = legs.iter().map(|(series, points)| Leg { series: *series, points: *points }).collect();
    let (keys, feeds) = (world.pools[pool], world.markets());
    let (account, reward) = (world.account_key(who, pool), world.account_key("keeper", pool));
    world.send(build::liquidate(actor("keeper"), &keys, account, reward, legs, &feeds))
}

fn absorb(world: &mut World, pool: usize, who: &str) -> BadDebtAbsorbed {
    let absorb = build::absorb_bad_debt(&world.pools[pool], world.account_key(who, pool));
    let outcome = world.send(absorb).ok();
    outcome.event(|e| if let Event::BadDebtAbsorbed(e) = e { Some(e.clone()) } else { None })
}

#[test]
fn a_straddle_a_spread_and_a_roll_are_one_trade_each() {
    for pool in [CLASSIC, STOCK] {
        // SETUP
        let mut world = World::flat();
        let call = world.list(pool, BTC, false, 100_000);
        let put = world.list(pool, BTC, true, 100_000);
        let higher = world.list(pool, BTC, false, 110_000);
        let ether = world.list(pool, ETH, false, 4_000);
        world.trader("alice", pool, 100 * TOKEN);
        world.trader("bob", pool, 100 * TOKEN);
        let account = world.account_key("alice", pool);

        // TEST: alice buys a straddle on BTC and a call on ETH.
        world.trade("alice", pool, &[(call, TENTH), (put, TENTH), (ether, TENTH)]).ok();
        let view = world.view(pool);
        assert_eq!([call, put, ether].map(|s| view.held(&account, s)), [TENTH; 3]);
        // Alice buys the lower call and writes the higher one, which bob must hold for that.
        world.trade("bob", pool, &[(higher, TENTH)]).ok();
        world.trade("alice", pool, &[(call, TENTH), (higher, -TENTH)]).ok();
        // Alice sells the put and buys another.
        let lower = world.list(pool, BTC, true, 95_000);
        world.trade("alice", pool, &[(put, -TENTH), (lower, TENTH)]).ok();
        let view = world.view(pool);
        let held = [call, put, higher, lower].map(|s| view.held(&account, s));
        assert_eq!(held, [2 * TENTH, 0, -TENTH, TENTH]);
        // The written position becomes a bought one.
        world.trade("alice", pool, &[(higher, 2 * TENTH)]).ok();
        assert_eq!(world.view(pool).held(&account, higher), TENTH);
    }
}

#[test]
fn a_trade_is_refused_one_unit_beyond_its_limit() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 100 * TOKEN);
    let cost = {
        let bought = world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
        let (premium, fee) = premium_and_fee(&bought);
        premium - fee as i64
    };

    // TEST
    let held = |world: &World| world.view(CLASSIC).held(&world.account_key("alice", CLASSIC), call);
    let beyond = world.trade_within("alice", CLASSIC, &[(call, TENTH)], cost + 1);
    evergreen_tests::assert_error(&beyond, EvergreenError::LimitExceeded);
    assert_eq!(held(&world), TENTH);
    world.trade_within("alice", CLASSIC, &[(call, TENTH)], cost).ok();
    assert_eq!(held(&world), 2 * TENTH);
}

#[test]
fn funding_flows_from_holders_to_writers_and_the_pool() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trader("bob", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH / 2)]).ok();
    // Both settle now and after the day, by withdrawing one unit.
    let settle = |world: &mut World| ["alice", "bob"].map(|who| world.withdraw(who, CLASSIC, 1).ok());
    settle(&mut world);
    let cash = |world: &World| (world.cash("alice", CLASSIC), world.cash("bob", CLASSIC));
    let (alice, bob) = cash(&world);

    // TEST: the pool is refreshed every hour for a day.
    let (keys, feeds) = (world.pools[CLASSIC], world.markets());
    for _ in 0..24 {
        world.pass(HOUR);
        world.send(build::refresh_pool(&keys, &feeds)).ok();
    }
    settle(&mut world);
    let (alice_now, bob_now) = cash(&world);
    assert_eq!(alice - 1 - alice_now, 13_954_935, "a day of a tenth of a bitcoin, rounded up");
    assert_eq!(bob_now + 1 - bob, 6_977_467, "half of it, rounded down");
}

#[test]
fn a_gap_without_points_costs_the_rate_in_force() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let before = world.cash("alice", CLASSIC);

    // TEST: after a day the price is far from the strike, where time value is small. Nobody has sampled it, so the rate has not changed.
    world.pass(DAY);
    world.set_price(BTC, 80_000);
    world.withdraw("alice", CLASSIC, 1).ok();
    let paid = before - 1 - world.cash("alice", CLASSIC);
    assert!((paid - 13_954_935).abs() <= 1, "paid {paid} in funding");
}

#[test]
fn a_delegate_trades_and_does_not_withdraw() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    let account = world.trader("alice", CLASSIC, 10 * TOKEN);
    let (keys, feeds) = (world.pools[CLASSIC], world.markets());
    let commit = |world: &World| {
        let legs = named(&world.view(CLASSIC).registry, &[(call, 1_000)]);
        let terms = TradeTerms { legs, closing: 0, min_net: -(TOKEN as i64) };
        build::commit_trade(
            actor("dora"),
            &keys,
            account,
            world.account("alice", CLASSIC).next_order,
            terms,
            &world.markets(),
        )
    };

    // TEST
    world.refused(commit(&world), EvergreenError::Unauthorized);
    world.send(build::set_delegate(actor("alice"), account, Some(actor("dora")), u64::MAX)).ok();
    let told = world.send(commit(&world)).ok();
    let trader = told.event(|e| if let Event::TradeCommitted(e) = e { Some(e.trader) } else { None });
    assert_eq!(trader, actor("dora"));
    world.wait_for_fill();
    world.fill("alice", CLASSIC).ok();
    assert_eq!(world.view(CLASSIC).held(&account, call), 1_000);
    world.fund("dora", CLASSIC, 1);
    let take = build::withdraw_margin(actor("dora"), &keys, account, 1, &feeds);
    world.refused(take, EvergreenError::Unauthorized);
    world.send(build::set_delegate(actor("alice"), account, None, 0)).ok();
    world.refused(commit(&world), EvergreenError::Unauthorized);
}

#[test]
fn a_writer_is_liquidated_only_as_far_as_target_health_asks() {
    // SETUP: alice buys, and bob writes with no more than initial margin.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 110_000);
    world.trader("alice", CLASSIC, 100 * TOKEN);
    world.trader("bob", CLASSIC, 7 * TOKEN);
    world.trader("keeper", CLASSIC, 0);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH)]).ok();
    let account = world.account_key("bob", CLASSIC);
    let spare = world.valued(CLASSIC, |view, markets| {
        let bob = &view.accounts[&account];
        markets.health(bob, HealthLevel::Initial).min(markets.health(bob, HealthLevel::Maintenance))
    });
    world.withdraw("bob", CLASSIC, spare as u64).ok();

    // TEST: an account in health cannot be liquidated.
    let refused = liquidate(&mut world, CLASSIC, "bob", &[(call, TENTH)]);
    evergreen_tests::assert_error(&refused, EvergreenError::NotLiquidatable);
    world.set_price(BTC, 107_000);
    let e = liquidated(&liquidate(&mut world, CLASSIC, "bob", &[(call, TENTH)]).ok());
    let left = world.view(CLASSIC).held(&account, call);
    assert!(left < 0 && left > -TENTH, "{left} points left");
    assert!(e.health_before < 0 && e.health_after >= 0);
    assert!(e.penalty > 0 && e.reward == e.penalty / 2);
    assert_eq!(world.cash("keeper", CLASSIC) as u64, e.reward);
    // No more is closed than needed: health exceeds the target by little.
    assert!(e.health_after < 40_000_000, "health {} after", e.health_after);
    let again = liquidate(&mut world, CLASSIC, "bob", &[(call, -left)]);
    evergreen_tests::assert_error(&again, EvergreenError::NotLiquidatable);
}

#[test]
fn bad_debt_is_paid_by_insurance_and_then_by_the_pool() {
    for (insurance, pool) in [(100 * TOKEN, CLASSIC), (TOKEN / 100, STOCK)] {
        // SETUP
        let mut setup = evergreen_tests::Setup::flat();
        setup.insurance = insurance;
        let mut world = World::new(setup);
        let call = world.list(pool, BTC, false, 110_000);
        world.trader("alice", pool, 100 * TOKEN);
        world.trader("bob", pool, 4 * TOKEN);
        world.trader("keeper", pool, 0);
        world.trade("alice", pool, &[(call, TENTH)]).ok();
        world.trade("bob", pool, &[(call, -TENTH)]).ok();
        let account = world.account_key("bob", pool);
        let spare = world.valued(pool, |view, markets| markets.health(&view.accounts[&account], HealthLevel::Initial));
        world.withdraw("bob", pool, spare as u64).ok();

        // TEST: the price jumps so far that no margin covers the loss.
        let gone = build::absorb_bad_debt(&world.pools[pool], account);
        world.refused(gone, EvergreenError::NoBadDebt);
        world.set_price(BTC, 131_000);
        let shares = world.view(pool).pool.insurance.total;
        let e = liquidated(&liquidate(&mut world, pool, "bob", &[(call, TENTH)]).ok());
        assert_eq!(world.view(pool).held(&account, call), 0);
        assert_eq!(e.penalty, 0, "no equity is left for a penalty");
        let reward = if insurance < TOKEN { 0 } else { 10_000 };
        assert_eq!(e.reward, reward, "insurance pays the least reward, and nothing where it does not cover the debt");
        assert!(e.cash < 0);
        let debt = e.cash.unsigned_abs();
        let absorbed = absorb(&mut world, pool, "bob");
        assert_eq!(absorbed.from_insurance + absorbed.from_pool, debt);
        assert_eq!(absorbed.from_pool > 0, insurance < TOKEN);
        assert_eq!(world.cash("bob", pool), 0);
        assert_eq!(world.view(pool).pool.insurance.total, shares, "the number of shares does not change");
        assert_eq!(world.view(pool).pool.debts, 0);
    }
}

#[test]
fn a_holder_without_cash_for_funding_is_liquidated_and_keeps_the_rest() {
    // SETUP: alice holds an option and keeps little cash.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 105_000);
    world.trader("alice", CLASSIC, TOKEN);
    world.trader("keeper", CLASSIC, 0);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let spare = world.cash("alice", CLASSIC) - 1_000_000;
    world.withdraw("alice", CLASSIC, spare as u64).ok();

    // TEST
    let (keys, feeds) = (world.pools[CLASSIC], world.markets());
    for _ in 0..12 {
        world.pass(HOUR);
        world.send(build::refresh_pool(&keys, &feeds)).ok();
    }
    let account = world.account_key("alice", CLASSIC);
    let worth = world.valued(CLASSIC, |view, markets| markets.equity(&view.accounts[&account]));
    assert!(worth > 0);
    let e = liquidated(&liquidate(&mut world, CLASSIC, "alice", &[(call, -TENTH)]).ok());
    let left = world.valued(CLASSIC, |view, markets| markets.equity(&view.accounts[&account]));
    let fair = worth - e.penalty as i64;
    assert!((fair - 2..=fair).contains(&left), "worth {worth}, penalty {}, left {left}", e.penalty);
    assert!(e.cash >= 0, "the cash is {}", e.cash);
    assert!(e.penalty as i64 <= worth / 5, "the penalty is more than a fifth of the equity");
    // a58: there is no second penalty for the same shortfall.
    let again = liquidate(&mut world, CLASSIC, "alice", &[(call, -1)]);
    evergreen_tests::assert_error(&again, EvergreenError::NotLiquidatable);
}

#[test]
fn a58_a_penalty_leaves_most_of_an_option_of_little_value() {
    // SETUP: the option is worth less than a tenth of 0.4 % of its notional, which the penalty could be.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 130_000);
    world.trader("alice", CLASSIC, TOKEN);
    world.trader("keeper", CLASSIC, 0);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let cash = world.cash("alice", CLASSIC) as u64;
    world.withdraw("alice", CLASSIC, cash).ok();
    world.pass(HOUR);

    // TEST
    let account = world.account_key("alice", CLASSIC);
    let worth = world.valued(CLASSIC, |view, markets| markets.equity(&view.accounts[&account]));
    let e = liquidated(&liquidate(&mut world, CLASSIC, "alice", &[(call, -TENTH)]).ok());
    let left = world.valued(CLASSIC, |view, markets| markets.equity(&view.accounts[&account]));
    assert!(left >= worth * 79 / 100, "worth {worth}, left {left}");
    assert!(e.cash >= 0, "the shortfall is not covered: cash {}", e.cash);
    let again = liquidate(&mut world, CLASSIC, "alice", &[(call, -1)]);
    evergreen_tests::assert_error(&again, EvergreenError::NotLiquidatable);
}

#[test]
fn a58_an_account_made_to_be_liquidated_costs_more_than_the_reward() {
    // SETUP: alice holds options of little value with a large notional, and no cash.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 150_000);
    world.trader("alice", CLASSIC, TOKEN);
    world.trader("keeper", CLASSIC, 0);
    world.trade("alice", CLASSIC, &[(call, 50_000)]).ok();
    let paid = TOKEN as i64 - world.cash("alice", CLASSIC);
    let cash = world.cash("alice", CLASSIC) as u64;
    world.withdraw("alice", CLASSIC, cash).ok();
    world.pass(60);

    // TEST: the least reward is ten thousand, but the liquidator gets no more than opening the position cost.
    let minimum = world.view(CLASSIC).pool.params.min_liquidation_reward;
    let e = liquidated(&liquidate(&mut world, CLASSIC, "alice", &[(call, -50_000)]).ok());
    assert!(minimum >= 10_000);
    assert!(e.reward as i64 <= paid, "opening cost {paid}, the reward is {}", e.reward);
}

#[test]
fn auto_deleverage_closes_excess_writers_at_the_mark() {
    // SETUP: bob has written as much as alice holds.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trader("bob", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH)]).ok();
    let (keys, feeds, bob) = (world.pools[CLASSIC], world.markets(), world.account_key("bob", CLASSIC));
    let close = |points| build::auto_deleverage(actor("keeper"), &keys, bob, call, points, &feeds);

    // TEST
    let notice = world.notice_instruction(CLASSIC, call, NoticeCause::Excess);
    world.refused(notice.clone(), EvergreenError::NothingToDeleverage);
    world.refused(close(1), EvergreenError::NoticeMissing);
    world.trade("alice", CLASSIC, &[(call, -1_000_000)]).ok();
    world.send(notice).ok();
    world.refused(close(1), EvergreenError::PriceNotFirst);
    world.pass(Notices::PERIOD + 1);
    world.refused(close(1_000_001), EvergreenError::NothingToDeleverage);
    world.refused(close(0), EvergreenError::LegZero);
    // Bob's funding is settled, so that their cash changes by the price alone.
    world.withdraw("bob", CLASSIC, 1).ok();
    let cash = world.cash("bob", CLASSIC);
    world.send(close(1_000_000)).ok();
    assert_eq!(world.view(CLASSIC).held(&bob, call), 1_000_000 - TENTH);
    // The price is the mark, a million points of 2,930.536 dollars, without a fee.
    assert_eq!(cash - world.cash("bob", CLASSIC), 2_930_537);
    world.refused(close(1), EvergreenError::NothingToDeleverage);
}

#[test]
fn an_event_of_a_fill_has_the_position_after_it() {
    // From these events alone a reader knows what everybody holds.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, 5_000)]).ok();
    let outcome = world.trade("alice", CLASSIC, &[(call, -2_000)]).ok();
    let told =
        outcome.event(|e| if let Event::LegFilled(e) = e { Some((e.series, e.points, e.position)) } else { None });
    assert_eq!(told, (call, -2_000, 3_000));
}
