//! Attacks that choose among the prices that are valid at one moment.

use super::TENTH;
use anchor_lang::solana_program::instruction::Instruction;
use evergreen_sdk::{
    evergreen::{errors::EvergreenError, state::SeriesId},
    instruction::{self as build, PriceFeed},
    testing::pyth::Price,
};
use evergreen_tests::{
    BTC, CLASSIC, HOUR, World, assert_error,
    chain::actor,
    random::Random,
    world::{DOLLAR, TOKEN},
};

/// Writes a price of BTC to an account of its own: `price` in hundred-millionths of a dollar, published `age` seconds ago, and the
/// price before it `before` seconds ago.
fn publish(world: &mut World, name: &str, price: i64, (age, before): (i64, i64)) -> PriceFeed {
    let feed = &world.feeds[BTC];
    let (underlying, owner) = (feed.accounts.underlying, feed.owner);
    let key = actor(name);
    let mut update = Price::new(feed.price.feed, price, world.chain.now() - age);
    update.conf = 0;
    update.prev_publish_time = world.chain.now() - before;
    let data = update.encode(&key, world.chain.slot()).expect("a price");
    world.chain.write(key, owner, data);
    PriceFeed { underlying, price: key }
}

/// Returns the fill of mallory's commitment at the price in an account.
fn fill_at(world: &World, feed: PriceFeed) -> Instruction {
    build::fill_trade(&world.pools[CLASSIC], world.account_key("mallory", CLASSIC), None, None, &[feed])
}

fn scene() -> (World, SeriesId) {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("mallory", CLASSIC, 100 * TOKEN);
    world.pass(HOUR);
    for sample in world.due_samples() {
        world.send(sample).ok();
    }
    (world, call)
}

#[test]
fn a25_open_at_the_old_price_and_close_at_the_new_in_one_transaction() {
    // SETUP: two prices are valid at one moment, and the newer one is higher.
    let (mut world, call) = scene();
    let old = publish(&mut world, "old", 100_000 * DOLLAR, (5, 6));
    let new = publish(&mut world, "new", 100_100 * DOLLAR, (0, 5));

    // TEST: neither fills a commitment of this moment, whether in the same transaction or in another one.
    let commit = world.commit_instruction("mallory", CLASSIC, &[(call, TENTH)]);
    for feed in [old, new] {
        let both = world.send_all(&[commit.clone(), fill_at(&world, feed)]);
        assert_error(&both, EvergreenError::PriceNotFirst);
    }
    world.send(commit).ok();
    for feed in [old, new] {
        world.refused(fill_at(&world, feed), EvergreenError::PriceNotFirst);
    }
    // Nor can mallory take it back, trade otherwise, or take out what it is paid with.
    let other = world.commit_instruction("mallory", CLASSIC, &[(call, 1_000)]);
    world.refused(other, EvergreenError::CommitmentOpen);
    assert_error(&world.withdraw("mallory", CLASSIC, 1), EvergreenError::CommitmentOpen);
    world.wait_for_fill();
    world.fill("mallory", CLASSIC).ok();
}

#[test]
fn a28_of_all_prices_that_are_published_one_fills() {
    // SETUP: a price every second, three of them before and during the delay, and five afterwards.
    const SECONDS: i64 = 8;
    let (mut world, call) = scene();
    let commit = world.commit_instruction("mallory", CLASSIC, &[(call, TENTH)]);
    let committed_at = world.chain.now();
    world.send(commit).ok();
    let delay = i64::from(world.view(CLASSIC).pool.params.fill_delay);
    world.chain.pass(SECONDS - 2);
    let mut random = Random(28);
    let now = world.chain.now();
    let feeds: Vec<(i64, PriceFeed)> = (0..SECONDS)
        .map(|second| {
            let published = committed_at - 1 + second;
            let price = (100_000 + random.range(-500, 500)) * DOLLAR;
            let age = now - published;
            (published, publish(&mut world, &format!("second {second}"), price, (age, age + 1)))
        })
        .collect();

    // TEST: nobody can choose among them.
    for (published, feed) in &feeds {
        let outcome = world.chain.simulate(&[fill_at(&world, *feed)]);
        if *published == committed_at + delay + 1 {
            outcome.ok();
        } else {
            assert_error(&outcome, EvergreenError::PriceNotFirst);
        }
    }
}
