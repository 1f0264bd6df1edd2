//! A pool that has lost everything while it owes its writers funding.

use evergreen_tests::{
    BTC, DAY, STOCK, World,
    seizures::Seizure,
    world::{TENTH, TOKEN},
};

#[test]
fn audit_emptied_a_pool_that_owes_its_writers_funding_stays_distressed() {
    // SETUP: bob has written what nobody holds any more, and nobody has settled his funding for three weeks. The issuer takes everything.
    let mut world = World::flat();
    let call = world.list(STOCK, BTC, false, 100_000);
    for who in ["alice", "bob"] {
        world.trader(who, STOCK, 100 * TOKEN);
    }
    world.trade("alice", STOCK, &[(call, 10 * TENTH)]).ok();
    world.trade("bob", STOCK, &[(call, -5 * TENTH)]).ok();
    world.trade("alice", STOCK, &[(call, -10 * TENTH)]).ok();
    world.pass(21 * DAY);
    let keys = world.pools[STOCK];
    for vault in [keys.vault, keys.insurance_vault] {
        let held = world.chain.balance(&vault);
        world.seize(STOCK, vault, held, Seizure::Burn);
    }
    for _ in 0..3 {
        world.sync(STOCK).ok();
    }

    // TEST
    let pool = world.view(STOCK).pool;
    let owed = world.valued(STOCK, |view, markets| markets.owed(&view.accounts[&world.account_key("bob", STOCK)]));
    println!("pool cash {}, reserves {}, bob owes {owed}", pool.pool_cash, pool.reserved_collateral);
    assert!(owed < 0, "the pool owes bob {owed}");
    assert!(pool.is_distressed(), "the pool has {} and owes bob {}", pool.pool_cash, -owed);
}
