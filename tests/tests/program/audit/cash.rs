//! Who owes cash is closed by others, who choose the option. The bid of one may be next to nothing at a wick or within a burst: before, a debt of 0.013 tokens took options worth 4.9.

use super::half_hours::{HALF_HOUR, step};
use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{PoolParams, SeriesId},
    },
    instruction::{self as build, PriceFeed},
    presets,
};
use evergreen_tests::{
    BTC, CLASSIC, ETH, Outcome, Setup, World, assert_error,
    chain::actor,
    world::{DOLLAR, TENTH, TOKEN},
};

/// The presets, with their limits but that of growth, and days of one speed.
pub(super) fn quiet_world() -> World {
    let mut world =
        World::new(Setup { pool: PoolParams { growth_limit_bps: 10_000, ..presets::pool_params() }, ..Setup::slow() });
    world.round_trip_every = u32::MAX;
    world.replay = None;
    world.pass(HALF_HOUR);
    step(&mut world, 100_000.0);
    world
}

fn price(world: &mut World, dollars: f64) {
    world.edit_price(BTC, |price| {
        price.price = (dollars * DOLLAR as f64) as i64;
        price.ema_price = price.price;
    });
}

/// Takes all cash out of bob's account.
fn withdraw_all(world: &mut World) {
    world.withdraw("bob", CLASSIC, 1).ok();
    let spare = world.cash("bob", CLASSIC).unsigned_abs();
    world.withdraw("bob", CLASSIC, spare).ok();
}

/// Bob's cash once their funding is settled, what their options are worth at the mark, native units, and the series that a keeper sells.
fn state(world: &World) -> (i64, i64, Vec<SeriesId>) {
    let bob = world.account_key("bob", CLASSIC);
    world.valued(CLASSIC, |view, markets| {
        let account = &view.accounts[&bob];
        let open = account.positions.iter().filter(|position| position.points != 0);
        let worth = open.map(|position| markets.worth(position.series().slot, position.points)).sum();
        let pool = world.client_view(CLASSIC);
        (account.cash - markets.owed(account), worth, pool.closable_for_cash(account).expect("known prices"))
    })
}

/// Bob holds straddles of 1.8 BTC, and owes the funding of a quarter of an hour.
fn straddle(days: u32, tenths: i64) -> (World, [SeriesId; 2]) {
    let mut world = quiet_world();
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, days));
    world.trader("bob", CLASSIC, 500 * TOKEN);
    world.trade("bob", CLASSIC, &both.map(|id| (id, tenths * TENTH))).ok();
    step(&mut world, 100_000.0);
    withdraw_all(&mut world);
    world.pass(HALF_HOUR / 2);
    (world, both)
}

#[test]
fn audit_cash_at_a_wick_the_option_is_sold_that_loses_least() {
    for (days, tenths) in [(1, 18), (7, 18)] {
        let (start, both) = straddle(days, tenths);
        for (dollars, worse) in [(103_000.0, 1), (97_000.0, 0)] {
            let mut world = start.clone();
            world.chain.pass(1);
            price(&mut world, dollars);
            let (cash, before, closable) = state(&world);
            assert!(cash < 0, "their stored cash is {}", world.cash("bob", CLASSIC));
            assert!(closable.contains(&both[1 - worse]), "the keeper sells the option in the money");
            let is_worse = !closable.contains(&both[worse]);
            assert!(is_worse || days > 1, "a day's option out of the money loses nearly all");
            if is_worse {
                assert_error(&world.close_for_cash("bob", CLASSIC, both[worse]), EvergreenError::AnotherLosesLess);
            }
            world.close_for_cash("bob", CLASSIC, both[1 - worse]).ok();
            let lost = before - state(&world).1 - cash.abs();
            println!("{days} d at {dollars}: owes {cash}, {lost} below the mark");
            assert!(lost <= cash.abs(), "a debt of {cash} costs {lost} more");
        }
    }
}

/// Eight hours after a burst began the price is a per cent and a half above the strike.
#[test]
fn audit_cash_in_a_burst_the_option_is_sold_that_loses_least() {
    let mut world = quiet_world();
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    world.trader("bob", CLASSIC, 500 * TOKEN);
    world.trade("bob", CLASSIC, &both.map(|id| (id, 18 * TENTH))).ok();
    step(&mut world, 100_000.0);
    for n in 0..16 {
        step(&mut world, if n % 2 == 0 { 101_500.0 } else { 100_000.0 });
    }
    withdraw_all(&mut world);
    world.pass(30);
    price(&mut world, 101_500.0);
    let (_, before, _) = state(&world);
    let mut owed = 0;
    for _ in 0..12 {
        world.pass(10);
        let (cash, _, closable) = state(&world);
        assert_eq!(closable, [both[0]]);
        owed -= cash;
        assert_error(&world.close_for_cash("bob", CLASSIC, both[1]), EvergreenError::AnotherLosesLess);
        world.close_for_cash("bob", CLASSIC, both[0]).ok();
    }
    let lost = before - state(&world).1;
    println!("owed {owed} in two minutes, lost {lost}");
    assert!(owed > 0 && lost < 3 * owed, "loses {lost} for {owed}");
}

/// Sells an option of bob's with the prices of these markets, and none of those.
fn close_without(world: &mut World, series: SeriesId, markets: &[usize], unpriced: &[usize]) -> Outcome {
    let mut feeds: Vec<_> = markets.iter().flat_map(|market| world.market(*market)).collect();
    feeds.extend(unpriced.iter().map(|market| PriceFeed::without_price(world.feeds[*market].accounts.underlying)));
    let (keys, bob) = (world.pools[CLASSIC], world.account_key("bob", CLASSIC));
    world.send(build::close_for_cash(actor("keeper"), &keys, bob, series, &feeds))
}

fn close(world: &mut World, series: SeriesId, markets: &[usize]) -> Outcome {
    close_without(world, series, markets, &[])
}

/// Whoever sells does not choose by leaving out a price, but a feed that stands still is no shield.
#[test]
fn audit_cash_no_price_is_left_out() {
    let mut world = quiet_world();
    let put = world.list_tenor(CLASSIC, BTC, true, 100_000, 1);
    let other = world.list_tenor(CLASSIC, ETH, false, 4_000, 7);
    world.trader("bob", CLASSIC, 500 * TOKEN);
    world.trade("bob", CLASSIC, &[(put, 18 * TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(other, 30 * TENTH)]).ok();
    step(&mut world, 100_000.0);
    withdraw_all(&mut world);
    world.pass(600);
    for sample in world.due_samples() {
        world.send(sample).ok();
    }
    price(&mut world, 103_000.0);
    // Without ETH the put is the only one that is compared.
    assert_error(&close(&mut world, put, &[BTC]), EvergreenError::MarketAccountMissing);
    assert_error(&close(&mut world, put, &[BTC, ETH]), EvergreenError::AnotherLosesLess);
    close(&mut world.clone(), other, &[BTC, ETH]).ok();
    // For an hour and a half nobody has sampled ETH, and for an hour nobody has valued any option on it: the feed stands still, and who shows it says so. Before, one sample that was missed was enough.
    for passed in [1, 2, 3] {
        world.pass(1_801);
        world.chain.send(&[world.sample_instruction(BTC)]).ok();
        let unsampled = world.chain.now() - world.underlying(ETH).sample_time;
        assert_eq!(unsampled > 5_400, passed == 3, "{unsampled} seconds");
        if passed == 2 {
            let mut fork = world.clone();
            price(&mut fork, 103_000.0);
            assert_error(&close_without(&mut fork, put, &[BTC], &[ETH]), EvergreenError::MarketAccountMissing);
        }
    }
    price(&mut world, 103_000.0);
    assert_error(&close(&mut world, put, &[BTC]), EvergreenError::MarketAccountMissing);
    close_without(&mut world.clone(), put, &[BTC], &[ETH]).ok();
    // With a sample it lives, though nobody values any option on it; and it lives where somebody does, without a sample.
    let mut fork = world.clone();
    fork.chain.send(&[fork.sample_instruction(ETH)]).ok();
    assert_error(&close_without(&mut fork, put, &[BTC], &[ETH]), EvergreenError::MarketAccountMissing);
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
    world.send(refresh).ok();
    assert_error(&close_without(&mut world, put, &[BTC], &[ETH]), EvergreenError::MarketAccountMissing);
}

/// Both feeds are sampled every half-hour, but nobody values the options of this pool. Before, 1.33 tokens were taken for a debt of 0.47.
#[test]
fn audit_cash_a_live_feed_is_not_left_out() {
    let mut world = quiet_world();
    let put = world.list_tenor(CLASSIC, BTC, true, 100_000, 1);
    let other = world.list_tenor(CLASSIC, ETH, false, 3_800, 7);
    world.trader("bob", CLASSIC, 500 * TOKEN);
    world.trade("bob", CLASSIC, &[(put, 18 * TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(other, 60 * TENTH)]).ok();
    step(&mut world, 100_000.0);
    withdraw_all(&mut world);
    for _ in 0..3 {
        world.pass(1_800);
        for sample in world.due_samples() {
            world.send(sample).ok();
        }
    }
    price(&mut world, 103_000.0);
    for unpriced in [&[][..], &[ETH]] {
        let refused = close_without(&mut world, put, &[BTC], unpriced);
        assert_error(&refused, EvergreenError::MarketAccountMissing);
    }
    assert_error(&close(&mut world, put, &[BTC, ETH]), EvergreenError::AnotherLosesLess);
    close(&mut world, other, &[BTC, ETH]).ok();
}

/// Bob has written what their bought call in the money covers, and a put of theirs is worth next to nothing. The price rises until their call may not be sold: around that price one of both can be.
/// Before, within two units of health the put was refused because of the call, and the call because of health.
#[test]
fn audit_cash_at_the_border_of_health_something_can_be_sold() {
    let mut world = quiet_world();
    let long = world.list_tenor(CLASSIC, BTC, false, 88_000, 7);
    let put = world.list_tenor(CLASSIC, BTC, true, 100_000, 1);
    let short = world.list_tenor(CLASSIC, BTC, false, 101_000, 7);
    for who in ["bob", "carol"] {
        world.trader(who, CLASSIC, 900 * TOKEN);
    }
    const SIZE: i64 = TENTH / 4;
    world.trade("carol", CLASSIC, &[(short, 20 * SIZE)]).ok();
    world.trade("bob", CLASSIC, &[(long, 10 * SIZE), (put, 20 * SIZE)]).ok();
    let mut written = 0;
    while written < 11 && {
        let mut fork = world.clone();
        let trades = fork.trade("bob", CLASSIC, &[(short, -SIZE)]).succeeded();
        step(&mut fork, 94_000.0);
        trades && withdraws_all(&mut fork)
    } {
        world.trade("bob", CLASSIC, &[(short, -SIZE)]).ok();
        written += 1;
    }
    step(&mut world, 94_000.0);
    assert!(withdraws_all(&mut world), "their options cover what they have written, without cash");
    world.pass(60);
    let sells = |units: i64, id: SeriesId| {
        let mut world = world.clone();
        world.chain.pass(1);
        // A unit of the price is 10^-8 dollars.
        world.edit_price(BTC, |price| (price.price, price.ema_price) = (units, units));
        let (keys, bob) = (world.pools[CLASSIC], world.account_key("bob", CLASSIC));
        let close = build::close_for_cash(actor("keeper"), &keys, bob, id, &world.market(BTC));
        let done = world.chain.simulate(&[close]);
        (done.succeeded(), done.code)
    };
    let (mut low, mut high) = (98_000 * DOLLAR, 105_500 * DOLLAR);
    println!("{written} quarters of a tenth are written; {:?} {:?}", sells(low, long), sells(high, long));
    assert!(sells(low, long).0 && !sells(high, long).0);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if sells(middle, long).0 { low = middle } else { high = middle }
    }
    println!("the call can be sold at {low}, not at {high}; there the put {:?}", sells(high, put));
    // A unit of health is some thousand units of the price.
    let (mut both, mut stuck) = (0, 0);
    for off in (-12_000..=12_000).step_by(300) {
        let (call, other) = (sells(high + off, long), sells(high + off, put));
        both += i32::from(call.0 && other.0);
        stuck += i32::from(!call.0 && !other.0);
    }
    println!("at 81 prices both can be sold at {both}, none at {stuck}");
    assert_eq!(stuck, 0);
    assert!(!sells(low - 12_000, put).0 && sells(high + 12_000, put).0, "the call comes first where it can be sold");
}

/// Takes all of bob's cash, and returns whether that was allowed.
fn withdraws_all(world: &mut World) -> bool {
    world.withdraw("bob", CLASSIC, 1).succeeded() && {
        let spare = world.cash("bob", CLASSIC).unsigned_abs();
        world.withdraw("bob", CLASSIC, spare).succeeded()
    }
}
