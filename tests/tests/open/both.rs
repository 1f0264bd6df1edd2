//! Losses of one vault that the other one has to bear.

use super::scene::*;
use evergreen_sdk::{evergreen::errors::EvergreenError, instruction as build};
use evergreen_tests::{STOCK, Setup, World, chain::actor, seizures::Seizure, world::TOKEN};

/// Insurance owes the main vault a hundred tokens after a first seizure; then its own vault is seized, which makes that much missing in the main one. Nobody has assigned it. Who leaves by which way?
fn owed() -> World {
    let setup = Setup { liquidity: 10 * TOKEN, insurance: 100 * TOKEN, ..Setup::flat() };
    let mut world = World::new(setup);
    for (who, cash) in [("alice", 100), ("mallory", 100)] {
        world.trader(who, STOCK, cash * TOKEN);
    }
    let keys = world.pools[STOCK];
    world.seize(STOCK, keys.vault, 100 * TOKEN, Seizure::Burn);
    world.sync(STOCK).ok();
    let all = world.chain.balance(&keys.insurance_vault);
    println!("insurance owes {}, its vault holds {all}", -world.view(STOCK).pool.insurance_due);
    world.seize(STOCK, keys.insurance_vault, all, Seizure::Burn);
    world
}

#[test]
fn audit_seizures_nobody_leaves_before_what_insurance_owes_is_lost() {
    let mut world = owed();
    let keys = world.pools[STOCK];
    let key = world.account_key("mallory", STOCK);
    let withdraw = build::withdraw_margin(actor("mallory"), &keys, key, 100 * TOKEN, &[]);
    let quick = world.send(withdraw);
    println!("mallory withdraws first: {:?}", quick.failure);
    println!("sweep: {:?}", world.clone().send(build::sweep_insurance(&keys)).failure);
    for _ in 0..2 {
        world.sync(STOCK).ok();
    }
    let left = ["alice", "mallory"].map(|who| tokens(world.cash_left(who, STOCK)));
    println!("after the losses alice has {:.2}, mallory {:.2}", left[0], left[1]);
    assert!(quick.is(EvergreenError::VaultMismatch), "{:?}", quick.failure);
    assert!((left[0] - left[1]).abs() < 0.001);
}
