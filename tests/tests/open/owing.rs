//! Who owes, in a pool that pays a part.

use super::scene::{begin_world, preset_setup, quiet, step, tokens};
use evergreen_sdk::{
    evergreen::{errors::EvergreenError, state::SeriesId},
    instruction as build,
};
use evergreen_tests::{
    BTC, STOCK, World,
    chain::actor,
    outcome::Outcome,
    seizures::Seizure,
    world::{TENTH, TOKEN},
};

/// Alice and ben hold the same calls. Ben is settled every day, alice never. An issuer seizes a part of the pool, and the calls end at their cap.
fn scene(days: usize, collected: bool, exercised: bool) -> (World, SeriesId) {
    let mut setup = preset_setup();
    (setup.liquidity, setup.insurance) = (400 * TOKEN, 0);
    let mut world = begin_world(setup);
    world.checked = false;
    let call = world.list_tenor(STOCK, BTC, false, 105_000, 7);
    for who in ["alice", "ben"] {
        world.trader(who, STOCK, 200 * TOKEN);
        world.trade(who, STOCK, &[(call, 2 * TENTH)]).ok();
        quiet(&mut world, 100_000.0, 2);
    }
    let keys = world.pools[STOCK];
    for _ in 0..days {
        quiet(&mut world, 100_000.0, 48);
        let refresh = build::refresh_pool(&keys, &world.markets());
        world.send(refresh).ok();
        world.send(build::settle_positions(&keys, world.account_key("ben", STOCK))).ok();
    }
    let pool = world.view(STOCK).pool;
    world.seize(STOCK, keys.vault, pool.pool_cash as u64 - pool.reserved_collateral / 2, Seizure::Burn);
    world.sync(STOCK).ok();
    if collected {
        world.send(build::settle_positions(&keys, world.account_key("alice", STOCK))).ok();
    }
    for dollars in if exercised { vec![110_000.0, 118_000.0, 126_500.0] } else { vec![110_000.0, 118_000.0] } {
        step(&mut world, dollars);
    }
    if exercised {
        world.send(build::exercise_series(&keys, call, &world.feeds[BTC].accounts)).ok();
    }
    (world, call)
}

/// Does something, and where that waits for what others owe, settles them and does it again.
fn collected_first(world: &mut World, act: impl Fn(&mut World) -> Outcome) -> Outcome {
    let done = act(world);
    if !done.is(EvergreenError::FundingUncollected) {
        return done;
    }
    let keys = world.pools[STOCK];
    let refresh = build::refresh_pool(&keys, &world.markets());
    world.send(refresh).ok();
    for who in ["alice", "ben"] {
        world.send(build::settle_positions(&keys, world.account_key(who, STOCK)));
    }
    act(world)
}

/// How much more alice is paid than ben for the same options, at worst, where each of these acts in these orders.
fn worst_of(orders: &[&[&str]]) -> f64 {
    let mut worst = 0.0f64;
    for (days, collected) in [(5, false), (30, false), (60, false), (60, true)] {
        let (begun, _) = scene(days, collected, true);
        let keys = begun.pools[STOCK];
        let pool = begun.view(STOCK).pool;
        let key = begun.account_key("alice", STOCK);
        let owes = tokens(begun.valued(STOCK, |view, markets| markets.owed(&view.accounts[&key])));
        println!(
            "{days} days, collected {collected}: pool cash {:.3}, reserved {:.3}, alice has {:.3} and owes {owes:.3}",
            tokens(pool.pool_cash),
            tokens(pool.reserved_collateral as i64),
            tokens(begun.cash("alice", STOCK))
        );
        for order in orders {
            let mut world = begun.clone();
            let before = ["alice", "ben"].map(|who| world.cash(who, STOCK));
            for act in *order {
                let who = act.split(' ').next().expect("a name");
                let key = world.account_key(who, STOCK);
                if act.ends_with("signs") {
                    let signed =
                        collected_first(&mut world, |world| world.send(build::settle_for_less(actor(who), &keys, key)));
                    println!("    {act}: {:?}", signed.failure);
                } else {
                    world.send(build::settle_positions(&keys, key));
                }
            }
            let got = [("alice", 0), ("ben", 1)].map(|(who, i)| tokens(world.cash(who, STOCK) - before[i]));
            let paid = [got[0] + owes, got[1]];
            println!(
                "  {order:?}: alice {:+.3}, that is a payoff of {:.3}; ben {:.3}; pool cash {:.3} left",
                got[0],
                paid[0],
                paid[1],
                tokens(world.view(STOCK).pool.pool_cash)
            );
            worst = worst.max(paid[0] / paid[1]);
        }
    }
    worst
}

/// Both hold the same, so each of them is paid the same part of it: what one of them owes is paid in full, out of her cash if need be, whether she or somebody else has it settled before ben signs.
#[test]
fn audit_owing_who_has_not_paid_his_funding_is_paid_no_larger_part() {
    let worst = worst_of(&[
        &["alice signs", "ben signs"],
        &["alice", "alice signs", "ben signs"],
        &["alice", "ben", "ben signs", "alice signs"],
    ]);
    assert!(worst < 1.02, "who has not paid her funding is paid {worst:.2} times as much for the same options");
}

/// Ben signs before anybody has collected what alice owes: they are told to have it collected first. Before, they were paid 7.0 and she 13.8.
#[test]
fn audit_owing_who_signs_before_others_have_paid_is_paid_no_smaller_part() {
    let worst = worst_of(&[&["ben signs", "alice signs"]]);
    assert!(worst < 1.02, "who has not paid her funding is paid {worst:.2} times as much for the same options");
}

/// The same of options that have not ended, where both sell in this order.
fn worst_of_sales(order: [&str; 2]) -> f64 {
    let mut worst = 0.0f64;
    for (days, collected) in [(60, false), (60, true)] {
        let (begun, call) = scene(days, collected, false);
        let pool = begun.view(STOCK).pool;
        let key = begun.account_key("alice", STOCK);
        let owes = tokens(begun.valued(STOCK, |view, markets| markets.owed(&view.accounts[&key])));
        println!(
            "{days} days, collected {collected}: pool cash {:.3}, reserved {:.3}, alice has {:.3} and owes {owes:.3}",
            tokens(pool.pool_cash),
            tokens(pool.reserved_collateral as i64),
            tokens(begun.cash("alice", STOCK))
        );
        {
            let mut world = begun.clone();
            let before = ["alice", "ben"].map(|who| world.cash(who, STOCK));
            for who in order {
                let commit = world.commit_instruction(who, STOCK, &[(call, -2 * TENTH)]);
                world.send_before(commit).ok();
                let sold = collected_first(&mut world, |world| world.fill(who, STOCK));
                if !sold.succeeded() {
                    println!("    {who}: {:?}", sold.failure);
                }
            }
            let got = [("alice", 0), ("ben", 1)].map(|(who, i)| tokens(world.cash(who, STOCK) - before[i]));
            println!(
                "  {order:?}: alice {:+.3}, that is a price of {:.3}; ben {:.3}; pool cash {:.3} left",
                got[0],
                got[0] + owes,
                got[1],
                tokens(world.view(STOCK).pool.pool_cash)
            );
            worst = worst.max((got[0] + owes) / got[1]);
        }
    }
    worst
}

#[test]
fn audit_owing_who_has_not_paid_his_funding_sells_for_no_larger_part() {
    let worst = worst_of_sales(["alice", "ben"]);
    assert!(worst < 1.02, "who has not paid her funding sells for {worst:.2} times as much");
}

/// Ben sells before anybody has collected what alice owes.
#[test]
fn audit_owing_who_sells_before_others_have_paid_is_paid_no_smaller_part() {
    let worst = worst_of_sales(["ben", "alice"]);
    assert!(worst < 1.02, "who has not paid her funding sells for {worst:.2} times as much");
}
