//! In whatever order a pair is closed, its owner's withdrawal is paid the same.

use super::scene::*;
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::evergreen::state::SeriesId;
use evergreen_tests::{
    BTC, CLASSIC, World,
    world::{TENTH, TOKEN},
};

#[derive(Clone, Copy, PartialEq, Debug)]
enum Trick {
    NoPair,
    /// Liquidated and sold after the withdrawal.
    After,
    /// Liquidated and sold before it.
    Before,
    /// Sold and liquidated before it.
    Turned,
    /// Sold before it, and liquidated after it.
    Between,
}

struct Result {
    paid: f64,
    mallory: f64,
    lp: f64,
    alice: f64,
}

fn open(world: &mut World, who: &str, both: [SeriesId; 2], tenths: i64) {
    let mut left = tenths;
    while left != 0 {
        let part = left.clamp(-6, 6);
        world.trade(who, CLASSIC, &legs(both, part)).ok();
        quiet(world, 100_000.0, 2);
        left -= part;
    }
}

/// Alice, a stranger, holds straddles. Holly and walter, both mallory's, hold and have written the same. Mallory has 500 of 1,500 of liquidity, and withdraws a quarter of the pool after a jump.
fn play(jump: f64, later: usize, days: u32, (alices, pair): (i64, i64), trick: Trick) -> Result {
    let mut world = world(1_000, &[("alice", 2_000), ("holly", 3_000), ("walter", 2_000), ("keeper", 10)]);
    world.provide("mallory", CLASSIC, MAIN, 500 * TOKEN).ok();
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, days));
    open(&mut world, "alice", both, alices);
    quiet(&mut world, 100_000.0, 60);
    let mut outside = 0;
    if trick != Trick::NoPair {
        open(&mut world, "holly", both, pair);
        open(&mut world, "walter", both, -pair);
        outside = withdraw_spare(&mut world, "walter");
    }
    let all = world.shares("mallory", CLASSIC, MAIN);
    let number = world.request("mallory", CLASSIC, MAIN, all * 3 / 4);
    quiet(&mut world, 100_000.0, 50);
    if trick != Trick::NoPair {
        outside += withdraw_spare(&mut world, "walter");
    }
    step(&mut world, 100_000.0 * jump);
    if later > 0 {
        quiet(&mut world, 100_000.0 * jump, later);
    }
    world.pass_to(30);
    if trick != Trick::NoPair {
        println!(
            "  {trick:?}: health {:.2}, nav {:?}",
            tokens(health(&world, "walter", HealthLevel::Maintenance)),
            bounds(&world)
        );
    }
    let close = |world: &mut World| {
        let closed = liquidate(world, "walter", "keeper", both, pair * TENTH);
        println!("  closed {:?} tenths, nav {:?}", closed.map(|p| p as f64 / TENTH as f64), bounds(world));
        assert!(closed.iter().sum::<i64>() > pair * TENTH, "most of one side, or both");
        closed
    };
    let sell = |world: &mut World, points: [i64; 2]| {
        let sale = [0, 1].map(|i| (both[i], -points[i])).into_iter().filter(|leg| leg.1 != 0).collect::<Vec<_>>();
        world.trade("holly", CLASSIC, &sale).ok();
        println!("  sold, nav {:?}, net {:.2}", bounds(world), net(world, both[0]));
    };
    match trick {
        Trick::Before => {
            let closed = close(&mut world);
            sell(&mut world, closed);
        }
        Trick::Turned | Trick::Between => {
            // As much of each side as a liquidation closes.
            let mut other = world.clone();
            let closed = liquidate(&mut other, "walter", "keeper", both, pair * TENTH);
            sell(&mut world, closed);
            if trick == Trick::Turned {
                close(&mut world);
            }
        }
        _ => {}
    }
    world.pass_to(1);
    let before = world.view(CLASSIC).pool.withdrawals_due;
    let execute = world.execute_instruction(CLASSIC, MAIN, number);
    world.send(execute).ok();
    let paid = world.view(CLASSIC).pool.withdrawals_due - before;
    if matches!(trick, Trick::After | Trick::Between) {
        world.pass(20);
        let closed = close(&mut world);
        if trick == Trick::After {
            sell(&mut world, closed);
        }
    }
    quiet(&mut world, 100_000.0 * jump, 96);
    let traders = if trick == Trick::NoPair {
        5_000.0 + 10.0
    } else {
        equity(&world, "holly") + equity(&world, "walter") + equity(&world, "keeper") + tokens(outside as i64)
    };
    let mallory = tokens(paid as i64) + worth_of(&world, "mallory") + traders;
    Result { paid: tokens(paid as i64), mallory, lp: worth_of(&world, "lp"), alice: equity(&world, "alice") }
}

/// Holly's sale was at the bid, and left as many of alice's options counted at the bid: mallory was paid 352.3 in the place of 336.8 after a jump of 12 %, and had 5.4 to 14.2 more of it in all.
#[test]
fn audit_spreads_a_pair_closed_before_the_minute_takes_nothing_in_any_order() {
    let mut worst = f64::MIN;
    for (jump, later, days, sizes) in
        [(1.12, 0, 30, (18, 18)), (0.88, 0, 30, (18, 18)), (1.12, 0, 30, (18, 9)), (1.08, 6, 30, (18, 18))]
    {
        let none = play(jump, later, days, sizes, Trick::NoPair);
        println!("jump {jump}, {later} half-hours later, {days} d, {sizes:?}: paid {:.2} without a pair", none.paid);
        for trick in [Trick::After, Trick::Before, Trick::Turned, Trick::Between] {
            let with = play(jump, later, days, sizes, trick);
            println!(
                "  {trick:?}: paid {:.2}; mallory {:+.2} beside no pair, lp {:+.2}, alice {:+.2}",
                with.paid,
                with.mallory - none.mallory,
                with.lp - none.lp,
                with.alice - none.alice
            );
            worst = worst.max(with.mallory - none.mallory);
            assert!((with.paid - none.paid).abs() < 1.0, "{trick:?}: {} {}", with.paid, none.paid);
        }
    }
    assert!(worst < 0.5, "mallory gains {worst}");
}
