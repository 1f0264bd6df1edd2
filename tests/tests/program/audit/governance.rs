//! Limits of governance: a guardian cannot keep users in, and changes do not apply to what was agreed before.

use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{Action, Change, NoticeCause, Notices, PoolParams, PriceSource, ShareClass},
        types::timelock,
    },
    instruction::{self as build, ChangeAccounts},
    presets,
};
use evergreen_tests::{BTC, CLASSIC, DAY, Setup, World, assert_error, chain::actor, world::TOKEN};

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
    world.pass_until_ready();
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
    let short = PoolParams { insurance_cooldown: 86_400, ..presets::pool_params() };
    let mut world = World::new(Setup { pool: short, ..Setup::flat() });
    let shares = world.shares("insurer", CLASSIC, ShareClass::Insurance);
    let params = PoolParams { insurance_cooldown: 7 * 86_400, ..world.view(CLASSIC).pool.params };
    let changed = world.of_pool(CLASSIC);
    let id = world.propose(Change::PoolParams(params), &changed);
    world.pass_until_ready();
    let number = world.request("insurer", CLASSIC, ShareClass::Insurance, shares / 8);
    world.execute_proposal(id, &changed).ok();
    world.pass(DAY);
    world.execute(CLASSIC, ShareClass::Insurance, number).ok();
    // A withdrawal requested later waits for the longer cooldown.
    let later = world.request("insurer", CLASSIC, ShareClass::Insurance, shares / 8);
    world.pass(6 * DAY);
    let early =
        build::execute_withdrawal(&world.pools[CLASSIC], world.withdrawal(CLASSIC, ShareClass::Insurance, later), &[]);
    world.refused(early, EvergreenError::WithdrawalCooling);
}

#[test]
fn audit_b6_a_shorter_cooldown_applies_to_earlier_requests() {
    let mut world = World::flat();
    let shares = world.shares("insurer", CLASSIC, ShareClass::Insurance);
    let params = PoolParams { insurance_cooldown: 86_400, ..world.view(CLASSIC).pool.params };
    let changed = world.of_pool(CLASSIC);
    let id = world.propose(Change::PoolParams(params), &changed);
    world.pass_until_ready();
    let number = world.request("insurer", CLASSIC, ShareClass::Insurance, shares / 2);
    world.execute_proposal(id, &changed).ok();
    world.pass(DAY);
    world.execute(CLASSIC, ShareClass::Insurance, number).ok();
}

/// Whatever cooldowns and timelock are, whoever asks for their liquidity in the second in which a change is proposed that could be to their loss, of their pool or of what it shares with others,
/// waits for their cooldown at most, and the change for three days longer: in these a day's pause of exits fits, and of each class a quarter leaves a day at least.
#[test]
fn audit_b6_whoever_asks_when_a_change_is_proposed_has_waited_before_it_is_made() {
    let longest = u32::try_from(7 * DAY).unwrap();
    let world = World::flat();
    let (mut protocol, btc) = (world.protocol(), world.underlying(BTC).params);
    let mut params = presets::pool_params();
    let mut judged = 0;
    for timelock in [timelock::MIN, timelock::DEFAULT, longest - 1, longest, longest + 1, timelock::MAX] {
        protocol.timelock = timelock;
        for main in (3_600..=longest + 3_600).step_by(3_600) {
            for insurance in [main, main + 1, longest - 1, longest, longest + 1] {
                (params.main_cooldown, params.insurance_cooldown) = (main, insurance);
                let Ok(()) = params.check() else { continue };
                let cooldown = i64::from(main.max(insurance));
                for change in [Change::PoolParams(params), Change::ResumePool, Change::Curator(actor("carol"))] {
                    let wait = protocol.wait_for(&change);
                    assert!(
                        wait >= cooldown + 3 * DAY && wait >= i64::from(timelock),
                        "{wait}, {timelock}, {cooldown}"
                    );
                }
                judged += 1;
            }
        }
        let shared = [
            Change::UnderlyingParams(btc),
            Change::PriceSource { source: PriceSource::PythUpdate, price_owner: PriceSource::PythUpdate.owners()[0] },
        ];
        for change in shared {
            assert!(protocol.wait_for(&change) >= i64::from(longest) + 3 * DAY);
        }
        // Roles hold nobody's money.
        assert_eq!(protocol.wait_for(&Change::Guardian(actor("friend"))), i64::from(timelock));
    }
    assert!(judged > 6 * 168, "{judged} pairs of cooldowns");
}

/// The same on the bytecode: who asks for a fifth of insurance, which waits longest, when the parameters of a pool of the protocol and of what it is priced by are proposed, is paid before either can be announced.
#[test]
fn audit_b6_insurance_leaves_a_pool_of_the_protocol_before_a_change() {
    let mut world = World::flat();
    let (pool, btc) = (world.of_pool(CLASSIC), world.of_market(BTC));
    let params = world.view(CLASSIC).pool.params;
    let cheaper = PoolParams { fee_open_bps: params.fee_open_bps + 1, ..params };
    let mut narrower = world.underlying(BTC).params;
    narrower.max_conf_bps -= 1;
    let ids = [
        (world.propose(Change::PoolParams(cheaper), &pool), &pool),
        (world.propose(Change::UnderlyingParams(narrower), &btc), &btc),
    ];
    let proposed_at = world.chain.now();
    let shares = world.shares("insurer", CLASSIC, ShareClass::Insurance);
    let number = world.request("insurer", CLASSIC, ShareClass::Insurance, shares / 5);
    world.pass(7 * DAY);
    world.execute(CLASSIC, ShareClass::Insurance, number).ok();
    world.claim("insurer", CLASSIC, ShareClass::Insurance, number).ok();
    let left_at = world.chain.now();
    assert!(left_at < proposed_at + 8 * DAY);
    world.pass(proposed_at + 10 * DAY - 1 - left_at);
    for (id, changed) in &ids {
        world.refused(build::execute_proposal(*id, world.chain.payer, changed), EvergreenError::ProposalTooEarly);
    }
    world.pass(1);
    world.execute_proposal(ids[0].0, &pool).ok();
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
    world.pass_until_ready();
    assert_error(&world.execute_proposal(old, &pool), EvergreenError::ProposalOutdated);
    let id = world.protocol().next_proposal;
    let payer = world.chain.payer;
    world.send(build::propose(payer, actor("heir"), id, Change::PoolParams(params), &pool)).ok();
    world.pass_until_ready();
    world.execute_proposal(id, &pool).ok();
}
