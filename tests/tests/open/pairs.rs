//! A pair of accounts that holds and has written the same, when a private pool buys back.

use super::scene::*;
use evergreen_sdk::{
    evergreen::state::{NoticeCause, Pool, PoolParams, SeriesId},
    instruction as build, presets,
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// Mallory's pair holds and has written straddles for so many days, which is no risk. Then carol winds her private pool down. Returns what opening cost, what the pair gains in all, and the part of it
/// that the main class pays, tokens.
fn pair(premium: u16, tenor: u32, tenths: i64) -> (f64, f64, f64) {
    let mut setup = preset_setup();
    setup.liquidity = TOKEN;
    let mut world = begin_world(setup);
    world.checked = false;
    let params = PoolParams {
        buyback_bps: premium,
        carry_bps: 50_000,
        growth_limit_bps: 10_000,
        direction_limit_bps: [4_000; 4],
        ..presets::pool_params()
    };
    let pool = world.add_curated_pool("carol", CLASSIC, (true, TOKEN), params);
    world.provide("carol", pool, MAIN, 1_000 * TOKEN).ok();
    for (who, cash) in [("holds", 300), ("writes", 500)] {
        world.trader(who, pool, cash * TOKEN);
    }
    let both: [SeriesId; 2] = [false, true].map(|put| world.list_tenor(pool, BTC, put, 100_000, tenor));
    let hers = |world: &World| -> f64 {
        let of = |who: &&str| {
            let key = world.account_key(who, pool);
            tokens(world.valued(pool, |view, m| m.equity(&view.accounts[&key])))
        };
        ["holds", "writes"].iter().map(of).sum()
    };
    let nav = |world: &World| tokens(world.valued(pool, |_, m| m.net_assets_at_mark()));
    let step = |world: &mut World| {
        let now = world.chain.now();
        world.pass(HALF_HOUR + 1 - now.rem_euclid(HALF_HOUR));
        let place = world.chain.now() / HALF_HOUR;
        price(world, if place % 2 == 0 { 100_000.0 } else { 100_208.0 });
        let sample = world.sample_instruction(BTC);
        world.chain.send(&[sample]);
        let refresh = build::refresh_pool(&world.pools[pool], &world.market(BTC));
        world.chain.send(&[refresh]);
    };
    for _ in 0..6 {
        step(&mut world);
    }
    let (start, before) = (hers(&world), nav(&world));
    // In turns, so that neither side is more than its limit.
    let mut done = 0;
    while done < tenths {
        for (who, sign) in [("holds", 1), ("writes", -1)] {
            world.trade(who, pool, &[(both[0], sign * TENTH), (both[1], sign * TENTH)]).ok();
        }
        done += 1;
    }
    let opened = start - hers(&world);
    let key = world.pools[pool].pool;
    world.send(build::halt_pool(actor("carol"), key)).ok();
    world.send(build::announce_buyback(actor("carol"), key)).ok();
    let moment = world.chain.now() + Pool::BUYBACK_NOTICE;
    while world.chain.now() + HALF_HOUR < moment {
        step(&mut world);
    }
    let wait = moment + 1 - world.chain.now();
    world.pass(wait);
    for sample in world.due_samples() {
        world.chain.send(&[sample]);
    }
    for who in ["holds", "writes"] {
        for id in both {
            let feeds = world.markets_after(moment);
            let account = world.account_key(who, pool);
            let close = build::close_for_place(
                actor("keeper"),
                &world.pools[pool],
                account,
                (id, NoticeCause::Buyback),
                &feeds,
            );
            world.send(close).ok();
        }
        assert!(world.account(who, pool).is_flat());
    }
    (opened, hers(&world) - start, before - nav(&world))
}

/// The premium is on what the pool wrote alone when it was announced. Before, such a pair was paid 4.2 tokens for 0.34 of fees.
#[test]
fn audit_a_pair_without_risk_is_paid_nothing_of_the_premium_of_a_buyback() {
    let mut gains = Vec::new();
    for (premium, tenor, tenths) in [(500, 7, 5), (2_500, 7, 5), (2_500, 30, 5), (500, 1, 5), (2_500, 1, 5)] {
        let (opened, gain, paid) = pair(premium, tenor, tenths);
        println!(
            "premium {premium}, {tenor} days, {tenths} tenths of a BTC: opening cost {opened:.3}, the pair {gain:+.3}, the main class pays {paid:+.3}"
        );
        gains.push(gain);
    }
    assert!(gains.iter().all(|gain| *gain <= 0.0), "{gains:?}");
}
