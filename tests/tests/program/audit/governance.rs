//! Limits of governance: a guardian cannot keep users in, and changes do not apply to what was agreed before.

use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{Action, Change, NoticeCause, Notices, PriceSource, ShareClass},
    },
    instruction::{self as build, ChangeAccounts},
};
use evergreen_tests::{BTC, CLASSIC, DAY, World, assert_error, chain::actor, world::TOKEN};

/// Returns in how many hours of five weeks an action is paused, if the guardian pauses it as often and as long as it can.
fn hours_paused_in_five_weeks(world: &mut World, action: Action) -> i64 {
    let mut paused = 0;
    for _ in 0..5 * 7 * 24 {
        world.pass(3_600);
        let longest = build::set_pause(actor("guardian"), action, 86_400);
        let _ = world.send(longest);
        let now = world.chain.now();
        paused += i64::from(now < world.protocol().pauses[action as usize].until);
    }
    paused
}

#[test]
fn audit_b5_a_guardian_stops_liquidations_for_a_day_in_seven_at_most() {
    for action in [Action::Liquidate, Action::ReduceRisk] {
        let mut world = World::flat();
        let week = build::set_pause(actor("guardian"), action, 7 * 86_400);
        world.refused(week, EvergreenError::PauseTooLong);
        let paused = hours_paused_in_five_weeks(&mut world, action);
        assert!(paused > 24 && paused <= 6 * 25, "{action:?} is paused for {paused} of 840 hours");
    }
}

#[test]
fn audit_b5_worthless_options_and_renewed_pauses_stop_no_withdrawal_of_liquidity() {
    let mut world = World::flat();
    let call = world.list_tenor(CLASSIC, BTC, false, 140_000, 1);
    world.trader("mallory", CLASSIC, 10 * TOKEN);
    let near = world.list(CLASSIC, BTC, false, 101_000);
    crate::giving_way::fill_up(&mut world, "mallory", call, near);
    assert!(world.view(CLASSIC).pool.is_at_capacity().expect("a limit"));
    let shares = world.shares("lp", CLASSIC, ShareClass::Main);
    let number = world.request("lp", CLASSIC, ShareClass::Main, shares);
    let _ = world.send(build::set_pause(actor("guardian"), Action::Liquidate, 86_400));
    let mut days = 0;
    let mallory = world.account_key("mallory", CLASSIC);
    while world.view(CLASSIC).held(&mallory, call) > 0 {
        world.pass(DAY);
        let _ = world.send(build::set_pause(actor("guardian"), Action::Liquidate, 86_400));
        let notice = world.notice_instruction(CLASSIC, call, NoticeCause::Capital);
        if world.send(notice).succeeded() {
            let moment = world.chain.now() + Notices::PERIOD;
            world.pass(Notices::PERIOD + 1);
            let _ = world.close_for_place("mallory", CLASSIC, (call, NoticeCause::Capital), moment);
        }
        days += 1;
        assert!(days <= 2, "the options were not bought back when the pause was over");
    }
    let held = world.view(CLASSIC).held(&world.account_key("crowd", CLASSIC), near);
    world.trade("crowd", CLASSIC, &[(near, -held)]).ok();
    for _ in 0..60 {
        let _ = world.execute(CLASSIC, ShareClass::Main, number);
        world.pass(DAY);
    }
    let paid = world.view(CLASSIC).pool.withdrawals_due;
    assert!(paid >= 1_000 * TOKEN - 10_000, "{paid} of a thousand tokens was paid");
}

#[test]
fn audit_b5_a_guardian_does_not_cancel_its_own_replacement() {
    let mut world = World::flat();
    let protocol = ChangeAccounts::protocol();
    let id = world.propose(Change::Guardian(actor("new guardian")), &protocol);
    let payer = world.chain.payer;
    world.refused(build::cancel_proposal(actor("guardian"), id, payer), EvergreenError::Unauthorized);
    world.pass_timelock();
    world.execute_proposal(id, &protocol).ok();
    assert_eq!(world.protocol().guardian, actor("new guardian"));
    // The admin may change its mind, and a guardian cancels everything else.
    let second = world.propose(Change::Guardian(actor("guardian")), &protocol);
    world.send(build::cancel_proposal(actor("admin"), second, payer)).ok();
    let fees = world.propose(Change::FeeOwner(actor("fees")), &protocol);
    world.send(build::cancel_proposal(actor("new guardian"), fees, payer)).ok();
}

#[test]
fn audit_b6_a_longer_cooldown_does_not_delay_earlier_requests() {
    let mut world = World::flat();
    let shares = world.shares("insurer", CLASSIC, ShareClass::Insurance);
    let number = world.request("insurer", CLASSIC, ShareClass::Insurance, shares / 8);
    let mut params = world.view(CLASSIC).pool.params;
    params.insurance_cooldown = 90 * 86_400;
    let changed = world.of_pool(CLASSIC);
    world.enact(Change::PoolParams(params), &changed);
    world.pass(5 * DAY);
    world.execute(CLASSIC, ShareClass::Insurance, number).ok();
    // A withdrawal requested later waits for the longer cooldown.
    let later = world.request("insurer", CLASSIC, ShareClass::Insurance, shares / 8);
    world.pass(7 * DAY);
    let early =
        build::execute_withdrawal(&world.pools[CLASSIC], world.withdrawal(CLASSIC, ShareClass::Insurance, later), &[]);
    world.refused(early, EvergreenError::WithdrawalCooling);
}

#[test]
fn audit_b6_a_shorter_cooldown_applies_to_earlier_requests() {
    let mut world = World::flat();
    let shares = world.shares("insurer", CLASSIC, ShareClass::Insurance);
    let number = world.request("insurer", CLASSIC, ShareClass::Insurance, shares / 2);
    let mut params = world.view(CLASSIC).pool.params;
    params.insurance_cooldown = params.main_cooldown;
    let changed = world.of_pool(CLASSIC);
    world.enact(Change::PoolParams(params), &changed);
    world.execute(CLASSIC, ShareClass::Insurance, number).ok();
}

#[test]
fn audit_b6_no_proposal_makes_another_program_an_oracle() {
    let mut world = World::flat();
    for source in [PriceSource::PythUpdate, PriceSource::PythLegacy] {
        for owner in [actor("mallory's program"), evergreen_sdk::address::PROGRAM, anchor_lang::system_program::ID] {
            let change = Change::PriceSource { source, price_owner: owner };
            let propose = world.propose_instruction(change, &world.of_market(BTC));
            world.refused(propose, EvergreenError::InvalidParameter);
        }
    }
    // A program that owns prices of one source is refused for the other source.
    let receiver = PriceSource::PythUpdate.owners()[0];
    let mixed = Change::PriceSource { source: PriceSource::PythLegacy, price_owner: receiver };
    let propose = world.propose_instruction(mixed, &world.of_market(BTC));
    world.refused(propose, EvergreenError::InvalidParameter);
}

#[test]
fn audit_b12_a_pending_admin_has_two_weeks() {
    let mut world = World::flat();
    world.enact(Change::Admin(actor("heir")), &ChangeAccounts::protocol());
    world.pass(14 * DAY);
    world.refused(build::accept_admin(actor("heir")), EvergreenError::ProposalExpired);
    assert_eq!(world.protocol().admin, actor("admin"));
}

#[test]
fn audit_b12_proposals_of_an_earlier_admin_are_void() {
    let mut world = World::flat();
    let (protocol, pool) = (ChangeAccounts::protocol(), world.of_pool(CLASSIC));
    let mut params = world.view(CLASSIC).pool.params;
    params.fee_open_bps += 1;
    world.enact(Change::Admin(actor("heir")), &protocol);
    let old = world.propose(Change::PoolParams(params), &pool);
    world.send(build::accept_admin(actor("heir"))).ok();
    world.pass_timelock();
    assert_error(&world.execute_proposal(old, &pool), EvergreenError::ProposalOutdated);
    let id = world.protocol().next_proposal;
    let payer = world.chain.payer;
    world.send(build::propose(payer, actor("heir"), id, Change::PoolParams(params), &pool)).ok();
    world.pass_timelock();
    world.execute_proposal(id, &pool).ok();
}
