//! Within a side of a series what one owes hides what another one is owed.

use super::scene::*;
use evergreen_tests::{BTC, CLASSIC, World, world::TENTH};

fn show(world: &World, what: &str) {
    let pool = world.view(CLASSIC).pool;
    println!(
        "{what}: pool cash {:.2}, reserved {:.2}; ben owes {:.2}, ann is owed {:.2}, cat owes {:.2}",
        tokens(pool.pool_cash),
        tokens(pool.reserved_collateral as i64),
        owed(world, "ben"),
        -owed(world, "ann"),
        owed(world, "cat"),
    );
}

/// Ben has held calls for long, and settled nothing. They are deep in the money now, and holders of puts pay a carry to who holds calls: ann, a stranger. So the index falls, ben still owes, and
/// ann is owed; the side of both together is owed. Walter has written what nobody holds any more, and settles every day. The provider leaves as far as the program lets it.
///
/// What became of it, tokens.
struct End {
    /// How much less the provider has left than accounts were owed.
    short: f64,
    /// The most of it that was not what ben, who has the cash for it, owed then.
    lost_by_leaving: f64,
    /// How much walter's payments were cut by while ben owed as much.
    lost: f64,
    /// What ann and walter are not paid of what they are owed once ben has been settled, by anyone.
    unpaid: f64,
}

fn play(walters: i64) -> End {
    let mut world = world(1_000, &[("ben", 400), ("ann", 400), ("cat", 800), ("holly", 400), ("walter", 400)]);
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    world.trade("ben", CLASSIC, &[(call, 2 * TENTH)]).ok();
    quiet(&mut world, 100_000.0, 48 * 60);
    quiet(&mut world, 102_000.0, 4);
    quiet(&mut world, 104_000.0, 4);
    quiet(&mut world, 105_000.0, 96);
    let put = world.list_tenor(CLASSIC, BTC, true, 110_000, 1);
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 105_000, 1));
    for _ in 0..5 {
        world.trade("cat", CLASSIC, &[(put, 2 * TENTH)]).ok();
        quiet(&mut world, 105_000.0, 4);
    }
    world.trade("holly", CLASSIC, &legs(both, walters)).ok();
    quiet(&mut world, 105_000.0, 4);
    world.trade("walter", CLASSIC, &legs(both, -walters)).ok();
    quiet(&mut world, 105_000.0, 4);
    world.trade("holly", CLASSIC, &legs(both, -walters)).ok();
    for _ in 0..3 {
        world.trade("ann", CLASSIC, &[(call, 2 * TENTH)]).ok();
        quiet(&mut world, 105_000.0, 4);
    }
    world.withdraw("ann", CLASSIC, 1).ok();
    show(&world, "begins");
    let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN));
    world.checked = false;
    let mut lost = 0.0;
    let (mut short, mut lost_by_leaving) = (0.0f64, 0.0f64);
    for day in 0..54 {
        if day == 50 {
            world.trade("cat", CLASSIC, &[(put, -10 * TENTH)]).ok();
        }
        quiet(&mut world, 105_000.0, 48);
        world.pass_to(1);
        world.withdraw("cat", CLASSIC, 1).ok();
        let execute = world.execute_instruction(CLASSIC, MAIN, number);
        let left = world.send(execute).succeeded();
        let pool = world.view(CLASSIC).pool;
        let beside = tokens(pool.pool_cash - pool.reserved_collateral as i64);
        if left {
            let missing = -owed(&world, "ann") - owed(&world, "walter").min(0.0) - beside;
            short = short.max(missing);
            lost_by_leaving =
                lost_by_leaving.max(missing - owed(&world, "ben").min(tokens(world.cash("ben", CLASSIC))));
        }
        let done = world.withdraw("walter", CLASSIC, 1);
        let cut = cut_of(&done);
        if cut > 0.0 {
            let owes = owed(&world, "ben");
            if day % 3 == 0 {
                show(&world, &format!("day {day}: walter is cut by {cut:.2}"));
            }
            lost += cut.min(owes);
        }
        if day % 9 == 8 {
            show(&world, &format!("day {day}, {:?}", done.failure));
        }
    }
    println!("the provider left {short:.2} less than was owed to accounts; walter lost {lost:.2} while ben owed them");
    collect(&mut world, "ben").ok();
    show(&world, "ben is settled");
    let mut unpaid = 0.0;
    for who in ["ann", "walter"] {
        let (before, due) = (world.cash(who, CLASSIC), -owed(&world, who));
        world.withdraw(who, CLASSIC, 1).ok();
        unpaid += due.max(0.0) - tokens(world.cash(who, CLASSIC) + 1 - before);
    }
    println!("then {unpaid:.2} of what ann and walter are owed is not paid");
    End { short, lost_by_leaving, lost, unpaid }
}

#[test]
fn audit_sides_no_writer_goes_without_while_a_holder_owes_whom_another_one_hides() {
    let End { lost, .. } = play(6);
    assert!(lost < 0.01, "walter's payments were cut by {lost:.2} while ben owed as much, and could pay");
}

/// A provider leaves with no more of what is owed to accounts than ben owes and can pay. Whoever settles ben, as keepers do every day, brings all of it back, and everybody is paid.
#[test]
fn audit_sides_what_leaves_with_a_provider_is_what_a_holder_owes_and_pays() {
    let End { short, lost_by_leaving, unpaid, .. } = play(4);
    assert!(short > 1.0, "the scene shows nothing: {short}");
    assert!(lost_by_leaving < 0.01, "{lost_by_leaving:.2} of what is owed to accounts left with the provider for good");
    assert!(unpaid < 0.01, "{unpaid:.2} of what is owed to accounts is not paid");
}
