//! Sources of prices: both generations of Pyth's receiver, and Pyth's legacy accounts.

use crate::{cases::Cases, life::premium_and_fee, stories::liquidate};
use anchor_lang::prelude::Pubkey;
use evergreen_math::{Dollars, UnixTime, margin::HealthLevel};
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        oracle::{self, PriceAccount, Publication, Quality},
        state::{CancelReason, PriceSource, SeriesId, ShareClass},
    },
    failure::Refusal,
    instruction as build,
    testing::{
        pyth::{Price, PythGeneration},
        pyth_legacy::{self, LegacyPrice, LegacyStatus},
    },
};
use evergreen_tests::world::TENTH;
use evergreen_tests::{
    BTC, CLASSIC, DAY, World, assert_error,
    chain::actor,
    world::{Setup, TOKEN},
};
use pyth_sdk_solana::state::{PriceStatus, SolanaPriceAccount, load_price_account};

/// An edit of a price.
type Edit = fn(&mut Price);

/// Returns a world whose underlyings take prices of this generation's receiver.
fn of_generation(generation: PythGeneration) -> World {
    let mut setup = Setup::flat();
    for config in [&mut setup.btc, &mut setup.eth] {
        config.price_owner = generation.receiver();
    }
    World::new(setup)
}

/// Returns a world whose underlyings take prices of legacy accounts.
fn legacy() -> World {
    let mut setup = Setup::flat();
    for (config, name) in [(&mut setup.btc, "legacy BTC"), (&mut setup.eth, "legacy ETH")] {
        config.source = PriceSource::PythLegacy;
        config.price_owner = pyth_legacy::ORACLE;
        config.feed_id = actor(name).to_bytes();
    }
    World::new(setup)
}

#[test]
fn a17_an_underlying_takes_the_generation_that_it_names_and_no_other() {
    for (named, other) in
        [(PythGeneration::Previous, PythGeneration::Upgraded), (PythGeneration::Upgraded, PythGeneration::Previous)]
    {
        // SETUP
        let mut world = of_generation(named);
        let call = world.list(CLASSIC, BTC, false, 100_000);
        world.trader("alice", CLASSIC, 10 * TOKEN);
        let key = world.feeds[BTC].accounts.price;
        assert_eq!(key, named.push_feed(0, &world.feeds[BTC].price.feed));
        assert_eq!(world.chain.account(&key).unwrap().owner, named.receiver());

        // TEST
        world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
        let commit = world.commit_instruction("alice", CLASSIC, &[(call, -TENTH)]);
        world.send(commit).ok();
        world.wait_for_fill();
        let sell = world.fill_instruction("alice", CLASSIC);
        let data = world.chain.data(&key);
        world.chain.write(key, other.receiver(), data.clone());
        world.refused(sell.clone(), EvergreenError::PriceWrongOwner);
        world.chain.write(key, named.receiver(), data);
        world.send(sell).ok();
    }
}

#[test]
fn legacy_accounts_are_written_as_pyths_own_crate_reads_them() {
    let price = Price { conf: 7, ema_price: 99, ema_conf: 3, ..Price::new([1; 32], 100, 1_700_000_000) };
    let bytes = LegacyPrice::new(price, 42).encode();
    assert_eq!(bytes.len(), size_of::<SolanaPriceAccount>());
    let read: &SolanaPriceAccount = load_price_account(&bytes).unwrap();
    assert_eq!((read.expo, read.timestamp, read.valid_slot, read.last_slot), (-8, 1_700_000_000, 42, 42));
    assert_eq!((read.ema_price.val, read.ema_conf.val), (99, 3));
    assert_eq!((read.agg.price, read.agg.conf, read.agg.pub_slot), (100, 7, 42));
    assert_eq!(read.agg.status, PriceStatus::Trading);
    assert_eq!((read.prev_price, read.prev_timestamp, read.prev_slot), (90, 1_699_999_999, 41));
}

#[test]
fn every_instruction_works_at_legacy_prices() {
    let cases = Cases::of(legacy());
    for (name, instruction) in cases.all() {
        let outcome = cases.world.chain.simulate(&[instruction]);
        assert!(outcome.succeeded(), "{name}: {:?}\n{}", outcome.failure, outcome.log());
    }
}

#[test]
fn the_life_of_an_option_at_legacy_prices() {
    // SETUP: the prices are those of the tests with price updates, so the amounts must be the same.
    let mut world = legacy();
    assert_eq!(world.chain.account(&world.feeds[BTC].accounts.price).unwrap().owner, pyth_legacy::ORACLE);
    let call = world.list(CLASSIC, BTC, false, 100_000);
    let higher = world.list(CLASSIC, BTC, false, 112_000);
    for who in ["alice", "bob", "keeper"] {
        world.trader(who, CLASSIC, 20 * TOKEN);
    }
    let (keys, btc) = (world.pools[CLASSIC], world.feeds[BTC].accounts);

    // TEST: premium and fee are those of life.rs.
    let bought = world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    assert_eq!(premium_and_fee(&bought), (-97_684_543, 1_666_667));
    world.trade("alice", CLASSIC, &[(higher, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(higher, -TENTH)]).ok();
    let bob = world.account_key("bob", CLASSIC);
    let spare = world.valued(CLASSIC, |view, markets| markets.health(&view.accounts[&bob], HealthLevel::Initial));
    world.withdraw("bob", CLASSIC, spare as u64).ok();
    world.pass(DAY);
    // A legacy account has to be published within two seconds after the minute.
    world.pass_to(2);
    world.send(build::sample_volatility(&btc)).ok();
    world.provide("vera", CLASSIC, ShareClass::Main, TOKEN).ok();
    // An account is not liquidated at a price with a wide confidence, and is at the same price with a confidence of zero.
    world.set_price(BTC, 118_000);
    world.edit_price(BTC, |price| price.conf = 30_000 * 100_000_000);
    let all = [(higher, TENTH)];
    assert_error(&liquidate(&mut world, CLASSIC, "bob", &all), EvergreenError::NotLiquidatable);
    world.edit_price(BTC, |price| price.conf = 0);
    liquidate(&mut world, CLASSIC, "bob", &all).ok();
    // The EMA price is read from the account: when it is far from the price, new risk is refused.
    world.edit_price(BTC, |price| price.ema_price = price.price * 90 / 100);
    let uncertain = world.trade("alice", CLASSIC, &[(call, 1_000)]);
    let reason = |e: &Event| if let Event::CommitmentCancelled(e) = e { Some(e.reason) } else { None };
    assert_eq!(uncertain.event(reason), CancelReason::PriceUncertain);
    world.set_price(BTC, 120_000);
    world.send(build::exercise_series(&keys, call, &btc)).ok();
    let cash = world.cash("alice", CLASSIC);
    world.send(build::settle_positions(&keys, world.account_key("alice", CLASSIC))).ok();
    let paid = world.cash("alice", CLASSIC) - cash;
    assert!(paid > 640_000_000 && paid <= 666_666_660, "the cap payoff less the last funding, not {paid}");
    world.trade("alice", CLASSIC, &[(higher, -TENTH)]).ok();
    world.withdraw("alice", CLASSIC, u64::MAX).ok();
}

/// Writes these bytes to BTC's price account, and asserts that a trade and a refresh are refused with the error.
#[track_caller]
fn refused_with(world: &mut World, owner: Pubkey, data: Vec<u8>, error: EvergreenError) {
    let key = world.feeds[BTC].accounts.price;
    world.chain.write(key, owner, data);
    if !world.account("alice", CLASSIC).commitment.is_open() {
        // Committed so long before that the price of now is the first one.
        let call = world.view(CLASSIC).series().next().unwrap().0;
        let delay = i64::from(world.view(CLASSIC).pool.params.fill_delay) + 1;
        world.chain.pass(-delay);
        let commit = world.commit_instruction("alice", CLASSIC, &[(call, 1_000)]);
        world.send(commit).ok();
        world.chain.pass(delay);
    }
    let fill = world.fill_instruction("alice", CLASSIC);
    match error {
        // To a fill age does not matter, but such a price was published before the commitment.
        EvergreenError::PriceStale => world.refused(fill, EvergreenError::PriceNotFirst),
        // A commitment whose price is uncertain is over.
        EvergreenError::PriceUncertain => {}
        error => world.refused(fill, error),
    }
    let feeds = world.markets();
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &feeds);
    world.refused(refresh, error);
}

/// Returns a world with legacy prices, a call that alice holds, and a good price of BTC.
fn legacy_call() -> (World, SeriesId, LegacyPrice) {
    let mut world = legacy();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let good = LegacyPrice::new(world.feeds[BTC].price, world.chain.slot());
    (world, call, good)
}

/// The magic number, the version, the type or the length is wrong.
#[test]
fn a26_legacy_accounts_that_cannot_be_read() {
    let (mut world, _, good) = legacy_call();
    let (whole, owner) = (good.encode(), pyth_legacy::ORACLE);
    let undecodable = EvergreenError::PriceUndecodable;
    for magic in [0, pyth_legacy::MAGIC + 1, pyth_legacy::MAGIC.swap_bytes()] {
        refused_with(&mut world, owner, LegacyPrice { magic, ..good }.encode(), undecodable);
    }
    for version in [0, 1, 3, u32::MAX] {
        refused_with(&mut world, owner, LegacyPrice { version, ..good }.encode(), undecodable);
    }
    for account_type in [0, 1, 2, 4, u32::MAX] {
        refused_with(&mut world, owner, LegacyPrice { account_type, ..good }.encode(), undecodable);
    }
    // The account is empty, has a part of the layout, or lacks one byte.
    for length in [0, 4, 240, 3_304, 3_311] {
        refused_with(&mut world, owner, whole[..length].to_vec(), undecodable);
    }
    refused_with(&mut world, owner, vec![0; 3_312], undecodable);
    refused_with(&mut world, owner, vec![0xff; 3_312], undecodable);
}

/// Only a feed that trades has a price, though the account of another still shows the last one. An unknown status is not trading.
#[test]
fn a26_a_legacy_market_that_does_not_trade_has_no_price() {
    let (mut world, _, good) = legacy_call();
    let owner = pyth_legacy::ORACLE;
    let not_trading =
        [LegacyStatus::Unknown, LegacyStatus::Halted, LegacyStatus::Auction, LegacyStatus::Ignored].map(|s| s as u8);
    for status in not_trading.into_iter().chain([5, 0x80, 0xff]) {
        refused_with(&mut world, owner, LegacyPrice { status, ..good }.encode(), EvergreenError::PriceNotTrading);
    }
}

#[test]
fn a26_a_legacy_account_of_another_owner() {
    let (mut world, _, good) = legacy_call();
    let whole = good.encode();
    for wrong in [PythGeneration::Upgraded.receiver(), anchor_lang::system_program::ID, evergreen_sdk::address::PROGRAM]
    {
        refused_with(&mut world, wrong, whole.clone(), EvergreenError::PriceWrongOwner);
    }
}

/// The rules that both sources share.
#[test]
fn a26_a_legacy_price_is_judged_as_any_other() {
    let (mut world, _, good) = legacy_call();
    let owner = pyth_legacy::ORACLE;
    let edited = |edit: Edit| {
        let mut changed = good;
        edit(&mut changed.price);
        changed.encode()
    };
    let price_errors: [(Edit, EvergreenError); 7] = [
        (|p| p.price = 0, EvergreenError::PriceNotPositive),
        (|p| p.price = i64::MIN, EvergreenError::PriceNotPositive),
        (|p| p.ema_price = -1, EvergreenError::PriceNotPositive),
        (|p| p.exponent = 1, EvergreenError::PriceExponent),
        (|p| p.exponent = -13, EvergreenError::PriceExponent),
        (|p| p.publish_time -= 6, EvergreenError::PriceStale),
        (|p| p.publish_time += 3, EvergreenError::PriceFromFuture),
    ];
    for (edit, error) in price_errors {
        refused_with(&mut world, owner, edited(edit), error);
    }
    refused_with(&mut world, owner, edited(|p| p.conf = p.price.unsigned_abs() / 100), EvergreenError::PriceUncertain);
}

/// The layout has only grown at its end.
#[test]
fn a26_a_longer_legacy_account_is_read() {
    let (mut world, call, good) = legacy_call();
    let (whole, owner) = (good.encode(), pyth_legacy::ORACLE);
    let mut longer = whole;
    longer.resize(4_000, 0xaa);
    let key = world.feeds[BTC].accounts.price;
    world.chain.write(key, owner, longer);
    world.trade("alice", CLASSIC, &[(call, 1_000)]).ok();
}

#[test]
fn a26_a_legacy_account_at_another_address() {
    // SETUP: an account at another address has the bytes and the owner of BTC's price.
    let mut world = legacy();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    let elsewhere = actor("elsewhere");
    let data = world.chain.data(&world.feeds[BTC].accounts.price);
    world.chain.write(elsewhere, pyth_legacy::ORACLE, data);

    // TEST
    for key in [elsewhere, world.feeds[1].accounts.price] {
        let mut feeds = world.markets();
        feeds[BTC].price = key;
        let refresh = build::refresh_pool(&world.pools[CLASSIC], &feeds);
        world.refused(refresh, EvergreenError::PriceWrongFeed);
        world.refused(build::sample_volatility(&feeds[BTC]), EvergreenError::PriceWrongFeed);
    }
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
}

#[test]
fn an_update_is_no_legacy_account_and_the_other_way_round() {
    // SETUP
    let mut world = legacy();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let (key, price) = (world.feeds[BTC].accounts.price, world.feeds[BTC].price);

    // TEST
    let update = price.encode(&key, 1).unwrap();
    refused_with(&mut world, pyth_legacy::ORACLE, update, EvergreenError::PriceUndecodable);
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let legacy = LegacyPrice::new(world.feeds[BTC].price, 1).encode();
    refused_with(&mut world, PythGeneration::Upgraded.receiver(), legacy, EvergreenError::PriceUndecodable);
}

#[test]
fn prices_are_read_off_chain_from_plain_bytes_wherever_they_lie() {
    let world = legacy();
    let feed = &world.feeds[BTC];
    let underlying = world.snapshot().underlying(&feed.accounts.underlying);
    let bytes = feed.encode(1);
    // The bytes are read at every alignment.
    for shift in 0..8 {
        let mut moved = vec![0; shift];
        moved.extend(&bytes);
        let account = PriceAccount { key: &feed.accounts.price, owner: &feed.owner, data: &moved[shift..] };
        let price = oracle::read(&account, &underlying, Publication::Recent, UnixTime(world.chain.now())).unwrap();
        assert_eq!((price.spot, price.ema), (Dollars::from_int(100_000), Dollars::from_int(100_000)));
        assert_eq!(price.quality, Quality::Fresh);
    }
    let other = actor("elsewhere");
    let account = PriceAccount { key: &other, owner: &feed.owner, data: &bytes };
    let error = oracle::read(&account, &underlying, Publication::Recent, UnixTime(world.chain.now())).unwrap_err();
    let refusal = Refusal::from_error(&error);
    assert!(refusal.is("PriceWrongFeed"), "{refusal}");
}
