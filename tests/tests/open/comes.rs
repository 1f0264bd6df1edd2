//! Who comes does not pay for what is not earned yet, and has no more of it than is earned while they stay.

use super::scene::*;
use evergreen_sdk::instruction as build;
use evergreen_tests::{BTC, CLASSIC, chain::actor, world::TOKEN};

struct Left {
    bob: f64,
    mallory: f64,
    shares: u64,
    /// What was earned while they stayed, of what was not when they came.
    earned: f64,
}

/// All 1,000 of liquidity and holly's account are mallory's. Bob deposits, and leaves after some days. In the minute before theirs, holly buys straddles, and sells them after it.
fn play(jump: f64, after: usize, deposit: u64, tenths: i64, days: usize, markup: u16, trick: bool) -> Left {
    let mut world = world_marked(1_000, &[("holly", 1_000)], markup);
    world.checked = false;
    world.fund("bob", CLASSIC, deposit * TOKEN);
    let mint = world.pools[CLASSIC].share_mint(MAIN);
    world.chain.create_token_account(&actor("bob"), &mint, &anchor_spl::token::ID);
    world.chain.give_lamports(&actor("bob"), 10_000_000_000);
    quiet(&mut world, 100_000.0, 60);
    let at = 100_000.0 * jump;
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, (at / 1000.0).round() as u64 * 1000, 30));
    step(&mut world, at);
    if after > 0 {
        quiet(&mut world, at, after);
    }
    world.pass_to(50);
    if trick {
        world.trade("holly", CLASSIC, &legs(both, tenths)).ok();
    }
    world.pass_to(56);
    let number = world.next_number("bob");
    world.send(build::request_deposit(actor("bob"), &world.pools[CLASSIC], MAIN, number, deposit * TOKEN, 0)).ok();
    world.pass_to(1);
    let execute = world.execute_deposit_instruction("bob", CLASSIC, number);
    world.send(execute).ok();
    let shares = world.shares("bob", CLASSIC, MAIN);
    let (set_aside, came) = (tokens(world.view(CLASSIC).pool.unearned as i64), world.chain.now());
    if trick {
        world.pass(5);
        world.trade("holly", CLASSIC, &legs(both, -tenths)).ok();
    }
    for day in 0..days - 1 {
        quiet(&mut world, at, 48);
        let _ = day;
    }
    let number = world.request("bob", CLASSIC, MAIN, shares);
    let mut day = 0;
    while world.view(CLASSIC).withdrawals_of(MAIN).any(|w| w.shares > 0) && day < 30 {
        quiet(&mut world, at, 49);
        world.pass_to(1);
        let execute = world.execute_instruction(CLASSIC, MAIN, number);
        world.send(execute).ok();
        day += 1;
    }
    let bob = tokens(world.view(CLASSIC).pool.withdrawals_due as i64);
    let half_hours = (world.chain.now() - came) as f64 / HALF_HOUR as f64;
    let earned = set_aside * (1.0 - (1.0 - 1.0 / 1_440.0_f64).powf(half_hours));
    quiet(&mut world, at, 96);
    Left { bob, mallory: worth_of(&world, "lp") + equity(&world, "holly"), shares, earned }
}

/// They paid their part of what holly had paid beyond the bid, and left it within a day: of 330 they lost 10.5, of 9,000 33.3.
#[test]
fn audit_spreads_a_purchase_before_the_minute_takes_nothing_from_who_comes() {
    let mut gained = f64::MIN;
    for (jump, after, deposit, tenths, days, markup) in [
        (1.05, 2, 330, 8, 1, 0),
        (1.05, 2, 330, 1, 1, 0),
        (1.05, 2, 9_000, 1, 1, 0),
        (1.05, 2, 9_000, 8, 1, 0),
        (1.05, 2, 9_000, 8, 15, 0),
        (1.0, 2, 9_000, 8, 1, 0),
        (1.0, 2, 330, 8, 1, 1_000),
        (1.0, 2, 9_000, 8, 1, 1_000),
        (1.05, 24, 9_000, 8, 1, 0),
    ] {
        let [alone, trick] = [false, true].map(|trick| play(jump, after, deposit, tenths, days, markup, trick));
        println!(
            "mark-up {markup}, jump {jump}, {after} half-hours later, a deposit of {deposit}, {tenths} tenths, leaves after {days} days: bob {:+.2}, by the trick {:+.2}; mallory {:+.2} by it; {:.3} % fewer shares",
            alone.bob - deposit as f64,
            trick.bob - deposit as f64,
            trick.mallory - alone.mallory,
            100.0 - 100.0 * trick.shares as f64 / alone.shares as f64
        );
        gained = gained.max(trick.mallory - alone.mallory);
        // They have at most their part of what is earned while they stay, and of the fees.
        let most = trick.earned * deposit as f64 / (1_000.0 + deposit as f64) + 0.5;
        assert!((-0.01..most).contains(&(trick.bob - alone.bob)), "bob {:+}, at most {most}", trick.bob - alone.bob);
    }
    assert!(gained < 0.5, "{gained}");
}
