//! Deposits and withdrawals of liquidity, in both classes and with both token programs.

use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{Action, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::world::TENTH;
use evergreen_tests::{BTC, CLASSIC, DAY, STOCK, World, chain::actor, world::TOKEN};

const CLASSES: [ShareClass; 2] = [ShareClass::Main, ShareClass::Insurance];

#[test]
fn deposit_request_execute_claim() {
    for (pool, class) in [CLASSIC, STOCK].into_iter().flat_map(|pool| CLASSES.map(|class| (pool, class))) {
        // SETUP
        let mut world = World::flat();
        world.provide("vera", pool, class, 10 * TOKEN).ok();
        let shares = world.shares("vera", pool, class);
        assert_eq!(shares, 10 * TOKEN * 1_000, "a thousand shares per unit");

        // TEST
        let number = world.request("vera", pool, class, shares);
        let early = world.execute(pool, class, number);
        evergreen_tests::assert_error(&early, EvergreenError::WithdrawalCooling);
        let nothing = world.claim("vera", pool, class, number);
        evergreen_tests::assert_error(&nothing, EvergreenError::ZeroAmount);
        world.pass(7 * DAY);
        world.execute(pool, class, number).ok();
        world.claim("vera", pool, class, number).ok();
        let back = world.wallet("vera", pool);
        assert!((10 * TOKEN - 2..=10 * TOKEN).contains(&back), "{back} came back");
        assert!(world.view(pool).withdrawals.is_empty(), "the withdrawal is closed");
    }
}

#[test]
fn a_provider_earns_what_traders_pay() {
    // SETUP: alice buys, holds and sells at the same price.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let keys = world.pools[CLASSIC];
    for _ in 0..24 {
        world.pass(3_600);
        let refresh = build::refresh_pool(&keys, &world.markets());
        world.send(refresh).ok();
    }
    world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();

    // TEST
    let pool = world.view(CLASSIC).pool;
    let lost = 10 * TOKEN as i64 - world.cash("alice", CLASSIC);
    let (gained, fees, insurance) = (pool.pool_cash - 1_000 * TOKEN as i64, pool.fees_due, pool.insurance_due);
    assert_eq!(lost, gained + fees as i64 + insurance);
    assert_eq!(lost, 13_954_935 + 1_666_667 + 1_000_000 + 1, "a day of funding, two fees, one unit of rounding");
    // The protocol's part of each fee is 15 %, and insurance's is 25 %.
    assert_eq!((fees, insurance), (250_000 + 150_000, 416_666 + 250_000));

    // The fee owner's fees are collected, and insurance's income is swept into its vault.
    world.fund("fees", CLASSIC, 1);
    let collect = build::collect_fees(&keys, keys.wallet(&actor("fees")));
    world.send(collect.clone()).ok();
    assert_eq!(world.wallet("fees", CLASSIC), 1 + fees);
    world.refused(collect, EvergreenError::ZeroAmount);
    world.send(build::sweep_insurance(&keys)).ok();
    assert_eq!(world.view(CLASSIC).pool.insurance_cash, 100 * TOKEN + insurance.unsigned_abs());
    world.refused(build::sweep_insurance(&keys), EvergreenError::ZeroAmount);
}

#[test]
fn reserves_and_the_daily_limit_hold_back_withdrawals() {
    // SETUP: reserves take about two thirds of the pool.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 200 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, 100 * TENTH)]).ok();
    let all = world.shares("lp", CLASSIC, ShareClass::Main);
    let number = world.request("lp", CLASSIC, ShareClass::Main, all);

    // TEST: a quarter is paid on the first day, what reserves leave on the second, and then nothing while the options are held.
    world.pass(DAY);
    world.execute(CLASSIC, ShareClass::Main, number).ok();
    let first = world.view(CLASSIC).pool.withdrawals_due;
    assert!((190 * TOKEN..270 * TOKEN).contains(&first), "{first} was paid on the first day");
    let same_day = world.execute(CLASSIC, ShareClass::Main, number);
    evergreen_tests::assert_error(&same_day, EvergreenError::NothingPayable);
    world.pass(DAY);
    world.execute(CLASSIC, ShareClass::Main, number).ok();
    let second = world.view(CLASSIC).pool.withdrawals_due - first;
    assert!((TOKEN..50 * TOKEN).contains(&second), "{second} was paid on the second day");
    world.pass(DAY);
    let third = world.execute(CLASSIC, ShareClass::Main, number);
    evergreen_tests::assert_error(&third, EvergreenError::NothingPayable);
    // What was executed can be claimed while the rest waits.
    world.claim("lp", CLASSIC, ShareClass::Main, number).ok();
    assert_eq!(world.wallet("lp", CLASSIC), first + second);
    // When the options are sold, the rest is paid day by day.
    world.trade("alice", CLASSIC, &[(call, -100 * TENTH)]).ok();
    for _ in 0..40 {
        world.pass(DAY);
        if world.execute(CLASSIC, ShareClass::Main, number).succeeded() {
            world.claim("lp", CLASSIC, ShareClass::Main, number).ok();
        }
    }
    assert!(world.wallet("lp", CLASSIC) > 999 * TOKEN, "only {} was paid", world.wallet("lp", CLASSIC));
}

#[test]
fn withdrawals_are_served_in_turn() {
    // SETUP
    let mut world = World::flat();
    world.provide("vera", CLASSIC, ShareClass::Main, 10 * TOKEN).ok();
    let first = world.request("lp", CLASSIC, ShareClass::Main, 1_000_000);
    let shares = world.shares("vera", CLASSIC, ShareClass::Main);
    let second = world.request("vera", CLASSIC, ShareClass::Main, shares);
    world.pass(DAY);

    // TEST
    let jumped = world.execute(CLASSIC, ShareClass::Main, second);
    evergreen_tests::assert_error(&jumped, EvergreenError::WithdrawalNotFirst);
    world.execute(CLASSIC, ShareClass::Main, first).ok();
    world.execute(CLASSIC, ShareClass::Main, second).ok();
    let done = world.execute(CLASSIC, ShareClass::Main, second);
    evergreen_tests::assert_error(&done, EvergreenError::WithdrawalNotFirst);
}

#[test]
fn an_insurance_withdrawal_takes_no_part_in_later_gains() {
    // SETUP: vera has requested a withdrawal of half of the insurance shares when insurance earns fees.
    let mut world = World::flat();
    world.provide("vera", CLASSIC, ShareClass::Insurance, 100 * TOKEN).ok();
    let shares = world.shares("vera", CLASSIC, ShareClass::Insurance);
    let number = world.request("vera", CLASSIC, ShareClass::Insurance, shares);
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 500 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, 100 * TENTH)]).ok();
    assert!(world.view(CLASSIC).pool.insurance_due > 40_000_000);

    // TEST
    for day in 0..8 {
        world.pass(DAY);
        if day >= 6 {
            world.execute(CLASSIC, ShareClass::Insurance, number).ok();
        }
    }
    for _ in 0..10 {
        world.pass(DAY);
        let _ = world.execute(CLASSIC, ShareClass::Insurance, number);
    }
    world.claim("vera", CLASSIC, ShareClass::Insurance, number).ok();
    assert!(world.wallet("vera", CLASSIC) <= 100 * TOKEN);
}

#[test]
fn a40_a_donation_changes_nothing() {
    for pool in [CLASSIC, STOCK] {
        // SETUP
        let mut world = World::flat();
        world.fund("donor", pool, 100 * TOKEN);
        let keys = world.pools[pool];
        let state = |world: &World| (world.chain.data(&keys.pool), world.chain.data(&keys.registry));
        let before = state(&world);

        // TEST
        world.donate("donor", pool, keys.vault, 50 * TOKEN);
        world.donate("donor", pool, keys.insurance_vault, 50 * TOKEN);
        assert!(state(&world) == before);
        world.provide("vera", pool, ShareClass::Main, TOKEN).ok();
        assert_eq!(world.shares("vera", pool, ShareClass::Main), TOKEN * 1_000);
    }
}

#[test]
fn a43_the_first_depositor_cannot_inflate_the_price_of_shares() {
    // SETUP: an attacker deposits one unit into an empty pool and sends many more to its vault.
    let mut setup = evergreen_tests::Setup::flat();
    setup.liquidity = 0;
    let mut world = World::new(setup);
    world.provide("mallory", CLASSIC, ShareClass::Main, 1).ok();
    world.fund("mallory", CLASSIC, 1_000 * TOKEN);
    let vault = world.pools[CLASSIC].vault;
    world.donate("mallory", CLASSIC, vault, 1_000 * TOKEN);

    // TEST: the victim's shares are nearly all shares, as her deposit is nearly all liquidity.
    world.provide("vera", CLASSIC, ShareClass::Main, 10 * TOKEN).ok();
    let (hers, all) = (world.shares("vera", CLASSIC, ShareClass::Main), world.view(CLASSIC).pool.main.total);
    assert!(u128::from(hers) * 1_000_000 > u128::from(all) * 999_999);
}

#[test]
fn a_pause_stops_its_action_and_ends_by_itself() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();

    // TEST
    let pause = |who: &str, action, seconds| build::set_pause(actor(who), action, seconds);
    world.refused(pause("alice", Action::AddRisk, 60), EvergreenError::Unauthorized);
    world.refused(pause("guardian", Action::AddRisk, 8 * 86_400), EvergreenError::PauseTooLong);
    world.refused(pause("guardian", Action::WithdrawMargin, 86_401), EvergreenError::PauseTooLong);
    world.send(pause("guardian", Action::AddRisk, 3_600)).ok();
    world.trade_refused("alice", CLASSIC, &[(call, 1_000)], EvergreenError::Paused);
    world.trade("alice", CLASSIC, &[(call, -1_000)]).ok();
    world.pass(3_600);
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, 1_000)]);
    world.send(commit).ok();
    world.wait_for_fill();
    world.fill("alice", CLASSIC).ok();
    // Exits may be paused for at most a day in seven.
    world.send(pause("admin", Action::WithdrawMargin, 86_400)).ok();
    let out = world.withdraw("alice", CLASSIC, 1);
    evergreen_tests::assert_error(&out, EvergreenError::Paused);
    world.pass(DAY);
    world.withdraw("alice", CLASSIC, 1).ok();
    world.refused(pause("guardian", Action::WithdrawMargin, 60), EvergreenError::PauseTooLong);
    world.pass(6 * DAY);
    world.send(pause("guardian", Action::WithdrawMargin, 60)).ok();
    world.send(pause("guardian", Action::WithdrawMargin, 0)).ok();
    world.withdraw("alice", CLASSIC, 1).ok();
}
