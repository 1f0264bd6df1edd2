//! What a delegate brings about beside what they write: the liquidation of what their client has written.

use super::scene::*;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    events::Event,
    evergreen::{
        Leg, OptionLeg, TradeTerms,
        state::{OrderTerms, PoolParams, SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_test_support::random::Random;
use evergreen_tests::{
    BTC, CLASSIC, Setup, World,
    chain::actor,
    trading,
    world::{TENTH, TOKEN},
};

/// What a delegate does to an account whose owner has written calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// They buy puts with the margin.
    Buys,
    /// They sell the calls that the owner holds against it.
    Sells,
}

/// Commits a trade of the owner's account as their delegate, and fills it with the tip for the delegate's own account. Returns whether it was filled.
fn trade_for(world: &mut World, id: SeriesId, points: i64, least: i64) -> bool {
    let (keys, key, to) =
        (world.pools[CLASSIC], world.account_key("owner", CLASSIC), world.account_key("mallory", CLASSIC));
    let option = world.view(CLASSIC).registry.option(id).expect("an option");
    let terms = TradeTerms { legs: vec![OptionLeg { option, points }], closing: 0, min_net: least };
    let number = world.account("owner", CLASSIC).next_order;
    let commit = build::commit_trade(actor("mallory"), &keys, key, number, terms, &world.market(BTC));
    let committed = world.send(commit);
    if !committed.succeeded() {
        return false;
    }
    world.wait_for_fill();
    let feeds = world.markets_to_fill(CLASSIC, &key);
    let held = world.view(CLASSIC).held(&key, id);
    world.send(build::fill_trade(&keys, key, Some(to), None, &feeds[..1])).ok();
    world.view(CLASSIC).held(&key, id) != held
}

/// Liquidates all of a series that an account has written, for the delegate's own account. Returns why not.
pub fn liquidate_all(world: &mut World, call: SeriesId, key: Pubkey, to: Pubkey) -> Option<String> {
    let legs = vec![Leg { series: call, points: -world.view(CLASSIC).held(&key, call) }];
    world.send(build::liquidate(actor("mallory"), &world.pools[CLASSIC], key, to, legs, &world.market(BTC))).failure
}

/// The owner has written calls of 30 days on so many tenths of a BTC beside so much cash, and named a delegate, who trades and liquidates them when BTC has risen. Returns what the delegate was paid, what was taken off their
/// allowance, and what the owner would have lost to a liquidator without them.
fn liquidated(way: Way, (tenths, cash): (i64, u64), by: f64, pool: PoolParams) -> (i64, u64, i64) {
    let setup = Setup { pool, liquidity: 1_000 * TOKEN, ..Setup::slow() };
    let mut world = begin_world(setup);
    world.checked = false;
    for (who, cash) in [("holly", 900), ("owner", cash), ("mallory", 1)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    let hedge = world.list_tenor(CLASSIC, BTC, false, 106_000, 30);
    let put = world.list_tenor(CLASSIC, BTC, true, 110_000, 30);
    let (key, to) = (world.account_key("owner", CLASSIC), world.account_key("mallory", CLASSIC));
    world.trade("holly", CLASSIC, &[(call, 7 * TENTH)]).ok();
    quiet(&mut world, 100_000.0, 4);
    if way == Way::Sells {
        world.trade("owner", CLASSIC, &[(hedge, tenths * TENTH)]).ok();
    }
    world.trade("owner", CLASSIC, &[(call, -tenths * TENTH)]).ok();
    let allowance = 20 * TOKEN;
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")), allowance)).ok();
    let mut alone = world.clone();
    let start = world.cash("mallory", CLASSIC);
    // As much as initial health lets them.
    let (id, sign) = if way == Way::Sells { (hedge, -1) } else { (put, 1) };
    let mut low = 0;
    let mut high = tenths * TENTH * if way == Way::Sells { 1 } else { 3 };
    while high - low > TENTH / 20 {
        let middle = i64::midpoint(low, high);
        let mut fork = world.clone();
        let least = if sign < 0 { i64::MIN } else { -fork.cash("owner", CLASSIC) + TOKEN as i64 };
        if trade_for(&mut fork, id, sign * middle, least) { low = middle } else { high = middle }
    }
    if low > 0 {
        let least = if sign < 0 { i64::MIN } else { -world.cash("owner", CLASSIC) + TOKEN as i64 };
        assert!(trade_for(&mut world, id, sign * low, least));
    }
    let traded = low as f64 / TENTH as f64;
    for part in 1..=4 {
        for world in [&mut world, &mut alone] {
            step(world, 100_000.0 * (1.0 + by * f64::from(part) / 4.0));
        }
    }
    let failure = liquidate_all(&mut world, call, key, to);
    let before = alone.cash("mallory", CLASSIC);
    let without = liquidate_all(&mut alone, call, key, to);
    let without_them = alone.cash("mallory", CLASSIC) - before;
    let (got, taken) = (world.cash("mallory", CLASSIC) - start, allowance - world.account("owner", CLASSIC).allowance);
    println!(
        "{way:?} {traded:.2} tenths beside {tenths} written and {cash} tokens, a rise of {by}: got {got}, off the allowance {taken} ({:.2}); {failure:?}; without them {without_them} {without:?}",
        got as f64 / taken.max(1) as f64
    );
    (got, taken, without_them)
}

/// A delegate is paid by their client's liquidation no more than their owner allows, also where they have written nothing of it.
/// Before, only what they wrote counted: they were paid 2.6 times what was taken off, 21.8 times with the largest penalty of a curated pool.
#[test]
fn audit_hedges_a_delegate_who_brings_about_a_liquidation_is_paid_what_is_allowed() {
    let dear = PoolParams { penalty_bps: 200, penalty_equity_cap_bps: 2_500, liquidator_bps: 7_500, ..roomy() };
    let mut worst = 0.0f64;
    for (pool, what) in [(roomy(), "presets"), (dear, "the largest penalty of a curated pool")] {
        println!("{what}");
        for (way, size) in [
            (Way::Buys, (3, 21)),
            (Way::Buys, (3, 23)),
            (Way::Buys, (6, 60)),
            (Way::Sells, (3, 18)),
            (Way::Sells, (6, 36)),
        ] {
            for by in [0.04, 0.06, 0.09, 0.12] {
                let (got, taken, without) = liquidated(way, size, by, pool);
                if without == 0 {
                    worst = worst.max(got as f64 / taken.max(1) as f64);
                }
            }
        }
    }
    assert!(worst <= 1.0, "a delegate was paid {worst:.2} times what was taken off their allowance");
}

/// A delegate, who provides all of insurance, writes calls on 0.33 BTC beside their client's twenty tokens, and liquidates them when BTC has risen. Returns what they were paid as filler and liquidator, what insurance has got, and what
/// was taken off their allowance.
fn insured(by: f64, pool: PoolParams) -> (i64, i64, u64) {
    let setup = Setup { pool, liquidity: 1_000 * TOKEN, insurance: 0, ..Setup::slow() };
    let mut world = begin_world(setup);
    world.checked = false;
    world.provide("mallory", CLASSIC, ShareClass::Insurance, TOKEN).ok();
    for (who, cash) in [("holly", 900), ("owner", 20), ("mallory", 1)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    let (key, to) = (world.account_key("owner", CLASSIC), world.account_key("mallory", CLASSIC));
    world.trade("holly", CLASSIC, &[(call, 7 * TENTH)]).ok();
    quiet(&mut world, 100_000.0, 4);
    let allowance = 4 * TOKEN;
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")), allowance)).ok();
    let worth = |world: &World| world.view(CLASSIC).pool.insurance_worth().expect("a worth").0 as i64;
    let (start, before) = (world.cash("mallory", CLASSIC), worth(&world));
    assert!(trade_for(&mut world, call, -33 * TENTH / 10, 0));
    let mut times = 0;
    for part in 1..=8 {
        step(&mut world, 100_000.0 * (1.0 + by * f64::from(part) / 8.0));
        times += i32::from(liquidate_all(&mut world, call, key, to).is_none());
    }
    let (got, insurance) = (world.cash("mallory", CLASSIC) - start, worth(&world) - before);
    let taken = allowance - world.account("owner", CLASSIC).allowance;
    println!(
        "  a rise of {by}: they got {got}, their insurance {insurance}, off the allowance {taken}, in {times} parts"
    );
    (got, insurance, taken)
}

/// A delegate who insures the pool is paid by their client's liquidation no more than their owner allows: what of the penalty is not the liquidator's is insurance's.
#[test]
fn audit_hedges_a_delegate_who_insures_has_no_more_than_their_allowance() {
    let dear =
        |liquidator_bps| PoolParams { penalty_bps: 200, penalty_equity_cap_bps: 2_500, liquidator_bps, ..roomy() };
    let mut worst = 0.0f64;
    for (pool, what) in [
        (roomy(), "presets"),
        (dear(7_500), "the largest penalty of a curated pool"),
        (dear(2_500), "the largest one, a quarter of it for the liquidator"),
    ] {
        println!("{what}");
        for by in [0.07, 0.13, 0.2, 0.27] {
            let (got, insurance, taken) = insured(by, pool);
            worst = worst.max((got + insurance) as f64 / taken as f64);
        }
    }
    assert!(worst <= 1.0, "a delegate was paid {worst:.2} times what was taken off their allowance");
}

/// What a delegate's random trades beside what the owner has written have cost the account in tips, fees and penalties, and what was taken off their allowance. They trade calls and puts, fill what they commit for their own account, and liquidate whatever may be liquidated,
/// while BTC goes up and down.
fn searched(seed: u64, pool: PoolParams) -> (u64, u64, u32) {
    let setup = Setup { pool, liquidity: 1_000 * TOKEN, ..Setup::slow() };
    let mut world = begin_world(setup);
    world.checked = false;
    for (who, cash) in [("holly", 900), ("owner", 25), ("mallory", 1)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    let all = [(100_000, false), (106_000, false), (95_000, true), (110_000, true)]
        .map(|(strike, put)| world.list_tenor(CLASSIC, BTC, put, strike, 30));
    for id in all {
        world.trade("holly", CLASSIC, &[(id, 4 * TENTH)]).ok();
    }
    quiet(&mut world, 100_000.0, 4);
    world.trade("owner", CLASSIC, &[(all[0], -3 * TENTH), (all[1], TENTH)]).ok();
    let (keys, key, to) =
        (world.pools[CLASSIC], world.account_key("owner", CLASSIC), world.account_key("mallory", CLASSIC));
    let allowance = 60 * TOKEN;
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")), allowance)).ok();
    let mut random = Random(seed);
    let (mut cost, mut liquidations, mut dollars) = (0, 0, 100_000.0);
    for _ in 0..40 {
        dollars = f64::clamp(dollars * (1.0 + random.range(-25, 25) as f64 / 1_000.0), 85_000.0, 118_000.0);
        step(&mut world, dollars);
        for id in all {
            let held = world.view(CLASSIC).held(&key, id);
            if held < 0 {
                let legs = vec![Leg { series: id, points: -held }];
                let by = build::liquidate(actor("mallory"), &keys, key, to, legs, &world.market(BTC));
                for event in world.send(by).events() {
                    if let Event::Liquidated(e) = event {
                        cost += e.penalty;
                        liquidations += 1;
                    }
                }
            }
        }
        let points = random.range(1, 30) * TENTH / 10 * if random.percent(50) { 1 } else { -1 };
        let option = world.view(CLASSIC).registry.option(*random.pick(&all)).expect("an option");
        let least = if points > 0 { TOKEN as i64 - world.cash("owner", CLASSIC) } else { 0 };
        let terms = TradeTerms { legs: vec![OptionLeg { option, points }], closing: 0, min_net: least };
        let number = world.account("owner", CLASSIC).next_order;
        if !world.send(build::commit_trade(actor("mallory"), &keys, key, number, terms, &world.market(BTC))).succeeded()
        {
            continue;
        }
        world.wait_for_fill();
        let feeds = world.markets_to_fill(CLASSIC, &key);
        for event in world.send(build::fill_trade(&keys, key, Some(to), None, &feeds[..1])).ok().events() {
            cost += match event {
                Event::LegFilled(e) => e.fee,
                Event::CommitmentFilled(e) => e.tip,
                Event::CommitmentCancelled(e) => e.fee + e.arrears + e.tip,
                _ => 0,
            };
        }
    }
    (cost, allowance - world.account("owner", CLASSIC).allowance, liquidations)
}

/// Whatever a delegate trades, tips, fees and penalties of liquidations cost the account no more than is taken off their allowance.
#[test]
fn audit_hedges_no_trades_of_a_delegate_cost_more_than_is_taken_off() {
    let dear = PoolParams { penalty_bps: 200, penalty_equity_cap_bps: 2_500, liquidator_bps: 7_500, ..roomy() };
    let mut liquidated = 0;
    for seed in 1..=8 {
        let pool = if seed % 2 == 0 { dear } else { roomy() };
        let (cost, taken, liquidations) = searched(seed, pool);
        println!("seed {seed}: cost {cost}, off the allowance {taken}, {liquidations} liquidations");
        assert!(cost <= taken, "seed {seed}: a delegate cost {cost} for {taken} off their allowance");
        liquidated += liquidations;
    }
    assert!(liquidated > 0, "nobody was liquidated");
}

/// A delegate has placed an order within a limit at what it costs now. Mallory, a stranger, commits it twenty times, whenever its limit holds, and it is beyond the limit at the first price after that, a twentieth of a per cent away. Returns how often that went, what
/// mallory has paid, and what is taken off the allowance.
fn used_up(points: i64) -> (u32, i64, u64) {
    let mut world = world(1_000, &[("holly", 500), ("owner", 300), ("mallory", 50)]);
    world.checked = false;
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    world.trade("holly", CLASSIC, &[(call, 5 * TENTH)]).ok();
    quiet(&mut world, 100_000.0, 4);
    let mut fork = world.clone();
    let had = fork.cash("owner", CLASSIC);
    fork.trade("owner", CLASSIC, &[(call, points)]).ok();
    let min_net = fork.cash("owner", CLASSIC) - had - TOKEN as i64 / 2_000;
    let (keys, key, allowance) = (world.pools[CLASSIC], world.account_key("owner", CLASSIC), TOKEN);
    world.send(build::set_delegate(actor("owner"), key, Some(actor("dan")), allowance)).ok();
    let terms = OrderTerms {
        legs: trading::named(&world.view(CLASSIC).registry, &[(call, points)]),
        min_net,
        trigger: None,
        expires_at: world.chain.now() + 80 * 86_400,
        tip: 0,
        reduce_only: false,
    };
    let (number, payer) = (world.account("owner", CLASSIC).next_order, world.chain.payer);
    world.send(build::place_order(payer, actor("dan"), &keys, key, number, terms, &world.markets())).ok();
    world.pass(1);
    let (had, owner) = (world.cash("mallory", CLASSIC), world.cash("owner", CLASSIC));
    let away = 100_000.0 * (1.0 + 0.000_5 * points.signum() as f64);
    let to = world.account_key("mallory", CLASSIC);
    let (mut times, mut reasons) = (0, std::collections::BTreeSet::new());
    for _ in 0..20 {
        let by = build::commit_order(actor("mallory"), &keys, key, number, payer, Some(to), &world.market(BTC));
        let done = world.send(by);
        if !done.succeeded() {
            reasons.insert(format!("{:?}", done.code));
            break;
        }
        times += 1;
        world.pass(4);
        price(&mut world, away);
        let feeds = world.markets_to_fill(CLASSIC, &key);
        let fill = build::fill_trade(&keys, key, Some(to), Some((number, payer)), &feeds[..1]);
        reasons.insert(format!("{:?}", trading::as_trade(world.send(fill)).failure));
        world.pass(40);
        price(&mut world, 100_000.0);
        world.pass(2);
        for sample in world.due_samples() {
            world.send(sample);
        }
    }
    let (left, paid) = (world.account("owner", CLASSIC).allowance, had - world.cash("mallory", CLASSIC));
    println!(
        "{points} points: {times} times, {left} of {allowance} left, mallory has paid {paid}, the owner {}; {reasons:?}",
        owner - world.cash("owner", CLASSIC)
    );
    (times, paid, allowance - left)
}

/// Whoever commits a delegate's order for nothing takes nothing off the allowance, because the owner has lost nothing. Before, 0.0875 tokens of a stranger's took 0.98 off in half an hour.
#[test]
fn audit_hedges_no_stranger_uses_up_the_allowance_of_a_delegate() {
    for points in [TENTH, -3 * TENTH] {
        let (times, paid, taken) = used_up(points);
        assert!(times > 10 && paid > 0 && taken == 0, "{times} times for {paid} of a stranger's took {taken} off");
    }
}
