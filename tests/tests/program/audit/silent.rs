//! A feed that ends for good traps nobody: its series are ended at the value of its last sample.

use super::reserving::ended;
use anchor_lang::solana_program::instruction::Instruction;
use evergreen_math::{Points, Rounding};
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{CancelReason, SeriesId, SeriesSpec, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, ETH, Outcome, Setup, World, assert_error,
    valuation::{payoff, scale},
    world::{TENTH, TOKEN},
};

/// Alice and carol hold calls and puts on BTC, bob has written some, and carol holds a call on ETH.
fn scene() -> (World, SeriesId, SeriesId, SeriesId) {
    let mut world = World::new(Setup::preset());
    world.round_trip_every = 1_000_000;
    let [call, put] = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 30));
    let eth = world.list(CLASSIC, ETH, false, 4_000);
    for who in ["alice", "bob", "carol"] {
        world.trader(who, CLASSIC, 300 * TOKEN);
    }
    world.trade("alice", CLASSIC, &[(call, 10 * TENTH)]).ok();
    world.trade("carol", CLASSIC, &[(put, 5 * TENTH), (eth, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -4 * TENTH)]).ok();
    world.pass(600);
    world.pass_to(1);
    let sample = world.sample_instruction(BTC);
    world.send(sample).ok();
    (world, call, put, eth)
}

/// Lets days pass in which only ETH is published.
fn days(world: &mut World, days: i64) {
    world.chain.pass(days * DAY);
    world.edit_price(ETH, |_| {});
}

fn report(world: &World) -> Instruction {
    build::report_silence(&world.feeds[BTC].accounts)
}

fn end(world: &World, series: SeriesId) -> Instruction {
    build::end_series(&world.pools[CLASSIC], series, world.feeds[BTC].accounts.underlying)
}

fn settle(world: &mut World, who: &str) -> Outcome {
    let (keys, account) = (world.pools[CLASSIC], world.account_key(who, CLASSIC));
    world.send(build::settle_positions(&keys, account))
}

#[test]
fn everybody_leaves_when_the_feed_does_not_come_back() {
    // SETUP: BTC's feed ends; a commitment is open, and nobody can value the pool any more.
    let (mut world, call, put, eth) = scene();
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, TENTH)]);
    world.send(commit).ok();
    days(&mut world, 1);
    let number = {
        let shares = world.shares("lp", CLASSIC, ShareClass::Main);
        world.request("lp", CLASSIC, ShareClass::Main, shares / 2)
    };
    world.send(report(&world)).ok();
    world.refused(report(&world), EvergreenError::SilenceReported);
    world.refused(end(&world, call), EvergreenError::SilenceTooYoung);
    world.chain.pass(7 * DAY - 1);
    world.refused(end(&world, call), EvergreenError::SilenceTooYoung);
    world.chain.pass(1);
    world.edit_price(ETH, |_| {});
    // The pool has no price.
    let execute = world.execute_instruction(CLASSIC, ShareClass::Main, number);
    world.refused(execute, EvergreenError::PriceNotFirst);

    // TEST: each live series of BTC ends at the value of the last sample; one on ETH does not.
    let (touched, sampled) =
        (i64::from(world.view(CLASSIC).registry.series[0].funding_touched), world.underlying(BTC).sample_time);
    world.refused(end(&world, eth), EvergreenError::UnknownUnderlying);
    for series in [call, put] {
        let event = world.send(end(&world, series)).ok();
        let told = event.event(|e| if let Event::SeriesEnded(e) = e { Some(e.payoff) } else { None });
        let stored = &world.view(CLASSIC).registry.series[usize::from(series.slot)];
        assert_eq!(told, payoff(stored).to_bits());
        let dollars = told >> 64;
        println!("series {} pays {dollars} dollars", series.slot);
        // At the money with about 60 % volatility and thirty days.
        assert!((3_000..9_000).contains(&dollars), "{dollars}");
        assert_eq!(i64::from(stored.funding_touched), sampled.max(touched), "funding ends with the last sample");
        world.refused(end(&world, series), EvergreenError::SeriesExercised);
    }
    let event = ended(&world.fill("alice", CLASSIC));
    assert_eq!((event.reason, event.fee), (CancelReason::Exercised, event.bond.div_ceil(8)));
    // Holders get it, writers pay it, both rounded for the pool.
    for (who, series, points) in [("alice", call, 10 * TENTH), ("bob", call, -4 * TENTH), ("carol", put, 5 * TENTH)] {
        let stored = world.view(CLASSIC).registry.series[usize::from(series.slot)];
        let due = scale(&world.view(CLASSIC)).native(Points(points), payoff(&stored), Rounding::Floor).unwrap().0;
        let paid: Vec<i64> = settle(&mut world, who)
            .ok()
            .events()
            .iter()
            .filter_map(|e| if let Event::PositionSettled(e) = e { Some(e.amount) } else { None })
            .collect();
        assert_eq!(paid, [due], "{who}");
    }
    // To the end: every account is closed, all liquidity goes out, and the vaults are empty. No price of BTC is needed.
    assert!(world.view(CLASSIC).series().all(|(id, _)| id == eth));
    world.edit_price(BTC, |price| (price.price, price.ema_price) = (-1, -1));
    world.everybody_leaves();
}

#[test]
fn whoever_samples_prevents_it() {
    let (mut world, call, ..) = scene();
    world.refused(report(&world), EvergreenError::NotSilent);
    world.refused(end(&world, call), EvergreenError::NotSilent);
    world.pass(DAY);
    world.send(report(&world)).ok();
    // Meanwhile no risk is added at a price that the end would not count, and nothing is listed.
    world.pass(6 * DAY);
    let add = world.commit_instruction("carol", CLASSIC, &[(call, TENTH)]);
    world.send(add).ok();
    world.wait_for_fill();
    assert_error(&world.fill("carol", CLASSIC), EvergreenError::UnderlyingSilent);
    let spec = SeriesSpec { put: false, strike: 105_000, tenor: 7 * 86_400 };
    let list = build::list_series(&world.pools[CLASSIC], &world.feeds[BTC].accounts, spec);
    world.refused(list.clone(), EvergreenError::UnderlyingSilent);
    // One sample ends the silence, and the commitment is filled.
    let mut sampled = world.clone();
    let (now, interval) = (sampled.chain.now(), i64::from(sampled.underlying(BTC).params.vol_min_interval));
    let feed = sampled.first_after(BTC, now / interval * interval).unwrap_or(sampled.feeds[BTC].accounts);
    sampled.send(build::sample_volatility(&feed)).ok();
    sampled.fill("carol", CLASSIC).ok();
    sampled.send(list).ok();
    sampled.pass(2 * DAY);
    sampled.refused(end(&sampled, call), EvergreenError::NotSilent);
    sampled.send(report(&sampled)).ok();
    sampled.refused(end(&sampled, call), EvergreenError::SilenceTooYoung);

    // A holder who leaves meanwhile is not kept.
    world.pass(20);
    let _ = world.fill("carol", CLASSIC);
    world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
}

/// The writer's price has gone against them when the feed ends. They owe what the option was worth then, and a debt that they cannot pay is borne as any other.
#[test]
fn a_writer_who_cannot_pay_is_a_bad_debt() {
    let (mut world, call, ..) = scene();
    crate::attacks::withdraw_spare(&mut world, "bob", CLASSIC);
    world.pass(600);
    world.pass_to(1);
    world.set_price(BTC, 128_000);
    let sample = world.sample_instruction(BTC);
    world.send(sample).ok();
    days(&mut world, 1);
    world.send(report(&world)).ok();
    days(&mut world, 7);
    world.send(end(&world, call)).ok();
    let stored = world.view(CLASSIC).registry.series[usize::from(call.slot)];
    assert!(payoff(&stored) <= evergreen_tests::valuation::cap_payoff(&stored));
    settle(&mut world, "bob").ok();
    let debt = -world.cash("bob", CLASSIC);
    assert!(debt > 0, "bob owes {debt}");
    let bob = world.account_key("bob", CLASSIC);
    world.send(build::absorb_bad_debt(&world.pools[CLASSIC], bob)).ok();
    settle(&mut world, "alice").ok();
    assert_eq!(world.cash("bob", CLASSIC), 0);
}
