//! What is owed as cash or as a payoff, and not as funding, is waited for, too.

use super::scene::*;
use evergreen_sdk::{evergreen::errors::EvergreenError, instruction as build};
use evergreen_tests::{BTC, CLASSIC, Setup, World, world::TOKEN};

fn bare(liquidity: u64, insurance: u64, people: &[(&str, u64)]) -> World {
    peopled(Setup { liquidity: liquidity * TOKEN, insurance: insurance * TOKEN, ..preset_setup() }, people)
}

fn show(world: &World, what: &str) {
    let pool = world.view(CLASSIC).pool;
    println!(
        "{what}: pool cash {:.2}, reserved {:.2}, debts {:.2} (bad {:.2}), insurance {:.2}, holly {:.2} owes {:.2}, walter {:.2} is owed {:.2}",
        tokens(pool.pool_cash),
        tokens(pool.reserved_collateral as i64),
        tokens(pool.debts as i64),
        tokens(pool.bad_debts as i64),
        tokens(pool.insurance_cash as i64 + pool.insurance_due),
        tokens(world.cash("holly", CLASSIC)),
        owed(world, "holly"),
        tokens(world.cash("walter", CLASSIC)),
        -owed(world, "walter"),
    );
}

/// Holly holds straddles of a day on 1 BTC and has some cash; walter, a stranger, has written the same. The provider leaves as far as it may. Somebody collects from holly, as walter
/// is told to: her funding becomes a debt. Her options reserve more than she owes, and are closed for her cash by anyone.
///
/// Before, nobody waited for a debt: walter was cut by 36.2 tokens of which 7.3 could be had.
#[test]
fn audit_uncollected_a_writer_is_not_cut_for_a_debt_that_is_sold_for_cash_a_moment_later() {
    for (cash, days) in [(0, 4), (0, 6), (10, 8)] {
        let mut world = bare(1_000, 0, &[("holly", cash + 80), ("walter", 2_000), ("keeper", 10)]);
        let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
        for _ in 0..2 {
            world.trade("holly", CLASSIC, &legs(both, 5)).ok();
            world.trade("walter", CLASSIC, &legs(both, -5)).ok();
            quiet(&mut world, 100_000.0, 4);
        }
        // While the provider leaves both are settled every day.
        let number = leave(&mut world, 8, |world, _| {
            collect(world, "holly").ok();
            world.withdraw("walter", CLASSIC, 1).ok();
        });
        let spare = world.cash("holly", CLASSIC) - (cash * TOKEN) as i64;
        if spare > 0 {
            // Less than a unit of each position may be left to be collected.
            world.withdraw("holly", CLASSIC, spare as u64 - 10).ok();
        }
        show(&world, "the provider has left");
        for _ in 0..days {
            quiet(&mut world, 100_000.0, 48);
            world.pass_to(1);
            let execute = world.execute_instruction(CLASSIC, MAIN, number);
            world.send(execute);
        }
        show(&world, "before");
        let mut asks = world.clone();
        println!("  withdraws before: {:?}", asks.withdraw("walter", CLASSIC, TOKEN).failure);
        collect(&mut world, "holly").ok();
        show(&world, "collected");
        // First: walter asks now.
        let mut first = world.clone();
        let done = first.withdraw("walter", CLASSIC, TOKEN);
        let cut = cut_of(&done);
        println!("  asks now: {:?}, cut {cut:.2}", done.failure);
        show(&first, "  paid");
        // Or holly is closed for her debt before, by anyone.
        let mut sold = world.clone();
        for id in both {
            println!("  closed for cash: {:?}", sold.close_for_cash("holly", CLASSIC, id).failure);
        }
        show(&sold, "  closed");
        let keys = sold.pools[CLASSIC];
        let key = sold.account_key("holly", CLASSIC);
        let _ = (keys, key);
        let later = sold.withdraw("walter", CLASSIC, TOKEN);
        println!("  asks then: {:?}, cut {:.2}", later.failure, cut_of(&later));
        show(&sold, "  paid then");
        assert!(!later.is(EvergreenError::FundingUncollected), "nothing is left for which anybody could wait");
        if done.is(EvergreenError::FundingUncollected) {
            continue;
        }
        assert!(cut <= cut_of(&later) + 0.01, "walter loses {cut} of which {} had to be lost", cut_of(&later));
    }
}

/// Sam has written the calls that alice holds; they reach their cap, and what they owe for them is collected by anyone without a price. Walter, a stranger, has written what nobody holds any more, and
/// the provider has left. They ask before sam is settled, and are told to settle them.
///
/// Before, a payoff that is owed was no funding, so nobody waited for it: walter was cut by 37.3 tokens of which 28.0 could be collected.
#[test]
fn audit_uncollected_a_writer_is_not_cut_while_another_one_owes_the_payoff_of_an_exercise() {
    use evergreen_tests::world::TENTH;
    let mut world = bare(1_000, 0, &[("holly", 500), ("walter", 2_000), ("alice", 400), ("sam", 400)]);
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    let far = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    world.trade("holly", CLASSIC, &legs(both, 5)).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("walter", CLASSIC, &legs(both, -5)).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("alice", CLASSIC, &[(far, 4 * TENTH)]).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("sam", CLASSIC, &[(far, -4 * TENTH)]).ok();
    world.trade("holly", CLASSIC, &legs(both, -5)).ok();
    let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN));
    for day in 0..22 {
        quiet(&mut world, 100_000.0, 48);
        world.withdraw("alice", CLASSIC, 1).ok();
        world.pass_to(1);
        let execute = world.execute_instruction(CLASSIC, MAIN, number);
        world.send(execute);
        if day < 10 {
            world.withdraw("walter", CLASSIC, 1).ok();
        }
        world.withdraw("sam", CLASSIC, 1);
    }
    for dollars in [110_000.0, 118_000.0, 126_500.0] {
        step(&mut world, dollars);
    }
    let (keys, feed) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    world.send(build::exercise_series(&keys, far, &feed)).ok();
    touch(&mut world);
    world.send(build::settle_positions(&keys, world.account_key("alice", CLASSIC))).ok();
    show(&world, "alice is paid");
    let mut first = world.clone();
    let done = first.withdraw("walter", CLASSIC, TOKEN);
    println!("walter asks now: {:?}, cut {:.2}", done.failure, cut_of(&done));
    // They have committed to buy a little back; anyone fills it before sam is settled.
    let mut filled = world.clone();
    let trade = filled.trade("walter", CLASSIC, &[(both[1], TENTH / 10)]);
    let gain = tokens(filled.cash("walter", CLASSIC) - world.cash("walter", CLASSIC));
    println!(
        "or others fill their trade: {:?}, cash {gain:+.2}, owed then {:.2}",
        trade.failure,
        -owed(&filled, "walter")
    );
    let before = world.cash("sam", CLASSIC);
    world.send(build::settle_positions(&keys, world.account_key("sam", CLASSIC))).ok();
    println!("sam pays {:.2} of {:.2}", tokens(before - world.cash("sam", CLASSIC)), tokens(before));
    let later = world.withdraw("walter", CLASSIC, TOKEN);
    println!("walter asks then: {:?}, cut {:.2}", later.failure, cut_of(&later));
    later.clone().ok();
    assert!(
        cut_of(&done) <= cut_of(&later) + 0.01,
        "walter loses {:.2} of which {:.2} had to be lost",
        cut_of(&done),
        cut_of(&later)
    );
}
