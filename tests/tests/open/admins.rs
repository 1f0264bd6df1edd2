//! What an admin does to ways out by parameters of an underlying, within their bounds.

use super::scene::*;
use evergreen_sdk::{
    evergreen::state::{Change, Proposal, UnderlyingParams},
    instruction as build, presets,
};
use evergreen_tests::{
    BTC, CLASSIC, HOUR, World,
    chain::actor,
    world::{DOLLAR, TENTH, TOKEN},
};

/// What ways out did in nine days.
#[derive(Debug, Default, PartialEq)]
struct Out {
    /// Times that the provider's request was executed, a quarter of the class a day.
    executed: u32,
    /// Days on which holder or writer could not withdraw a token of the hundred that they have to spare.
    no_margin: u32,
    /// Days on which the feed could be reported as silent.
    silent: u32,
}

/// A stranger's pool, whose providers have ten days to leave before any change of it. An admin, who has no power over it, changes its underlying after two days. Prices are 3 basis points wide, 10 from their
/// average, and 3 seconds old when they are used.
fn ways_out(change: impl Fn(&mut UnderlyingParams)) -> Out {
    let mut world = World::flat();
    (world.round_trip_every, world.replay, world.checked) = (u32::MAX, None, false);
    let pool = world.add_curated_pool("carol", CLASSIC, (false, TOKEN), presets::pool_params());
    world.provide("lp", pool, MAIN, 500 * TOKEN).ok();
    let call = world.list_tenor(pool, BTC, false, 100_000, 30);
    for (who, sign) in [("holder", 1), ("writer", -1)] {
        world.trader(who, pool, 200 * TOKEN);
        world.trade(who, pool, &[(call, sign * TENTH)]).ok();
    }
    let mut params = world.underlying(BTC).params;
    change(&mut params);
    let changed = world.of_market(BTC);
    let id = world.propose(Change::UnderlyingParams(params), &changed);
    // The provider asks for all as soon as it is proposed; nobody executes before the change.
    let number = world.request("lp", pool, MAIN, world.shares("lp", pool, MAIN));
    world.pass_timelock();
    for step in 0..2 {
        for sample in world.due_samples() {
            world.chain.send(&[sample]);
        }
        world.step_proposal(id, &changed).ok();
        world.pass(Proposal::NOTICE * (1 - step));
    }
    let mut out = Out::default();
    for hour in 1..=9 * 24 {
        world.pass(HOUR - 60);
        world.pass_to(1);
        world.edit_price(BTC, |price| {
            price.price = 100_000 * DOLLAR;
            price.ema_price = price.price - price.price / 1_000;
            price.conf = price.price as u64 * 3 / 10_000;
        });
        for sample in world.due_samples() {
            world.chain.send(&[sample]);
        }
        let execute = world.execute_instruction(pool, MAIN, number);
        out.executed += u32::from(world.chain.send(&[execute]).succeeded());
        if hour % 24 == 0 {
            world.chain.pass(3);
            let (keys, feeds) = (world.pools[pool], world.markets());
            let withdraws = |who: &str| {
                let withdraw = build::withdraw_margin(actor(who), &keys, world.account_key(who, pool), TOKEN, &feeds);
                world.chain.simulate(&[withdraw]).succeeded()
            };
            out.no_margin += u32::from(!withdraws("holder") || !withdraws("writer"));
            let report = build::report_silence(&world.feeds[BTC].accounts);
            out.silent += u32::from(world.chain.simulate(&[report]).succeeded());
        }
    }
    out
}

/// In no seven days is any way out shut for more than 24 hours, whatever the admin does, and the admin has no power over a curated pool.
#[test]
#[ignore = "open"]
fn found_an_admin_shuts_ways_out_of_all_pools_by_limits_that_no_price_meets() {
    let usual = ways_out(|_| {});
    println!("no change: {usual:?}");
    let changes: [(&str, fn(&mut UnderlyingParams)); 3] = [
        ("max_conf_bps 1", |params| params.max_conf_bps = 1),
        ("max_ema_gap_bps 1", |params| params.max_ema_gap_bps = 1),
        ("max_age 1", |params| params.max_age = 1),
    ];
    let all = changes.map(|(name, change)| {
        let out = ways_out(change);
        println!("{name}: {out:?}");
        out
    });
    assert!(all.iter().all(|out| *out == usual), "ways out are shut for nine days: {all:?}");
}
