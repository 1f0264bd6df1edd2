//! Attacks that try to keep others from being served.

use super::{TENTH, withdraw_spare};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    address,
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{BTC, CLASSIC, DAY, ETH, World, chain::actor, world::TOKEN};

#[test]
fn a63_the_most_of_everything_fits() {
    // SETUP: all 64 series are held, and one account has twelve positions on both underlyings, three of them written.
    let mut world = World::flat();
    let mut series: Vec<SeriesId> = Vec::new();
    for step in 0..16 {
        for put in [false, true] {
            series.push(world.list_tenor(CLASSIC, BTC, put, 92_000 + 1_000 * step, 30));
            series.push(world.list_tenor(CLASSIC, ETH, put, 3_700 + 50 * step, 30));
        }
    }
    for (number, chunk) in series.chunks(12).enumerate() {
        let who = ["ann", "ben", "cid", "dot", "eve", "fay"][number];
        world.trader(who, CLASSIC, 400 * TOKEN);
        for legs in chunk.chunks(4) {
            world.trade(who, CLASSIC, &legs.iter().map(|s| (*s, 1_000_000)).collect::<Vec<_>>()).ok();
        }
    }
    world.trader("max", CLASSIC, 400 * TOKEN);
    for legs in series[..12].chunks(4) {
        let sign = |place: usize| if place == 0 { -1 } else { 1 };
        let legs: Vec<_> = legs.iter().enumerate().map(|(place, s)| (*s, sign(place) * 500_000)).collect();
        world.trade("max", CLASSIC, &legs).ok();
    }

    // TEST: the instructions that read all series or all positions succeed, also with an hour of funding to settle.
    world.pass(3_600);
    let (keys, feeds) = (world.pools[CLASSIC], world.markets());
    let four: Vec<_> = series[..4].iter().map(|s| (*s, 1_000)).collect();
    world.trade("max", CLASSIC, &four).ok();
    world.withdraw("max", CLASSIC, 1).ok();
    world.send(build::refresh_pool(&keys, &feeds)).ok();
    world.provide("vera", CLASSIC, ShareClass::Main, TOKEN).ok();
    let shares = world.shares("vera", CLASSIC, ShareClass::Main);
    let number = world.request("vera", CLASSIC, ShareClass::Main, shares);
    world.pass(DAY);
    world.execute(CLASSIC, ShareClass::Main, number).ok();
    world.trade_refused("max", CLASSIC, &[(series[20], 1_000)], EvergreenError::TooManyPositions);
    // All twelve positions are closed in three transactions of four legs.
    for legs in series[..12].chunks(4) {
        let key = world.account_key("max", CLASSIC);
        let view = world.view(CLASSIC);
        let legs: Vec<_> = legs.iter().map(|s| (*s, -view.held(&key, *s))).collect();
        world.trade("max", CLASSIC, &legs).ok();
    }
}

#[test]
fn a64_a_flood_of_withdrawals_is_served_in_few_transactions() {
    // SETUP: forty withdrawals of one share each, which is worth less than a unit, are queued before vera's.
    let mut world = World::flat();
    world.provide("mallory", CLASSIC, ShareClass::Main, TOKEN).ok();
    world.provide("vera", CLASSIC, ShareClass::Main, TOKEN).ok();
    for _ in 0..40 {
        world.request("mallory", CLASSIC, ShareClass::Main, 1);
    }
    let shares = world.shares("vera", CLASSIC, ShareClass::Main);
    let number = world.request("vera", CLASSIC, ShareClass::Main, shares);
    world.pass(DAY);

    world.pass_to(1);

    // TEST: they are worth nothing, so anyone sends them to the end of the queue, ten in a transaction; each holds mallory's rent.
    let (keys, feeds) = (world.pools[CLASSIC], world.needed(CLASSIC));
    for batch in 0..4 {
        let execute = |n| build::execute_withdrawal(&keys, world.withdrawal(CLASSIC, ShareClass::Main, n), &feeds);
        world.send_all(&(batch * 10..batch * 10 + 10).map(execute).collect::<Vec<_>>()).ok();
    }
    world.execute(CLASSIC, ShareClass::Main, number).ok();
    world.claim("vera", CLASSIC, ShareClass::Main, number).ok();
    assert!(world.wallet("vera", CLASSIC) >= TOKEN - 2);
    assert_eq!(world.view(CLASSIC).withdrawals.len(), 40, "no share is burnt for nothing");
}

#[test]
fn a64_lamports_sent_ahead_do_not_keep_accounts_from_being_made() {
    let mut world = World::flat();
    let keys = world.pools[CLASSIC];
    let ahead: [Pubkey; 2] = [
        address::margin_account(&keys.pool, &actor("alice"), 0),
        world.request_key("lp", CLASSIC, world.next_number("lp")),
    ];
    for key in &ahead {
        world.chain.give_lamports(key, 1_000_000);
    }
    world.trader("alice", CLASSIC, TOKEN);
    world.withdraw("alice", CLASSIC, TOKEN).ok();
    assert_eq!(world.request("lp", CLASSIC, ShareClass::Main, 1_000_000), 0);
    // Lamports sent later do not keep an empty account from being closed.
    world.chain.give_lamports(&ahead[0], 5_000_000);
    world.send(build::close_margin_account(actor("alice"), &keys, ahead[0])).ok();
    world.pass(DAY);
    world.chain.give_lamports(&ahead[1], 5_000_000);
    world.execute(CLASSIC, ShareClass::Main, 0).ok();
    world.claim("lp", CLASSIC, ShareClass::Main, 0).ok();
}

#[test]
fn a65_one_bad_account_in_a_keepers_batch_harms_no_other() {
    // SETUP: bob and carol are below maintenance, dora is not.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 110_000);
    world.trader("alice", CLASSIC, 200 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, 3 * TENTH)]).ok();
    world.trader("keeper", CLASSIC, 0);
    for who in ["bob", "carol", "dora"] {
        world.trader(who, CLASSIC, 20 * TOKEN);
        world.trade(who, CLASSIC, &[(call, -TENTH)]).ok();
        if who != "dora" {
            withdraw_spare(&mut world, who, CLASSIC);
        }
    }
    world.set_price(BTC, 107_000);
    let (keys, feeds, keeper) = (world.pools[CLASSIC], world.markets(), world.account_key("keeper", CLASSIC));
    let close = |world: &World, who| {
        let legs = vec![Leg { series: call, points: TENTH }];
        build::liquidate(actor("keeper"), &keys, world.account_key(who, CLASSIC), keeper, legs, &feeds)
    };

    // TEST: a transaction with dora's account fails as a whole; without it the liquidations succeed.
    let [bob, dora, carol] = ["bob", "dora", "carol"].map(|who| close(&world, who));
    let outcome = world.send_all(&[bob.clone(), dora.clone(), carol.clone()]);
    evergreen_tests::assert_error(&outcome, EvergreenError::NotLiquidatable);
    world.send_all(&[bob, carol]).ok();
    world.refused(dora, EvergreenError::NotLiquidatable);
    // A writer who cannot pay does not delay the settlement of the others.
    world.set_price(BTC, 132_000);
    world.send(build::exercise_series(&keys, call, &world.feeds[BTC].accounts)).ok();
    for who in ["dora", "bob", "carol", "alice"] {
        world.send(build::settle_positions(&keys, world.account_key(who, CLASSIC))).ok();
    }
    assert!(world.view(CLASSIC).series().next().is_none(), "the slot is free");
    world.everybody_leaves();
}
