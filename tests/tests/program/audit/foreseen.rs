//! What is closed after a notice could be foreseen: commitments and orders beside it, and auto-deleveraging.

use super::notices::Scene;
use crate::attacks::equity;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{CancelReason, NoticeCause, Notices},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, ETH, Setup, World, assert_error,
    chain::actor,
    world::{TENTH, TOKEN},
};

#[test]
fn audit_places_a_commitment_from_before_the_moment_is_filled_first() {
    // SETUP: alice commits to another series three seconds before the moment, and its fill needs her cash or her position.
    let mut scene = Scene::new(&[("alice", 100, TENTH / 10)]);
    let (id, other) = (scene.series[0], scene.series[9]);
    let moment = scene.notice();
    scene.pass_to(moment - 1);
    let commit = scene.world.commit_instruction("alice", CLASSIC, &[(id, -TENTH / 10)]);
    scene.world.send(commit).ok();
    scene.pass_to(moment + 1);
    scene.take();

    // TEST: nobody closes her before it is filled, and then it was filled.
    assert_error(&scene.close("alice", moment), EvergreenError::CommitmentOpen);
    scene.world.pass(2);
    assert_error(&scene.close("alice", moment), EvergreenError::CommitmentOpen);
    let fill = scene.world.fill_instruction("alice", CLASSIC);
    let mut filled = scene.clone();
    let done = filled.world.send(fill).ok();
    assert!(done.events().iter().any(|event| matches!(event, Event::CommitmentFilled(_))));
    assert!(filled.world.account("alice", CLASSIC).is_flat());

    // Of a commitment from after the moment she knows what may come: she is closed, and what only closes ends at twice the fee of its trade.
    let mut scene = Scene::new(&[("alice", 100, TENTH / 10)]);
    let moment = scene.notice();
    scene.pass_to(moment + 1);
    let commit = scene.world.commit_instruction("alice", CLASSIC, &[(other, TENTH)]);
    scene.world.send(commit).ok();
    scene.take();
    scene.close("alice", moment).ok();
    // Her bond comes back with the fill, which does not need what was closed.
    scene.world.wait_for_fill();
    scene.world.fill("alice", CLASSIC).ok();
}

#[test]
fn audit_places_a_commitment_is_no_shield_that_costs_less_than_the_rent() {
    // SETUP: mallory's commitment in an option on a feed that has stopped is never filled. She makes it at the last second.
    let mut scene = Scene::new(&[("mallory", 100, TENTH / 10)]);
    let slot = scene.series[63];
    scene.world.send(build::retire_series(&scene.world.pools[CLASSIC], slot)).ok();
    let ether = scene.world.list_tenor(CLASSIC, ETH, false, 4_000, 30);
    assert_eq!(ether.slot, slot.slot);
    let least = scene.committers[0].1[0].1;
    scene.series[63] = ether;
    scene.committers.last_mut().expect("one").1.pop();
    scene.committers.push(("mallory 2".into(), vec![(ether, least)]));
    scene.world.trader("mallory 2", CLASSIC, TOKEN);
    let moment = scene.notice();
    let publish = |scene: &mut Scene, second: i64| {
        scene.world.chain.pass(second - scene.world.chain.now());
        scene.world.edit_price(BTC, |_| {});
    };
    publish(&mut scene, moment);
    let commit = scene.world.commit_instruction("mallory", CLASSIC, &[(ether, least)]);
    scene.world.send(commit).ok();
    publish(&mut scene, moment + 1);
    scene.take();

    // TEST: it holds her for as long as it could be filled, and then she is closed.
    let (keys, account) = (scene.world.pools[CLASSIC], scene.world.account_key("mallory", CLASSIC));
    let feeds = [scene.world.first_after(BTC, moment).expect("the first price")];
    let close = build::close_for_place(actor("keeper"), &keys, account, (scene.series[0], NoticeCause::Slot), &feeds);
    for second in [moment + 1, moment + 13] {
        publish(&mut scene, second);
        scene.world.refused(close.clone(), EvergreenError::CommitmentOpen);
    }
    publish(&mut scene, moment + 14);
    scene.world.send(close).ok();
    assert_eq!(scene.world.view(CLASSIC).held(&account, scene.series[0]), 0);
}

#[test]
fn audit_places_an_order_that_a_stranger_commits_costs_its_owner_nothing_when_he_is_closed() {
    // SETUP: alice has an order that needs what she holds; mallory commits it after the moment, and has her closed.
    let mut scene = Scene::new(&[("alice", 100, TENTH / 10)]);
    let moment = scene.notice();
    scene.world.trader("mallory", CLASSIC, 50 * TOKEN);
    let (keys, payer, alice) =
        (scene.world.pools[CLASSIC], scene.world.chain.payer, scene.world.account_key("alice", CLASSIC));
    let legs = evergreen_tests::trading::named(&scene.world.view(CLASSIC).registry, &[(scene.series[0], -TENTH / 10)]);
    let terms = evergreen_sdk::evergreen::state::OrderTerms {
        legs,
        min_net: 1,
        trigger: None,
        reduce_only: true,
        expires_at: scene.world.chain.now() + 86_400,
        tip: 0,
    };
    let number = scene.world.account("alice", CLASSIC).next_order;
    let place = build::place_order(payer, actor("alice"), &keys, alice, number, terms, &scene.world.markets());
    scene.world.send(place).ok();
    scene.pass_to(moment + 1);
    let by = scene.world.account_key("mallory", CLASSIC);
    let commit = build::commit_order(actor("mallory"), &keys, alice, number, payer, Some(by), &scene.world.market(BTC));
    scene.world.send(commit).ok();
    let worth = equity(&scene.world, "alice");
    scene.take();
    scene.close("alice", moment).ok();

    // TEST
    scene.world.wait_for_fill();
    let fill = build::fill_trade(&keys, alice, Some(by), Some((number, payer)), &scene.world.market(BTC));
    let ended = scene.world.send(fill).ok();
    let (reason, fee, forfeited) = ended.event(|event| match event {
        Event::CommitmentCancelled(e) => Some((e.reason, e.fee, e.forfeited)),
        _ => None,
    });
    assert_eq!(reason, CancelReason::NothingToReduce);
    assert_eq!(fee, forfeited, "the stake pays whatever is paid");
    let change = scene.world.cash("alice", CLASSIC) - worth;
    assert!(change.abs() < 2_000, "{change}");
}

#[test]
fn audit_places_nobody_is_deleveraged_at_an_old_price() {
    // SETUP: mallory has her own written calls deleveraged, to leave without a fee: a friend holds them, and leaves.
    let mut world = World::new(Setup::preset());
    world.round_trip_every = 1_000_000;
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    for who in ["friend", "mallory"] {
        world.trader(who, CLASSIC, 700 * TOKEN);
    }
    let points = 30 * TENTH;
    let start: i64 = ["friend", "mallory"].map(|who| world.cash(who, CLASSIC)).iter().sum();
    world.trade("friend", CLASSIC, &[(call, points)]).ok();
    world.trade("mallory", CLASSIC, &[(call, -points)]).ok();
    world.trade("friend", CLASSIC, &[(call, -points)]).ok();
    let moment = world.give_notice(CLASSIC, call, NoticeCause::Excess);
    world.pass(Notices::PERIOD - 2);
    for sample in world.due_samples() {
        world.send(sample).ok();
    }
    world.set_price(BTC, 99_500);
    let before = world.first_after(BTC, moment - 3).expect("a price from before the moment");
    world.pass(3);
    world.set_price(BTC, 100_000);
    let worth = equity(&world, "mallory");
    world.pass(2);
    world.set_price(BTC, 100_500);

    // TEST: neither the lower price from before nor the higher one from after the first one, whoever would gain by it.
    let (keys, account) = (world.pools[CLASSIC], world.account_key("mallory", CLASSIC));
    for price in [before, world.feeds[BTC].accounts] {
        let close = build::auto_deleverage(actor("mallory"), &keys, account, call, points as u64, &[price]);
        world.refused(close, EvergreenError::PriceNotFirst);
    }
    let feeds = world.markets_after(moment);
    let close = build::auto_deleverage(actor("mallory"), &keys, account, call, points as u64, &feeds);
    // The checks of a world value a pool at the price of now.
    world.chain.send(&[close]).ok();
    let change = world.cash("mallory", CLASSIC) - worth;
    let lost = start - ["friend", "mallory"].map(|who| world.cash(who, CLASSIC)).iter().sum::<i64>();
    println!("deleveraging changes {change} native units; in all they lost {lost}");
    // What is left is the funding of the seconds since the first price.
    assert!(change.abs() < 10_000 && lost > TOKEN as i64, "{change}, {lost}");
}

#[test]
fn audit_places_an_excess_that_is_over_at_the_moment_closes_nobody() {
    let mut world = World::new(Setup::preset());
    world.round_trip_every = 1_000_000;
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    for who in ["mallory", "bob"] {
        world.trader(who, CLASSIC, 200 * TOKEN);
    }
    world.trade("mallory", CLASSIC, &[(call, TENTH / 10)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH / 10)]).ok();
    let notice = world.notice_instruction(CLASSIC, call, NoticeCause::Excess);
    world.refused(notice, EvergreenError::NothingToDeleverage);
    world.trade("mallory", CLASSIC, &[(call, -TENTH / 10)]).ok();
    let moment = world.give_notice(CLASSIC, call, NoticeCause::Excess);
    world.trade("mallory", CLASSIC, &[(call, TENTH / 10)]).ok();
    world.pass(moment + 1 - world.chain.now());
    assert_error(&world.deleverage("bob", CLASSIC, call, TENTH, moment), EvergreenError::NothingToDeleverage);
}
