//! What anybody does to accounts of twelve positions, in a pool of sixty-four dear options that cannot pay what it owes: compute units, and heap.

use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::{
        Leg,
        state::{MarginAccount, Pool, SeriesId},
    },
    instruction as build,
};
use evergreen_tests::{BTC, World, chain::actor, outcome::Outcome, world::TOKEN};

/// Compute units of a transaction.
const UNITS: u64 = 1_400_000;
/// Bytes of heap.
const HEAP: usize = 32 * 1_024;
/// Points of each series that the writer has written.
const POINTS: i64 = 5_000;

fn series(slot: usize) -> SeriesId {
    SeriesId { slot: u8::try_from(slot).expect("a slot"), generation: 1 }
}

/// Changes an account of the program as no instruction would.
fn edit<T: bytemuck::Pod>(world: &mut World, key: Pubkey, change: impl FnOnce(&mut T)) {
    let mut data = world.chain.data(&key);
    let mut state = bytemuck::pod_read_unaligned::<T>(&data[8..8 + size_of::<T>()]);
    change(&mut state);
    data[8..8 + size_of::<T>()].copy_from_slice(bytemuck::bytes_of(&state));
    world.chain.write(key, evergreen_sdk::address::PROGRAM, data);
}

/// Moves so much of an account's cash, and all but so much of the pool's, to protocol fees: the vault holds its ledgers.
fn impoverish(world: &mut World, pool: usize, (account, cash): (Pubkey, i64), left: i64) {
    let mut taken = 0;
    edit::<MarginAccount>(world, account, |state| {
        taken = state.cash - cash;
        state.cash = cash;
    });
    edit::<Pool>(world, world.pools[pool].pool, |state| {
        state.margin_cash -= taken;
        let all = state.pool_cash - left;
        state.pool_cash = left;
        state.fees_due += u64::try_from(taken + all).expect("more than is left");
    });
}

/// Ben has written twelve of sixty-four dear options that mallory holds, and five half-hours have passed.
fn scene() -> (World, usize, Pubkey) {
    let (mut world, pool) = World::dear_registry();
    let ben = world.trader("ben", pool, 100 * TOKEN);
    world.trader("keeper", pool, TOKEN);
    for four in (0..3).map(|n| n * 4) {
        let legs: Vec<_> = (four..four + 4).map(|slot| (series(slot), -POINTS)).collect();
        world.trade("ben", pool, &legs).ok();
    }
    world.sample_half_hours(5);
    (world, pool, ben)
}

/// Tells what an instruction takes, and checks that it fits.
fn fits(
    world: &World,
    what: &str,
    instruction: &evergreen_sdk::anchor_lang::solana_program::instruction::Instruction,
) -> Outcome {
    let all = std::slice::from_ref(instruction);
    let done = world.chain.simulate(all);
    let heap = if done.succeeded() { world.chain.least_heap(all) } else { 0 };
    println!("{what}: {} units, {heap} bytes of heap, {:?}", done.units(), done.failure);
    assert!(done.units() < UNITS / 2 && heap <= HEAP * 3 / 4, "{what}");
    done
}

/// Everything that others do to an account of twelve positions takes less than half of a transaction's units and three quarters of the heap, whatever the pool has.
#[test]
fn audit_short_twelve_positions_are_settled_and_liquidated_in_a_pool_that_cannot_pay() {
    let (mut world, pool, ben) = scene();
    let (keys, underlying) = (world.pools[pool], world.feeds[BTC].accounts.underlying);
    for slots in [0..32, 32..64] {
        world.chain.send(&[build::accrue_funding(&keys, underlying, slots)]).ok();
    }
    let settle = build::settle_positions(&keys, ben);
    fits(&world, "settled by anybody, the pool has all", &settle).ok();
    let feeds = world.markets();
    let keeper = world.account_key("keeper", pool);
    let legs: Vec<_> = (0..4).map(|slot| Leg { series: series(slot), points: POINTS }).collect();
    let liquidate = build::liquidate(actor("keeper"), &keys, ben, keeper, legs, &feeds[..1]);
    for (left, what) in [(1 << 40, "the pool has all"), (3, "the pool has three units"), (0, "the pool has nothing")] {
        let mut poor = world.clone();
        if left < 1 << 40 {
            impoverish(&mut poor, pool, (ben, 1), left);
            fits(&poor, &format!("settled by anybody, {what}"), &settle);
            fits(&poor, &format!("settled for less, {what}"), &build::settle_for_less(actor("ben"), &keys, ben));
        } else {
            impoverish(&mut poor, pool, (ben, 1), 500 * TOKEN as i64);
        }
        fits(&poor, &format!("liquidated, {what}"), &liquidate);
    }

    // The calls of two days end at their cap; they are settled with six live ones.
    let ended: Vec<_> = (0..6).map(series).collect();
    let most = ended.iter().map(|id| {
        let option = world.view(pool).registry.option(*id).expect("an option");
        i64::try_from(option.strike).expect("dollars") * i64::from(option.cap_bps) / 10_000
    });
    let most = most.max().expect("six");
    world.set_price(BTC, most + 1);
    for id in &ended {
        world.chain.send(&[build::exercise_series(&keys, *id, &world.feeds[BTC].accounts)]).ok();
    }
    for (left, what) in [(1 << 40, "the pool has all"), (3, "the pool has three units"), (0, "the pool has nothing")] {
        let mut poor = world.clone();
        if left < 1 << 40 {
            impoverish(&mut poor, pool, (ben, 1), left);
        }
        fits(&poor, &format!("six ended ones settled by anybody, {what}"), &settle);
        let holder = world.accounts_of_mallory(pool)[0];
        fits(&poor, &format!("their holder is settled, {what}"), &build::settle_positions(&keys, holder));
    }
}
