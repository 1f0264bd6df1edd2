//! Attacks that choose among the prices that are valid at one moment.

use super::TENTH;
use evergreen_sdk::{
    events::Event,
    evergreen::{Leg, errors::EvergreenError, state::SeriesId},
    instruction::{self as build, PriceFeed},
    testing::pyth::Price,
};
use evergreen_tests::{
    BTC, CLASSIC, HOUR, Outcome, World, assert_error,
    chain::actor,
    random::Random,
    world::{DOLLAR, TOKEN},
};

/// Writes a price of BTC to an account of its own: `price` in hundred-millionths of a dollar, published `age` seconds ago.
fn publish(world: &mut World, name: &str, price: i64, age: i64) -> PriceFeed {
    let feed = &world.feeds[BTC];
    let (underlying, owner) = (feed.accounts.underlying, feed.owner);
    let key = actor(name);
    let mut update = Price::new(feed.price.feed, price, world.chain.now() - age);
    update.conf = 0;
    let data = update.encode(&key, world.chain.slot()).expect("a price");
    world.chain.write(key, owner, data);
    PriceFeed { underlying, price: key }
}

fn leg(
    world: &World,
    call: SeriesId,
    points: i64,
    feed: PriceFeed,
) -> anchor_lang::solana_program::instruction::Instruction {
    let account = world.account_key("mallory", CLASSIC);
    let legs = vec![Leg { series: call, points }];
    build::trade(actor("mallory"), &world.pools[CLASSIC], account, legs, 0, i64::MIN, &[feed])
}

/// Returns the sum of premiums and the sum of fees over a transaction's legs, in native units.
fn paid(outcome: &Outcome) -> (i64, i64) {
    let fills = outcome.events().into_iter().filter_map(|e| if let Event::LegFilled(e) = e { Some(e) } else { None });
    fills.fold((0, 0), |(premium, fee), e| (premium + e.premium, fee + e.fee as i64))
}

fn scene() -> (World, SeriesId) {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("mallory", CLASSIC, 100 * TOKEN);
    world.pass(HOUR);
    (world, call)
}

#[test]
fn a25_open_at_the_old_price_and_close_at_the_new_in_one_transaction() {
    // SETUP: the price moves by one and a half times what it does in five seconds, its greatest age, at a volatility of 66 %.
    let (mut world, call) = scene();
    let moved = 100_000 * DOLLAR / 10_000 * 4;
    let old = publish(&mut world, "old", 100_000 * DOLLAR, 5);
    let new = publish(&mut world, "new", 100_000 * DOLLAR + moved, 0);
    let before = world.cash("mallory", CLASSIC);

    // TEST
    let (open, close) = (leg(&world, call, TENTH, old), leg(&world, call, -TENTH, new));
    let outcome = world.send_all(&[open, close]).ok();

    // CHECK: mallory gains by the move, and pays more in fees.
    let (premium, fee) = paid(&outcome);
    assert!(premium > 0, "the move brought {premium}");
    assert!(fee > premium, "fees of {fee} do not cover {premium}");
    assert!(world.cash("mallory", CLASSIC) < before);
    // The reverse order is refused: once the newer price has been used, the older one is too old in every transaction.
    let old = publish(&mut world, "old", 100_000 * DOLLAR + moved, 3);
    let new = publish(&mut world, "new", 100_000 * DOLLAR, 0);
    let (open, close) = (leg(&world, call, TENTH, new), leg(&world, call, -TENTH, old));
    assert_error(&world.send_all(&[open, close]), EvergreenError::PriceRewound);
}

#[test]
fn a28_choosing_the_best_of_all_valid_prices_a_thousand_times_loses_money() {
    // SETUP: a price every second, at the greatest volatility that the fees cover: 66 % a year is 11.75 dollars a second.
    const TRIPS: usize = 1_000;
    let (mut world, call) = scene();
    let mut random = Random(28);
    let mut price = 100_000 * DOLLAR;
    let (mut gained, mut fees) = (0, 0);
    let start = world.cash("mallory", CLASSIC);
    for _ in 0..TRIPS {
        world.chain.pass(6);
        let mut path = [0; 6];
        for entry in &mut path {
            // Twelve numbers between −1/2 and 1/2 have a sum of variance one.
            let normal: i64 = (0..12).map(|_| random.range(-500, 500)).sum();
            // The walk is drawn back to the strike, because far from it an option gains little by a move.
            price += normal * 1_175_000 + (100_000 * DOLLAR - price) / 50;
            *entry = price;
        }
        // Of all pairs of a price to buy at and one at most two seconds older to sell at, this one pays most.
        let pairs = (0..6).flat_map(|buy| (0..6).map(move |sell| (buy, sell))).filter(|(buy, sell)| sell + 2 >= *buy);
        let (buy, sell) = pairs.max_by_key(|(buy, sell)| path[*sell] - path[*buy]).expect("a pair");
        let old = publish(&mut world, "bought at", path[buy], 5 - buy as i64);
        let new = publish(&mut world, "sold at", path[sell], 5 - sell as i64);
        let trade = [leg(&world, call, TENTH, old), leg(&world, call, -TENTH, new)];
        // To save time this skips the checker of invariants; the last trade goes through it.
        let outcome = world.chain.send(&trade).ok();
        let (premium, fee) = paid(&outcome);
        gained += premium;
        fees += fee;
    }
    world.replay = None;
    world.pass(6);
    world.trade("mallory", CLASSIC, &[(call, 1)]).ok();

    // CHECK: choosing pays less than half of what the fees cost.
    println!("{TRIPS} round trips: {gained} by choosing, {fees} in fees");
    assert!(gained > 0, "choosing gained {gained}; without a gain this test shows nothing");
    assert!(fees > gained * 2, "fees of {fees}, gains of {gained}");
    assert!(world.cash("mallory", CLASSIC) < start);
}
