//! What lies between bid and ask in a burst belongs to nobody who chooses the moment: not to those who stay, by closing somebody before others leave, nor to who comes before
//! a trade that they know of.

use super::half_hours::{HALF_HOUR, step};
use crate::attacks::withdraw_spare;
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        Leg,
        state::{OrderTerms, SeriesId, ShareClass, Trigger},
    },
    instruction as build, presets,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, Setup, World,
    chain::actor,
    trading,
    world::{DOLLAR, TENTH, TOKEN},
};

const MAIN: ShareClass = ShareClass::Main;

pub(super) fn tokens(native: i64) -> f64 {
    native as f64 / TOKEN as f64
}

/// The presets, with their limit of direction; reserves grow by a quarter an hour, and days are of one speed.
pub(super) fn world(liquidity: u64, people: &[&str]) -> World {
    let (mut setup, pool) = (Setup::slow(), presets::pool_params());
    setup.pool.direction_limit_bps = pool.direction_limit_bps;
    setup.pool.growth_limit_bps = 2_500;
    setup.pool.daily_outflow_bps = 10_000;
    setup.liquidity = liquidity * TOKEN;
    let mut world = World::new(setup);
    world.round_trip_every = u32::MAX;
    world.replay = None;
    world.pass(HALF_HOUR);
    for who in people {
        world.trader(who, CLASSIC, 5_000 * TOKEN);
    }
    world
}

/// So many half-hours around a price, at 55 % a year; the last one ends at it.
pub(super) fn quiet(world: &mut World, dollars: f64, half_hours: usize) {
    for place in 1..half_hours {
        step(world, dollars * if place % 2 == 0 { 1.002_08 } else { 0.997_92 });
    }
    step(world, dollars);
}

pub(super) fn legs([call, put]: [SeriesId; 2], tenths: i64) -> [(SeriesId, i64); 2] {
    [(call, tenths * TENTH), (put, tenths * TENTH)]
}

/// Alice buys straddles on 3 BTC and bob writes them, within the hours that the limit of growth asks for.
fn open_pair(world: &mut World, both: [SeriesId; 2]) {
    for tenths in [8, 8, 7, 7] {
        world.trade("alice", CLASSIC, &legs(both, tenths)).ok();
        world.trade("bob", CLASSIC, &legs(both, -tenths)).ok();
        quiet(world, 100_000.0, 2);
    }
}

/// What the lp's shares are worth at the mark, in tokens.
fn worth_of_lp(world: &World) -> f64 {
    let total = world.view(CLASSIC).pool.main.total as f64;
    let share = world.shares("lp", CLASSIC, MAIN) as f64 / total;
    share * tokens(world.valued(CLASSIC, |_, markets| markets.net_assets_at_mark()))
}

/// A pair counts nothing for liquidity. Bob's written side, liquidated at the bid ten seconds before the minute of vera's withdrawal, left alice's bought one, which counted at the ask: after a jump of 12 % she was paid 233.4
/// of 250.2, and whoever held the pair, the keeper and most shares gained 9.2 by it.
#[test]
fn audit_spreads_a_liquidation_before_the_minute_takes_nothing_from_who_leaves() {
    for (jump, days) in [(1.08, 30), (1.12, 30), (0.88, 30), (1.12, 7), (1.09, 1)] {
        let mut scene = world(1_000, &["alice", "bob", "keeper"]);
        scene.provide("vera", CLASSIC, MAIN, 500 * TOKEN).ok();
        let all = scene.shares("vera", CLASSIC, MAIN);
        let number = scene.request("vera", CLASSIC, MAIN, all / 2);
        quiet(&mut scene, 100_000.0, 50);
        let both = [false, true].map(|put| scene.list_tenor(CLASSIC, BTC, put, 100_000, days));
        open_pair(&mut scene, both);
        withdraw_spare(&mut scene, "bob", CLASSIC);
        step(&mut scene, 100_000.0 * jump);
        scene.pass_to(50);
        let key = scene.account_key("bob", CLASSIC);
        let health = scene.valued(CLASSIC, |v, m| m.health(&v.accounts[&key], HealthLevel::Maintenance));
        assert!(health < 0, "liquidatable");
        let (mut paid, mut left, mut closed) = (Vec::new(), Vec::new(), Vec::new());
        // Liquidated before the minute, after it, and an hour before it.
        for minutes in [Some(0), None, Some(59)] {
            let mut world = scene.clone();
            let liquidate = |world: &mut World| {
                let keeper = world.account_key("keeper", CLASSIC);
                let legs = both.map(|series| Leg { series, points: 30 * TENTH }).to_vec();
                let close =
                    build::liquidate(actor("keeper"), &world.pools[CLASSIC], key, keeper, legs, &world.market(BTC));
                world.send(close).ok();
                let view = world.view(CLASSIC);
                both.into_iter().map(|series| 30 * TENTH + view.held(&key, series)).sum::<i64>()
            };
            let first = minutes.is_some().then(|| liquidate(&mut world));
            if minutes == Some(59) {
                step(&mut world, 100_000.0 * jump);
                step(&mut world, 100_000.0 * jump);
                world.pass_to(50);
            }
            world.pass_to(1);
            let execute = world.execute_instruction(CLASSIC, MAIN, number);
            world.send(execute).ok();
            closed.push(first.unwrap_or_else(|| liquidate(&mut world)));
            paid.push(tokens(world.view(CLASSIC).pool.withdrawals_due as i64));
            quiet(&mut world, 100_000.0 * jump, 96);
            left.push(worth_of_lp(&world));
        }
        println!(
            "jump {jump}, {days} d: vera's 250 are paid {:.3} after a liquidation of {:.2} BTC of options, {:.3} before it, {:.3} an hour after it; the lp's 1,000 have {:+.3} more two days later",
            paid[0],
            closed[0] as f64 / TENTH as f64 / 10.0,
            paid[1],
            paid[2],
            left[0] - left[1]
        );
        assert!(closed[0] > 0 && closed[0].abs_diff(closed[1]) * 50 < closed[0].unsigned_abs(), "{closed:?}");
        assert!((paid[0] - paid[1]).abs() < 0.01, "{paid:?}");
        assert!((left[0] - left[1]).abs() < 0.02, "{left:?}");
    }
}

/// The other way round: alice sells the bought side at the bid just before the minute of vera's deposit, and bob's written one, which is left, counted at the mark.
#[test]
fn audit_spreads_a_sale_before_the_minute_takes_nothing_from_who_comes() {
    for (jump, days) in [(1.05, 30), (1.05, 1)] {
        let mut scene = world(1_500, &["alice", "bob"]);
        scene.fund("vera", CLASSIC, 9_000 * TOKEN);
        let mint = scene.pools[CLASSIC].share_mint(MAIN);
        scene.chain.create_token_account(&actor("vera"), &mint, &anchor_spl::token::ID);
        scene.chain.give_lamports(&actor("vera"), 10_000_000_000);
        quiet(&mut scene, 100_000.0, 4);
        let both = [false, true].map(|put| scene.list_tenor(CLASSIC, BTC, put, 100_000, days));
        open_pair(&mut scene, both);
        // There and back.
        step(&mut scene, 100_000.0 * jump);
        quiet(&mut scene, 100_000.0, 16);
        scene.pass_to(40);
        let mut charged = Vec::new();
        let mut fees = 0;
        for is_before in [true, false] {
            let mut world = scene.clone();
            if is_before {
                let done = world.trade("alice", CLASSIC, &legs(both, -30));
                let of = |event: &Event| if let Event::LegFilled(e) = event { e.fee as i64 } else { 0 };
                fees = done.ok().events().iter().map(of).sum();
            }
            world.pass_to(55);
            let number = world.next_number("vera");
            let request = build::request_deposit(actor("vera"), &world.pools[CLASSIC], MAIN, number, 9_000 * TOKEN, 0);
            world.send(request).ok();
            world.pass_to(1);
            let execute = world.execute_deposit_instruction("vera", CLASSIC, number);
            let assets = world.send(execute).ok().event(|event| match event {
                Event::LiquidityDeposited(e) => Some(e.assets),
                _ => None,
            });
            charged.push(assets);
        }
        let more = charged[0] - charged[1];
        println!(
            "jump {jump}, {days} d: all shares are charged at {:+.3} more after a sale, whose fees are {:.3}",
            tokens(more),
            tokens(fees)
        );
        assert!(fees > 0 && (0..=fees + TOKEN as i64 / 50).contains(&more), "{more} of fees of {fees}");
    }
}

/// What became of a scene with an order, in tokens.
struct Left {
    /// What vera was paid.
    vera: f64,
    /// What the lp's shares are worth after the fill, when vera leaves, and two days later.
    lp: [f64; 3],
    /// What the order has paid.
    paid: f64,
}

/// Vera deposits 9,000 beside 1,000 tokens, or does not, asks to leave at once and leaves after a day.
fn beside_an_order(jump: f64, (days, tenths): (u32, i64), deposits: bool, later: bool) -> Left {
    let mut world = world(1_000, &["alice", "mallory"]);
    world.fund("vera", CLASSIC, 9_000 * TOKEN);
    let mint = world.pools[CLASSIC].share_mint(MAIN);
    world.chain.create_token_account(&actor("vera"), &mint, &anchor_spl::token::ID);
    world.chain.give_lamports(&actor("vera"), 10_000_000_000);
    quiet(&mut world, 100_000.0, 12);
    let price = 100_000.0 * jump;
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, price as u64, days));
    let terms = OrderTerms {
        legs: trading::named(&world.view(CLASSIC).registry, &legs(both, tenths)),
        min_net: -400 * TOKEN as i64,
        trigger: Some(Trigger { underlying: 0, above: true, price: (price * 0.995) as u64 * DOLLAR as u64 }),
        reduce_only: false,
        expires_at: world.chain.now() + 30 * DAY,
        tip: 0,
    };
    let (keys, payer, alice) = (world.pools[CLASSIC], world.chain.payer, world.account_key("alice", CLASSIC));
    let number = world.account("alice", CLASSIC).next_order;
    world.send(build::place_order(payer, actor("alice"), &keys, alice, number, terms, &world.markets())).ok();
    step(&mut world, price);
    world.pass_to(57);
    let deposit = world.next_number("vera");
    if deposits {
        world.send(build::request_deposit(actor("vera"), &keys, MAIN, deposit, 9_000 * TOKEN, 0)).ok();
    }
    let by = world.account_key("mallory", CLASSIC);
    let commit = |world: &mut World| {
        let feeds = world.market(BTC);
        world.send(build::commit_order(actor("mallory"), &keys, alice, number, payer, Some(by), &feeds)).ok();
    };
    if !later {
        commit(&mut world);
    }
    world.pass_to(1);
    if deposits {
        let execute = world.execute_deposit_instruction("vera", CLASSIC, deposit);
        world.send(execute).ok();
    }
    if later {
        commit(&mut world);
        world.wait_for_fill();
    }
    let had = world.cash("alice", CLASSIC);
    let fill = build::fill_trade(&keys, alice, Some(by), Some((number, payer)), &world.market(BTC));
    let done = trading::as_trade(world.send(fill)).ok();
    assert!(done.events().iter().any(|event| matches!(event, Event::CommitmentFilled(_))));
    let paid = tokens(had - world.cash("alice", CLASSIC));
    let at_fill = worth_of_lp(&world);
    let all = world.shares("vera", CLASSIC, MAIN);
    let request = deposits.then(|| world.request("vera", CLASSIC, MAIN, all));
    quiet(&mut world, price, 49);
    world.pass_to(1);
    let at_leaving = worth_of_lp(&world);
    if let Some(request) = request {
        let execute = world.execute_instruction(CLASSIC, MAIN, request);
        world.send(execute).ok();
        assert!(world.view(CLASSIC).withdrawals_of(MAIN).all(|waits| waits.shares == 0), "all of it");
    }
    let vera = tokens(world.view(CLASSIC).pool.withdrawals_due as i64);
    quiet(&mut world, price, 96);
    Left { vera, lp: [at_fill, at_leaving, worth_of_lp(&world)], paid }
}

/// An order of somebody that waits for a rise buys at the ask of a burst. Vera requested a deposit of 9,000 in the second in which she committed it, or committed it after the deposit, where no keeper was, and had 44
/// of the 50 tokens that it paid beyond the bid, for a day of her capital. Now she leaves with what is earned in that day: her part of what the day brings, and of a thirtieth of those 50.
#[test]
fn audit_spreads_who_comes_for_a_trade_has_to_stay_for_it() {
    for (jump, days, tenths, later) in
        [(1.0, 30, 8, false), (1.05, 30, 8, false), (1.05, 30, 8, true), (1.05, 7, 15, true), (1.05, 1, 30, true)]
    {
        let [alone, both] = [false, true].map(|deposits| beside_an_order(jump, (days, tenths), deposits, later));
        // Nine tenths of what the day after the purchase brings to all.
        let day = 0.9 * (alone.lp[1] - alone.lp[0]);
        let (gain, lost) = (both.vera - 9_000.0, alone.lp[2] - both.lp[2]);
        println!(
            "jump {jump}, the order committed {}: {days} d on {:.1} BTC for {:.1}: the lp alone has {:+.2} by it, vera leaves with {gain:+.2}, of which {day:+.2} for her day; the lp has {lost:+.2} less than without her",
            if later { "after the deposit" } else { "with the request" },
            tenths as f64 / 10.0,
            both.paid,
            alone.lp[0] - 1_000.0,
        );
        assert!(gain - day < 2.0 && lost - day < 2.0, "{gain} {lost} {day}");
    }
}
