//! What changes between a delegate's trade and what it brings about.

use super::scene::*;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        Leg, OptionLeg, TradeTerms,
        state::{Change, PoolParams, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// A delegate who curates the pool raises its penalty after they have written, and liquidates. What liquidations take is within what was taken off their allowance; now it is counted at the penalty of the trade's time, and 5.9 times as much is taken.
#[test]
fn audit_raised_a_penalty_that_is_raised_later_is_within_the_allowance() {
    let mut worst = 0.0f64;
    for by in [0.08, 0.13, 0.2] {
        let mut setup = preset_setup();
        setup.liquidity = TOKEN;
        let mut world = begin_world(setup);
        world.checked = false;
        let params = PoolParams {
            penalty_bps: 10,
            penalty_equity_cap_bps: 2_500,
            liquidator_bps: 7_500,
            short_charge_bps: 25,
            direction_limit_bps: [10_000; 4],
            carry_bps: 30_000,
            growth_limit_bps: 10_000,
            ..roomy()
        };
        let pool = world.add_curated_pool("mallory", CLASSIC, (false, TOKEN), params);
        world.provide("lp", pool, MAIN, 1_000 * TOKEN).ok();
        world.provide("mallory", pool, ShareClass::Insurance, TOKEN).ok();
        for (who, cash) in [("holly", 900), ("owner", 20), ("mallory", 1)] {
            world.trader(who, pool, cash * TOKEN);
        }
        let call = world.list_tenor(pool, BTC, false, 100_000, 30);
        let (keys, key, to) = (world.pools[pool], world.account_key("owner", pool), world.account_key("mallory", pool));
        world.trade("holly", pool, &[(call, 7 * TENTH)]).ok();
        let changed = world.of_curated(pool);
        let dear = PoolParams { penalty_bps: 200, short_charge_bps: 200, ..params };
        let propose = build::propose(world.chain.payer, actor("mallory"), 0, Change::PoolParams(dear), &changed);
        world.send(propose).ok();
        quiet(&mut world, 100_000.0, 48 * 10 + 1);
        let allowance = 4 * TOKEN;
        world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")), allowance)).ok();
        let option = world.view(pool).registry.option(call).expect("an option");
        let terms = TradeTerms { legs: vec![OptionLeg { option, points: -25 * TENTH / 10 }], closing: 0, min_net: 0 };
        let number = world.account("owner", pool).next_order;
        world.send(build::commit_trade(actor("mallory"), &keys, key, number, terms, &world.market(BTC))).ok();
        world.wait_for_fill();
        let feeds = world.markets_to_fill(pool, &key);
        world.send(build::fill_trade(&keys, key, Some(to), None, &feeds[..1])).ok();
        let taken = allowance - world.account("owner", pool).allowance;
        world.send(build::execute_proposal(0, world.chain.payer, &changed)).ok();
        world.pass(120);
        world.send(build::execute_proposal(0, world.chain.payer, &changed)).ok();
        let mut cost = 0;
        for part in 1..=8 {
            step(&mut world, 100_000.0 * (1.0 + by * f64::from(part) / 8.0));
            let legs = vec![Leg { series: call, points: -world.view(pool).held(&key, call) }];
            for event in
                world.send(build::liquidate(actor("mallory"), &keys, key, to, legs, &world.market(BTC))).events()
            {
                if let Event::Liquidated(e) = event {
                    cost += e.penalty;
                }
            }
        }
        println!("a rise of {by}: penalties {cost}, off the allowance {taken}");
        worst = worst.max(cost as f64 / taken as f64);
    }
    assert!(worst <= 1.0, "liquidations took {worst:.2} times what was taken off the allowance");
}
