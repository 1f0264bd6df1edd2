//! Whoever owes anything can be settled by anybody, so that no debt shuts others in.

use super::scene::*;
use evergreen_sdk::{
    evergreen::{errors::EvergreenError, state::NoticeCause},
    instruction as build,
};
use evergreen_tests::{BTC, CLASSIC, World, chain::actor, world::TOKEN};

fn show(world: &World, what: &str) {
    let pool = world.view(CLASSIC).pool;
    println!(
        "{what}: pool cash {:.3}, reserved {:.3}, mallory is owed {:.3} net, walter {:.2} is owed {:.3}",
        tokens(pool.pool_cash),
        tokens(pool.reserved_collateral as i64),
        -owed(world, "mallory"),
        tokens(world.cash("walter", CLASSIC)),
        -owed(world, "walter"),
    );
}

/// Mallory holds puts, and has written twice as many calls in the same account. Whoever settles her sets off what she owes for her puts against what she is owed for her calls, and the pool pays what it may.
/// Walter, a stranger with 2,000 tokens of margin, has written, and those who held what they have written have left.
///
/// Before, the pool had to pay all that she was owed or nobody could settle her (`PoolExhausted`), and what she owed counted as collectable all the same: walter could neither withdraw, settle nor close for 90 days.
#[test]
fn audit_set_off_who_owes_and_is_owed_shuts_in_nobody() {
    let mut world = world(1_000, &[("holly", 500), ("walter", 2_000), ("mallory", 200), ("keeper", 10)]);
    let both @ [call, put] = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    world.trade("holly", CLASSIC, &legs(both, 5)).ok();
    quiet(&mut world, 100_000.0, 4);
    let tenth = evergreen_tests::world::TENTH;
    world.trade("walter", CLASSIC, &[(call, -4 * tenth), (put, -5 * tenth)]).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("mallory", CLASSIC, &[(call, -tenth), (put, tenth / 2)]).ok();
    quiet(&mut world, 100_000.0, 4);
    // Those who hold leave, and so does the provider.
    world.trade("holly", CLASSIC, &legs(both, -5)).ok();
    let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN));
    let mut waits = 0;
    let mut day = 0;
    while waits < 10 && day < 120 {
        quiet(&mut world, 100_000.0, 48);
        day += 1;
        world.pass_to(1);
        let execute = world.execute_instruction(CLASSIC, MAIN, number);
        world.send(execute);
        let done = world.withdraw("walter", CLASSIC, 1);
        if done.is(EvergreenError::FundingUncollected) {
            waits += 1;
            if waits == 1 {
                show(&world, &format!("day {day}, walter waits"));
            }
        } else if !done.succeeded() || cut_of(&done) > 0.0 {
            println!("day {day}: {:?}, cut {:.3}", done.failure, cut_of(&done));
        }
    }
    show(&world, &format!("day {day}"));
    // They do as they are told: whoever owes is to be settled.
    let settled = collect(&mut world, "mallory");
    println!("anyone settles mallory: {:?}", settled.failure);
    let mut fork = world.clone();
    let done = fork.withdraw("walter", CLASSIC, 1);
    println!("walter withdraws: {:?}", done.failure);
    let keys = world.pools[CLASSIC];
    let mut fork = world.clone();
    let less = build::settle_for_less(actor("walter"), &keys, fork.account_key("walter", CLASSIC));
    println!("walter settles for less: {:?}", fork.send(less).failure);
    let mut fork = world.clone();
    let close = fork.trade("walter", CLASSIC, &[(call, 4 * tenth), (put, 5 * tenth)]);
    println!("walter closes: {:?}", close.failure);
    let mut fork = world.clone();
    let moment = fork.pass_notice(CLASSIC, call, NoticeCause::Excess);
    for sample in fork.due_samples() {
        fork.send(sample);
    }
    let points = 4 * tenth;
    println!("walter is closed as an excess: {:?}", fork.deleverage("walter", CLASSIC, call, points, moment).failure);
    // How long?
    for more in [30, 60] {
        quiet(&mut world, 100_000.0, 48 * more);
        show(&world, &format!("{more} days later"));
        println!("  settles mallory: {:?}", collect(&mut world, "mallory").failure);
        println!("  walter withdraws: {:?}", world.clone().withdraw("walter", CLASSIC, 1).failure);
    }
    let _ = TOKEN;
    assert!(!done.is(EvergreenError::FundingUncollected), "walter cannot leave, and nobody can collect");
}

/// Mallory is owed more funding than an emptied pool has, and has written a hundredth of a BTC of calls that end at their cap. Whoever settles her sets off what she pays for them.
///
/// Before, nobody but her could settle her, and no liquidity of either class came or went: 100 tokens of insurance were shut in for 31 days and more.
#[test]
fn audit_set_off_a_writer_whom_the_pool_cannot_pay_stops_no_liquidity() {
    use evergreen_sdk::evergreen::state::ShareClass;
    let mut world = world(1_000, &[("holly", 500), ("mallory", 400), ("alice", 100)]);
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    let far = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    let tenth = evergreen_tests::world::TENTH;
    world.trade("holly", CLASSIC, &legs(both, 5)).ok();
    world.trade("alice", CLASSIC, &[(far, tenth / 10)]).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("mallory", CLASSIC, &legs(both, -5)).ok();
    world.trade("mallory", CLASSIC, &[(far, -tenth / 10)]).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("holly", CLASSIC, &legs(both, -5)).ok();
    let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN));
    let insurance = ShareClass::Insurance;
    let shares = world.shares("insurer", CLASSIC, insurance);
    for day in 0..34 {
        quiet(&mut world, 100_000.0, 48);
        if day < 14 {
            world.withdraw("mallory", CLASSIC, 1);
        }
        world.withdraw("alice", CLASSIC, 1);
        world.pass_to(1);
        let execute = world.execute_instruction(CLASSIC, MAIN, number);
        world.send(execute);
    }
    let leaves = world.request("insurer", CLASSIC, insurance, shares);
    quiet(&mut world, 100_000.0, 48 * 8);
    let mut fork = world.clone();
    println!("the insurer leaves before: {:?}", fork.execute(CLASSIC, insurance, leaves).failure);
    for dollars in [103_000.0, 110_000.0, 118_000.0, 126_500.0] {
        step(&mut world, dollars);
    }
    let (keys, feed) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    for id in [far, both[0]] {
        println!("exercise: {:?}", world.send(build::exercise_series(&keys, id, &feed)).failure);
    }
    let key = world.account_key("mallory", CLASSIC);
    println!(
        "alice is settled: {:?}",
        world.send(build::settle_positions(&keys, world.account_key("alice", CLASSIC))).failure
    );
    let settled = world.send(build::settle_positions(&keys, key));
    let pool = world.view(CLASSIC).pool;
    println!(
        "anyone settles mallory: {:?}; pool cash {:.2}, reserved {:.2}, she is owed {:.2}",
        settled.failure,
        tokens(pool.pool_cash),
        tokens(pool.reserved_collateral as i64),
        -owed(&world, "mallory")
    );
    let mut last = None;
    for days in [1, 30] {
        for _ in 0..days * 48 {
            step(&mut world, 126_500.0);
        }
        let settled = world.send(build::settle_positions(&keys, key)).failure;
        let mut fork = world.clone();
        let left = fork.execute(CLASSIC, insurance, leaves);
        println!("{days} days later: settle {settled:?}, the insurer leaves {:?}", left.failure);
        let mut fork = world.clone();
        println!("  a deposit: {:?}", fork.provide("newcomer", CLASSIC, MAIN, 100 * TOKEN).failure);
        last = Some(left);
    }
    assert!(last.unwrap().succeeded(), "nobody can settle her, and the insurer's 100 tokens cannot leave");
}
