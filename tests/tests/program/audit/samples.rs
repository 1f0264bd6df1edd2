//! Volatility samples, and whose price counts: nobody's choice of a price moves a quote, and nobody's price shuts out another's.

use evergreen_math::UnixTime;
use evergreen_sdk::{
    evergreen::{errors::EvergreenError, state::Underlying},
    instruction::{self as build, PriceFeed},
};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World, assert_error,
    chain::actor,
    random::Random,
    world::{DOLLAR, TENTH, TOKEN},
};

fn btc(world: &World) -> Box<Underlying> {
    world.snapshot().underlying(&world.feeds[BTC].accounts.underlying)
}

/// Publishes a price every second that moves by up to 20 basis points.
fn walk(world: &mut World, random: &mut Random, seconds: i64) {
    for _ in 0..seconds {
        let next = world.feeds[BTC].price.price / 10_000 * (10_000 + random.range(-20, 20));
        world.chain.pass(1);
        for market in 0..world.feeds.len() {
            world.edit_price(market, |price| {
                if market == BTC {
                    price.price = next;
                }
            });
        }
    }
}

#[test]
fn audit_a8_of_all_prices_of_a_minute_one_is_sampled() {
    // SETUP
    let mut world = World::lagging(Setup::preset());
    let mut random = Random(8);
    world.pass(600);
    walk(&mut world, &mut random, 119);
    let grid = btc(&world).sampling_time(world.chain.now());
    assert_eq!(grid % 60, 0);

    // TEST: of the prices of the last minute the first one after the grid time is taken, and no other.
    let mut taken = 0;
    for moment in grid - 20..world.chain.now() {
        let feed = world.first_after(BTC, moment).expect("a publication");
        let outcome = world.chain.simulate(&[build::sample_volatility(&feed)]);
        if moment == grid {
            outcome.ok();
            taken += 1;
        } else {
            assert_eq!(outcome.code, Some(EvergreenError::PriceNotFirst.into()), "{}", moment - grid);
        }
    }
    assert_eq!(taken, 1);
    let sample = world.sample_instruction(BTC);
    world.send(sample.clone()).ok();
    let again = world.chain.simulate(&[sample]);
    assert_error(&again, EvergreenError::SampleTooEarly);
}

#[test]
fn audit_a8_who_samples_later_changes_neither_average_nor_price() {
    // SETUP: one chain is sampled at the beginning of a minute, and a copy of it at its end.
    let mut early = World::lagging(Setup::preset());
    let mut random = Random(80);
    early.pass(600);
    early.pass(60 - early.chain.now() % 60 + 2);
    walk(&mut early, &mut random, 1);
    let mut late = early.clone();
    for (world, seconds) in [(&mut early, 0), (&mut late, 50)] {
        world.pass(seconds);
        let sample = world.sample_instruction(BTC);
        let before = btc(world);
        let sigma = |world: &World| world.view(CLASSIC).series().count();
        let _ = (before, sigma);
        world.send(sample).ok();
    }

    // TEST
    let (a, b) = (btc(&early), btc(&late));
    assert_eq!((a.sample_time, a.sample_price, a.fast_variance), (b.sample_time, b.sample_price, b.fast_variance));
    assert_eq!(b.sigma_time, b.sample_time + late.chain.now() % 60);
}

#[test]
fn audit_a8_a_sample_moves_no_mark_by_a_jump() {
    // SETUP: the price has moved by 5 % since the last sample, and the minute is nearly over.
    let mut world = World::lagging(Setup::preset());
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.pass(1_800);
    let sample = world.sample_instruction(BTC);
    world.send(sample).ok();
    world.set_price(BTC, 104_000);
    world.pass(1_800 + 59 - world.chain.now() % 60);
    let mark = |world: &World| {
        world.valued(CLASSIC, |view, markets| markets.mark(&view.registry.series[usize::from(call.slot)]))
    };
    let before = mark(&world);
    let average = btc(&world).fast_variance;

    // TEST
    let sample = world.sample_instruction(BTC);
    world.send(sample).ok();
    assert_ne!(btc(&world).fast_variance, average);
    assert_eq!(mark(&world), before);
}

/// Lets time pass to a second after the next half-hour, and samples.
fn next_half_hour(world: &mut World) {
    world.pass(1_801 - world.chain.now() % 1_800);
    let sample = world.sample_instruction(BTC);
    world.send(sample).ok();
}

#[test]
fn audit_a8_a_jump_is_paid_for_before_any_mark_has_it() {
    // SETUP: samples every half-hour. The price falls by 8 % right after one; marks will rise for hours, and everybody knows it.
    let mut world = World::new(Setup::slow());
    world.trader("alice", CLASSIC, 500 * TOKEN);
    // The first sample comes at the first grid time that is half an hour after the creation.
    world.pass(1_800);
    next_half_hour(&mut world);
    world.set_price(BTC, 92_000);
    let straddle = [world.list(CLASSIC, BTC, false, 92_000), world.list(CLASSIC, BTC, true, 92_000)];
    let front = |world: &World| {
        let marks = world.underlying(BTC).marked(UnixTime(world.chain.now())).unwrap().marks;
        marks.front.to_bits()
    };

    // TEST: Alice buys at once and sells after eight hours, in which marks of the shortest tenor have risen by more than a half.
    let (before, cash) = (front(&world), world.cash("alice", CLASSIC));
    world.trade("alice", CLASSIC, &straddle.map(|series| (series, TENTH))).ok();
    let paid = cash - world.cash("alice", CLASSIC);
    for _ in 0..16 {
        next_half_hour(&mut world);
    }
    let after = front(&world);
    assert!(after > before * 3 / 2, "{before} {after}");
    world.trade("alice", CLASSIC, &straddle.map(|series| (series, -TENTH))).ok();
    // At one volatility for all tenors, without an ask, she would have gained more than half of her premium. She has paid for the rise when she bought, and loses.
    let back = world.cash("alice", CLASSIC) - (cash - paid);
    assert!(back < paid, "paid {paid}, got {back}");
    let at_marks = i128::from(paid) * before / after;
    println!("paid {paid}, got {back}; the marks were {at_marks} of {paid}");
}

#[test]
fn audit_a11_a_fresher_price_of_anothers_makes_nobodys_too_old() {
    // SETUP: the public feeds are three seconds old, five are allowed. Mallory uses an update of her own that is new.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    for who in ["alice", "bob", "keeper"] {
        world.trader(who, CLASSIC, 100 * TOKEN);
    }
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH)]).ok();
    world.pass(60);
    world.chain.pass(3);
    let (keys, feeds) = (world.pools[CLASSIC], world.markets());
    let own = |world: &mut World| {
        let feed = &world.feeds[BTC];
        let mut price = feed.price;
        (price.prev_publish_time, price.publish_time) = (price.publish_time, world.chain.now());
        let (underlying, owner, key) = (feed.accounts.underlying, feed.owner, actor("own"));
        let data = price.encode(&key, world.chain.slot()).expect("a price");
        world.chain.write(key, owner, data);
        PriceFeed { underlying, price: key }
    };
    let fresher = own(&mut world);
    world.send(build::refresh_pool(&keys, &[fresher])).ok();

    // TEST: whatever reads a recent price still takes the public one.
    let bob = world.account_key("bob", CLASSIC);
    world.send(build::withdraw_margin(actor("bob"), &keys, bob, TOKEN, &feeds)).ok();
    world.send(build::refresh_pool(&keys, &feeds)).ok();
    world.provide("vera", CLASSIC, evergreen_sdk::evergreen::state::ShareClass::Main, TOKEN).ok();
    world.list(CLASSIC, BTC, false, 101_000);
    // Neither does a sample that somebody took shut out the price of a fill.
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, -TENTH)]);
    world.send(commit).ok();
    world.pass(4);
    let fresher = own(&mut world);
    world.send(build::refresh_pool(&keys, &[fresher])).ok();
    world.fill("alice", CLASSIC).ok();
    assert_eq!(world.feeds[BTC].price.price, 100_000 * DOLLAR);
}
