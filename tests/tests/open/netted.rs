//! What writers of one series owe and are owed, and who waits for it.

use super::scene::{begin_world, cut_of, preset_setup, quiet, step, tokens};
use evergreen_sdk::instruction as build;
use evergreen_tests::{
    BTC, STOCK, World,
    chain::actor,
    seizures::Seizure,
    world::{TENTH, TOKEN},
};

/// Alice and hal hold calls that wes and will have written. All but wes are settled every day. An issuer seizes a part of the pool, and the calls end at their cap. Returns what alice is paid, and what is cut from that, in
/// tokens, where will is settled before her or not.
fn paid(days: usize, first: bool) -> (f64, f64) {
    let mut setup = preset_setup();
    (setup.liquidity, setup.insurance) = (600 * TOKEN, 0);
    let mut world = begin_world(setup);
    world.checked = false;
    let call = world.list_tenor(STOCK, BTC, false, 102_000, 1);
    for who in ["alice", "hal", "wes", "will"] {
        world.trader(who, STOCK, 400 * TOKEN);
    }
    for (who, tenths) in [("alice", 2), ("hal", 3), ("wes", -2), ("will", -2)] {
        world.trade(who, STOCK, &[(call, tenths * TENTH)]).ok();
        quiet(&mut world, 100_000.0, 2);
    }
    let keys = world.pools[STOCK];
    let settle = |world: &World, who| build::settle_positions(&keys, world.account_key(who, STOCK));
    for _ in 0..days {
        quiet(&mut world, 100_000.0, 48);
        let refresh = build::refresh_pool(&keys, &world.markets());
        world.send(refresh).ok();
        for who in ["alice", "hal", "will"] {
            let settle = settle(&world, who);
            world.send(settle);
        }
    }
    let pool = world.view(STOCK).pool;
    world.seize(STOCK, keys.vault, pool.pool_cash as u64 - pool.reserved_collateral / 3, Seizure::Burn);
    world.sync(STOCK).ok();
    for dollars in [105_000.0, 109_000.0, 113_000.0, 118_000.0, 123_000.0] {
        step(&mut world, dollars);
        let exercise = build::exercise_series(&keys, call, &world.feeds[BTC].accounts);
        if world.send(exercise).succeeded() {
            println!("exercised at {dollars}");
            break;
        }
    }
    let pool = world.view(STOCK).pool;
    let owes = |who| -> f64 {
        let key = world.account_key(who, STOCK);
        tokens(world.valued(STOCK, |view, markets| markets.owed(&view.accounts[&key])))
    };
    println!(
        "pool cash {:.3}, reserved {:.3}; wes owes {:.3}, will {:.3}",
        tokens(pool.pool_cash),
        tokens(pool.reserved_collateral as i64),
        owes("wes"),
        owes("will")
    );
    if first {
        let settle = settle(&world, "will");
        println!("will is settled: {:?}", world.send(settle).failure);
    }
    let before = world.cash("alice", STOCK);
    let less = build::settle_for_less(actor("alice"), &keys, world.account_key("alice", STOCK));
    let done = world.send(less);
    println!("alice signs: {:?}", done.failure);
    (tokens(world.cash("alice", STOCK) - before), cut_of(&done))
}

/// Whoever takes a part of a payoff is told to collect first what writers can pay, whatever others who have written the same are owed. Will has 400 tokens and owes 6.8. Wes, whom nobody has settled for eight weeks, is owed more
/// funding than both owe, so that nothing seems to be left to collect, and alice is cut for good by what will pays a moment later.
#[test]
fn audit_netted_a_writer_who_can_pay_is_waited_for() {
    let mut worst = 0.0f64;
    for days in [30, 56] {
        let [late, early] = [false, true].map(|first| paid(days, first));
        println!("{days} days: {late:.3?} paid and cut before will is settled, {early:.3?} after");
        worst = worst.max(late.1 - early.1);
    }
    assert!(worst < 0.01, "alice loses {worst:.3} tokens that a writer with cash owes");
}
