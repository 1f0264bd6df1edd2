//! What a curator can do to a running pool, who can stop it, and how users leave before.

use super::{creating::REFUSED, curated_params, execute, propose, with_pool, with_pool_on};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    address,
    evergreen::{
        errors::EvergreenError,
        state::{Change, Pool, PoolCaps, PoolParams, ShareClass, UnderlyingParams},
    },
    instruction::{self as build, ChangeAccounts},
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, STOCK, World,
    chain::actor,
    governance::caps,
    world::{TENTH, TOKEN},
};

/// Seconds that a proposal of the pool of [`with_pool`] waits: a week of cooldown of insurance and three days.
const NOTICE: i64 = 10 * DAY;

#[test]
fn pools_only_the_curator_proposes_and_only_for_his_pool() {
    let (mut world, pool) = with_pool();
    let change = Change::PoolParams(PoolParams { fee_open_bps: 7, ..curated_params() });
    for who in ["admin", "guardian", "mallory", "insurer"] {
        let code = propose(&mut world, who, pool, change).code;
        assert_eq!(code, Some(EvergreenError::Unauthorized.into()), "{who}");
    }
    // Neither through the protocol's numbers, nor for anything but the pool.
    let payer = world.chain.payer;
    let changed = world.of_pool(pool);
    let by = |who, id, change, changed: &ChangeAccounts| build::propose(payer, actor(who), id, change, changed);
    world.refused(by("admin", 0, change, &changed), EvergreenError::Unauthorized);
    world.refused(by("carol", 0, change, &changed), EvergreenError::ProposalWrongTarget);
    let own = world.of_curated(pool);
    let foreign = ChangeAccounts { target: world.pools[CLASSIC].pool, ..own.clone() };
    world.refused(by("carol", 0, change, &foreign), EvergreenError::Unauthorized);
    let protocol = ChangeAccounts { queue: own.queue, ..ChangeAccounts::protocol() };
    world.refused(by("carol", 0, Change::Guardian(actor("carol")), &protocol), EvergreenError::Unauthorized);
    let params: UnderlyingParams = world.underlying(BTC).params;
    let underlying = ChangeAccounts { queue: own.queue, ..world.of_market(BTC) };
    world.refused(by("carol", 0, Change::UnderlyingParams(params), &underlying), EvergreenError::Unauthorized);
    world.refused(
        build::set_pause(actor("carol"), evergreen_sdk::evergreen::state::Action::List, 60),
        EvergreenError::Unauthorized,
    );
    // The admin's numbers are its own: a hundred pools of strangers hold up none of its proposals.
    propose(&mut world, "carol", pool, change).ok();
    assert_eq!((world.protocol().next_proposal, world.view(pool).pool.next_proposal), (0, 1));
    let id = world.propose(Change::Timelock(3 * 86_400), &ChangeAccounts::protocol());
    assert_eq!(id, 0);
    // A proposal of the pool is not executed on another one.
    world.pass(NOTICE);
    let wrong = ChangeAccounts { queue: own.queue, ..world.of_pool(CLASSIC) };
    world.refused(build::execute_proposal(0, payer, &wrong), EvergreenError::ProposalWrongTarget);
    execute(&mut world, pool, 0, &change).ok();
    assert_eq!(world.view(pool).pool.params.fee_open_bps, 7);
    assert_eq!(world.view(CLASSIC).pool.params.fee_open_bps, 5);
}

#[test]
fn pools_no_curator_proposes_parameters_that_take_from_users() {
    let (mut world, pool) = with_pool();
    for (what, edit) in REFUSED {
        let mut params = curated_params();
        edit(&mut params);
        let outcome = propose(&mut world, "carol", pool, Change::PoolParams(params));
        assert_eq!(outcome.code, Some(EvergreenError::InvalidParameter.into()), "{what}: {:?}", outcome.failure);
    }
    assert_eq!(world.view(pool).pool.next_proposal, 0);
}

/// A curator with three quarters of the class asks for all of theirs a moment before they propose the change, and dave, who has the rest, just after it.
#[test]
fn pools_who_comes_after_the_curator_has_left_before_the_change_too() {
    let mut world = World::flat();
    let slow = PoolParams { main_cooldown: 7 * 86_400, daily_outflow_bps: 2_500, ..curated_params() };
    let pool = world.add_curated_pool("carol", CLASSIC, (false, TOKEN), slow);
    let all = [("carol", 1_000 * TOKEN), ("dave", 300 * TOKEN)];
    for (who, tokens) in all {
        world.provide(who, pool, ShareClass::Main, tokens).ok();
    }
    let ask =
        |world: &mut World, who| world.request(who, pool, ShareClass::Main, world.shares(who, pool, ShareClass::Main));
    let mut numbers = vec![ask(&mut world, "carol")];
    let change = Change::PoolParams(PoolParams { fee_open_bps: 50, fee_close_bps: 50, ..slow });
    propose(&mut world, "carol", pool, change).ok();
    let proposed_at = world.chain.now();
    numbers.push(ask(&mut world, "dave"));
    world.pass(7 * DAY);
    for _ in 0..3 {
        world.pass_to_grid(pool);
        for number in &numbers {
            world.execute(pool, ShareClass::Main, *number);
        }
        world.pass(DAY - 600);
    }
    assert!(world.chain.now() < proposed_at + NOTICE);
    for ((who, tokens), number) in all.into_iter().zip(numbers) {
        world.claim(who, pool, ShareClass::Main, number).ok();
        let got = world.wallet(who, pool);
        assert!(got + TOKEN / 100 > tokens, "{who} got {got} of {tokens}");
    }
    world.pass(proposed_at + NOTICE - world.chain.now());
    execute(&mut world, pool, 0, &change).ok();
    // From then on a quarter a day leaves again.
    world.pass(DAY);
    world.provide("erin", pool, ShareClass::Main, 400 * TOKEN).ok();
    let number = ask(&mut world, "erin");
    world.pass(7 * DAY);
    world.pass_to_grid(pool);
    world.execute(pool, ShareClass::Main, number).ok();
    world.claim("erin", pool, ShareClass::Main, number).ok();
    let got = world.wallet("erin", pool);
    assert!(got > 99 * TOKEN && got < 101 * TOKEN, "erin got {got}");
}

/// Carol, who has three quarters of the class, has waited for hers, and proposes what changes nothing, or a successor. For a week a quarter of the class leaves in a day, as ever: what lifts the limit is known to everybody for as long as anybody may have to wait. And what she proposes
/// meanwhile does not put it off for who waits for the change before.
#[test]
fn pools_no_curator_lifts_the_limit_of_a_day_for_themselves() {
    let change = |fee| Change::PoolParams(PoolParams { fee_open_bps: fee, ..curated_params() });
    for first in [change(6), Change::Curator(actor("dave"))] {
        let mut world = World::flat();
        let fast = PoolParams { main_cooldown: 3_600, daily_outflow_bps: 2_500, ..curated_params() };
        let pool = world.add_curated_pool("carol", CLASSIC, (false, TOKEN), fast);
        for (who, tokens) in [("carol", 300 * TOKEN), ("dave", 100 * TOKEN)] {
            world.provide(who, pool, ShareClass::Main, tokens).ok();
        }
        let limit = |world: &World| world.view(pool).pool.daily_outflow(world.chain.now()).0;
        let number = world.request("carol", pool, ShareClass::Main, world.shares("carol", pool, ShareClass::Main));
        world.pass(3_600);
        propose(&mut world, "carol", pool, first).ok();
        world.pass_to_grid(pool);
        world.execute(pool, ShareClass::Main, number).ok();
        let left = world.view(pool).pool.withdrawals_due;
        assert!(left > 99 * TOKEN && left < 101 * TOKEN, "{left} of 401 left in a day, {first:?}");
        world.pass(6 * DAY);
        assert_eq!(limit(&world), 2_500);
        propose(&mut world, "carol", pool, change(8)).ok();
        world.pass(DAY);
        // What is proposed later puts it off for nobody.
        assert_eq!(limit(&world), 10_000);
        world.pass(6 * DAY);
        assert_eq!(limit(&world), 10_000);
        world.pass(3 * DAY);
        assert_eq!(limit(&world), 2_500);
    }
}

#[test]
fn pools_whoever_asks_when_a_change_is_proposed_has_left_before_it_is_made() {
    // SETUP: dave provides as much as carol does, erin holds a call, frank has written one.
    let (mut world, pool) = with_pool();
    world.provide("dave", pool, ShareClass::Main, 1_000 * TOKEN).ok();
    let call = world.list(pool, BTC, false, 100_000);
    for who in ["erin", "frank"] {
        world.trader(who, pool, 100 * TOKEN);
    }
    world.trade("erin", pool, &[(call, TENTH)]).ok();
    world.trade("frank", pool, &[(call, -TENTH)]).ok();

    // TEST: the worst that the bounds allow.
    let worst = PoolParams {
        main_cooldown: 7 * 86_400,
        insurance_cooldown: 7 * 86_400,
        reserve_limit_bps: 6_000,
        fee_open_bps: 50,
        fee_close_bps: 50,
        fee_value_cap_bps: 1_500,
        carry_bps: 65_000,
        direction_limit_bps: [4_600; 4],
        vol_stress_bps: 20_000,
        extreme_weight_bps: 7_500,
        short_charge_bps: 200,
        penalty_bps: 200,
        penalty_equity_cap_bps: 2_500,
        curator_bps: 3_000,
        ..curated_params()
    };
    let change = Change::PoolParams(worst);
    propose(&mut world, "carol", pool, change).ok();
    let proposed_at = world.chain.now();
    let shares = world.shares("dave", pool, ShareClass::Main);
    let number = world.request("dave", pool, ShareClass::Main, shares);
    let insured = world.shares("insurer", pool, ShareClass::Insurance);
    let insurance = world.request("insurer", pool, ShareClass::Insurance, insured);
    world.trade("erin", pool, &[(call, -TENTH)]).ok();
    world.trade("frank", pool, &[(call, TENTH)]).ok();
    for who in ["erin", "frank"] {
        let cash = world.cash(who, pool) as u64;
        assert!(cash > 99 * TOKEN, "{who} leaves with {cash}");
        world.withdraw(who, pool, cash).ok();
    }
    // Dave has half of the shares and leaves with the quarter of a day that is allowed.
    world.pass(DAY);
    let mut got = 0;
    for _ in 0..3 {
        world.pass_to_grid(pool);
        world.execute(pool, ShareClass::Main, number).ok();
        world.claim("dave", pool, ShareClass::Main, number).ok();
        got = world.wallet("dave", pool);
        if got >= 999 * TOKEN {
            break;
        }
        world.pass(DAY);
    }
    assert!(got >= 999 * TOKEN, "dave got {got}");
    let code = execute(&mut world, pool, 0, &change).code;
    assert_eq!(code, Some(EvergreenError::ProposalTooEarly.into()));
    world.pass(proposed_at + 7 * DAY + 60 - world.chain.now());
    world.pass_to_grid(pool);
    world.execute(pool, ShareClass::Insurance, insurance).ok();
    let executed = world.chain.now() - proposed_at;
    assert!(executed < NOTICE, "insurance begins to leave after {executed} s");
    world.pass(proposed_at + NOTICE - 1 - world.chain.now());
    let code = execute(&mut world, pool, 0, &change).code;
    assert_eq!(code, Some(EvergreenError::ProposalTooEarly.into()));
    world.pass(1);
    execute(&mut world, pool, 0, &change).ok();
    assert_eq!(world.view(pool).pool.params, worst);
}

#[test]
fn pools_caps_are_lowered_and_a_pool_halted_by_guardian_and_curator_only() {
    let (mut world, pool) = with_pool();
    let key = world.pools[pool].pool;
    let mut lower = caps(&curated_params());
    lower.max_pool_cash = 5_000 * TOKEN;
    for who in ["admin", "mallory", "insurer"] {
        world.refused(build::tighten_pool(actor(who), key, lower), EvergreenError::Unauthorized);
        world.refused(build::halt_pool(actor(who), key), EvergreenError::Unauthorized);
    }
    world.refused(build::halt_pool(actor("carol"), world.pools[CLASSIC].pool), EvergreenError::Unauthorized);
    world.send(build::tighten_pool(actor("carol"), key, lower)).ok();
    world.send(build::tighten_pool(actor("guardian"), key, PoolCaps { max_pool_cash: 4_000 * TOKEN, ..lower })).ok();
    world.send(build::halt_pool(actor("guardian"), key)).ok();
    assert_ne!(world.view(pool).pool.flags & Pool::HALTED, 0);
    // Only its curator ends that, after their notice.
    propose(&mut world, "carol", pool, Change::ResumePool).ok();
    world.pass(NOTICE);
    execute(&mut world, pool, 0, &Change::ResumePool).ok();
    assert_eq!(world.view(pool).pool.flags & Pool::HALTED, 0);
}

#[test]
fn pools_guardian_and_proposer_cancel_and_the_guardian_holds_no_curator_back() {
    let (mut world, pool) = with_pool();
    let (payer, queue) = (world.chain.payer, world.pools[pool].pool);
    let change = Change::PoolParams(PoolParams { fee_open_bps: 7, ..curated_params() });
    for id in 0..2 {
        propose(&mut world, "carol", pool, change).ok();
        let cancel = |who| build::cancel_proposal_in(&queue, actor(who), id, payer);
        for who in ["admin", "mallory"] {
            world.refused(cancel(who), EvergreenError::Unauthorized);
        }
        world.send(cancel(["guardian", "carol"][id as usize])).ok();
    }
    propose(&mut world, "carol", pool, Change::Curator(actor("dora"))).ok();
    for who in ["guardian", "admin", "dora"] {
        let cancel = build::cancel_proposal_in(&queue, actor(who), 2, payer);
        world.refused(cancel, EvergreenError::Unauthorized);
    }
    world.send(build::cancel_proposal_in(&queue, actor("carol"), 2, payer)).ok();
}

#[test]
fn pools_a_curator_is_replaced_in_two_steps_which_voids_what_he_proposed() {
    let (mut world, pool) = with_pool();
    let key = world.pools[pool].pool;
    let accept = |who: &str| build::accept_curator(actor(who), key);
    world.refused(accept("dora"), EvergreenError::Unauthorized);
    world.refused(build::accept_curator(Pubkey::default(), key), EvergreenError::Unauthorized);
    let curator = Change::Curator(actor("dora"));
    propose(&mut world, "carol", pool, curator).ok();
    world.refused(accept("dora"), EvergreenError::Unauthorized);
    world.pass(NOTICE);
    execute(&mut world, pool, 0, &curator).ok();
    let change = Change::PoolParams(PoolParams { fee_open_bps: 7, ..curated_params() });
    propose(&mut world, "carol", pool, change).ok();
    for who in ["carol", "admin", "mallory"] {
        world.refused(accept(who), EvergreenError::Unauthorized);
    }
    world.send(accept("dora")).ok();
    assert_eq!(world.view(pool).pool.curator, actor("dora"));
    world.pass(NOTICE);
    let code = execute(&mut world, pool, 1, &change).code;
    assert_eq!(code, Some(EvergreenError::ProposalOutdated.into()));
    let code = propose(&mut world, "carol", pool, change).code;
    assert_eq!(code, Some(EvergreenError::Unauthorized.into()));
    // Two weeks to accept.
    let back = Change::Curator(actor("carol"));
    propose(&mut world, "dora", pool, back).ok();
    world.pass(NOTICE);
    execute(&mut world, pool, 2, &back).ok();
    world.pass(14 * DAY);
    world.refused(accept("carol"), EvergreenError::ProposalExpired);
    // The address stays that of its creator, and the pool signs with it.
    assert_eq!(key, address::pool_of(&world.pools[pool].mint, &actor("carol"), 0));
    world.trader("erin", pool, TOKEN);
    world.withdraw("erin", pool, TOKEN).ok();
}

#[test]
fn pools_a_pool_that_the_admin_accepts_follows_the_admin() {
    let (mut world, pool) = with_pool();
    let key = world.pools[pool].pool;
    let admin = Change::Curator(actor("admin"));
    propose(&mut world, "carol", pool, admin).ok();
    world.pass(NOTICE);
    execute(&mut world, pool, 0, &admin).ok();
    world.send(build::accept_curator(actor("admin"), key)).ok();
    assert_eq!(world.view(pool).pool.curator, Pubkey::default());
    world.enact(Change::Admin(actor("new admin")), &ChangeAccounts::protocol());
    world.send(build::accept_admin(actor("new admin"))).ok();
    world.refused(build::halt_pool(actor("admin"), key), EvergreenError::Unauthorized);
    world.refused(build::halt_pool(actor("carol"), key), EvergreenError::Unauthorized);
    world.send(build::halt_pool(actor("new admin"), key)).ok();
}

#[test]
fn pools_a_pool_of_the_protocol_is_handed_over_only_within_the_bounds_of_strangers() {
    let mut world = World::flat();
    let changed = world.of_pool(CLASSIC);
    let mut params = world.view(CLASSIC).pool.params;
    params.fee_open_bps = 51;
    world.enact(Change::PoolParams(params), &changed);
    let key = world.pools[CLASSIC].pool;
    let to_carol = ChangeAccounts { others: Vec::new(), ..changed.clone() };
    world.enact(Change::Curator(actor("carol")), &to_carol);
    let accept = build::accept_curator(actor("carol"), key);
    world.refused(accept.clone(), EvergreenError::InvalidParameter);
    world.enact(Change::PoolParams(curated_params()), &changed);
    world.send(accept).ok();
    world.refused(build::halt_pool(actor("admin"), key), EvergreenError::Unauthorized);
    world.send(build::halt_pool(actor("carol"), key)).ok();
}

#[test]
fn pools_a_seizure_in_one_pool_of_a_mint_touches_no_other() {
    // SETUP
    let (mut world, pool) = with_pool_on(STOCK);
    let call = [STOCK, pool].map(|pool| world.list(pool, BTC, false, 100_000));
    for (place, pool) in [STOCK, pool].into_iter().enumerate() {
        world.trader("erin", pool, 20 * TOKEN);
        world.trade("erin", pool, &[(call[place], TENTH)]).ok();
    }
    let before = world.view(STOCK).pool;
    let due = world.view(pool).pool.curator_due;
    assert!(due > 0);

    // TEST: the curator's fees bear a loss before the protocol's.
    let lost = world.view(pool).pool.insurance_assets().expect("assets").0 + due;
    world.seize(pool, world.pools[pool].vault, lost, evergreen_tests::seizures::Seizure::Burn);
    let after = evergreen_tests::seizures::synced(&world.sync(pool).ok()).after;
    assert_eq!(after.curator_due, 0);
    assert!(after.fees_due > 0 && after.pool_cash > 1_000 * TOKEN as i64);
    let (a, b) = (world.view(STOCK).pool, before);
    assert_eq!((a.pool_cash, a.margin_cash, a.flags, a.fees_due), (b.pool_cash, b.margin_cash, b.flags, b.fees_due));
    world.trade("erin", STOCK, &[(call[0], -TENTH)]).ok();
}
