//! What a delegate, who may trade and never withdraw, takes all the same.

use super::scene::*;
use evergreen_sdk::{
    anchor_lang::solana_program::instruction::Instruction,
    evergreen::{
        OptionLeg, TradeTerms,
        errors::EvergreenError,
        state::{OrderTerms, SeriesId},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// Seconds after a commitment of a delegate's within which, by the presets, they commit no other: its delay, its window and the rest.
const RESTED: i64 = 3 + 10 + 30;

/// A trade of somebody's account that their delegate commits and fills, with the tip for the delegate's own account. Returns whether the delegate's allowance has paid for it.
fn trade_for(world: &mut World, owner: &str, pool: usize, id: SeriesId, points: i64) -> bool {
    // A delegate rests after each trade.
    world.pass(RESTED);
    let (keys, key) = (world.pools[pool], world.account_key(owner, pool));
    let option = world.view(pool).registry.option(id).expect("an option");
    let terms = TradeTerms {
        legs: vec![OptionLeg { option, points }],
        closing: 0,
        min_net: if points > 0 { -(TOKEN as i64) } else { i64::MIN },
    };
    let number = world.account(owner, pool).next_order;
    let committed = world.chain.send(&[build::commit_trade(actor("mallory"), &keys, key, number, terms, &[])]);
    if committed.is(EvergreenError::AllowanceExceeded) {
        return false;
    }
    committed.ok();
    world.wait_for_fill();
    let feeds = world.markets_to_fill(pool, &key);
    let to = world.account_key("mallory", pool);
    let fill = build::fill_trade(&keys, key, Some(to), None, &feeds[..1]);
    for sample in world.due_samples() {
        world.chain.send(&[sample]);
    }
    world.chain.send(&[fill]).ok();
    true
}

/// The tip of a trade goes to whoever fills it, and the delegate does: one point at a time, bought and sold, until their allowance is used up. Returns the series, what the owner has lost, and what the delegate has got.
fn drained(world: &mut World, pool: usize, allowance: u64) -> (SeriesId, u64, u64) {
    world.checked = false;
    for who in ["owner", "mallory"] {
        world.trader(who, pool, if who == "owner" { 100 * TOKEN } else { 0 });
    }
    let call = world.list_tenor(pool, BTC, false, 100_000, 7);
    let key = world.account_key("owner", pool);
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")), allowance)).ok();
    let before = world.cash("owner", pool);
    let mut trades = 0;
    while trade_for(world, "owner", pool, call, if trades % 2 == 0 { 1 } else { -1 }) {
        trades += 1;
    }
    let (lost, got) = (before - world.cash("owner", pool), world.cash("mallory", pool));
    println!("{trades} trades within an allowance of {allowance}: the owner lost {lost}, the delegate got {got}");
    (call, lost as u64, got as u64)
}

#[test]
fn audit_delegates_the_trades_of_a_delegate_cost_what_his_owner_allows() {
    let mut preset = world(1_000, &[]);
    let mut other = World::flat();
    other.replay = None;
    let params = evergreen_sdk::evergreen::state::PoolParams {
        fill_tip: TOKEN / 100,
        min_liquidation_reward: TOKEN / 100,
        ..roomy()
    };
    let pool = other.add_curated_pool("carol", CLASSIC, (false, TOKEN), params);
    other.provide("lp", pool, MAIN, 1_000 * TOKEN).ok();
    for (world, pool, allowance) in [(&mut preset, CLASSIC, TOKEN / 1_000), (&mut other, pool, TOKEN / 10)] {
        let (call, lost, got) = drained(world, pool, allowance);
        assert!(got > 0 && got <= lost && lost <= allowance, "lost {lost}, got {got}, allowance {allowance}");
        // Without an allowance they trade nothing, and the owner trades on.
        let key = world.account_key("owner", pool);
        world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")), 0)).ok();
        assert!(!trade_for(world, "owner", pool, call, 1));
        world.trade("owner", pool, &[(call, TENTH)]).ok();
    }
}

/// While a trade is committed nothing is paid out. A delegate commits one after the other; the owner dismisses them and is out after one window.
#[test]
fn audit_delegates_a_dismissed_delegate_keeps_nobody_in() {
    let mut world = world(1_000, &[("owner", 100)]);
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    let (keys, key) = (world.pools[CLASSIC], world.account_key("owner", CLASSIC));
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")), u64::MAX)).ok();
    let commit = |world: &World, number: u64| {
        let option = world.view(CLASSIC).registry.option(call).expect("an option");
        let terms = TradeTerms { legs: vec![OptionLeg { option, points: TENTH }], closing: 0, min_net: -1 };
        build::commit_trade(actor("mallory"), &keys, key, number, terms, &[])
    };
    let first = commit(&world, world.account("owner", CLASSIC).next_order);
    world.send(first).ok();
    assert!(world.withdraw("owner", CLASSIC, 1).is(EvergreenError::CommitmentOpen));
    // Dismissed while it is committed: the commitment ends, and there is no next one.
    world.send(build::set_delegate(actor("owner"), key, None, 0)).ok();
    world.wait_for_fill();
    world.fill("owner", CLASSIC);
    let next = commit(&world, world.account("owner", CLASSIC).next_order);
    world.refused(next, EvergreenError::Unauthorized);
    let all = world.cash("owner", CLASSIC) as u64;
    world.withdraw("owner", CLASSIC, all).ok();
}

/// What a delegate lets lapse is the main class's whole. They have put ten tokens into insurance, and nobody else any. They commit their client's margin to calls of next to nothing beyond any price, as many as
/// the pool takes, and lets them lapse: the bond is reckoned at the strike.
#[test]
fn audit_delegates_a_delegate_who_insures_lets_no_more_lapse_than_his_owner_allows() {
    let mut setup = evergreen_tests::Setup { pool: roomy(), ..evergreen_tests::Setup::slow() };
    (setup.liquidity, setup.insurance) = (1_000 * TOKEN, 0);
    let mut world = begin_world(setup);
    world.checked = false;
    let insurance = evergreen_sdk::evergreen::state::ShareClass::Insurance;
    world.provide("mallory", CLASSIC, insurance, 10 * TOKEN).ok();
    world.trader("owner", CLASSIC, 300 * TOKEN);
    let far = world.list_tenor(CLASSIC, BTC, false, 128_000, 1);
    let (keys, key) = (world.pools[CLASSIC], world.account_key("owner", CLASSIC));
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")), TOKEN)).ok();
    let option = world.view(CLASSIC).registry.option(far).expect("an option");
    let worth = |world: &World| world.view(CLASSIC).pool.insurance_worth().expect("a worth").0 as i64;
    let (before, start, began) = (world.cash("owner", CLASSIC), worth(&world), world.chain.now());
    let mut lapses = 0;
    while world.chain.now() < began + 3_600 {
        let number = world.account("owner", CLASSIC).next_order;
        let mut points = 60 * TENTH;
        // As many as the pool takes and the allowance pays for.
        while points > TENTH {
            let terms = TradeTerms { legs: vec![OptionLeg { option, points }], closing: 0, min_net: -1 };
            if world.chain.send(&[build::commit_trade(actor("mallory"), &keys, key, number, terms, &[])]).succeeded() {
                break;
            }
            points = points * 9 / 10;
        }
        if points <= TENTH {
            break;
        }
        let moment = world.chain.now() + 3;
        world.pass(4);
        let feed = world.first_after(BTC, moment).expect("the first price");
        world.chain.pass(10);
        for sample in world.due_samples() {
            world.chain.send(&[sample]);
        }
        world.chain.send(&[build::fill_trade(&keys, key, None, None, &[feed])]).ok();
        world.pass(RESTED - 14);
        lapses += 1;
    }
    let (lost, got) = (before - world.cash("owner", CLASSIC), worth(&world) - start);
    println!(
        "{lapses} lapses in {} s: the owner lost {:.2} tokens, the delegate's ten tokens of insurance gained {:.2}",
        world.chain.now() - began,
        tokens(lost),
        tokens(got)
    );
    assert!(lost > 0 && lost <= TOKEN as i64 && got <= 0, "lost {lost}, got {got}");
}

/// A scene with an order of the owner's that only reduces and has a tip of a token, and their delegate. Returns the series, and the number of the order.
fn with_order(allowance: u64) -> (World, SeriesId, u64) {
    let mut world = world(1_000, &[("owner", 100), ("mallory", 0)]);
    world.checked = false;
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    world.trade("owner", CLASSIC, &[(call, TENTH)]).ok();
    let key = world.account_key("owner", CLASSIC);
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")), allowance)).ok();
    let terms = order_of(&world, call, -TENTH, TOKEN);
    let number = place(&mut world, "owner", terms);
    (world, call, number)
}

fn order_of(world: &World, id: SeriesId, points: i64, tip: u64) -> OrderTerms {
    let option = world.view(CLASSIC).registry.option(id).expect("an option");
    OrderTerms {
        legs: vec![OptionLeg { option, points }],
        min_net: if points > 0 { -(TOKEN as i64) * 50 } else { 1 },
        trigger: None,
        expires_at: world.chain.now() + 80 * 86_400,
        tip,
        reduce_only: points < 0,
    }
}

fn place(world: &mut World, by: &str, terms: OrderTerms) -> u64 {
    let (keys, key, number) =
        (world.pools[CLASSIC], world.account_key("owner", CLASSIC), world.account("owner", CLASSIC).next_order);
    let place = build::place_order(world.chain.payer, actor(by), &keys, key, number, terms, &world.markets());
    world.send(place).ok();
    world.pass(1);
    number
}

fn commit(world: &World, by: &str, number: u64, with: Option<&str>) -> Instruction {
    let (keys, key) = (world.pools[CLASSIC], world.account_key("owner", CLASSIC));
    let with = with.map(|who| world.account_key(who, CLASSIC));
    build::commit_order(actor(by), &keys, key, number, world.chain.payer, with, &world.markets())
}

/// A tip that the owner has promised for an order that only reduces: the delegate closes the position, and an account of theirs commits the order, which has nothing left to do. The tip is the owner's.
#[test]
fn audit_delegates_an_order_that_is_made_pointless_pays_nobody() {
    let (mut world, call, number) = with_order(TOKEN);
    assert!(trade_for(&mut world, "owner", CLASSIC, call, -TENTH));
    let before = ["owner", "mallory"].map(|who| world.cash(who, CLASSIC));
    world.send(commit(&world, "mallory", number, Some("mallory"))).ok();
    let after = ["owner", "mallory"].map(|who| world.cash(who, CLASSIC));
    assert_eq!(after, [before[0] + TOKEN as i64, before[1]]);
}

/// What a delegate commits may lapse. An order of their owner's is committed for a stake of their own, as by anybody, and one of their own for their allowance, whoever commits it.
#[test]
fn audit_delegates_orders_that_a_delegate_commits_or_places_are_within_his_means() {
    let (mut world, call, number) = with_order(1_000);
    world.refused(commit(&world, "mallory", number, None), EvergreenError::KeeperAccountMissing);
    world.refused(commit(&world, "mallory", number, Some("mallory")), EvergreenError::InsufficientCash);
    let own = order_of(&world, call, TENTH, 0);
    let own = place(&mut world, "mallory", own);
    world.trader("keeper", CLASSIC, 10 * TOKEN);
    world.refused(commit(&world, "keeper", own, Some("keeper")), EvergreenError::AllowanceExceeded);
    let key = world.account_key("owner", CLASSIC);
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")), TOKEN)).ok();
    world.send(commit(&world, "keeper", own, Some("keeper"))).ok();
    let account = world.account("owner", CLASSIC);
    // The cap of the call is 20 % above its strike, and the fee at it as much more.
    let fee = account.commitment.bond * 6 / 5;
    assert!((TOKEN - account.allowance).abs_diff(fee) <= 1, "{} left, fee {fee}", account.allowance);
}
