//! Proposals whose target or whose conditions have changed between proposal and execution.

use super::edited;
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use evergreen_math::{Seconds, UnixTime, volatility};
use evergreen_sdk::{
    address,
    evergreen::{
        errors::EvergreenError,
        state::{Change, Pool, Proposal, SeriesSpec},
    },
    instruction::{self as build, ChangeAccounts},
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, ETH, HOUR, STOCK, Setup, World, assert_error, chain::actor, governance::caps,
};

#[test]
fn a66_one_proposal_voids_all_others_for_the_same_account() {
    let mut world = World::flat();
    let (here, there) = (world.of_pool(CLASSIC), world.of_pool(STOCK));
    let change = |world: &World, fee| Change::PoolParams(edited(world, |p| p.fee_open_bps = fee));
    let first = world.propose(change(&world, 6), &here);
    let second = world.propose(change(&world, 7), &here);
    let other = world.propose(change(&world, 8), &there);
    world.pass_until_ready();
    world.execute_proposal(second, &here).ok();
    world.refused(build::execute_proposal(first, world.chain.payer, &here), EvergreenError::ProposalOutdated);
    world.execute_proposal(other, &there).ok();
    assert_eq!(world.view(CLASSIC).pool.params.fee_open_bps, 7);
}

#[test]
fn a66_tightening_voids_what_was_proposed_before() {
    let mut world = World::flat();
    let (pool, key) = (world.of_pool(CLASSIC), world.pools[CLASSIC].pool);
    let params = world.view(CLASSIC).pool.params;
    let id = world.propose(Change::PoolParams(edited(&world, |p| p.max_pool_cash -= 1)), &pool);
    world.pass_until_ready();
    // Tightening voids the proposal after the timelock too, and even if it changes no cap.
    world.send(build::tighten_pool(actor("guardian"), key, caps(&params))).ok();
    world.refused(build::execute_proposal(id, world.chain.payer, &pool), EvergreenError::ProposalOutdated);
}

#[test]
fn a66_a_resumption_cannot_be_prepared() {
    let mut world = World::flat();
    let (pool, key) = (world.of_pool(CLASSIC), world.pools[CLASSIC].pool);
    world.refused(world.propose_instruction(Change::ResumePool, &pool), EvergreenError::PoolNotHalted);
    world.send(build::halt_pool(actor("guardian"), key)).ok();
    let first = world.propose(Change::ResumePool, &pool);
    // A halt of a halted pool changes nothing; who wants it halted for longer cancels the proposal, and a new one waits as long as any.
    world.pass(24 * HOUR);
    world.send(build::halt_pool(actor("guardian"), key)).ok();
    assert_eq!(world.view(CLASSIC).pool.config_version, 1);
    world.send(build::cancel_proposal(actor("guardian"), first, world.chain.payer)).ok();
    let second = world.propose(Change::ResumePool, &pool);
    world.pass(9 * DAY);
    world.refused(build::execute_proposal(first, world.chain.payer, &pool), ErrorCode::AccountNotInitialized);
    world.refused(build::execute_proposal(second, world.chain.payer, &pool), EvergreenError::ProposalTooEarly);
    world.pass(24 * HOUR);
    world.execute_proposal(second, &pool).ok();
    assert_eq!(world.view(CLASSIC).pool.flags & Pool::HALTED, 0);
}

#[test]
fn a66_a_new_admin_voids_proposals_for_roles() {
    let mut world = World::flat();
    let protocol = ChangeAccounts::protocol();
    world.enact(Change::Admin(actor("new admin")), &protocol);
    let id = world.propose(Change::Guardian(actor("friend")), &protocol);
    world.pass_until_ready();
    world.send(build::accept_admin(actor("new admin"))).ok();
    world.refused(build::execute_proposal(id, world.chain.payer, &protocol), EvergreenError::ProposalOutdated);
}

#[test]
fn a66_a_proposal_is_executed_on_its_target_only() {
    let mut world = World::flat();
    let (here, there) = (world.of_pool(CLASSIC), world.of_pool(STOCK));
    let id = world.propose(Change::PoolParams(edited(&world, |p| p.fee_open_bps = 6)), &here);
    let mut params = world.underlying(BTC).params;
    params.max_conf_bps += 1;
    let btc = world.propose(Change::UnderlyingParams(params), &world.of_market(BTC));
    world.pass_until_ready();
    let execute = |id, changed: &ChangeAccounts| build::execute_proposal(id, actor("payer"), changed);
    world.refused(execute(id, &there), EvergreenError::ProposalWrongTarget);
    world.refused(execute(btc, &world.of_market(ETH)), EvergreenError::ProposalWrongTarget);
    world.refused(execute(id, &world.of_market(BTC)), ErrorCode::AccountDiscriminatorMismatch);
    world.refused(execute(id, &ChangeAccounts::protocol()), ErrorCode::AccountDiscriminatorMismatch);
    let fake = actor("copy");
    let data = world.chain.data(&here.target);
    world.chain.write(fake, actor("mallory's program"), data);
    let forged = ChangeAccounts { target: fake, ..here.clone() };
    world.refused(execute(id, &forged), ErrorCode::AccountOwnedByWrongProgram);
    let mut none = execute(id, &here);
    none.accounts.truncate(3);
    world.refused(none, ErrorCode::AccountNotEnoughKeys);
    // Only the change itself writes to its target.
    world.send(execute(id, &here)).ok();
    world.pass(Proposal::NOTICE);
    let mut read_only = execute(id, &here);
    read_only.accounts[3].is_writable = false;
    world.refused(read_only, ErrorCode::AccountNotMutable);

    // The copy of a proposal that another program owns, and an account of the program that is no proposal.
    let real = address::proposal(id);
    let with_proposal = |key: Pubkey| {
        let mut changed = execute(id, &here);
        changed.accounts[2].pubkey = key;
        changed
    };
    let forgery = actor("forgery");
    let data = world.chain.data(&real);
    world.chain.write(forgery, actor("mallory's program"), data);
    world.refused(with_proposal(forgery), ErrorCode::AccountOwnedByWrongProgram);
    world.refused(with_proposal(world.pools[CLASSIC].pool), ErrorCode::AccountDiscriminatorMismatch);
    world.send(execute(id, &here)).ok();
}

#[test]
fn a66_parameters_are_checked_again_at_execution() {
    // SETUP: fees that just cover prices of 5 seconds are proposed; then the underlying takes prices of up to 9 seconds.
    let mut world = World::flat();
    let pool = world.of_pool(CLASSIC);
    let id = world.propose(Change::PoolParams(edited(&world, |p| p.reserve_limit_bps = 7_000)), &pool);
    let mut btc = world.underlying(BTC).params;
    btc.max_age = 9;
    world.enact(Change::UnderlyingParams(btc), &world.of_market(BTC));

    // TEST
    world.refused(build::execute_proposal(id, world.chain.payer, &pool), EvergreenError::FeeBelowLatencyFloor);
    assert_eq!(world.view(CLASSIC).pool.max_ages, [5, 5, 0, 0]);
    // A running pool takes no price that is older than its own fees cover.
    let of_age = |world: &mut World, pool: usize, seconds: i64| {
        world.pass(1);
        world.chain.pass(seconds);
        let request = SeriesSpec { put: false, strike: 100_000, tenor: 7 * 86_400 };
        let list = build::list_series(&world.pools[pool], &world.feeds[BTC].accounts, request);
        world.chain.simulate(&[list])
    };
    of_age(&mut world, CLASSIC, 5).ok();
    assert_error(&of_age(&mut world, CLASSIC, 6), EvergreenError::PriceStale);
    // With fees that cover them, the pool takes the older prices too.
    let change = Change::PoolParams(edited(&world, |p| (p.fee_open_bps, p.fee_close_bps) = (7, 5)));
    world.enact(change, &pool);
    assert_eq!(world.view(CLASSIC).pool.max_ages, [9, 5, 0, 0]);
    assert_eq!(world.view(STOCK).pool.max_ages, [5, 5, 0, 0]);
    of_age(&mut world, CLASSIC, 9).ok();
    assert_error(&of_age(&mut world, CLASSIC, 10), EvergreenError::PriceStale);
    assert_error(&of_age(&mut world, STOCK, 6), EvergreenError::PriceStale);
}

#[test]
fn a68_a_change_of_parameters_moves_no_mark() {
    // SETUP: a proposal raises the multiplier by 0.75 % and lets the volatility follow ten times as fast.
    let mut world = World::new(Setup::preset());
    world.list(CLASSIC, BTC, false, 100_000);
    let mut params = world.underlying(BTC).params;
    (params.vol_multiplier_bps, params.vol_max_change_bps) = (9_571, 10_000);
    let btc = world.of_market(BTC);
    let id = world.propose(Change::UnderlyingParams(params), &btc);
    world.pass(2 * DAY);
    world.make_ready(id);
    // What who buys pays at the money.
    let quote = |world: &World| {
        let spot = world.valued(CLASSIC, |_, markets| markets.spot(0));
        world.underlying(BTC).quoted(spot, UnixTime(world.chain.now())).unwrap().ask.to_bits()
    };
    let mark = |world: &World| {
        world.valued(CLASSIC, |_, markets| {
            let underlying = world.underlying(BTC);
            let (params, state) = (underlying.volatility_params(), underlying.volatility_state());
            (
                markets.spot(0),
                volatility::marks(&params, &state, UnixTime(world.chain.now()))
                    .unwrap()
                    .of(Seconds::DAY)
                    .unwrap()
                    .to_bits(),
            )
        })
    };

    // TEST
    let sample = |world: &mut World| {
        let due = world.due_samples();
        world.chain.send(&due);
    };
    sample(&mut world);
    // Marks arrive at what the samples say.
    world.pass(HOUR);
    world.announce_proposal(id, &btc);
    sample(&mut world);
    let (before, bought) = (mark(&world), quote(&world));
    world.step_proposal(id, &btc).ok();
    assert_eq!(mark(&world), before);
    // Marks follow the new parameters from now on; who buys pays for where they go at once.
    assert!(
        quote(&world) > bought * 1_005 / 1_000 && quote(&world) < bought * 1_010 / 1_000,
        "{bought} {}",
        quote(&world)
    );
    world.pass(HOUR / 2);
    let later = mark(&world);
    assert!(later.1 > before.1 * 1_005 / 1_000 && later.1 < before.1 * 1_010 / 1_000, "{} {}", before.1, later.1);
}
