//! Attacks on accounts, claims and governance.

use evergreen_sdk::{
    events::Event,
    evergreen::state::{NoticeCause, SeriesId, ShareClass},
    instruction as build, presets,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, ETH, Outcome, Setup, World,
    world::{TENTH, TOKEN},
};

const MAIN: ShareClass = ShareClass::Main;

/// Errors by number.
fn last(outcome: &Outcome) -> String {
    outcome.logs.iter().rev().filter(|l| l.contains("rror")).take(2).cloned().collect::<Vec<_>>().join(" | ")
}

/// The series that can be given notice of for a cause.
fn can_be_noticed(world: &World, pool: usize, cause: NoticeCause) -> Vec<SeriesId> {
    let view = world.view(pool);
    let live: Vec<SeriesId> = (0..64u8)
        .map(|slot| SeriesId { slot, generation: view.registry.series[usize::from(slot)].generation })
        .filter(|id| view.registry.series[usize::from(id.slot)].has_interest())
        .collect();
    live.into_iter()
        .filter(|id| world.chain.simulate(&[world.notice_instruction(pool, *id, cause)]).succeeded())
        .collect()
}

/// Lets time pass until a moment, and takes each half-hour's sample at a price that swings.
fn pass_until(world: &mut World, moment: i64) {
    loop {
        let now = world.chain.now();
        let next = (now / 1_800 + 1) * 1_800;
        if next >= moment {
            break;
        }
        world.chain.pass(next - 1 - now);
        for m in [BTC, ETH] {
            world.edit_price(m, |_| {});
        }
        world.chain.pass(2);
        let dollars = if next / 1_800 % 2 == 0 { 100_000 } else { 100_400 };
        world.set_price(BTC, dollars);
        world.set_price(ETH, dollars / 25);
        for s in world.due_samples() {
            world.chain.send(&[s]).ok();
        }
    }
    let now = world.chain.now();
    if moment > now {
        world.chain.pass(moment - now);
    }
    for m in [BTC, ETH] {
        world.edit_price(m, |_| {});
    }
}

/// Whoever holds all capital of a pool in options of next to no value is given no notice while he holds a few points of others that pay still less: notices are of one series
/// at a time, and of the one that pays the smallest part of its rent.
#[test]
#[ignore = "it asserts the fault"]
fn found_a_few_points_shield_all_capital_from_notice() {
    let mut world = World::new(Setup { pool: presets::pool_params(), ..Setup::slow() });
    world.checked = false;
    world.replay = None;
    let hog = world.list_tenor(CLASSIC, BTC, false, 128_000, 1);
    let decoys = [140_000, 149_000].map(|k| world.list_tenor(CLASSIC, BTC, false, k, 1));
    let wanted = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    world.trader("mallory", CLASSIC, 20 * TOKEN);
    world.trader("trader", CLASSIC, 100 * TOKEN);
    for n in 0..2 {
        world.trader(&format!("decoy {n}"), CLASSIC, TOKEN / 10);
    }
    let now = world.chain.now();
    pass_until(&mut world, now + 4 * 3_600);
    let start = ["mallory", "decoy 0", "decoy 1"].map(|w| world.cash(w, CLASSIC)).iter().sum::<i64>();
    // Each hour sells a quarter: mallory takes what she can.
    let mut sent = 0u32;
    for _ in 0..40 {
        let done = world.trade("mallory", CLASSIC, &[(hog, 6 * TENTH)]);
        sent += 2;
        if !done.succeeded() {
            let now = world.chain.now();
            pass_until(&mut world, now + 900);
        }
        let pool = world.view(CLASSIC).pool;
        if pool.reserved_collateral as f64 > 0.775 * pool.pool_cash as f64 {
            break;
        }
    }
    for (n, d) in decoys.iter().enumerate() {
        world.trade(&format!("decoy {n}"), CLASSIC, &[(*d, 1_000)]).ok();
        sent += 2;
    }
    let pool = world.view(CLASSIC).pool;
    let invested =
        world.cash("mallory", CLASSIC) + world.cash("decoy 0", CLASSIC) + world.cash("decoy 1", CLASSIC) - start;
    println!(
        "reserved {:.2} of {:.2}, capacity {:?}; paid {:.6} tokens with {sent} transactions",
        pool.reserved_collateral as f64 / TOKEN as f64,
        pool.pool_cash as f64 / TOKEN as f64,
        pool.is_at_capacity(),
        -invested as f64 / TOKEN as f64
    );
    let shares = world.shares("lp", CLASSIC, MAIN);
    let number = world.request("lp", CLASSIC, MAIN, shares / 2);
    let now = world.chain.now();
    pass_until(&mut world, now + 1_800);
    // A day in which a keeper gives notice of whatever can be given notice of, and closes all that it may at the moment.
    let begin = world.chain.now();
    let at = ["mallory", "decoy 0", "decoy 1"].map(|w| world.cash(w, CLASSIC)).iter().sum::<i64>();
    let (mut notices, mut closed, mut of_hog, mut opened, mut refused) = (0, 0, 0, 0, 0);
    while world.chain.now() < begin + DAY {
        let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
        world.chain.send(&[refresh]).ok();
        let can = can_be_noticed(&world, CLASSIC, NoticeCause::Capital);
        if can.contains(&hog) {
            of_hog += 1;
            println!("the hog at {}", world.chain.now() - begin);
        }
        let Some(id) = can.first().copied() else { panic!("nothing gives way") };
        let moment = world.give_notice(CLASSIC, id, NoticeCause::Capital);
        notices += 1;
        let now = world.chain.now();
        pass_until(&mut world, moment.max(now) + 1);
        for s in world.due_samples() {
            world.chain.send(&[s]).ok();
        }
        let who = if id == hog {
            "mallory".into()
        } else {
            format!("decoy {}", decoys.iter().position(|d| *d == id).unwrap())
        };
        let done = world.close_for_place(&who, CLASSIC, (id, NoticeCause::Capital), moment);
        if done.succeeded() {
            closed += 1;
        } else {
            println!("not closed: {:?} {}", done.code, last(&done));
        }
        // What is freed is wanted by a trader at once.
        let done = world.trade("trader", CLASSIC, &[(wanted, 6 * TENTH / 10 * 3)]);
        if done.succeeded() {
            println!("trader got in");
            world.trade("trader", CLASSIC, &[(wanted, -6 * TENTH / 10 * 3)]).ok();
        } else {
            refused += 1;
        }
        // And mallory opens a few points again.
        if id != hog {
            let done = world.trade(&who, CLASSIC, &[(id, 1_000)]);
            if done.succeeded() {
                opened += 1;
            } else {
                println!("not opened: {:?} {}", done.failure, last(&done));
            }
        }
    }
    world.withdraw("mallory", CLASSIC, 1).ok();
    let end = ["mallory", "decoy 0", "decoy 1"].map(|w| world.cash(w, CLASSIC)).iter().sum::<i64>();
    println!(
        "a day: {notices} notices, {closed} closed, {of_hog} of the hog, {opened} opened again, trader refused {refused} times; costs {:.6} tokens and {} transactions",
        (at - end) as f64 / TOKEN as f64,
        2 * opened
    );
    world.pass_to(1);
    world.pass_to_grid(CLASSIC);
    let done = world.execute(CLASSIC, MAIN, number);
    println!("withdrawal of half: {:?} {}", done.code, last(&done));
    for event in done.events() {
        if let Event::WithdrawalExecuted(e) = event {
            println!("paid {:.4} tokens", e.amount as f64 / TOKEN as f64);
        }
    }
    println!("hog's part: {:?}", {
        let s = world.view(CLASSIC).registry.series[usize::from(hog.slot)];
        s.time_value as f64 / 2f64.powi(32) * s.strike as f64 / (0.1 * s.strike as f64 / 1_000.0)
    });
    assert_eq!((of_hog, closed, refused), (0, notices, notices));
    assert!(at - end < TOKEN as i64 / 100, "a day costs less than a hundredth of a token, and 0.72 by the rent");
}
