//! What an admin does to ways out by parameters of an underlying, within their bounds.

use super::scene::*;
use evergreen_sdk::{
    evergreen::state::{Change, PoolParams, Proposal, UnderlyingParams},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, HOUR, World,
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
    /// What holder, writer, who bought after the change, and providers have in the end, native units, where it is the pool that was changed.
    worth: [i64; 4],
}

/// Whose worth is told, in that order.
const WHO: [&str; 3] = ["holder", "writer", "newcomer"];

/// Who changes what.
enum Changed {
    /// The admin an underlying: two days after they have proposed it.
    Underlying(UnderlyingParams),
    /// The curator their pool: after the longest cooldown and three days, ten with the presets.
    Pool(PoolParams),
    /// The same of a private pool, whose provider is the curator.
    Private(PoolParams),
    /// The admin a pool of the protocol, which has as much liquidity: two days after.
    OfProtocol(PoolParams),
}

/// A stranger's pool. The provider asks for all as soon as the change is proposed, and nobody executes before it is made. Prices are 3 basis points wide, 10 from their average, and 3 seconds old when they
/// are used. `None` where the change is refused.
fn ways_out(change: &dyn Fn(&UnderlyingParams, &PoolParams) -> Changed) -> Option<Out> {
    let mut world = World::flat();
    (world.round_trip_every, world.replay, world.checked) = (u32::MAX, None, false);
    let kind = change(&world.underlying(BTC).params, &world.view(CLASSIC).pool.params);
    let (of_protocol, private) = (matches!(kind, Changed::OfProtocol(_)), matches!(kind, Changed::Private(_)));
    let pool = if of_protocol { CLASSIC } else { world.add_curated_pool("carol", CLASSIC, (private, TOKEN), roomy()) };
    let provider = if private { "carol" } else { "lp" };
    if !of_protocol {
        world.provide(provider, pool, MAIN, 1_000 * TOKEN).ok();
    }
    let call = world.list_tenor(pool, BTC, false, 100_000, 30);
    for (who, sign) in [("holder", 1), ("writer", -1)] {
        world.trader(who, pool, 200 * TOKEN);
        world.trade(who, pool, &[(call, sign * TENTH)]).ok();
    }
    let (changed, change, who, id) = match change(&world.underlying(BTC).params, &world.view(pool).pool.params) {
        Changed::Underlying(params) => {
            let id = world.protocol().next_proposal;
            (world.of_market(BTC), Change::UnderlyingParams(params), "admin", id)
        }
        Changed::OfProtocol(params) => {
            let id = world.protocol().next_proposal;
            (world.of_pool(pool), Change::PoolParams(params), "admin", id)
        }
        Changed::Pool(params) | Changed::Private(params) => {
            let id = world.view(pool).pool.next_proposal;
            (world.of_curated(pool), Change::PoolParams(params), "carol", id)
        }
    };
    let by_admin = who == "admin";
    if !world.send(build::propose(world.chain.payer, actor(who), id, change, &changed)).succeeded() {
        return None;
    }
    let number = world.request(provider, pool, MAIN, world.shares(provider, pool, MAIN));
    world.pass(world.protocol().wait_for(&change));
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
    if !by_admin {
        world.trader("newcomer", pool, 200 * TOKEN);
        let commit = world.commit_instruction("newcomer", pool, &[(call, TENTH)]);
        if world.send(commit).succeeded() {
            world.pass(i64::from(world.view(pool).pool.params.fill_delay) + 1);
            world.fill("newcomer", pool).ok();
        }
    }
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
    if by_admin {
        return Some(out);
    }
    for (place, who) in WHO.into_iter().enumerate() {
        let held = world.view(pool).held(&world.account_key(who, pool), call);
        if held != 0 {
            world.pass(20);
            let commit = world.commit_instruction(who, pool, &[(call, -held)]);
            world.send(commit).ok();
            world.pass(i64::from(world.view(pool).pool.params.fill_delay) + 1);
            let filled = world.fill(who, pool);
            out.no_close += u32::from(!filled.succeeded());
        }
        out.worth[place] = world.cash(who, pool);
    }
    // Nobody holds anything: cash is capital.
    let state = world.view(pool).pool;
    out.worth[3] = state.pool_cash + state.withdrawals_due as i64;
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

/// A row of the table of what a curator can do: the parameters that it names, and values at the ends of their bounds.
type Row = (&'static [&'static str], fn(&mut PoolParams));

const ROWS: &[Row] = &[
    (&["main_cooldown", "insurance_cooldown"], |p| (p.main_cooldown, p.insurance_cooldown) = (7 * 86_400, 7 * 86_400)),
    (&["daily_outflow_bps"], |p| p.daily_outflow_bps = 2_500),
    (&["reserve_limit_bps"], |p| p.reserve_limit_bps = 6_000),
    (&["reserve_limit_bps"], |p| p.reserve_limit_bps = 9_000),
    (&["growth_limit_bps"], |p| p.growth_limit_bps = 500),
    (&["fee_open_bps", "fee_close_bps", "fee_value_cap_bps"], |p| {
        (p.fee_open_bps, p.fee_close_bps, p.fee_value_cap_bps) = (50, 50, 1_500);
    }),
    // A tip is at most the least reward.
    (&["fill_tip", "min_liquidation_reward"], |p| (p.fill_tip, p.min_liquidation_reward) = (TOKEN / 100, TOKEN / 100)),
    (&["buy_markup_bps", "write_markdown_bps"], |p| (p.buy_markup_bps, p.write_markdown_bps) = (1_000, 1_000)),
    (&["carry_bps", "direction_limit_bps"], |p| (p.carry_bps, p.direction_limit_bps) = (30_000, [10_000; 4])),
    (&["carry_base_bps"], |p| p.carry_base_bps = [5_000; 4]),
    (&["carry_base_bps"], |p| p.carry_base_bps = [-5_000; 4]),
    (&["funding_full_gap"], |p| p.funding_full_gap = 1_800),
    (&["funding_full_gap"], |p| p.funding_full_gap = 21_600),
    (&["curator_bps"], |p| p.curator_bps = 3_000),
    (&["fee_protocol_bps", "fee_insurance_bps", "referrer_bps", "curator_bps"], |p| {
        (p.fee_main_bps, p.fee_insurance_bps, p.fee_protocol_bps, p.referrer_bps) = (4_000, 1_000, 5_000, 5_000);
    }),
    (&["vol_stress_bps", "extreme_weight_bps", "short_charge_bps"], |p| {
        (p.vol_stress_bps, p.extreme_weight_bps, p.short_charge_bps) = (20_000, 7_500, 200);
    }),
    (&["vol_stress_bps", "extreme_weight_bps", "short_charge_bps"], |p| {
        (p.vol_stress_bps, p.extreme_weight_bps, p.short_charge_bps) = (12_500, 2_500, 25);
    }),
    (&["penalty_bps", "penalty_equity_cap_bps", "liquidator_bps"], |p| {
        (p.penalty_bps, p.penalty_equity_cap_bps, p.liquidator_bps) = (200, 2_500, 7_500);
    }),
    (&["fill_delay", "fill_window"], |p| {
        (p.fill_delay, p.fill_window, p.fee_open_bps, p.fee_close_bps) = (10, 20, 6, 4);
    }),
    (&["sigma_max_expected_bps"], |p| {
        (p.sigma_max_expected_bps, p.fee_open_bps, p.fee_close_bps) = (40_000, 50, 50);
    }),
    (&["min_account_points"], |p| p.min_account_points = 1_000_000_000),
    (&["min_account_points"], |p| (p.max_account_points, p.max_pool_cash) = (1_000_000, TOKEN)),
    (&["kinds"], |p| (p.kinds, p.max_tenor_hours) = (PoolParams::PUTS, 1)),
];

/// The same of a private pool, in which a curator may do more.
const PRIVATE_ROWS: &[Row] =
    &[(&["buy_markup_bps", "write_markdown_bps"], |p| (p.buy_markup_bps, p.write_markdown_bps) = (5_000, 5_000))];

/// What they lose who stay, against the same days without a change: every row of the table, and those of private pools, as docs/curator.md tells it.
#[test]
fn audit_admins_what_a_curators_change_takes_is_as_documented() {
    let document = include_str!("../../../docs/curator.md");
    let usual = [false, true].map(|private| {
        let change = move |_: &UnderlyingParams, params: &PoolParams| {
            if private { Changed::Private(*params) } else { Changed::Pool(*params) }
        };
        ways_out(&change).expect("no change")
    });
    let rows = ROWS.iter().map(|row| (false, row)).chain(PRIVATE_ROWS.iter().map(|row| (true, row)));
    let mut told = Vec::new();
    for (private, (names, change)) in rows {
        let changed = |_: &UnderlyingParams, params: &PoolParams| {
            let mut params = *params;
            change(&mut params);
            if private { Changed::Private(params) } else { Changed::Pool(params) }
        };
        let out = ways_out(&changed).expect("within the bounds");
        let usual = &usual[usize::from(private)];
        assert!(out.left + 5 >= usual.left && out.no_margin + out.silent + out.no_close == 0, "{names:?}: {out:?}");
        // Who is refused loses nothing.
        if out.worth[2] == 200 * TOKEN as i64 {
            continue;
        }
        let lost = usual.worth.iter().zip(out.worth).map(|(usual, worth)| (usual - worth) as f64 / TOKEN as f64);
        let lost: Vec<String> = lost.map(|lost| format!("{lost:.2}").replace("-0.00", "0.00")).collect();
        if lost.iter().all(|lost| lost == "0.00") {
            continue;
        }
        let named: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let of = if private { ", private" } else { "" };
        told.push(format!("| {}{of} | {} |", named.join(", "), lost.join(" | ")));
    }
    for line in &told {
        println!("{line}");
    }
    let shown = document.lines().skip_while(|line| !line.starts_with("| change at its worst"));
    let shown: Vec<&str> = shown.skip(2).take_while(|line| line.starts_with('|')).collect();
    assert_eq!(shown, told, "docs/curator.md tells other losses");
}

/// The same for what a curator changes: every row of the table in docs/curator.md, at the ends of the bounds.
#[test]
fn audit_admins_no_curator_shuts_ways_out_by_parameters() {
    let mut all = Vec::new();
    for (names, change) in ROWS {
        let changed = |_: &UnderlyingParams, params: &PoolParams| {
            let mut params = *params;
            change(&mut params);
            Changed::Pool(params)
        };
        all.push((names.join(", "), ways_out(&changed)));
    }
    let refused: Vec<&String> = all.iter().filter(|(_, out)| out.is_none()).map(|(names, _)| names).collect();
    assert!(refused.is_empty(), "{refused:?}: within their bounds, and refused");
    let shut = compare(all);
    assert!(shut.is_empty(), "{} changes shut ways out for nine days", shut.len());
    // A public pool buys nothing back, and no private one begins to: that row has no other value to change to.
    for (private, premium) in [(false, 500), (true, 500), (true, 2_500)] {
        let buys_back = move |_: &UnderlyingParams, params: &PoolParams| {
            let params = PoolParams { buyback_bps: premium, ..*params };
            if private { Changed::Private(params) } else { Changed::Pool(params) }
        };
        assert!(ways_out(&buys_back).is_none(), "a pool begins to buy back at {premium}");
    }
}

#[test]
fn audit_admins_every_row_of_the_curators_table_is_tried() {
    let document = include_str!("../../../docs/curator.md");
    let rows = document.lines().skip_while(|line| !line.starts_with("| parameter | bounds of a curated pool"));
    let first = rows.skip(2).take_while(|line| line.starts_with('|')).filter_map(|line| line.split('|').nth(1));
    let named: Vec<&str> = first.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    assert!(named.len() > 25, "{named:?}");
    let tried = |name: &&&str| *name == &"buyback_bps" || ROWS.iter().any(|(names, _)| names.contains(name));
    let missing: Vec<_> = named.iter().filter(|name| !tried(name)).collect();
    assert!(missing.is_empty(), "{missing:?} are in the table, and nobody tries them");
}
