//! Orders that guard an account, and a delegate who is paid where they do not.

use super::{hedges::liquidate_all, scene::*};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::{
        OptionLeg, TradeTerms,
        errors::EvergreenError,
        state::{OrderTerms, PoolParams, Trigger},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World,
    chain::actor,
    trading,
    world::{DOLLAR, TENTH, TOKEN},
};

/// The owner has written calls on 0.3 BTC beside twenty tokens, and placed an order with a tip that buys them back once BTC has risen by 4 %. Their delegate has no allowance; `cancels` says whether they cancel that order. A keeper commits and fills it where it is there.
/// BTC rises by 12 %. Returns what the delegate is paid.
fn unguarded(cancels: bool, pool: PoolParams) -> i64 {
    let setup = Setup { pool, liquidity: 1_000 * TOKEN, ..Setup::slow() };
    let mut world = begin_world(setup);
    world.checked = false;
    for (who, cash) in [("holly", 900), ("owner", 22), ("mallory", 1), ("keeper", 50)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    let (keys, key) = (world.pools[CLASSIC], world.account_key("owner", CLASSIC));
    let [to, keeper] = ["mallory", "keeper"].map(|who| world.account_key(who, CLASSIC));
    world.trade("holly", CLASSIC, &[(call, 7 * TENTH)]).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("owner", CLASSIC, &[(call, -3 * TENTH)]).ok();
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")), 0)).ok();
    let terms = OrderTerms {
        legs: trading::named(&world.view(CLASSIC).registry, &[(call, 3 * TENTH)]),
        min_net: i64::MIN,
        trigger: Some(Trigger { underlying: 0, above: true, price: 104_000 * DOLLAR as u64 }),
        expires_at: world.chain.now() + 80 * 86_400,
        tip: TOKEN / 100,
        reduce_only: true,
    };
    let (number, payer) = (world.account("owner", CLASSIC).next_order, world.chain.payer);
    world.send(build::place_order(payer, actor("owner"), &keys, key, number, terms, &world.markets())).ok();
    let had = world.cash("mallory", CLASSIC);
    if cancels {
        world.refused(build::cancel_order(actor("mallory"), &keys, key, number, payer), EvergreenError::Unauthorized);
    }
    let mut fate = Vec::new();
    for dollars in [102_000.0, 104_100.0, 106_000.0, 108_000.0, 110_000.0, 112_000.0] {
        step(&mut world, dollars);
        let commit = build::commit_order(actor("keeper"), &keys, key, number, payer, Some(keeper), &world.market(BTC));
        if world.send(commit).succeeded() {
            world.wait_for_fill();
            let feeds = world.markets_to_fill(CLASSIC, &key);
            let fill = build::fill_trade(&keys, key, Some(keeper), Some((number, payer)), &feeds[..1]);
            fate.push(format!("at {dollars} filled: {:?}", trading::as_trade(world.send(fill)).failure));
        }
        if world.view(CLASSIC).held(&key, call) != 0 && liquidate_all(&mut world, call, key, to).is_none() {
            fate.push(format!("at {dollars} liquidated"));
        }
    }
    let got = world.cash("mallory", CLASSIC) - had;
    println!(
        "cancels {cancels}: the delegate got {got}, the owner's equity {:.3}, of an allowance of nothing; {fate:?}",
        equity(&world, "owner")
    );
    got
}

/// A delegate without an allowance is paid nothing by the account that they trade for, also not because they have cancelled what guards it.
#[test]
fn audit_guards_no_delegate_cancels_what_guards_their_client() {
    let dear = PoolParams { penalty_bps: 200, penalty_equity_cap_bps: 2_500, liquidator_bps: 7_500, ..roomy() };
    let mut worst = 0;
    for pool in [roomy(), dear] {
        assert_eq!(unguarded(false, pool), 0);
        worst = worst.max(unguarded(true, pool));
    }
    assert_eq!(worst, 0, "a delegate without an allowance was paid by their client's liquidation");
}

/// The owner has written calls on 0.3 BTC beside 22 tokens, and placed an order that buys them back once BTC has risen by 4 %. Their delegate, `busy` or not, commits trades of one point, each as soon as they may, while BTC rises by 2 % a minute: an account with a
/// commitment takes no other. A keeper comes second every four seconds, fills what is committed and commits the order. Returns what the delegate is paid, what was taken off their allowance, and whether the order was filled.
fn kept_busy(busy: bool, pool: PoolParams) -> (i64, u64, bool) {
    let setup = Setup { pool, liquidity: 1_000 * TOKEN, ..Setup::slow() };
    let mut world = begin_world(setup);
    world.checked = false;
    for (who, cash) in [("holly", 900), ("owner", 22), ("mallory", 1), ("keeper", 50)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    let (keys, key) = (world.pools[CLASSIC], world.account_key("owner", CLASSIC));
    let [to, keeper] = ["mallory", "keeper"].map(|who| world.account_key(who, CLASSIC));
    world.trade("holly", CLASSIC, &[(call, 7 * TENTH)]).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("owner", CLASSIC, &[(call, -3 * TENTH)]).ok();
    let allowance = 10 * TOKEN;
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")), allowance)).ok();
    let terms = OrderTerms {
        legs: trading::named(&world.view(CLASSIC).registry, &[(call, 3 * TENTH)]),
        min_net: i64::MIN,
        trigger: Some(Trigger { underlying: 0, above: true, price: 104_000 * DOLLAR as u64 }),
        expires_at: world.chain.now() + 80 * 86_400,
        tip: TOKEN / 100,
        reduce_only: true,
    };
    let (number, payer) = (world.account("owner", CLASSIC).next_order, world.chain.payer);
    world.send(build::place_order(payer, actor("owner"), &keys, key, number, terms, &world.markets())).ok();
    world.pass(1);
    let had = world.cash("mallory", CLASSIC);
    let option = world.view(CLASSIC).registry.option(call).expect("an option");
    let commit = |world: &World| {
        let terms = TradeTerms { legs: vec![OptionLeg { option, points: 1 }], closing: 0, min_net: i64::MIN };
        let number = world.account("owner", CLASSIC).next_order;
        build::commit_trade(actor("mallory"), &keys, key, number, terms, &[])
    };
    let (mut fate, mut times) = (std::collections::BTreeMap::<String, u32>::new(), 0);
    for second in (4..420).step_by(4) {
        world.wait_for_fill();
        price(&mut world, 100_000.0 * (1.0 + f64::from(second.min(360)) * 0.02 / 60.0));
        for sample in world.due_samples() {
            world.send(sample);
        }
        let fill = |world: &World, to: Pubkey, order: Option<(u64, Pubkey)>| {
            let feeds = world.markets_to_fill(CLASSIC, &key);
            build::fill_trade(&keys, key, Some(to), order, &feeds[..1])
        };
        let is_open = |world: &World| world.account("owner", CLASSIC).commitment.is_open();
        if busy {
            let next = commit(&world);
            let both = if is_open(&world) { vec![fill(&world, to, None), next] } else { vec![next] };
            times += u32::from(world.send_all(&both).succeeded());
        }
        let order = build::commit_order(actor("keeper"), &keys, key, number, payer, Some(keeper), &world.market(BTC));
        if is_open(&world) {
            let fill = fill(&world, keeper, None);
            world.send(fill);
        }
        let done = world.send(order);
        if done.succeeded() {
            world.wait_for_fill();
            let filled = fill(&world, keeper, Some((number, payer)));
            *fate.entry(format!("filled: {:?}", trading::as_trade(world.send(filled)).failure)).or_default() += 1;
        } else {
            *fate.entry(format!("not committed: {:?}", done.code)).or_default() += 1;
        }
        if world.view(CLASSIC).held(&key, call) < 0 && liquidate_all(&mut world, call, key, to).is_none() {
            *fate.entry("liquidated".into()).or_default() += 1;
        }
    }
    let got = world.cash("mallory", CLASSIC) - had;
    let taken = allowance - world.account("owner", CLASSIC).allowance;
    println!(
        "busy {busy}, {times} times: the delegate got {got}, off the allowance {taken}, the owner's equity {:.3}; {fate:?}",
        equity(&world, "owner")
    );
    (got, taken, fate.contains_key("filled: None") && !fate.contains_key("liquidated"))
}

/// A delegate who keeps an account busy rests after each trade, so that what guards it is committed all the same, also by who comes second each time. Before, the order could not be committed for seven minutes, and for 105 units off
/// their allowance they were paid 0.036 tokens by the liquidation, 0.30 with the largest penalty of a curated pool.
#[test]
fn audit_guards_a_busy_delegate_keeps_out_no_order_that_guards_their_client() {
    let dear = PoolParams { penalty_bps: 200, penalty_equity_cap_bps: 2_500, liquidator_bps: 7_500, ..roomy() };
    for pool in [roomy(), dear] {
        assert!(kept_busy(false, pool).2);
        let (got, taken, is_guarded) = kept_busy(true, pool);
        assert!(is_guarded && got <= taken as i64, "a delegate was paid {got} for {taken} off their allowance");
    }
}

/// While a delegate rests they commit nothing, nor does anybody an order of theirs; the owner trades, and what they have placed is committed.
#[test]
fn audit_guards_while_a_delegate_rests_the_owner_trades() {
    let mut world = world(1_000, &[("owner", 100), ("keeper", 50)]);
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    let (keys, key, payer) = (world.pools[CLASSIC], world.account_key("owner", CLASSIC), world.chain.payer);
    let keeper = world.account_key("keeper", CLASSIC);
    world.send(build::set_delegate(actor("owner"), key, Some(actor("dan")), 10 * TOKEN)).ok();
    let option = world.view(CLASSIC).registry.option(call).expect("an option");
    let least = -(20 * TOKEN as i64);
    let terms = TradeTerms { legs: vec![OptionLeg { option, points: TENTH }], closing: 0, min_net: least };
    let commit = |world: &World| {
        let number = world.account("owner", CLASSIC).next_order;
        build::commit_trade(actor("dan"), &keys, key, number, terms.clone(), &[])
    };
    let order_by = |world: &mut World, by: &str| {
        let terms = OrderTerms {
            legs: terms.legs.clone(),
            min_net: least,
            trigger: None,
            expires_at: world.chain.now() + 86_400,
            tip: 0,
            reduce_only: false,
        };
        let number = world.account("owner", CLASSIC).next_order;
        world.send(build::place_order(payer, actor(by), &keys, key, number, terms, &world.markets())).ok();
        number
    };
    let commit_order = |world: &World, number| {
        build::commit_order(actor("keeper"), &keys, key, number, payer, Some(keeper), &world.market(BTC))
    };
    let [of_dan, of_owner] = ["dan", "owner"].map(|by| order_by(&mut world, by));
    world.pass(1);
    let (first, start) = (commit(&world), world.chain.now());
    world.send(first).ok();
    world.wait_for_fill();
    world.fill("owner", CLASSIC).ok();
    let again = commit(&world);
    world.refused(again, EvergreenError::DelegateRests);
    let waiting = commit_order(&world, of_dan);
    world.refused(waiting, EvergreenError::DelegateRests);
    let of_owners = commit_order(&world, of_owner);
    world.send(of_owners).ok();
    world.wait_for_fill();
    let feeds = world.markets_to_fill(CLASSIC, &key);
    world.send(build::fill_trade(&keys, key, Some(keeper), Some((of_owner, payer)), &feeds[..1])).ok();
    world.trade("owner", CLASSIC, &[(call, -TENTH)]).ok();
    // The delay and the window of fills, and half a minute.
    world.pass(start + 42 - world.chain.now());
    let again = commit(&world);
    world.refused(again, EvergreenError::DelegateRests);
    world.pass(1);
    let waiting = commit_order(&world, of_dan);
    world.send(waiting).ok();
}
