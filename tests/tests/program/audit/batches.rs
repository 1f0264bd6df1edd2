//! Withdrawals that follow each other are executed at one valuation, each as if by itself: many of next to nothing before somebody's hold them up for less. Before, five executions of a
//! registry of dear series filled a transaction.

use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::{
        errors::EvergreenError,
        state::{LiquidityRequest, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, Outcome, World, assert_error,
    chain::actor,
    world::{TENTH, TOKEN},
};

const MAIN: ShareClass = ShareClass::Main;

/// Requests so many of somebody's shares in a class for at least `least`, native units.
fn request(world: &mut World, who: &str, class: ShareClass, shares: u64, least: u64) -> Pubkey {
    world.chain.give_lamports(&actor(who), 10_000_000_000);
    let (keys, id) = (world.pools[CLASSIC], world.next_number(who));
    let number = world.view(CLASSIC).pool.shares(class).next_withdrawal;
    world.send(build::request_withdrawal(actor(who), &keys, class, id, shares, least)).ok();
    world.withdrawal(CLASSIC, class, number)
}

/// Executes the withdrawals that are first, one after the other or all at once.
fn execute(world: &mut World, class: ShareClass, queue: &[Pubkey], at_once: bool) -> Vec<Outcome> {
    let (keys, minute) = (world.pools[CLASSIC], LiquidityRequest::grid_time(world.chain.now()));
    let feeds = world.minute_markets(CLASSIC, class, minute);
    if at_once {
        let all = build::execute_withdrawals(&keys, (queue[0], &queue[1..]), &feeds);
        return vec![world.send(all)];
    }
    let one = |key: &Pubkey| world.send(build::execute_withdrawal(&keys, *key, &feeds));
    queue.iter().map(one).collect()
}

/// What is stored of the pool, its registry and these requests.
fn stored(world: &World, queue: &[Pubkey]) -> Vec<Vec<u8>> {
    let keys = world.pools[CLASSIC];
    [keys.pool, keys.registry].iter().chain(queue).map(|key| world.chain.data(key)).collect()
}

/// A pool of 1,000 tokens with options, of which vera and mallory have a tenth each.
fn pool() -> World {
    let mut world = World::flat();
    for who in ["vera", "mallory"] {
        world.provide(who, CLASSIC, MAIN, 100 * TOKEN).ok();
    }
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 200 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, 40 * TENTH)]).ok();
    world
}

#[test]
fn audit_batches_many_withdrawals_are_executed_as_one_after_the_other() {
    // SETUP: crumbs, one that is cancelled, one whose least amount is not met, and vera behind them.
    let mut world = pool();
    let mut queue = Vec::new();
    for crumbs in 1..=6 {
        queue.push(request(&mut world, "mallory", MAIN, 1_000 * crumbs, 1));
    }
    let keys = world.pools[CLASSIC];
    world.send(build::cancel_withdrawal(actor("mallory"), &keys, MAIN, queue[2])).ok();
    queue.insert(4, request(&mut world, "mallory", MAIN, TOKEN, u64::MAX));
    queue.swap(4, 6);
    let half = world.shares("vera", CLASSIC, MAIN) / 2;
    queue.push(request(&mut world, "vera", MAIN, half, 1));
    queue.sort_by_key(|key| evergreen_sdk::accounts::request(&world.chain.data(key)).expect("a request").number);
    world.pass(DAY + 60);
    world.pass_to_grid(CLASSIC);

    // TEST: all at once leaves the same as one after the other, to the byte.
    let mut apart = world.clone();
    let one_by_one = execute(&mut apart, MAIN, &queue, false);
    let failed = one_by_one.iter().find(|outcome| !outcome.succeeded());
    assert!(failed.is_none(), "{:?}", failed.map(|outcome| &outcome.logs));
    let at_once = execute(&mut world, MAIN, &queue, true).remove(0).ok();
    assert!(stored(&world, &queue) == stored(&apart, &queue));
    let pool = world.view(CLASSIC).pool;
    assert!(pool.withdrawals_due > 49 * TOKEN);
    let units: u64 = one_by_one.iter().map(Outcome::units).sum();
    println!("{} withdrawals take {} units at once, {units} one by one", queue.len(), at_once.units());
}

#[test]
fn audit_batches_what_follows_waits_where_it_has_to() {
    // SETUP: the second one is cooling down, and a third has not even that behind it.
    let mut world = pool();
    let first = request(&mut world, "mallory", MAIN, 1_000, 1);
    world.pass(DAY / 2);
    let second = request(&mut world, "mallory", MAIN, 1_000, 1);
    world.pass(DAY / 2 + 60);
    world.pass_to_grid(CLASSIC);

    // TEST: the first one is executed, the second waits; nobody puts another one before it, or one twice.
    let mut fork = world.clone();
    execute(&mut fork, MAIN, &[first, second], true).remove(0).ok();
    let ledger = fork.view(CLASSIC).pool.main;
    assert_eq!(ledger.next_withdrawal - ledger.first_withdrawal, 1);
    fork.pass(DAY / 2 + 60);
    fork.pass_to_grid(CLASSIC);
    execute(&mut fork, MAIN, &[second], true).remove(0).ok();
    let wrong = execute(&mut world.clone(), MAIN, &[second, first], true).remove(0);
    assert_error(&wrong, EvergreenError::WithdrawalNotFirst);
    world.pass(DAY / 2 + 60);
    world.pass_to_grid(CLASSIC);
    let twice = execute(&mut world.clone(), MAIN, &[first, first], true).remove(0);
    assert_error(&twice, EvergreenError::WithdrawalNotFirst);
    // One of the other class is refused.
    world.provide("vera", CLASSIC, ShareClass::Insurance, 10 * TOKEN).ok();
    let other = request(&mut world, "vera", ShareClass::Insurance, TOKEN, 1);
    world.pass_to_grid(CLASSIC);
    let wrong = execute(&mut world.clone(), MAIN, &[first, other], true).remove(0);
    assert_error(&wrong, EvergreenError::WithdrawalNotFirst);
    execute(&mut world, MAIN, &[first, second], true).remove(0).ok();
    let ledger = world.view(CLASSIC).pool.main;
    assert_eq!(ledger.next_withdrawal, ledger.first_withdrawal);
}

#[test]
fn audit_batches_what_the_day_allows_is_paid_in_turn() {
    // SETUP: mallory asks for more than may leave in a day, and vera waits behind her.
    let mut world = pool();
    let shares = world.shares("lp", CLASSIC, MAIN);
    let first = request(&mut world, "lp", MAIN, shares, 1);
    let second = request(&mut world, "vera", MAIN, TOKEN, 1);
    world.pass(DAY + 60);
    world.pass_to_grid(CLASSIC);

    // TEST: a part of hers is paid, and vera's waits, whether it is named or not, or hers is named again.
    let mut apart = world.clone();
    execute(&mut apart, MAIN, &[first], true).remove(0).ok();
    for others in [second, first] {
        let mut world = world.clone();
        execute(&mut world, MAIN, &[first, others], true).remove(0).ok();
        assert!(stored(&world, &[first, second]) == stored(&apart, &[first, second]));
    }
    assert_eq!(apart.view(CLASSIC).pool.main.first_withdrawal, 0);
}

/// Sixty-four options in the money are the dearest registry there is.
#[test]
fn audit_batches_a_dear_registry_is_valued_once() {
    let (mut world, pool) = World::dear_registry();
    let keys = world.pools[pool];
    world.chain.give_lamports(&actor("victim"), 10_000_000_000);
    for _ in 0..11 {
        world.request("victim", pool, MAIN, 1_000_000);
    }
    world.sample_half_hours(60);
    for part in world.client_view(pool).accruals() {
        world.chain.send(&[part]).ok();
    }
    world.sample_half_hours(1);
    let view = world.view(pool);
    let mut queue: Vec<_> = view.withdrawals_of(MAIN).map(|request| request.number).collect();
    queue.sort_unstable();
    let queue: Vec<_> = queue.into_iter().map(|number| world.withdrawal(pool, MAIN, number)).collect();
    let feeds = world.minute_markets(pool, MAIN, LiquidityRequest::grid_time(world.chain.now()));
    let one = world.chain.simulate(&[build::execute_withdrawal(&keys, queue[0], &feeds)]).ok().units();
    let all = build::execute_withdrawals(&keys, (queue[0], &queue[1..]), &feeds);
    let units = world.chain.send(&[all]).ok().units();
    let ledger = world.view(pool).pool.main;
    println!("one takes {one} units, {} take {units}", queue.len());
    assert_eq!((queue.len(), ledger.next_withdrawal - ledger.first_withdrawal), (11, 0));
    assert!(units < one + 10 * 20_000, "one takes {one}, eleven take {units}");
}
