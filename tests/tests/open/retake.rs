//! Who closes for a place and commits to it again in the same transaction.

use super::scene::*;
use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{NoticeCause, SeriesId},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

const CAPITAL: NoticeCause = NoticeCause::Capital;

fn reserved(world: &World) -> f64 {
    tokens(world.view(CLASSIC).pool.reserved_collateral as i64)
}

/// Points that reserve so many tokens.
fn locking(world: &World, id: SeriesId, amount: f64) -> i64 {
    let payoff = world.valued(CLASSIC, |view, _| {
        evergreen_tests::valuation::cap_payoff(&view.registry.series[usize::from(id.slot)]).to_bits() >> 64
    });
    (amount * TOKEN as f64 * 1_000.0 / payoff as f64) as i64
}

/// Takes as much of a series as reserves so many tokens, as fast as the hours let her.
fn take(world: &mut World, who: &str, id: SeriesId, amount: f64) {
    let mut left = locking(world, id, amount);
    for _ in 0..200 {
        let part = left.min(locking(world, id, 40.0));
        if part <= 0 {
            return;
        }
        if world.trade(who, CLASSIC, &[(id, part)]).succeeded() {
            left -= part;
        } else {
            step(world, 100_000.0);
        }
    }
    panic!("{left} points are left");
}

/// Mallory holds nine tenths of the limit in calls of next to nothing, and the last tenth in still cheaper ones. Those are given notice, she closes them at the moment, and commits to as many in the same transaction.
#[test]
#[ignore = "open"]
fn found_who_closes_for_a_place_takes_it_again_and_keeps_others_out() {
    let mut world = world(1_000, &[("mallory", 100), ("decoy", 100), ("trader", 300)]);
    world.checked = false;
    let [hog, cheap] = [128_000, 140_000].map(|strike| world.list_tenor(CLASSIC, BTC, false, strike, 1));
    let wanted = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    quiet(&mut world, 100_000.0, 8);
    let start = ["mallory", "decoy"].map(|who| equity(&world, who)).iter().sum::<f64>();
    take(&mut world, "mallory", hog, 719.0);
    take(&mut world, "decoy", cheap, 79.5);
    quiet(&mut world, 100_000.0, 12);
    let opened = start - ["mallory", "decoy"].map(|who| equity(&world, who)).iter().sum::<f64>();
    let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN) / 2);
    println!("reserved {:.2} of 800, which has cost {opened:.4}", reserved(&world));
    let lots = world.account("decoy", CLASSIC).positions.iter().map(|p| p.points).sum::<i64>();
    let (mut cycles, mut kept_out, mut minutes) = (0, 0, 0);
    while cycles < 12 {
        let keys = world.pools[CLASSIC];
        // Whoever wants a place gives notice of all that has to give way.
        let given: Vec<SeriesId> = [hog, cheap]
            .into_iter()
            .filter(|id| {
                let notice = world.notice_instruction(CLASSIC, *id, CAPITAL);
                world.send(notice).succeeded()
            })
            .collect();
        if given.is_empty() {
            println!("nothing has to give way, reserved {:.2}", reserved(&world));
            break;
        }
        let moment = world.chain.now() + 600;
        world.pass(601);
        minutes += 10;
        let before: Vec<_> = world.due_samples();
        for sample in before {
            world.chain.send(&[sample]);
        }
        let hog_gives_way = given.contains(&hog);
        // She is the first: closed and committed again in one transaction.
        let feeds = world.markets_after(moment);
        let close = build::close_for_place(
            actor("mallory"),
            &keys,
            world.account_key("decoy", CLASSIC),
            (cheap, CAPITAL),
            &feeds,
        );
        let again = {
            // The terms of the account as it will be.
            let mut fork = world.clone();
            fork.send(close.clone()).ok();
            fork.commit_within("decoy", CLASSIC, &[(cheap, lots)], -(TOKEN as i64))
        };
        let done = world.send_all(&[close.clone(), again]);
        if !done.succeeded() {
            println!("minute {minutes}: closed and taken again: {:?}", done.failure);
            world.send(close).ok();
            let buys = world.trade("trader", CLASSIC, &[(wanted, 2 * TENTH)]);
            println!("  the trader buys: {:?}, reserved {:.2}", buys.failure, reserved(&world));
            break;
        }
        cycles += 1;
        // Keepers try the rest, the trader and the provider try at once.
        let feeds = world.markets_after(moment);
        let rest = build::close_for_place(
            actor("keeper"),
            &keys,
            world.account_key("mallory", CLASSIC),
            (hog, CAPITAL),
            &feeds,
        );
        let rest = world.send(rest);
        let buys = world.trade("trader", CLASSIC, &[(wanted, TENTH)]);
        kept_out += u32::from(buys.is(EvergreenError::ReserveLimit));
        world.pass(4);
        let filled = world.fill("decoy", CLASSIC);
        println!(
            "minute {minutes}: notices {} (of the hog {hog_gives_way}), the hog is closed {:?}, the trader {:?}, filled {:?}, reserved {:.2}",
            given.len(),
            rest.code,
            buys.code,
            filled.failure,
            reserved(&world)
        );
        world.pass(40);
    }
    quiet(&mut world, 100_000.0, 48);
    world.pass_to(1);
    let execute = world.execute_instruction(CLASSIC, MAIN, number);
    let left = world.send(execute);
    let cost = start - ["mallory", "decoy"].map(|who| equity(&world, who)).iter().sum::<f64>();
    println!(
        "{cycles} times in {minutes} minutes, the trader was refused {kept_out} times; a day later the provider: {:?}, paid {:.2}; it cost {cost:.4} in all",
        left.failure,
        tokens(world.view(CLASSIC).pool.withdrawals_due as i64)
    );
    assert_eq!(
        cycles, 0,
        "what was closed for its place was taken again {cycles} times, and others were kept out {kept_out} times"
    );
}
