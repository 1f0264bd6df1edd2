//! Fast markets: the averages of prices lag by an hour, as Pyth's do, and what cannot wait does not wait for them.

use crate::{attacks::withdraw_spare, stories::liquidate};
use anchor_lang::solana_program::instruction::Instruction;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{CancelReason, NoticeCause, Notices, SeriesId, SeriesSpec, ShareClass},
    },
    instruction::{self as build, PriceFeed},
};
use evergreen_tests::{
    BTC, CLASSIC, Outcome, Setup, World, assert_error,
    chain::actor,
    world::{DOLLAR, TENTH, TOKEN},
};

/// Returns a world whose averages lag, without the checks that every world of these tests has passed in others.
fn scene() -> World {
    let mut world = World::lagging(Setup::preset());
    for (who, cash) in [("alice", 500), ("bob", 100), ("keeper", 0)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    world
}

/// Moves the price of BTC, and publishes it for another 20 seconds.
fn jump(world: &mut World, dollars: i64) {
    world.set_price(BTC, dollars);
    world.pass(20);
}

fn exercise(world: &World, series: SeriesId, confirmed: bool) -> Instruction {
    let feeds = world.market(BTC);
    build::exercise_series(&world.pools[CLASSIC], series, &feeds[..if confirmed { feeds.len() } else { 1 }])
}

fn reason(outcome: &Outcome) -> CancelReason {
    outcome.event(|e| if let Event::CommitmentCancelled(e) = e { Some(e.reason) } else { None })
}

#[test]
fn audit_a2_at_the_cap_an_option_is_exercised_or_sold_for_what_it_is_worth() {
    // SETUP: the price is at 111,000, the cap at 110,000, and the average far below both.
    let mut world = scene();
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    world.trade("alice", CLASSIC, &[(call, 2 * TENTH)]).ok();
    jump(&mut world, 111_000);
    assert!(world.feeds[BTC].price.ema_price < 101_000 * DOLLAR);

    // TEST: without the earlier price the average would have to be at the cap, too.
    world.refused(exercise(&world, call, false), EvergreenError::SeriesNotAtCap);
    let cash = world.cash("alice", CLASSIC);
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, -TENTH)]);
    world.send(commit).ok();
    world.pass(4);
    world.fill("alice", CLASSIC).ok();
    let received = world.cash("alice", CLASSIC) - cash;
    // The cap payoff of a tenth of a bitcoin is 1,000 dollars, and the fee 3 basis points of 11,100.
    let payoff = TENTH * 10;
    assert!((payoff * 98 / 100..=payoff).contains(&received), "{received} of {payoff}");
    world.send(exercise(&world, call, true)).ok();
}

#[test]
fn audit_a2_who_fills_chooses_no_earlier_price() {
    // SETUP: alice sells in a fast market.
    let mut world = scene();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    jump(&mut world, 111_000);
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, -TENTH)]);
    world.send(commit).ok();
    let moment = world.chain.now() + i64::from(world.view(CLASSIC).pool.params.fill_delay);
    world.pass(4);
    let (keys, account) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC));
    let fill = |feeds: &[PriceFeed]| build::fill_trade(&keys, account, None, None, feeds);

    // TEST: neither leaving it out nor another one will do, so the trade cannot be made an uncertain one.
    let btc = world.feeds[BTC].accounts;
    world.refused(fill(&[btc]), EvergreenError::PriceUnconfirmed);
    for before in [7, 8, 9, 11, 12, 15] {
        let other = world.first_after(BTC, moment - before).expect("a publication");
        world.refused(fill(&[btc, other]), EvergreenError::PriceNotFirst);
    }
    let the_one = world.first_after(BTC, moment - 10).expect("a publication");
    world.send(fill(&[btc, the_one])).ok();
}

#[test]
fn audit_a2_one_wrong_publication_closes_nobody() {
    // SETUP: bob writes a call. A single publication is 16 % too high, with a narrow confidence.
    let mut world = scene();
    let (call, capped) = (world.list(CLASSIC, BTC, false, 105_000), world.list_tenor(CLASSIC, BTC, false, 105_000, 1));
    world.trade("alice", CLASSIC, &[(call, 10 * TENTH), (capped, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -10 * TENTH)]).ok();
    withdraw_spare(&mut world, "bob", CLASSIC);
    world.pass(60);
    world.set_price(BTC, 116_000);

    // TEST: whichever earlier price of the last minute is passed, the two do not agree.
    let (keys, bob, keeper) =
        (world.pools[CLASSIC], world.account_key("bob", CLASSIC), world.account_key("keeper", CLASSIC));
    let (btc, now) = (world.feeds[BTC].accounts, world.chain.now());
    let legs = vec![Leg { series: call, points: 10 * TENTH }];
    for age in 5..=18 {
        let earlier = world.first_after(BTC, now - age - 1).expect("a publication");
        let liquidate = build::liquidate(actor("keeper"), &keys, bob, keeper, legs.clone(), &[btc, earlier]);
        world.refused(liquidate, EvergreenError::NotLiquidatable);
        world.refused(build::exercise_series(&keys, capped, &[btc, earlier]), EvergreenError::SeriesNotAtCap);
    }
    // One of less than five seconds before confirms nothing; and after six seconds at that price it is certain.
    let earlier = world.first_after(BTC, now - 5).expect("a publication");
    world.refused(build::exercise_series(&keys, capped, &[btc, earlier]), EvergreenError::PriceNotEarlier);
    world.pass(6);
    liquidate(&mut world, CLASSIC, "bob", &[(call, 10 * TENTH)]).ok();
    world.send(exercise(&world, capped, true)).ok();
}

#[test]
fn audit_a2_what_waits_for_the_average_and_what_does_not() {
    // SETUP: bob has written half of alice's call, and the price has jumped by 8 %.
    let mut world = scene();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trade("alice", CLASSIC, &[(call, 2 * TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH)]).ok();
    jump(&mut world, 108_000);
    let keys = world.pools[CLASSIC];
    let (feeds, first) = (world.market(BTC), [world.feeds[BTC].accounts]);
    assert_eq!(feeds.len(), 2, "the price is far from its average");

    // TEST: growth waits, because the volatility of quotes follows the market at a limited speed.
    let add = world.commit_instruction("alice", CLASSIC, &[(call, TENTH)]);
    world.send(add).ok();
    world.pass(4);
    assert_eq!(reason(&world.fill("alice", CLASSIC)), CancelReason::PriceUncertain);
    assert_error(&world.provide("vera", CLASSIC, ShareClass::Main, TOKEN), EvergreenError::PriceUncertain);
    let feeds_of_all = world.markets();
    world.refused(build::refresh_pool(&keys, &feeds_of_all), EvergreenError::PriceUncertain);
    let spec = SeriesSpec { put: false, strike: 110_000, tenor: 7 * 86_400 };
    world.refused(build::list_series(&keys, &first[0], spec), EvergreenError::PriceUncertain);
    // Whoever leaves does not wait, and needs the earlier price.
    let bob = world.account_key("bob", CLASSIC);
    let out = |feeds: &[PriceFeed]| build::withdraw_margin(actor("bob"), &keys, bob, TOKEN, feeds);
    world.refused(out(&first), EvergreenError::PriceUncertain);
    let feeds = world.market(BTC);
    world.send(out(&feeds)).ok();
    // Volatility follows a fast market.
    world.pass(120);
    let sample = world.sample_instruction(BTC);
    world.send(sample).ok();
    // After an hour and a half the average is there, and growth goes on.
    world.pass(5_400);
    assert!(!world.is_far(BTC));
    world.send(build::refresh_pool(&keys, &world.markets())).ok();
}

#[test]
fn audit_a2_excess_written_options_are_closed_in_a_fast_market() {
    // SETUP: alice leaves, and bob's written call is alone.
    let mut world = scene();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
    let moment = world.give_notice(CLASSIC, call, NoticeCause::Excess);
    world.pass(Notices::PERIOD - 21);
    jump(&mut world, 94_000);
    world.pass(2);

    // TEST
    let (keys, bob) = (world.pools[CLASSIC], world.account_key("bob", CLASSIC));
    let close = |feeds: &[PriceFeed]| build::auto_deleverage(actor("keeper"), &keys, bob, call, TENTH as u64, feeds);
    world.refused(close(&[world.feeds[BTC].accounts]), EvergreenError::PriceUnconfirmed);
    let feeds = world.markets_after(moment);
    world.send(close(&feeds)).ok();
    assert!(world.account("bob", CLASSIC).is_flat());
}

/// What a fall comes to: debt of the writer, and what insurance and the pool lost by it, native units.
#[derive(Debug)]
struct Fall {
    debt: i64,
    insurance: i64,
    pool: i64,
}

/// Lets BTC fall by this many basis points a minute to 25 % below, in steps of ten seconds. A keeper sees every minute whether the
/// writer of a put can be liquidated, and sends it a minute later.
fn fall(per_minute: i64, confirmed: bool) -> Fall {
    const STRIKE: u64 = 90_000;
    let mut world = World::lagging(Setup::preset());
    (world.replay, world.round_trip_every) = (None, u32::MAX);
    let put = world.list(CLASSIC, BTC, true, STRIKE);
    for (who, cash) in [("alice", 3_000), ("bob", 3_000), ("keeper", 0)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    let points = (480 * TOKEN) as i64 * 1_000 / (STRIKE as i64 / 5);
    world.trade("alice", CLASSIC, &[(put, points)]).ok();
    world.trade("bob", CLASSIC, &[(put, -points)]).ok();
    withdraw_spare(&mut world, "bob", CLASSIC);
    let (keys, bob, keeper) =
        (world.pools[CLASSIC], world.account_key("bob", CLASSIC), world.account_key("keeper", CLASSIC));
    let insurance = |world: &World| {
        let pool = world.view(CLASSIC).pool;
        pool.insurance_cash as i64 + pool.insurance_due
    };
    let had = insurance(&world);
    let (mut price, mut due) = (100_000.0, false);
    for second in (10..=4 * 3_600).step_by(10) {
        world.chain.pass(10);
        if price > 75_000.0 {
            price *= 1.0 - per_minute as f64 / 60_000.0;
        }
        for market in 0..world.feeds.len() {
            let published = (price * DOLLAR as f64) as i64;
            world.edit_price(market, |p| {
                if market == BTC {
                    (p.price, p.conf) = (published, published as u64 / 5_000);
                }
            });
        }
        let held = world.view(CLASSIC).held(&bob, put);
        if held == 0 {
            break;
        }
        if second % 60 != 0 {
            continue;
        }
        let feeds = if confirmed { world.market(BTC) } else { vec![world.feeds[BTC].accounts] };
        let legs = vec![Leg { series: put, points: -held }];
        let close = build::liquidate(actor("keeper"), &keys, bob, keeper, legs, &feeds);
        if due {
            world.chain.send(core::slice::from_ref(&close));
        }
        due = world.chain.simulate(&[close]).succeeded();
        if world.chain.send(&[build::exercise_series(&keys, put, &feeds)]).succeeded() {
            world.chain.send(&[build::settle_positions(&keys, bob)]).ok();
        }
    }
    let (debt, cash) = ((-world.cash("bob", CLASSIC)).max(0), world.view(CLASSIC).pool.pool_cash);
    if debt > 0 {
        world.chain.send(&[build::absorb_bad_debt(&keys, bob)]).ok();
    }
    let lost = had - insurance(&world);
    Fall { debt, insurance: lost, pool: cash - world.view(CLASSIC).pool.pool_cash }
}

/// Prints the table of the document: `cargo test -p evergreen-tests --test program audit_a2_falls -- --nocapture`.
#[test]
fn audit_a2_falls_with_a_keeper_a_minute_late() {
    let tokens = |native: i64| native as f64 / TOKEN as f64;
    for per_minute in [30, 60, 100, 200] {
        let [before, after] = [false, true].map(|confirmed| fall(per_minute, confirmed));
        println!(
            "| {:.1} % | {:.1} | {:.1} / {:.1} | {:.1} | {:.1} / {:.1} |",
            per_minute as f64 / 100.0,
            tokens(before.debt),
            tokens(before.insurance),
            tokens(before.pool),
            tokens(after.debt),
            tokens(after.insurance),
            tokens(after.pool)
        );
        assert!(after.debt <= before.debt, "{per_minute}: {before:?}, {after:?}");
        assert_eq!(after.debt, 0, "{per_minute} basis points a minute");
    }
}

#[test]
fn audit_c5_growth_waits_for_the_average_for_as_long_as_measured_and_exits_do_not() {
    // SETUP: a step of 6, 8 or 10 % stays outside 5 % of Pyth's real average for 16, 41 and 60 minutes; its confidence is 1 to 3 basis points.
    for (dollars, minutes) in [(106_000, 16), (108_000, 41), (110_000, 60)] {
        let mut world = scene();
        world.round_trip_every = u32::MAX;
        let call = world.list(CLASSIC, BTC, false, 100_000);
        world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
        for bps in [1, 3] {
            world.edit_price(BTC, |price| price.conf = price.price.unsigned_abs() * bps / 10_000);
            world.send(build::refresh_pool(&world.pools[CLASSIC], &world.markets())).ok();
        }
        let refresh = |world: &World| {
            let feeds = [world.feeds[BTC].accounts];
            world.chain.simulate(&[build::refresh_pool(&world.pools[CLASSIC], &feeds)])
        };
        jump(&mut world, dollars);

        // TEST: what grows is refused for that long, within a fifth of it; a margin withdrawal and a sample go on at once.
        assert_error(&refresh(&world), EvergreenError::PriceUncertain);
        world.withdraw("alice", CLASSIC, TOKEN).ok();
        let mut waited = 0;
        while !refresh(&world).succeeded() {
            world.pass(60);
            waited += 1;
            assert!(waited < 90, "{dollars}: {waited} minutes");
        }
        println!("a step to {dollars} waits for {waited} minutes, {minutes} measured");
        assert!((minutes * 8 / 10..=minutes + 1).contains(&waited), "{dollars}: {waited} of {minutes} minutes");
    }
}
