//! A guardian that trades takes nothing by a pause: what decides others' payments cannot be paused, and no pause takes a committed trade back.

use super::reserving::{ended, scene};
use evergreen_math::{Points, Rounding};
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{Action, CancelReason, Change},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    chain::actor,
    valuation::{payoff, scale},
    world::{DOLLAR, TENTH, TOKEN},
};

const EXITS: [Action; 6] = [
    Action::ReduceRisk,
    Action::DepositMargin,
    Action::WithdrawMargin,
    Action::WithdrawLiquidity,
    Action::Liquidate,
    Action::Settle,
];

fn pause_all(world: &mut World, seconds: u32) {
    for action in EXITS.into_iter().chain([Action::AddRisk, Action::DepositLiquidity, Action::List]) {
        world.send(build::set_pause(actor("guardian"), action, seconds)).ok();
    }
}

/// The price touches the cap for two seconds while everything is paused that can be. Before, a pause of exercise decided that the touch did not count:
/// 141.8 tokens of the holder's on three bitcoins.
#[test]
fn a_touch_of_the_cap_counts_whatever_is_paused() {
    let (mut world, call, _) = scene(&[("alice", 300)]);
    world.trade("alice", CLASSIC, &[(call, 30 * TENTH)]).ok();
    world.pass(3_600);
    pause_all(&mut world, 86_400);
    world.pass(60);
    world.edit_price(BTC, |price| (price.price, price.ema_price) = (120_100 * DOLLAR, 119_000 * DOLLAR));
    let exercise = build::exercise_series(&world.pools[CLASSIC], call, &world.feeds[BTC].accounts);
    world.send(exercise).ok();
    world.chain.pass(2);
    world.edit_price(BTC, |price| (price.price, price.ema_price) = (113_000 * DOLLAR, 113_000 * DOLLAR));

    // TEST: what the touch pays is paid when the pauses are over.
    world.pass(86_400);
    let before = world.cash("alice", CLASSIC);
    let stored = world.view(CLASSIC).registry.series[usize::from(call.slot)];
    let due = scale(&world.view(CLASSIC)).native(Points(30 * TENTH), payoff(&stored), Rounding::Floor).unwrap().0;
    let (keys, alice) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC));
    let settled = world.send(build::settle_positions(&keys, alice)).ok();
    let paid = settled.event(|e| if let Event::PositionSettled(e) = e { Some(e.amount) } else { None });
    assert_eq!(paid, due);
    println!("three bitcoins of calls paid {} native units", world.cash("alice", CLASSIC) - before);
    world.everybody_leaves();
}

#[test]
fn samples_go_on_whatever_is_paused() {
    let (mut world, ..) = scene(&[]);
    pause_all(&mut world, 86_400);
    world.pass(600);
    world.pass_to(1);
    world.set_price(BTC, 104_000);
    let sample = world.sample_instruction(BTC);
    world.send(sample).ok();
    assert_eq!(world.underlying(BTC).sample_price.dollars().to_bits() >> 64, 104_000);
}

/// The guardian commits a trade, sees its price, and pauses. Before, its bond came back, so it could wait for the better prices.
#[test]
fn a_pause_takes_no_committed_trade_back() {
    for (points, action) in [(TENTH, Action::AddRisk), (-TENTH, Action::ReduceRisk)] {
        let (mut world, call, _) = scene(&[("guardian", 100)]);
        world.trade("guardian", CLASSIC, &[(call, 2 * TENTH)]).ok();
        let commit = world.commit_instruction("guardian", CLASSIC, &[(call, points)]);
        world.send(commit.clone()).ok();
        world.wait_for_fill();
        world.send(build::set_pause(actor("guardian"), action, 3_600)).ok();
        world.fill("guardian", CLASSIC).ok();
        let guardian = world.account_key("guardian", CLASSIC);
        assert_eq!(world.view(CLASSIC).held(&guardian, call), 2 * TENTH + points);
        let again = world.commit_instruction("guardian", CLASSIC, &[(call, points)]);
        world.refused(again, EvergreenError::Paused);
        // A lapse costs what it always does.
        world.send(build::set_pause(actor("guardian"), action, 0)).ok();
        let again = world.commit_instruction("guardian", CLASSIC, &[(call, points)]);
        world.send(again).ok();
        let bond = world.account("guardian", CLASSIC).commitment.bond;
        world.wait_for_fill();
        world.chain.pass(15);
        if action == Action::AddRisk {
            world.send(build::set_pause(actor("guardian"), action, 3_600)).ok();
        }
        let event = ended(&world.fill("guardian", CLASSIC));
        assert_eq!(event.reason, CancelReason::Lapsed);
        assert!(event.fee > 0 && event.fee >= bond, "{} of {bond}", event.fee);
    }
}

/// An exercise before the fill costs the trader what the cap at the first price would have cost. Before, it cost all of their bond.
#[test]
fn an_exercise_before_the_fill_costs_an_eighth() {
    let (mut world, call, _) = scene(&[("alice", 900), ("bob", 400)]);
    world.trade("bob", CLASSIC, &[(call, 10 * TENTH)]).ok();
    world.pass(60);
    world.edit_price(BTC, |price| (price.price, price.ema_price) = (119_900 * DOLLAR, 119_000 * DOLLAR));
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, 10 * TENTH)]);
    world.send(commit).ok();
    let (bond, cash) = (world.account("alice", CLASSIC).commitment.bond, world.cash("alice", CLASSIC));
    let tip = world.account("alice", CLASSIC).commitment.tip;
    world.chain.pass(2);
    world.edit_price(BTC, |price| price.price = 120_050 * DOLLAR);
    let exercise = build::exercise_series(&world.pools[CLASSIC], call, &world.feeds[BTC].accounts);
    world.send(exercise).ok();
    let event = ended(&world.fill("alice", CLASSIC));
    assert_eq!((event.reason, event.fee, event.filler_account), (CancelReason::Exercised, bond.div_ceil(8), None));
    assert_eq!(world.cash("alice", CLASSIC), cash + (tip + bond - bond.div_ceil(8)) as i64);
}

/// One leg next to its cap made every lapse of the others cheap, that of a closing free.
#[test]
fn an_exercised_leg_decides_about_no_other() {
    // SETUP: alice closes two calls and bob opens both; the nearer one is exercised before their fills.
    let (mut world, call, _) = scene(&[("alice", 300), ("bob", 300)]);
    let far = world.list_tenor(CLASSIC, BTC, false, 110_000, 30);
    world.trade("alice", CLASSIC, &[(call, TENTH), (far, TENTH)]).ok();
    for (who, points) in [("alice", -TENTH), ("bob", TENTH)] {
        let commit = world.commit_instruction(who, CLASSIC, &[(call, points), (far, points)]);
        world.send(commit).ok();
    }
    world.set_price(BTC, 120_500);
    let exercise = build::exercise_series(&world.pools[CLASSIC], call, &world.feeds[BTC].accounts);
    world.send(exercise).ok();
    world.wait_for_fill();

    // TEST: alice's other call is sold, and bob loses their bond.
    let sold = world.fill("alice", CLASSIC).ok();
    assert!(sold.event(|e| if let Event::Traded(e) = e { Some(e.net) } else { None }) > 0);
    let (view, alice) = (world.view(CLASSIC), world.account_key("alice", CLASSIC));
    assert_eq!([call, far].map(|series| view.held(&alice, series)), [0, 0]);
    let lost = ended(&world.fill("bob", CLASSIC));
    assert!(lost.bond > 0);
    assert_eq!((lost.reason, lost.fee), (CancelReason::Exercised, lost.bond));
    world.everybody_leaves();
}

/// A change that is made between the commitment and its fill, as it can be only for who commits after its announcement. Before, a larger least size or a larger margin cost the trader their whole bond.
#[test]
fn a_proposal_before_the_fill_costs_no_bond() {
    for larger_margin in [false, true] {
        let (mut world, ..) = scene(&[("alice", 300), ("bob", 300)]);
        let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
        world.trade("bob", CLASSIC, &[(call, 20 * TENTH)]).ok();
        let changed = if larger_margin { world.of_market(BTC) } else { world.of_pool(CLASSIC) };
        let change = if larger_margin {
            let mut params = world.underlying(BTC).params;
            params.shock_initial_bps *= 2;
            params.shock_target_bps *= 2;
            params.shock_maintenance_bps *= 2;
            Change::UnderlyingParams(params)
        } else {
            let mut params = world.view(CLASSIC).pool.params;
            params.min_account_points = 5 * TENTH as u64;
            Change::PoolParams(params)
        };
        let proposal = world.propose(change, &changed);
        world.pass_until_ready();
        world.announce_proposal(proposal, &changed);
        let points = if larger_margin {
            // Alice keeps just what the margin of now needs.
            world.trade("alice", CLASSIC, &[(call, -10 * TENTH)]).ok();
            crate::attacks::withdraw_spare(&mut world, "alice", CLASSIC);
            world.fund("alice", CLASSIC, 8 * TOKEN);
            world.deposit("alice", CLASSIC, 8 * TOKEN).ok();
            -TENTH
        } else {
            TENTH
        };
        let commit = world.commit_instruction("alice", CLASSIC, &[(call, points)]);
        world.send(commit).ok();
        let bond = world.account("alice", CLASSIC).commitment.bond;
        world.pass(1);
        world.step_proposal(proposal, &changed).ok();
        world.chain.pass(3);
        world.set_price(BTC, 100_000);
        let outcome = world.fill("alice", CLASSIC);
        if larger_margin {
            let event = ended(&outcome);
            assert_eq!((event.reason, event.fee), (CancelReason::RulesChanged, bond.div_ceil(8)));
        } else {
            outcome.ok();
            let small = world.commit_instruction("bob", CLASSIC, &[(call, -19 * TENTH)]);
            world.refused(small, EvergreenError::PositionTooSmall);
        }
    }
}
