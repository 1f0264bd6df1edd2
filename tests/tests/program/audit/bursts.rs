//! A jump lifts marks for some days, and everybody knows that they fall. Whoever sells meanwhile, to close or to write, is paid what is left when they have fallen, less the funding of the
//! burst. Before, who held and had written the same options through a jump of 5 %, and sold those that they held at the mark, gained 39.7 of 1,000 tokens.

use super::half_hours::{HALF_HOUR, moved, step};
use crate::attacks::{equity, withdraw_spare};
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    events::Event,
    evergreen::{Leg, state::SeriesId},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World,
    chain::actor,
    random::Random,
    world::{TENTH, TOKEN},
};

fn tokens(native: i64) -> f64 {
    native as f64 / TOKEN as f64
}

/// So many half-hours around a price, at 55 % a year; the last one ends at it.
fn quiet(world: &mut World, dollars: f64, half_hours: usize) {
    for place in 1..half_hours {
        step(world, dollars * if place % 2 == 0 { 1.002_08 } else { 0.997_92 });
    }
    step(world, dollars);
}

/// A pool of 1,000 tokens at the presets, with call and put. Alice holds 1.3 BTC of both; the price rests at 100,000 dollars, a jump of 5 % at most below their strike.
fn scene(jump: f64, days: u32) -> (World, [SeriesId; 2]) {
    let mut world = World::new(Setup::slow());
    world.round_trip_every = u32::MAX;
    world.replay = None;
    world.pass(HALF_HOUR);
    for who in ["alice", "long", "short", "writer"] {
        world.trader(who, CLASSIC, 4_000 * TOKEN);
    }
    quiet(&mut world, 100_000.0, 12);
    let strike = (100.0 * jump.min(1.05)) as u64 * 1_000;
    let call = world.list_tenor(CLASSIC, BTC, false, strike, days);
    let put = world.list_tenor(CLASSIC, BTC, true, strike, days);
    world.trade("alice", CLASSIC, &[(call, 13 * TENTH), (put, 13 * TENTH)]).ok();
    (world, [call, put])
}

/// Trades so many tenths of a BTC of both and returns the change of cash, fees included.
fn straddles(world: &mut World, who: &str, [call, put]: [SeriesId; 2], tenths: i64) -> i64 {
    let before = world.cash(who, CLASSIC);
    world.trade(who, CLASSIC, &[(call, tenths * TENTH), (put, tenths * TENTH)]).ok();
    world.cash(who, CLASSIC) - before
}

/// Who sells what they have bought before a burst is paid as whoever writes, so a pair through a jump gains no more than writing after it does. Without a jump it
/// costs fees, and it is paid the mark.
#[test]
fn audit_bursts_a_pair_writes_as_everybody_does() {
    for (days, jump, hours) in [
        (30, 1.0, 8),
        (30, 1.03, 8),
        (30, 1.05, 2),
        (30, 1.05, 8),
        (30, 1.05, 16),
        (30, 1.08, 8),
        (1, 1.03, 8),
        (1, 1.05, 2),
    ] {
        let (mut world, both) = scene(jump, days);
        let mut written = world.clone();
        let opened = straddles(&mut world, "long", both, 13) + straddles(&mut world, "short", both, -13);
        let price = 100_000.0 * jump;
        quiet(&mut world, price, 2 * hours);
        quiet(&mut written, price, 2 * hours);
        let before = [world.cash("long", CLASSIC) + world.cash("short", CLASSIC), written.cash("writer", CLASSIC)];
        let sold = straddles(&mut world, "long", both, -13);
        let wrote = straddles(&mut written, "writer", both, -13);
        for world in [&mut world, &mut written] {
            quiet(world, price, 3 * 48);
        }
        straddles(&mut world, "short", both, 13);
        straddles(&mut written, "writer", both, 13);
        let pair = world.cash("long", CLASSIC) + world.cash("short", CLASSIC) - before[0];
        let writer = written.cash("writer", CLASSIC) - before[1];
        println!(
            "{days} days, jump {jump}, {hours} hours: opening {:+.2}; sold for {:.2}, written for {:.2}; pair {:+.2}, writer {:+.2}",
            tokens(opened),
            tokens(sold),
            tokens(wrote),
            tokens(pair),
            tokens(writer)
        );
        // Closing costs less fee than opening, whatever the jump.
        let gap = pair - writer;
        assert!((0..TOKEN as i64 / 4).contains(&gap) && opened < 0, "{gap} more than a writer");
    }
}

const MINE: [&str; 3] = ["long", "short", "keeper"];

fn whole(world: &World) -> i64 {
    MINE.iter().map(|who| equity(world, who) + world.wallet(who, CLASSIC) as i64).sum()
}

fn held(world: &World, who: &str, series: SeriesId) -> i64 {
    world.view(CLASSIC).held(&world.account_key(who, CLASSIC), series)
}

/// Whose written side is bought back at the mark while marks rise, by a keeper of their own, has their bought side sold at what it was bought at.
#[test]
fn audit_bursts_a_liquidated_side() {
    for jump in [1.08, 1.12] {
        let mut world = World::new(Setup::slow());
        world.round_trip_every = u32::MAX;
        world.replay = None;
        world.pass(HALF_HOUR);
        let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 30));
        for who in MINE {
            world.trader(who, CLASSIC, 30_000 * TOKEN);
        }
        quiet(&mut world, 100_000.0, 4);
        let start = whole(&world);
        straddles(&mut world, "long", both, 18);
        straddles(&mut world, "short", both, -18);
        withdraw_spare(&mut world, "short", CLASSIC);
        step(&mut world, 100_000.0 * jump);
        world.pass(20);
        let (short, keeper) = (world.account_key("short", CLASSIC), world.account_key("keeper", CLASSIC));
        let legs = both.map(|series| Leg { series, points: 18 * TENTH }).to_vec();
        let close = build::liquidate(actor("keeper"), &world.pools[CLASSIC], short, keeper, legs, &world.market(BTC));
        world.send(close).ok();
        assert!(both.iter().any(|series| held(&world, "short", *series) > -18 * TENTH), "something was closed");
        for hours in [2, 9] {
            let mut world = world.clone();
            quiet(&mut world, 100_000.0 * jump, 2 * hours);
            straddles(&mut world, "long", both, -18);
            world.deposit("short", CLASSIC, 5_000 * TOKEN).ok();
            let open = both.map(|series| (series, -held(&world, "short", series)));
            let open: Vec<_> = open.into_iter().filter(|leg| leg.1 != 0).collect();
            if !open.is_empty() {
                world.trade("short", CLASSIC, &open).ok();
            }
            let gain = whole(&world) - start;
            println!("jump {jump}, {hours} hours: {:+.2}", tokens(gain));
            assert!(gain < 0, "gains {gain}");
        }
    }
}

/// Who is out of cash in a burst is closed by others at the volatility at which they could have sold, and not at the mark.
#[test]
fn audit_bursts_others_sell_it_for_no_more() {
    let (mut world, both) = scene(1.05, 1);
    straddles(&mut world, "long", both, 13);
    let cash = world.cash("long", CLASSIC).unsigned_abs();
    world.withdraw("long", CLASSIC, cash - TOKEN / 100).ok();
    quiet(&mut world, 105_000.0, 4);
    let (mut traded, had) = (world.clone(), equity(&world, "long"));
    let all = held(&world, "long", both[0]);
    world.close_for_cash("long", CLASSIC, both[0]).ok();
    let points = all - held(&world, "long", both[0]);
    assert!(points > 0 && points < all, "{points} of {all}");
    traded.trade("long", CLASSIC, &[(both[0], -points)]).ok();
    let more = world.cash("long", CLASSIC) - traded.cash("long", CLASSIC);
    let below = had - equity(&world, "long");
    println!("{points} points: {:.4} more than by a trade, {:.4} below the mark", tokens(more), tokens(below));
    // A trade pays a fee of three basis points and the end of the band.
    assert!(more >= 0 && below > 10 * more, "{more} more than by a trade, {below} below the mark");
}

/// A leg that goes from bought to written is paid as two trades are.
#[test]
fn audit_bursts_a_leg_through_zero() {
    let (mut world, both) = scene(1.08, 30);
    quiet(&mut world, 108_000.0, 16);
    let call = both[0];
    let n = 10 * TENTH;
    world.trade("long", CLASSIC, &[(call, n / 2)]).ok();
    let proceeds = |sold: &[i64]| {
        let mut world = world.clone();
        let before = world.cash("long", CLASSIC);
        for points in sold {
            world.trade("long", CLASSIC, &[(call, -points)]).ok();
        }
        assert_eq!(held(&world, "long", call), n / 2 - sold.iter().sum::<i64>());
        world.cash("long", CLASSIC) - before
    };
    let one = proceeds(&[n]);
    for parts in [[n / 2, n / 2], [n / 4, n - n / 4], [n - n / 4, n / 4]] {
        let two = proceeds(&parts);
        println!("sells 1 BTC of which they hold half: {:.4} in one trade, {:.4} in two", tokens(one), tokens(two));
        // A rounding of each part.
        assert!(two <= one && one - two < 8, "{one} in one trade, {two} in two");
    }
}

/// Who writes straddles of a day in a burst is paid the funding of the burst, and so much less for writing them. Before, it brought two fifths of the premium in a day.
#[test]
fn audit_bursts_funding_is_part_of_the_price() {
    for (jump, hours) in [(1.0, 1), (1.03, 1), (1.05, 0), (1.05, 1), (1.05, 6), (1.08, 1)] {
        let mut gains = Vec::new();
        let mut premium = 0;
        for seed in 0..8 {
            let (mut world, _) = scene(jump, 30);
            let price = 100_000.0 * jump;
            let strike = price as u64 / 1_000 * 1_000;
            step(&mut world, price);
            let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, strike, 1));
            world.trade("long", CLASSIC, &[(both[0], 25 * TENTH), (both[1], 25 * TENTH)]).ok();
            let mut random = Random(500 + seed);
            let mut now = price;
            for _ in 0..2 * hours {
                now = moved(now, 0.55, &mut random);
                step(&mut world, now);
            }
            let start = world.cash("writer", CLASSIC);
            premium = straddles(&mut world, "writer", both, -25);
            for _ in 0..48 {
                now = moved(now, 0.55, &mut random);
                step(&mut world, now);
            }
            straddles(&mut world, "writer", both, 25);
            gains.push(tokens(world.cash("writer", CLASSIC) - start));
        }
        let mean = gains.iter().sum::<f64>() / gains.len() as f64;
        let spread = (gains.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 7.0 / 8.0).sqrt();
        println!(
            "jump {jump}, {hours} hours later, premium {:.1}: {mean:+.1} ± {spread:.1} in a day, {gains:.1?}",
            tokens(premium)
        );
        assert!(mean < 2.0 * spread + 0.5, "{mean} ± {spread}");
    }
}

/// A quote tells the funding that the next half-hour takes, also in a burst, in which it is more than that of the mark.
#[test]
fn audit_bursts_a_quote_tells_the_funding_that_is_paid() {
    for days in [1, 30] {
        let (mut world, both) = scene(1.05, days);
        quiet(&mut world, 105_000.0, 8);
        straddles(&mut world, "long", both, 13);
        let quote = |world: &World| world.client_view(CLASSIC).account(&world.account("long", CLASSIC)).unwrap();
        let (before, now) = (quote(&world), world.chain.now());
        world.pass(HALF_HOUR - 1 - now.rem_euclid(HALF_HOUR));
        let told = before.funding_per_day;
        let paid = (before.cash - quote(&world).cash) as f64 * 86_400.0 / (world.chain.now() - now) as f64;
        println!("{days} days: told {told}, paid at a rate of {paid:.0} a day");
        assert!((paid / told as f64 - 1.0).abs() < 0.02, "{days} days: told {told}, paid {paid}");
    }
}

/// The price rises on after a jump, which makes bob liquidatable in a burst. At the mark they paid 24.5 tokens beyond the bid, and whoever had deposited 9,000 before had 21.6 of them.
#[test]
fn audit_bursts_a_liquidation_pays_nothing_beyond_the_bid() {
    // SETUP
    let mut world = World::new(Setup::slow());
    world.round_trip_every = u32::MAX;
    world.replay = None;
    world.pass(HALF_HOUR);
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 95_000, 1));
    for who in ["alice", "bob", "keeper"] {
        world.trader(who, CLASSIC, 5_000 * TOKEN);
    }
    quiet(&mut world, 100_000.0, 4);
    straddles(&mut world, "alice", both, 18);
    straddles(&mut world, "bob", both, -18);
    withdraw_spare(&mut world, "bob", CLASSIC);
    step(&mut world, 105_000.0);
    let key = world.account_key("bob", CLASSIC);
    let health =
        |world: &World| world.valued(CLASSIC, |view, m| m.health(&view.accounts[&key], HealthLevel::Maintenance));
    let mut waited = 0;
    while health(&world) >= 0 && waited < 20 {
        waited += 1;
        step(&mut world, 105_000.0 + 700.0 * f64::from(waited));
    }
    assert!(health(&world) < 0, "liquidatable {waited} half-hours after the jump");

    // TEST: as options are sold they lose the penalty, and all shares gain no more than nothing.
    let sold = |world: &World| world.valued(CLASSIC, |view, m| m.as_sold().equity(&view.accounts[&key]));
    let assets = |world: &World| world.valued(CLASSIC, |_, m| m.as_sold().net_assets_at_mark());
    let (had, pool) = (sold(&world), assets(&world));
    let legs = both.map(|series| Leg { series, points: 18 * TENTH }).to_vec();
    let keeper = world.account_key("keeper", CLASSIC);
    let close = build::liquidate(actor("keeper"), &world.pools[CLASSIC], key, keeper, legs, &world.market(BTC));
    let done = world.send(close).ok();
    let penalty = done.event(|event| if let Event::Liquidated(e) = event { Some(e.penalty) } else { None });
    let (lost, gained) = (had - sold(&world), assets(&world) - pool);
    println!("{waited} half-hours after the jump: bob loses {lost}, penalty {penalty}, shares gain {gained}");
    assert!((lost - penalty as i64).abs() < 8 && gained.abs() < 8, "{lost} {penalty} {gained}");
}
