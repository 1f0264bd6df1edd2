//! Which prices each instruction accepts, and the errors for all others.

use crate::cases::Cases;
use anchor_lang::solana_program::instruction::Instruction;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{CancelReason, ShareClass},
    },
    instruction as build,
    testing::pyth::{Price, PythGeneration},
};
use evergreen_tests::world::TENTH;
use evergreen_tests::{BTC, CLASSIC, ETH, World, assert_error, world::TOKEN};

/// Returns the instructions that read a price, with their names.
fn priced(cases: &Cases) -> Vec<(&'static str, Instruction)> {
    let names = [
        "execute_deposit",
        "execute_withdrawal",
        "withdraw_margin",
        "fill_trade",
        "list_series",
        "exercise_series",
        "liquidate",
        "auto_deleverage",
        "sample_volatility",
        "refresh_pool",
    ];
    cases.all().into_iter().filter(|(name, _)| names.contains(name)).collect()
}

/// Asserts that every instruction that reads a price refuses BTC's price after this edit, then restores the price.
#[track_caller]
fn all_refuse(cases: &mut Cases, error: EvergreenError, edit: impl Fn(&mut Price)) {
    refuse(cases, &|_| error, edit);
}

/// Asserts the same for a price that is too old. To a fill, a sample and after a notice age does not matter, but such a price was published
/// before the commitment, the minute and the moment of the notice.
#[track_caller]
fn all_refuse_or_wait(cases: &mut Cases, error: EvergreenError, edit: impl Fn(&mut Price)) {
    let determined = ["fill_trade", "sample_volatility", "auto_deleverage", "execute_deposit", "execute_withdrawal"];
    let first = |name: &str| determined.contains(&name);
    refuse(cases, &|name| if first(name) { EvergreenError::PriceNotFirst } else { error }, edit);
}

#[track_caller]
fn refuse(cases: &mut Cases, error: &dyn Fn(&str) -> EvergreenError, edit: impl Fn(&mut Price)) {
    let kept = cases.world.feeds[BTC].price;
    cases.world.edit_price(BTC, |price| edit(price));
    for (name, instruction) in priced(cases) {
        let code = u32::from(error(name));
        let outcome = cases.world.chain.simulate(&[instruction]);
        assert_eq!(outcome.code, Some(code), "{name}: {:?}\n{}", outcome.failure, outcome.log());
    }
    cases.world.edit_price(BTC, |price| *price = Price { publish_time: price.publish_time, ..kept });
}

#[test]
fn a17_a_price_of_another_owner_or_receiver_generation() {
    let mut cases = Cases::new();
    let key = cases.world.feeds[BTC].accounts.price;
    let data = cases.world.chain.data(&key);
    for owner in [PythGeneration::Previous.receiver(), anchor_lang::system_program::ID, evergreen_sdk::address::PROGRAM]
    {
        cases.world.chain.write(key, owner, data.clone());
        for (name, instruction) in priced(&cases) {
            let outcome = cases.world.chain.simulate(&[instruction]);
            assert_eq!(outcome.code, Some(u32::from(EvergreenError::PriceWrongOwner)), "{name}");
        }
    }
}

#[test]
fn a18_another_feeds_price() {
    let mut cases = Cases::new();
    let other = cases.world.feeds[ETH].price.feed;
    all_refuse(&mut cases, EvergreenError::PriceWrongFeed, |price| price.feed = other);
}

#[test]
fn a19_a_partially_verified_update() {
    let mut cases = Cases::new();
    for signatures in [0, 5, 12] {
        all_refuse(&mut cases, EvergreenError::PriceNotVerified, |price| price.partial_signatures = Some(signatures));
    }
}

#[test]
fn a20_stale_future_and_older_prices() {
    let mut cases = Cases::new();
    let now = cases.world.chain.now();
    let max_age =
        i64::from(cases.world.snapshot().underlying(&cases.world.feeds[BTC].accounts.underlying).params.max_age);
    for published in [now - max_age - 1, i64::MIN] {
        all_refuse_or_wait(&mut cases, EvergreenError::PriceStale, |price| price.publish_time = published);
    }
    all_refuse(&mut cases, EvergreenError::PriceFromFuture, |price| price.publish_time = now + 3);
    all_refuse(&mut cases, EvergreenError::PriceFromFuture, |price| price.publish_time = i64::MAX);
    // A price that is older than the newest one used is accepted as long as it is recent: nobody's update shuts out another's.
    let mut world = World::flat();
    world.pass(60);
    let (keys, feeds) = (world.pools[CLASSIC], world.markets());
    let refresh = build::refresh_pool(&keys, &feeds);
    world.send(refresh.clone()).ok();
    let now = world.chain.now();
    world.edit_price(BTC, |price| price.publish_time = now - max_age);
    world.send(refresh.clone()).ok();
    world.edit_price(BTC, |price| price.publish_time = now - max_age - 1);
    world.refused(refresh, EvergreenError::PriceStale);
}

#[test]
fn a21_confidence_wide_zero_and_above_the_price() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let (keys, feeds) = (world.pools[CLASSIC], world.markets());
    let (add, reduce) = ([(call, 1_000)], [(call, -1_000)]);
    let uncertain = |outcome: &evergreen_tests::Outcome| {
        let reason = |e: &Event| if let Event::CommitmentCancelled(e) = e { Some(e.reason) } else { None };
        assert_eq!(outcome.event(reason), CancelReason::PriceUncertain);
    };

    // TEST: adding risk and moving liquidity are refused; a reduction is priced at the worse end of the price's band.
    let price = world.feeds[BTC].price.price.unsigned_abs();
    for conf in [price / 199, price / 20, u64::MAX / 4] {
        world.edit_price(BTC, |price| price.conf = conf);
        uncertain(&world.trade("alice", CLASSIC, &add));
        world.refused(build::refresh_pool(&keys, &feeds), EvergreenError::PriceUncertain);
        let deposit = world.provide("vera", CLASSIC, ShareClass::Main, TOKEN);
        assert_error(&deposit, EvergreenError::PriceUncertain);
        if conf < price {
            world.trade("alice", CLASSIC, &reduce).ok();
        } else {
            // At the lower end the premium is zero, so the fee alone would lower health.
            uncertain(&world.trade("alice", CLASSIC, &reduce));
        }
    }
    // A price far from the EMA price is uncertain as well.
    world.edit_price(BTC, |price| {
        price.conf = 0;
        price.ema_price = price.price * 94 / 100;
    });
    uncertain(&world.trade("alice", CLASSIC, &add));
    let cash = world.cash("alice", CLASSIC);
    world.trade("alice", CLASSIC, &reduce).ok();
    let received = world.cash("alice", CLASSIC) - cash;
    // The call is worth about 1,110 dollars at 94,000, and about 2,930 dollars at the price.
    assert!(received < 2_000, "the sale of a thousand points brought {received}");
    world.edit_price(BTC, |price| price.ema_price = price.price);
    world.trade("alice", CLASSIC, &add).ok();
}

#[test]
fn a22_prices_of_zero_below_zero_and_at_the_limits() {
    let mut cases = Cases::new();
    for number in [0, -1, i64::MIN] {
        all_refuse(&mut cases, EvergreenError::PriceNotPositive, |price| price.price = number);
        all_refuse(&mut cases, EvergreenError::PriceNotPositive, |price| price.ema_price = number);
    }
    // The largest price is far from the EMA price: every instruction succeeds or is refused with an error number, and none panics.
    cases.world.edit_price(BTC, |price| price.price = i64::MAX);
    for (name, instruction) in priced(&cases) {
        let outcome = cases.world.chain.simulate(&[instruction]);
        assert!(outcome.succeeded() || outcome.code.is_some(), "{name}: {:?}\n{}", outcome.failure, outcome.log());
    }
}

#[test]
fn a23_exponents() {
    let mut cases = Cases::new();
    for exponent in [1, 8, -13, -18, i32::MIN, i32::MAX] {
        all_refuse(&mut cases, EvergreenError::PriceExponent, |price| price.exponent = exponent);
    }
}

#[test]
fn bytes_that_are_no_price() {
    let mut cases = Cases::new();
    let key = cases.world.feeds[BTC].accounts.price;
    let whole = cases.world.chain.data(&key);
    assert_eq!(whole.len(), 134);
    for data in [vec![], vec![0; 134], whole[..100].to_vec(), vec![0xff; 134]] {
        cases.world.chain.write(key, PythGeneration::Upgraded.receiver(), data);
        for (name, instruction) in priced(&cases) {
            let outcome = cases.world.chain.simulate(&[instruction]);
            assert_eq!(outcome.code, Some(u32::from(EvergreenError::PriceUndecodable)), "{name}");
        }
    }
}

#[test]
fn a29_in_an_outage_accounts_without_positions_can_withdraw() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trader("bob", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();

    // TEST
    world.chain.pass(86_400);
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, -TENTH)]);
    world.send(commit).ok();
    world.chain.pass(5);
    // The last price was published before the commitment: nothing fills it, and nothing is paid out meanwhile.
    let fill = world.fill_instruction("alice", CLASSIC);
    world.refused(fill, EvergreenError::PriceNotFirst);
    let stuck = world.withdraw("alice", CLASSIC, 1);
    assert_error(&stuck, EvergreenError::CommitmentOpen);
    world.withdraw("bob", CLASSIC, u64::MAX).ok();
    world.deposit("alice", CLASSIC, 0).code.expect("an amount of zero is refused");
}
