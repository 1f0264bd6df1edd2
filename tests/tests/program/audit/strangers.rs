//! What other people do between a commitment and its fill: it costs the trader nothing that they could choose, and makes no other trade of it.

use super::reserving::{ended, place, scene};
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        Leg, TradeTerms,
        errors::EvergreenError,
        state::{CancelReason, Change, NoticeCause, Trigger},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, ETH, STOCK, World, assert_error,
    chain::actor,
    seizures::Seizure,
    trading::named,
    world::{DOLLAR, TENTH, TOKEN},
};

/// Commits alice's order at a price of two seconds ago, exercises its option at the price of now, and ends the commitment, in one
/// transaction: mallory pays an eighth of her stake and gets no tip. Before, alice lost her whole bond and mallory earned the tip.
#[test]
fn audit_a1_a_stranger_who_exercises_what_he_has_committed_pays_himself() {
    let (mut world, call, _) = scene(&[("alice", 900), ("bob", 400), ("mallory", 5)]);
    world.trade("bob", CLASSIC, &[(call, 40 * TENTH)]).ok();
    world.pass(3_600);
    world.set_price(BTC, 118_500);
    let number = place(&mut world, "alice", &[(call, -40 * TENTH)], |terms| {
        terms.trigger = Some(Trigger { underlying: 0, above: true, price: 119_900 * DOLLAR as u64 });
        terms.tip = 50_000;
    });
    world.pass(60);
    world.set_price(BTC, 119_950);
    let then = world.chain.now();
    world.chain.pass(2);
    world.edit_price(BTC, |price| (price.price, price.ema_price) = (120_000 * DOLLAR, 119_000 * DOLLAR));
    let (keys, payer) = (world.pools[CLASSIC], world.chain.payer);
    let (alice, mallory) = (world.account_key("alice", CLASSIC), world.account_key("mallory", CLASSIC));
    let old = world.first_after(BTC, then - 1).expect("a price that is kept");
    let before = ["alice", "mallory"].map(|who| world.cash(who, CLASSIC));
    // The invariants of the harness follow a commitment from one transaction to the next.
    let outcome = world.chain.send(&[
        build::commit_order(actor("mallory"), &keys, alice, number, payer, Some(mallory), &[old]),
        build::exercise_series(&keys, call, &world.feeds[BTC].accounts),
        build::fill_trade(&keys, alice, Some(mallory), Some((number, payer)), &[]),
    ]);
    let end = ended(&outcome.ok());
    assert_eq!((end.reason, end.forfeited, end.stake), (CancelReason::Exercised, end.stake.div_ceil(8), 133_333_332));
    let gained = ["alice", "mallory"].map(|who| world.cash(who, CLASSIC));
    // Her tip of 50,000 had been set aside before.
    assert_eq!((gained[0] - before[0], before[1] - gained[1]), (50_000, end.forfeited as i64));
}

/// Somebody else closes a part of the position, or all of it, between a commitment that only closes and its fill: nothing is opened. Before,
/// a trade whose closing was not marked ended as a purchase at a price that was known.
#[test]
fn audit_a1_what_closes_when_it_is_committed_opens_nothing() {
    for part in [10, 20] {
        let (mut world, call, _) = scene(&[("alice", 400), ("bob", 400), ("mallory", 1)]);
        world.trade("bob", CLASSIC, &[(call, 20 * TENTH)]).ok();
        world.trade("alice", CLASSIC, &[(call, -20 * TENTH)]).ok();
        world.trade("bob", CLASSIC, &[(call, -20 * TENTH)]).ok();
        // Whoever commits once the moment of a notice is over knows that they may be closed.
        let moment = world.pass_notice(CLASSIC, call, NoticeCause::Excess);
        let legs = named(&world.view(CLASSIC).registry, &[(call, 20 * TENTH)]);
        let commit = world.commit_terms("alice", CLASSIC, TradeTerms { legs, closing: 0, min_net: i64::MIN });
        let told = world.send(commit).ok().event(|event| match event {
            Event::TradeCommitted(committed) => Some(committed.closing),
            _ => None,
        });
        assert_eq!((told, world.account("alice", CLASSIC).commitment.closing), (1, 1), "the program marks what closes");
        world.wait_for_fill();
        let account = world.account_key("alice", CLASSIC);
        world.deleverage("alice", CLASSIC, call, part * TENTH, moment).ok();
        let outcome = world.fill("alice", CLASSIC);
        assert_eq!(world.view(CLASSIC).held(&account, call), 0, "nothing is opened");
        let nothing_left = outcome.events().iter().any(
            |event| matches!(event, Event::CommitmentCancelled(end) if end.reason == CancelReason::NothingToReduce),
        );
        assert_eq!(nothing_left, part == 20);
    }
}

/// Parameters that take effect between a commitment and its fill change neither the price that fills it nor the time for it. Before, whoever
/// executed a proposal made trades lapse, or chose between two known prices.
#[test]
fn audit_b6_a_proposal_changes_no_trade_under_way() {
    for (delay, window) in [(3, 5), (6, 10)] {
        let (mut world, call, _) = scene(&[("alice", 100), ("mallory", 5)]);
        let mut params = world.view(CLASSIC).pool.params;
        assert_eq!((params.fill_delay, params.fill_window), (3, 10));
        (params.fill_delay, params.fill_window) = (delay, window);
        let changed = world.of_pool(CLASSIC);
        world.send(world.propose_instruction(Change::PoolParams(params), &changed)).ok();
        let proposal = world.protocol().next_proposal - 1;
        world.pass_until_ready();
        world.announce_proposal(proposal, &changed);
        let commit = world.commit_instruction("alice", CLASSIC, &[(call, TENTH)]);
        world.send(commit).ok();
        let moment = world.account("alice", CLASSIC).commitment.committed_at + 3;
        for _ in 0..11 {
            world.pass(1);
        }
        world.step_proposal(proposal, &changed).ok();
        let first = world.first_after(BTC, moment).expect("the first price is kept");
        let account = world.account_key("alice", CLASSIC);
        world.send(build::fill_trade(&world.pools[CLASSIC], account, None, None, &[first])).ok();
        assert_eq!(world.view(CLASSIC).held(&account, call), TENTH, "filled as it was committed");
    }
}

/// A loss by seizure scales a stake of one unit to nothing. Its account can be emptied and closed all the same.
#[test]
fn audit_b9_a_stake_that_a_loss_has_taken_keeps_no_account_open() {
    let (mut world, _, _) = scene(&[]);
    let call = world.list(STOCK, ETH, false, 4_000);
    for (who, cash) in [("alice", 100), ("bob", 100), ("keeper", 10)] {
        world.trader(who, STOCK, cash * TOKEN);
    }
    world.trade("bob", STOCK, &[(call, 10)]).ok();
    let (keys, payer) = (world.pools[STOCK], world.chain.payer);
    let (alice, keeper) = (world.account_key("alice", STOCK), world.account_key("keeper", STOCK));
    let terms = evergreen_sdk::evergreen::state::OrderTerms {
        legs: named(&world.view(STOCK).registry, &[(call, 1)]),
        min_net: i64::MIN,
        trigger: Some(Trigger { underlying: 1, above: true, price: 1 }),
        reduce_only: false,
        expires_at: world.chain.now() + 86_400,
        tip: 0,
    };
    let feeds = world.markets();
    world.send(build::place_order(payer, actor("alice"), &keys, alice, 0, terms, &feeds)).ok();
    world.pass(2);
    let feeds = world.markets();
    world.send(build::commit_order(actor("keeper"), &keys, alice, 0, payer, Some(keeper), &feeds)).ok();
    assert_eq!((world.account("alice", STOCK).commitment.stake, world.account("keeper", STOCK).stakes), (1, 1));
    let pool = world.view(STOCK).pool;
    world.seize(STOCK, keys.vault, 102 * TOKEN + pool.pool_cash as u64, Seizure::Burn);
    world.sync(STOCK).ok();
    assert!(world.account("alice", STOCK).commitment.is_staked());
    world.wait_for_fill();
    let moment = world.account("alice", STOCK).commitment.committed_at + 3;
    let first = world.first_after(ETH, moment).unwrap_or(world.feeds[ETH].accounts);
    world.send(build::fill_trade(&keys, alice, Some(keeper), Some((0, payer)), &[first])).ok();
    assert_eq!((world.account("alice", STOCK).commitment.is_open(), world.account("keeper", STOCK).stakes), (false, 0));
    world.withdraw("keeper", STOCK, u64::MAX).ok();
    world.send(build::close_margin_account(actor("keeper"), &keys, keeper)).ok();
}

/// An order of somebody who just holds maintenance is not committed by anybody, because its bond would take them below: nobody commits and
/// liquidates in one transaction. Before, mallory earned 22.9 million units so.
#[test]
fn audit_b5_nobody_is_committed_below_maintenance() {
    let (mut world, _, _) = scene(&[("alice", 900), ("bob", 900), ("mallory", 50)]);
    let [call, hedge] = [100_000, 101_000].map(|strike| world.list_tenor(CLASSIC, BTC, false, strike, 30));
    world.trade("bob", CLASSIC, &[(call, 20 * TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(call, -20 * TENTH)]).ok();
    world.pass(60);
    let number = place(&mut world, "alice", &[(hedge, 20 * TENTH)], |terms| {
        terms.trigger = Some(Trigger { underlying: 0, above: true, price: 104_000 * DOLLAR as u64 });
        terms.tip = 50_000;
    });
    crate::attacks::withdraw_spare(&mut world, "alice", CLASSIC);
    world.pass(60);
    let (keys, payer) = (world.pools[CLASSIC], world.chain.payer);
    let (alice, mallory) = (world.account_key("alice", CLASSIC), world.account_key("mallory", CLASSIC));
    let is_healthy = |world: &World| {
        world.valued(CLASSIC, |view, markets| markets.health(&view.accounts[&alice], HealthLevel::Maintenance)) >= 0
    };
    // The last price at which nobody may liquidate her.
    let (mut low, mut high) = (100_000, 118_000);
    while high - low > 1 {
        let middle = (low + high) / 2;
        let mut fork = world.clone();
        fork.set_price(BTC, middle);
        (low, high) = if is_healthy(&fork) { (middle, high) } else { (low, middle) };
    }
    assert!(low > 104_000, "the order is due at {low}");
    world.set_price(BTC, low);
    let legs = vec![Leg { series: call, points: 20 * TENTH }];
    let commit = build::commit_order(actor("mallory"), &keys, alice, number, payer, Some(mallory), &world.markets());
    let liquidate = build::liquidate(actor("mallory"), &keys, alice, mallory, legs, &world.market(BTC));
    world.refused(liquidate.clone(), EvergreenError::NotLiquidatable);
    assert_error(&world.chain.send(&[commit.clone(), liquidate]), EvergreenError::InsufficientHealth);
    world.refused(commit, EvergreenError::InsufficientHealth);
}
