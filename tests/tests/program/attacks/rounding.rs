//! Repeated amounts of one unit and less: nobody gains by rounding.

use super::TENTH;
use evergreen_math::{
    BasisPoints, Dollars, Native, NativeDelta, PointScale, Points, Seconds,
    fees::FeeParams,
    option::{OptionKind, PricePoint, Terms},
    shares::{amount_for_shares, shares_for_deposit},
    trade::{LegPricing, PriceBand},
};
use evergreen_sdk::{
    evergreen::{errors::EvergreenError, state::ShareClass},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World, assert_error, chain::actor, liquidity::as_deposit, random::Random, world::TOKEN,
};

#[test]
fn a43_shares_of_a_pool_without_net_assets_are_not_sold() {
    // SETUP: the pool's only provider has one unit in it.
    let mut setup = Setup::flat();
    setup.liquidity = 0;
    let mut world = World::new(setup);
    world.provide("vera", CLASSIC, ShareClass::Main, 1).ok();
    assert_eq!(world.shares("vera", CLASSIC, ShareClass::Main), 1_000);
    let pool = world.pools[CLASSIC].pool;
    let mut lost = world.snapshot().accounts[&pool].data.clone();
    let cash = 8 + core::mem::offset_of!(evergreen_sdk::evergreen::state::Pool, pool_cash);
    assert_eq!(i64::from_le_bytes(lost[cash..cash + 8].try_into().expect("eight bytes")), 1);

    // TEST: shares of a pool without net assets have no price. No transaction makes exactly this loss, so it is written to the account.
    for (left, error) in [
        (0i64, EvergreenError::SharesSpent),
        // No vault can hold a negative sum of ledgers.
        (-1, EvergreenError::Overflow),
        (-1_000_000, EvergreenError::Overflow),
    ] {
        lost[cash..cash + 8].copy_from_slice(&left.to_le_bytes());
        world.chain.write(pool, evergreen_sdk::address::PROGRAM, lost.clone());
        world.fund("mallory", CLASSIC, TOKEN);
        let mint = evergreen_sdk::address::share_mint(&pool, ShareClass::Main, 0);
        world.chain.create_token_account(&actor("mallory"), &mint, &anchor_spl::token::ID);
        world.chain.give_lamports(&actor("mallory"), 10_000_000_000);
        let mut fork = world.clone();
        let number = fork.next_number("mallory");
        let request =
            build::request_deposit(actor("mallory"), &fork.pools[CLASSIC], ShareClass::Main, number, TOKEN, 0);
        let requested = fork.chain.send(&[request]);
        if !requested.succeeded() {
            assert_error(&requested, error);
            continue;
        }
        fork.pass(60);
        let minute = fork.request_of("mallory", CLASSIC, number).minute;
        fork.pass(minute + 1 - fork.chain.now());
        let execute = fork.execute_deposit_instruction("mallory", CLASSIC, number);
        assert_error(&as_deposit(fork.chain.send(&[execute])), error);
    }
}

#[test]
fn a44_a_million_deposits_and_withdrawals_of_one_unit_never_gain() {
    // The program's formulas are computed a million times for pools of random size: the shares bought with up to three units are never
    // worth more than those units.
    let mut random = Random(44);
    let (mut paid, mut received) = (0u64, 0u64);
    for _ in 0..1_000_000 {
        let assets = random.range(1, 1 << 50);
        let supply = random.range(1, 1 << 62) as u64;
        let amount = random.range(1, 3) as u64;
        let Ok(minted) = shares_for_deposit(Native(amount), supply, NativeDelta(assets)) else { continue };
        let after = NativeDelta(assets + amount as i64);
        let back = amount_for_shares(minted, supply + minted, after).unwrap();
        assert!(back.0 <= amount, "{amount} of {assets} for {supply} shares gave {} back", back.0);
        paid += amount;
        received += back.0;
    }
    assert!(received < paid && paid > 0);
}

#[test]
fn a44_many_round_trips_of_one_to_three_points_never_gain() {
    let terms = |kind, cap| {
        let cap = BasisPoints(cap).to_ratio();
        Terms::new(kind, Dollars::from_int(100_000), Seconds(604_800), Some(cap)).unwrap()
    };
    let contracts = [terms(OptionKind::Call, 12_000), terms(OptionKind::Put, 8_000)];
    let mut random = Random(45);
    for round in 0..50_000 {
        let terms = &contracts[round % 2];
        let price = PricePoint::new(Dollars::from_int(random.range(81_000, 119_000))).unwrap();
        let quote = |held: i64, change: i64| {
            let leg = LegPricing {
                terms,
                held: Points(held),
                change: Points(change),
                sigma: BasisPoints(6_000).to_ratio(),
                prices: PriceBand::at_mark(price),
                fees: FeeParams::default(),
                scale: PointScale::new(3).unwrap(),
            };
            let quote = leg.quote().unwrap();
            quote.cash_change.0 - quote.fee.0 as i64
        };
        let size = random.range(1, 3);
        let long = quote(0, size) + quote(size, -size);
        let short = quote(0, -size) + quote(-size, size);
        assert!(long < 0 && short < 0, "{size} points: {long} and {short}");
    }
}

#[test]
fn a44_movements_of_one_unit_gain_nothing() {
    // SETUP
    let mut world = World::flat();
    world.trader("alice", CLASSIC, 1_000);
    world.provide("alice", CLASSIC, ShareClass::Main, 1_000).ok();
    world.fund("alice", CLASSIC, 1_000);
    world.chain.give_lamports(&actor("alice"), 100_000_000_000);
    let (keys, feeds, alice) = (world.pools[CLASSIC], world.markets(), actor("alice"));
    let account = world.account_key("alice", CLASSIC);
    let wealth = |world: &World| {
        let shares = world.shares("alice", CLASSIC, ShareClass::Main);
        world.wallet("alice", CLASSIC) + world.cash("alice", CLASSIC) as u64 + shares / 1_000
    };
    let before = wealth(&world);

    // TEST
    let [into, out] =
        [build::deposit_margin(alice, &keys, account, 1), build::withdraw_margin(alice, &keys, account, 1, &feeds)];
    for _ in 0..100 {
        let number = world.next_number("alice");
        world.send(build::request_deposit(alice, &keys, ShareClass::Main, number, 1, 0)).ok();
        let minute = world.request_of("alice", CLASSIC, number).minute;
        world.pass(minute + 1 - world.chain.now());
        let provide = world.execute_deposit_instruction("alice", CLASSIC, number);
        world
            .send_all(&[into.clone(), out.clone(), into.clone(), out.clone(), provide, into.clone(), out.clone()])
            .ok();
        assert!(wealth(&world) <= before);
    }
    assert_eq!(wealth(&world), before, "at a constant price nothing is lost either");
}

#[test]
fn a51_a_fee_above_the_amount_is_not_paid_by_others() {
    // SETUP: alice holds one point of an option that is worth less than a unit, and has no cash.
    let mut setup = Setup::flat();
    setup.pool.fill_tip = 0;
    let mut world = World::new(setup);
    let call = world.list(CLASSIC, BTC, false, 150_000);
    world.trader("bob", CLASSIC, TOKEN);
    world.trade("bob", CLASSIC, &[(call, 1)]).ok();
    world.trader("alice", CLASSIC, 3);
    world.trade("alice", CLASSIC, &[(call, 1)]).ok();
    // The bond of one unit came back.
    world.withdraw("alice", CLASSIC, 1).ok();
    assert_eq!(world.cash("alice", CLASSIC), 0, "the premium is one unit and the fee is one unit");

    // TEST: the premium of the sale is less than its fee.
    world.trade_refused("alice", CLASSIC, &[(call, -1)], EvergreenError::InsufficientCash);
    // She is in arrears with twice the fee of that trade, too.
    assert_eq!(world.account("alice", CLASSIC).arrears, 2);
    world.fund("alice", CLASSIC, 3);
    world.deposit("alice", CLASSIC, 3).ok();
    world.trade("alice", CLASSIC, &[(call, -1)]).ok();
    assert_eq!(world.cash("alice", CLASSIC), 0);
}

#[test]
fn a51_at_the_cap_closing_costs_no_fee() {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.set_price(BTC, 125_000);
    let before = world.cash("alice", CLASSIC);
    world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
    assert_eq!(world.cash("alice", CLASSIC) - before, 666_666_660);
}

#[test]
fn a44_round_trips_of_a_few_points_never_gain() {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, TOKEN);
    for round in 0..250 {
        let points = 1 + round % 7;
        let before = world.cash("alice", CLASSIC);
        world.trade("alice", CLASSIC, &[(call, points)]).ok();
        world.trade("alice", CLASSIC, &[(call, -points)]).ok();
        assert!(world.cash("alice", CLASSIC) < before);
    }
}
