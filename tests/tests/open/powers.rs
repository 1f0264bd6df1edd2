//! Powers that are lent: a delegate's, a curator's, and that of whoever pays for an order.

use super::scene::*;
use evergreen_sdk::evergreen::errors::EvergreenError;
use evergreen_sdk::{
    evergreen::{
        OptionLeg, TradeTerms,
        state::{OrderTerms, SeriesId},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, World, assert_error,
    chain::actor,
    outcome::Outcome,
    world::{TENTH, TOKEN},
};

fn order(world: &World, id: SeriesId, points: i64, (min_net, tip): (i64, u64)) -> OrderTerms {
    let option = world.view(CLASSIC).registry.option(id).expect("an option");
    OrderTerms {
        legs: vec![OptionLeg { option, points }],
        min_net,
        trigger: None,
        expires_at: world.chain.now() + 80 * 86_400,
        tip,
        reduce_only: points < 0,
    }
}

/// Places an order for an account; `payer` pays its rent.
fn place(world: &mut World, (owner, by, payer): (&str, &str, &str), terms: OrderTerms) -> u64 {
    let (keys, key, number) =
        (world.pools[CLASSIC], world.account_key(owner, CLASSIC), world.account(owner, CLASSIC).next_order);
    let place = build::place_order(actor(payer), actor(by), &keys, key, number, terms, &world.markets());
    world.send(place).ok();
    world.pass(1);
    number
}

fn commit(world: &mut World, owner: &str, (by, payer): (&str, &str), number: u64, with: Option<&str>) -> Outcome {
    let (keys, key) = (world.pools[CLASSIC], world.account_key(owner, CLASSIC));
    let with = with.map(|who| world.account_key(who, CLASSIC));
    let commit = build::commit_order(actor(by), &keys, key, number, actor(payer), with, &world.markets());
    world.send(commit)
}

/// Mallory, a delegate, trades for the owner and fills it herself.
fn trade_for(world: &mut World, id: SeriesId, points: i64) -> Outcome {
    let (keys, key) = (world.pools[CLASSIC], world.account_key("owner", CLASSIC));
    let option = world.view(CLASSIC).registry.option(id).expect("an option");
    let min_net = if points > 0 { -(TOKEN as i64) } else { i64::MIN };
    let terms = TradeTerms { legs: vec![OptionLeg { option, points }], closing: 0, min_net };
    let number = world.account("owner", CLASSIC).next_order;
    let committed = world.send(build::commit_trade(actor("mallory"), &keys, key, number, terms, &[]));
    if !committed.succeeded() {
        return committed;
    }
    world.wait_for_fill();
    fill(world, "owner", Some("mallory"), None)
}

fn fill(world: &mut World, owner: &str, to: Option<&str>, order: Option<(u64, &str)>) -> Outcome {
    let (keys, key) = (world.pools[CLASSIC], world.account_key(owner, CLASSIC));
    let feeds = world.markets_to_fill(CLASSIC, &key);
    let to = to.map(|who| world.account_key(who, CLASSIC));
    let order = order.map(|(number, payer)| (number, actor(payer)));
    world.send(build::fill_trade(&keys, key, to, order, &feeds[..1]))
}

fn delegated(owner: u64, allowance: u64) -> World {
    let mut world = world(1_000, &[("owner", owner), ("mallory", 10), ("puppet", 20)]);
    world.checked = false;
    let key = world.account_key("owner", CLASSIC);
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")), allowance)).ok();
    world
}

/// Mallory commits an order of another key of hers, with her client's account as that of the keeper.
#[test]
fn audit_powers_a_delegate_stakes_nothing_of_his_owners() {
    let mut world = delegated(100, TOKEN);
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    let terms = order(&world, call, TENTH, (-50 * TOKEN as i64, 0));
    let number = place(&mut world, ("puppet", "puppet", "payer"), terms);
    let before = world.cash("owner", CLASSIC);
    let done = commit(&mut world, "puppet", ("mallory", "payer"), number, Some("owner"));
    println!("{:?}, the owner {}", done.failure, world.cash("owner", CLASSIC) - before);
    assert_error(&done, EvergreenError::Unauthorized);
    assert_eq!(world.cash("owner", CLASSIC), before);
    let key = world.account_key("owner", CLASSIC);
    let keys = world.pools[CLASSIC];
    println!("settles for less: {:?}", world.send(build::settle_for_less(actor("mallory"), &keys, key)).failure);
}

/// The owner's order sells for twenty times what their calls are worth, and promises a token. Their delegate sells all but a point of them, and commits the order: what its limit shrinks to is less than a unit.
#[test]
fn audit_powers_a_limit_that_shrinks_stays_one() {
    for (strike, per_mille) in [(120_000, 900), (120_000, 999), (115_000, 900), (110_000, 1_900)] {
        let mut world = delegated(100, TOKEN / 10);
        let call = world.list_tenor(CLASSIC, BTC, false, strike, 7);
        world.trade("owner", CLASSIC, &[(call, TENTH)]).ok();
        let terms = order(&world, call, -TENTH, (TENTH * per_mille / 1_000, TOKEN));
        let number = place(&mut world, ("owner", "owner", "payer"), terms);
        let first = commit(&mut world.clone(), "owner", ("mallory", "payer"), number, Some("mallory"));
        for left in [1, 2, 3] {
            let mut world = world.clone();
            let before = ["owner", "mallory"].map(|who| world.cash(who, CLASSIC));
            trade_for(&mut world, call, -TENTH + left).ok();
            let sold = world.cash("owner", CLASSIC) - before[0];
            let second = commit(&mut world, "owner", ("mallory", "payer"), number, Some("mallory"));
            world.wait_for_fill();
            let filled = fill(&mut world, "owner", Some("mallory"), Some((number, "payer")));
            let after = ["owner", "mallory"].map(|who| world.cash(who, CLASSIC));
            println!(
                "{strike}, {per_mille}: sold for {sold}, first {:?}, {left} left {:?} {:?}: {:?}, mallory {}",
                first.code,
                second.failure,
                second.code,
                filled.failure,
                after[1] - before[1]
            );
            assert_error(&second, EvergreenError::LimitExceeded);
            assert_eq!(after[1] - before[1], 5_000);
        }
    }
}

/// What a delegate lets lapse that only reduces, at a price far above the strike, against what it takes off their allowance.
#[test]
fn audit_powers_a_lapse_costs_what_it_takes_off_the_allowance() {
    let mut worst = 0.0f64;
    for (put, strike, dollars, days) in [
        (false, 82_000, 100_000.0, 2),
        (false, 82_000, 105_000.0, 2),
        (true, 78_000, 100_000.0, 30),
        (true, 85_000, 100_000.0, 30),
        (false, 125_000, 100_000.0, 30),
    ] {
        for lapses in [true, false] {
            let mut world = delegated(400, TOKEN);
            let call = world.list_tenor(CLASSIC, BTC, put, strike, days);
            world.trade("owner", CLASSIC, &[(call, 3 * TENTH)]).ok();
            for i in 1..=10 {
                step(&mut world, 100_000.0 + (dollars - 100_000.0) * f64::from(i) / 10.0);
            }
            let (before, allowance) = (world.cash("owner", CLASSIC), world.account("owner", CLASSIC).allowance);
            let (keys, key) = (world.pools[CLASSIC], world.account_key("owner", CLASSIC));
            let option = world.view(CLASSIC).registry.option(call).expect("an option");
            let terms =
                TradeTerms { legs: vec![OptionLeg { option, points: -3 * TENTH }], closing: 0, min_net: i64::MIN };
            let number = world.account("owner", CLASSIC).next_order;
            world.send(build::commit_trade(actor("mallory"), &keys, key, number, terms, &[])).ok();
            let taken = allowance - world.account("owner", CLASSIC).allowance;
            let moment = world.chain.now() + 3;
            world.pass(4);
            let feed = world.first_after(BTC, moment).expect("the first price");
            if lapses {
                world.chain.pass(10);
            }
            for sample in world.due_samples() {
                world.chain.send(&[sample]);
            }
            let done = world.chain.send(&[build::fill_trade(&keys, key, None, None, &[feed])]).ok();
            let fee: Vec<String> = done.events().iter().map(|e| format!("{e:?}")).collect();
            let cost = before - world.cash("owner", CLASSIC);
            println!("put {put} {strike} at {dollars}, lapses {lapses}: cost {cost}, off the allowance {taken}");
            if lapses {
                worst = worst.max(cost as f64 / taken as f64);
            } else {
                println!("   {}", fee.join("; "));
            }
        }
    }
    println!("at worst {worst:.2} times as much");
    assert!(worst <= 1.0);
}

/// Who pays for an order gets its rent back. Their key becomes a program.
#[test]
fn audit_powers_a_payer_who_becomes_a_program_keeps_nobody_in() {
    let mut world = delegated(100, TOKEN);
    world.trader("keeper", CLASSIC, 10 * TOKEN);
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    world.chain.give_lamports(&actor("mallory"), 1_000_000_000);
    let terms = order(&world, call, TENTH, (-50 * TOKEN as i64, 0));
    let number = place(&mut world, ("owner", "mallory", "mallory"), terms.clone());
    let second = place(&mut world, ("owner", "mallory", "mallory"), terms);
    world.chain.deploy(actor("mallory"), "evergreen_hook");
    println!("commits: {:?}", commit(&mut world, "owner", ("keeper", "mallory"), number, Some("keeper")).failure);
    world.wait_for_fill();
    let filled = fill(&mut world, "owner", Some("keeper"), Some((number, "mallory")));
    println!("fills: {:?}", filled.failure);
    let (keys, key) = (world.pools[CLASSIC], world.account_key("owner", CLASSIC));
    let cancel = world.send(build::cancel_order(actor("owner"), &keys, key, second, actor("mallory")));
    println!("cancels: {:?}", cancel.failure);
    world.pass(60);
    println!("later: {:?}", fill(&mut world, "owner", Some("keeper"), Some((number, "mallory"))).failure);
    println!("withdraws: {:?}", world.withdraw("owner", CLASSIC, TOKEN).failure);
    assert!(!world.account("owner", CLASSIC).commitment.is_open() && cancel.succeeded());
}

/// A delegate promises no tip; a fill names the order that it comes from and no other.
#[test]
fn audit_powers_orders_are_not_confused() {
    let mut world = delegated(100, TOKEN);
    world.trader("keeper", CLASSIC, 10 * TOKEN);
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    let (keys, key) = (world.pools[CLASSIC], world.account_key("owner", CLASSIC));
    let number = world.account("owner", CLASSIC).next_order;
    let tipped = order(&world, call, TENTH, (-50 * TOKEN as i64, 1));
    let sent =
        world.send(build::place_order(actor("payer"), actor("mallory"), &keys, key, number, tipped, &world.markets()));
    println!("a tip of a delegate's: {:?}", sent.failure);
    assert_error(&sent, EvergreenError::TipByDelegate);
    let terms = order(&world, call, TENTH, (-50 * TOKEN as i64, 0));
    let first = place(&mut world, ("owner", "mallory", "payer"), terms);
    let terms = order(&world, call, TENTH, (-50 * TOKEN as i64, TOKEN));
    let second = place(&mut world, ("owner", "owner", "payer"), terms);
    commit(&mut world, "owner", ("keeper", "payer"), first, Some("keeper")).ok();
    world.wait_for_fill();
    for named in [None, Some((second, "payer"))] {
        let done = fill(&mut world, "owner", Some("mallory"), named);
        println!("filled with {named:?}: {:?}", done.failure);
        assert_error(&done, EvergreenError::OrderMissing);
    }
    fill(&mut world, "owner", Some("keeper"), Some((first, "payer"))).ok();
    // The delegate is replaced: what they have placed is over.
    let terms = order(&world, call, TENTH, (-50 * TOKEN as i64, 0));
    let third = place(&mut world, ("owner", "mallory", "payer"), terms);
    world.send(build::set_delegate(actor("owner"), key, Some(actor("puppet")), TOKEN)).ok();
    let before = world.cash("owner", CLASSIC);
    let done = commit(&mut world, "owner", ("keeper", "payer"), third, Some("keeper"));
    println!("{:?}; the owner {}", done.failure, world.cash("owner", CLASSIC) - before);
    assert!(!world.account("owner", CLASSIC).commitment.is_open());
    assert_eq!(world.account("owner", CLASSIC).allowance, TOKEN);
}

/// A keeper has a stake on an order that a delegate has placed; the owner dismisses the delegate before it is filled. What is committed stays as it was.
#[test]
fn audit_powers_a_dismissal_costs_no_keeper_his_stake() {
    let mut world = delegated(100, TOKEN);
    world.trader("keeper", CLASSIC, 10 * TOKEN);
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    let terms = order(&world, call, TENTH, (-50 * TOKEN as i64, 0));
    let number = place(&mut world, ("owner", "mallory", "payer"), terms);
    let before = world.cash("keeper", CLASSIC);
    commit(&mut world, "owner", ("keeper", "payer"), number, Some("keeper")).ok();
    let key = world.account_key("owner", CLASSIC);
    world.send(build::set_delegate(actor("owner"), key, None, 0)).ok();
    world.wait_for_fill();
    let filled = fill(&mut world, "owner", Some("keeper"), Some((number, "payer"))).ok();
    let held = world.view(CLASSIC).held(&key, call);
    println!("{held} held, the keeper {}", world.cash("keeper", CLASSIC) - before);
    assert!(held == TENTH && world.cash("keeper", CLASSIC) == before, "{:?}", filled.events());
}

/// A delegate's allowance is one for all that they do: an order of theirs that waits on is taken off anew each time that somebody commits it, and never beyond it.
#[test]
fn audit_powers_an_order_that_waits_on_costs_no_more_than_the_allowance() {
    let mut world = delegated(100, TOKEN / 10);
    world.trader("keeper", CLASSIC, 10 * TOKEN);
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    let key = world.account_key("owner", CLASSIC);
    // The limit is just below the quote.
    let mut fork = world.clone();
    let had = fork.cash("owner", CLASSIC);
    fork.trade("owner", CLASSIC, &[(call, TENTH)]).ok();
    let price_of = had - fork.cash("owner", CLASSIC);
    let terms = order(&world, call, TENTH, (-price_of - 100_000, 0));
    let number = place(&mut world, ("owner", "mallory", "payer"), terms);
    let before = ["owner", "keeper"].map(|who| world.cash(who, CLASSIC));
    for round in 0..20 {
        let done = commit(&mut world, "owner", ("keeper", "payer"), number, Some("keeper"));
        if !done.succeeded() {
            println!("{round}: {:?}, allowance {}", done.failure, world.account("owner", CLASSIC).allowance);
            break;
        }
        price(&mut world, 100_100.0);
        world.wait_for_fill();
        fill(&mut world, "owner", Some("keeper"), Some((number, "payer"))).ok();
        price(&mut world, 100_000.0);
        world.pass(40);
    }
    let after = ["owner", "keeper"].map(|who| world.cash(who, CLASSIC));
    println!("the owner {}, the keeper {}", after[0] - before[0], after[1] - before[1]);
    assert!(world.view(CLASSIC).held(&key, call) == 0 && after[0] == before[0]);
}
