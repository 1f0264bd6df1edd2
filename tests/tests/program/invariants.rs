//! Every invariant can fail: the checker must refuse a real transaction if numbers of its outcome are changed.

use anchor_lang::{Discriminator, prelude::Pubkey};
use bytemuck::{AnyBitPattern, NoUninit};
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    address,
    evergreen::{
        Leg,
        state::{MarginAccount, Pool, SeriesId, SeriesRegistry, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::world::TENTH;
use evergreen_tests::{
    BTC, CLASSIC, DAY, Outcome, World,
    chain::{Stored, actor},
    invariants::{self, Check, round_trips},
    snapshot::Snapshot,
    world::{DOLLAR, TOKEN},
};
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// A transaction as the checker sees it.
struct Seen {
    world: World,
    before: Snapshot,
    after: Snapshot,
    instructions: Vec<anchor_lang::solana_program::instruction::Instruction>,
    outcome: Outcome,
    published: BTreeMap<Pubkey, Stored>,
}

impl Seen {
    /// Sends the instruction, which must succeed, and keeps the snapshots before and after it.
    fn new(mut world: World, instruction: anchor_lang::solana_program::instruction::Instruction) -> Self {
        let before = world.snapshot();
        let outcome = world.send(instruction.clone()).ok();
        let after = world.snapshot();
        let named = instruction.accounts.iter().map(|meta| meta.pubkey);
        let published = named.filter_map(|key| Some((key, world.chain.account(&key)?))).collect();
        Self { world, before, after, instructions: vec![instruction], outcome, published }
    }

    fn check(&self) {
        invariants::check(&Check {
            before: &self.before,
            after: &self.after,
            instructions: &self.instructions,
            outcome: &self.outcome,
            prices: &self.world.prices(),
            published: &self.published,
            outside: &self.world.outside,
        });
    }

    fn pool(&self) -> Pubkey {
        self.world.pools[CLASSIC].pool
    }
}

/// Edits an account of the program within a snapshot.
fn doctor<T: Discriminator + AnyBitPattern + NoUninit>(
    snapshot: &mut Snapshot,
    key: Pubkey,
    edit: impl FnOnce(&mut T),
) {
    let data = &mut snapshot.accounts.get_mut(&key).expect("the account").data;
    assert!(data.starts_with(T::DISCRIMINATOR));
    let mut value: T = bytemuck::pod_read_unaligned(&data[8..]);
    edit(&mut value);
    data[8..].copy_from_slice(bytemuck::bytes_of(&value));
}

/// Asserts that the checker panics with a message that contains this text.
#[track_caller]
fn refuses(message: &str, check: impl FnOnce()) {
    let stopped = catch_unwind(AssertUnwindSafe(check)).expect_err("the checker did not panic");
    let said = stopped.downcast_ref::<String>().cloned();
    let said = said.or_else(|| stopped.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default();
    assert!(said.contains(message), "expected {message:?}, said {said:?}");
}

/// Returns a world in which alice holds calls on a tenth of a bitcoin and bob has written half as many, and the series.
fn traded() -> (World, SeriesId) {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 110_000);
    world.trader("alice", CLASSIC, 100 * TOKEN);
    world.trader("bob", CLASSIC, 10 * TOKEN);
    world.trader("keeper", CLASSIC, 0);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH / 2)]).ok();
    (world, call)
}

/// Returns a transaction in which alice buys a little more, and the series.
fn bought() -> (Seen, SeriesId) {
    let (mut world, call) = traded();
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, 1_000)]);
    world.send(commit).ok();
    world.wait_for_fill();
    let buy = world.fill_instruction("alice", CLASSIC);
    let seen = Seen::new(world, buy);
    seen.check();
    (seen, call)
}

#[test]
fn one_ledgers_and_vaults() {
    let (mut seen, _) = bought();
    let alice = seen.world.account_key("alice", CLASSIC);
    let pool = seen.pool();
    doctor::<MarginAccount>(&mut seen.after, alice, |account| account.cash += 1);
    refuses("margin cash is the sum of accounts", || seen.check());
    doctor::<Pool>(&mut seen.after, pool, |pool| pool.margin_cash += 1);
    refuses("main vault equals its ledgers", || seen.check());
    // The main vault's ledgers agree again, but insurance has cash that is not in its vault.
    doctor::<Pool>(&mut seen.after, pool, |pool| pool.pool_cash -= 1);
    doctor::<Pool>(&mut seen.after, pool, |pool| pool.insurance_cash += 1);
    refuses("insurance vault equals its ledgers", || seen.check());
}

#[test]
fn two_open_interest() {
    let (mut seen, call) = bought();
    let registry = address::registry(&seen.pool());
    doctor::<SeriesRegistry>(&mut seen.after, registry, |registry| {
        registry.series[usize::from(call.slot)].long_points += 1
    });
    refuses("open interest of slot", || seen.check());
    let (mut seen, _) = bought();
    let bob = seen.world.account_key("bob", CLASSIC);
    doctor::<MarginAccount>(&mut seen.after, bob, |account| account.positions[0].generation += 1);
    refuses("a position of an earlier series of its slot", || seen.check());
}

#[test]
fn three_unsettled_funding() {
    let (mut seen, _) = bought();
    let bob = seen.world.account_key("bob", CLASSIC);
    doctor::<MarginAccount>(&mut seen.after, bob, |account| {
        let snapshot = account.positions[0].funding_snapshot.get();
        account.positions[0].funding_snapshot = evergreen_sdk::evergreen::state::Bits128::new(snapshot + (1 << 40));
    });
    refuses("sums of snapshots of slot", || seen.check());
}

#[test]
fn four_reserves() {
    let (mut seen, _) = bought();
    let pool = seen.pool();
    doctor::<Pool>(&mut seen.after, pool, |pool| pool.reserved_collateral -= 1);
    refuses("reserves are those of all series", || seen.check());
    // Pool cash is moved to fees: the ledgers agree with the vault, but pool cash is less than reserves.
    let (mut seen, _) = bought();
    doctor::<Pool>(&mut seen.after, pool, |pool| {
        let gone = pool.pool_cash - pool.reserved_collateral as i64 + 1;
        pool.pool_cash -= gone;
        pool.fees_due += gone as u64;
    });
    refuses("does not cover reserves", || seen.check());
    let (world, call) = traded();
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, 1_000)]);
    let mut seen = Seen::new(world, commit);
    seen.check();
    doctor::<Pool>(&mut seen.after, pool, |pool| {
        let gone = pool.pool_cash - pool.reserved_collateral as i64 - 100_000;
        pool.pool_cash -= gone;
        pool.fees_due += gone as u64;
    });
    refuses("above their limit", || seen.check());
}

#[test]
fn five_initial_health_after_adding_risk() {
    // Bob writes more; then nearly all their cash is moved to the pool.
    let (mut world, call) = traded();
    let commit = world.commit_instruction("bob", CLASSIC, &[(call, -1_000)]);
    world.send(commit).ok();
    world.wait_for_fill();
    let write = world.fill_instruction("bob", CLASSIC);
    let mut seen = Seen::new(world, write);
    seen.check();
    let (bob, pool) = (seen.world.account_key("bob", CLASSIC), seen.pool());
    let taken = seen.world.cash("bob", CLASSIC) - 1_000;
    doctor::<MarginAccount>(&mut seen.after, bob, |account| account.cash -= taken);
    doctor::<Pool>(&mut seen.after, pool, |pool| {
        pool.margin_cash -= taken;
        pool.pool_cash += taken;
    });
    refuses("added risk with Initial health", || seen.check());
}

#[test]
fn six_price_of_a_share() {
    // A trade may not lower the price of a share at the mark.
    let (mut seen, _) = bought();
    let pool = seen.pool();
    doctor::<Pool>(&mut seen.after, pool, |pool| {
        pool.pool_cash -= 1_000;
        pool.fees_due += 1_000;
    });
    refuses("the price of a share fell (main, at the mark)", || seen.check());
    // A withdrawal of margin may not cost any class one unit.
    let (world, _) = traded();
    let (keys, feeds) = (world.pools[CLASSIC], world.markets());
    let alice = world.account_key("alice", CLASSIC);
    let mut seen = Seen::new(world, build::withdraw_margin(actor("alice"), &keys, alice, 1, &feeds));
    seen.check();
    let honest = seen.after.clone();
    doctor::<Pool>(&mut seen.after, pool, |pool| {
        pool.pool_cash -= 1;
        pool.fees_due += 1;
    });
    refuses("the price of a share fell (main, lower bound)", || seen.check());
    seen.after = honest;
    doctor::<Pool>(&mut seen.after, pool, |pool| {
        pool.insurance_due -= 1;
        pool.fees_due += 1;
    });
    refuses("the price of a share fell (insurance)", || seen.check());
}

#[test]
fn six_shares_for_a_deposit() {
    let (mut world, _) = traded();
    world.provide("vera", CLASSIC, ShareClass::Main, TOKEN).ok();
    world.fund("vera", CLASSIC, TOKEN);
    let keys = world.pools[CLASSIC];
    let number = world.next_number("vera");
    world.pass_to_grid(CLASSIC);
    world.send_before_minute(build::request_deposit(actor("vera"), &keys, ShareClass::Main, number, TOKEN, 0)).ok();
    let execute = world.execute_deposit_instruction("vera", CLASSIC, number);
    let mut seen = Seen::new(world, execute);
    seen.check();
    // A million more shares are added to the pool's ledger, and then to the supply of the mint.
    doctor::<Pool>(&mut seen.after, keys.pool, |pool| pool.main.total += 1_000_000);
    refuses("shares of all holders", || seen.check());
    let mint = keys.share_mint(ShareClass::Main);
    let data = &mut seen.after.accounts.get_mut(&mint).expect("the mint").data;
    let supply = u64::from_le_bytes(data[36..44].try_into().expect("eight bytes")) + 1_000_000;
    data[36..44].copy_from_slice(&supply.to_le_bytes());
    refuses("the price of a share fell", || seen.check());
}

/// Returns a transaction in which the keeper liquidates bob, and the series.
fn liquidated() -> (Seen, SeriesId) {
    let (mut world, call) = traded();
    let bob = world.account_key("bob", CLASSIC);
    let spare = world.valued(CLASSIC, |view, markets| {
        let bob = &view.accounts[&bob];
        markets.health(bob, HealthLevel::Initial).min(markets.health(bob, HealthLevel::Maintenance))
    });
    world.withdraw("bob", CLASSIC, spare as u64).ok();
    world.set_price(BTC, 108_000);
    let (keys, feeds, keeper) = (world.pools[CLASSIC], world.markets(), world.account_key("keeper", CLASSIC));
    let legs = vec![Leg { series: call, points: TENTH / 2 }];
    let seen = Seen::new(world, build::liquidate(actor("keeper"), &keys, bob, keeper, legs, &feeds));
    seen.check();
    (seen, call)
}

#[test]
fn seven_what_a_liquidation_pays() {
    // The keeper gets twenty more units from bob: less than one for each position is a rounding.
    let (mut seen, _) = liquidated();
    let (bob, keeper) = (seen.world.account_key("bob", CLASSIC), seen.world.account_key("keeper", CLASSIC));
    doctor::<MarginAccount>(&mut seen.after, keeper, |account| account.cash += 20);
    doctor::<MarginAccount>(&mut seen.after, bob, |account| account.cash -= 20);
    refuses("health after a liquidation", || seen.check());
    // The keeper gets one more unit from insurance.
    let (mut seen, _) = liquidated();
    let pool = seen.pool();
    doctor::<MarginAccount>(&mut seen.after, keeper, |account| account.cash += 1);
    doctor::<Pool>(&mut seen.after, pool, |pool| {
        pool.margin_cash += 1;
        pool.insurance_due -= 1;
    });
    refuses("cash of the liquidator", || seen.check());
    // The account was in health before.
    let (mut seen, _) = liquidated();
    doctor::<MarginAccount>(&mut seen.before, bob, |account| account.cash += 100 * TOKEN as i64);
    refuses("health before a liquidation", || seen.check());
}

#[test]
fn eight_a_round_trip() {
    let (mut seen, _) = bought();
    let feeds = seen.world.feeds.clone();
    let tried = round_trips::check(&seen.world.chain, &seen.before, &seen.after, &seen.outcome, &feeds);
    assert_eq!(tried, 2, "the position is closed at once and in two parts");
    // On the chain alice is given a token that the snapshot after the trade does not show.
    let alice = seen.world.account_key("alice", CLASSIC);
    let mut doctored = seen.after.clone();
    doctor::<MarginAccount>(&mut doctored, alice, |account| account.cash += TOKEN as i64);
    seen.world.chain.write(alice, address::PROGRAM, doctored.accounts[&alice].data.clone());
    refuses("opened and closed at once with a profit", || {
        round_trips::check(&seen.world.chain, &seen.before, &seen.after, &seen.outcome, &feeds);
    });
}

#[test]
fn nine_prices() {
    /// The message that the checker must panic with, and the edit of the price.
    type Fault = (&'static str, fn(&mut evergreen_sdk::testing::pyth::Price));
    let faults: [Fault; 9] = [
        ("of another feed", |price| price.feed[0] ^= 1),
        ("not fully verified", |price| price.partial_signatures = Some(5)),
        ("not positive", |price| price.price = 0),
        ("of an odd exponent", |price| price.exponent = 1),
        ("from the future", |price| price.publish_time += 3),
        ("not the first one after the commitment", |price| price.publish_time -= 3),
        ("not the first one after the commitment", |price| price.prev_publish_time = price.publish_time),
        ("Uncertain", |price| price.conf = 501 * DOLLAR as u64),
        ("Far", |price| price.ema_price = price.price * 100 / 106),
    ];
    let (mut seen, _) = bought();
    let feed = seen.world.feeds[BTC].accounts.price;
    let (honest, slot) = (seen.world.feeds[BTC].price, seen.world.chain.slot());
    for (message, edit) in faults {
        let mut price = honest;
        edit(&mut price);
        seen.published.get_mut(&feed).expect("the price").data = price.encode(&feed, slot).expect("a price");
        refuses(message, || seen.check());
    }
    seen.published.get_mut(&feed).expect("the price").data = honest.encode(&feed, slot).expect("a price");
    seen.check();
    seen.published.get_mut(&feed).expect("the price").owner = actor("mallory's program");
    refuses("of another owner", || seen.check());
}

#[test]
fn nine_an_uncertain_price_in_a_liquidation() {
    // Bob was below maintenance at the price, but not at the EMA price that is now written.
    let (mut seen, _) = liquidated();
    let feed = seen.world.feeds[BTC].accounts.price;
    let mut price = seen.world.feeds[BTC].price;
    price.ema_price = 90_000 * DOLLAR;
    let slot = seen.world.chain.slot();
    seen.published.get_mut(&feed).expect("the price").data = price.encode(&feed, slot).expect("a price");
    refuses("at an end of the bands", || seen.check());
}

#[test]
fn ten_everybody_leaves() {
    let (mut world, _) = traded();
    world.pass(DAY);
    world.everybody_leaves();
    let pool = world.pools[CLASSIC].pool;
    let mut snapshot = world.snapshot();
    world.assert_left(&snapshot);
    doctor::<Pool>(&mut snapshot, pool, |pool| pool.pool_cash += 200_000);
    refuses("left in the main class", || world.assert_left(&snapshot));
    let mut snapshot = world.snapshot();
    doctor::<Pool>(&mut snapshot, pool, |pool| pool.insurance_cash += 1_000);
    refuses("left in the insurance class", || world.assert_left(&snapshot));
    let mut snapshot = world.snapshot();
    doctor::<Pool>(&mut snapshot, pool, |pool| pool.margin_cash += 1);
    refuses("left of margin", || world.assert_left(&snapshot));
}
