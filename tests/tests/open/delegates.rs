//! What a delegate, who may trade and never withdraw, takes all the same.

use super::scene::*;
use evergreen_sdk::{
    evergreen::{OptionLeg, TradeTerms, errors::EvergreenError},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// A trade of somebody's account that his delegate commits and fills, with the tip for the delegate's own account.
fn trade_for(world: &mut World, owner: &str, pool: usize, id: evergreen_sdk::evergreen::state::SeriesId, points: i64) {
    let (keys, key) = (world.pools[pool], world.account_key(owner, pool));
    let option = world.view(pool).registry.option(id).expect("an option");
    let terms = TradeTerms {
        legs: vec![OptionLeg { option, points }],
        closing: 0,
        min_net: if points > 0 { -(TOKEN as i64) } else { i64::MIN },
    };
    let number = world.account(owner, pool).next_order;
    world.chain.send(&[build::commit_trade(actor("mallory"), &keys, key, number, terms, &[])]).ok();
    world.wait_for_fill();
    let feeds = world.markets_to_fill(pool, &key);
    let to = world.account_key("mallory", pool);
    let fill = build::fill_trade(&keys, key, Some(to), None, &feeds[..1]);
    for sample in world.due_samples() {
        world.chain.send(&[sample]);
    }
    world.chain.send(&[fill]).ok();
}

/// The tip of a trade goes to whoever fills it, and the delegate does: one point at a time, bought and sold.
fn drained(world: &mut World, pool: usize, rounds: u32) -> (i64, i64, i64) {
    world.checked = false;
    for who in ["owner", "mallory"] {
        world.trader(who, pool, if who == "owner" { 100 * TOKEN } else { 0 });
    }
    let call = world.list_tenor(pool, BTC, false, 100_000, 7);
    let key = world.account_key("owner", pool);
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")))).ok();
    let (before, start) = (world.cash("owner", pool), world.chain.now());
    for _ in 0..rounds {
        trade_for(world, "owner", pool, call, 1);
        trade_for(world, "owner", pool, call, -1);
    }
    (before - world.cash("owner", pool), world.cash("mallory", pool), world.chain.now() - start)
}

#[test]
#[ignore = "open"]
fn found_a_delegate_withdraws_by_the_tips_of_trades_of_one_point() {
    let mut preset = world(1_000, &[]);
    let (lost, got, seconds) = drained(&mut preset, CLASSIC, 20);
    let day = |got: i64, seconds: i64| tokens(got) * 86_400.0 / seconds as f64;
    println!(
        "presets: the owner lost {lost}, the delegate got {got} native units in {seconds} s, {:.3} tokens a day",
        day(got, seconds)
    );
    let mut other = World::flat();
    other.replay = None;
    let params = evergreen_sdk::evergreen::state::PoolParams {
        fill_tip: TOKEN / 100,
        min_liquidation_reward: TOKEN / 100,
        ..evergreen_sdk::presets::pool_params()
    };
    let pool = other.add_curated_pool("carol", CLASSIC, (false, TOKEN), params);
    other.provide("lp", pool, MAIN, 1_000 * TOKEN).ok();
    let (lost, most, seconds) = drained(&mut other, pool, 20);
    println!(
        "largest tip: the owner lost {lost}, the delegate got {most} in {seconds} s, {:.1} tokens a day",
        day(most, seconds)
    );
    assert_eq!((got, most), (0, 0), "a delegate may not withdraw");
}

/// While a trade is committed nothing is paid out. A delegate commits one after the other; the owner dismisses him and is out after one window.
#[test]
fn audit_delegates_a_dismissed_delegate_keeps_nobody_in() {
    let mut world = world(1_000, &[("owner", 100)]);
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    let (keys, key) = (world.pools[CLASSIC], world.account_key("owner", CLASSIC));
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")))).ok();
    let commit = |world: &World, number: u64| {
        let option = world.view(CLASSIC).registry.option(call).expect("an option");
        let terms = TradeTerms { legs: vec![OptionLeg { option, points: TENTH }], closing: 0, min_net: -1 };
        build::commit_trade(actor("mallory"), &keys, key, number, terms, &[])
    };
    let first = commit(&world, world.account("owner", CLASSIC).next_order);
    world.send(first).ok();
    assert!(world.withdraw("owner", CLASSIC, 1).is(EvergreenError::CommitmentOpen));
    // Dismissed while it is committed: the commitment ends, and there is no next one.
    world.send(build::set_delegate(actor("owner"), key, None)).ok();
    world.wait_for_fill();
    world.fill("owner", CLASSIC);
    let next = commit(&world, world.account("owner", CLASSIC).next_order);
    world.refused(next, EvergreenError::Unauthorized);
    let all = world.cash("owner", CLASSIC) as u64;
    world.withdraw("owner", CLASSIC, all).ok();
}

/// What a delegate lets lapse is a fee, and a fourth of it is insurance's. He has put ten tokens into that, and nobody else any. He commits his client's margin to calls of next to nothing beyond any price, as many as
/// the pool takes, and lets them lapse: the bond is reckoned at the strike.
#[test]
#[ignore = "open"]
fn found_a_delegate_who_insures_is_paid_what_he_lets_lapse() {
    let mut setup =
        evergreen_tests::Setup { pool: evergreen_sdk::presets::pool_params(), ..evergreen_tests::Setup::slow() };
    (setup.liquidity, setup.insurance) = (1_000 * TOKEN, 0);
    let mut world = World::new(setup);
    (world.round_trip_every, world.replay, world.checked) = (u32::MAX, None, false);
    world.pass(HALF_HOUR);
    let insurance = evergreen_sdk::evergreen::state::ShareClass::Insurance;
    world.provide("mallory", CLASSIC, insurance, 10 * TOKEN).ok();
    world.trader("owner", CLASSIC, 300 * TOKEN);
    let far = world.list_tenor(CLASSIC, BTC, false, 128_000, 1);
    let (keys, key) = (world.pools[CLASSIC], world.account_key("owner", CLASSIC));
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")))).ok();
    let option = world.view(CLASSIC).registry.option(far).expect("an option");
    let worth = |world: &World| world.view(CLASSIC).pool.insurance_worth().expect("a worth").0 as i64;
    let (before, start, began) = (world.cash("owner", CLASSIC), worth(&world), world.chain.now());
    let mut lapses = 0;
    while world.chain.now() < began + 3_600 {
        let number = world.account("owner", CLASSIC).next_order;
        let mut points = 60 * TENTH;
        // As many as the pool takes.
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
        world.pass(1);
        lapses += 1;
    }
    let (lost, got) = (before - world.cash("owner", CLASSIC), worth(&world) - start);
    println!(
        "{lapses} lapses in {} s: the owner lost {:.2} tokens, the delegate's ten tokens of insurance gained {:.2}",
        world.chain.now() - began,
        tokens(lost),
        tokens(got)
    );
    assert!(got == 0, "a delegate, who may not withdraw, has {:.2} tokens of his client's", tokens(got));
}

/// A tip that the owner has promised for an order that only reduces: the delegate closes the position, and commits the order. It has nothing left to do, and its tip is the keeper's: an account of the delegate.
#[test]
#[ignore = "open"]
fn found_a_delegate_is_paid_the_tip_of_an_order_that_he_has_made_pointless() {
    let mut world = world(1_000, &[("owner", 100), ("mallory", 0)]);
    world.checked = false;
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    world.trade("owner", CLASSIC, &[(call, TENTH)]).ok();
    let (keys, key) = (world.pools[CLASSIC], world.account_key("owner", CLASSIC));
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")))).ok();
    let number = world.account("owner", CLASSIC).next_order;
    let option = world.view(CLASSIC).registry.option(call).expect("an option");
    let terms = evergreen_sdk::evergreen::state::OrderTerms {
        legs: vec![OptionLeg { option, points: -TENTH }],
        min_net: 1,
        trigger: None,
        expires_at: world.chain.now() + 80 * 86_400,
        tip: TOKEN,
        reduce_only: true,
    };
    let place = build::place_order(world.chain.payer, actor("owner"), &keys, key, number, terms, &world.markets());
    world.send(place).ok();
    trade_for(&mut world, "owner", CLASSIC, call, -TENTH);
    let before = world.cash("mallory", CLASSIC);
    let payer = world.chain.payer;
    let to = Some(world.account_key("mallory", CLASSIC));
    let commit = build::commit_order(actor("mallory"), &keys, key, number, payer, to, &world.markets());
    let done = world.chain.send(&[commit]);
    let got = world.cash("mallory", CLASSIC) - before;
    println!("{:?}: the delegate got {:.3} tokens", done.failure, tokens(got));
    assert_eq!(got, 0, "a delegate may not withdraw");
}
