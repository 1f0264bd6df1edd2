//! What an admin does to ways out by parameters of an underlying, within their bounds.

use super::scene::*;
use evergreen_sdk::{
    evergreen::state::{Change, PoolParams, Proposal, UnderlyingParams},
    instruction as build, presets,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, HOUR, World,
    chain::actor,
    world::{DOLLAR, TENTH, TOKEN},
};

/// What ways out did in nine days.
#[derive(Clone, Debug, Default)]
struct Out {
    /// Percent of what the provider asked for that has left.
    left: u64,
    /// Days on which holder or writer could not withdraw a token of the hundred that they have to spare.
    no_margin: u32,
    /// Days on which the feed could be reported as silent.
    silent: u32,
    /// How many of both could not close in the end, where it is the pool that was changed.
    no_close: u32,
}

/// Who changes what.
enum Changed {
    /// The admin an underlying: two days after they have proposed it.
    Underlying(UnderlyingParams),
    /// The curator their pool: ten days after.
    Pool(PoolParams),
    /// The admin a pool of the protocol, which has as much liquidity: two days after.
    OfProtocol(PoolParams),
}

/// A stranger's pool. The provider asks for all as soon as the change is proposed, and nobody executes before it is made. Prices are 3 basis points wide, 10 from their average, and 3 seconds old when they
/// are used. `None` where the change is refused.
fn ways_out(change: &dyn Fn(&UnderlyingParams, &PoolParams) -> Changed) -> Option<Out> {
    let mut world = World::flat();
    (world.round_trip_every, world.replay, world.checked) = (u32::MAX, None, false);
    let of_protocol =
        matches!(change(&world.underlying(BTC).params, &world.view(CLASSIC).pool.params), Changed::OfProtocol(_));
    let pool = if of_protocol {
        CLASSIC
    } else {
        world.add_curated_pool("carol", CLASSIC, (false, TOKEN), presets::pool_params())
    };
    if !of_protocol {
        world.provide("lp", pool, MAIN, 1_000 * TOKEN).ok();
    }
    let call = world.list_tenor(pool, BTC, false, 100_000, 30);
    for (who, sign) in [("holder", 1), ("writer", -1)] {
        world.trader(who, pool, 200 * TOKEN);
        world.trade(who, pool, &[(call, sign * TENTH)]).ok();
    }
    let (changed, change, who, id, wait) = match change(&world.underlying(BTC).params, &world.view(pool).pool.params) {
        Changed::Underlying(params) => {
            let (id, wait) = (world.protocol().next_proposal, i64::from(world.protocol().timelock));
            (world.of_market(BTC), Change::UnderlyingParams(params), "admin", id, wait)
        }
        Changed::OfProtocol(params) => {
            let (id, wait) = (world.protocol().next_proposal, i64::from(world.protocol().timelock));
            (world.of_pool(pool), Change::PoolParams(params), "admin", id, wait)
        }
        Changed::Pool(params) => {
            let id = world.view(pool).pool.next_proposal;
            (world.of_curated(pool), Change::PoolParams(params), "carol", id, 10 * DAY)
        }
    };
    let by_admin = who == "admin";
    if !world.send(build::propose(world.chain.payer, actor(who), id, change, &changed)).succeeded() {
        return None;
    }
    let number = world.request("lp", pool, MAIN, world.shares("lp", pool, MAIN));
    world.pass(wait);
    for step in 0..2 {
        for sample in world.due_samples() {
            world.chain.send(&[sample]);
        }
        if !world.send(build::execute_proposal(id, world.chain.payer, &changed)).succeeded() {
            return None;
        }
        world.pass(Proposal::NOTICE * (1 - step));
    }
    let mut out = Out::default();
    for hour in (3..=9 * 24).step_by(3) {
        world.pass(3 * HOUR - 60);
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
        world.chain.send(&[execute]);
        if hour % 24 == 0 {
            // With the publication of ten seconds before, which confirms a price that is far from its average.
            world.chain.pass(10);
            world.edit_price(BTC, |_| {});
            let before = world.first_after(BTC, world.chain.now() - 11).expect("an earlier price");
            world.chain.pass(3);
            let keys = world.pools[pool];
            let withdraws = |who: &str| {
                let key = world.account_key(who, pool);
                let ways = [vec![world.feeds[BTC].accounts], vec![world.feeds[BTC].accounts, before]];
                let withdraw = |feeds: &Vec<_>| build::withdraw_margin(actor(who), &keys, key, TOKEN, feeds);
                ways.iter().any(|feeds| world.chain.simulate(&[withdraw(feeds)]).succeeded())
            };
            out.no_margin += u32::from(!withdraws("holder") || !withdraws("writer"));
            let report = build::report_silence(&world.feeds[BTC].accounts);
            out.silent += u32::from(world.chain.simulate(&[report]).succeeded());
        }
    }
    out.left = world.view(pool).pool.withdrawals_due * 100 / (1_000 * TOKEN);
    for (who, sign) in [("holder", -1), ("writer", 1)] {
        if by_admin {
            break;
        }
        world.pass(20);
        let commit = world.commit_instruction(who, pool, &[(call, sign * TENTH)]);
        world.send(commit).ok();
        world.pass(i64::from(world.view(pool).pool.params.fill_delay) + 1);
        let filled = world.fill(who, pool);
        out.no_close += u32::from(!filled.succeeded());
    }
    Some(out)
}

/// Calls `out` with each change, and returns those after which ways out are not as usual.
fn compare(all: Vec<(String, Option<Out>)>) -> Vec<(String, Out)> {
    let usual = ways_out(&|params, _| Changed::Underlying(*params)).expect("no change");
    println!("no change: {usual:?}");
    let refused: Vec<&String> = all.iter().filter(|(_, out)| out.is_none()).map(|(name, _)| name).collect();
    println!("refused: {refused:?}");
    let shut: Vec<_> = all.iter().filter_map(|(name, out)| Some((name.clone(), out.clone()?))).collect();
    let shut: Vec<_> = shut
        .into_iter()
        .filter(|(_, out)| out.left + 5 < usual.left || out.no_margin + out.silent + out.no_close > 0)
        .collect();
    for (name, out) in &shut {
        println!("{name}: {out:?}");
    }
    shut
}

/// In no seven days is any way out shut for more than 24 hours, whatever the admin does, and the admin has no power over a curated pool. Each limit of an underlying at the ends of its bounds.
#[test]
fn audit_admins_no_limit_that_no_price_meets_shuts_ways_out() {
    let mut all = Vec::new();
    macro_rules! at {
        ($($name:ident: $($value:expr),+;)*) => { $($(
            let change = |params: &UnderlyingParams, _: &PoolParams| Changed::Underlying(UnderlyingParams { $name: $value, ..*params });
            all.push((format!("{} {}", stringify!($name), $value), ways_out(&change)));
        )+)* };
    }
    at! {
        max_conf_bps: 1, 2, 3, 500;
        max_ema_gap_bps: 1, 10, 20, 5_000;
        max_age: 1, 2, 3, 600;
        max_future: 0, 10;
        vol_min_interval: 60, 1_800;
        spread_conf_bps: 0, 50_000;
        strike_range_bps: 100, 9_000;
        shock_initial_bps: 4_999;
        shock_maintenance_bps: 100;
        vol_max_change_bps: 770, 10_000;
        vol_max_bps: 40_000;
        vol_saturday_bps: 9_000, 10_000;
        smile_skew_bps: 15, -15;
    }
    let shut = compare(all);
    assert!(shut.is_empty(), "{} changes shut ways out for nine days", shut.len());
}

/// The same for a pool of the protocol.
#[test]
fn audit_admins_keep_no_provider_of_the_protocols_pools_in() {
    let mut all = Vec::new();
    macro_rules! at {
        ($($name:ident: $($value:expr),+;)*) => { $($(
            let change = |_: &UnderlyingParams, params: &PoolParams| Changed::OfProtocol(PoolParams { $name: $value, ..*params });
            all.push((format!("{} {}", stringify!($name), $value), ways_out(&change)));
        )+)* };
    }
    at! {
        reserve_limit_bps: 1, 100;
        daily_outflow_bps: 100;
    }
    let shut = compare(all);
    assert!(shut.is_empty(), "{} changes shut ways out for nine days", shut.len());
}

/// The same for what a curator changes, at the ends of the narrower bounds: of forty that were tried none shut a way out, and these are the nearest.
#[test]
fn audit_admins_no_curator_shuts_ways_out_by_parameters() {
    let mut all = Vec::new();
    macro_rules! at {
        ($($name:ident: $($value:expr),+;)*) => { $($(
            let change = |_: &UnderlyingParams, params: &PoolParams| Changed::Pool(PoolParams { $name: $value, ..*params });
            all.push((format!("{} {:?}", stringify!($name), $value), ways_out(&change)));
        )+)* };
    }
    at! {
        main_cooldown: 7 * 86_400;
        daily_outflow_bps: 2_500;
        reserve_limit_bps: 6_000;
        carry_base_bps: [5_000; 4];
        fill_delay: 10;
        min_account_points: 1_000_000_000;
        max_account_points: 1_000_000;
        max_pool_cash: TOKEN;
        kinds: 2;
        max_tenor_hours: 1;
    }
    let shut = compare(all);
    assert!(shut.is_empty(), "{} changes shut ways out for nine days", shut.len());
}
