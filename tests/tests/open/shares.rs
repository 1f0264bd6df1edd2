//! Trades around liquidity: what a provider who trades gains.

use super::scene::*;
use evergreen_sdk::evergreen::state::SeriesId;
use evergreen_tests::{
    BTC, CLASSIC, World,
    world::{TENTH, TOKEN},
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    /// Holly, mallory's, buys or sells so many tenths of both.
    Holly(i64),
    /// Walter, mallory's, buys or sells so many tenths of both.
    Walter(i64),
    /// Mallory's withdrawal is executed.
    Leave,
    /// Time passes, half-hours.
    Quiet(usize),
    /// A deposit of mallory, tokens.
    Come(u64),
}

/// Alice holds, and sam has written; holly and walter are mallory's, who has 500 of 1,500 of liquidity. Returns mallory's whole worth at the mark in the end, and lp's, alice's and sam's.
fn play(days: u32, start: [i64; 4], jump: f64, acts: &[Act]) -> [f64; 4] {
    let mut world = world(1_000, &[("alice", 2_000), ("sam", 2_000), ("holly", 3_000), ("walter", 3_000)]);
    world.checked = false;
    world.provide("mallory", CLASSIC, MAIN, 500 * TOKEN).ok();
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, days));
    quiet(&mut world, 100_000.0, 4);
    for (who, tenths) in ["alice", "sam", "holly", "walter"].into_iter().zip(start) {
        let mut left = tenths;
        while left != 0 {
            let part = left.clamp(-6, 6);
            trade(&mut world, who, both, part);
            quiet(&mut world, 100_000.0, 2);
            left -= part;
        }
    }
    let number = world.request("mallory", CLASSIC, MAIN, world.shares("mallory", CLASSIC, MAIN) * 3 / 4);
    quiet(&mut world, 100_000.0, 100);
    step(&mut world, 100_000.0 * jump);
    let mut paid = 0i64;
    for act in acts {
        match *act {
            Act::Holly(tenths) => trade(&mut world, "holly", both, tenths),
            Act::Walter(tenths) => trade(&mut world, "walter", both, tenths),
            Act::Quiet(half_hours) => quiet(&mut world, 100_000.0 * jump, half_hours),
            Act::Come(amount) => {
                let done = world.provide("mallory", CLASSIC, MAIN, amount * TOKEN);
                if done.succeeded() {
                    paid -= (amount * TOKEN) as i64;
                } else {
                    println!("    a deposit: {:?}", done.failure);
                }
            }
            Act::Leave => {
                world.pass_to(1);
                let before = world.view(CLASSIC).pool.withdrawals_due;
                let execute = world.execute_instruction(CLASSIC, MAIN, number);
                let done = world.send(execute);
                if !done.succeeded() {
                    println!("    a withdrawal: {:?}", done.failure);
                }
                paid += (world.view(CLASSIC).pool.withdrawals_due - before) as i64;
            }
        }
    }
    quiet(&mut world, 100_000.0 * jump, 48 * 8);
    let mallory = tokens(paid) + worth_of(&world, "mallory") + equity(&world, "holly") + equity(&world, "walter");
    [mallory, worth_of(&world, "lp"), equity(&world, "alice"), equity(&world, "sam")]
}

fn trade(world: &mut World, who: &str, both: [SeriesId; 2], tenths: i64) {
    let mut left = tenths;
    while left != 0 {
        let part = left.clamp(-8, 8);
        let done = world.trade(who, CLASSIC, &[(both[0], part * TENTH), (both[1], part * TENTH)]);
        if !done.succeeded() {
            println!("    {who} {part}: {:?}", done.failure);
        }
        left -= part;
    }
}

/// Beside the same acts in another order, at about the same moments.
fn compare(scenes: &[(i64, [i64; 4], f64)], cases: &[(&str, Vec<Act>, Vec<Act>)]) -> f64 {
    let mut worst = f64::MIN;
    for (days, start, jump) in scenes {
        println!("{days} d, alice, sam, holly, walter {start:?}, jump {jump}");
        for (name, acts, base) in cases {
            let (with, without) = (play(*days as u32, *start, *jump, acts), play(*days as u32, *start, *jump, base));
            let gains = [0, 1, 2, 3].map(|i| with[i] - without[i]);
            println!(
                "  {name}: mallory {:+.2}, lp {:+.2}, alice {:+.2}, sam {:+.2}",
                gains[0], gains[1], gains[2], gains[3]
            );
            worst = worst.max(gains[0]);
        }
    }
    worst
}

#[test]
fn held_trades_around_a_withdrawal_gain_nothing() {
    use Act::{Holly, Leave, Quiet, Walter};
    let scenes = [(30, [12, -6, 8, 0], 1.08), (30, [14, 0, 6, -6], 0.92)];
    let cases = [
        ("sells before", vec![Holly(-6), Leave], vec![Leave, Holly(-6)]),
        ("sells, half a day", vec![Holly(-6), Quiet(24), Leave], vec![Quiet(24), Leave, Holly(-6)]),
        ("half a day, sells", vec![Quiet(24), Holly(-6), Leave], vec![Quiet(24), Leave, Holly(-6)]),
        ("buys, half a day", vec![Holly(3), Quiet(24), Leave], vec![Quiet(24), Leave, Holly(3)]),
        ("writes, half a day", vec![Walter(-4), Quiet(24), Leave], vec![Quiet(24), Leave, Walter(-4)]),
        ("buys before, sells after", vec![Holly(4), Leave, Holly(-4)], vec![Leave]),
        ("writes before, back after", vec![Walter(-4), Leave, Walter(4)], vec![Leave]),
        ("halves", vec![Holly(-3), Leave, Holly(-3)], vec![Leave, Holly(-6)]),
    ];
    // 1.2 of 375 where she sells half a day before: what is sold leaves the bound, and the sale is at another moment.
    let worst = compare(&scenes, &cases);
    assert!(worst < 1.5, "mallory gains {worst:.2}");
}

#[test]
fn held_trades_around_a_deposit_gain_nothing() {
    use Act::{Come, Holly, Quiet, Walter};
    let scenes = [(30, [12, -6, 8, 0], 1.08), (30, [14, 0, 6, -6], 0.92)];
    let cases = [
        ("comes, sells", vec![Come(4_000), Holly(-6)], vec![Holly(-6), Come(4_000)]),
        ("buys, comes, sells", vec![Holly(3), Come(4_000), Holly(-3)], vec![Come(4_000)]),
        ("sells, comes, buys", vec![Holly(-6), Come(4_000), Holly(6)], vec![Come(4_000)]),
        ("writes, comes, back", vec![Walter(-4), Come(4_000), Walter(4)], vec![Come(4_000)]),
        ("comes, writes", vec![Come(4_000), Walter(-6)], vec![Walter(-6), Come(4_000)]),
        ("sells, half a day, comes", vec![Holly(-6), Quiet(24), Come(4_000)], vec![Quiet(24), Come(4_000), Holly(-6)]),
        (
            "writes, half a day, comes",
            vec![Walter(-4), Quiet(24), Come(4_000)],
            vec![Quiet(24), Come(4_000), Walter(-4)],
        ),
    ];
    let worst = compare(&scenes, &cases);
    assert!(worst < 0.5, "mallory gains {worst:.2}");
}

/// Alice buys in a burst, so much of what she pays is not earned yet. Mallory has 500 of 1,500 and leaves with all: by one request, or by many, before or after lp, who leaves with nine tenths.
#[test]
fn held_leaving_in_parts_gains_nothing() {
    let scene = |parts: u64, lps: bool, first: bool, later: usize| {
        let mut world = world_with(1_000, 10_000);
        world.checked = false;
        world.trader("alice", CLASSIC, 2_000 * TOKEN);
        world.provide("mallory", CLASSIC, MAIN, 500 * TOKEN).ok();
        let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 30));
        quiet(&mut world, 100_000.0, 4);
        let request = |world: &mut World| {
            let all = world.shares("mallory", CLASSIC, MAIN);
            (0..parts)
                .map(|i| {
                    let shares = all / parts + if i == 0 { all % parts } else { 0 };
                    world.request("mallory", CLASSIC, MAIN, shares)
                })
                .collect::<Vec<_>>()
        };
        let mut numbers = Vec::new();
        let mut mine = Vec::new();
        if first {
            mine = request(&mut world);
            numbers.extend(&mine);
        }
        if lps {
            let shares = world.shares("lp", CLASSIC, MAIN) * 9 / 10;
            numbers.push(world.request("lp", CLASSIC, MAIN, shares));
        }
        if !first {
            mine = request(&mut world);
            numbers.extend(&mine);
        }
        quiet(&mut world, 100_000.0, 100);
        step(&mut world, 108_000.0);
        trade(&mut world, "alice", both, 6);
        quiet(&mut world, 108_000.0, later);
        let (mut paid, mut lp) = (0i64, 0i64);
        for _ in 0..4 {
            world.pass_to(1);
            for number in &numbers {
                let before = world.view(CLASSIC).pool.withdrawals_due;
                let execute = world.execute_instruction(CLASSIC, MAIN, *number);
                world.send(execute);
                let amount = (world.view(CLASSIC).pool.withdrawals_due - before) as i64;
                if mine.contains(number) { paid += amount } else { lp += amount }
            }
        }
        let pool = world.view(CLASSIC).pool;
        println!(
            "{parts} parts, lp leaves {lps}, mallory first {first}, {later} half-hours later: mallory is paid {:.2}, lp {:.2}; not earned {:.2}, shares {}, nav {:?}",
            tokens(paid),
            tokens(lp),
            tokens(pool.unearned as i64),
            pool.main.total,
            bounds(&world)
        );
        tokens(paid)
    };
    for (lps, first, later) in [(false, true, 2), (true, true, 2), (true, false, 2), (true, false, 48)] {
        let one = scene(1, lps, first, later);
        let many = scene(8, lps, first, later);
        assert!(many < one + 0.5, "{many:.2} in parts, {one:.2} at once");
    }
}
