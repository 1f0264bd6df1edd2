//! What is arranged before an announcement, a pause, or the end of a feed.

use super::scene::*;
use evergreen_sdk::{
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{Action, NoticeCause, Notices, Pool, PoolParams, SeriesId},
    },
    instruction::{self as build, PriceFeed},
};
use evergreen_tests::{
    BTC, CLASSIC, ETH, Setup, World, assert_error,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// The next half-hour of a rest at 100,000 dollars, with its sample.
fn rest(world: &mut World, pool: usize) {
    let now = world.chain.now();
    world.pass(HALF_HOUR + 1 - now.rem_euclid(HALF_HOUR));
    let place = world.chain.now() / HALF_HOUR;
    price(world, if place % 2 == 0 { 100_000.0 } else { 100_208.0 });
    let sample = world.sample_instruction(BTC);
    world.chain.send(&[sample]).ok();
    let refresh = build::refresh_pool(&world.pools[pool], &world.market(BTC));
    world.chain.send(&[refresh]).ok();
}

/// Carol's private pool names a premium. Bob, a stranger, buys straddles on half a BTC. Before carol announces she tries to write as much by an account of her own. Returns what bob gains in all, tokens.
fn buyback(premium: u16, tenor: u32) -> f64 {
    let mut world = begin_world(Setup { pool: roomy(), liquidity: TOKEN, ..Setup::slow() });
    world.checked = false;
    let params = PoolParams { buyback_bps: premium, ..roomy() };
    let pool = world.add_curated_pool("carol", CLASSIC, (true, TOKEN), params);
    world.provide("carol", pool, MAIN, 1_000 * TOKEN).ok();
    for (who, cash) in [("bob", 300), ("carol", 500)] {
        world.trader(who, pool, cash * TOKEN);
    }
    let both: [SeriesId; 2] = [false, true].map(|put| world.list_tenor(pool, BTC, put, 100_000, tenor));
    let worth = |world: &World| {
        let key = world.account_key("bob", pool);
        tokens(world.valued(pool, |view, m| m.equity(&view.accounts[&key])))
    };
    for _ in 0..6 {
        rest(&mut world, pool);
    }
    let before = worth(&world);
    for _ in 0..5 {
        world.trade("bob", pool, &legs(both, 1)).ok();
        rest(&mut world, pool);
        rest(&mut world, pool);
    }
    world.trade_refused("carol", pool, &legs(both, -5), EvergreenError::WritesAlone);
    let key = world.pools[pool].pool;
    world.send(build::halt_pool(actor("carol"), key)).ok();
    world.send(build::announce_buyback(actor("carol"), key)).ok();
    let moment = world.chain.now() + Pool::BUYBACK_NOTICE;
    while world.chain.now() + HALF_HOUR < moment {
        rest(&mut world, pool);
    }
    let wait = moment + 1 - world.chain.now();
    world.pass(wait);
    for id in both {
        world.close_for_place("bob", pool, (id, NoticeCause::Buyback), moment).ok();
    }
    worth(&world) - before
}

/// A pool that names a premium is the only writer of its options, so whoever is bought back is paid it on all that they hold. Before, a curator who had written as much beside their own pool paid none: of 4.5 tokens bob was paid nothing, and a pair
/// that held and had written the same had shared in what a stranger was paid.
#[test]
fn audit_arranged_nobody_writes_beside_a_pool_that_pays_a_premium() {
    let [none, some] = [500, 2_500].map(|premium| [30, 7].map(|tenor| buyback(premium, tenor)));
    println!("bob gains, at 5 and 25 %, of 30 and 7 days: {none:+.3?}, {some:+.3?}");
    for (none, some) in none.into_iter().zip(some) {
        assert!(some > none + 1.0, "a fifth of the time value more is paid: {none:.3}, {some:.3}");
    }
}

const PAIR: [&str; 2] = ["holds", "writes"];

/// What pool and insurance have, native units.
fn assets(world: &World) -> i64 {
    let pool = world.view(CLASSIC).pool;
    pool.pool_cash + pool.insurance_cash as i64 + pool.insurance_due
}

/// A keeper sells what the client library names, until nothing is owed, and closes what is written too much after notice, as far as they can.
fn keep(world: &mut World, both: [SeriesId; 2]) {
    for _ in 0..2 {
        let account = world.account("holds", CLASSIC);
        let closable = world.client_view(CLASSIC).closable_for_cash(&account).expect("prices");
        let Some(series) = closable.first() else { break };
        world.close_for_cash("holds", CLASSIC, *series);
    }
    let moment = world.chain.now() + Notices::PERIOD;
    let excess = both.map(|id| (id, world.view(CLASSIC).registry.series[usize::from(id.slot)]));
    let excess = excess.map(|(id, series)| (id, series.short_points - series.long_points));
    for (id, _) in excess.iter().filter(|(_, points)| *points > 0) {
        let notice = world.notice_instruction(CLASSIC, *id, NoticeCause::Excess);
        world.send(notice);
    }
    world.pass(Notices::PERIOD + 1);
    for (id, points) in excess.into_iter().filter(|(_, points)| *points > 0) {
        world.deleverage("writes", CLASSIC, id, points, moment);
    }
}

/// A pair that is no risk holds and has written strangles of a day on 10 BTC, so many dollars out of the money; the holder has no cash. The guardian, whose pair it is, pauses this for a day; the price swings for a
/// day, and a keeper looks every half-hour. Returns what the pair gains, and what pool and insurance do, tokens.
fn paused(actions: &[Action], out: u64, swing: f64) -> [f64; 2] {
    let mut world = world(1_000, &[("holds", 500), ("writes", 4_000)]);
    step(&mut world, 100_000.0);
    world.checked = false;
    let strike = |put| if put { 100_000 - out } else { 100_000 + out };
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, strike(put), 1));
    let total = |world: &World| PAIR.iter().map(|who| world.cash(who, CLASSIC)).sum::<i64>();
    let (before, had) = (total(&world), assets(&world));
    for _ in 0..4 {
        world.trade("holds", CLASSIC, &legs(both, 25)).ok();
        world.trade("writes", CLASSIC, &legs(both, -25)).ok();
        step(&mut world, 100_420.0);
        step(&mut world, 100_000.0);
    }
    world.withdraw("holds", CLASSIC, 1).ok();
    let taken = world.cash("holds", CLASSIC);
    world.withdraw("holds", CLASSIC, taken.unsigned_abs()).ok();
    for action in actions {
        world.send(build::set_pause(actor("guardian"), *action, 86_400)).ok();
    }
    for place in 0..48 {
        step(&mut world, if place % 2 == 0 { 100_000.0 * (1.0 + swing) } else { 100_000.0 });
        keep(&mut world, both);
    }
    while !PAIR.iter().all(|who| world.account(who, CLASSIC).is_flat()) {
        step(&mut world, 100_000.0);
        keep(&mut world, both);
        if world.cash("holds", CLASSIC) >= 0 {
            let open = world.account("holds", CLASSIC).positions.into_iter().filter(|p| p.points != 0);
            let rest: Vec<_> = open.map(|p| (p.series(), -p.points)).collect();
            world.trade("holds", CLASSIC, &rest);
        }
    }
    if world.cash("holds", CLASSIC) < 0 {
        world.send(build::absorb_bad_debt(&world.pools[CLASSIC], world.account_key("holds", CLASSIC))).ok();
    }
    [total(&world) + taken - before, assets(&world) - had].map(tokens)
}

/// Nobody gains by a pause who holds and has written the same, whichever of the ways it shuts by which holders pay. Before, sales for cash rested with liquidations, and they gained 15 to 107 tokens.
#[test]
fn audit_paused_a_pair_whose_holder_has_no_cash_gains_by_no_pause() {
    use Action::{DepositMargin, Liquidate, ReduceRisk, Settle};
    let pauses: [&[Action]; 6] = [
        &[],
        &[Liquidate],
        &[DepositMargin],
        &[ReduceRisk],
        &[Settle],
        &[Liquidate, DepositMargin, ReduceRisk, Settle, Action::WithdrawMargin],
    ];
    let mut most = f64::MIN;
    for (out, swing) in [(2_000, 0.006), (2_000, 0.008), (2_000, 0.015), (3_000, 0.03)] {
        for actions in pauses {
            let gains = paused(actions, out, swing);
            println!(
                "{out} out, swings of {swing}, paused for a day: {actions:?}: pair, pool and insurance {gains:+.2?}"
            );
            most = most.max(gains[0]);
        }
    }
    assert!(most < 0.0, "the pair gains {most:.2} tokens");
}

/// Mallory has written calls on a BTC, 10 % out of the money, with no more than initial margin, and holds calls on ETH far out of the money, so many times 12.5 BTC's points of them. The feed of ETH stops. BTC rises by 30 % in three
/// days, and a keeper who could liquidates her every half-hour. Returns what the calls on ETH cost, and what her account is worth in the end, tokens.
fn stopped(times: i64) -> (f64, f64) {
    let mut world = world(1_000, &[("holly", 400), ("mallory", 60), ("keeper", 10)]);
    world.checked = false;
    let call = world.list_tenor(CLASSIC, BTC, false, 110_000, 7);
    let far = world.list_tenor(CLASSIC, ETH, false, 4_600, 1);
    for _ in 0..4 {
        world.trade("holly", CLASSIC, &[(call, TENTH * 25 / 10)]).ok();
        quiet(&mut world, 100_000.0, 3);
    }
    let had = world.cash("mallory", CLASSIC);
    for _ in 0..times {
        world.trade("mallory", CLASSIC, &[(far, TENTH * 125)]).ok();
        quiet(&mut world, 100_000.0, 3);
    }
    let cost = tokens(had - world.cash("mallory", CLASSIC));
    for _ in 0..4 {
        world.trade("mallory", CLASSIC, &[(call, -TENTH * 25 / 10)]).ok();
    }
    withdraw_spare(&mut world, "mallory");
    let key = world.account_key("mallory", CLASSIC);
    let to = world.account_key("keeper", CLASSIC);
    for place in 1..=144 {
        let now = world.chain.now();
        world.chain.pass(HALF_HOUR + 1 - now.rem_euclid(HALF_HOUR));
        price(&mut world, 100_000.0 * (1.0 + 0.3 * f64::from(place) / 144.0));
        let sample = world.sample_instruction(BTC);
        world.chain.send(&[sample]).ok();
        let mut feeds = world.market(BTC);
        world.chain.send(&[build::refresh_pool(&world.pools[CLASSIC], &feeds)]).ok();
        let written = world.view(CLASSIC).held(&key, call);
        if written != 0 {
            let legs = vec![Leg { series: call, points: -written }];
            feeds.push(PriceFeed::without_price(world.feeds[ETH].accounts.underlying));
            world.chain.send(&[build::liquidate(actor("keeper"), &world.pools[CLASSIC], key, to, legs, &feeds)]);
        }
    }
    (cost, equity(&world, "mallory"))
}

/// Options without a price keep nobody from liquidation for more than they pay at the last sample. Before, they counted at their cap, and 26 tokens were missing.
#[test]
fn audit_stopped_options_on_a_feed_are_no_margin_for_what_is_written_on_another() {
    let all = [0, 1, 2, 4].map(stopped);
    println!("what the calls on ETH cost, and what mallory's account is worth in the end: {all:.2?}");
    assert!(all.iter().all(|(_, worth)| *worth > 0.0), "others lose what she owes beyond her margin");
}

/// Alice holds calls on so many tenths of a BTC. The guardian has written a little of a series that ends at its cap, pauses settlements, and requests a deposit of 9,000 tokens. After the minute BTC moves by a part of itself. They settle their
/// own writer by a withdrawal and executes the deposit, or waits until the window is over. Returns what they have in shares either way, and what comes back less than it was.
fn held_back(tenths: i64, moves: f64) -> [[f64; 2]; 2] {
    use evergreen_sdk::evergreen::state::LiquidityRequest;
    let mut world = world(1_000, &[("alice", 900), ("bea", 100), ("gus", 100)]);
    world.checked = false;
    let held = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    let ends = world.list_tenor(CLASSIC, BTC, false, 90_000, 7);
    world.trade("bea", CLASSIC, &[(ends, TENTH / 10)]).ok();
    world.trade("gus", CLASSIC, &[(ends, -TENTH / 10)]).ok();
    let mut open = 0;
    while open < tenths {
        let part = (tenths - open).min(15);
        world.trade("alice", CLASSIC, &[(held, part * TENTH)]).ok();
        quiet(&mut world, 100_000.0, 4);
        open += part;
    }
    for dollars in [102_000.0, 104_000.0, 106_000.0, 108_100.0] {
        quiet(&mut world, dollars, 24);
    }
    let (keys, feed) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    world.send(build::exercise_series(&keys, ends, &feed)).ok();
    world.send(build::settle_positions(&keys, world.account_key("bea", CLASSIC))).ok();
    world.send(build::set_pause(actor("guardian"), Action::Settle, 86_400)).ok();
    let refused = world.send(build::settle_positions(&keys, world.account_key("gus", CLASSIC)));
    assert_error(&refused, EvergreenError::Paused);
    quiet(&mut world, 108_100.0, 3);
    // Their deposit is requested before a minute.
    let amount = 9_000 * TOKEN;
    world.fund("guardian", CLASSIC, amount);
    world.chain.give_lamports(&actor("guardian"), 10_000_000_000);
    world.chain.create_token_account(&actor("guardian"), &keys.share_mint(MAIN), &anchor_spl::token::ID);
    world.pass_to(50);
    let id = world.next_number("guardian");
    world.send(build::request_deposit(actor("guardian"), &keys, MAIN, id, amount, 0)).ok();
    world.pass_to(1);
    let minute = world.request_of("guardian", CLASSIC, id).minute;
    assert!((0..5).contains(&(world.chain.now() - minute)));
    world.pass(14);
    price(&mut world, 108_100.0 * (1.0 + moves));
    // It suits them, or it does not.
    [true, false].map(|suits| {
        let mut world = world.clone();
        if suits {
            world.withdraw("gus", CLASSIC, 1).ok();
            for sample in world.due_samples() {
                world.send(sample);
            }
        } else {
            world.pass(LiquidityRequest::GRID_WINDOW);
        }
        let execute = world.execute_deposit_instruction("guardian", CLASSIC, id);
        let returned = world.send(execute).ok().events().into_iter().filter_map(|e| match e {
            evergreen_sdk::events::Event::DepositReturned(e) => Some(e.fee),
            _ => None,
        });
        [worth_of(&world, "guardian"), tokens(returned.sum::<u64>() as i64)]
    })
}

/// Who pauses settlements has no free choice among the seconds after a minute: a deposit of it is not executed, whoever settles a writer since who was unsettled at it. Before, it gained up to 0.73 tokens.
#[test]
fn audit_switch_a_pause_of_settlements_lets_a_deposit_choose_nothing() {
    for moves in [-0.0005, -0.0015, 0.0015] {
        let both = held_back(20, moves);
        println!("{moves}: shares and fee, settled within the window and left: {both:?}");
        assert_eq!(both, [[0.0; 2]; 2], "the deposit comes back whole either way");
    }
}
