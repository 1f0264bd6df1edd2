//! Settlements, exits and sales at random in a pool of which a part was seized. The invariants of the tests are checked after each transaction.

use super::scene::{begin_world, preset_setup, quiet, step, tokens};
use evergreen_sdk::{
    evergreen::{Leg, state::SeriesId},
    instruction as build,
};
use evergreen_test_support::random::Random;
use evergreen_tests::{
    BTC, STOCK, World,
    chain::actor,
    outcome::Outcome,
    seizures::Seizure,
    world::{TENTH, TOKEN},
};

const PEOPLE: [&str; 5] = ["ann", "ben", "cat", "dan", "eve"];

fn begin(random: &mut Random) -> (World, Vec<SeriesId>) {
    let mut setup = preset_setup();
    (setup.liquidity, setup.insurance) = (400 * TOKEN, *random.pick(&[0, 5, 50]) * TOKEN);
    let mut world = begin_world(setup);
    let mut all = Vec::new();
    for (strike, tenor) in [(100_000, 1), (105_000, 7)] {
        all.extend([false, true].map(|put| world.list_tenor(STOCK, BTC, put, strike, tenor)));
    }
    for who in PEOPLE {
        world.trader(who, STOCK, 200 * TOKEN);
    }
    for round in 0..2 {
        for who in PEOPLE {
            for id in &all {
                let writes = round == 1 && who != "eve" && random.range(0, 3) == 0;
                let tenths = if round == 0 {
                    random.range(0, 3)
                } else if writes {
                    -random.range(0, 3)
                } else {
                    0
                };
                if tenths != 0 {
                    world.trade(who, STOCK, &[(*id, tenths * TENTH)]);
                }
            }
            quiet(&mut world, 100_000.0, 2);
        }
    }
    for who in PEOPLE {
        // Some keep no cash beside what they need.
        let spare = world.valued(STOCK, |view, markets| {
            use evergreen_math::margin::HealthLevel;
            let account = &view.accounts[&evergreen_key(view, who)];
            markets.health(account, HealthLevel::Initial).min(account.cash)
        });
        if (who == "eve" || random.range(0, 2) == 0) && spare > 0 {
            world.withdraw(who, STOCK, (spare as u64).saturating_sub(TOKEN / 10));
        }
    }
    (world, all)
}

fn evergreen_key(view: &evergreen_tests::snapshot::PoolView, who: &str) -> evergreen_sdk::anchor_lang::prelude::Pubkey {
    let owner = actor(who);
    *view.accounts.iter().find(|(_, account)| account.owner == owner).expect("an account").0
}

fn act(world: &mut World, random: &mut Random, all: &[SeriesId]) -> (&'static str, Outcome) {
    let who = *random.pick(&PEOPLE);
    let (keys, key) = (world.pools[STOCK], world.account_key(who, STOCK));
    let id = *random.pick(all);
    let held = world.view(STOCK).held(&key, id);
    match random.range(0, 9) {
        0..=2 => ("settled by others", world.send(build::settle_positions(&keys, key))),
        3 => ("settled by themselves", world.send(build::settle_for_less(actor(who), &keys, key))),
        4 => ("withdraws", world.withdraw(who, STOCK, 1)),
        5 if held != 0 => ("closes", world.trade(who, STOCK, &[(id, -held)])),
        6 => ("closed for cash", world.close_for_cash(who, STOCK, id)),
        7 if held != 0 => {
            let by = PEOPLE.into_iter().find(|other| *other != who).expect("another");
            let legs = vec![Leg { series: id, points: -held }];
            let to = world.account_key(by, STOCK);
            ("liquidated", world.send(build::liquidate(actor(by), &keys, key, to, legs, &world.market(BTC))))
        }
        8 => ("absorbed", world.send(build::absorb_bad_debt(&keys, key))),
        _ => {
            let refresh = build::refresh_pool(&keys, &world.markets());
            ("refreshed", world.send(refresh))
        }
    }
}

#[test]
fn held_settlements_in_a_seized_pool_keep_every_rule() {
    let mut done = std::collections::BTreeMap::new();
    for seed in 0..8 {
        let mut random = Random(seed);
        let (mut world, all) = begin(&mut random);
        let mut dollars = 100_000.0;
        let keys = world.pools[STOCK];
        for day in 0..8 {
            if day == 3 || day == 5 {
                let pool = world.view(STOCK).pool;
                let (held, reserved) = (pool.pool_cash.max(0) as u64, pool.reserved_collateral);
                let left = reserved * random.range(0, 8) as u64 / 10;
                world.seize(STOCK, keys.vault, held.saturating_sub(left), Seizure::Burn);
                let sync = world.sync(STOCK);
                assert!(sync.succeeded(), "{:?}", sync.failure);
            }
            for _ in 0..random.range(1, 30) {
                dollars *= if random.range(0, 2) == 0 { 1.004 } else { 0.996 };
                step(&mut world, dollars);
            }
            if day == 5 || day == 6 {
                let up = random.range(0, 2) == 0;
                for _ in 0..8 {
                    dollars *= if up { 1.03 } else { 0.97 };
                    step(&mut world, dollars);
                }
                for id in &all {
                    world.send(build::exercise_series(&keys, *id, &world.feeds[BTC].accounts));
                }
            }
            for _ in 0..12 {
                let (what, outcome) = act(&mut world, &mut random, &all);
                let counts: &mut (u32, u32) = done.entry(what).or_default();
                if outcome.succeeded() {
                    counts.0 += 1;
                } else {
                    counts.1 += 1;
                }
            }
        }
        let pool = world.view(STOCK).pool;
        println!(
            "seed {seed}: pool cash {:.3}, reserved {:.3}, debts {:.3}",
            tokens(pool.pool_cash),
            tokens(pool.reserved_collateral as i64),
            tokens(pool.debts as i64)
        );
    }
    println!("done and refused: {done:?}");
    assert!(done.values().filter(|(succeeded, _)| *succeeded > 0).count() >= 6);
}
