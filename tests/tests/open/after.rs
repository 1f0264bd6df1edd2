//! What is done between a full minute and the execution of its liquidity.

use super::scene::*;
use evergreen_sdk::evergreen::state::SeriesId;
use evergreen_tests::{
    BTC, CLASSIC, World,
    world::{TENTH, TOKEN},
};

#[derive(Clone, Copy, PartialEq, Debug)]
enum Act {
    Nothing,
    Buy,
    Liquidate,
    LiquidateAndSell,
    SellOld,
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

/// A scene just after the minute of vera's withdrawal: alice holds straddles, holly and walter hold and have written the same, walter can be liquidated.
fn scene(jump: f64, days: u32, tenths: i64) -> (World, [SeriesId; 2], u64) {
    let mut world =
        world(1_000, &[("alice", 2_000), ("holly", 3_000), ("walter", 2_000), ("keeper", 10), ("ben", 1_000)]);
    world.checked = false;
    world.provide("vera", CLASSIC, MAIN, 500 * TOKEN).ok();
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, days));
    open(&mut world, "alice", both, tenths);
    quiet(&mut world, 100_000.0, 60);
    open(&mut world, "holly", both, tenths);
    open(&mut world, "walter", both, -tenths);
    let all = world.shares("vera", CLASSIC, MAIN);
    let number = world.request("vera", CLASSIC, MAIN, all * 3 / 4);
    quiet(&mut world, 100_000.0, 50);
    withdraw_spare(&mut world, "walter");
    step(&mut world, 100_000.0 * jump);
    world.pass_to(50);
    (world, both, number)
}

#[test]
fn held_nothing_after_the_minute_changes_what_a_share_is_paid() {
    for (jump, days, tenths) in [(1.12, 30, 18), (0.88, 30, 18)] {
        let (start, both, number) = scene(jump, days, tenths);
        let (mut first, mut of_a_share) = (None, None);
        for act in [Act::Nothing, Act::Buy, Act::Liquidate, Act::LiquidateAndSell, Act::SellOld] {
            let mut world = start.clone();
            world.pass_to(1);
            let mut closed = [0, 0];
            let mut run = |world: &mut World| match act {
                Act::Nothing => {}
                Act::Buy => {
                    world.pass(4);
                    let cheap = if jump > 1.0 { both[1] } else { both[0] };
                    println!("  buys: {:?}", world.trade("ben", CLASSIC, &[(cheap, 6 * TENTH)]).failure);
                }
                Act::SellOld => {
                    world.pass(4);
                    world.trade("alice", CLASSIC, &legs(both, -4)).ok();
                }
                Act::Liquidate | Act::LiquidateAndSell => {
                    world.pass(1);
                    closed = liquidate(world, "walter", "keeper", both, tenths * TENTH);
                    if act == Act::LiquidateAndSell {
                        world.pass(4);
                        let sale = [0, 1]
                            .map(|i| (both[i], -closed[i]))
                            .into_iter()
                            .filter(|leg| leg.1 != 0)
                            .collect::<Vec<_>>();
                        world.trade("holly", CLASSIC, &sale).ok();
                    }
                }
            };
            run(&mut world);
            let execute = world.execute_instruction(CLASSIC, MAIN, number);
            let done = world.send(execute);
            let left: u64 = world.view(CLASSIC).withdrawals_of(MAIN).map(|w| w.shares).sum();
            let burnt = 3.75 * TOKEN as f64 * 1e5 - left as f64;
            let a_share = world.view(CLASSIC).pool.withdrawals_due as f64 / burnt * 1e3;
            println!("  {left} shares left, {a_share:.6} a share");
            let was = *of_a_share.get_or_insert(a_share);
            assert!((a_share - was).abs() < 1e-6, "{a_share} instead of {was}");
            let paid = tokens(world.view(CLASSIC).pool.withdrawals_due as i64);
            quiet(&mut world, 100_000.0 * jump, 96);
            let (lp, traders) =
                (worth_of(&world, "lp"), equity(&world, "holly") + equity(&world, "walter") + equity(&world, "keeper"));
            let was = *first.get_or_insert((paid, lp, traders));
            println!(
                "jump {jump}: {act:?} {:?}, closed {:?}: vera is paid {paid:.3} ({:+.3}), lp {:+.3}, traders {:+.3}",
                done.failure,
                closed.map(|p| p as f64 / TENTH as f64),
                paid - was.0,
                lp - was.1,
                traders - was.2
            );
        }
    }
}
