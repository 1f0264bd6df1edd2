//! What stays owed is paid in proportion: whoever is settled first, or again and again, is paid no more.

use super::scene::*;
use evergreen_sdk::instruction as build;
use evergreen_tests::{
    BTC, CLASSIC, World,
    chain::actor,
    random::Random,
    world::{TENTH, TOKEN},
};

/// Writers, and how many tenths of a BTC each has written.
const WRITERS: [(&str, i64); 4] = [("ann", 1), ("bob", 1), ("cid", 2), ("dan", 3)];

/// Four writers of straddles that holly held are owed more than their pool has: holly has left, and the provider as far as it may. They have closed, so that what they are owed no longer grows. Alice holds calls
/// that nobody has written, and pays for them.
fn owed_to_four() -> (World, u64) {
    let mut world = world(1_000, &[("holly", 700), ("alice", 600)]);
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    let far = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    world.trade("alice", CLASSIC, &[(far, 4 * TENTH)]).ok();
    for tenths in [4, 3] {
        world.trade("holly", CLASSIC, &legs(both, tenths)).ok();
        quiet(&mut world, 100_000.0, 4);
    }
    for (who, tenths) in WRITERS {
        world.trader(who, CLASSIC, 400 * TOKEN);
        world.trade(who, CLASSIC, &legs(both, -tenths)).ok();
    }
    quiet(&mut world, 100_000.0, 4);
    world.trade("holly", CLASSIC, &legs(both, -7)).ok();
    let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN));
    for _ in 0..30 {
        quiet(&mut world, 100_000.0, 48);
        world.pass_to(1);
        let execute = world.execute_instruction(CLASSIC, MAIN, number);
        world.send(execute);
        for (who, _) in WRITERS {
            collect(&mut world, who);
        }
    }
    for (who, tenths) in WRITERS {
        world.trade(who, CLASSIC, &legs(both, tenths)).ok();
    }
    (world, number)
}

/// Alice pays eight times; after each of them writers are settled in the order that `order` tells, and at the end all of them. Returns what each is paid.
fn paid(mut world: World, mut order: impl FnMut() -> Vec<usize>) -> [i64; 4] {
    let had = WRITERS.map(|(who, _)| world.cash(who, CLASSIC));
    let keys = world.pools[CLASSIC];
    let settles = WRITERS.map(|(who, _)| build::settle_positions(&keys, world.account_key(who, CLASSIC)));
    for _ in 0..8 {
        quiet(&mut world, 100_000.0, 24);
        collect(&mut world, "alice");
        for place in order() {
            world.send(settles[place].clone());
        }
    }
    for settle in settles {
        world.send(settle);
    }
    let mut place = 0;
    WRITERS.map(|(who, _)| {
        place += 1;
        world.cash(who, CLASSIC) - had[place - 1]
    })
}

/// In whatever order writers are settled, and how often: each is paid the same, but for a unit a payment.
#[test]
fn audit_claims_order_and_number_of_settlements_change_no_payment() {
    let (world, _) = owed_to_four();
    let owed = WRITERS.map(|(who, _)| world.account(who, CLASSIC).unpaid);
    let fair = paid(world.clone(), || vec![0, 1, 2, 3]);
    println!("of {owed:?} they are paid {fair:?}");
    let (all_owed, all_paid) = (owed.iter().sum::<u64>() as f64, fair.iter().sum::<i64>() as f64);
    assert!(all_paid > 0.0 && all_paid < all_owed, "{all_paid} of {all_owed} is a part");
    for (owed, paid) in owed.iter().zip(fair) {
        let part = *owed as f64 * all_paid / all_owed;
        assert!((paid as f64 - part).abs() < 10.0, "of {owed} they are paid {paid}, their part is {part:.1}");
    }
    for seed in 0..6 {
        let mut random = Random(seed);
        let anyhow = paid(world.clone(), || (0..random.range(0, 8)).map(|_| random.range(0, 3) as usize).collect());
        println!("seed {seed}: {anyhow:?}");
        for (fair, paid) in fair.iter().zip(anyhow) {
            assert!((fair - paid).abs() <= 2, "seed {seed}: {paid} and not {fair}");
        }
    }
}

/// What is set aside for claims is nobody's who comes or leaves, and whoever gives their claim up leaves the others theirs.
#[test]
fn audit_claims_what_is_set_aside_is_not_paid_to_others() {
    let (mut world, number) = owed_to_four();
    quiet(&mut world, 100_000.0, 96);
    collect(&mut world, "alice");
    let keys = world.pools[CLASSIC];
    let settle = |who: &str, world: &mut World| {
        let key = world.account_key(who, CLASSIC);
        world.send(build::settle_positions(&keys, key))
    };
    settle("ann", &mut world).ok();
    let mut fork = world.clone();
    let had = world.cash("dan", CLASSIC);
    settle("dan", &mut fork).ok();
    let dan = fork.cash("dan", CLASSIC) - had;
    assert!(dan > 0, "dan is paid {dan}");
    // The provider goes on to leave, and bob gives up.
    world.pass_to(1);
    let execute = world.execute_instruction(CLASSIC, MAIN, number);
    println!("the provider leaves: {:?}", world.send(execute).failure);
    let bob = world.account_key("bob", CLASSIC);
    let done = world.send(build::settle_for_less(actor("bob"), &keys, bob));
    println!("bob gives up: {:?}", done.failure);
    let had = world.cash("dan", CLASSIC);
    settle("dan", &mut world).ok();
    let paid = world.cash("dan", CLASSIC) - had;
    assert!(paid >= dan, "dan is paid {paid}, {dan} were set aside");
}
