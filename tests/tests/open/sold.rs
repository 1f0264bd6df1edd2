//! What is waited for can be had.

use super::scene::*;
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    evergreen::{Leg, state::SeriesId},
    instruction as build,
};
use evergreen_test_support::random::Random;
use evergreen_tests::{
    BTC, CLASSIC, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// What bob holds.
fn held(world: &World, all: &[SeriesId]) -> Vec<SeriesId> {
    let (view, key) = (world.view(CLASSIC), world.account_key("bob", CLASSIC));
    all.iter().filter(|id| view.held(&key, **id) > 0).copied().collect()
}

/// Bob holds options at random and no cash. Whatever prices do, what they owe can be had at once: one of their options is sold for it, or they are liquidated, or nothing covers it and nobody waits for it. Each debt is a covered one
/// only as far as the pool counts it.
#[test]
fn held_a_covered_debt_is_sold_at_once_whatever_prices_have_done() {
    let (mut sold, mut liquidated, mut bad) = (0, 0, 0);
    for seed in 0..4 {
        let mut random = Random(seed);
        let mut world = world(3_000, &[("bob", 900), ("keeper", 10)]);
        world.checked = false;
        let (mut all, mut chosen) = (Vec::new(), Vec::new());
        for _ in 0..random.range(1, 7) {
            let put = random.range(0, 2) == 0;
            let strike = 1_000 * random.range(90, 111) as u64;
            let tenor = *random.pick(&[1u32, 7, 30]);
            if chosen.contains(&(put, strike, tenor)) {
                continue;
            }
            chosen.push((put, strike, tenor));
            let id = world.list_tenor(CLASSIC, BTC, put, strike, tenor);
            let done = world.trade("bob", CLASSIC, &[(id, random.range(1, 30) * TENTH / 10)]);
            if done.succeeded() {
                all.push(id);
            }
            quiet(&mut world, 100_000.0, 3);
        }
        collect(&mut world, "bob");
        let cash = world.cash("bob", CLASSIC);
        world.withdraw("bob", CLASSIC, cash as u64 - 1_000).ok();
        let mut dollars = 100_000.0;
        for _ in 0..96 {
            let swing = *random.pick(&[0.001, 0.003, 0.01, 0.03]);
            dollars *= if random.range(0, 2) == 0 { 1.0 + swing } else { 1.0 - swing };
            step(&mut world, dollars);
            world.pass(random.range(0, 1_500));
            price(&mut world, dollars * (1.0 + random.range(-10, 11) as f64 / 10_000.0));
            collect(&mut world, "bob");
            let mut tries = 0;
            while world.view(CLASSIC).pool.covered_debts > 0 {
                tries += 1;
                assert!(tries < 20, "seed {seed}: still {}", world.cash("bob", CLASSIC));
                let codes: Vec<_> = held(&world, &all)
                    .into_iter()
                    .map(|id| world.close_for_cash("bob", CLASSIC, id))
                    .map(|done| if done.succeeded() { None } else { done.code.or(Some(0)) })
                    .collect();
                if codes.iter().any(Option::is_none) {
                    sold += 1;
                    continue;
                }
                let legs = held(&world, &all).into_iter().take(4);
                let key = world.account_key("bob", CLASSIC);
                let legs = legs.map(|series| Leg { series, points: -world.view(CLASSIC).held(&key, series) }).collect();
                let by = world.account_key("keeper", CLASSIC);
                let feeds = world.market(BTC);
                let done = world.send(build::liquidate(actor("keeper"), &world.pools[CLASSIC], key, by, legs, &feeds));
                assert!(
                    done.succeeded(),
                    "seed {seed} at {dollars:.0}: cash {}, health {}, sales {codes:?}, liquidation {:?}",
                    world.cash("bob", CLASSIC),
                    health(&world, "bob", HealthLevel::Maintenance),
                    done.failure
                );
                liquidated += 1;
            }
            bad += u32::from(world.cash("bob", CLASSIC) < 0);
        }
    }
    let _ = TOKEN;
    println!("{sold} sales, {liquidated} liquidations, {bad} times a bad debt");
    assert!(sold > 20);
}
