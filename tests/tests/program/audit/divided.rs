//! Work over a whole registry that anybody can divide: points of funding that wait for sixty-four series.

use anchor_lang::{error::ErrorCode, solana_program::instruction::Instruction};
use evergreen_sdk::{
    address,
    events::Event,
    evergreen::{errors::EvergreenError, state::ShareClass},
    instruction as build,
};
use evergreen_tests::{BTC, Outcome, World, assert_error, chain::actor, world::TOKEN};

/// Units that are left of a transaction for what else is in it: a sample, prices, fees.
const FITS: u64 = 1_300_000;

fn refresh(world: &World, pool: usize) -> Instruction {
    build::refresh_pool(&world.pools[pool], &world.market(BTC))
}

/// The instructions of the client library that apply what waits.
fn accruals(world: &World, pool: usize) -> Vec<Instruction> {
    world.client_view(pool).accruals()
}

#[track_caller]
fn out_of_units(outcome: &Outcome) {
    let failure = outcome.failure.as_deref().unwrap_or("none");
    assert!(
        failure.contains("ProgramFailedToComplete") || failure.contains("ComputationalBudgetExceeded"),
        "{failure}"
    );
}

/// The same moment with the withdrawal executed.
fn withdrawn(world: &World, pool: usize, number: u64) -> Outcome {
    let mut world = world.clone();
    world.pass_to(1);
    let execute = world.execute_instruction(pool, ShareClass::Main, number);
    world.chain.send(&[execute])
}

/// In a pool that its curator has halted nobody but she could touch the series that she holds, so nobody else could ever withdraw liquidity: what touches all series at once
/// needed more units than a transaction has.
#[test]
fn audit_divided_sixty_four_series_that_nobody_refreshes_shut_nobody_in() {
    let (mut world, pool) = World::dear_registry();
    let keys = world.pools[pool];
    let shares = world.shares("victim", pool, ShareClass::Main);
    let number = world.request("victim", pool, ShareClass::Main, shares);
    world.chain.send(&[build::halt_pool(actor("mallory"), keys.pool)]).ok();
    assert!(accruals(&world, pool).is_empty(), "nothing waits yet");
    for half_hours in [2 * 48, 30 * 48] {
        world.sample_half_hours(half_hours);
        out_of_units(&world.chain.simulate(&[refresh(&world, pool)]));
        out_of_units(&withdrawn(&world, pool, number));
        let mut divided = world.clone();
        let parts = accruals(&divided, pool);
        assert!(parts.len() > 1);
        for part in parts {
            let done = divided.chain.send(&[part]).ok();
            println!("a part: {}", done.units());
            assert!(done.units() < FITS, "{}", done.units());
        }
        assert!(accruals(&divided, pool).is_empty());
        // One point more that nobody has applied yet, and a sample in the same transaction.
        divided.sample_half_hours(1);
        let refreshed = divided.chain.simulate(&[refresh(&divided, pool)]).ok();
        println!("refresh: {}", refreshed.units());
        assert!(refreshed.units() < FITS, "{}", refreshed.units());
        let done = withdrawn(&divided, pool, number).ok();
        println!("withdrawal: {}", done.units());
        assert!(done.units() < FITS, "{}", done.units());
        assert!(done.events().iter().any(|event| matches!(event, Event::WithdrawalExecuted(_))));
    }
}

/// A deposit of that time lapsed for a tenth of a per cent of itself.
#[test]
fn audit_divided_a_deposit_does_not_lapse() {
    let (mut world, pool) = World::dear_registry();
    let keys = world.pools[pool];
    world.sample_half_hours(10);
    world.fund("vera", pool, 1_000 * TOKEN);
    world.chain.create_token_account(&actor("vera"), &keys.share_mint(ShareClass::Main), &anchor_spl::token::ID);
    world.chain.give_lamports(&actor("vera"), 10_000_000_000);
    let id = world.next_number("vera");
    world.chain.send(&[build::request_deposit(actor("vera"), &keys, ShareClass::Main, id, 1_000 * TOKEN, 0)]).ok();
    world.pass(60);
    world.pass_to(1);
    let minute = world.request_in("vera", pool, ShareClass::Main, id).minute;
    while world.chain.now() < minute {
        world.pass(60);
    }
    let execute = world.execute_deposit_in("vera", pool, ShareClass::Main, id);
    out_of_units(&world.chain.simulate(std::slice::from_ref(&execute)));
    for part in accruals(&world, pool) {
        world.chain.send(&[part]).ok();
    }
    let done = world.chain.send(&[execute]).ok();
    assert!(done.events().iter().any(|event| matches!(event, Event::LiquidityDeposited(_))));
    assert!(done.units() < FITS, "{}", done.units());
}

/// Whoever chooses the slots and their order chooses nothing: every index comes to the same, and slopes, net delta, depth and cash stay as they are. Whoever holds a series
/// and touches it themselves comes to the same, too.
#[test]
fn audit_divided_no_choice_of_slots_changes_what_is_paid() {
    let (mut world, pool) = World::dear_registry();
    world.sample_half_hours(10);
    let (keys, underlying) = (world.pools[pool], world.feeds[BTC].accounts.underlying);
    let before = world.view(pool);
    let indices =
        |world: &World| world.view(pool).registry.series.map(|series| (series.funding_index, series.funding_touched));
    let mut whole = world.clone();
    for part in accruals(&whole, pool) {
        whole.chain.send(&[part]).ok();
    }
    let mut single = world.clone();
    for slot in (0u8..64).rev() {
        single.chain.send(&[build::accrue_funding(&keys, underlying, slot..slot + 1)]).ok();
        single.chain.pass(1);
    }
    // Again, overlapping, beyond the end, and none at all: nothing is left to do.
    for range in [0..9, 3..9, 60..255, 7..7] {
        single.chain.send(&[build::accrue_funding(&keys, underlying, range)]).ok();
    }
    assert_ne!(indices(&whole), indices(&world));
    assert_eq!(indices(&whole), indices(&single));
    let after = single.view(pool);
    assert_eq!(after.pool.ledgers(), before.pool.ledgers());
    assert_eq!(
        (after.pool.depth, after.pool.net_delta(0).unwrap()),
        (before.pool.depth, before.pool.net_delta(0).unwrap())
    );
    assert_eq!(
        after.registry.series.map(|s| (s.slope, s.measured)),
        before.registry.series.map(|s| (s.slope, s.measured))
    );

    // TEST: mallory touches her series of one account at one moment, with the points applied before and without.
    let account = world.accounts_of_mallory(pool)[0];
    let now = single.chain.now();
    whole.chain.pass(now - whole.chain.now());
    world.chain.pass(now - world.chain.now());
    let touched = [&mut world, &mut whole, &mut single].map(|world| {
        world.set_price(BTC, 100_000);
        let take = build::withdraw_margin(actor("mallory"), &keys, account, 1, &world.market(BTC));
        world.chain.send(&[take]).ok();
        let view = world.view(pool);
        (
            view.registry.series[..12].iter().map(|s| s.funding_index.get()).collect::<Vec<_>>(),
            view.accounts[&account].cash,
        )
    });
    assert_eq!(touched[1], touched[2]);
    for (at_once, divided) in touched[0].0.iter().zip(&touched[1].0) {
        // Each accrual rounds down by less than 2^−40 dollars.
        assert!((at_once - divided).abs() <= 8, "{at_once} and {divided}");
    }
    assert_eq!(touched[0].1, touched[1].1);
}

/// Nothing that others could send touched one of the series of a pool that is halted; now everybody can.
#[test]
fn audit_divided_points_are_applied_while_a_pool_is_halted_and_prices_are_stale() {
    let (mut world, pool) = World::dear_registry();
    let keys = world.pools[pool];
    world.sample_half_hours(2);
    world.chain.send(&[build::halt_pool(actor("mallory"), keys.pool)]).ok();
    world.chain.pass(3_600);
    assert_error(&world.chain.simulate(&[refresh(&world, pool)]), EvergreenError::PriceStale);
    let accrue = build::accrue_funding(&keys, world.feeds[BTC].accounts.underlying, 0..4);
    let done = world.chain.send(&[accrue]);
    let told = done.ok().event(|event| match event {
        Event::FundingAccrued(e) => Some((e.first, e.count, e.series)),
        _ => None,
    });
    assert_eq!(told, (0, 4, 4));
    let touched = |slot: usize| i64::from(world.view(pool).registry.series[slot].funding_touched);
    // It has stopped at the newest point, and the next slot waits.
    assert!(touched(0) < world.chain.now() - 3_500 && touched(4) < touched(0));
    // The underlying of another place in the list applies nothing to bitcoin's series, and one that is no underlying of the pool is refused.
    let other = build::accrue_funding(&keys, address::underlying(&[9; 32]), 4..8);
    assert_error(&world.chain.simulate(&[other]), ErrorCode::AccountOwnedByWrongProgram);
}
