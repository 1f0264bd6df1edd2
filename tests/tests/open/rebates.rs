//! Who trades gets a part of their own fees back: as the curator, as the one who insures, as their own referrer.

use super::scene::*;
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        Leg,
        engine::LAPSE_FEES,
        state::{Change, PoolParams, SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    chain::actor,
    random::Random,
    world::{DOLLAR, TENTH, TOKEN},
};

/// What somebody who curates, insures and refers themselves has, native units: margin, the curator's fees, the referral, and the capital of insurance, all of whose shares they have.
fn wealth(world: &World, pool: usize) -> i64 {
    let state = world.view(pool).pool;
    let insurance = state.insurance_worth().expect("a worth").0 as i64;
    margin(world, pool) + world.account("mallory", pool).referral_due as i64 + state.curator_due as i64 + insurance
}

fn margin(world: &World, pool: usize) -> i64 {
    let key = world.account_key("mallory", pool);
    world.valued(pool, |view, markets| markets.equity(&view.accounts[&key]))
}

/// Seconds for which a price is known longer than the window lasts: the chain's clock lags by two, and a publication by one.
const KNOWN: u32 = 3;

/// A normal number, out of twelve uniform ones.
fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| random.range(0, 1_000_000)).sum::<i64>() as f64 / 1e6 - 6.0
}

/// Commits, waits to the end of the window, and fills at the first price where `pays` says so of what the price has moved by since, in basis points; otherwise the trade lapses. Whether it was filled.
fn attempt(world: &mut World, pool: usize, leg: (SeriesId, i64), moved: f64, pays: bool) -> bool {
    let params = world.view(pool).pool.params;
    let commit = world.commit_instruction("mallory", pool, &[leg]);
    world.send(commit).ok();
    let moment = world.chain.now() + i64::from(params.fill_delay);
    world.pass(i64::from(params.fill_delay) + 1);
    let feed = world.first_after(BTC, moment).expect("the first price");
    let now = world.feeds[BTC].price.price as f64 / DOLLAR as f64;
    world.chain.pass(i64::from(params.fill_window) - 1);
    price(world, now * (1.0 + moved / 1e4));
    if !pays {
        world.pass(2);
    }
    for sample in world.due_samples() {
        world.chain.send(&[sample]).ok();
    }
    let fill = build::fill_trade(&world.pools[pool], world.account_key("mallory", pool), None, None, &[feed]);
    let outcome = world.chain.send(&[fill]).ok();
    world.pass(1);
    let done = outcome.events().iter().any(|e| matches!(e, Event::LegFilled(_)));
    assert_eq!(done, pays, "{:?}", outcome.events());
    done
}

/// What a fall of the price may be worth less than nothing to who waits with closing, too, basis points: `k` with `E[(X + k)+] = l`, `l` what a lapse costs.
fn cost_of_closing(fee: f64, deviation: f64) -> f64 {
    let expected = |k: f64| {
        let steps = -400..400;
        let density = |z: f64| (-z * z / 2.0).exp() / (2.0 * core::f64::consts::PI).sqrt();
        steps.map(|i| f64::from(i) / 80.0).map(|z| density(z) / 80.0 * (deviation * z + k).max(0.0)).sum::<f64>()
    };
    let (mut low, mut high) = (-5.0 * deviation, 5.0 * deviation);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if expected(middle) < fee { low = middle } else { high = middle }
    }
    low
}

/// Mallory curates a public pool, runs its only keeper, has put ten tokens into insurance and refers herself. A stranger has put in 1,000 tokens. She opens and closes calls deep in the money, and fills
/// only where waiting has paid. Returns what she and the main class gain, tokens, and how many attempts there were.
fn waits(params: PoolParams, (sigma, gets_back): (f64, bool), cycles: u32) -> (f64, f64, u32) {
    let mut world = World::flat();
    (world.round_trip_every, world.replay, world.checked) = (u32::MAX, None, false);
    let pool = world.add_curated_pool("mallory", CLASSIC, (false, TOKEN / 1_000), params);
    world.provide("lp", pool, MAIN, 1_000 * TOKEN).ok();
    world.provide("mallory", pool, ShareClass::Insurance, 10 * TOKEN).ok();
    let referrer = gets_back.then(|| actor("her other key"));
    let open = build::open_margin_account(world.chain.payer, actor("mallory"), &world.pools[pool], 0, referrer);
    world.send(open).ok();
    world.fund("mallory", pool, 900 * TOKEN);
    world.deposit("mallory", pool, 900 * TOKEN).ok();
    let call = world.list_tenor(pool, BTC, false, 82_000, 2);
    let n = 10 * TENTH;
    let deviation = sigma * (f64::from(params.fill_window + KNOWN) / 31_557_600.0).sqrt() * 1e4;
    let back = if gets_back { returned(&params) } else { 0.0 };
    let (open, close) = (f64::from(params.fee_open_bps), f64::from(params.fee_close_bps));
    // A lapse costs the fee several times and comes back to nobody, a fill in part. She fills where that is better than the lapse and to try again.
    let lapses = f64::from(LAPSE_FEES);
    let of_closing = cost_of_closing(lapses * close, deviation);
    let k = of_closing - (lapses - 1.0) * (open + close) - back * (open + close);
    let mut random = Random(1);
    let nav = |world: &World| world.valued(pool, |_, markets| markets.net_assets_at_mark());
    let of = |world: &World| if gets_back { wealth(world, pool) } else { margin(world, pool) };
    let (mut attempts, start, before) = (0, of(&world), nav(&world));
    for _ in 0..cycles {
        attempts += 1;
        let moved = deviation * normal(&mut random);
        if attempt(&mut world, pool, (call, n), moved, moved > k) {
            loop {
                attempts += 1;
                let moved = deviation * normal(&mut random);
                // She sells at the price of before, so what it has fallen by is hers.
                if attempt(&mut world, pool, (call, -n), moved, -moved > -of_closing) {
                    break;
                }
            }
        }
        price(&mut world, 100_000.0);
        world.pass(1);
    }
    let (gain, loss) = (of(&world) - start, nav(&world) - before);
    (tokens(gain), tokens(loss), attempts)
}

/// The part of a fee that comes back to her.
fn returned(params: &PoolParams) -> f64 {
    let part = |bps: u16| f64::from(bps) / 1e4;
    part(params.fee_insurance_bps)
        + part(params.fee_protocol_bps) * part(params.referrer_bps)
        + part(params.fee_main_bps) * part(params.curator_bps)
}

/// A pool whose fees are split so, into the parts of main class, insurance and protocol, with so much of them for referrers and curator.
fn split((main, insurance, protocol): (u16, u16, u16), referrer: u16, curator: u16) -> PoolParams {
    PoolParams {
        fee_main_bps: main,
        fee_insurance_bps: insurance,
        fee_protocol_bps: protocol,
        referrer_bps: referrer,
        curator_bps: curator,
        fill_tip: 0,
        carry_bps: 30_000,
        direction_limit_bps: [10_000; 4],
        ..roomy()
    }
}

/// Before, the floors of the fees were reckoned with the whole fee, though most of it came back to who insures with little, curates and refers themselves: of it, 50 to 75 %, and 2.8 to 9.8 tokens in 100 round trips.
/// Now they are of what is left, a lapse is the main class's whole, and little more than half can come back.
#[test]
fn audit_the_floor_of_waiting_counts_what_comes_back_to_who_waits() {
    for parts in [(6_000, 2_500, 1_500), (3_500, 5_000, 1_500), (0, 5_000, 5_000)] {
        let params = split(parts, 5_000, 3_000);
        let error = params.check_curated(9, false).expect_err("more comes back than may");
        println!("{parts:?}: {:.0} % would come back: {error:?}", 100.0 * returned(&params));
    }
    let mut gains = Vec::new();
    for (parts, referrer, curator) in [
        ((6_000, 2_500, 1_500), 2_000, 3_000),
        ((7_000, 1_500, 1_500), 5_000, 3_000),
        ((3_500, 1_500, 5_000), 4_000, 3_000),
    ] {
        for window in [10, 20] {
            // The least fees that are taken.
            let with = |open, close| PoolParams {
                fee_open_bps: open,
                fee_close_bps: close,
                fill_window: window,
                ..split(parts, referrer, curator)
            };
            let all = (1..20).flat_map(|close| (1..20).map(move |open| (open, close)));
            let is_taken = |params: &PoolParams| {
                let round_trip = params.fee_open_bps + params.fee_close_bps;
                params.check_waiting_floor().is_ok() && params.check_curated(9, false).is_ok() && round_trip >= 8
            };
            let taken = all.map(|(open, close)| with(open, close)).filter(is_taken);
            let params = taken.min_by_key(|p| p.fee_open_bps + p.fee_close_bps).expect("fees");
            let (gain, earned, attempts) = waits(params, (0.66, true), 100);
            println!(
                "split {parts:?}, fees {} and {}, window {window}, {:.0} % come back: in 100 round trips of {attempts} attempts she {gain:+.3}, the main class {earned:+.3}",
                params.fee_open_bps,
                params.fee_close_bps,
                100.0 * returned(&params)
            );
            gains.push(gain);
        }
    }
    assert!(gains.iter().all(|gain| *gain < 0.0), "{gains:?}");
}

/// What an account ends without pays its liquidator out of insurance as much as opening has cost. Mallory curates, provides all of the main class and refers herself; strangers insure. She opens spreads whose
/// written leg is next to its cap, in many accounts; when the price has touched it, each owes about what its long leg brings, and her keeper sells it. Returns what she and insurance gain, tokens.
fn farms(params: PoolParams, accounts: u32, falls: f64) -> (f64, f64, f64) {
    let mut world = World::flat();
    (world.round_trip_every, world.replay, world.checked) = (u32::MAX, None, false);
    let pool = world.add_curated_pool("mallory", CLASSIC, (false, TOKEN / 1_000), params);
    world.provide("mallory", pool, MAIN, 1_000 * TOKEN).ok();
    world.provide("insurer", pool, ShareClass::Insurance, 100 * TOKEN).ok();
    let names: Vec<String> = (0..accounts).map(|n| format!("spread {n}")).collect();
    let (keys, referrer) = (world.pools[pool], Some(actor("her other key")));
    let everybody: Vec<&str> = names.iter().map(String::as_str).chain(["holder", "keeper"]).collect();
    for who in &everybody {
        let open = build::open_margin_account(world.chain.payer, actor(who), &keys, 0, referrer);
        world.send(open).ok();
        let cash = if *who == "holder" { 800 } else { 20 } * TOKEN;
        world.fund(who, pool, cash);
        if *who != "keeper" {
            world.deposit(who, pool, cash).ok();
        }
    }
    let [near, long] = [91_000, 92_000].map(|strike| world.list_tenor(pool, BTC, false, strike, 1));
    let n = TENTH * 7 / 10;
    let hers = |world: &World| {
        let margin = everybody.iter().map(|who| {
            let key = world.account_key(who, pool);
            world.valued(pool, |view, m| m.equity(&view.accounts[&key])) + world.account(who, pool).referral_due as i64
        });
        let nav = world.valued(pool, |_, markets| markets.net_assets_at_mark());
        let wallets: u64 = everybody.iter().map(|who| world.wallet(who, pool)).sum();
        margin.sum::<i64>() + nav + world.view(pool).pool.curator_due as i64 + wallets as i64
    };
    let insurance = |world: &World| world.view(pool).pool.insurance_worth().expect("a worth").0 as i64;
    let (start, before) = (hers(&world), insurance(&world));
    world.trade("holder", pool, &[(near, n * i64::from(accounts))]).ok();
    for who in &names {
        world.trade(who, pool, &[(long, n), (near, -n)]).ok();
        let key = world.account_key(who, pool);
        let spare = world.valued(pool, |view, m| {
            let of = |level| m.health(&view.accounts[&key], level);
            of(HealthLevel::Initial).min(of(HealthLevel::Maintenance))
        });
        world.withdraw(who, pool, spare as u64).ok();
    }
    world.pass(60);
    price(&mut world, 100_100.0);
    world.send(build::exercise_series(&keys, near, &world.markets())).ok();
    for who in everybody.iter().filter(|who| **who != "keeper") {
        world.send(build::settle_positions(&keys, world.account_key(who, pool))).ok();
    }
    world.pass(60);
    price(&mut world, falls);
    let mut rewards = 0;
    for who in &names {
        let (key, keeper) = (world.account_key(who, pool), world.account_key("keeper", pool));
        let legs = vec![Leg { series: long, points: -n }];
        let close = build::liquidate(actor("keeper"), &keys, key, keeper, legs, &world.markets());
        let outcome = world.send(close).ok();
        rewards += outcome.event(|e| if let Event::Liquidated(e) = e { Some(e.reward) } else { None });
        if world.cash(who, pool) < 0 {
            world.send(build::absorb_bad_debt(&keys, key)).ok();
        }
    }
    (tokens(hers(&world) - start), tokens(insurance(&world) - before), tokens(rewards as i64))
}

/// Before, insurance paid for each what opening had cost, of which it had got a part: 0.007 tokens.
#[test]
fn audit_liquidations_that_are_made_do_not_pay_whose_fees_come_back() {
    let params = PoolParams {
        fee_open_bps: 5,
        fee_close_bps: 5,
        fee_value_cap_bps: 1_500,
        fee_main_bps: 7_500,
        fee_insurance_bps: 1_000,
        fee_protocol_bps: 1_500,
        referrer_bps: 5_000,
        curator_bps: 3_000,
        min_liquidation_reward: TOKEN / 100,
        fill_tip: 0,
        vol_stress_bps: 12_500,
        extreme_weight_bps: 2_500,
        short_charge_bps: 25,
        carry_bps: 30_000,
        direction_limit_bps: [10_000; 4],
        ..roomy()
    };
    let mut gains = Vec::new();
    for falls in [100_000.0, 99_600.0, 99_300.0] {
        let (hers, insurance, rewards) = farms(params, 8, falls);
        println!("8 spreads, then {falls}: she {hers:+.5}, insurance {insurance:+.5}, rewards {rewards:.5}");
        gains.push(hers);
    }
    assert!(gains.iter().all(|gain| *gain <= 0.0), "{gains:?}");
}

/// With the presets less comes back: insurance's fourth and, as a referrer, a fifth of the protocol's part. At three times the expected volatility waiting pays a little with it, where both the opening and
/// the closing wait; without it nothing, since a lapse costs twice the fee.
#[test]
#[ignore = "open"]
fn found_in_hours_above_the_expected_volatility_waiting_pays() {
    let params = roomy();
    let mut gains = Vec::new();
    for gets_back in [false, true] {
        for sigma in [0.66, 1.0, 1.5, 2.0] {
            let (gain, earned, attempts) = waits(PoolParams { carry_bps: 50_000, ..params }, (sigma, gets_back), 100);
            println!(
                "presets, {sigma}, comes back {gets_back}: in 100 round trips of {attempts} attempts she {gain:+.3}, the main class {earned:+.3}"
            );
            gains.push(gain);
        }
    }
    assert!(gains.iter().all(|gain| *gain < 0.0), "{gains:?}");
}

/// Straddles of 30 days that are bought before the largest change of the volatility's multiplier, which everybody has known of for two days, and sold an hour after it, where the volatility begins at this one.
/// Returns what she gains, tokens.
fn around_a_change(params: PoolParams, volatility: u16) -> f64 {
    let mut setup = preset_setup();
    setup.btc.params.vol_start_bps = volatility;
    let mut world = begin_world(setup);
    world.checked = false;
    let pool = world.add_curated_pool("mallory", CLASSIC, (false, TOKEN / 1_000), params);
    world.provide("lp", pool, MAIN, 1_000 * TOKEN).ok();
    world.provide("mallory", pool, ShareClass::Insurance, 10 * TOKEN).ok();
    let referrer = Some(actor("her other key"));
    world.send(build::open_margin_account(world.chain.payer, actor("mallory"), &world.pools[pool], 0, referrer)).ok();
    world.fund("mallory", pool, 900 * TOKEN);
    world.deposit("mallory", pool, 900 * TOKEN).ok();
    let both = [false, true].map(|put| world.list_tenor(pool, BTC, put, 100_000, 30));
    let mut change = world.underlying(BTC).params;
    change.vol_multiplier_bps = 9_571;
    let changed = world.of_market(BTC);
    quiet(&mut world, 100_000.0, 8);
    let id = world.propose(Change::UnderlyingParams(change), &changed);
    quiet(&mut world, 100_000.0, 97);
    let start = wealth(&world, pool);
    for _ in 0..4 {
        world.trade("mallory", pool, &legs(both, 6)).ok();
    }
    // The quiet of the days until then would be what is measured.
    world.make_ready(id);
    world.step_proposal(id, &changed).ok();
    world.pass(120);
    world.step_proposal(id, &changed).ok();
    quiet(&mut world, 100_000.0, 2);
    for _ in 0..4 {
        world.trade("mallory", pool, &legs(both, -6)).ok();
    }
    tokens(wealth(&world, pool) - start)
}

/// A change is worth less than what is left of the preset fees of a round trip, also where as much comes back as may. Before, three quarters did, and it was worth 0.34 tokens.
#[test]
fn audit_a_change_of_the_volatility_pays_nobody_whose_fees_come_back() {
    let presets = PoolParams { carry_bps: 0, growth_limit_bps: 10_000, ..roomy() };
    let most = PoolParams { curator_bps: 3_000, ..presets };
    assert_eq!(most.kept_of_fees().0, PoolParams::LEAST_KEPT);
    let worlds = [presets, most].into_iter().flat_map(|params| [5_500, 7_000].map(|volatility| (params, volatility)));
    let gains: Vec<_> = worlds
        .map(|(params, volatility)| {
            let gain = around_a_change(params, volatility);
            println!(
                "{:.0} % of fees come back, volatility {volatility}: she gains {gain:+.3} tokens by the largest change on 2.4 BTC",
                100.0 * returned(&params)
            );
            gain
        })
        .collect();
    assert!(gains.iter().all(|gain| *gain < 0.0), "{gains:?}");
}
